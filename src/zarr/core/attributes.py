"""Attributes: the user's attributes of an array or a group, as a dict that is saved when it is changed."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zarr.core.array import Array
    from zarr.core.common import JSON
    from zarr.core.group import Group

__all__ = ["Attributes"]


class Attributes(MutableMapping[str, "JSON"]):
    """A view of a node's attributes.

    Each change is one write of the node's document, merged with what others have written there meanwhile.
    """

    def __init__(self, obj: Array[Any] | Group) -> None:
        self._obj = obj

    def __getitem__(self, key: str) -> JSON:
        return self._obj.metadata.attributes[key]  # type: ignore[no-any-return]

    def __setitem__(self, key: str, value: JSON) -> None:
        self._obj._change_attributes(lambda attributes: {**attributes, key: value})

    def __delitem__(self, key: str) -> None:
        if key not in self._obj.metadata.attributes:
            raise KeyError(key)
        self._obj._change_attributes(lambda attributes: {k: v for k, v in attributes.items() if k != key})

    def __iter__(self) -> Iterator[str]:
        return iter(self._obj.metadata.attributes)

    def __len__(self) -> int:
        return len(self._obj.metadata.attributes)

    def put(self, d: dict[str, JSON]) -> None:
        """Replace all attributes by these, in one write."""
        self._obj._change_attributes(lambda _: dict(d))

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add or change attributes, in one write."""
        new: dict[str, JSON] = dict(*args, **kwargs)
        self._obj._change_attributes(lambda attributes: {**attributes, **new})

    def asdict(self) -> dict[str, JSON]:
        """A dict of the attributes."""
        return dict(self._obj.metadata.attributes)

    def __repr__(self) -> str:
        return f"Attributes({self.asdict()!r})"
