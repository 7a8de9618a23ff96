"""A filesystem with coroutines over a dict, that keeps to one loop, counts its calls and fails as it is told."""

from __future__ import annotations

import asyncio
from typing import Any

from fsspec.asyn import AsyncFileSystem

from zarr.storage import FsspecStore


class Dictionary(AsyncFileSystem):
    """A filesystem with coroutines over a dict, that keeps to one loop and fails as it is told."""

    protocol = "dictionary"
    cachable = False
    files: dict[str, bytes]

    def __init__(self, files: dict[str, bytes] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.files = {} if files is None else files
        self.failures: list[Exception] = []
        self.asked: list[tuple[str, str]] = []
        self.home: asyncio.AbstractEventLoop | None = None
        self.most_at_once = self._at_once = 0

    async def _begin(self, method: str, path: str) -> None:
        self.asked.append((method, path))
        loop = asyncio.get_running_loop()
        if self.home not in (None, loop):
            raise RuntimeError("attached to a different loop")
        self.home = loop
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0.001)
        finally:
            self._at_once -= 1
        if self.failures:
            raise self.failures.pop(0)

    def _value(self, path: str) -> bytes:
        if path not in self.files:
            raise FileNotFoundError(path)
        return self.files[path]

    async def _cat_file(
        self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any
    ) -> bytes:
        await self._begin("cat", path)
        return self._value(path)[start:end]

    async def _pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **kwargs: Any) -> None:
        await self._begin("pipe", path)
        if mode == "create" and path in self.files:
            raise FileExistsError(path)
        self.files[path] = value

    async def _rm_file(self, path: str, **kwargs: Any) -> None:
        await self._begin("rm", path)
        self._value(path)
        del self.files[path]

    async def _info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        await self._begin("info", path)
        if any(name.startswith(path + "/") for name in self.files):
            return {"name": path, "type": "directory", "size": 0}
        return {"name": path, "type": "file", "size": len(self._value(path))}

    async def _ls(self, path: str, detail: bool = True, **kwargs: Any) -> list[dict[str, Any]]:
        await self._begin("ls", path)
        if path in self.dircache:
            return list(self.dircache[path])
        below = [name[len(path) + 1 :] for name in self.files if name.startswith(path + "/")]
        if not below:
            raise FileNotFoundError(path)
        found = [
            {"name": f"{path}/{name}", "size": len(self.files[f"{path}/{name}"]), "type": "file"}
            for name in below
            if "/" not in name
        ]
        found += [
            {"name": f"{path}/{name}", "size": 0, "type": "directory"}
            for name in {name.partition("/")[0] for name in below if "/" in name}
        ]
        self.dircache[path] = found
        return found


def dictionary_store(**kwargs: Any) -> tuple[Dictionary, FsspecStore]:
    fs = Dictionary(asynchronous=True)
    return fs, FsspecStore(fs, path="root", **kwargs)
