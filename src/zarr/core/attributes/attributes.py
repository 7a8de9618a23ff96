"""The attributes of a node as a mapping of which each change is one write, merged with what is stored."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, Self

from zarr.core.attributes.nested import saved
from zarr.core.json import plain_attributes

if TYPE_CHECKING:
    from types import TracebackType

    from zarr.core.array import Array
    from zarr.core.group import Group

__all__ = ["Attributes", "Batch"]

_MISSING = object()


class Attributes(MutableMapping[str, Any]):
    """A view of a node's attributes.

    Each change is one write of the node's document, merged with what others have written there meanwhile. Values are
    kept as the JSON that they stand for. Dicts and lists among them are saved too when they are changed, as in
    ``attrs["a"]["b"] = 1``; one that was replaced or deleted meanwhile refuses changes with a ConflictError. Of a node
    that was opened read-only they are copies, for the programs that go on with them as their own.
    """

    def __init__(self, obj: Array[Any] | Group) -> None:
        self._obj = obj

    def _now(self) -> dict[str, Any]:
        """The attributes as this handle knows them."""
        return self._obj.metadata.attributes

    def _change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change the attributes as they are stored now."""
        self._obj._change_attributes(change)

    def __getitem__(self, key: str) -> Any:
        value = self._now()[key]
        return copy.deepcopy(value) if self._obj.read_only else saved(self, (key,), value)

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def __delitem__(self, key: str) -> None:
        known = key in self._now()

        def without(attributes: dict[str, Any]) -> dict[str, Any]:
            if not known and key not in attributes:
                raise KeyError(key)
            return {k: v for k, v in attributes.items() if k != key}

        self._change(without)

    def __contains__(self, key: object) -> bool:
        return key in self._now()

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The attribute, made with this value where there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, default: Any = _MISSING) -> Any:
        """Delete an attribute and return its value; ``default`` if there is none."""
        if key not in self and default is not _MISSING:
            return default
        value = copy.deepcopy(self._now()[key])
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Delete an attribute and return it with its value; KeyError if there is none."""
        for key in self:
            return key, self.pop(key)
        raise KeyError("there are no attributes")

    def clear(self) -> None:
        """Delete all attributes, in one write."""
        self.put({})

    def put(self, d: dict[str, Any]) -> None:
        """Replace all attributes by these, in one write."""
        new = plain_attributes(d)
        self._change(lambda _: copy.deepcopy(new))

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Add or change attributes, in one write."""
        new = plain_attributes(dict(*args, **kwargs))
        if new:
            self._change(lambda attributes: {**attributes, **copy.deepcopy(new)})

    def refresh(self) -> None:
        """Read the attributes again, which others may have changed."""
        self._obj._refresh_attributes()

    def batch(self) -> Batch:
        """Many changes as one write.

        Examples
        --------
        >>> import zarr
        >>> group = zarr.create_group({})
        >>> with group.attrs.batch() as attrs:
        ...     attrs["units"] = "K"
        ...     attrs["source"] = {"model": "X"}
        ...     attrs["source"]["year"] = 2020
        >>> group.attrs.asdict()
        {'units': 'K', 'source': {'model': 'X', 'year': 2020}}
        """
        return Batch(self._obj)

    def asdict(self) -> dict[str, Any]:
        """A dict of the attributes: a copy, so that nothing of what is done to it is saved."""
        return copy.deepcopy(self._now())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._now()!r})"


class Batch(Attributes):
    """Attributes of which the changes are kept until the end of a ``with`` block, and then made in one write.

    If the block raises, none is made.
    """

    def __init__(self, obj: Array[Any] | Group) -> None:
        super().__init__(obj)
        self._seen = copy.deepcopy(obj.metadata.attributes)
        self._changes: list[Callable[[dict[str, Any]], dict[str, Any]]] | None = []

    def _now(self) -> dict[str, Any]:
        return self._seen

    def _change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        if self._changes is None:
            raise RuntimeError("this batch of attributes has been written; begin another one")
        self._seen = change(copy.deepcopy(self._seen))
        self._changes.append(change)

    def refresh(self) -> None:
        """Read the attributes again, which others may have changed, and make the changes of this batch to them."""
        super().refresh()
        self._seen = _all(self._changes or [], copy.deepcopy(self._obj.metadata.attributes))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        changes, self._changes = self._changes, None
        if exc_type is None and changes:
            self._obj._change_attributes(lambda attributes: _all(changes, attributes))


def _all(
    changes: list[Callable[[dict[str, Any]], dict[str, Any]]], attributes: dict[str, Any]
) -> dict[str, Any]:
    for change in changes:
        attributes = change(attributes)
    return attributes
