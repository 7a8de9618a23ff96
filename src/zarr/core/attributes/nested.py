"""Dicts and lists among attributes, which are saved when they are changed, or refuse it.

They are dicts and lists and hold plain values and their like, so that ``json`` and ``==`` need no care; copies
and pickles of them are plain. A change is made to what is stored now: to a dict whatever else is in it, to a list
if it is the one that was seen.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from zarr.core.json import plain_attributes, to_json
from zarr.errors import ConflictError

__all__ = ["SavedDict", "SavedList", "saved", "unsaved"]

Path = tuple[str | int, ...]

_GONE = object()


class Owner(Protocol):
    """Who has the attributes."""

    def _now(self) -> dict[str, Any]:
        """The attributes as they are known."""

    def _change(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Change the attributes as they are stored."""


def saved(owner: Owner, path: Path, value: Any) -> Any:
    """A value of an attribute that saves changes to it through its owner; a scalar is itself."""
    if isinstance(value, dict):
        return SavedDict(owner, path, value)
    if isinstance(value, list | tuple):
        return SavedList(owner, path, value)
    return value


def _saving(name: str) -> Any:
    """The method of that name, done to what is stored."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = [_lasting(arg) for arg in args]
        return self._edit(lambda there: getattr(there, name)(*given, **kwargs))

    method.__name__ = name
    return method


def _saving_in_place(name: str) -> Any:
    def method(self: Any, other: Any) -> Any:
        given = _lasting(other)
        self._edit(lambda there: getattr(there, name)(given))
        return self

    method.__name__ = name
    return method


def _lasting(value: Any) -> Any:
    """A value that can be gone through more than once."""
    return list(value) if isinstance(value, Iterator) else value


class _Saved:
    _owner: Owner
    _path: Path

    if TYPE_CHECKING:

        def _show(self, value: Any) -> None: ...

    def _plain(self) -> Any:
        return json.loads(json.dumps(self, default=to_json))

    def _edit(self, edit: Callable[[Any], Any]) -> Any:
        """Do something to what is stored here, save it, and show what came of it."""
        seen = _text(self)
        result = edit(self._plain())  # what is wrong with the call itself is said before anything else
        if _text(_at(self._owner._now(), self._path)) != seen:
            raise self._conflict()

        def change(attributes: dict[str, Any]) -> dict[str, Any]:
            attributes = copy.deepcopy(attributes)
            there = _at(attributes, self._path)
            is_same = isinstance(there, dict) if isinstance(self, dict) else _text(there) == seen
            if not is_same:
                raise self._conflict()
            try:
                edit(there)
            except LookupError:
                raise self._conflict() from None
            key = str(self._path[0])
            return {**attributes, **plain_attributes({key: attributes[key]})}

        self._owner._change(change)
        self._show(_at(self._owner._now(), self._path))
        return result

    def _conflict(self) -> ConflictError:
        where = "".join(f"[{part!r}]" for part in self._path)
        return ConflictError(
            f"attrs{where} has been replaced, changed or deleted since it was read, so this change to it is not saved; "
            f"read attrs{where} again."
        )

    def copy(self) -> Any:
        """A plain copy: what is done to it is not saved."""
        return self._plain()

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _itself, (self._plain(),)


class SavedDict(_Saved, dict[str, Any]):
    """A dict among attributes; see the module."""

    def __new__(cls, *given: Any, **more: Any) -> Any:
        """Itself of an owner, a path and a value; a plain dict of what others make a dict of this kind of."""
        return super().__new__(cls) if len(given) == 3 else dict(*given, **more)

    def __init__(self, owner: Owner, path: Path, value: dict[str, Any]) -> None:
        self._owner, self._path = owner, path
        self._show(value)

    def _show(self, value: Any) -> None:
        new = {key: _shown(self, dict.get(self, key), key, item) for key, item in value.items()}
        dict.clear(self)
        dict.update(self, new)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of a key, made with this one where there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def popitem(self) -> tuple[str, Any]:
        """Take out the last key with its value."""
        if not self:
            raise KeyError("popitem(): dictionary is empty")
        key = next(reversed(self))
        return key, self.pop(key)

    __setitem__ = _saving("__setitem__")
    __delitem__ = _saving("__delitem__")
    __ior__ = _saving_in_place("__ior__")
    clear = _saving("clear")
    pop = _saving("pop")
    update = _saving("update")


class SavedList(_Saved, list[Any]):
    """A list among attributes; see the module."""

    def __new__(cls, *given: Any) -> Any:
        """Itself of an owner, a path and a value; a plain list of what others make a list of this kind of."""
        return super().__new__(cls) if len(given) == 3 else list(*given)

    def __init__(self, owner: Owner, path: Path, value: list[Any] | tuple[Any, ...]) -> None:
        self._owner, self._path = owner, path
        self._show(value)

    def _show(self, value: Any) -> None:
        old = list(self) if len(self) == len(value) else [None] * len(value)
        new = [_shown(self, was, i, item) for i, (was, item) in enumerate(zip(old, value, strict=True))]
        list.clear(self)
        list.extend(self, new)

    __setitem__ = _saving("__setitem__")
    __delitem__ = _saving("__delitem__")
    __iadd__ = _saving_in_place("__iadd__")
    __imul__ = _saving_in_place("__imul__")
    append = _saving("append")
    clear = _saving("clear")
    extend = _saving("extend")
    insert = _saving("insert")
    pop = _saving("pop")
    remove = _saving("remove")
    reverse = _saving("reverse")
    sort = _saving("sort")


def _shown(parent: Any, old: Any, key: str | int, value: Any) -> Any:
    """What a container holds for a value: the object that it held before, where that fits."""
    if isinstance(old, SavedDict) and isinstance(value, dict):
        old._show(value)
        return old
    if isinstance(old, SavedList) and isinstance(value, list | tuple):
        old._show(value)
        return old
    return saved(parent._owner, (*parent._path, key), value)


def _at(attributes: Any, path: Path) -> Any:
    for part in path:
        try:
            attributes = attributes[part]
        except (LookupError, TypeError):
            return _GONE
    return attributes


def _text(value: Any) -> str:
    """What is compared; ``==`` does not find NaN equal to NaN, and takes True for 1."""
    return "" if value is _GONE else json.dumps(value, sort_keys=True, default=to_json)


def _itself(value: Any) -> Any:
    return value


class _Unsaved:
    """Attributes of an asynchronous node, which cannot be saved by an assignment."""

    def __init__(self, attributes: dict[str, Any]) -> None:
        self._attributes = attributes

    def _now(self) -> dict[str, Any]:
        return self._attributes

    def _change(self, change: object) -> None:
        raise TypeError(
            "the attributes of an asynchronous array or group cannot be changed by assignment; use "
            "`await node.update_attributes({...})`."
        )


def unsaved(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes as a dict that refuses to be changed."""
    return SavedDict(_Unsaved(attributes), (), attributes)
