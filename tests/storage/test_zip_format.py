"""Archives of others: read as the standard library reads them; and hostile ones, which get out nothing and hang nothing."""

from __future__ import annotations

import io
import os
import random
import struct
import tracemalloc
import warnings
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zarr
from zarr.abc.store import RangeByteRequest
from zarr.core.buffer import cpu
from zarr.storage import ZipStore
from zarr.storage._zip._format import Directory, is_key, new_member, pack_end, read_directory

METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]

names = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="/\\:\0\ufffd"), min_size=1, max_size=6
)
keys = st.lists(names.filter(is_key), min_size=1, max_size=3).map("/".join)


def content(store: ZipStore) -> dict[str, bytes]:
    return {key: store.get_sync(key).to_bytes() for key in store.keys_sync()}  # type: ignore[union-attr]


def archive(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_STORED) -> bytearray:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of duplicate names
        with zipfile.ZipFile(file, "w", method) as made:
            for name, value in members:
                made.writestr(name, value)
    return bytearray(file.getvalue())


@settings(max_examples=60)
@given(
    st.dictionaries(keys, st.binary(max_size=40)),
    st.sampled_from(METHODS),
    st.binary(max_size=30),
    st.booleans(),
)
def test_reads_what_the_standard_library_writes(
    values: dict[str, bytes], method: int, comment: bytes, streamed: bool
) -> None:
    file = io.BytesIO()
    target: Any = file if not streamed else _Unseekable(file)
    with zipfile.ZipFile(target, "w", method) as made:
        made.comment = comment
        for key, value in values.items():
            made.writestr(key, value)
    assert content(ZipStore(file)) == values


@settings(max_examples=60)
@given(st.dictionaries(keys, st.binary(max_size=40)), st.sampled_from(METHODS))
def test_the_standard_library_reads_what_is_written(values: dict[str, bytes], method: int) -> None:
    file = io.BytesIO()
    with ZipStore(file, mode="w", compression=method) as store:
        for key, value in values.items():
            store.set_sync(key, cpu.Buffer.from_bytes(value))
        store.flush()
    with zipfile.ZipFile(file) as found:
        assert found.testzip() is None
        assert {name: found.read(name) for name in found.namelist()} == values


class _Unseekable(io.RawIOBase):
    """Sizes and checksums then stand behind the values."""

    def __init__(self, file: io.BytesIO) -> None:
        self._file = file

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        return self._file.write(data)


@pytest.mark.parametrize(
    ("count", "size", "offset"),
    [(3, 200, 100), (70_000, 200, 100), (3, 5 << 30, 7), (0xFFFF, 10, 6 << 30), (0, 0, 0)],
)
def test_end_records_of_any_size(count: int, size: int, offset: int) -> None:
    end = pack_end(count, size, offset, b"remark")
    total = offset + size + len(end)
    asked = []

    def read_at(start: int, length: int) -> bytes:
        asked.append((start, length))
        if start == offset and length == size:
            raise _Found
        assert start >= total - 70_000
        return (bytes(offset + size - start) if start < offset + size else b"") + end[
            max(0, start - offset - size) :
        ]

    if size < 60_000:
        expected: Any = zipfile.BadZipFile if count else ()
        if not count:
            assert read_directory(read_at, total) == Directory(comment=b"remark")
            return
        with pytest.raises(expected, match="directory is damaged"):
            read_directory(read_at, total)
    else:
        with pytest.raises(_Found):
            read_directory(read_at, total)


class _Found(Exception):
    pass


def test_members_beyond_four_gigabytes() -> None:
    for offset, size in ((6 << 30, 3), (7, 6 << 30), (0xFFFFFFFF, 0xFFFFFFFF)):
        header, member = new_member(b"k", offset, size, size, 5, 0)
        end = pack_end(1, len(member.record), 0, b"")
        found = read_directory(
            lambda start, n, data=member.record + end: data[start : start + n], len(member.record + end)
        )  # type: ignore[misc]
        assert found.members == {"k": member}
        assert struct.unpack("<H", header[4:6]) == (
            (45,) if size >= 0xFFFFFFFF or offset >= 0xFFFFFFFF else (20,)
        )


# --- hostile archives


