"""``zarr.verify`` and ``zarr.clean``: a hierarchy looked at key by key for whatever is wrong with it.

Nothing is written without ``repair``, and then only what loses nothing.
"""

from zarr.core.verify.hierarchy import verify_at
from zarr.core.verify.report import Problem, Report
from zarr.core.verify.unfinished import DAY, Leftover, clean_at

__all__ = ["DAY", "Leftover", "Problem", "Report", "clean_at", "verify_at"]
