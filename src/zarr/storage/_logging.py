"""LoggingStore: every call of the store inside is logged and counted."""

from __future__ import annotations

import logging
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import contextmanager
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any, Self, TypeVar, cast

from zarr.abc.store import Store
from zarr.storage._wrapper import WrapperStore

__all__ = ["LoggingStore"]

T_Store = TypeVar("T_Store", bound=Store)
F = TypeVar("F", bound=Callable[..., Any])

_FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"


def _hint(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """What a call is about: the key or prefix among its arguments, or the keys in a list."""
    for value in (*args, *kwargs.values()):
        if isinstance(value, str | Store):
            return str(value)
        if isinstance(value, list):
            return ",".join(str(item[0]) for item in value)
    return ""


def _logged(method: F) -> F:
    """The same method, which logs itself under its name."""
    name = method.__name__

    async def coroutine(self: LoggingStore[Any], *args: Any, **kwargs: Any) -> Any:
        with self._log(name, _hint(args, kwargs)):
            return await method(self, *args, **kwargs)

    async def generator(self: LoggingStore[Any], *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with self._log(name, _hint(args, kwargs)):
            async for item in method(self, *args, **kwargs):
                yield item

    def function(self: LoggingStore[Any], *args: Any, **kwargs: Any) -> Any:
        with self._log(name, _hint(args, kwargs)):
            return method(self, *args, **kwargs)

    wrapper: Any = function
    if iscoroutinefunction(method):
        wrapper = coroutine
    elif isasyncgenfunction(method) or name.startswith("list"):
        wrapper = generator
    return cast("F", wraps(method)(wrapper))


def _logged_property(source: Any) -> property:
    return property(_logged(source.fget), doc=getattr(Store, source.fget.__name__).__doc__)


class LoggingStore(WrapperStore[T_Store]):
    """Logs every call of the store inside, with the time that it takes, and counts calls by method.

    Parameters
    ----------
    store
        The store that is wrapped.
    log_level
        Level below which nothing is logged, such as "DEBUG" or "INFO". Calls are logged as INFO.
    log_handler
        Where to log; the standard output where None.

    Attributes
    ----------
    counter
        How often each method was called, by its name.

    Examples
    --------
    >>> from zarr.storage import MemoryStore
    >>> store = LoggingStore(MemoryStore(), log_level="ERROR")
    >>> store.get_sync("key")
    >>> dict(store.counter)
    {'get_sync': 1}
    """

    _suspends = WrapperStore._suspends  # what is overridden here waits only where the store inside does

    counter: defaultdict[str, int]

    def __init__(
        self, store: T_Store, log_level: str = "DEBUG", log_handler: logging.Handler | None = None
    ) -> None:
        super().__init__(store)
        self.counter = defaultdict(int)
        self.log_level = log_level
        self.log_handler = log_handler
        self._configure()

    def _configure(self) -> None:
        self.logger = logging.getLogger(f"LoggingStore({self._store})")
        self.logger.setLevel(self.log_level)
        if self.log_handler is not None:
            self.logger.addHandler(self.log_handler)
        elif not self.logger.handlers:
            handler = logging.StreamHandler(stream=sys.stdout)
            handler.setLevel(self.log_level)
            handler.setFormatter(logging.Formatter(_FORMAT))
            self.logger.addHandler(handler)

    @classmethod
    async def open(cls, store_cls: type[T_Store], *args: Any, **kwargs: Any) -> Self:
        """Wrap a new store of a class; ``log_level`` and ``log_handler`` are ours, the rest is that store's."""
        own = {name: kwargs.pop(name) for name in ("log_level", "log_handler") if name in kwargs}
        store = store_cls(*args, **kwargs)
        await store._open()
        return cls(store, **own)

    def _with_store(self, store: Any) -> Self:
        return type(self)(store, log_level=self.log_level, log_handler=self.log_handler)

    def __getstate__(self) -> dict[str, Any]:
        # loggers belong to a process, and handlers hold its locks and files
        return {name: value for name, value in vars(self).items() if name not in ("logger", "log_handler")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, log_handler=None)
        self._configure()

    def __str__(self) -> str:
        return f"logging-{self._store}"

    @contextmanager
    def log(self, hint: Any = "") -> Generator[None, None, None]:
        """Log and count what is done in a ``with`` block, under the name of the function it stands in."""
        caller = sys._getframe(2).f_code.co_name  # behind contextlib's __enter__
        with self._log(caller, str(hint)):
            yield

    @contextmanager
    def _log(self, name: str, hint: str) -> Generator[None, None, None]:
        operation = f"{type(self._store).__name__}.{name}" + (f"({hint})" if hint else "")
        self.counter[name] += 1
        self.logger.info(" Calling %s", operation)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.logger.info("Finished %s [%.2f s]", operation, time.perf_counter() - start)

    def __getattr__(self, name: str) -> Any:
        method = super().__getattr__(name)

        def logged(*args: Any, **kwargs: Any) -> Any:
            with self._log(name, _hint(args, kwargs)):
                return method(*args, **kwargs)

        return logged

    @_logged
    async def is_empty(self, prefix: str = "") -> bool:
        return await self._store.is_empty(prefix)

    __eq__ = _logged(WrapperStore.__eq__)

    read_only = _logged_property(WrapperStore.read_only)
    supports_writes = _logged_property(WrapperStore.supports_writes)
    supports_deletes = _logged_property(WrapperStore.supports_deletes)
    supports_listing = _logged_property(WrapperStore.supports_listing)
    _open = _logged(WrapperStore._open)
    _ensure_open = _logged(WrapperStore._ensure_open)
    get = _logged(WrapperStore.get)
    get_sync = _logged(WrapperStore.get_sync)
    get_partial_values = _logged(WrapperStore.get_partial_values)
    get_ranges = _logged(WrapperStore.get_ranges)
    _get_many = _logged(WrapperStore._get_many)
    exists = _logged(WrapperStore.exists)
    getsize = _logged(WrapperStore.getsize)
    getsize_prefix = _logged(WrapperStore.getsize_prefix)
    set = _logged(WrapperStore.set)
    set_sync = _logged(WrapperStore.set_sync)
    set_if_not_exists_sync = _logged(WrapperStore.set_if_not_exists_sync)
    set_if_not_exists = _logged(WrapperStore.set_if_not_exists)
    _set_many = _logged(WrapperStore._set_many)
    delete = _logged(WrapperStore.delete)
    delete_sync = _logged(WrapperStore.delete_sync)
    delete_dir = _logged(WrapperStore.delete_dir)
    clear = _logged(WrapperStore.clear)
    list = _logged(WrapperStore.list)
    list_prefix = _logged(WrapperStore.list_prefix)
    list_dir = _logged(WrapperStore.list_dir)
