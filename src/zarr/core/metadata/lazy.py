"""Nodes by name, of which an array's document is parsed when it is first asked for. Pure.

With thousands of arrays in one document, opening a group would else take seconds.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator
from typing import Any

from zarr.errors import at

__all__ = ["LazyNodes", "Unparsed"]


class Unparsed:
    """The document of an array, how it is parsed, and for errors where it stands by which name."""

    __slots__ = ("document", "name", "parse", "where")

    def __init__(self, document: Any, parse: Callable[[Any], Any], where: str, name: str) -> None:
        self.document = document
        self.parse = parse
        self.where = where
        self.name = name

    def parsed(self) -> Any:
        """The metadata; an error says where the document is."""
        try:  # not `with at(...)`, which costs more where there is no error
            return self.parse(self.document)
        except Exception:
            with at(f"{self.where}[{self.name!r}]"):
                raise


class LazyNodes(dict[str, Any]):
    """A dict that parses the Unparsed among its values; to everybody else it is a dict of metadata."""

    def raw(self) -> ItemsView[str, Any]:
        """The items as they are, parsed or not."""
        return dict.items(self)

    def __getitem__(self, key: str) -> Any:
        value = dict.__getitem__(self, key)
        if isinstance(value, Unparsed):
            value = value.parsed()
            dict.__setitem__(self, key, value)
        return value

    def _all(self) -> dict[str, Any]:
        return {key: self[key] for key in list(dict.keys(self))}

    def __iter__(self) -> Iterator[str]:  # a dict subclass without this one is copied without asking it
        return dict.__iter__(self)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401 (this is that method)

    def items(self) -> Any:
        return self._all().items()

    def values(self) -> Any:
        return self._all().values()

    def pop(self, key: str, *default: Any) -> Any:
        value = dict.pop(self, key, *default)
        return value.parsed() if isinstance(value, Unparsed) else value

    def popitem(self) -> tuple[str, Any]:
        key, value = dict.popitem(self)
        return key, value.parsed() if isinstance(value, Unparsed) else value

    def setdefault(self, key: str, default: Any = None) -> Any:
        dict.setdefault(self, key, default)
        return self[key]

    def copy(self) -> LazyNodes:
        return LazyNodes(self.raw())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and self._all() == dict(other)

    __hash__ = None

    def __or__(self, other: Any) -> Any:
        return self._all() | dict(other)

    def __ror__(self, other: Any) -> Any:
        return dict(other) | self._all()

    def __repr__(self) -> str:
        return repr(self._all())

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (list(self.raw()),)


def _restored(items: Iterable[tuple[str, Any]]) -> LazyNodes:
    return LazyNodes(items)
