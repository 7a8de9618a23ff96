"""Blocking twins, derived from the coroutines: same signature, same docstring, written once.

    create_array = blocking(asynchronous.create_array, then=Array)
    resize = blocking_method(AsyncArray.resize, of="_async_array")
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, overload

from zarr.core.run.inline import run
from zarr.core.run.loop import on_loop
from zarr.core.run.many import collect

__all__ = ["blocking", "blocking_iterator", "blocking_method", "blocking_property"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


@overload
def blocking(source: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, R]: ...
@overload
def blocking(source: Callable[P, Coroutine[Any, Any, R]], then: Callable[[R], T]) -> Callable[P, T]: ...
def blocking(source: Callable[..., Coroutine[Any, Any, Any]], then: Callable[[Any], Any] | None = None) -> Any:
    """The blocking twin of a coroutine function; ``then`` wraps its result."""

    @wraps(source)
    def twin(*args: Any, **kwargs: Any) -> Any:
        result = run(source(*args, **kwargs))
        return result if then is None else then(result)

    return twin


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
        coro = source(target, *args, **kwargs)
        result = on_loop(coro) if target.store._suspends else run(coro)
        return result if then is None else then(result)

    return twin


def blocking_property(
    source: Callable[[Any], Coroutine[Any, Any, R]], *, of: str, doc: str | None = None
) -> property:
    """A property that has the result of a method without arguments."""
    twin = blocking_method(source, of=of)
    return property(twin, doc=doc or source.__doc__)


def blocking_iterator(
    source: Callable[Concatenate[Any, P], AsyncIterator[R]], *, of: str, then: Callable[[R], T]
) -> Callable[Concatenate[Any, P], Generator[T, None, None]]:
    """The blocking twin of an asynchronous generator method; ``then`` wraps each item."""

    @wraps(source)
    def twin(self: Any, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
        target = getattr(self, of)
        coro = collect(source(target, *args, **kwargs))
        for item in on_loop(coro) if target.store._suspends else run(coro):
            yield then(item)

    return twin
