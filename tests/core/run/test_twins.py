"""Blocking twins have the signature, name and docstring of the coroutines that they are made of."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import zarr
from zarr.api import asynchronous, synchronous
from zarr.core.array import Array, AsyncArray
from zarr.core.group import AsyncGroup, Group
from zarr.core.run import blocking, blocking_iterator, blocking_method, blocking_property

BY_HAND = {"tree", "create_hierarchy"}
"""Functions that are not derived: one is a method's, the other is a generator."""

FUNCTIONS = [name for name in synchronous.__all__ if name not in BY_HAND]


def _twins(blocking_class: type, source_class: type) -> list[Any]:
    found = []
    for name, member in vars(blocking_class).items():
        source = getattr(member, "__wrapped__", None)
        if inspect.isfunction(member) and source is not None:
            face = blocking_class
            found.append(pytest.param(face, member, source, id=f"{face.__name__}.{name}"))
            assert any(source in vars(base).values() for base in source_class.__mro__), name
    return found


METHODS = [*_twins(Array, AsyncArray), *_twins(Group, AsyncGroup)]


def test_there_are_twins() -> None:
    assert len(FUNCTIONS) >= 22
    assert len(METHODS) >= 35
    assert set(synchronous.__all__) == set(asynchronous.__all__)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_as_their_source(name: str) -> None:
    twin, source = getattr(zarr, name), getattr(asynchronous, name)
    assert inspect.signature(twin).parameters == inspect.signature(source).parameters
    assert (twin.__name__, twin.__doc__) == (source.__name__, source.__doc__)
    assert twin.__doc__
    assert not inspect.iscoroutinefunction(twin)


@pytest.mark.parametrize("name", synchronous.__all__)
def test_functions_can_be_pickled(name: str) -> None:
    twin = getattr(synchronous, name)
    assert pickle.loads(pickle.dumps(twin)) is twin
    assert (twin.__module__, twin.__qualname__) == ("zarr.api.synchronous", name)


@pytest.mark.parametrize(("face", "twin", "source"), METHODS)
def test_methods_are_as_their_source(
    face: type, twin: Callable[..., Any], source: Callable[..., Any]
) -> None:
    assert inspect.signature(twin).parameters == inspect.signature(source).parameters
    assert (twin.__name__, twin.__doc__) == (source.__name__, source.__doc__)
    assert (twin.__module__, twin.__qualname__) == (face.__module__, f"{face.__name__}.{twin.__name__}")


class _Async:
    def __init__(self) -> None:
        self.asked = 0

    async def twice(self, number: int, /, *, plus: int = 0) -> int:
        """The double."""
        return 2 * number + plus

    async def count(self) -> int:
        """A count."""
        return 7

    async def names(self, count: int):  # type: ignore[no-untyped-def]
        """Some names."""
        for i in range(count):
            self.asked += 1
            yield i


class _Blocking:
    def __init__(self) -> None:
        self._async = _Async()

    twice = blocking_method(_Async.twice, of="_async", then=str)
    count = blocking_property(_Async.count, of="_async")
    names = blocking_iterator(_Async.names, of="_async", then=str)


def test_methods_properties_and_iterators_give_what_then_makes_of_it() -> None:
    thing = _Blocking()
    assert thing.twice(4, plus=1) == "9"
    assert thing.count == 7
    assert _Blocking.count.__doc__ == "A count."
    assert list(thing.names(3)) == ["0", "1", "2"]


def test_an_iterator_does_nothing_before_it_is_asked() -> None:
    thing = _Blocking()
    names = thing.names(3)
    assert thing._async.asked == 0
    assert next(names) == "0"


def test_wrong_arguments_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        _Blocking().twice(1, colour="red")  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="colour"):
        zarr.create_array({}, colour="red")  # type: ignore[call-arg]


def test_a_function_without_then_gives_the_result_itself() -> None:
    async def half(number: int) -> float:
        return number / 2

    assert blocking(half)(3) == 1.5
    assert blocking(half, then=int)(3) == 1
