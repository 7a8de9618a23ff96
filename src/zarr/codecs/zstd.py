"""zstd (bytes to bytes): Zstandard, RFC 8878. Registered extension of format 3, and the default compressor.

Specification: zarr-extensions, codecs/zstd. Names: ``zstd`` (v3 and v2). Example: {"name": "zstd",
"configuration": {"level": 0, "checksum": false}}. ``checksum`` is always written, since some readers
require it. Contexts are kept per thread: making one costs more than a small chunk.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import zstandard

from zarr.abc.codec import BytesBytesCodec, BytesLike, ManyCoders
from zarr.codecs._bounds import check_unsized
from zarr.codecs._parse import configured, parse_flag, parse_whole
from zarr.registry import register_codec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

    Bytes = npt.NDArray[np.uint8]
    Numbers = npt.NDArray[np.int64]

__all__ = ["ZstdCodec"]


class _Contexts(threading.local):
    def __init__(self) -> None:
        self.decompressor = zstandard.ZstdDecompressor()
        self.compressors: dict[tuple[int, bool], zstandard.ZstdCompressor] = {}
        self._for_streams: zstandard.ZstdDecompressor | None = None

    @contextmanager
    def for_stream(self, window: int) -> Iterator[zstandard.ZstdDecompressor]:
        """A context for several calls, between which a finalizer or a signal's handler may decompress too."""
        if window > _KEPT_WINDOW:  # of which the context would keep a buffer
            yield zstandard.ZstdDecompressor()
            return
        context, self._for_streams = self._for_streams or zstandard.ZstdDecompressor(), None
        yield context
        self._for_streams = context


_contexts = _Contexts()

_KEPT_WINDOW = 1 << 20
"""Bytes of the largest buffer that a thread's context keeps."""

_MANY = {"buffer_types", "multi_compress_to_buffer", "multi_decompress_to_buffer"}
_LARGE = 1 << 20
_MAGIC = np.frombuffer(zstandard.FRAME_HEADER, np.uint8)
_FOUR = np.arange(4)
_MOST_HEADER = 4 + 1 + 1 + 4 + 8 + 3
"""Bytes in which the headers of a frame and of its first block end, whatever is in them."""
_DICTIONARY_BYTES = np.array([0, 1, 2, 4])
_SIZE_BYTES = np.array([0, 2, 4, 8])
_SKIPPABLE = 0x184D2A50
_MOST_PER_BLOCK = 128 << 10
_SEVERAL_BLOCKS = _MOST_PER_BLOCK + 1
"""Bytes from which on a frame has several blocks; a block is decoded whole."""


@dataclass(frozen=True, init=False)
class ZstdCodec(BytesBytesCodec):
    """Compression by Zstandard.

    Parameters
    ----------
    level
        -131072 (fastest) to 22 (most); 0 is the library's default.
    checksum
        Add a checksum of the content to each chunk, which is verified when it is read.
    """

    is_fixed_size = False

    level: int = 0
    checksum: bool = False

    def __init__(self, *, level: int = 0, checksum: bool = False) -> None:
        object.__setattr__(self, "level", parse_whole(level, "level", -131072, 22))
        object.__setattr__(self, "checksum", parse_flag(checksum, "checksum"))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        return configured(cls, data, "zstd")

    def to_dict(self) -> dict[str, JSON]:
        return {"name": "zstd", "configuration": {"level": self.level, "checksum": self.checksum}}

    def compute_encoded_size(self, _input_byte_length: int, _chunk_spec: ArraySpec) -> int:
        raise NotImplementedError("the size of zstd's output is not fixed")

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: decompress(data, decoded_size)

    def decoder_into(
        self, spec: ArraySpec, decoded_size: int
    ) -> Callable[[BytesLike, npt.NDArray[np.uint8]], None]:
        return decompress_into

    def decoder_of_parts(
        self, spec: ArraySpec, decoded_size: int
    ) -> Callable[[BytesLike, list[memoryview], int], bool] | None:
        if decoded_size < _SEVERAL_BLOCKS:
            return None
        return lambda data, parts, start: decompress_parts(data, parts, start, decoded_size)

    def coders_of_many(self, nbytes: int) -> ManyCoders | None:
        if not _MANY.issubset(zstandard.backend_features) or nbytes < 1:
            return None
        level, checksum = self.level, self.checksum

        def encode(pieces: list[Any]) -> list[BytesLike]:
            if not pieces:
                return []
            made: Any = _compressor(level, checksum).multi_compress_to_buffer(pieces, threads=0)
            return [piece.tobytes() for piece in made]

        return encode, lambda pieces: decompress_many(pieces, nbytes)

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        level, checksum = self.level, self.checksum

        def encode(data: BytesLike) -> bytes:
            made = _compressor(level, checksum).compress(data)  # type: ignore[arg-type]  # any buffer
            # it lies in memory for the worst case, and keeps it: of large ones the system never gave the rest
            return made if len(made) > _LARGE else bytes(memoryview(made))

        return encode


