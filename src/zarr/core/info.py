"""What ``array.info`` and ``group.info`` show. Values with a text form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["VARIABLE", "ArrayInfo", "GroupInfo", "human_readable_size"]

VARIABLE = "<variable>"
"""In place of the one shape of chunks or shards that have several."""


def human_readable_size(size: int) -> str:
    """A number of bytes with a unit: 23.4K, 1.2M."""
    if size < 2**10:
        return f"{size}"
    for power, unit in ((20, "K"), (30, "M"), (40, "G"), (50, "T")):
        if size < 2**power:
            return f"{size / 2 ** (power - 10):.1f}{unit}"
    return f"{size / 2**50:.1f}P"


def _lines(rows: list[tuple[str, Any]], width: int) -> str:
    return "\n".join(f"{name.ljust(width)} : {value}" for name, value in rows)


@dataclass(kw_only=True, repr=False)
class GroupInfo:
    """Facts of a group; the counts are there where they were asked for."""

    _name: str
    _type: Literal["Group"] = "Group"
    _zarr_format: int
    _read_only: bool
    _store_type: str
    _count_members: int | None = None
    _count_arrays: int | None = None
    _count_groups: int | None = None

    def __repr__(self) -> str:
        rows: list[tuple[str, Any]] = [
            ("Name", self._name),
            ("Type", self._type),
            ("Zarr format", self._zarr_format),
            ("Read-only", self._read_only),
            ("Store type", self._store_type),
        ]
        for name, value in (
            ("No. members", self._count_members),
            ("No. arrays", self._count_arrays),
            ("No. groups", self._count_groups),
        ):
            if value is not None:
                rows.append((name, value))
        return _lines(rows, len("Zarr format"))


@dataclass(kw_only=True, frozen=True, repr=False)
class ArrayInfo:
    """Facts of an array; what needs a look at the chunks is there where it was asked for."""

    _type: Literal["Array"] = "Array"
    _zarr_format: int
    _data_type: Any
    _fill_value: object
    _shape: tuple[int, ...]
    _shard_shape: tuple[int, ...] | str | None = None
    _chunk_shape: tuple[int, ...] | str | None = None
    _order: Literal["C", "F"]
    _read_only: bool
    _store_type: str
    _filters: tuple[Any, ...] = ()
    _serializer: Any | None = None
    _compressors: tuple[Any, ...] = ()
    _count_bytes: int | None = None
    _count_bytes_stored: int | None = None
    _count_chunks_initialized: int | None = None
    _count_shards_initialized: int | None = None

    def __repr__(self) -> str:
        rows: list[tuple[str, Any]] = [
            ("Type", self._type),
            ("Zarr format", self._zarr_format),
            ("Data type", self._data_type),
            ("Fill value", self._fill_value),
            ("Shape", self._shape),
        ]
        if self._shard_shape is not None:
            rows.append(("Shard shape", self._shard_shape))
        rows += [
            ("Chunk shape", VARIABLE if self._chunk_shape is None else self._chunk_shape),
            ("Order", self._order),
            ("Read-only", self._read_only),
            ("Store type", self._store_type),
            ("Filters", self._filters),
        ]
        if self._serializer is not None:
            rows.append(("Serializer", self._serializer))
        rows.append(("Compressors", self._compressors))
        if self._count_bytes is not None:
            rows.append(("No. bytes", _sized(self._count_bytes)))
        if self._count_bytes_stored is not None:
            rows.append(("No. bytes stored", _sized(self._count_bytes_stored)))
            if self._count_bytes and self._count_bytes_stored:
                rows.append(("Storage ratio", f"{self._count_bytes / self._count_bytes_stored:.1f}"))
        if self._count_chunks_initialized is not None:
            rows.append(("Chunks Initialized", self._count_chunks_initialized))
        if self._count_shards_initialized is not None:
            rows.append(("Shards Initialized", self._count_shards_initialized))
        return _lines(rows, len("Chunks Initialized"))


def _sized(size: int) -> str:
    readable = human_readable_size(size)
    return readable if readable == str(size) else f"{size} ({readable})"
