"""Warnings are attributed to the line of the program that calls this package, not to a line of the package."""

from __future__ import annotations

import ast
import asyncio
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zarr
import zarr.api.asynchronous
from zarr.storage import MemoryStore


def _v3_beside_v2() -> MemoryStore:
    store = MemoryStore()
    zarr.create_group(store, zarr_format=2)
    zarr.create_group(store, zarr_format=3)
    return store


def _with_stranger() -> zarr.Group:
    group = zarr.create_group({})
    prototype = zarr.core.buffer.default_buffer_prototype()
    group.store.set_sync("strange/x", prototype.buffer.from_bytes(b"?"))  # type: ignore[attr-defined]
    return group


def _full_group() -> MemoryStore:
    store = MemoryStore()
    zarr.create_group(store).create_group("a")
    return store


CALLS: dict[str, Callable[[], Any]] = {
    "an option without effect": lambda: zarr.open_group({}, cache_attrs=True),
    "order in format 3": lambda: zarr.create_array({}, shape=(2,), dtype="i4", order="F"),
    "both formats": lambda: zarr.open_group(_v3_beside_v2()),
    "consolidated": lambda: zarr.consolidate_metadata(_full_group()),
    "stranger, listed": lambda: _with_stranger().members(),
    "stranger, iterated": lambda: list(_with_stranger()),
    "auto shards": lambda: zarr.create_array({}, shape=(8,), dtype="i4", chunks=2, shards="auto"),
    "no specification": lambda: zarr.create_array({}, shape=(2,), dtype="S3"),
    "deprecated, direct": lambda: zarr.create_group({}).create_dataset("a", shape=(2,), dtype="i4"),
    "deprecated, derived": lambda: zarr.create_group({}).tree(expand=True),
}


def _attributed(call: Callable[[], Any]) -> list[tuple[str, int]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [(Path(w.filename).name, w.lineno) for w in caught]


@pytest.mark.parametrize("name", CALLS)
def test_the_line_of_the_call_is_named(name: str) -> None:
    line = CALLS[name].__code__.co_firstlineno
    assert set(_attributed(CALLS[name])) == {("test_warnings.py", line)}


def test_an_awaited_call_is_named_too() -> None:
    async def program() -> None:
        await zarr.api.asynchronous.open_group({}, cache_attrs=True)  # type: ignore[arg-type]

    line = program.__code__.co_firstlineno + 1
    assert _attributed(lambda: asyncio.run(program())) == [("test_warnings.py", line)]


def test_packages_with_a_name_that_starts_alike_are_not_this_one() -> None:
    scope: dict[str, Any] = {"__name__": "zarrs.reading", "zarr": zarr}
    exec(compile("def call():\n    zarr.open_group({}, cache_attrs=True)", "their_file.py", "exec"), scope)
    assert _attributed(scope["call"]) == [("their_file.py", 2)]


def test_a_program_without_a_name() -> None:
    """What ``exec`` runs need not have one; nor need there be any frame outside of the package."""
    scope: dict[str, Any] = {"zarr": zarr, "__builtins__": __builtins__}
    code = compile("zarr.open_group({}, cache_attrs=True)", "no_name.py", "exec")
    assert _attributed(lambda: exec(code, scope)) == [("no_name.py", 1)]


def test_one_way_to_warn() -> None:
    """No module but ``zarr.errors`` counts the frames itself."""
    package = Path(sys.modules["zarr"].__file__ or "").parent
    found = [
        path.name
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "warnings.warn"
    ]
    assert found == ["errors.py"]