def _compressor(level: int, checksum: bool) -> zstandard.ZstdCompressor:
    """This thread's."""
    compressor = _contexts.compressors.get((level, checksum))
    if compressor is None:
        compressor = zstandard.ZstdCompressor(level=level, write_checksum=checksum)
        _contexts.compressors[level, checksum] = compressor
    return compressor


def decompress(data: BytesLike, decoded_size: int | None) -> bytes:
    """Decompress one frame or several; ValueError unless they give ``decoded_size`` bytes.

    Nothing larger than that is allocated, whatever the frame claims.
    """
    try:
        claimed = zstandard.frame_content_size(data)  # type: ignore[arg-type]
        if claimed == decoded_size and claimed > 0:
            try:
                return _contexts.decompressor.decompress(data, allow_extra_data=False)  # type: ignore[arg-type]
            except zstandard.ZstdError:
                if frame_end(memoryview(data), 0)[0] == len(data):
                    raise
        return _decompress_frames(memoryview(data), decoded_size)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error


def decompress_into(data: BytesLike, out: npt.NDArray[np.uint8]) -> None:
    """Decompress one frame or several into memory; ValueError unless they fill it."""
    try:
        claimed = zstandard.frame_content_size(data)  # type: ignore[arg-type]
        # a reader takes no notice of a checksum that is cut off
        if claimed == out.size > 0 and frame_end(memoryview(data), 0)[0] == len(data):
            with _contexts.for_stream(0) as context:
                reader = context.stream_reader(data, read_across_frames=True)  # type: ignore[arg-type]
                # zstd decodes a frame that is here, into room for all of it, at once and without a buffer
                if reader.readinto(out) == out.size and not reader.read(1):
                    return
    except zstandard.ZstdError:
        pass
    out[:] = np.frombuffer(decompress(data, out.size), np.uint8)  # of several frames, or the error


def decompress_parts(data: BytesLike, parts: list[memoryview], start: int, decoded_size: int) -> bool:
    """Decompress the bytes from ``start`` on of one frame into parts; False for other frames and for wrong ones.

    What is behind them is not decoded. A frame with a checksum is another: that is of all of its bytes.
    """
    try:
        whole = zstandard.get_frame_parameters(data)  # type: ignore[arg-type]
        if (
            whole.content_size != decoded_size
            or whole.has_checksum
            or frame_end(memoryview(data), 0)[0] != len(data)
        ):
            return False
        to_the_end = start + sum(map(len, parts)) == decoded_size
        skipped = np.empty(min(start, _MOST_PER_BLOCK), np.uint8).data
        with _contexts.for_stream(min(whole.window_size, decoded_size)) as context:
            reader = context.stream_reader(data)  # type: ignore[arg-type]
            while start:
                got = reader.readinto(skipped[:start])
                if not got:
                    return False
                start -= got
            filled = all(reader.readinto(part) == len(part) for part in parts)
            return filled and not (to_the_end and reader.read(1))
    except zstandard.ZstdError:
        return False


