"""copy, copy_all, copy_store and Group.copy: what is copied, how, what is in the way, and interruptions."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.core.group import array_copying
from zarr.core.sync import sync
from zarr.errors import ContainsArrayError, CopyError, ZarrUserWarning
from zarr.storage import LocalStore, MemoryStore
from zarr.testing.store import LatencyStore

STORES: dict[str, Callable[[Path], Any]] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "waiting": lambda _: LatencyStore(MemoryStore()),
}
NODES = ["a", "g", "g/h", "g/h/x", "g/y"]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    return STORES[request.param](tmp_path / "store")


def fill(store: Any = None, zarr_format: Any = 3) -> zarr.Group:
    root = zarr.create_group(
        MemoryStore() if store is None else store, zarr_format=zarr_format, attributes={"r": 1}
    )
    root.create_array("a", data=np.arange(10), chunks=(3,), attributes={"units": "K"})
    sparse = root.create_array("g/h/x", shape=(6, 4), dtype="f4", chunks=(2, 2), fill_value=-1)
    sparse[2:4, :2] = 7
    root.create_array("g/y", data=np.array([np.nan, 1.5]), fill_value=np.nan)
    root["g"].attrs["of"] = "g"
    return root


def content(group: zarr.Group) -> dict[str, Any]:
    """All nodes below: attributes, and values of arrays."""
    return {
        path: (node.attrs.asdict(), str(node[...].tolist()) if isinstance(node, zarr.Array) else None)
        for path, node in zarr.open_group(group.store_path, mode="r").members(max_depth=None)
    }


def chunks(node: Any) -> dict[str, bytes]:
    """The stored chunks below a node."""
    store = node.store._store if isinstance(node.store, LatencyStore) else node.store
    prefix = node.path + "/" if node.path else ""
    return {
        key[len(prefix) :]: store.get_sync(key).to_bytes()
        for key in store.keys_sync(prefix)
        if not key.endswith(("zarr.json", ".zarray", ".zgroup", ".zattrs"))
    }


@pytest.mark.parametrize("formats", [(2, 2), (3, 3), (2, 3), (3, 2)])
def test_everything_is_copied(formats: Any, store: Any) -> None:
    source = fill(zarr_format=formats[0])
    dest = zarr.create_group(store, zarr_format=formats[1])
    nbytes = 10 * 8 + 24 * 4 + 2 * 8
    assert zarr.copy_all(source, dest) == (5, 0, nbytes)
    assert content(dest) == content(source)
    assert dest.attrs.asdict() == {"r": 1}
    assert {node.metadata.zarr_format for _, node in dest.members(max_depth=None)} == {formats[1]}
    if formats[0] == formats[1]:
        assert chunks(dest) == chunks(source)
    assert dest["g/h/x"].nchunks_initialized == 1
    assert dest["g/h/x"].fill_value == -1
    assert zarr.copy(source["g"], dest, name="p/q") == (4, 0, 24 * 4 + 2 * 8)
    assert dest["p/q/h/x"][2, 0] == 7
    assert isinstance(dest["p"], zarr.Group)


def test_chunks_are_copied_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(*args: Any) -> None:
        raise AssertionError("nothing is to be decoded")

    monkeypatch.setattr(array_copying, "copy_data", decode)
    for zarr_format in (2, 3):
        source, dest = (
            fill(zarr_format=zarr_format),
            zarr.create_group(MemoryStore(), zarr_format=zarr_format),
        )
        zarr.copy_all(source, dest)
        separator = "/" if zarr_format == 2 else "."
        zarr.copy(source["g/h/x"], dest, name="x", dimension_separator=separator)
        assert dest["x"].metadata.chunk_key_encoding.separator == separator
        assert dest["x"][:].tolist() == source["g/h/x"][:].tolist()
        with pytest.raises(AssertionError, match="decoded"):
            zarr.copy(source["a"], dest, name="other", chunks=(5,))


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize(
    ("options", "chunks", "compressors"),
    [
        ({"chunks": (5,)}, (5,), 1),
        ({"compressor": None}, (3,), 0),
        ({"compressors": None, "chunks": 2}, (2,), 0),
        ({"fill_value": 3}, (3,), 1),
        ({"dtype": "i2"}, (3,), 1),
        ({"filters": None, "overwrite": True, "synchronizer": None}, (3,), 1),
    ],
)
def test_options_of_new_arrays(options: Any, chunks: Any, compressors: int, zarr_format: Any) -> None:
    source = fill(zarr_format=zarr_format)
    dest = zarr.create_group(MemoryStore(), zarr_format=zarr_format)
    assert zarr.copy(source["a"], dest, **options) == (1, 0, 80)
    made = dest["a"]
    assert made[:].tolist() == list(range(10))
    assert (made.chunks, len(made.compressors)) == (chunks, compressors)
    assert made.fill_value == options.get("fill_value", 0)
    assert made.dtype == options.get("dtype", "i8")


def test_shards() -> None:
    root = zarr.create_group(MemoryStore())
    root.create_array("s", data=np.arange(100), chunks=(5,), shards=(20,), dimension_names=["t"])
    zarr.copy(root["s"], root, name="same")
    zarr.copy(root["s"], root, name="plain", chunks=(7,))
    zarr.copy(root["s"], root, name="more", chunks=(5,), shards=(50,))
    assert chunks(root["same"]) == chunks(root["s"])
    assert (root["plain"].shards, root["more"].shards) == (None, (50,))
    for name in ("same", "plain", "more"):
        assert root[name][:].tolist() == list(range(100))
        assert root[name].metadata.dimension_names == ("t",)


def test_unknown_options() -> None:
    source, dest = fill(), zarr.create_group(MemoryStore())
    with pytest.raises(TypeError, match="'colour'"):
        zarr.copy(source["a"], dest, colour="red")
    assert list(dest) == []


def test_names() -> None:
    source, dest = fill(), zarr.create_group(MemoryStore())
    zarr.copy(source["g/h"], dest)
    zarr.copy(source["a"], dest, name="b/c")
    assert sorted(p for p, _ in dest.members(max_depth=None)) == ["b", "b/c", "h", "h/x"]
    for unnamed in (source, zarr.create_array(MemoryStore(), data=np.arange(3))):
        with pytest.raises(TypeError, match="source has no name"):
            zarr.copy(unnamed, dest)
    zarr.copy(source, dest, name="all")
    assert dest["all/a"].attrs["units"] == "K"


def test_what_is_left_out() -> None:
    source = fill()

    def copied(**options: Any) -> list[str]:
        dest = zarr.create_group(MemoryStore())
        count, _, _ = zarr.copy_all(source, dest, **options)
        found = sorted(p for p, _ in dest.members(max_depth=None))
        assert count == len([p for p in found if p in NODES]) or "excludes" in options
        return found

    assert copied() == NODES
    assert copied(shallow=True) == ["a"]
    assert copied(excludes="h") == ["a", "g", "g/y"]
    assert copied(excludes=["^g"], includes=["Y$"], flags=re.I) == ["a", "g", "g/y"]
    dest = zarr.create_group(MemoryStore())
    zarr.copy_all(source, dest, without_attrs=True)
    assert {node.attrs.asdict() == {} for _, node in dest.members(max_depth=None)} == {True}
    assert dest.attrs.asdict() == {}


LOG = """\
copy /g
copy /g/h
copy /g/h/x (6, 4) float32
copy /g/y (2,) float64
all done: 4 copied, 0 skipped, 112 bytes copied
"""


def test_logs(tmp_path: Path) -> None:
    source = fill()
    lines: list[str] = []
    text = io.StringIO()
    for log in (lines.append, text, tmp_path / "log", str(tmp_path / "log 2")):
        zarr.copy(source["g"], zarr.create_group(MemoryStore()), log=log)
    assert "\n".join(lines) + "\n" == text.getvalue() == (tmp_path / "log").read_text() == LOG
    assert (tmp_path / "log 2").read_text() == LOG
    with pytest.raises(TypeError, match="log must be"):
        zarr.copy(source["g"], zarr.create_group(MemoryStore()), log=5)


def test_progress(store: Any) -> None:
    seen: list[tuple[int, int]] = []
    dest = zarr.create_group(store)
    zarr.copy_all(fill(), dest, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (192, 192)
    assert seen == sorted(seen)
    assert {total for _, total in seen} == {192}
    seen.clear()
    zarr.copy(fill()["a"], dest, name="b", chunks=(5,), progress=lambda *now: seen.append(now))
    assert seen[-1] == (80, 80)


def test_dry_run(store: Any) -> None:
    source, dest = fill(), zarr.create_group(store)
    log: list[str] = []
    assert zarr.copy_all(source, dest, dry_run=True, log=log.append) == (5, 0, 0)
    assert log[-1] == "dry run: 5 copied, 0 skipped"
    assert list(dest) == []
    zarr.copy_all(source, dest)
    before = content(dest)
    assert zarr.copy_all(source, dest, dry_run=True, if_exists="replace") == (5, 0, 0)
    assert zarr.copy_all(source, dest, dry_run=True, if_exists="skip") == (2, 3, 0)
    with pytest.raises(CopyError):
        zarr.copy_all(source, dest, dry_run=True)
    assert content(dest) == before


def test_what_is_in_the_way(store: Any) -> None:
    source, dest = fill(), zarr.create_group(store)
    dest.create_array("g/y", data=np.arange(5))
    dest["g"].attrs["theirs"] = 1
    before = content(dest)
    with pytest.raises(CopyError, match="an object 'y' already exists in destination '/g'"):
        zarr.copy_all(source, dest)
    assert content(dest) == before
    assert zarr.copy_all(source, dest, if_exists="skip") == (4, 1, 176)
    assert dest["g/y"].shape == (5,)
    assert dest["g"].attrs.asdict() == {"theirs": 1, "of": "g"}
    assert zarr.copy_all(source, dest, if_exists="replace") == (5, 0, 192)
    assert {p: c for p, c in content(dest).items() if p != "g"} == {
        p: c for p, c in content(source).items() if p != "g"
    }
    with pytest.raises(ValueError, match="if_exists must be one of"):
        zarr.copy_all(source, dest, if_exists="nope")  # type: ignore[arg-type]


def test_nodes_of_another_kind_in_the_way() -> None:
    source = fill()

    def there() -> zarr.Group:
        dest = zarr.create_group(MemoryStore())
        dest.create_array("g", data=np.arange(5))
        dest.create_group("a/below")
        return dest

    with pytest.raises(CopyError, match="an array 'g' already exists in destination '/'"):
        zarr.copy(source["g"], there())
    with pytest.raises(CopyError, match="an object 'a' already exists"):
        zarr.copy(source["a"], there())
    assert zarr.copy(source["g"], there(), if_exists="skip") == (0, 1, 0)
    dest = there()
    assert zarr.copy_all(source, dest, if_exists="replace") == (5, 0, 192)
    assert content(dest) == content(source)
    with pytest.raises(ContainsArrayError):
        zarr.copy(source["g"], dest, name="a/b")


def test_skip_initialized() -> None:
    source, dest = fill(), zarr.create_group(MemoryStore())
    zarr.copy_all(source, dest)
    dest["a"][:] = 5
    del dest.store._store_dict["g/y/c/0"]  # type: ignore[attr-defined]
    assert zarr.copy_all(source, dest, if_exists="skip_initialized") == (4, 1, 112)
    assert dest["a"][0] == 5
    assert dest["g/y"][1] == 1.5


def test_copying_inside_one_store(store: Any) -> None:
    root = fill(store)
    before = content(root)
    zarr.copy(root["g"], root["g"], name="in")
    assert sorted(root["g"].members(max_depth=None), key=str) is not None
    assert {p for p, _ in root["g"].members(max_depth=None)} == {
        "h",
        "h/x",
        "in",
        "in/h",
        "in/h/x",
        "in/y",
        "y",
    }
    for source, dest, name in (("a", "", "a"), ("g/h/x", "", "g"), ("g/h/x", "g/h", "x")):
        with pytest.raises(ValueError, match="would be replaced while it is copied"):
            zarr.copy(root[source], root[dest] if dest else root, name=name, if_exists="replace")
    after = content(root)
    assert {p: after[p] for p in before} == before


def test_what_is_no_group() -> None:
    source = fill()
    with pytest.raises(ValueError, match="dest must be a group, got <Array"):
        zarr.copy(source["g"], source["a"])
    with pytest.raises(ValueError, match="read-only"):
        zarr.copy(source["a"], zarr.open_group(fill().store, mode="r"), name="new")


def test_there_is_nothing_in_an_array_to_copy() -> None:
    source, dest = fill(), zarr.create_group(MemoryStore())
    with pytest.raises(TypeError, match="/a .* is an array, so there is nothing in it to copy"):
        zarr.copy_all(source["a"], dest)
    with pytest.raises(TypeError, match="is an array"):
        zarr.copy_all(np.arange(3), dest)
    assert list(dest.store._store_dict) == ["zarr.json"]  # type: ignore[attr-defined]
    assert dest.attrs.asdict() == {}


@pytest.mark.parametrize("name", ["array/below", "array/deep/below"])
def test_nothing_is_written_below_an_array(store: Any, name: str) -> None:
    source, dest = fill(), zarr.create_group(store)
    dest.create_array("array", data=np.arange(5))
    keys = sync(_keys(store))
    for node in (source["a"], source["g"]):
        with pytest.raises(ContainsArrayError, match="only groups may have child nodes"):
            zarr.copy(node, dest, name=name)
    assert sync(_keys(store)) == keys


async def _keys(store: Any) -> list[str]:
    return sorted([key async for key in store.list()])


def test_a_node_below_is_not_deleted() -> None:
    source, dest = fill(), zarr.create_group(MemoryStore())
    zarr.create_array(dest.store, name="lost/x", data=np.arange(3))
    del dest.store._store_dict["lost/zarr.json"]  # type: ignore[attr-defined]
    with pytest.raises(CopyError, match="there is a node below it, 'lost/x/zarr.json'"):
        zarr.copy(source["a"], dest, name="lost", if_exists="replace")
    assert dest["lost/x"][:].tolist() == [0, 1, 2]


def test_a_method_of_groups(store: Any) -> None:
    root = fill(store)
    assert root.copy("a", "b") is None
    root.copy("g", root["g/h"])
    root.copy(root["a"], root["g"], name="c", without_attrs=True)
    root.copy("g", "shallow/g", shallow=True)
    assert root["b"].attrs["units"] == "K"
    assert root["g/h/g/h/x"][2, 0] == 7
    assert root["g/c"].attrs.asdict() == {}
    assert sorted(root["shallow/g"]) == ["c", "y"]
    with pytest.raises(CopyError, match="'b' already exists"):
        root.copy("a", "b")
    with pytest.raises(KeyError, match="none"):
        root.copy("none", "c")
    with pytest.raises(TypeError, match="no name"):
        root.copy(root, root)


async def test_awaited() -> None:
    source, dest = fill()._async_group, (await zarr.api.asynchronous.create_group(MemoryStore()))
    assert await zarr.api.asynchronous.copy(await source.getitem("a"), dest) == (1, 0, 80)
    assert await zarr.api.asynchronous.copy_all(source, dest, if_exists="skip") == (4, 1, 112)
    await source.copy("g", dest, name="again")
    assert await dest.nmembers(max_depth=None) == 9


# --- sources of other libraries


class FakeDataset:
    """What an h5py.Dataset has, over a NumPy array."""

    def __init__(self, name: str, data: Any, **more: Any) -> None:
        self.name, self._data = name, np.asarray(data)
        self.shape, self.dtype = self._data.shape, more.pop("dtype", self._data.dtype)
        self.attrs = more.pop("attrs", {})
        for key, value in more.items():
            setattr(self, key, value)

    def __getitem__(self, selection: Any) -> Any:
        return self._data[selection]


class FakeText(FakeDataset):
    """A dataset of strings of any length: bytes, unless they are asked for as text."""

    def asstr(self) -> Any:
        return np.array([value.decode() for value in self._data], object)


class FakeGroup(dict[str, Any]):
    def __init__(self, name: str, members: dict[str, Any], attrs: dict[str, Any]) -> None:
        super().__init__(members)
        self.name, self.attrs = name, attrs


TEXT = np.dtype("O", metadata={"vlen": str})


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_other_libraries(zarr_format: Any, store: Any) -> None:
    numbers = FakeDataset("/g/n", np.arange(12.0).reshape(3, 4), chunks=(2, 2), fillvalue=np.float64(5))
    texts = FakeText(
        "/g/t", np.array([b"a", "\u00e9".encode()], object), dtype=TEXT, fillvalue=b"", chunks=None
    )
    scalar = FakeDataset("/s", np.int16(3), attrs={"b": b"text", "s": np.array([b"x"]), "n": np.float32(1.5)})
    source = FakeGroup(
        "/", {"g": FakeGroup("/g", {"n": numbers, "t": texts}, {"a": np.arange(2)}), "s": scalar}, {}
    )
    dest = zarr.create_group(store, zarr_format=zarr_format)
    log: list[str] = []
    counts = zarr.copy_all(source, dest, log=log.append)
    assert counts[:2] == (4, 0)
    assert log[0:2] == ["copy /g", "copy /g/n (3, 4) float64"]
    assert (dest["g/n"].chunks, dest["g/n"].fill_value) == ((2, 2), 5)
    assert dest["g/n"][:].tolist() == numbers[:].tolist()
    assert dest["g/t"][:].tolist() == ["a", "\u00e9"]
    assert dest["s"][()] == 3
    assert dest["s"].attrs.asdict() == {"b": "text", "s": ["x"], "n": 1.5}
    assert dest["g"].attrs.asdict() == {"a": [0, 1]}
    assert zarr.copy(numbers, dest, name="m", chunks=(3, 4))[2] == 96
    assert dest["m"].chunks == (3, 4)


def test_numpy_arrays() -> None:
    dest = zarr.create_group(MemoryStore())
    assert zarr.copy(np.arange(3), dest, name="x") == (1, 0, 24)
    assert dest["x"][:].tolist() == [0, 1, 2]


def test_what_cannot_be_copied_is_said() -> None:
    dest = zarr.create_group(MemoryStore())
    empty = FakeDataset("/e", 0)
    empty.shape = None  # type: ignore[assignment]
    with pytest.raises(TypeError, match="/e has no shape"):
        zarr.copy(empty, dest)
    ragged = FakeDataset(
        "/r", np.array([1], object), dtype=np.dtype("O", metadata={"vlen": np.dtype("i4")}), id=1
    )
    with pytest.raises(TypeError, match=r"/r: elements of type object .* cannot be copied"):
        zarr.copy(ragged, dest)
    with pytest.warns(ZarrUserWarning, match="'/w': attribute 'ref': .* not copied"):
        zarr.copy(FakeDataset("/w", [1], attrs={"ref": object(), "ok": 1}), dest)
    assert dest["w"].attrs.asdict() == {"ok": 1}


# --- keys


def test_keys_are_copied(store: Any) -> None:
    source = fill()
    log: list[str] = []
    counts = zarr.copy_store(source.store, store, log=log.append)
    assert counts[:2] == (len(source.store._store_dict), 0)  # type: ignore[attr-defined]
    assert counts[2] == sum(len(v) for v in source.store._store_dict.values())  # type: ignore[attr-defined]
    assert content(zarr.open_group(store)) == content(source)
    assert log[0] == "copy a/c/0"
    assert log[-1] == f"all done: {counts[0]} copied, 0 skipped, {counts[2]:,} bytes copied"


def test_keys_below_a_path(store: Any) -> None:
    source = fill()
    log: list[str] = []
    seen: list[tuple[int, int]] = []
    zarr.copy_store(source.store, store, "g", "p/q", log=log.append, progress=lambda *now: seen.append(now))
    assert zarr.open_array(store, path="p/q/h/x")[2, 0] == 7
    assert "copy g/y/c/0 -> p/q/y/c/0" in log
    assert seen == [(i + 1, len(seen)) for i in range(len(seen))]
    assert len(seen) == len(log) - 1


def test_keys_that_are_there(store: Any) -> None:
    source = fill()
    count = len(source.store._store_dict)  # type: ignore[attr-defined]
    zarr.copy_store(source.store, store)
    zarr.open_group(store)["a"][:] = 5
    before = content(zarr.open_group(store))
    with pytest.raises(CopyError, match="key 'a/c/0' exists in destination"):
        zarr.copy_store(source.store, store)
    assert zarr.copy_store(source.store, store, if_exists="skip") == (0, count, 0)
    assert zarr.copy_store(source.store, store, if_exists="replace", dry_run=True) == (count, 0, 0)
    assert content(zarr.open_group(store)) == before
    assert zarr.copy_store(source.store, store, if_exists="replace")[0] == count
    assert content(zarr.open_group(store)) == content(source)
    with pytest.raises(ValueError, match="if_exists must be one of"):
        zarr.copy_store(source.store, store, if_exists="skip_initialized")  # type: ignore[arg-type]


def test_a_replaced_array_keeps_no_chunk(store: Any) -> None:
    source = fill()
    other = zarr.create_group(store)
    other.create_array("g/h/x", data=np.full((6, 4), 3, "f4"), chunks=(2, 2), fill_value=-1)
    other.create_array("g/h/z", data=np.arange(3))
    zarr.copy_store(source.store, store, if_exists="replace")
    assert other["g/h/x"][:].tolist() == source["g/h/x"][:].tolist()
    assert other["g/h/z"][:].tolist() == [0, 1, 2]


def test_chosen_keys() -> None:
    source, store = fill(), MemoryStore()
    zarr.copy_store(source.store, store, excludes=[r"/c/"], includes="A/C/0", flags=re.I)
    assert [key for key in store._store_dict if "/c/" in key] == ["a/c/0"]
    assert zarr.open_group(store)["a"][:].tolist() == [0, 1, 2, 0, 0, 0, 0, 0, 0, 0]


def test_a_read_only_store() -> None:
    with pytest.raises(ValueError, match="read-only"):
        zarr.copy_store(fill().store, MemoryStore(read_only=True))


# --- interruptions


class Failing(MemoryStore):
    """A store of which the n-th write raises."""

    _suspends = False
    left: int | None = None

    def _count(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise OSError("interrupted")

    def set_sync(self, key: str, value: Any) -> None:
        self._count()
        super().set_sync(key, value)

    def set_if_not_exists_sync(self, key: str, value: Any) -> Any:
        self._count()
        return super().set_if_not_exists_sync(key, value)

    def delete_sync(self, key: str) -> None:
        self._count()
        super().delete_sync(key)


def interruptions(store: Failing, start: dict[str, Any], call: Callable[[], object]) -> Any:
    """The states that the store is in when the call was interrupted at each write."""
    for n in range(1000):
        store._store_dict, store.left = dict(start), n
        try:
            call()
        except OSError:
            store.left = None
            yield n
        else:
            store.left = None
            assert n > 5
            return
    pytest.fail("the call never came to its end")


@pytest.mark.filterwarnings("ignore:Object at .* is not recognized:zarr.errors.ZarrUserWarning")
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("way", ["copy_all", "copy_all in other chunks", "copy_store"])
@pytest.mark.parametrize("over", [False, True])
def test_an_interrupted_copy_shows_no_wrong_value(way: str, over: bool, zarr_format: Any) -> None:
    source = fill(zarr_format=zarr_format)
    store = Failing()
    dest = zarr.create_group(store, zarr_format=zarr_format)
    old = {}
    if over:
        dest.create_array("g/h/x", data=np.full((6, 4), 3, "f4"), chunks=(2, 2), fill_value=-1)
        dest.create_array("a", data=np.arange(10) + 100, chunks=(3,))
        old = content(dest)
    if_exists: Any = "replace" if over else "skip"

    def call() -> None:
        if way == "copy_store":
            zarr.copy_store(source.store, store, if_exists="replace")
        else:
            options = {"compressor": None} if way != "copy_all" else {}
            zarr.copy_all(source, zarr.open_group(store), if_exists=if_exists, **options)

    new = content(source)
    for n in interruptions(store, dict(store._store_dict), call):
        for path in ("a", "g/h/x", "g/y"):
            try:
                values = str(zarr.open_array(store, path=path, mode="r")[...].tolist())
            except FileNotFoundError:
                continue
            assert values in (new[path][1], old.get(path, (None, None))[1]), (n, path)
        call()
        assert content(zarr.open_group(store)) == new, n


def test_stale_chunks_of_an_interrupted_copy_do_not_come_back() -> None:
    source = fill()
    store = Failing()
    dest = zarr.create_group(store)
    store.left = 3
    with pytest.raises(OSError, match="interrupted"):
        zarr.copy(source["a"], dest)
    store.left = None
    assert store.exists_sync("a/c/0")
    source["a"].resize((1,))
    source["a"][:] = 0
    source["a"].resize((10,))
    zarr.copy(source["a"], dest)
    assert dest["a"][:].tolist() == [0] * 10
