"""zarr.core.indexing, under the name that it had in Zarr-Python 2."""

from zarr.core.indexing import *  # noqa: F403
from zarr.core.indexing import __all__ as __all__
