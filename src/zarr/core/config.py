"""The configuration: ``zarr.config``, by default values, files, ``ZARR_*`` variables and ``config.set``.

It is read at the edge, where arrays and groups are opened or created; what lies below gets values. Users have
``config``, an object of donfig; this package reads ``settings``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, cast

from zarr.core import later, names_of
from zarr.core.settings import DEFAULTS, places, settings

if TYPE_CHECKING:
    from zarr.core import configured as configured
    from zarr.core.configured import Config, config
else:
    configured = later("zarr.core.configured")
    __getattr__, __dir__ = names_of(__name__, {"zarr.core.configured": "Config config"})

__all__ = [
    "DEFAULTS",
    "BadConfigError",
    "Config",
    "allows_pickle",
    "config",
    "parse_indexing_order",
    "quick_get",
    "settings",
]


class BadConfigError(ValueError):
    """A value in the configuration cannot be used."""

    _msg = "bad Config: %r"


def quick_get(section: str, name: str) -> Any:
    """``settings.get("section.name")``, for what is asked at every chunk."""
    try:
        return settings.config[section][name]
    except (KeyError, TypeError):
        return settings.get(f"{section}.{name}", DEFAULTS[section][name])


def allows_pickle() -> bool:
    """Whether stored data may be unpickled, which can run any code: only where a plain true says so."""
    return settings.get("array.allow_unsafe_pickle_decode") in (True, 1)


def parse_indexing_order(data: Any) -> Literal["C", "F"]:
    """A memory order."""
    if data in ("C", "F"):
        return cast("Literal['C', 'F']", data)
    raise ValueError(f"Expected one of ('C', 'F'), got {data} instead.")


if any(name.startswith("ZARR_") for name in os.environ) or any(map(os.path.exists, places())):
    settings.follow(configured.config)
