"""The command line, ``zarr`` and ``python -m zarr``. Standard library only; NumPy is loaded when a command runs."""

from zarr.cli.program import main

__all__ = ["main"]
