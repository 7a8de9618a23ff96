"""Arrays and groups of other libraries, h5py's among them, known by what they have: seen as what is copied here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.core import run
from zarr.core.json import plain_attributes
from zarr.errors import ZarrUserWarning, warn

if TYPE_CHECKING:
    from zarr.core.common import JSON

__all__ = ["ForeignArray", "foreign_attributes", "is_foreign_array", "is_foreign_group"]


def is_foreign_array(value: object) -> bool:
    """Whether it can be read as an array: an h5py.Dataset, an array of Zarr-Python 2, a NumPy array."""
    return all(hasattr(value, name) for name in ("shape", "dtype", "__getitem__"))


def is_foreign_group(value: object) -> bool:
    """Whether it holds arrays by name: an h5py.Group, a group of Zarr-Python 2."""
    return not is_foreign_array(value) and all(hasattr(value, n) for n in ("keys", "attrs", "__getitem__"))


class ForeignArray:
    """An array of another library, read beside the event loop.

    Raises
    ------
    TypeError
        If it has no shape (HDF5: an empty dataspace), or elements that no data type here stands for.
    """

    def __init__(self, source: Any) -> None:
        name = self.name = str(getattr(source, "name", "array"))
        self.attrs = getattr(source, "attrs", None)
        if source.shape is None:
            raise TypeError(f"{name} has no shape (an empty dataspace), and cannot be copied")
        hints = source.dtype.metadata or {}
        self.shape = tuple(source.shape)
        self.dtype: Any = source.dtype if not hints else np.dtype(source.dtype.str)
        self._source = source
        if hints.get("vlen") in (str, bytes) and hasattr(source, "asstr"):
            self._source, self.dtype = source.asstr(), "string"
        elif source.dtype.hasobject and (hints or hasattr(source, "id")):
            raise TypeError(f"{name}: elements of type {source.dtype} ({dict(hints)}) cannot be copied")

    @property
    def options(self) -> dict[str, Any]:
        """What a new array takes over from it."""
        chunks = getattr(self._source, "chunks", None)
        options: dict[str, Any] = {"dtype": self.dtype}
        if isinstance(chunks, tuple) and all(isinstance(n, int) for n in chunks):
            options["chunks"] = chunks
        fill = getattr(self._source, "fillvalue", getattr(self._source, "fill_value", None))
        if fill is not None and self.dtype != "string" and not isinstance(self._source, np.ndarray):
            options["fill_value"] = fill
        return options

    async def getitem(self, region: tuple[slice, ...]) -> Any:
        """Part of it, as a NumPy array."""
        return await run.ask(self._source.__getitem__, region)


def foreign_attributes(source: Any) -> dict[str, JSON]:
    """The attributes; those that have no JSON, such as references in HDF5, are left out with a warning."""
    given = getattr(source, "attrs", None)
    kept: dict[str, JSON] = {}
    for key, value in dict(given).items() if isinstance(given, Mapping) else ():
        try:
            kept.update(plain_attributes({key: _text_for_bytes(value)}))
        except TypeError as error:
            warn(f"{getattr(source, 'name', source)!r}: {error}; not copied.", ZarrUserWarning)
    return kept


def _text_for_bytes(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.kind == "S":
        return np.char.decode(value, "utf-8", "backslashreplace")
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
