"""What ``array.oindex``, ``array.vindex`` and ``array.blocks`` are. They only call methods of the array."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zarr.core.indexing.fields import pop_fields

if TYPE_CHECKING:
    from zarr.abc.buffer import NDArrayLikeOrScalar

__all__ = ["AsyncOIndex", "AsyncVIndex", "BlockIndex", "OIndex", "VIndex"]


def _plain(selection: Any) -> Any:
    """The selection with any array-like that is not NumPy's (a zarr array, say) as a NumPy array."""
    items = selection if isinstance(selection, tuple) else (selection,)
    done = tuple(
        item[...] if hasattr(item, "metadata") and hasattr(item, "chunks") else item for item in items
    )
    return done if isinstance(selection, tuple) else done[0]


def _is_mask(selection: Any, ndim: int) -> bool:
    items = selection if isinstance(selection, tuple) else (selection,)
    kind = getattr(getattr(items[0], "dtype", None), "kind", None) if len(items) == 1 else None
    return kind == "b" or (len(items) == 1 and ndim == 1 and _is_bool_list(items[0]))


def _is_bool_list(item: Any) -> bool:
    return isinstance(item, list) and bool(item) and all(isinstance(x, bool) for x in item)


@dataclass(frozen=True)
class _Face:
    """What calls methods of this array."""

    array: Any


class OIndex(_Face):
    """Orthogonal indexing: one selector per axis, applied independently."""

    def __getitem__(self, selection: Any) -> NDArrayLikeOrScalar:
        fields, rest = pop_fields(_plain(selection))
        return self.array.get_orthogonal_selection(rest, fields=fields)  # type: ignore[no-any-return]

    def __setitem__(self, selection: Any, value: Any) -> None:
        fields, rest = pop_fields(_plain(selection))
        self.array.set_orthogonal_selection(rest, value, fields=fields)


class AsyncOIndex(_Face):
    """Orthogonal indexing, awaited."""

    async def getitem(self, selection: Any) -> NDArrayLikeOrScalar:
        """The selected part."""
        fields, rest = pop_fields(_plain(selection))
        return await self.array.get_orthogonal_selection(rest, fields=fields)  # type: ignore[no-any-return]


class VIndex(_Face):
    """Indexing by points, one array of integers per axis, or by a mask of the array's shape."""

    def __getitem__(self, selection: Any) -> NDArrayLikeOrScalar:
        fields, rest = pop_fields(_plain(selection))
        if _is_mask(rest, self.array.ndim):
            return self.array.get_mask_selection(rest, fields=fields)  # type: ignore[no-any-return]
        return self.array.get_coordinate_selection(rest, fields=fields)  # type: ignore[no-any-return]

    def __setitem__(self, selection: Any, value: Any) -> None:
        fields, rest = pop_fields(_plain(selection))
        if _is_mask(rest, self.array.ndim):
            self.array.set_mask_selection(rest, value, fields=fields)
        else:
            self.array.set_coordinate_selection(rest, value, fields=fields)


class AsyncVIndex(_Face):
    """Indexing by points or a mask, awaited."""

    async def getitem(self, selection: Any) -> NDArrayLikeOrScalar:
        """The selected points."""
        fields, rest = pop_fields(_plain(selection))
        if _is_mask(rest, self.array.ndim):
            return await self.array.get_mask_selection(rest, fields=fields)  # type: ignore[no-any-return]
        return await self.array.get_coordinate_selection(rest, fields=fields)  # type: ignore[no-any-return]


class BlockIndex(_Face):
    """Indexing by whole chunks: integers and slices count chunks."""

    def __getitem__(self, selection: Any) -> NDArrayLikeOrScalar:
        fields, rest = pop_fields(selection)
        return self.array.get_block_selection(rest, fields=fields)  # type: ignore[no-any-return]

    def __setitem__(self, selection: Any, value: Any) -> None:
        fields, rest = pop_fields(selection)
        self.array.set_block_selection(rest, value, fields=fields)
