"""One inner chunk: its bytes, what is in them, and errors that name it. Pure."""

from __future__ import annotations

from typing import Any, TypeVar

from zarr.abc.codec import BytesLike
from zarr.core.codec_chain import CodecChain
from zarr.core.shard.places import Array
from zarr.core.shard.steps import Jobs
from zarr.errors import ChunkError

__all__ = ["decode_inner", "naming", "whole_entry"]

T = TypeVar("T", bound=BytesLike)


def decode_inner(
    inner: CodecChain, data: BytesLike | None, coords: tuple[int, ...], entry: tuple[int, int]
) -> Array:
    """The inner chunk in these bytes, which should be those of its entry."""
    try:  # not `naming`: this is done per inner chunk
        if data is None or len(data) != entry[1] - entry[0]:
            data = whole_entry(data, entry)
        return inner.decode(data)
    except ChunkError as error:
        raise ChunkError(f"inner chunk {coords}: {error}") from error


def whole_entry(data: T | None, entry: tuple[int, int]) -> T:
    """The bytes that an entry of the index tells of; ChunkError if they are not all there."""
    if data is None or len(data) != entry[1] - entry[0]:
        raise ChunkError(f"the index tells of bytes {entry[0]} to {entry[1]}, which the shard does not have")
    return data


class naming:
    """Say which inner chunk an error is of; a context manager."""

    __slots__ = ("_coords",)

    def __init__(self, coords: tuple[int, ...]) -> None:
        self._coords = coords

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, ChunkError):
            raise ChunkError(f"inner chunk {self._coords}: {error}") from error

    def jobs(self, jobs: Jobs) -> Jobs:
        """The same jobs; their errors say it too."""

        def function(item: Any) -> None:
            with self:
                jobs.function(item)

        return Jobs(function, jobs.items)
