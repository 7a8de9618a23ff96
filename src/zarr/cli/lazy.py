"""Modules that commands need when they run, not for their help: they load NumPy and the rest of the package."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zarr.cli import nodes as nodes
    from zarr.cli import transfer as transfer
    from zarr.metadata import migrate_v3 as migrate_v3
    from zarr.storage import _urls as urls
else:

    class _OnFirstUse:
        def __init__(self, module: str) -> None:
            self._module = module

        def __getattr__(self, name: str) -> Any:
            return getattr(import_module(self._module), name)

    nodes = _OnFirstUse("zarr.cli.nodes")
    transfer = _OnFirstUse("zarr.cli.transfer")
    migrate_v3 = _OnFirstUse("zarr.metadata.migrate_v3")
    urls = _OnFirstUse("zarr.storage._urls")

__all__ = ["migrate_v3", "nodes", "transfer", "urls"]
