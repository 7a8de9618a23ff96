"""reshape (array to array): the same elements, in C order, in another shape. Registered extension of format 3.

Specification: zarr-extensions, codecs/reshape. Names: ``reshape`` (v3). Example: {"name": "reshape",
"configuration": {"shape": [[0, 1], -1, 3]}}: each is a length, a list of input dimensions of which it is the
product, or -1, once, for what is left. What is said of input dimensions has to be so: those before them make up
the output dimensions before, and those behind the output dimensions behind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

import numpy as np

from zarr.abc.codec import ArrayArrayCodec
from zarr.codecs._parse import configured, parse_whole
from zarr.errors import at
from zarr.registry import register_codec

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON

__all__ = ["ReshapeCodec"]

Length: TypeAlias = "int | tuple[int, ...]"


@dataclass(frozen=True, init=False)
class ReshapeCodec(ArrayArrayCodec):
    """Chunks in another shape.

    Parameters
    ----------
    shape
        The lengths of the stored chunk: integers of at least 1, sequences of dimensions of the chunk, or -1.
    """

    is_fixed_size = True
    codec_name: ClassVar[str] = "reshape"

    shape: tuple[Length, ...]

    def __init__(self, *, shape: Sequence[int | Sequence[int]]) -> None:
        with at("shape"):
            if not isinstance(shape, list | tuple):
                raise TypeError(f"Expected a list. Got {shape!r}.")
            parsed = tuple(_parse_length(item, i) for i, item in enumerate(shape))
            if parsed.count(-1) > 1:
                raise ValueError(f"Expected -1 at most once. Got {list(shape)}.")
            axes = [axis for item in parsed if isinstance(item, tuple) for axis in item]
            if any(a >= b for a, b in pairwise(axes)):
                raise ValueError(f"Expected dimensions of the input in increasing order. Got {axes}.")
        object.__setattr__(self, "shape", parsed)

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        return configured(cls, data, "reshape")

    def to_dict(self) -> dict[str, JSON]:
        return {"name": "reshape", "configuration": {"shape": cast("JSON", self.shape)}}

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
        self._encoded_shape(array_spec.shape)
        return self

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        return replace(chunk_spec, shape=self._encoded_shape(chunk_spec.shape))

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        return input_byte_length

    def decoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        shape = spec.shape
        return lambda data: np.reshape(data, shape)

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        shape = self._encoded_shape(spec.shape)
        return lambda data: np.reshape(data, shape)

    def _encoded_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape that chunks of a shape are stored in; ValueError if there is none."""
        with at("configuration.shape"):
            known = [self._length(item, shape) for item in self.shape]
            total, rest = math.prod(shape), math.prod(n for n in known if n != -1)
            if -1 in known:
                if total % rest:
                    raise ValueError(f"{known} leaves no whole length for -1 in a chunk of shape {shape}.")
                known[known.index(-1)] = total // rest
            elif rest != total:
                raise ValueError(f"{known} has {rest} elements, a chunk of shape {shape} has {total}.")
            for i, item in enumerate(self.shape):
                if isinstance(item, tuple) and item:
                    with at(f"[{i}]"):
                        _check_alignment(i, item, shape, known)
        return tuple(known)

    @staticmethod
    def _length(item: Length, shape: tuple[int, ...]) -> int:
        if isinstance(item, int):
            return item
        if item and item[-1] >= len(shape):
            raise ValueError(f"there is no dimension {item[-1]} in a chunk of shape {shape}.")
        return math.prod(shape[axis] for axis in item)


def _check_alignment(i: int, axes: tuple[int, ...], shape: tuple[int, ...], made: list[int]) -> None:
    before, behind = math.prod(shape[: axes[0]]), math.prod(shape[axes[-1] + 1 :])
    if before != math.prod(made[:i]) or behind != math.prod(made[i + 1 :]):
        raise ValueError(
            f"dimensions {list(axes)} of a chunk of shape {shape} do not come to lie at {i} of {made}: before and "
            f"behind them are {before} and {behind} elements, there {math.prod(made[:i])} and "
            f"{math.prod(made[i + 1 :])}."
        )


def _parse_length(data: object, i: int) -> Length:
    if isinstance(data, list | tuple):
        return tuple(parse_whole(axis, f"[{i}][{j}]", 0, None) for j, axis in enumerate(data))
    length = parse_whole(data, f"[{i}]", -1, None)
    if length == 0:
        with at(f"[{i}]"):
            raise ValueError("Expected an integer of at least 1, or -1. Got 0.")
    return length


register_codec("reshape", ReshapeCodec)
