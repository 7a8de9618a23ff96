"""The public API as text: every public name of the public modules, with its kind and signature.

``python tests/public_api.py`` writes ``tests/public_api.txt`` anew.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import re
import types
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

SNAPSHOT = Path(__file__).with_name("public_api.txt")

PACKAGES = ("zarr.abc", "zarr.api", "zarr.buffer", "zarr.testing")
MODULES = ("zarr", "zarr.codecs", "zarr.core.sync", "zarr.dtype", "zarr.errors", "zarr.registry")
MODULES += ("zarr.storage", "zarr.types")


def public_modules() -> list[str]:
    """The names of the public modules; those of ``zarr.api.asynchronous`` are one in several files."""
    found = list(MODULES)
    for name in PACKAGES:
        package = importlib.import_module(name)
        found.append(name)
        for info in pkgutil.walk_packages(package.__path__, name + "."):
            inner = info.name.startswith("zarr.api.asynchronous.") or info.name == "zarr.api.like"
            if "._" not in info.name and info.name != "zarr.buffer.gpu" and not inner:  # gpu needs CuPy
                found.append(info.name)
    return sorted(found)


def public_names(module: types.ModuleType) -> list[str]:
    """What a module offers: its ``__all__``, or its own names without an underscore."""
    return sorted(getattr(module, "__all__", [n for n, v in vars(module).items() if is_own(n, v)]))


_ODD = (BaseException, enum.Enum)  # signatures of these differ between versions of Python


def is_own(name: str, value: Any) -> bool:
    """Whether a name in a module without ``__all__`` is public."""
    return not name.startswith("_") and not inspect.ismodule(value) and is_ours(value)


def signature(value: Any) -> str:
    """The signature, without what differs between runs and versions of Python."""
    if (
        isinstance(value, type)
        and "__init__" not in vars(value)
        and issubclass(value, BaseException | enum.Enum)
    ):
        return "(...)"
    try:
        text = str(inspect.signature(value))
    except (TypeError, ValueError):
        return "(...)"
    return re.sub(r" at 0x[0-9a-f]+", "", text).replace("'", "").replace('"', "")


def kind(value: Any) -> str:
    """What a value is."""
    if inspect.isclass(value) and not isinstance(value, types.GenericAlias):
        return "class"
    if inspect.isroutine(value):
        return "coroutine" if inspect.iscoroutinefunction(value) else "function"
    return "value"


def is_ours(value: Any) -> bool:
    """Whether a class or function is defined in this package."""
    return str(getattr(value, "__module__", "")).partition(".")[0] == "zarr"


def members(cls: type) -> Iterator[tuple[str, Any]]:
    """Public members that a class and its bases here define: a line of text, and what documents it."""
    for name in sorted({n for c in cls.__mro__ if is_ours(c) for n in vars(c) if not n.startswith("_")}):
        value = inspect.getattr_static(cls, name)
        if isinstance(value, property | cached_property):
            yield f"property {name}", value
        elif isinstance(value, classmethod | staticmethod):
            yield f"{type(value).__name__} {name}{signature(getattr(cls, name))}", value.__func__
        elif inspect.isroutine(value):
            yield f"{kind(value)} {name}{signature(value)}", value
        else:
            yield f"attribute {name}", None


def lines() -> Iterator[str]:
    """The whole API; the members of a class stand where it is first named."""
    seen = set()
    for module_name in public_modules():
        module = importlib.import_module(module_name)
        yield f"\n{module_name}"
        for name in public_names(module):
            value = getattr(module, name)
            what = kind(value)
            yield f"  {what} {name}{'' if what == 'value' else signature(value)}"
            if what == "class" and is_ours(value) and value not in seen:
                seen.add(value)
                yield from (f"    {text}" for text, _ in members(value))


LIKE_NUMPY = ("ArrayLike", "NDArrayLike")  # members as NumPy has them
TESTS = ("zarr.testing.stateful", "zarr.testing.store")  # methods that are tests, and their names say of what


def undocumented() -> Iterator[str]:
    """Public functions, classes, methods and properties without a docstring that begins with a sentence."""
    for module_name in public_modules():
        module = importlib.import_module(module_name)
        for name in public_names(module):
            value = getattr(module, name)
            if kind(value) == "value" or not is_ours(value):
                continue
            named = [(name, value)]
            if inspect.isclass(value) and name not in LIKE_NUMPY and value.__module__ not in TESTS:
                named += [(f"{name}.{text}", member) for text, member in members(value) if member is not None]
            for label, documented in named:
                first = (inspect.getdoc(documented) or "").partition("\n\n")[0]
                if inspect.isroutine(documented) and not first and inspect.isclass(value):
                    first = inherited_doc(value, documented.__name__)
                if not re.search(r"[.:]$", first.rstrip()):
                    yield f"{module_name}.{label}"


def inherited_doc(cls: type, name: str) -> str:
    """The docstring of the method of that name in a base."""
    return next((d for c in cls.__mro__ if (d := inspect.getdoc(vars(c).get(name)))), "")


def main() -> None:
    """Write the snapshot."""
    SNAPSHOT.write_text("\n".join(lines()).lstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