def decompress_many(pieces: Sequence[Any], nbytes: int) -> bytes:
    """Decompress pieces, each a frame of one block, one after the other; ValueError unless each gives ``nbytes``."""
    joined = b"".join([*pieces, bytes(_MOST_HEADER)])  # so that headers end, where none are
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    starts = np.cumsum(lengths) - lengths
    if not _are_frames(np.frombuffer(joined, np.uint8), starts, lengths):
        raise ValueError("a chunk is not one frame of one block")
    segments = np.stack([starts, lengths], axis=1).astype(np.uint64).tobytes()
    sizes = np.full(len(pieces), nbytes, np.uint64).tobytes()
    frames = zstandard.BufferWithSegments(joined, segments)
    try:
        made = _contexts.decompressor.multi_decompress_to_buffer(frames, decompressed_sizes=sizes, threads=0)
    except zstandard.ZstdError as error:
        raise ValueError(str(error)) from error
    return b"".join(made)  # type: ignore[arg-type]  # they are buffers


def _are_frames(data: Bytes, starts: Numbers, lengths: Numbers) -> bool:
    """Whether each piece is a frame of one block and no more, which the decoder does not ask (RFC 8878, 3.1.1)."""
    descriptor = data[starts + 4]
    header = starts + 5 + np.where(descriptor & 32, 0, 1) + _DICTIONARY_BYTES[descriptor & 3]
    header += _SIZE_BYTES[descriptor >> 6] + ((descriptor & 0b11100000) == 32)
    block = data[header] | data[header + 1].astype(np.int64) << 8 | data[header + 2].astype(np.int64) << 16
    size = np.where(block >> 1 & 3 == 1, 1, block >> 3)  # one byte where all are the same
    ends = header + 3 + size + 4 * (descriptor >> 2 & 1)  # a checksum
    magic = (data[starts[:, None] + _FOUR] == _MAGIC).all()
    return bool(magic and (block & 1).all() and (ends == starts + lengths).all())


def _decompress_frames(data: memoryview, decoded_size: int | None) -> bytes:
    parts: list[bytes] = []
    got = position = 0
    while position < len(data):
        end, most = frame_end(data, position)
        frame = data[position:end]
        claimed = zstandard.frame_content_size(frame)  # -1 where it is not told
        if decoded_size is not None and claimed > decoded_size - got:
            raise ValueError(f"more than the {decoded_size} bytes that the chunk has")
        if decoded_size is None:
            check_unsized(got + (claimed if claimed >= 0 else most))
        if claimed > most:
            raise ValueError(f"the frame claims {claimed} bytes, its blocks hold no more than {most}")
        if most and claimed:
            parts.append(_decompress_frame(frame, None if decoded_size is None else decoded_size - got))
            got += len(parts[-1])
        position = end
    if decoded_size is not None and got != decoded_size:
        raise ValueError(f"{got} bytes where the chunk has {decoded_size}")
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _decompress_frame(frame: memoryview, room: int | None) -> bytes:
    """Decompress a frame of which the claim, if it makes one, is known to be no more than ``room``."""
    if room is None:
        return zstandard.ZstdDecompressor().decompressobj().decompress(frame)
    try:
        return _contexts.decompressor.decompress(frame, max_output_size=max(room, 1))
    except zstandard.ZstdError as error:
        raise ValueError(f"damaged, or more than the {room} bytes that are due: {error}") from error


def frame_end(data: memoryview, start: int) -> tuple[int, int]:
    """Where the frame ends that starts here, and the most bytes that its blocks can hold (RFC 8878, 3.1)."""
    if int.from_bytes(data[start : start + 4], "little") & 0xFFFFFFF0 == _SKIPPABLE:
        end, most = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little"), 0
    else:
        end = start + zstandard.frame_header_size(data[start:])
        most, last = 0, False
        while not last:
            header = int.from_bytes(data[end : end + 3], "little")
            last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
            most += size if kind == 0 else _MOST_PER_BLOCK
            end += 3 + (1 if kind == 1 else size)
            if end > len(data):
                break
        end += 4 * (data[start + 4] >> 2 & 1)  # the checksum
    if end > len(data):
        raise ValueError(f"the frame ends too early: {len(data) - start} bytes are there, it goes on")
    return end, most


register_codec("zstd", ZstdCodec)
