"""Stored bytes that are damaged, documents that lie, archives and shard indexes that are wrong: all by seeded chance."""

from __future__ import annotations

import contextlib
import copy
import json
import math
import random
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numcodecs
import numpy as np
from fault_report import OURS, Report, Task

import zarr
from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    ShardingCodec,
    TransposeCodec,
    ZstdCodec,
)
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore, ZipStore

DATA = (np.arange(600, dtype="i4").reshape(20, 30) * 7) % 1000
_LONGEST = 5.0
"""Seconds in which each must be answered."""

CHAINS: dict[str, dict[str, Any]] = {
    "bytes": {"compressors": None},
    "gzip": {"compressors": GzipCodec()},
    "zstd": {"compressors": ZstdCodec()},
    "blosc": {"compressors": BloscCodec(cname="lz4")},
    "crc32c": {"compressors": [Crc32cCodec()]},
    "zstd crc32c": {"compressors": [ZstdCodec(), Crc32cCodec()]},
    "gzip crc32c": {"compressors": [GzipCodec(), Crc32cCodec()]},
    "blosc crc32c": {"compressors": [BloscCodec(), Crc32cCodec()]},
    "shards": {"compressors": ZstdCodec(), "chunks": (5, 6), "shards": (20, 30)},
    "v2 default": {"zarr_format": 2},
    "v2 none": {"zarr_format": 2, "compressors": None},
    "v2 strings": {"zarr_format": 2, "dtype": "T", "filters": [numcodecs.VLenUTF8()], "compressors": None},
    "strings": {"dtype": "T"},
    "packed": {"dtype": "?", "zarr_format": 2, "filters": [numcodecs.PackBits()]},
}
if OURS:
    from numcodecs.pcodec import PCodec
    from numcodecs.zfpy import ZFPY

    from zarr.codecs import numcodecs as nc

    _LOSSLESS = {"mode": 4, "tolerance": -1}
    CHAINS |= {
        **{codec.codec_name: {"compressors": codec} for codec in (nc.BZ2(), nc.LZMA(), nc.LZ4(), nc.Zlib())},
        "numcodecs.pcodec": {"serializer": nc.PCodec(), "compressors": None},
        "numcodecs.zfpy": {"serializer": nc.ZFPY(**_LOSSLESS), "compressors": None},
        "numcodecs filters": {"filters": [nc.Delta(dtype="<i4")], "compressors": [nc.Shuffle(), nc.CRC32()]},
    }
    for _codec in (
        numcodecs.BZ2(), numcodecs.LZMA(), numcodecs.LZ4(), numcodecs.Zlib(), PCodec(), ZFPY(**_LOSSLESS)
    ):  # fmt: skip
        CHAINS[f"v2 {_codec.codec_id}"] = {"zarr_format": 2, "compressors": _codec}
_ENDLESS = ("numcodecs.zfpy", "v2 zfpy")
"""Streams that do not say where they end."""


def _store(files: dict[str, bytes]) -> MemoryStore:
    make = default_buffer_prototype().buffer.from_bytes
    return MemoryStore({key: make(data) for key, data in files.items()})


def _files(store: Any) -> dict[str, bytes]:
    return {key: value.to_bytes() for key, value in store._store_dict.items()}


def _made(options: dict[str, Any]) -> tuple[dict[str, bytes], str]:
    """An array of one chunk, and the chunk's key."""
    store = MemoryStore()
    array = zarr.create_array(
        store,
        name="a",
        **{"shape": DATA.shape, "chunks": DATA.shape, "dtype": "i4", "fill_value": 0} | options,
    )
    array[...] = DATA.astype(array.dtype)
    files = _files(store)
    return files, next(key for key in files if key in ("a/c/0/0", "a/0.0", "a/0/0"))


def _read(files: dict[str, bytes], selection: Any = ...) -> Any:
    return zarr.open_array(_store(files), path="a", mode="r")[selection]


