"""The inside of the package; see docs/design.md for its floors. Its modules load when they are first used.

``ELSEWHERE`` is the table of names that other packages take from places which are not theirs here.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any

ELSEWHERE = {
    "zarr.core": {
        "Array": "zarr.core.array",
        "AsyncArray": "zarr.core.array",
        "AsyncGroup": "zarr.core.group",
        "BatchedCodecPipeline": "zarr.core.codec_pipeline",
        "Group": "zarr.core.group",
    },
    "zarr.core.common": {
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
        return getattr(import_module(places[name]), name)

    return find


_find = elsewhere("zarr.core")


def __getattr__(name: str) -> Any:
    return import_module(f"zarr.core.{name}") if name in _MODULES else _find(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *ELSEWHERE["zarr.core"], *_MODULES})
