"""What stands where a chunk or a document should be; keys that lead elsewhere; stores that are not to be changed."""

from __future__ import annotations

import asyncio
import inspect
import os
import resource
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from fault_report import OURS, Report, Task

import zarr
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import FsspecStore, LocalStore, MemoryStore, ZipStore

_SECONDS = 15


def in_time(work: Callable[[], str]) -> str:
    """What ``work`` returns, in a process with little memory; or that it hangs or died."""
    here, there = os.pipe()
    child = os.fork()
    if not child:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
            os.write(there, work().encode()[:4000])
        finally:
            os._exit(0)
    os.close(there)
    begun = time.monotonic()
    while time.monotonic() - begun < _SECONDS:
        if os.waitpid(child, os.WNOHANG)[0]:
            said = os.read(here, 4096).decode()
            os.close(here)
            return said or "died"
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(here)
    return "hangs"


# --- missing


def _directory(path: Path) -> None:
    path.mkdir()


def _file_as_parent(path: Path) -> None:
    path.parent.rmdir()
    path.parent.write_bytes(b"x")


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def _dangling_parent(path: Path) -> None:
    path.parent.rmdir()
    path.parent.symlink_to(path.parent.with_name("nowhere"))


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _null(path: Path) -> None:
    path.symlink_to("/dev/null")


IN_THE_WAY = [_directory, _file_as_parent, _dangling, _dangling_parent, _loop, _fifo, _zero, _null]


def _reads(root: Path) -> str:
    try:
        values = zarr.open_array(str(root), path="a/b", mode="r")[...]
    except Exception as error:
        return f"error {type(error).__name__}: {error}"
    return f"reads {values.tolist()}"


def missing(task: Task) -> Report:
    """A chunk or document that is something else: an error, soon, and no fill value."""
    report = Report()
    for form in (2, 3):
        for place in ("chunk", "document"):
            for number, put in enumerate(IN_THE_WAY):
                root = task.work / f"{form}-{place}-{number}"
                group = zarr.create_group(str(root), zarr_format=form)  # type: ignore[arg-type]
                group.create_array("a/b", shape=4, chunks=4, dtype="i4", fill_value=7)[...] = 1
                path = (
                    root
                    / "a/b"
                    / {("chunk", 2): "0", ("chunk", 3): "c/0"}.get(
                        (place, form), "zarr.json" if form == 3 else ".zarray"
                    )
                )
                if "parent" in put.__name__ and (place == "document" or form == 2):
                    continue  # then it is the node that is missing
                path.unlink()
                put(path)
                said = in_time(lambda root=root: _reads(root))
                report.count("cases")
                if not said.startswith("error "):
                    report.fail(f"{put.__name__[1:]} as {place} in format {form}: {said}")
    return report


# --- keys


# what is outside of the store is still in the directory of the check, should a store do what it is asked to
HOSTILE = [
    "../canary",
    "a/../../canary",
    "..",
    ".",
    "/{outside}",
    "a//b",
    "./canary",
    "a/./b",
    "",
    "a/",
    "a\0b",
    "../../other/canary",
    "a/../b",
    "{outside}",
    "file://{outside}",
    "a/b/../../../canary",
    "__zt.0123456789abcdef",
    "a/__zt.0123456789abcdef/b",
    "..//canary",
]


def stores(work: Path) -> Iterator[tuple[str, Callable[[bool], Any]]]:
    """Kinds of stores, each by a function that opens it to read only or not."""
    yield "local", lambda read_only: LocalStore(work / "local", read_only=read_only)
    kept: dict[str, Any] = {}
    yield "memory", lambda read_only: MemoryStore(kept, read_only=read_only)
    yield "zip", lambda read_only: ZipStore(work / "z.zip", mode="r" if read_only else "a")
    yield (
        "fsspec",
        lambda read_only: FsspecStore.from_url(
            f"file://{work}/fsspec", storage_options={"auto_mkdir": True}, read_only=read_only
        ),
    )
    if OURS:
        from zarr.storage import MappingStore, SQLiteStore

        yield "sqlite", lambda read_only: SQLiteStore(work / "s.db", read_only=read_only)
        mapping: dict[str, Any] = {}
        yield "mapping", lambda read_only: MappingStore(mapping, read_only=read_only)


