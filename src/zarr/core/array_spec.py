"""What a chunk is (ArraySpec) and how an array behaves at run time (ArrayConfig). Values only."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, NotRequired, Self, TypeAlias, cast

from zarr.abc.buffer import BufferPrototype
from zarr.abc.store import MAX_COALESCED_BYTES, MAX_GAP_BYTES
from zarr.core.common import (
    MemoryOrder,
    parse_bool,
    parse_fill_value,
    parse_int,
    parse_order,
    parse_shapelike,
)
from zarr.core.config import settings
from zarr.types import TypedDict

if TYPE_CHECKING:
    from zarr.core.dtype import ZDType

__all__ = [
    "ArrayConfig",
    "ArrayConfigLike",
    "ArrayConfigParams",
    "ArraySpec",
    "parse_array_config",
    "with_config",
]


class ArrayConfigParams(TypedDict):
    """The members of an ArrayConfig, as a dict; what is left out comes from ``zarr.config``."""

    order: NotRequired[MemoryOrder]
    write_empty_chunks: NotRequired[bool]
    read_missing_chunks: NotRequired[bool]
    sharding_coalesce_max_gap_bytes: NotRequired[int]
    sharding_coalesce_max_bytes: NotRequired[int]


@dataclass(frozen=True, init=False)
class ArrayConfig:
    """How an array behaves at run time; nothing of it is stored.

    Parameters
    ----------
    order
        Memory order of the arrays that reads return.
    write_empty_chunks
        Store chunks that hold nothing but the fill value.
    read_missing_chunks
        Read missing chunks as the fill value; else they are a ChunkNotFoundError.
    sharding_coalesce_max_gap_bytes
        Inner chunks of a shard that lie at most this far apart are read in one go.
    sharding_coalesce_max_bytes
        The most bytes that are read in one go for that reason.
    """

    order: MemoryOrder
    write_empty_chunks: bool
    read_missing_chunks: bool
    sharding_coalesce_max_gap_bytes: int
    sharding_coalesce_max_bytes: int

    def __init__(
        self,
        order: MemoryOrder,
        write_empty_chunks: bool,
        *,
        read_missing_chunks: bool = True,
        sharding_coalesce_max_gap_bytes: int = MAX_GAP_BYTES,
        sharding_coalesce_max_bytes: int = MAX_COALESCED_BYTES,
    ) -> None:
        put = object.__setattr__
        put(self, "order", parse_order(order))
        put(self, "write_empty_chunks", parse_bool(write_empty_chunks))
        put(self, "read_missing_chunks", parse_bool(read_missing_chunks))
        put(self, "sharding_coalesce_max_gap_bytes", _parse_size(sharding_coalesce_max_gap_bytes))
        put(self, "sharding_coalesce_max_bytes", _parse_size(sharding_coalesce_max_bytes))

    @classmethod
    def from_dict(cls, data: ArrayConfigParams) -> Self:
        """The configuration of a dict; what it leaves out is taken from ``zarr.config``."""
        names = [f.name for f in fields(cls)]
        unknown = sorted(set(data) - set(names))
        if unknown:
            raise TypeError(f"array config: unknown members {unknown}; known are {names}.")
        given = cast("dict[str, Any]", data)
        return cls(**{n: given[n] if n in given else settings.get(f"array.{n}") for n in names})

    def to_dict(self) -> ArrayConfigParams:
        """The configuration as a dict."""
        return cast("ArrayConfigParams", {f.name: getattr(self, f.name) for f in fields(self)})


def _parse_size(data: object) -> int:
    size = parse_int(data)
    if size < 0:
        raise ValueError(f"Expected a number of bytes, not negative. Got {size} instead.")
    return size


ArrayConfigLike: TypeAlias = ArrayConfig | ArrayConfigParams


def parse_array_config(data: ArrayConfigLike | None) -> ArrayConfig:
    """An ArrayConfig of itself, of a dict, or of ``zarr.config`` alone."""
    if isinstance(data, ArrayConfig):
        return data
    return _configured() if data is None else ArrayConfig.from_dict(data)


_last: tuple[Any, ArrayConfig] | None = None
"""The configuration's part ``array`` when it was last read, and what was made of it."""


def _configured() -> ArrayConfig:
    """The ArrayConfig of ``zarr.config``, parsed again when that has changed."""
    global _last
    now, last = settings.config.get("array"), _last
    if last is not None and last[0] == now:
        return last[1]
    made = ArrayConfig.from_dict({})
    _last = dict(now or {}), made
    return made


def with_config(config: ArrayConfigLike | None, **more: Any) -> ArrayConfigLike:
    """A configuration with some members changed."""
    given = {} if config is None else config if isinstance(config, dict) else cast("Any", config).to_dict()
    return cast("ArrayConfigLike", {**given, **more})


@dataclass(frozen=True, init=False)
class ArraySpec:
    """What one chunk is: shape, data type, fill value, and how and where it is to live in memory."""

    shape: tuple[int, ...]
    dtype: ZDType[Any, Any]
    fill_value: Any
    config: ArrayConfig
    prototype: BufferPrototype

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: ZDType[Any, Any],
        fill_value: Any,
        config: ArrayConfig,
        prototype: BufferPrototype,
    ) -> None:
        put = object.__setattr__
        put(self, "shape", parse_shapelike(shape))
        put(self, "dtype", dtype)
        put(self, "fill_value", parse_fill_value(fill_value))
        put(self, "config", config)
        put(self, "prototype", prototype)

    @property
    def ndim(self) -> int:
        """Number of dimensions."""
        return len(self.shape)

    @property
    def order(self) -> Literal["C", "F"]:
        """Memory order of decoded chunks."""
        return self.config.order
