"""What data types of real numbers can hold, for casts between them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Kind", "kind_of"]

_INT = re.compile(r"(u?)int(\d+)")
_FLOAT = re.compile(r"float(16|32|64)|bfloat16|float[468]_\w+")


@dataclass(frozen=True)
class Kind:
    """A type of real numbers.

    Parameters
    ----------
    dtype
        Its dtype, in the machine's byte order.
    bits
        Size of its integers; 0 for floats.
    signed
        Whether its integers have a sign.
    """

    dtype: np.dtype[Any]
    bits: int = 0
    signed: bool = True

    @property
    def integer(self) -> bool:
        """Whether it holds integers; else floats."""
        return self.bits > 0

    @property
    def low(self) -> int:
        """The least integer."""
        return -(2 ** (self.bits - 1)) if self.signed else 0

    @property
    def high(self) -> int:
        """The greatest integer."""
        return int(2 ** (self.bits - self.signed) - 1)

    @cached_property
    def work(self) -> np.dtype[Any]:
        """A dtype of NumPy, of integers or of 32 or 64 bits, that holds its values exactly."""
        if self.integer:
            return np.dtype(f"{'i' if self.signed else 'u'}{self.dtype.itemsize}")
        return np.dtype("f8" if self.dtype.itemsize == 8 else "f4")

    @cached_property
    def patterns(self) -> npt.NDArray[Any]:
        """The bits of all finite floats without -0, in the order of their values; for 8 or 16 bits."""
        size = self.dtype.itemsize
        bits = np.arange(2 ** (8 * size), dtype=f"u{size}")
        with np.errstate(all="ignore"):
            values = bits.view(self.dtype).astype("f4").astype("f8")
        # of bits that mean the same, as those with unused upper bits set, the lowest come first
        _, first = np.unique(values, return_index=True)
        finite: npt.NDArray[Any] = bits[first[np.isfinite(values[first])]]
        return finite

    @cached_property
    def values(self) -> npt.NDArray[np.float64]:
        """The values of ``patterns``."""
        values: npt.NDArray[np.float64] = self.patterns.view(self.dtype).astype("f4").astype("f8")
        return values

    @cached_property
    def minus_zero(self) -> int | None:
        """The bits of -0; None where there is none."""
        with np.errstate(all="ignore"):
            zero = np.array([-0.0], "f4").astype(self.dtype)
        negative = np.signbit(zero.astype("f4"))[0] and zero.astype("f4")[0] == 0
        return int(zero.view(f"u{self.dtype.itemsize}")[0]) if negative else None

    def has(self, special: float) -> bool:
        """Whether it holds NaN, or an infinity."""
        if self.integer:
            return False
        with np.errstate(all="ignore"):
            made = np.array([special], "f4").astype(self.dtype).astype("f4")[0]
        return bool(np.isnan(made) if np.isnan(special) else made == special)


@cache
def kind_of(dtype: np.dtype[Any]) -> Kind | None:
    """The kind of a dtype of real numbers of up to 64 bits; None for others."""
    native = dtype.newbyteorder("=")
    integer = _INT.fullmatch(native.name)
    if integer:
        return Kind(native, int(integer[2]), not integer[1])
    return Kind(native) if _FLOAT.fullmatch(native.name) else None
