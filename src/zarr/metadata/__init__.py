"""Work on the metadata of whole hierarchies; ``zarr.metadata.migrate_v3`` takes them from format 2 to 3."""

from typing import TYPE_CHECKING, Any

from zarr.core import load_module

if TYPE_CHECKING:
    from zarr.metadata import migrate_v3 as migrate_v3

__all__ = ["migrate_v3"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return load_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
