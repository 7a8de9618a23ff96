"""``zarr.verify`` and ``zarr.clean``: a hierarchy looked at key by key for whatever is wrong with it.

Nothing is written without ``repair``, and then only what loses nothing.
"""

from typing import TYPE_CHECKING

from zarr.core import names_of

if TYPE_CHECKING:
    from zarr.core.verify.hierarchy import verify_at
    from zarr.core.verify.report import Problem, Report
    from zarr.core.verify.unfinished import DAY, Leftover, clean_at
else:
    __getattr__, __dir__ = names_of(
        __name__,
        {
            "hierarchy": "verify_at",
            "report": "Problem Report",
            "unfinished": "DAY Leftover clean_at",
        },
    )

__all__ = ["DAY", "Leftover", "Problem", "Report", "clean_at", "verify_at"]
