"""The inside of the package; see docs/design.md for its floors. Its modules load when they are first used.

``ELSEWHERE`` is the table of names that other packages take from places which are not theirs here. ``later`` and
``names_of`` make modules and the names of packages load when they are first used.
"""

import sys
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from zarr.core.loading import load_module as load_module

ELSEWHERE = {
    "zarr.core": {
        "Array": "zarr.core.array",
        "AsyncArray": "zarr.core.array",
        "AsyncGroup": "zarr.core.group",
        "BatchedCodecPipeline": "zarr.core.codec_pipeline",
        "Group": "zarr.core.group",
    },
    "zarr.core.common": {
        "NamedConfig": "zarr.core.named_config",
        "NamedRequiredConfig": "zarr.core.named_config",
        "compress_rle": "zarr.core.metadata.grid",
        "concurrent_foreach": "zarr.core.run.concurrent",
        "concurrent_iter": "zarr.core.run.concurrent",
        "concurrent_map": "zarr.core.run.concurrent",
        "expand_rle": "zarr.core.metadata.grid",
        "parse_chunk_edge": "zarr.core.metadata.grid",
        "parse_chunk_shape": "zarr.core.metadata.grid",
        "validate_rectilinear_edges": "zarr.core.metadata.grid",
        "validate_rectilinear_kind": "zarr.core.metadata.grid",
    },
    "zarr.storage._common": {"StoreLike": "zarr.storage._like"},
    "zarr.core.metadata.v3": {"V3JsonEncoder": "zarr.core.json"},
}
"""Modules, and for each the names that are also found in it and the modules that have them."""

_MODULES = frozenset(
    "array array_spec attributes buffer chunk_grids chunk_key_encodings codec_pipeline common config dtype group "
    "indexing metadata sync sync_group".split()
)


def elsewhere(module: str) -> Callable[[str], Any]:
    """The ``__getattr__`` of a module in the table."""
    places = ELSEWHERE[module]

    def find(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return getattr(load_module(places[name]), name)

    return find


class later:
    """A module that is loaded when something of it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, name: str) -> Any:
        if self._module is None:
            self._module = load_module(self._name)
        return getattr(self._module, name)


def names_of(package: str, places: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package whose names are loaded when they are first used.

    ``places`` has modules, those of the package without its name, and for each the names that are taken from it.
    """
    homes = {name: module for module, names in places.items() for name in names.split()}

    def find(name: str) -> Any:
        if name in homes:
            value = getattr(_load(package, homes[name]), name)
        else:
            modules = [module for module in places if module.partition(".")[0] == name]
            if not modules:
                raise AttributeError(f"module {package!r} has no attribute {name!r}")
            for module in modules:
                _load(package, module)
            value = sys.modules[f"{package}.{name}"]
        setattr(sys.modules[package], name, value)
        return value

    def all_names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return find, all_names


def _load(package: str, module: str) -> ModuleType:
    return load_module(module if module.startswith("zarr.") else f"{package}.{module}")


_find = elsewhere("zarr.core")


def __getattr__(name: str) -> Any:
    return load_module(f"zarr.core.{name}") if name in _MODULES else _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *ELSEWHERE["zarr.core"], *_MODULES})
