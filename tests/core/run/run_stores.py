"""Stores for the tests of ``core.run``, and scripts that run in a process of their own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

from zarr.abc.buffer import Buffer, BufferPrototype
from zarr.abc.ranges import slice_of
from zarr.abc.store import ByteRequest, Store

HANG_SECONDS = 60
"""A guard against hanging, no more."""


class WaitingStore(Store):
    """What a third party writes for Zarr-Python's contract: the abstract methods, which really wait."""

    supports_writes = True
    supports_deletes = True
    supports_listing = True

    def __init__(self, *, seconds: float = 0, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        self.values: dict[str, Buffer] = {}
        self.seconds = seconds
        self.running = 0
        self.cancelled = 0

    def __eq__(self, value: object) -> bool:
        return self is value

    def __repr__(self) -> str:
        return "<the waiting store>"

    async def _wait(self) -> None:
        self.running += 1
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        await self._wait()
        value = self.values.get(key)
        if value is None or byte_range is None:
            return value
        start, end = slice_of(byte_range, len(value))
        return value[start:end]

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

    async def exists(self, key: str) -> bool:
        await self._wait()
        return key in self.values

    async def set(self, key: str, value: Buffer) -> None:
        self._check_writable()
        await self._wait()
        self.values[key] = value

    async def delete(self, key: str) -> None:
        self._check_writable()
        await self._wait()
        self.values.pop(key, None)

    async def list(self) -> AsyncIterator[str]:
        async for key in self.list_prefix(""):
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        await self._wait()
        for key in list(self.values):
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        await self._wait()
        start = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
        for name in {key[len(start) :].split("/")[0] for key in self.values if key.startswith(start)}:
            yield name


def run_script(script: str, *args: object) -> subprocess.CompletedProcess[str]:
    """Run a script, which can import this module, in a fresh interpreter."""
    with start_script(script, *args) as process:
        try:
            out, err = process.communicate(timeout=HANG_SECONDS)
        finally:
            process.kill()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def start_script(script: str, *args: object) -> subprocess.Popen[str]:
    """Start such a script."""
    here = str(Path(__file__).parent)
    env: dict[str, Any] = {**os.environ, "PYTHONPATH": os.pathsep.join([here, *sys.path])}
    command = [sys.executable, "-c", textwrap.dedent(script), *map(str, args)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
