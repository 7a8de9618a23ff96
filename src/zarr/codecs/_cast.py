"""Numbers from one data type to another, by chosen rules of rounding and range. Pure.

The rules are those of ``cast_value`` in zarr-extensions. Rounding is as if exponents had no bounds; what is then
too large for the target is out of range. All is computed by steps on whole arrays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

import numpy as np

from zarr.codecs._number_kinds import Kind

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["OutOfRangeMode", "RoundingMode", "cast"]

RoundingMode: TypeAlias = Literal[
    "nearest-even", "towards-zero", "towards-positive", "towards-negative", "nearest-away"
]
OutOfRangeMode: TypeAlias = Literal["clamp", "wrap"]
Array: TypeAlias = "npt.NDArray[Any]"

_F4_HIGH = float(np.finfo("f4").max)
_F4_GAP = 2.0**104  # between the greatest floats of 32 bits


def cast(
    values: Array, source: Kind, target: Kind, rounding: RoundingMode, out_of_range: OutOfRangeMode | None
) -> Array:
    """Values, in the ``work`` dtype of their kind, as values of another kind.

    Raises
    ------
    ValueError
        If one is out of range and there is no rule for that, or is NaN or infinite and the target has no such
        value.
    """
    if source.dtype == target.dtype:
        return values.astype(target.dtype)
    with np.errstate(all="ignore"):
        if target.integer:
            return _to_integer(values, source, target, rounding, out_of_range)
        if not source.integer:
            for special, found in ((np.nan, np.isnan), (np.inf, np.isinf)):
                if not target.has(special) and (wrong := found(values)).any():
                    _refuse(values, wrong, target)
        if rounding == "nearest-even" and target.dtype.isbuiltin == 1:
            return _as_numpy_rounds(values, target, out_of_range)
        if source.bits == 64 and target.dtype == np.float64:
            return _adjusted(values.astype("f8"), _residual(values), rounding)
        if np.can_cast(values.dtype, target.dtype):
            return values.astype(target.dtype)
        exact = _sticky(values) if source.bits == 64 else values.astype("f8")
        if target.dtype == np.float32:
            return _to_float32(exact, target, rounding, out_of_range)
        return _to_small_float(exact, target, rounding, out_of_range)


def _refuse(values: Array, wrong: Array, target: Kind) -> NoReturn:
    value = values[wrong][0]
    if not np.isfinite(value):
        raise ValueError(
            f"Cannot cast {value} to {target.dtype} without a scalar_map that says what it becomes"
        )
    rules = "'clamp' or 'wrap'" if target.integer else "'clamp'"
    raise ValueError(f"Value {value} is out of range for {target.dtype}; out_of_range={rules} would allow it")


# --- integers


def _to_integer(
    values: Array, source: Kind, target: Kind, rounding: RoundingMode, out_of_range: Any
) -> Array:
    if source.integer:
        rounded = values
        if target.low <= source.low and source.high <= target.high:
            return _as(values, target)
    else:
        if not np.isfinite(values).all():
            _refuse(values, ~np.isfinite(values), target)
        rounded = _whole(values, rounding)
    low, high = rounded < target.low, rounded >= target.high + 1  # a power of two, exact in every float
    wrong = low | high
    if not wrong.any():
        return _as(rounded, target)
    if out_of_range is None:
        _refuse(values, wrong, target)
    if out_of_range == "wrap":
        return _wrapped(rounded, source, target)
    out = np.where(wrong, rounded.dtype.type(0), rounded).astype(target.work)
    out[low], out[high] = target.low, target.high
    return _as(out, target)


def _as(values: Array, target: Kind) -> Array:
    whole: Array = values.astype(target.work)
    out: Array = whole.astype(target.dtype)
    return out


def _whole(values: Array, rounding: RoundingMode) -> Array:
    match rounding:
        case "nearest-even":
            return np.rint(values)
        case "towards-zero":
            return np.trunc(values)
        case "towards-positive":
            return np.ceil(values)
        case "towards-negative":
            return np.floor(values)
        case "nearest-away":
            whole = np.trunc(values)
            away: Array = np.copysign(np.abs(values - whole) >= 0.5, values)
            return whole + away


def _wrapped(values: Array, source: Kind, target: Kind) -> Array:
    if source.integer:
        modulo = values.astype("u8")
    else:
        magnitude = np.fmod(np.abs(values), 2.0**64 if values.dtype == "f8" else np.float32(2**64)).astype(
            "u8"
        )
        modulo = np.where(values < 0, np.uint64(0) - magnitude, magnitude)
    if target.bits >= 8:
        return _as(modulo, target)
    low = (modulo & np.uint64(2**target.bits - 1)).astype("i1")
    if target.signed:
        sign = np.int8(2 ** (target.bits - 1))
        low = (low ^ sign) - sign
    return _as(low, target)


# --- floats


def _as_numpy_rounds(values: Array, target: Kind, out_of_range: Any) -> Array:
    out = values.astype(target.dtype)
    if out_of_range is None:
        wrong = np.isinf(out) & np.isfinite(values)
        if wrong.any():
            _refuse(values, wrong, target)
    return out


def _residual(values: Array) -> npt.NDArray[np.float64]:
    """What 64-bit integers have more than the nearest floats of 64 bits: exact, as it is small."""
    nearest = values.astype("f8")
    magnitude = np.abs(nearest)
    whole = np.where(magnitude >= 2.0**64, 0.0, magnitude).astype("u8")  # modulo 2**64
    whole = np.where(nearest < 0, np.uint64(0) - whole, whole)
    rest: npt.NDArray[np.int64] = (values.astype("u8") - whole).view("i8")
    return rest.astype("f8")


def _sticky(values: Array) -> npt.NDArray[np.float64]:
    """64-bit integers as floats that every narrower float rounds as it would the integers: round to odd."""
    nearest, rest = values.astype("f8"), _residual(values)
    toward_zero = _adjusted(nearest, rest, "towards-zero")
    odd: npt.NDArray[np.float64] = (toward_zero.view("u8") | np.uint64(1)).view("f8")
    return np.where(rest != 0, odd, toward_zero)


def _adjusted(nearest: Array, rest: Array, rounding: RoundingMode) -> Array:
    """Nearest floats, ties to even, rounded as is asked; ``rest`` is what was lost, exactly."""
    toward: Any = 0.0
    match rounding:
        case "nearest-even":
            return nearest
        case "towards-zero":
            move = np.where(nearest > 0, rest < 0, rest > 0) & (nearest != 0)
        case "towards-positive":
            move, toward = rest > 0, np.inf
        case "towards-negative":
            move, toward = rest < 0, -np.inf
        case "nearest-away":
            toward = np.copysign(np.inf, rest).astype(nearest.dtype)
            gap = np.nextafter(nearest, toward).astype("f8") - nearest
            outwards = np.signbit(rest) == np.signbit(nearest)
            move = (rest != 0) & (2 * rest == gap) & outwards
    return np.where(move, np.nextafter(nearest, np.asarray(toward, nearest.dtype)), nearest)


def _overflows(values: Array, high: float, gap: float, rounding: RoundingMode) -> tuple[Array, Array]:
    """Which finite values come to lie below or above what is finite in the target."""
    half = high + gap / 2
    match rounding:
        case "towards-zero":
            low, over = values <= -(high + gap), values >= high + gap
        case "towards-positive":
            low, over = values <= -(high + gap), values > high
        case "towards-negative":
            low, over = values < -high, values >= high + gap
        case _:
            low, over = values <= -half, values >= half
    finite = np.isfinite(values)
    return low & finite, over & finite


def _to_float32(values: Array, target: Kind, rounding: RoundingMode, out_of_range: Any) -> Array:
    nearest = values.astype("f4")
    out = _adjusted(nearest, values - nearest, rounding)
    low, high = _overflows(values, _F4_HIGH, _F4_GAP, rounding)
    wrong = low | high
    if wrong.any():
        if out_of_range is None:
            _refuse(values, wrong, target)
        out = np.where(wrong, np.copysign(np.float32(np.inf), nearest), out)
    return out


def _to_small_float(values: Array, target: Kind, rounding: RoundingMode, out_of_range: Any) -> Array:
    """By the table of all finite values of the target, and the next that there would be on both sides."""
    table, bits = target.values, target.patterns
    above = 2 * table[-1] if table[-1] == 2 * table[-2] else 2 * table[-1] - table[-2]
    below = 0.0 if table[0] > 0 else -above
    table = np.concatenate([[below], table, [above]])
    even = np.concatenate([[bits[0] & 1], 1 - (bits & 1), [bits[-1] & 1]])
    right = np.minimum(np.searchsorted(table, values), len(table) - 1)
    left = np.where(table[right] == values, right, np.maximum(right - 1, 0))
    chosen = _neighbour(values, table, even, left, right, rounding)
    finite = np.isfinite(values)
    wrong = finite & ((chosen == 0) | (chosen == len(table) - 1) | (values < below) | (values > above))
    if wrong.any() and out_of_range is None:
        _refuse(values, wrong, target)
    out = bits[np.clip(chosen - 1, 0, len(bits) - 1)]
    if target.minus_zero is not None:
        out = np.where((out == 0) & np.signbit(values), bits.dtype.type(target.minus_zero), out)
    made: Array = out.view(target.dtype)
    special = ~finite | wrong if target.has(np.inf) else ~finite
    if special.any():
        full = np.where(wrong, np.copysign(np.inf, values), values).astype("f4")
        made[special] = full[special].astype(target.dtype)
    return made


def _neighbour(
    values: Array, table: Array, even: Array, left: Array, right: Array, rounding: RoundingMode
) -> Array:
    """Index of one of the two neighbours in the table, which are one where a value is exact."""
    match rounding:
        case "towards-positive":
            return right
        case "towards-negative":
            return left
        case "towards-zero":
            return np.where(values < 0, right, left)
    from_left, from_right = values - table[left], table[right] - values
    if rounding == "nearest-away":
        tie_right = values > 0
    else:
        tie_right = even[right] == 1
    return np.where((from_left > from_right) | ((from_left == from_right) & tie_right), right, left)
