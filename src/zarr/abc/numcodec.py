"""The contract of a numcodecs codec, as format 2 uses them."""

from __future__ import annotations

from typing import Any, Protocol, Self, TypeGuard

__all__ = ["Numcodec"]


class Numcodec(Protocol):
    """Anything that encodes and decodes buffers the way ``numcodecs.abc.Codec`` does."""

    codec_id: str

    def encode(self, buf: Any) -> Any:
        """Encode the buffer."""
        ...

    def decode(self, buf: Any, out: Any | None = None) -> Any:
        """Decode the buffer, into ``out`` where given."""
        ...

    def get_config(self) -> Any:
        """The JSON configuration, with the codec's ``id``."""
        ...

    @classmethod
    def from_config(cls, config: Any) -> Self:
        """A codec of its configuration, without the ``id``."""
        ...


def _is_numcodec(obj: object) -> TypeGuard[Numcodec]:
    """Whether an object offers what a numcodecs codec does."""
    return _is_numcodec_cls(type(obj))


def _is_numcodec_cls(cls: object) -> TypeGuard[type[Numcodec]]:
    """Whether a class offers what the class of a numcodecs codec does."""
    return (
        isinstance(cls, type)
        and isinstance(getattr(cls, "codec_id", None), str)
        and all(
            callable(getattr(cls, name, None)) for name in ("encode", "decode", "get_config", "from_config")
        )
    )
