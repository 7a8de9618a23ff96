"""GpuMemoryStore: values in the memory of a GPU."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Self

from zarr.abc.buffer import Buffer
from zarr.core.buffer import gpu
from zarr.storage._memory import MemoryStore

__all__ = ["GpuMemoryStore"]


class GpuMemoryStore(MemoryStore):
    """A store in memory whose values are GPU buffers. Whatever is set is copied to the GPU.

    Parameters
    ----------
    store_dict
        The dict of key to ``zarr.buffer.gpu.Buffer`` to use; it is used, not copied. A new one where None.
    read_only
        Refuse every change.

    Raises
    ------
    TypeError
        If there is another kind of value in the dict; ``from_dict`` copies such values.
    ImportError
        When a value is set and CuPy is missing.
    """

    _suspends = False

    def __init__(
        self, store_dict: MutableMapping[str, gpu.Buffer] | None = None, *, read_only: bool = False
    ) -> None:
        for key, value in ({} if store_dict is None else store_dict).items():
            if not isinstance(value, gpu.Buffer):
                raise TypeError(
                    f"store_dict[{key!r}]: expected a GPU buffer, got {type(value).__name__!r}; "
                    "use GpuMemoryStore.from_dict to copy values to the GPU."
                )
        super().__init__(store_dict=store_dict, read_only=read_only)  # type: ignore[arg-type]

    @classmethod
    def from_dict(cls, store_dict: MutableMapping[str, Buffer]) -> Self:
        """A store of these values, copied to the GPU."""
        return cls({key: gpu.Buffer.from_buffer(value) for key, value in store_dict.items()})

    def __str__(self) -> str:
        return f"gpumemory://{id(self._store_dict)}"

    def set_sync(self, key: str, value: Buffer) -> None:
        self._check_value(value)
        super().set_sync(key, _on_gpu(value))

    def set_if_not_exists_sync(self, key: str, value: Buffer) -> bool | None:
        self._check_value(value)
        return super().set_if_not_exists_sync(key, _on_gpu(value))


def _on_gpu(value: Buffer) -> gpu.Buffer:
    return value if isinstance(value, gpu.Buffer) else gpu.Buffer.from_buffer(value)