def damage(data: bytes, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Ways to damage a chunk."""
    for size in {0, 1, len(data) // 2, len(data) - 1, rng.randrange(len(data))}:
        yield "cut short", data[:size]
    yield "longer", data + b"x"
    yield "longer", data + rng.randbytes(50)
    yield "noise", rng.randbytes(len(data))
    for _ in range(30):
        bad = bytearray(data)
        bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
        yield "a bit", bytes(bad)


def chunks(task: Task) -> Report:
    """Damaged chunks: an error that names array, key and codec, or what was stored; or other data of the right size."""
    report = Report()
    for name, options in CHAINS.items():
        files, key = _made(options)
        sound = _read(files)
        for round_ in range(task.rounds):
            for how, data in damage(files[key], task.random("chunk", name, round_)):
                report.count("inputs")
                try:
                    values = _read({**files, key: data})
                except Exception as error:
                    said = str(error)
                    if type(error).__name__ != "ChunkError" or key not in said or "a" not in said:
                        report.count("errors that do not name the chunk")
                        report.fail(f"{name}, {how}: {type(error).__name__}: {said}"[:300])
                    continue
                if np.array_equal(values, sound):
                    continue
                if (how in ("cut short", "longer") and name not in _ENDLESS) or "crc32" in name:
                    report.count("wrong values")
                    report.fail(f"{name}, {how}: other values, and no error")
                elif name == "bytes" or how == "a bit":
                    report.count("flips without a checksum")
    return report


# --- shard indexes


def shard_indexes(task: Task) -> Report:
    """Indexes without a checksum, damaged: each inner chunk is right, or an error."""
    report = Report()
    codec = ShardingCodec(
        chunk_shape=(5, 6), codecs=[BytesCodec(), ZstdCodec(), Crc32cCodec()], index_codecs=[BytesCodec()]
    )
    files, key = _made({"serializer": codec, "compressors": None, "filters": None})
    size = 4 * 5 * 16
    for round_ in range(150 * task.rounds):
        rng = task.random("index", round_)
        data = bytearray(files[key])
        for _ in range(rng.randrange(1, 4)):
            at = len(data) - size + 8 * rng.randrange(size // 8)
            value = rng.choice(
                [0, 1, len(data), 2**63, 2**64 - 1, 2**64 - 2, rng.randrange(len(data)), rng.getrandbits(64)]
            )
            data[at : at + 8] = value.to_bytes(8, "little")
        bad = {**files, key: bytes(data)}
        for row, column in [(0, 0), (5, 6), (15, 24), (rng.randrange(20), rng.randrange(30))]:
            report.count("inputs")
            try:
                value = _read(bad, (row, column))
            except Exception as error:
                if type(error).__name__ != "ChunkError":
                    report.fail(f"round {round_}: {type(error).__name__}: {error}"[:300])
                continue
            if value not in (DATA[row, column], 0) and not _belongs(value, row, column):
                report.fail(f"round {round_}: {value} at {row, column}")
    return report


def _belongs(value: Any, row: int, column: int) -> bool:
    """Whether it is what another inner chunk has at this place: an entry that points there is not to be told."""
    return bool((DATA[row % 5 :: 5, column % 6 :: 6] == value).any())


# --- documents


HOSTILE: list[Any] = [
    None, True, -1, 0, 2**31, 2**63, 2**64, 10**400, 1.5, float("nan"), "", "x", "\ud800", "NaN", "../..", [], [[]], [-1],
    [0], [None], [2**62, 2**62], [1] * 70, {}, {"name": "x"}, {"name": None}, {"name": []}, {"name": "bytes"},
    {"name": "pickle", "configuration": {}}, {"a": {"b": {"c": {}}}}, "int4096", "|O", ">i9", [["a", "<i4"]],
    [["a", "<i4"], ["a", "<i4"]], "<m8[s/0]", "M8[ns]", ",f8", "|S0", "|V0", [["a", "M8[s/]"]], "|S2147483647",
    {"id": "delta", "dtype": "|S0"}, {"id": "zlib", "level": 99}, {"id": "pickle"}, 1e308, -0.0,
]  # fmt: skip


def _deep(levels: int, opening: str) -> str:
    return opening * levels


FILTERS: dict[int, dict[str, Any]] = {
    2: {"filters": [numcodecs.Delta("<i8"), numcodecs.AsType("<i4", "<i8"), numcodecs.CRC32()]},
    3: {"filters": [TransposeCodec(order=(1, 0))], "compressors": [BloscCodec(), GzipCodec(), Crc32cCodec()]},
}


def documents() -> dict[str, tuple[dict[str, bytes], str]]:
    """Sound hierarchies, and the document of each that is damaged."""
    found: dict[str, tuple[dict[str, bytes], str]] = {}
    for form in (2, 3):
        store = MemoryStore()
        group = zarr.create_group(store, zarr_format=form, attributes={"x": [1, {"y": 2}]})  # type: ignore[arg-type]
        options = {"shards": (10, 6)} if form == 3 else {}
        group.create_array("a", shape=(20, 6), chunks=(5, 3), dtype="f8", attributes={"u": "m"}, **options)[
            ...
        ] = 1.5
        group.create_group("g").create_array("t", shape=3, dtype="U4")
        group.create_array("f", shape=(4, 6), chunks=(2, 3), dtype="i8", **FILTERS[form])[...] = 3
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            zarr.consolidate_metadata(store)
        files = _files(store)
        names = (
            ["zarr.json", "a/zarr.json", "f/zarr.json"]
            if form == 3
            else [".zgroup", ".zattrs", ".zmetadata", "a/.zarray", "a/.zattrs", "f/.zarray"]
        )
        for name in names:
            found[f"v{form} {name}"] = (files, name)
    return found


def mutated(document: Any, rng: random.Random) -> Any:
    """The document with something in it replaced, taken away or added."""
    document = copy.deepcopy(document)
    for _ in range(rng.randrange(1, 4)):
        where = _places(document)
        if not where:
            return copy.deepcopy(rng.choice(HOSTILE))
        parent, key = rng.choice(where)
        kind = rng.randrange(5)
        with contextlib.suppress(KeyError, IndexError):
            if kind == 0:
                del parent[key]
            elif kind == 1 and isinstance(parent, dict):
                parent[rng.choice(["x", "must_understand", "name", "shape", ""])] = copy.deepcopy(
                    rng.choice(HOSTILE)
                )
            elif kind == 2:
                other, name = rng.choice(where)
                parent[key] = copy.deepcopy(other[name])
            else:
                parent[key] = copy.deepcopy(rng.choice(HOSTILE))
    return document


def _places(node: Any) -> list[tuple[Any, Any]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found: list[tuple[Any, Any]] = []
    for key, value in items:
        found.append((node, key))
        found += _places(value)
    return found


def _encoded(document: Any, text: bytes, rng: random.Random) -> bytes:
    """The document as text, now and then damaged as such."""
    kind = rng.randrange(12)
    if kind == 0:
        bad = bytearray(text)
        for _ in range(rng.randrange(1, 5)):
            bad[rng.randrange(len(bad))] = rng.randrange(256)
        return bytes(bad)
    if kind == 1:
        return text[: rng.randrange(len(text))]
    if kind == 2:
        return _deep(rng.choice([10, 600, 100_000]), rng.choice(["[", '{"a":'])).encode()
    if kind == 3:
        return text.replace(b'"shape"', b'"shape": [1], "shape"').replace(
            b'"node_type"', b'"node_type": "x", "node_type"'
        )
    if kind == 4:
        return b"9" * rng.choice([10, 5000])
    return json.dumps(mutated(document, rng)).encode("utf-8", "surrogatepass")


_CLEAR = (ValueError, TypeError, KeyError, OverflowError, NotImplementedError)


def metadata(task: Task) -> Report:
    """Documents of all sorts: a clear error that says where, or a node; soon."""
    report = Report()
    for name, (files, document) in documents().items():
        sound = json.loads(files[document])
        for round_ in range(150 * task.rounds):
            data = _encoded(sound, files[document], task.random("document", name, round_))
            report.count("inputs")
            for failure in _open(_store({**files, document: data}), document):
                report.fail(f"{name}, input {round_}: {failure}, of {data[:300]!r}")
    return report


def _open(store: Any, document: str) -> Iterator[str]:
    begun = time.monotonic()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = zarr.open(store, path=document.rpartition("/")[0], mode="r")
            below = [member for _, member in node.members()] if isinstance(node, zarr.Group) else []
            for each in (node, *below):
                repr(each)
                if (
                    isinstance(each, zarr.Array)
                    and each.size
                    and math.prod(each.shards or each.chunks) * each.dtype.itemsize < 10**7
                ):
                    each[(0,) * each.ndim]
    except _CLEAR as error:
        if type(error).__name__ in ("JSONDecodeError", "UnicodeDecodeError", "UnicodeEncodeError") and OURS:
            yield f"raised {type(error).__name__}: {error}"
        elif type(error).__name__ == "PickleCodecDisabledError":
            pass  # what it says is the same for all arrays
        elif document.rpartition("/")[2].removeprefix(".z") not in str(error) and "/" not in str(error):
            yield f"does not say where: {type(error).__name__}: {error}"
    except FileNotFoundError:
        pass
    except BaseException as error:
        yield f"raised {type(error).__name__}: {str(error)[:200]}"
    if time.monotonic() - begun > _LONGEST:
        yield f"took {time.monotonic() - begun:.1f} s"


# --- archives


def archives(task: Task) -> Report:
    """Zip archives with wrong bytes: an error, or what was stored."""
    report = Report()
    path = task.work / "sound.zip"
    with contextlib.closing(ZipStore(path, mode="w")) as store:
        zarr.create_array(store, name="a", data=DATA, chunks=(10, 30), compressors=None)
    sound = path.read_bytes()
    bad_path = task.work / "bad.zip"
    for round_ in range(100 * task.rounds):
        rng = task.random("zip", round_)
        data = bytearray(sound)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(data) - 900, len(data)) if rng.random() < 0.7 else rng.randrange(len(data))
            data[at] = rng.choice([0, 255, data[at] ^ (1 << rng.randrange(8))])
        bad_path.write_bytes(data[: rng.randrange(len(data))] if rng.random() < 0.1 else data)
        report.count("inputs")
        begun = time.monotonic()
        try:
            with contextlib.closing(ZipStore(bad_path)) as store, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = zarr.open_array(store, path="a", mode="r")[...]
            if not np.array_equal(values, DATA) and not _lost_whole(values):
                report.fail(f"archive {round_}: other values, and no error")
        except Exception as error:
            if isinstance(error, RecursionError | MemoryError | AttributeError | IndexError):
                report.fail(f"archive {round_}: {type(error).__name__}: {error}"[:300])
        if time.monotonic() - begun > _LONGEST:
            report.fail(f"archive {round_}: took {time.monotonic() - begun:.1f} s")
    return report


def _lost_whole(values: Any) -> bool:
    """Whether only whole chunks are missing: their names in the directory were damaged."""
    return values.shape == DATA.shape and all(
        np.array_equal(values[part], DATA[part]) or not values[part].any()
        for part in (slice(0, 10), slice(10, 20))
    )


# --- selections


def selections(task: Task) -> Report:
    """Selections of all sorts: what NumPy gives, or an error."""
    report = Report()
    store = MemoryStore()
    array = zarr.create_array(store, data=DATA, chunks=(7, 11))
    for round_ in range(400 * task.rounds):
        rng = task.random("selection", round_)
        parts = tuple(_part(rng, n) for n in DATA.shape[: rng.randrange(1, 3)])
        report.count("inputs")
        try:
            expected: Any = DATA[parts]
        except (IndexError, TypeError, ValueError):
            expected = None
        try:
            found = array[parts]
        except (IndexError, TypeError, ValueError, NotImplementedError):
            continue
        except Exception as error:
            report.fail(f"selection {parts}: {type(error).__name__}: {error}"[:300])
            continue
        if expected is not None and not np.array_equal(found, expected):
            report.fail(f"selection {parts}: other values than NumPy")
    return report


def _part(rng: random.Random, length: int) -> Any:
    def number() -> int | None:
        return rng.choice(
            [None, 0, 1, -1, length, -length, length + 5, rng.randrange(-40, 40), 2**63, -(2**70)]
        )

    kind = rng.randrange(7)
    if kind < 3:
        return slice(number(), number(), rng.choice([None, 1, 2, 3, 7, 2**40]))
    if kind == 3:
        return rng.randrange(-length - 2, length + 2)
    if kind == 4:
        return [rng.randrange(-length, length) for _ in range(4)]
    if kind == 5:
        return np.array([rng.random() < 0.5 for _ in range(length)])
    return rng.choice([Ellipsis, np.int64(1), True, "x", 1.5, 2**64, [], b"", np.array(2)])


CHECKS: list[tuple[str, str, Callable[[Task], Report]]] = [
    ("10 12", "damaged chunks", chunks),
    ("11", "damaged shard indexes", shard_indexes),
    ("13", "documents that lie", metadata),
    ("12 20", "damaged zip archives", archives),
    ("13", "selections of all sorts", selections),
]

FUZZ = [check for _, _, check in CHECKS]
"""What can go on for as long as one likes."""
