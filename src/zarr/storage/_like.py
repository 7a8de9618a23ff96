"""What a user may give for a store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from zarr.abc.store import Store
from zarr.storage._common import StorePath

__all__ = ["StoreLike"]

StoreLike: TypeAlias = Store | StorePath | Path | str | Mapping[str, Any]
"""What names a store; see ``make_store_path``."""
