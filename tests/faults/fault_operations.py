"""The operations that are interrupted, each with what may be read afterwards.

They use what this package and Zarr-Python have in common. What only one of them has is told by ``ours``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import zarr

Snapshot = dict[str, tuple[Any, ...]]
"""What is at each path: ("group", attributes) or ("array", shape, chunks, attributes, values)."""

OLD = np.arange(1, 61, dtype="i4").reshape(10, 6)
MORE = -np.arange(1, 43, dtype="i4").reshape(7, 6)


@dataclass(frozen=True)
class Operation:
    """A change to the hierarchy that ``make`` has made.

    Parameters
    ----------
    name
        What it is called in messages.
    target
        The path of the node whose handle it uses; None if it uses none.
    change
        Does it, with the handle, the root and the format.
    parts
        Whether it may be done for some chunks or nodes and not for others: a write, or work on many nodes.
    gone
        Whether the node that it replaces may be missing in between.
    repeats
        Whether it does the same when it is done twice.
    ours
        Whether Zarr-Python has no such thing.
    """

    name: str
    target: str | None
    change: Callable[[Any, Path, Any], Any]
    parts: bool = False
    gone: bool = False
    repeats: bool = True
    ours: bool = False

    def begin(self, root: Path) -> Any:
        """The handle."""
        return None if self.target is None else zarr.open(str(root), path=self.target, mode="r+")


def make(root: Path, kind: str) -> None:
    """The hierarchy as it is before: ``a``, ``g``, ``g/b`` and ``s`` beside them."""
    options: dict[str, Any] = {"zarr_format": 2 if kind == "v2" else 3}
    group = zarr.create_group(str(root), attributes={"of": "root"}, zarr_format=options["zarr_format"])
    below = group.create_group("g", attributes={"of": "g"})
    layout: dict[str, Any] = {"chunks": (2, 3), "shards": (4, 6)} if kind == "shards" else {"chunks": (4, 3)}
    for parent, name in ((group, "a"), (below, "b")):
        array = parent.create_array(name, shape=OLD.shape, dtype="i4", attributes={"of": name}, **layout)
        array[...] = OLD
    if kind == "consolidated":
        zarr.consolidate_metadata(str(root))


def snapshot(root: Path) -> Snapshot:
    """Everything that can be read, from the documents themselves."""
    found: Snapshot = {}
    group = zarr.open_group(str(root), mode="r", use_consolidated=False)
    waiting: list[tuple[str, Any]] = [("", group)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, zarr.Array):
            found[path] = ("array", node.shape, node.shards or node.chunks, dict(node.attrs), node[...])
            continue
        found[path] = ("group", dict(node.attrs))
        for name, member in sorted(node.members()):
            waiting.append((f"{path}/{name}" if path else name, member))
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two nodes are the same."""
    if one is None or other is None:
        return one is other
    if one[0] != other[0] or one[1:4] != other[1:4]:
        return False
    return one[0] == "group" or bool(np.array_equal(one[4], other[4]))


def judge(operation: Operation, seen: Snapshot, old: Snapshot, new: Snapshot) -> list[str]:
    """What is wrong with what was seen."""
    wrong = []
    for path in {*seen, *old, *new}:
        here, was, will = seen.get(path), old.get(path), new.get(path)
        if same(here, was) or same(here, will):
            continue
        if here is None and (operation.gone or path not in seen):
            if operation.gone:
                continue
        elif operation.parts and here is not None and _is_mixed(here, was, will):
            continue
        wrong.append(f"{path!r} is neither the old nor the new: {_brief(here)}")
    if not operation.parts and not operation.gone and not wrong:
        is_old = all(same(seen.get(p), old.get(p)) for p in {*seen, *old})
        is_new = all(same(seen.get(p), new.get(p)) for p in {*seen, *new})
        if not (is_old or is_new):
            wrong.append("some nodes are old and others new")
    return wrong


def _is_mixed(here: Any, was: Any, will: Any) -> bool:
    """Whether each chunk is wholly the old or wholly the new one."""
    if here[0] == "group":
        return False
    if was is None and will is not None:  # a new array: without what was not yet written
        was = (*will[:4], np.zeros(will[1], will[4].dtype))
    for other in (was, will):
        if other is None or other[0] != "array" or here[1:4] != other[1:4]:
            return False
    for block in _blocks(here[1], here[2]):
        part = here[4][block]
        if not (np.array_equal(part, was[4][block]) or np.array_equal(part, will[4][block])):
            return False
    return True