def _files(root: Path) -> dict[str, bytes | None]:
    return {str(p): p.read_bytes() if p.is_file() else None for p in root.rglob("*")}


def keys(task: Task) -> Report:
    """Keys that are none: nothing outside is read, written or deleted."""
    report = Report()
    outside = task.work / "canary"
    prototype = default_buffer_prototype()
    for name, opened in stores(task.work / "in"):
        for hostile in HOSTILE:
            key = hostile.format(outside=outside)
            (task.work / "in").mkdir(exist_ok=True)
            outside.write_bytes(b"canary")
            (task.work / "in" / "canary").write_bytes(b"canary")
            before = _outside(task.work)
            for method in (
                "get",
                "set",
                "delete",
                "exists",
                "delete_dir",
                "list_prefix",
                "getsize",
                "set_if_not_exists",
            ):
                report.count("tries")
                said = asyncio.run(_try_key(opened, method, key, prototype))
                if said == "canary":
                    report.fail(f"{name}.{method}({key!r}) gives what is outside")
                if _outside(task.work) != before:
                    report.fail(f"{name}.{method}({key!r}) changes what is outside")
                    outside.write_bytes(b"canary")
                    (task.work / "in" / "canary").write_bytes(b"canary")
    return report


def _outside(work: Path) -> dict[str, bytes | None]:
    ours = tuple(str(work / "in" / name) for name in ("local", "fsspec", "z.zip", "s.db"))
    return {path: data for path, data in _files(work).items() if not path.startswith(ours)}


async def _try_key(opened: Callable[[bool], Any], method: str, key: str, prototype: Any) -> str:
    store = opened(False)
    try:
        if method == "list_prefix":
            found = [name async for name in store.list_prefix(key)]
            return "canary" if any("canary" in name for name in found) else ""
        value = prototype.buffer.from_bytes(b"new")
        args = {"get": (key, prototype), "set": (key, value), "set_if_not_exists": (key, value)}.get(
            method, (key,)
        )
        result = await getattr(store, method)(*args)
        return result.to_bytes().decode() if method == "get" and result is not None else ""
    except Exception as error:
        return f"error {type(error).__name__}"
    finally:
        store.close()


# --- read-only


def _given(name: str, target: Path) -> Any:
    """Something plausible for a parameter of this name."""
    prototype = default_buffer_prototype()
    return {
        "key": "a/zarr.json",
        "value": prototype.buffer.from_bytes(b"changed"),
        "byte_range": None,
        "prototype": prototype,
        "prefix": "",
        "name": "new",
        "path": "a" if not target.name.startswith("moved") else str(target),
        "dest_root": target,
        "shape": (2,),
        "new_shape": (2,),
        "dtype": "i4",
        "data": np.array([5, 6], "i4"),
        "selection": slice(None),
        "mask": np.ones(8, bool),
        "fields": None,
        "attributes": {"changed": 1},
        "new_attributes": {"changed": 1},
        "source": "a",
        "dest": "b",
        "values": [("a/zarr.json", prototype.buffer.from_bytes(b"changed"))],
        "key_ranges": [("a/zarr.json", None)],
        "key_start_values": [("a/zarr.json", 0, b"changed")],
        "byte_ranges": [None],
        "nodes": {},
        "axis": 0,
    }.get(name, _NOTHING)


_NOTHING = object()
_LEFT_OUT = {
    "with_read_only",
    "open",
    "from_url",
    "from_upath",
    "from_mapper",
    "from_dict",
    "close",
    "recover",
}
"""Methods that make another store, or end this one."""


