"""Modules that commands need when they run, not for their help: they load NumPy and the rest of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.core import later

if TYPE_CHECKING:
    from zarr.cli import nodes as nodes
    from zarr.cli import transfer as transfer
    from zarr.metadata import migrate_v3 as migrate_v3
    from zarr.storage import _urls as urls
else:
    nodes = later("zarr.cli.nodes")
    transfer = later("zarr.cli.transfer")
    migrate_v3 = later("zarr.metadata.migrate_v3")
    urls = later("zarr.storage._urls")

__all__ = ["migrate_v3", "nodes", "transfer", "urls"]
