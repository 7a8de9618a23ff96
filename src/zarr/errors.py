"""Every error and warning that this package raises of its own.

    ValueError
    └── BaseZarrError
        ├── NodeNotFoundError (also FileNotFoundError)
        │   ├── ArrayNotFoundError
        │   └── GroupNotFoundError
        ├── ContainsArrayError, ContainsGroupError, ContainsArrayAndGroupError
        ├── MetadataValidationError            a document is not what it should be
        │   └── NodeTypeValidationError        ... it belongs to another kind of node
        ├── UnknownCodecError
        ├── PickleCodecDisabledError
        ├── ChunkNotFoundError                 read_missing_chunks=False and there is none
        ├── ChunkError                         stored bytes do not decode to the chunk they should
        └── ConflictError                      two writers changed the same thing
    ValueError:  DataTypeValidationError
    IndexError:  ArrayIndexError, BoundsCheckError, NegativeStepError, VindexInvalidSelectionError
    RuntimeError: SyncError, CopyError

The names and bases are those that users of Zarr-Python catch.
"""

from __future__ import annotations

import sys
import warnings
from types import TracebackType

__all__ = [
    "ArrayIndexError",
    "ArrayNotFoundError",
    "BaseZarrError",
    "BoundsCheckError",
    "ChunkError",
    "ChunkNotFoundError",
    "ConflictError",
    "ContainsArrayAndGroupError",
    "ContainsArrayError",
    "ContainsGroupError",
    "CopyError",
    "DataTypeValidationError",
    "GroupNotFoundError",
    "MetadataValidationError",
    "NegativeStepError",
    "NodeNotFoundError",
    "NodeTypeValidationError",
    "PickleCodecDisabledError",
    "UnknownCodecError",
    "UnstableSpecificationWarning",
    "VindexInvalidSelectionError",
    "ZarrDeprecationWarning",
    "ZarrFutureWarning",
    "ZarrRuntimeWarning",
    "ZarrUserWarning",
]


class BaseZarrError(ValueError):
    """Base of the errors that are about stored data and its documents.

    A subclass may set ``_msg``, a template that the arguments are put into; a single argument is the
    message itself.
    """

    _msg: str = "{}"

    def __init__(self, *args: object) -> None:
        if len(args) == 1:
            super().__init__(args[0])
        else:
            super().__init__(self._msg.format(*args))


class NodeNotFoundError(BaseZarrError, FileNotFoundError):
    """There is no array or group at this place."""

    _msg = "no node found in store {!r} at path {!r}"


class ArrayNotFoundError(NodeNotFoundError):
    """There is no array at this place."""

    _msg = "no array found in store {!r} at path {!r}"


class GroupNotFoundError(NodeNotFoundError):
    """There is no group at this place."""

    _msg = "no group found in store {!r} at path {!r}"


class ContainsArrayError(BaseZarrError):
    """An array is already there."""

    _msg = "An array exists in store {!r} at path {!r}."


class ContainsGroupError(BaseZarrError):
    """A group is already there."""

    _msg = "A group exists in store {!r} at path {!r}."


class ContainsArrayAndGroupError(BaseZarrError):
    """Documents of both an array and a group are there (format 2)."""

    _msg = (
        "Array and group metadata documents (.zarray and .zgroup) were both found in store {!r} at path "
        "{!r}. Only one of these files may be present in a given directory / prefix. Remove one of them."
    )


class MetadataValidationError(BaseZarrError):
    """A metadata document is malformed."""

    _msg = "Invalid value for '{}'. Expected '{}'. Got '{}'."


class NodeTypeValidationError(MetadataValidationError):
    """A metadata document describes another kind of node."""


class UnknownCodecError(BaseZarrError):
    """No implementation is known for the name of a codec."""


class PickleCodecDisabledError(BaseZarrError):
    """Stored data would have to be unpickled, which can run any code, and this is not allowed."""


class ChunkNotFoundError(BaseZarrError):
    """A chunk is missing and ``read_missing_chunks`` is false."""


class ChunkError(BaseZarrError):
    """The stored bytes of a chunk cannot be decoded; the message names array, chunk, key and codec."""


class ConflictError(BaseZarrError):
    """Two writers changed the same thing and the changes cannot be merged."""


class DataTypeValidationError(ValueError):
    """A data type cannot be made of the given description."""


class SyncError(RuntimeError):
    """Blocking and asynchronous code were mixed in a way that cannot work."""


class CopyError(RuntimeError):
    """Something is already there where something would be copied to."""


class ArrayIndexError(IndexError):
    """An index does not fit the array."""


class BoundsCheckError(IndexError):
    """An index is out of bounds."""


class NegativeStepError(IndexError):
    """A slice with a step below 1 where only positive steps are possible."""


class VindexInvalidSelectionError(IndexError):
    """A selection that ``vindex`` does not take."""


class ZarrFutureWarning(FutureWarning):
    """Something will change."""


class ZarrDeprecationWarning(DeprecationWarning):
    """Something old is used; the message says what to use instead."""


class ZarrUserWarning(UserWarning):
    """Something is probably not as the user wants it."""


class ZarrRuntimeWarning(RuntimeWarning):
    """Something suspicious happened while running."""


class UnstableSpecificationWarning(ZarrFutureWarning):
    """What is written has no specification yet; other implementations may not read it."""


def warn(message: str, category: type[Warning]) -> None:
    """Warn of the nearest line outside of this package, through however many of its frames it was called."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and str(frame.f_globals.get("__name__")).partition(".")[0] == "zarr":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


class at:
    """Say where in a document an error happened: ``with at("codecs[1]", ".level"): ...``.

    Nested uses join to one path, put before the message; class, cause and traceback stay.
    """

    __slots__ = ("_step",)

    def __init__(self, step: object) -> None:
        self._step = step  # its text is asked for where there is an error

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        if isinstance(error, (ValueError, TypeError, KeyError, OverflowError)):
            what, path = getattr(error, "_at", (_message(error), ""))
            step = str(self._step)
            joined = step + _glue(step, path) + path
            error._at = (what, joined)  # type: ignore[union-attr]
            error.args = (f"{joined} {what}" if joined.endswith(":") else f"{joined}: {what}",)


def _glue(step: str, path: str) -> str:
    if step.endswith(":"):
        return " " if path else ""
    return "" if path[:1] in ("", "[", ":", ".") else "."


def _message(error: BaseException) -> str:
    return str(error.args[0]) if len(error.args) == 1 else str(error)
