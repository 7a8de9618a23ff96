"""numcodecs.pcodec and zfpy (array to bytes): compressors of numbers, by the packages pcodec and zfpy.

No specification but that of numcodecs; names: ``numcodecs.<id>`` (v3), the id (v2). Example:
{"name": "numcodecs.pcodec", "configuration": {"level": 8}}. What is stored names its own size, which is
checked before anything of that size is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarr.abc.codec import BytesLike
from zarr.codecs._parse import parse_choice, parse_whole
from zarr.codecs.numcodecs._base import _NumcodecsArrayBytesCodec, library, native_dtype
from zarr.codecs.numcodecs.filters import parse_number
from zarr.registry import register_codec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.dtype import ZDType
    from zarr.core.metadata.v3 import ChunkGridMetadata

__all__ = ["ZFPY", "PCodec"]


class _NumbersCodec(_NumcodecsArrayBytesCodec):
    """A compressor for some types of numbers, of a package of its own."""

    _module: ClassVar[str]
    _kinds: ClassVar[tuple[str, ...]]

    def _package(self) -> Any:
        return library(self._module, f"'zarr[{self._module}]'")

    def _compress(self, data: npt.NDArray[Any]) -> bytes:
        raise NotImplementedError

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        native = dtype.to_native_dtype()
        if f"{native.kind}{native.itemsize}" not in self._kinds:
            raise ValueError(f"{self.codec_name} has no form for {dtype}; it takes {', '.join(self._kinds)}.")

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike]:
        dtype = native_dtype(spec)
        return lambda data: self._compress(np.ascontiguousarray(data, dtype))


class PCodec(_NumbersCodec):
    """Compression of numbers by pcodec; the elements in C order."""

    codec_name = "numcodecs.pcodec"
    _module = "pcodec"
    _kinds = ("u2", "u4", "u8", "i2", "i4", "i8", "f2", "f4", "f8")
    _members = {
        "level": lambda data, name: parse_whole(data, name, 0, 12),
        "mode_spec": lambda data, name: parse_choice(data, name, ("auto", "classic")),
        "delta_spec": lambda data, name: parse_choice(
            data, name, ("auto", "no_op", "none", "try_consecutive", "try_lookback")
        ),
        "paging_spec": lambda data, name: parse_choice(data, name, ("equal_pages_up_to",)),
        "delta_encoding_order": lambda data, name: None if data is None else parse_whole(data, name, 0, 7),
        "equal_pages_up_to": lambda data, name: parse_whole(data, name, 1, None),
    }

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        dtype, shape = native_dtype(spec), spec.shape
        count = math.prod(shape)

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            # room for one more, to see that there are no more
            out = np.empty(count + 1, dtype)
            progress = self._package().standalone.simple_decompress_into(bytes(data), out)
            if not progress.finished or progress.n_processed != count:
                more = "" if progress.finished else "more than "
                raise ValueError(f"{more}{progress.n_processed} numbers where the chunk has {count}")
            return out[:count].reshape(shape)

        return decode

    def _compress(self, data: npt.NDArray[Any]) -> bytes:
        config: Any = self.codec_config
        pcodec = self._package()
        mode, delta = config.get("mode_spec", "auto"), config.get("delta_spec", "auto")
        order = config.get("delta_encoding_order")
        if order is not None and delta == "auto":
            delta = "try_consecutive"  # as before there was a member to say so
        if delta in ("none", "no_op"):
            delta = "no_op" if hasattr(pcodec.DeltaSpec, "no_op") else "none"
        make_delta = getattr(pcodec.DeltaSpec, delta)
        options = pcodec.ChunkConfig(
            compression_level=config.get("level", 8),
            mode_spec=getattr(pcodec.ModeSpec, mode)(),
            delta_spec=make_delta(order or 0) if delta == "try_consecutive" else make_delta(),
            paging_spec=pcodec.PagingSpec.equal_pages_up_to(config.get("equal_pages_up_to", 262144)),
        )
        return bytes(pcodec.standalone.simple_compress(data.reshape(-1), options))


class ZFPY(_NumbersCodec):
    """Compression of numbers by zfp, of chunks of up to four dimensions.

    ``mode`` is 2 for a fixed ``rate``, 3 for a fixed ``precision``, 4 for a fixed ``tolerance``, which is
    without loss where that is negative.
    """

    codec_name = "numcodecs.zfpy"
    _module = "zfpy"
    _kinds = ("i4", "i8", "f4", "f8")
    _members = {
        "mode": lambda data, name: parse_whole(data, name, 2, 4),
        "tolerance": parse_number,
        "rate": parse_number,
        "precision": lambda data, name: parse_whole(data, name, None, None),
    }

    def __init__(self, **codec_config: Any) -> None:
        codec_config.pop("compression_kwargs", None)  # numcodecs repeats the other members in it
        super().__init__(**codec_config)

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        super().validate(shape=shape, dtype=dtype, chunk_grid=chunk_grid)
        if len(shape) > 4:
            raise ValueError(f"{self.codec_name} takes up to 4 dimensions. Got {len(shape)}.")

    def _compress(self, data: npt.NDArray[Any]) -> bytes:
        name = {2: "rate", 3: "precision", 4: "tolerance"}[int(self.codec_config.get("mode", 4))]  # type: ignore[arg-type]
        limit = {name: self.codec_config.get(name, -1)}
        return bytes(self._package().compress_numpy(np.atleast_1d(data), write_header=True, **limit))

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        dtype, shape = native_dtype(spec), spec.shape
        sizes = (*reversed(shape or (1,)), 0, 0, 0)[:4]
        # zfp reads on behind the end of what was cut short: let there be zeros
        most = 32 + 2 * dtype.itemsize * math.prod(4 * math.ceil(n / 4) for n in shape or (1,))

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            zfpy = self._package()
            padded = bytes(data) + bytes(max(most - len(data), 0))
            header = zfpy.header(padded)
            told = tuple(header[name] for name in ("nx", "ny", "nz", "nw"))
            if told != sizes or np.dtype(header["type"]) != dtype:
                wrong = tuple(n for n in reversed(told) if n), np.dtype(header["type"]).name
                raise ValueError(
                    f"zfp's header tells of shape and data type {wrong}, the chunk has {shape}, {dtype}"
                )
            out: npt.NDArray[Any] = zfpy.decompress_numpy(padded)
            return out.reshape(shape)

        return decode


for _cls in (PCodec, ZFPY):
    register_codec(_cls.codec_name, _cls, qualname=f"zarr.codecs.numcodecs.{_cls.__name__}")