def _blocks(shape: tuple[int, ...], chunks: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    for start in itertools.product(*(range(0, n, c) for n, c in zip(shape, chunks, strict=True))):
        yield tuple(slice(s, s + c) for s, c in zip(start, chunks, strict=True))


def _brief(node: Any) -> str:
    if node is None:
        return "missing"
    return str(node[:4]) if node[0] == "group" else f"{node[:4]} {node[4].tolist()}"[:300]


def _assign(selection: Any, value: Any) -> Callable[[Any, Path, Any], None]:
    def change(array: Any, root: Path, form: Any) -> None:
        array[selection] = value

    return change


def _create(name: str, **options: Any) -> Callable[[Any, Path, Any], Any]:
    return lambda group, root, form: group.create_array(
        name, **{"shape": (9, 5), "dtype": "i4", "chunks": (3, 3)} | options
    )


def _set_attribute(node: Any, root: Path, form: Any) -> None:
    node.attrs["more"] = [1, 2]


def _delete(name: str) -> Callable[[Any, Path, Any], None]:
    def change(group: Any, root: Path, form: Any) -> None:
        del group[name]

    return change


def _resize(shape: tuple[int, ...]) -> Callable[[Any, Path, Any], None]:
    return lambda array, root, form: array.resize(shape)


def _copy(group: Any, root: Path, form: Any) -> None:
    zarr.copy(group["g"], group, name="copied")


def _copy_store(group: Any, root: Path, form: Any) -> None:
    zarr.copy_store(group.store, group.store, source_path="g", dest_path="copied", if_exists="replace")


OPERATIONS = [
    Operation("create", "", _create("n"), parts=True, repeats=False),
    Operation(
        "create with data", "", _create("n", shape=None, dtype=None, data=OLD), parts=True, repeats=False
    ),
    Operation("create below", "", _create("x/y/n"), parts=True, repeats=False),
    Operation(
        "create group",
        "",
        lambda g, root, form: g.create_group("n", attributes={"n": 1}),
        parts=True,
        repeats=False,
    ),
    Operation("overwriting create", "", _create("a", overwrite=True), gone=True),
    Operation("overwriting a group", "", _create("g", overwrite=True), gone=True),
    Operation(
        "open mode w",
        None,
        lambda g, root, form: zarr.open_group(str(root), mode="w", zarr_format=form),
        gone=True,
    ),
    Operation(
        "open array mode w",
        None,
        lambda g, root, form: zarr.open_array(
            str(root), path="a", mode="w", shape=(9, 5), chunks=(3, 3), dtype="i4", zarr_format=form
        ),
        gone=True,
    ),
    Operation(
        "open mode w at a root",
        None,
        lambda g, root, form: zarr.open_array(
            str(root / "a"), mode="w", shape=(9, 5), chunks=(3, 3), dtype="i4", zarr_format=form
        ),
        gone=True,
    ),
    Operation("write in one chunk", "a", _assign((slice(1, 3), slice(0, 2)), 99)),
    Operation("write in chunks", "a", _assign((slice(1, 9), slice(1, 5)), 99), parts=True),
    Operation("write all", "a", _assign(..., OLD * 100), parts=True),
    Operation("write fill value", "a", _assign(..., 0), parts=True),
    Operation("append", "a", lambda a, root, form: a.append(MORE), repeats=False),
    Operation("append columns", "a", lambda a, root, form: a.append(OLD[:, :4] + 100, axis=1), repeats=False),
    Operation("shrink", "a", _resize((5, 4))),
    Operation("shrink to nothing", "a", _resize((0, 6))),
    Operation("grow", "a", _resize((17, 8))),
    Operation("shrink and grow", "a", _resize((3, 13))),
    Operation("attribute of array", "a", _set_attribute),
    Operation("attribute of group", "g", _set_attribute),
    Operation("delete array", "", _delete("a"), repeats=False),
    Operation("delete group", "", _delete("g"), gone=True, repeats=False),
    Operation("consolidate", "", lambda g, root, form: zarr.consolidate_metadata(str(root))),
    Operation("move", "", lambda g, root, form: g.move("g", "moved"), gone=True, repeats=False, ours=True),
    Operation("copy", "", _copy, parts=True, repeats=False, ours=True),
    Operation("copy store", "", _copy_store, parts=True, ours=True),
]