def _calls(node: Any, target: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every public method, and those of the operators that change."""
    for name in sorted(dir(type(node))):
        if (name.startswith("_") and name not in ("__setitem__", "__delitem__")) or name in _LEFT_OUT:
            continue
        method = inspect.getattr_static(type(node), name)
        if isinstance(method, classmethod | staticmethod | property) or not callable(
            getattr(node, name, None)
        ):
            continue
        bound = getattr(node, name)
        try:
            parameters = list(inspect.signature(bound).parameters.values())
        except (TypeError, ValueError):
            continue
        args: dict[str, Any] = {}
        for p in parameters:
            value = _given(p.name, target)
            if p.kind in (p.VAR_KEYWORD, p.VAR_POSITIONAL) or (
                value is _NOTHING and p.default is not p.empty
            ):
                continue
            args[p.name] = None if value is _NOTHING else value
        yield name, lambda bound=bound, args=args: bound(**args)
    if hasattr(node, "__setitem__"):
        yield (
            "[...] =",
            lambda: node.__setitem__("new" if hasattr(node, "members") else ..., np.array(5, "i4")),
        )
        yield "del [...]", lambda: node.__delitem__("a")
    if hasattr(node, "attrs"):
        yield "attrs[...] =", lambda: node.attrs.__setitem__("changed", 1)
        yield "attrs.put", lambda: node.attrs.put({"changed": 1})
        yield "attrs.clear", lambda: node.attrs.clear()
        yield "attrs.update", lambda: node.attrs.update({"changed": 1})
        yield "del attrs", lambda: node.attrs.__delitem__("of")


def _finish(call: Callable[[], Any]) -> str:
    try:
        result = call()
        if inspect.isawaitable(result):
            result = asyncio.run(_await(result))
        elif hasattr(result, "__aiter__"):
            result = asyncio.run(_collect(result))
        elif inspect.isgenerator(result):
            list(result)
    except Exception as error:
        return type(error).__name__
    return ""


async def _await(result: Any) -> Any:
    return await result


async def _collect(result: Any) -> list[Any]:
    return [item async for item in result]


def _content(opened: Callable[[bool], Any]) -> dict[str, bytes]:
    async def read() -> dict[str, bytes]:
        store = opened(True)
        names = [name async for name in store.list()]
        found = {name: (await store.get(name, default_buffer_prototype())).to_bytes() for name in names}
        store.close()
        return found

    return asyncio.run(read())


def _changed(opened: Callable[[bool], Any], before: dict[str, bytes]) -> bool:
    try:
        return _content(opened) != before
    except Exception:  # it cannot even be opened
        return True


def read_only(task: Task) -> Report:
    """Every method of stores, arrays and groups that are to be read only: nothing changes."""
    report = Report()
    for kind in ("store", "group", "array"):
        work = task.work / kind
        work.mkdir()
        for name, opened in stores(work):
            _read_only(report, kind, name, opened, work / "moved")
    return report


def _read_only(report: Report, kind: str, name: str, opened: Callable[[bool], Any], moved: Path) -> None:
    """Every method of one."""
    store = opened(False)
    group = zarr.create_group(store, attributes={"of": "root"})
    group.create_array("a", shape=8, chunks=4, dtype="i4", attributes={"of": "a"})[...] = 3
    store.close()
    before = _content(opened)
    assert len(before) >= 4
    node: Any = opened(True)
    if kind == "group":
        node = zarr.open_group(node, mode="r")
    elif kind == "array":
        node = zarr.open_array(node, path="a", mode="r")
    for method, call in _calls(node, moved):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _finish(call)
        report.count("methods")
        if _changed(opened, before) or moved.exists():
            report.fail(f"{kind} in {name}: {method} changes what is read-only")
            return


CHECKS: list[tuple[str, str, Callable[[Task], Report]]] = [
    ("9", "something else as chunk or document", missing),
    ("14", "keys that lead elsewhere", keys),
    ("16", "methods of what is read-only", read_only),
]
