"""Blocking twins, derived from the coroutines: same signature, same docstring, written once.

The lines

    create_array = blocking(asynchronous.create_array, then=Array)
    resize = blocking_method(AsyncArray.resize, of="_async_array")

in a module and in a class make a function and a method.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from functools import wraps
from types import FrameType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, overload

from zarr.core.run.inline import run
from zarr.core.run.many import collect

__all__ = ["blocking", "blocking_iterator", "blocking_method", "blocking_property"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])


@overload
def blocking(source: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]: ...
@overload
def blocking(source: Callable[P, Coroutine[Any, Any, R]], then: Callable[[R], T]) -> Callable[P, T]: ...
def blocking(
    source: Callable[..., Coroutine[Any, Any, Any]], then: Callable[[Any], Any] | None = None
) -> Any:
    """The blocking twin of a coroutine function; ``then`` wraps its result."""

    @wraps(source)
    def twin(*args: Any, **kwargs: Any) -> Any:
        result = run(source(*args, **kwargs))
        return result if then is None else then(result)

    return _at_home(twin, sys._getframe(1))


@overload
def blocking_method(
    source: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]], *, of: str
) -> Callable[Concatenate[Any, P], R]: ...
@overload
def blocking_method(
    source: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]], *, of: str, then: Callable[[R], T]
) -> Callable[Concatenate[Any, P], T]: ...
def blocking_method(
    source: Callable[..., Coroutine[Any, Any, Any]], *, of: str, then: Callable[[Any], Any] | None = None
) -> Any:
    """The blocking twin of a method; ``of`` names the attribute that holds the asynchronous object."""

    @wraps(source)
    def twin(self: Any, *args: Any, **kwargs: Any) -> Any:
        target = getattr(self, of)
        result = run(source(target, *args, **kwargs))
        return result if then is None else then(result)

    return _at_home(twin, sys._getframe(1))


class blocking_property(property, Generic[R]):
    """A property that has the result of a method without arguments."""

    def __init__(self, source: Callable[[Any], Coroutine[Any, Any, R]], *, of: str) -> None:
        super().__init__(blocking_method(source, of=of))  # which has the docstring

    if TYPE_CHECKING:

        def __get__(self, instance: Any, owner: type | None = None, /) -> R: ...  # type: ignore[override]


def blocking_iterator(
    source: Callable[Concatenate[Any, P], AsyncIterator[R]], *, of: str, then: Callable[[R], T]
) -> Callable[Concatenate[Any, P], Generator[T, None, None]]:
    """The blocking twin of an asynchronous generator method; ``then`` wraps each item."""

    @wraps(source)
    def twin(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        target = getattr(self, of)
        for item in run(collect(source(target, *args, **kwargs))):
            yield then(item)

    return _at_home(twin, sys._getframe(1))


def _at_home(twin: F, frame: FrameType) -> F:
    """The twin, named after the module or class body that makes it: there pickle looks for it."""
    body = frame.f_locals.get("__qualname__")
    twin.__module__ = frame.f_globals["__name__"]
    twin.__qualname__ = twin.__name__ if body is None else f"{body}.{twin.__name__}"
    return twin
