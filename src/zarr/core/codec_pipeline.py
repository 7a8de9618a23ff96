"""Codec pipelines: our own, over buffers of any kind, and the way arrays use those of others.

Arrays in CPU memory with plain codecs do not come here (``core.chunk_io``); arrays with buffers of other
classes, with codecs that have only coroutines, or with a third party's pipeline do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zarr.abc.codec import (
    ArrayArrayCodec,
    ArrayBytesCodec,
    ArrayBytesCodecPartialDecodeMixin,
    ArrayBytesCodecPartialEncodeMixin,
    BytesBytesCodec,
    Codec,
    CodecPipeline,
    GetResult,
)
from zarr.core import run
from zarr.core.fill import fill_checker
from zarr.core.metadata.v3 import validate_codecs
from zarr.core.run.locks import entered, locked
from zarr.registry import register_pipeline
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.abc.store import ByteGetter, ByteSetter
    from zarr.core.array_spec import ArraySpec
    from zarr.core.dtype import ZDType
    from zarr.core.indexing import SelectorTuple
    from zarr.core.metadata.v3 import ChunkGridMetadata

__all__ = ["BatchedCodecPipeline", "FusedCodecPipeline"]


class _NewValue(StorePath):
    """A chunk that is not there; ``taken`` if another writer made it before it was set."""

    taken = False

    async def set(self, value: Buffer) -> None:
        self.taken = await self.store.set_if_not_exists(self.path, value) is False

    async def delete(self) -> None:
        pass


@dataclass(frozen=True)
class BatchedCodecPipeline(CodecPipeline):
    """The pipeline of this package.

    Parameters
    ----------
    array_array_codecs, array_bytes_codec, bytes_bytes_codecs
        The chain, in the order of encoding.
    batch_size
        Kept for those who set it; chunks are worked on under the limit of ``async.concurrency``.
    """

    array_array_codecs: tuple[ArrayArrayCodec, ...]
    array_bytes_codec: ArrayBytesCodec
    bytes_bytes_codecs: tuple[BytesBytesCodec, ...]
    batch_size: int = 1

    @classmethod
    def from_codecs(cls, codecs: Iterable[Codec], *, batch_size: int | None = None) -> Self:
        given = tuple(codecs)
        validate_codecs(given, None)
        return cls(
            array_array_codecs=tuple(c for c in given if isinstance(c, ArrayArrayCodec)),
            array_bytes_codec=next(c for c in given if isinstance(c, ArrayBytesCodec)),
            bytes_bytes_codecs=tuple(c for c in given if isinstance(c, BytesBytesCodec)),
            batch_size=batch_size or 1,
        )

    def __iter__(self) -> Iterator[Codec]:
        yield from self.array_array_codecs
        yield self.array_bytes_codec
        yield from self.bytes_bytes_codecs

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        fitted: list[Codec] = []
        for codec in self:
            codec = codec.evolve_from_array_spec(array_spec)
            array_spec = codec.resolve_metadata(array_spec)
            fitted.append(codec)
        return self.from_codecs(fitted)

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        for codec in self:
            codec.validate(shape=shape, dtype=dtype, chunk_grid=chunk_grid)

    @property
    def supports_partial_decode(self) -> bool:
        alone = not (self.array_array_codecs or self.bytes_bytes_codecs)
        return alone and isinstance(self.array_bytes_codec, ArrayBytesCodecPartialDecodeMixin)

    @property
    def supports_partial_encode(self) -> bool:
        alone = not (self.array_array_codecs or self.bytes_bytes_codecs)
        return alone and isinstance(self.array_bytes_codec, ArrayBytesCodecPartialEncodeMixin)

    def compute_encoded_size(self, byte_length: int, array_spec: ArraySpec) -> int:
        for codec in self:
            byte_length = codec.compute_encoded_size(byte_length, array_spec)
            array_spec = codec.resolve_metadata(array_spec)
        return byte_length

    def _specs(self, spec: ArraySpec) -> list[ArraySpec]:
        specs = []
        for codec in self:
            specs.append(spec)
            spec = codec.resolve_metadata(spec)
        return specs

    async def _decode_one(self, data: Any, spec: ArraySpec) -> Any:
        for codec, codec_spec in reversed(list(zip(self, self._specs(spec), strict=True))):
            (data,) = await codec.decode([(data, codec_spec)])
            if data is None:
                return None
        return data

    async def _encode_one(self, data: Any, spec: ArraySpec) -> Any:
        for codec, codec_spec in zip(self, self._specs(spec), strict=True):
            (data,) = await codec.encode([(data, codec_spec)])
            if data is None:
                return None
        return data

    async def decode(
        self, chunk_bytes_and_specs: Iterable[tuple[Buffer | None, ArraySpec]]
    ) -> Iterable[NDBuffer | None]:
        return await run.gather(self._decode_one, chunk_bytes_and_specs)

    async def encode(
        self, chunk_arrays_and_specs: Iterable[tuple[NDBuffer | None, ArraySpec]]
    ) -> Iterable[Buffer | None]:
        return await run.gather(self._encode_one, chunk_arrays_and_specs)

    async def read(
        self,
        batch_info: Iterable[tuple[ByteGetter, ArraySpec, SelectorTuple, SelectorTuple, bool]],
        out: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> tuple[GetResult, ...]:
        async def read_one(
            source: ByteGetter, spec: ArraySpec, selection: SelectorTuple, place: SelectorTuple, _: bool
        ) -> GetResult:
            part = await self._read_selected(source, spec, selection)
            if part is None:
                out[place] = _fill_of(spec)
                return {"status": "missing"}
            out[place] = part.squeeze(axis=drop_axes) if drop_axes else part
            return {"status": "present"}

        return tuple(await run.gather(read_one, batch_info))

    async def _read_selected(
        self, source: ByteGetter, spec: ArraySpec, selection: SelectorTuple
    ) -> NDBuffer | None:
        if self.supports_partial_decode:
            codec: Any = self.array_bytes_codec
            (part,) = await codec.decode_partial([(source, selection, spec)])
            return part  # type: ignore[no-any-return]
        data = await source.get(prototype=spec.prototype)
        chunk = None if data is None else await self._decode_one(data, spec)
        return None if chunk is None else chunk[selection]

    async def write(
        self,
        batch_info: Iterable[tuple[ByteSetter, ArraySpec, SelectorTuple, SelectorTuple, bool]],
        value: NDBuffer,
        drop_axes: tuple[int, ...] = (),
    ) -> None:
        async def write_one(
            target: ByteSetter,
            spec: ArraySpec,
            selection: SelectorTuple,
            place: SelectorTuple,
            complete: bool,
        ) -> None:
            part = value if value.shape == () else value[place]
            if not isinstance(target, StorePath):
                await self._write_selected(target, spec, selection, part, drop_axes, complete)
                return
            async with locked(target.store._lock_scope, target.path):  # as in core.chunk_io
                stored = False
                while not stored:
                    async with entered(target.store._exclusion(target.path)) as there:
                        to = _NewValue(target.store, target.path) if there is False else target
                        await self._write_selected(to, spec, selection, part, drop_axes, complete)
                        stored = not (isinstance(to, _NewValue) and to.taken)

        await run.gather(write_one, batch_info)

    async def _write_selected(
        self,
        target: ByteSetter,
        spec: ArraySpec,
        selection: SelectorTuple,
        part: NDBuffer,
        drop_axes: tuple[int, ...],
        complete: bool,
    ) -> None:
        if complete and part.shape == spec.shape:
            chunk = part
        else:
            part = _with_axes(part, drop_axes)
            if self.supports_partial_encode:
                codec: Any = self.array_bytes_codec
                await codec.encode_partial([(target, part, selection, spec)])
                return
            old = None if complete else await target.get(prototype=spec.prototype)
            chunk = await self._chunk_to_patch(old, spec)
            chunk[selection] = part
        is_fill = fill_checker(spec.dtype.to_native_dtype(), _fill_of(spec))
        if not spec.config.write_empty_chunks and is_fill(chunk.as_numpy_array()):
            await target.delete()
            return
        data = await self._encode_one(chunk, spec)
        if data is None:
            await target.delete()
        else:
            await target.set(data)

    async def _chunk_to_patch(self, old: Buffer | None, spec: ArraySpec) -> NDBuffer:
        if old is not None:
            chunk: NDBuffer = await self._decode_one(old, spec)
            return chunk.copy()
        return spec.prototype.nd_buffer.create(
            shape=spec.shape, dtype=spec.dtype.to_native_dtype(), order=spec.order, fill_value=_fill_of(spec)
        )


def _with_axes(part: NDBuffer, dropped: tuple[int, ...]) -> NDBuffer:
    """The part with axes of length 1 where an integer dropped them."""
    if not dropped or part.shape == ():
        return part
    shape = list(part.shape)
    for axis in sorted(dropped):
        shape.insert(axis, 1)
    return part.reshape(tuple(shape))


def _fill_of(spec: ArraySpec) -> Any:
    return spec.dtype.default_scalar() if spec.fill_value is None else spec.fill_value


class FusedCodecPipeline(BatchedCodecPipeline):
    """Another name of the same pipeline: with plain codecs, arrays run fused by themselves."""


register_pipeline(BatchedCodecPipeline)
register_pipeline(FusedCodecPipeline)
