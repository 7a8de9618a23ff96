"""sharding_indexed (array to bytes): a chunk that is made of smaller ones, with an index. Core of format 3.

Specification: zarr v3, codecs/sharding-indexed. Example: {"name": "sharding_indexed", "configuration":
{"chunk_shape": [32, 32], "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}], "index_codecs":
[{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}], "index_location": "end"}}. How
shards are laid out, read and written in part is in ``core.shard``; nothing of ``subchunk_write_order`` is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from dataclasses import replace as replaced
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, cast

import numpy as np

from zarr.abc.codec import (
    ArrayBytesCodec,
    ArrayBytesCodecPartialDecodeMixin,
    ArrayBytesCodecPartialEncodeMixin,
    BytesLike,
    Codec,
    CodecPipeline,
)
from zarr.codecs._parse import configured, parse_choice
from zarr.codecs.bytes import BytesCodec
from zarr.codecs.crc32c_ import Crc32cCodec
from zarr.core import run
from zarr.core.array_spec import ArrayConfig, ArraySpec
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.codec_chain import bind_chain, runs_without_waiting
from zarr.core.dtype import UInt64
from zarr.core.metadata.grid import RegularChunkGridMetadata, parse_edge
from zarr.core.metadata.v3 import fit_codecs, parse_codecs
from zarr.core.shard import Fetch, ShardLayout, Steps, read_part, run_on_bytes, write_part
from zarr.core.shard.layout import MISSING
from zarr.errors import at
from zarr.registry import get_pipeline_class, register_codec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.abc.store import ByteGetter, ByteSetter
    from zarr.core.common import JSON, ShapeLike
    from zarr.core.dtype import ZDType
    from zarr.core.indexing import SelectorTuple
    from zarr.core.metadata.v3 import ChunkGridMetadata

__all__ = ["ShardingCodec", "ShardingCodecIndexLocation", "SubchunkWriteOrder"]

IndexLocation: TypeAlias = Literal["start", "end"]
SubchunkWriteOrder: TypeAlias = Literal["morton", "unordered", "lexicographic", "colexicographic"]
_ORDERS: tuple[SubchunkWriteOrder, ...] = ("morton", "unordered", "lexicographic", "colexicographic")


class ShardingCodecIndexLocation:
    """Where the index can be, by name."""

    start: IndexLocation = "start"
    end: IndexLocation = "end"


@dataclass(frozen=True, init=False)
class ShardingCodec(ArrayBytesCodec, ArrayBytesCodecPartialDecodeMixin, ArrayBytesCodecPartialEncodeMixin):
    """Shards.

    Parameters
    ----------
    chunk_shape
        Shape of the inner chunks; divides the shape of the shards.
    codecs
        The chain of codecs of the inner chunks.
    index_codecs
        The chain of codecs of the index; its output has a fixed size.
    index_location
        Whether the index is at the start or the end.
    subchunk_write_order
        In which order inner chunks are written.
    """

    is_fixed_size = False

    chunk_shape: tuple[int, ...]
    codecs: tuple[Codec, ...]
    index_codecs: tuple[Codec, ...]
    index_location: IndexLocation = "end"
    subchunk_write_order: SubchunkWriteOrder = "morton"

    def __init__(
        self,
        *,
        chunk_shape: ShapeLike,
        codecs: Iterable[Codec | dict[str, JSON]] = (BytesCodec(),),
        index_codecs: Iterable[Codec | dict[str, JSON]] = (BytesCodec(), Crc32cCodec()),
        index_location: IndexLocation | str = "end",
        subchunk_write_order: SubchunkWriteOrder = "morton",
    ) -> None:
        put = object.__setattr__
        put(self, "chunk_shape", _parse_chunk_shape(chunk_shape))
        put(self, "codecs", parse_codecs(codecs))
        put(self, "index_codecs", parse_codecs(index_codecs, "index_codecs"))
        put(self, "index_location", parse_choice(index_location, "index_location", ("start", "end")))
        put(self, "subchunk_write_order", parse_choice(subchunk_write_order, "subchunk_write_order", _ORDERS))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        return configured(cls, _repaired(data), "sharding_indexed")

    def to_dict(self) -> dict[str, JSON]:
        return {
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": self.chunk_shape,
                "codecs": tuple(codec.to_dict() for codec in self.codecs),
                "index_codecs": tuple(codec.to_dict() for codec in self.index_codecs),
                "index_location": self.index_location,
            },
        }

    @property
    def codec_name(self) -> str:
        """The name that messages have for this codec."""
        return "sharding_indexed"

    @property
    def is_sync(self) -> bool:
        return runs_without_waiting(self.codecs) and runs_without_waiting(self.index_codecs)

    def compute_encoded_size(self, input_byte_length: int, shard_spec: ArraySpec) -> int:
        raise NotImplementedError("the size of a shard is not fixed")

    # --- fitting an array

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        with at("configuration"):
            self._check_shape(array_spec.shape)
            inner, index = self._inner_spec(array_spec), self._index_spec(array_spec.shape)
            return replaced(
                self,
                codecs=_fitted(self.codecs, inner, "codecs"),
                index_codecs=_fixed(_fitted(self.index_codecs, index, "index_codecs")),
            )

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        if isinstance(chunk_grid, RegularChunkGridMetadata):
            return  # its shape, as this codec sees it, was checked by evolve_from_array_spec
        for axis, edges in enumerate(chunk_grid.chunk_shapes):
            for edge in (edges,) if isinstance(edges, int) else edges:
                self._check_edge(axis, edge)

    @property
    def codec_pipeline(self) -> CodecPipeline:
        """A pipeline of the codecs of inner chunks, of the configured class."""
        return get_pipeline_class().from_codecs(self.codecs)

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if len(shape) != len(self.chunk_shape):
            with at("chunk_shape"):
                raise ValueError(
                    "The shard's `chunk_shape` and the array's `shape` need to have the same number of dimensions; "
                    f"{len(self.chunk_shape)} and {len(shape)} are given."
                )
        for axis, edge in enumerate(shape):
            self._check_edge(axis, edge)

    def _check_edge(self, axis: int, edge: int) -> None:
        if edge % self.chunk_shape[axis]:
            with at(f"chunk_shape[{axis}]"):
                raise ValueError(
                    f"Chunk edge length {edge} in dimension {axis} is not divisible by the shard's inner chunk size "
                    f"{self.chunk_shape[axis]}."
                )

    def _inner_spec(self, shard_spec: ArraySpec) -> ArraySpec:
        return replaced(shard_spec, shape=self.chunk_shape)

    def _index_spec(self, shard_shape: tuple[int, ...]) -> ArraySpec:
        counts = tuple(s // c for s, c in zip(shard_shape, self.chunk_shape, strict=True))
        return ArraySpec((*counts, 2), UInt64(), MISSING, ArrayConfig("C", True), buffer_prototype)

    def bind_shard(self, spec: ArraySpec) -> ShardLayout:
        """The layout of shards of this spec."""
        self._check_shape(spec.shape)
        with at("index_codecs"):
            index = bind_chain(self.index_codecs, self._index_spec(spec.shape), run.on_loop)
        inner = bind_chain(self.codecs, self._inner_spec(spec), run.on_loop)
        limits = spec.config.sharding_coalesce_max_gap_bytes, spec.config.sharding_coalesce_max_bytes
        return ShardLayout(
            spec.shape, self.chunk_shape, inner, index, self.index_location, self.subchunk_write_order, limits
        )

    # --- whole shards

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        def make() -> Callable[[BytesLike], npt.NDArray[Any]]:
            chain = bind_chain((self,), spec)

            def decode(data: BytesLike) -> npt.NDArray[Any]:
                out = np.empty(chain.shape, chain.dtype)
                run_on_bytes(read_part(chain, (), (), out), np.frombuffer(data, np.uint8))
                return out

            return decode

        return _lazily(make)

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike | None]:
        def make() -> Callable[[npt.NDArray[Any]], BytesLike | None]:
            chain = bind_chain((self,), spec)
            return lambda data: cast(
                "BytesLike | None", run_on_bytes(write_part(chain, (), (), data, True), None)
            )

        return _lazily(make)

    async def _decode_single(self, chunk_data: Buffer, chunk_spec: ArraySpec) -> NDBuffer:
        if self.is_sync:
            return self._decode_sync(chunk_data, chunk_spec)
        return await run.call(self._decode_sync, chunk_data, chunk_spec)

    async def _encode_single(self, chunk_data: NDBuffer, chunk_spec: ArraySpec) -> Buffer | None:
        if self.is_sync:
            return self._encode_sync(chunk_data, chunk_spec)
        return await run.call(self._encode_sync, chunk_data, chunk_spec)

    # --- parts of shards, for pipelines: those of others, and ours where codecs have only coroutines

    async def _decode_partial_single(
        self, byte_getter: ByteGetter, selection: SelectorTuple, chunk_spec: ArraySpec
    ) -> NDBuffer | None:
        chain = bind_chain((self,), chunk_spec)
        like = np.broadcast_to(np.empty((), "B"), chunk_spec.shape)[selection]
        out = np.empty(like.shape, chain.dtype)
        found = await self._drive(read_part(chain, selection, (), out), byte_getter, chunk_spec)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(out) if found else None

    async def _encode_partial_single(
        self, byte_setter: ByteSetter, chunk_array: NDBuffer, selection: SelectorTuple, chunk_spec: ArraySpec
    ) -> None:
        chain = bind_chain((self,), chunk_spec)
        steps = write_part(chain, selection, (), chunk_array.as_numpy_array(), False)
        data = await self._drive(steps, byte_setter, chunk_spec)
        if data is None:
            await byte_setter.delete()
        else:
            await byte_setter.set(chunk_spec.prototype.buffer.from_bytes(memoryview(data)))

    async def _drive(self, steps: Steps, source: ByteGetter, spec: ArraySpec) -> Any:
        # codecs that have only coroutines are waited for, which a loop's own thread must not do
        plain, answer = self.is_sync, None
        while True:
            step = _advance(steps, answer) if plain else await run.call(_advance, steps, answer)
            if not isinstance(step, Fetch):
                return step[0]
            found = [await source.get(spec.prototype, r) for r in step.ranges]
            answer = [None if f is None else f.as_numpy_array() for f in found]


def _parse_chunk_shape(data: ShapeLike) -> tuple[int, ...]:
    with at("chunk_shape"):
        if isinstance(data, str | dict) or not isinstance(data, int | Iterable):
            raise TypeError(f"Expected an integer or an iterable of integers. Got {data!r}.")
        given = (data,) if isinstance(data, int) else tuple(data)
        return tuple(parse_edge(n, f"[{i}]") for i, n in enumerate(given))


def _fitted(codecs: tuple[Codec, ...], spec: ArraySpec, where: str) -> tuple[Codec, ...]:
    grid = RegularChunkGridMetadata(chunk_shape=spec.shape)
    return fit_codecs(codecs, spec, shape=spec.shape, chunk_grid=grid, where=where)


def _fixed(index_codecs: tuple[Codec, ...]) -> tuple[Codec, ...]:
    for i, codec in enumerate(index_codecs):
        if not codec.is_fixed_size:
            with at(f"index_codecs[{i}]"):
                raise ValueError(
                    f"Sharding `index_codecs` must produce a fixed-size encoding, which {type(codec).__name__} does "
                    "not; compressors cannot be used."
                )
    return index_codecs


def _repaired(data: dict[str, JSON]) -> dict[str, JSON]:
    """The document with a chunk length of true, which old versions wrote, as 1."""
    configuration = data.get("configuration")
    edges = configuration.get("chunk_shape") if isinstance(configuration, dict) else None
    if not isinstance(edges, list) or True not in edges:
        return data
    chunk_shape: list[JSON] = [1 if edge is True else edge for edge in edges]
    return {**data, "configuration": {**cast("dict[str, JSON]", configuration), "chunk_shape": chunk_shape}}


def _lazily(make: Callable[[], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    """A function that is made when it is first called: most shards are read in parts and never need it."""
    made: list[Callable[[Any], Any]] = []

    def call(data: Any) -> Any:
        if not made:
            made.append(make())
        return made[0](data)

    return call


def _advance(steps: Steps, answer: Any) -> Fetch | tuple[Any]:
    """What a generator needs next, after it did what it could; or, in a tuple, what it came to."""
    try:
        while True:
            step = steps.send(answer)
            if isinstance(step, Fetch):
                return step
            for item in step.items:
                step.function(item)
            answer = None
    except StopIteration as stop:
        return (stop.value,)


register_codec("sharding_indexed", ShardingCodec)