@pytest.mark.parametrize(
    "name",
    [
        "../k",
        "a/../../k",
        "/k",
        "//k",
        "a//k",
        "./k",
        ".",
        "..",
        "a/..",
        "C:/k",
        "c:k",
        "a\\k",
        "..\\k",
        "\\\\host\\k",
        "a/./k",
        "__zt.k",
    ],
)
def test_unsafe_names_are_no_keys(name: str) -> None:
    info = zipfile.ZipInfo("x")
    info.filename = name
    file = io.BytesIO(archive((info, b"evil"), ("good", b"1")))
    store = ZipStore(file)
    with pytest.warns(UserWarning, match="names that cannot be keys"):
        assert list(store.keys_sync()) == ["good"]
    assert store.get_sync(name) is None
    assert not store.exists_sync(name)
    assert list(store.list_dir_sync("")) == ["good"]


def test_directories_are_no_keys() -> None:
    store = ZipStore(io.BytesIO(archive(("a/", b""), ("a/b/", b""), ("a/b/k", b"1"))))
    assert content(store) == {"a/b/k": b"1"}
    assert not store.exists_sync("a")
    assert not store.exists_sync("a/")


def test_of_two_members_with_one_name_the_last_counts() -> None:
    file = io.BytesIO(archive(("k", b"old"), ("l", b"1"), ("k", b"new")))
    assert content(ZipStore(file)) == {"k": b"new", "l": b"1"}
    with ZipStore(file, mode="a") as store:
        store.set_sync("m", cpu.Buffer.from_bytes(b"2"))
    with zipfile.ZipFile(file) as found:
        assert sorted(found.namelist()) == ["k", "l", "m"]
        assert found.read("k") == b"new"


def _patched(data: bytearray, signature: bytes, offset: int, form: str, value: int) -> io.BytesIO:
    struct.pack_into(form, data, data.rindex(signature) + offset, value)
    return io.BytesIO(data)


BOTH = (b"PK\1\2", b"PK\3\4")


@pytest.mark.parametrize(
    ("offset", "form", "value", "message"),
    [
        (8, "<H", 1, "encrypted"),
        (10, "<H", 97, "compressed by method 97"),
        (16, "<L", 1, "checksum"),
        (20, "<L", 1 << 30, "sizes"),
        (24, "<L", 1 << 30, "sizes"),
        (42, "<L", 10, "header"),
        (42, "<L", 1 << 31, "header"),
        (42, "<L", 0, "another member"),
    ],
)
def test_a_bad_entry_is_an_error_for_its_key_alone(offset: int, form: str, value: int, message: str) -> None:
    store = ZipStore(_patched(archive(("good", b"12345"), ("bad", b"67890")), b"PK\1\2", offset, form, value))
    with pytest.raises(zipfile.BadZipFile, match=rf"key 'bad' of ZipStore.*{message}"):
        store.get_sync("bad")
    assert store.exists_sync("bad")
    good = store.get_sync("good")
    assert good is not None
    assert good.to_bytes() == b"12345"


@pytest.mark.parametrize("method", METHODS)
def test_damaged_values(method: int) -> None:
    values = os.urandom(500) + bytes(500)
    data = archive(("k", values), method=method)
    start, end, refused = 40, data.index(b"PK\1\2"), 0
    for position in range(start, end, 7):
        hurt = bytearray(data)
        hurt[position] ^= 0x10
        try:
            found = ZipStore(io.BytesIO(hurt)).get_sync("k")
        except zipfile.BadZipFile:
            refused += 1
        else:  # a bit that says nothing
            assert found is not None
            assert found.to_bytes() == values
    assert refused > (end - start) // 7 - 5


@pytest.mark.parametrize("method", METHODS[1:])
@pytest.mark.parametrize("claimed", [1000, 1 << 31])
def test_bombs_give_no_more_than_their_claim(method: int, claimed: int) -> None:
    real = 50 << 20 if claimed == 1000 else 1000
    data = archive(("bomb", bytes(real)), method=method)
    file = _patched(data, b"PK\1\2", 24, "<L", claimed)
    tracemalloc.start()
    try:
        with pytest.raises(zipfile.BadZipFile):
            ZipStore(file).get_sync("bomb")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("method", METHODS[1:])
