"""``zarr.config``, which loads donfig."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from donfig import Config as DConfig

from zarr.core.settings import DEFAULTS, places, settings

if TYPE_CHECKING:
    from donfig.config_obj import ConfigSet

__all__ = ["Config", "config"]


class Config(DConfig):  # type: ignore[misc]
    """The configuration object; values by dotted names, ``set`` is also a context manager."""

    def reset(self) -> None:
        """Forget everything but defaults, files and environment."""
        self.clear()
        self.refresh()

    def enable_gpu(self) -> ConfigSet:
        """Make arrays be read into GPU memory."""
        return self.set({"buffer": "zarr.buffer.gpu.Buffer", "ndbuffer": "zarr.buffer.gpu.NDBuffer"})

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "config" and settings.user is self:  # the values are in another dict now
            settings.follow(self)


config = Config("zarr", defaults=[DEFAULTS], paths=places())
settings.follow(config)
