"""What the ``numcodecs.*`` codecs share: the configuration of format 2 as one of format 3. Pure.

``numcodecs`` itself is imported when a codec that needs it first meets a chunk, never before. A package of
your own can subclass one of the three kinds with a ``codec_name`` of a codec that numcodecs knows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias, cast

import numpy as np

from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec, BytesLike
from zarr.abc.metadata import Metadata
from zarr.core import load_module
from zarr.core.common import parse_named_configuration
from zarr.errors import UnknownCodecError, at
from zarr.registry import get_numcodec

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.numcodec import Numcodec
    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

__all__ = [
    "Check",
    "_NumcodecsArrayArrayCodec",
    "_NumcodecsArrayBytesCodec",
    "_NumcodecsBytesBytesCodec",
    "_NumcodecsCodec",
    "as_bytes",
    "library",
    "native_dtype",
]

Check: TypeAlias = Callable[[object, str], Any]
"""Makes a checked member of a configuration of what was given and the member's name."""

_PREFIX = "numcodecs."


@cache
def library(name: str, package: str = "") -> Any:
    """A module that not everyone has, or that is slow to load.

    Raises
    ------
    UnknownCodecError
        If it is not there; the message names the package that brings it.
    """
    try:
        return load_module(name)
    except ImportError as error:
        package = package or name.partition(".")[0]
        raise UnknownCodecError(
            f"the module {name!r} is needed and cannot be imported ({error}); to install it: "
            f"pip install {package}"
        ) from error


@dataclass(frozen=True, init=False, repr=False)
class _NumcodecsCodec(Metadata):
    """A codec of numcodecs.

    Parameters
    ----------
    **codec_config
        The members that its format 2 configuration has; ``id`` may be left out.

    Attributes
    ----------
    codec_name
        Its name in format 3.
    codec_config
        Its configuration in format 2, with the ``id``.
    """

    codec_name: ClassVar[str]
    _members: ClassVar[Mapping[str, Check] | None] = None
    """The members that its configuration may have; None where they are not known here."""
    _required: ClassVar[tuple[str, ...]] = ()

    codec_config: Mapping[str, JSON]

    def __init__(self, **codec_config: Any) -> None:
        if not self.codec_name.startswith(_PREFIX):
            raise ValueError(f"Expected name to start with '{_PREFIX}'. Got {self.codec_name} instead.")
        codec_id = self.codec_name.removeprefix(_PREFIX)
        given = codec_config.pop("id", codec_id)
        if given != codec_id:
            raise ValueError(f"Codec id does not match {codec_id}. Got: {given}.")
        object.__setattr__(self, "codec_config", {"id": codec_id, **self._checked(codec_config)})

    @classmethod
    def _checked(cls, given: dict[str, Any]) -> dict[str, Any]:
        if cls._members is None:
            return {name: _plain(value) for name, value in given.items()}
        for name in given:
            if name not in cls._members:
                raise TypeError(
                    f"codec {cls.codec_name!r} has no member {name!r}; it has {list(cls._members)}"
                )
        for name in cls._required:
            if name not in given:
                with at(name):
                    raise TypeError(f"codec {cls.codec_name!r} needs this member and it is missing")
        return {name: cls._members[name](_plain(value), name) for name, value in given.items()}

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        name, configuration = parse_named_configuration(data, require_configuration=False)
        if not name.startswith(_PREFIX):
            raise ValueError(f"Expected name to start with '{_PREFIX}'. Got {name} instead.")
        with at("configuration"):
            return cls(**cast("dict[str, Any]", configuration or {}))

    def to_dict(self) -> dict[str, JSON]:
        return {"name": self.codec_name, "configuration": cast("JSON", self._configuration)}

    @property
    def _configuration(self) -> dict[str, Any]:
        return {name: value for name, value in self.codec_config.items() if name != "id"}

    def _with(self, **members: Any) -> Self:
        return type(self)(**{**self._configuration, **members})

    @cached_property
    def _codec(self) -> Numcodec:
        """The object of numcodecs that does the same."""
        return get_numcodec(self._library_config())

    def _library_config(self) -> dict[str, Any]:
        return dict(self.codec_config)

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        raise NotImplementedError(f"the size of {self.codec_name}'s output is not fixed")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(codec_name={self.codec_name!r}, codec_config={self._configuration!r})"

    def __hash__(self) -> int:
        return hash((self.codec_name, *self.codec_config))


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


@dataclass(frozen=True, init=False, repr=False)
class _NumcodecsBytesBytesCodec(_NumcodecsCodec, BytesBytesCodec):
    """A codec of numcodecs from bytes to bytes."""

    is_fixed_size = False
    __hash__ = _NumcodecsCodec.__hash__

    def decoder(self, spec: ArraySpec, decoded_size: int | None) -> Callable[[BytesLike], BytesLike]:
        return lambda data: as_bytes(self._codec.decode(np.frombuffer(data, "B")))

    def encoder(self, spec: ArraySpec) -> Callable[[BytesLike], BytesLike]:
        return lambda data: as_bytes(self._codec.encode(np.frombuffer(data, "B")))


@dataclass(frozen=True, init=False, repr=False)
class _NumcodecsArrayArrayCodec(_NumcodecsCodec, ArrayArrayCodec):
    """A codec of numcodecs from array to array.

    It is given elements in C order and in the machine's byte order, and what it returns is taken for elements
    of the encoded spec: the shape and byte order that numcodecs leaves things in do not matter.
    """

    is_fixed_size = True
    __hash__ = _NumcodecsCodec.__hash__

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        encoded = self.resolve_metadata(chunk_spec)
        return native_dtype(encoded).itemsize * math.prod(encoded.shape)

    def decoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        encoded = self.resolve_metadata(spec)
        return self._step("decode", encoded, spec)

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        encoded = self.resolve_metadata(spec)
        return self._step("encode", spec, encoded)

    def _step(
        self, method: str, source: ArraySpec, target: ArraySpec
    ) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        given, made = native_dtype(source), native_dtype(target)
        shape = target.shape

        def step(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
            out = getattr(self._codec, method)(np.ascontiguousarray(data, given))
            return np.asarray(out).reshape(-1).view(made).reshape(shape)

        return step


def native_dtype(spec: ArraySpec) -> np.dtype[Any]:
    """The dtype of elements in memory, in the machine's byte order."""
    dtype: np.dtype[Any] = spec.dtype.to_native_dtype()
    return dtype.newbyteorder("=")


@dataclass(frozen=True, init=False, repr=False)
class _NumcodecsArrayBytesCodec(_NumcodecsCodec, ArrayBytesCodec):
    """A codec of numcodecs from array to bytes."""

    is_fixed_size = False
    __hash__ = _NumcodecsCodec.__hash__

    def decoder(self, spec: ArraySpec) -> Callable[[BytesLike], npt.NDArray[Any]]:
        dtype, shape = native_dtype(spec), spec.shape

        def decode(data: BytesLike) -> npt.NDArray[Any]:
            out = self._codec.decode(np.frombuffer(data, "B"))
            return np.asarray(out).reshape(-1).view(dtype).reshape(shape)

        return decode

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], BytesLike]:
        dtype = native_dtype(spec)
        return lambda data: as_bytes(
            self._codec.encode(np.ascontiguousarray(data, dtype).reshape(data.shape))
        )


def as_bytes(data: Any) -> BytesLike:
    """What a codec of numcodecs returned, as bytes."""
    if isinstance(data, np.ndarray):
        return np.ascontiguousarray(data).reshape(-1).view("B")
    return cast("BytesLike", data)