def test_what_comes_out_has_a_limit_of_the_configuration(method: int) -> None:
    store = ZipStore(io.BytesIO(archive(("bomb", bytes(100_000)), method=method)))
    with zarr.config.set({"limits.zip_member_bytes": 99_999}):
        tracemalloc.start()
        with pytest.raises(zipfile.BadZipFile, match=r"'bomb'.*100000.*limits\.zip_member_bytes = 99999"):
            store.get_sync("bomb")
        assert tracemalloc.get_traced_memory()[1] < 50_000
        tracemalloc.stop()
        part = store.get_sync("bomb", byte_range=RangeByteRequest(500, 700))
        assert part is not None
        assert len(part) == 200
        plain = ZipStore(io.BytesIO(archive(("k", bytes(100_000)), method=zipfile.ZIP_STORED)))
        assert plain.getsize_sync("k") == len(plain.get_sync("k") or b"") == 100_000
    for limit in (None, 100_000):
        with zarr.config.set({"limits.zip_member_bytes": limit}):
            assert len(store.get_sync("bomb") or b"") == 100_000


def test_an_lzma_dictionary_that_is_larger_than_the_value() -> None:
    data = archive(("k", b"value" * 100), method=zipfile.ZIP_LZMA)
    start = data.index(b"k") + 1
    struct.pack_into("<L", data, start + 5, 0xFFFFFFFF)
    tracemalloc.start()
    found = ZipStore(io.BytesIO(data)).get_sync("k")
    assert found is not None
    assert found.to_bytes() == b"value" * 100
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("mode", ["r", "a"])
@pytest.mark.parametrize(
    "kind", ["text", "half", "front", "directory of entries", "prefixed", "volume", "count", "inner"]
)
def test_what_is_no_whole_archive_is_refused_and_left_alone(tmp_path: Path, kind: str, mode: Any) -> None:
    data = archive(("a", bytes(100)), ("b", bytes(100)))
    if kind == "text":
        data = bytearray(b"this is not an archive")
    elif kind == "half":
        data = data[: len(data) // 2]
    elif kind == "front":
        data = data[10:]
    elif kind == "directory of entries":
        data[data.rindex(b"PK\1\2")] = 0
    elif kind == "prefixed":
        data[:0] = b"#!/bin/sh\n"
    elif kind == "volume":
        struct.pack_into("<H", data, len(data) - 18, 1)
    elif kind == "count":
        struct.pack_into("<2H", data, len(data) - 14, 3, 3)
    elif kind == "inner":  # a value that is an archive, at the end of one that is cut off
        data = archive(("inner.zip", bytes(archive(("k", b"v")))))
        data = data[: data.rindex(b"PK\1\2")]
        assert data.endswith(b"PK\5\6" + data[-18:])
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(zipfile.BadZipFile, match=r"a\.zip is no whole zip archive: .*ZipStore\.recover"):
        ZipStore(path, mode=mode).exists_sync("a")
    assert path.read_bytes() == data


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.touch()
    with pytest.raises(zipfile.BadZipFile):
        ZipStore(path).exists_sync("a")
    with ZipStore(path, mode="a") as store:
        store.set_sync("a", cpu.Buffer.from_bytes(b"1"))
    assert content(ZipStore(path)) == {"a": b"1"}


@pytest.mark.parametrize("mode", ["r", "a", "w"])
def test_what_is_no_file_is_refused(tmp_path: Path, mode: Any) -> None:
    (tmp_path / "directory").mkdir()
    with pytest.raises(OSError):
        ZipStore(tmp_path / "directory", mode=mode).exists_sync("a")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(OSError, match="not a regular file"):
            ZipStore(tmp_path / "fifo", mode=mode).exists_sync("a")
    if os.path.exists("/dev/zero"):
        with pytest.raises(OSError, match="not a regular file"):
            ZipStore("/dev/zero", mode=mode).exists_sync("a")
    with pytest.raises(FileNotFoundError):
        ZipStore(tmp_path / "none" / "a.zip", mode=mode).exists_sync("a")


def test_mutated_archives_raise_one_kind_of_error() -> None:
    """Bytes changed at random: right values or BadZipFile, and never a value that differs."""
    values = {"zarr.json": b"{}", "c/0": bytes(200), "c/1": os.urandom(200)}
    chance = random.Random(7)
    whole = archive(*values.items(), method=zipfile.ZIP_DEFLATED)
    refused = 0
    for _ in range(3000):
        hurt = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            hurt[chance.randrange(len(hurt))] = chance.choice([0, 1, 0x7F, 0xFF, chance.randrange(256)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            store = ZipStore(io.BytesIO(hurt))
            try:
                found = list(store.keys_sync())
            except zipfile.BadZipFile:
                refused += 1
                continue
        for key in found:
            try:
                value = store.get_sync(key)
            except zipfile.BadZipFile:
                refused += 1
                continue
            assert value is not None
            assert key not in values or value.to_bytes() == values[key]
    assert refused > 500
