"""cast_value (array to array): elements as another type of numbers. Registered extension of format 3.

Specification: zarr-extensions, codecs/cast_value. Names: ``cast_value`` (v3). Example: {"name": "cast_value",
"configuration": {"data_type": "uint8", "rounding": "nearest-even", "out_of_range": "clamp", "scalar_map":
{"encode": [["NaN", 0]], "decode": [[0, "NaN"]]}}}. Per element: the map first, where it has it (of entries
for one value the first counts, all NaN are one, and so are 0.0 and -0.0); else rounding; else the range rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, cast, get_args

import numpy as np

from zarr.abc.codec import ArrayArrayCodec
from zarr.codecs import _cast
from zarr.codecs._cast import OutOfRangeMode, RoundingMode
from zarr.codecs._number_kinds import Kind, kind_of
from zarr.codecs._parse import configured, parse_choice
from zarr.codecs.scale_offset import stored_fill
from zarr.core.dtype import ZDType, get_data_type_from_json
from zarr.errors import at
from zarr.registry import register_codec

if TYPE_CHECKING:
    from typing import Self

    import numpy.typing as npt

    from zarr.core.array_spec import ArraySpec
    from zarr.core.common import JSON
    from zarr.core.metadata.v3 import ChunkGridMetadata

__all__ = ["CastValue", "OutOfRangeMode", "RoundingMode"]

ScalarMap = dict[str, list[list[Any]]]


@dataclass(frozen=True, init=False)
class CastValue(ArrayArrayCodec):
    """Elements as another type of numbers.

    Parameters
    ----------
    data_type
        The type of what is stored: integers or floats.
    rounding
        How to round what the target cannot hold exactly.
    out_of_range
        What becomes of values that the target is too small for: "clamp" takes the nearest that it has (floats
        that overflow become infinite), "wrap" is modulo 2**N, for integer targets only; None is an error.
    scalar_map
        Values that become others, whatever the other rules: pairs, or a mapping, under "encode" and "decode",
        scalars as fill values have them in documents.
    """

    is_fixed_size = True
    codec_name: ClassVar[str] = "cast_value"

    dtype: ZDType[Any, Any]
    rounding: RoundingMode
    out_of_range: OutOfRangeMode | None
    scalar_map: ScalarMap | None

    def __init__(
        self,
        *,
        data_type: str | ZDType[Any, Any] | Mapping[str, JSON],
        rounding: RoundingMode | str = "nearest-even",
        out_of_range: OutOfRangeMode | str | None = None,
        scalar_map: Mapping[str, Any] | None = None,
    ) -> None:
        with at("data_type"):
            dtype = _parse_type(data_type)
            kind = _kind(dtype)
        if out_of_range is not None:
            parse_choice(out_of_range, "out_of_range", get_args(OutOfRangeMode))
        if out_of_range == "wrap" and not kind.integer:
            with at("out_of_range"):
                raise ValueError(
                    f"'wrap' is only valid for integer target types. Got target dtype {kind.dtype}."
                )
        put = object.__setattr__
        put(self, "dtype", dtype)
        put(self, "rounding", parse_choice(rounding, "rounding", get_args(RoundingMode)))
        put(self, "out_of_range", out_of_range)
        put(self, "scalar_map", None if scalar_map is None else _parse_map(scalar_map))

    @classmethod
    def from_dict(cls, data: dict[str, JSON]) -> Self:
        return configured(cls, data, "cast_value")

    def to_dict(self) -> dict[str, JSON]:
        configuration: dict[str, Any] = {"data_type": self.dtype.to_json(zarr_format=3)}
        if self.rounding != "nearest-even":
            configuration["rounding"] = self.rounding
        if self.out_of_range is not None:
            configuration["out_of_range"] = self.out_of_range
        if self.scalar_map is not None:
            configuration["scalar_map"] = self.scalar_map
        return {"name": "cast_value", "configuration": configuration}

    def __hash__(self) -> int:
        return hash((self.dtype, self.rounding, self.out_of_range))

    def validate(
        self, *, shape: tuple[int, ...], dtype: ZDType[Any, Any], chunk_grid: ChunkGridMetadata
    ) -> None:
        self._caster(dtype, self.dtype, "encode")
        self._caster(self.dtype, dtype, "decode")

    def resolve_metadata(self, chunk_spec: ArraySpec) -> ArraySpec:
        encode = self._caster(chunk_spec.dtype, self.dtype, "encode")
        decode = self._caster(self.dtype, chunk_spec.dtype, "decode")
        return replace(chunk_spec, dtype=self.dtype, fill_value=stored_fill(chunk_spec, encode, decode))

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: ArraySpec) -> int:
        return input_byte_length // _kind(chunk_spec.dtype).dtype.itemsize * _kind(self.dtype).dtype.itemsize

    def decoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        decode, shape = self._caster(self.dtype, spec.dtype, "decode"), spec.shape
        return lambda data: decode(np.atleast_1d(data)).reshape(shape)

    def encoder(self, spec: ArraySpec) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        encode, shape = self._caster(spec.dtype, self.dtype, "encode"), spec.shape
        return lambda data: encode(np.atleast_1d(data)).reshape(shape)

    def _caster(
        self, source: ZDType[Any, Any], target: ZDType[Any, Any], direction: str
    ) -> Callable[[npt.NDArray[Any]], npt.NDArray[Any]]:
        given, made = _kind(source), _kind(target)
        rounding, out_of_range = self.rounding, self.out_of_range
        with at(f"configuration.scalar_map.{direction}"):
            replaced = _Replacements((self.scalar_map or {}).get(direction, ()), source, target)

        def convert(data: npt.NDArray[Any]) -> npt.NDArray[Any]:
            values = np.asarray(data, given.dtype).astype(given.work, copy=False)
            if not replaced:
                return _cast.cast(values, given, made, rounding, out_of_range)
            found, stand_ins = replaced.find(values)
            rest = np.where(found, given.work.type(1), values)  # 1 is a value of every type
            out = _cast.cast(rest, given, made, rounding, out_of_range)
            out[found] = stand_ins[found]
            return out

        return convert


def _parse_type(data: Any) -> ZDType[Any, Any]:
    return data if isinstance(data, ZDType) else get_data_type_from_json(data, zarr_format=3)


def _kind(dtype: ZDType[Any, Any]) -> Kind:
    kind = kind_of(dtype.to_native_dtype())
    if kind is None:
        raise ValueError(
            f"cast_value codec only supports integer and floating-point data types. Got {dtype}."
        )
    return kind


def _parse_map(data: object) -> ScalarMap:
    with at("scalar_map"):
        if not isinstance(data, Mapping):
            raise TypeError(f"Expected a mapping. Got {data!r}.")
        for name in data:
            if name not in ("encode", "decode"):
                raise ValueError(f"Expected 'encode' and 'decode' only. Got {name!r}.")
        return {name: [_parse_pair(pair, name) for pair in _pairs(data[name], name)] for name in data}


def _pairs(data: object, name: str) -> Iterable[Any]:
    if isinstance(data, Mapping):
        return data.items()
    if isinstance(data, list | tuple):
        return cast("Iterable[Any]", data)
    with at(name):
        raise TypeError(f"Expected a list of pairs. Got {data!r}.")


def _parse_pair(data: object, name: str) -> list[Any]:
    if not isinstance(data, list | tuple) or len(data) != 2:
        with at(name):
            raise ValueError(f"Expected pairs of a value and what it becomes. Got {data!r}.")
    return [_scalar_json(item) for item in data]


def _scalar_json(data: Any) -> Any:
    """A scalar as a document has it."""
    item = data.item() if isinstance(data, np.generic) else data
    if isinstance(item, float) and not np.isfinite(item):
        return "NaN" if item != item else "Infinity" if item > 0 else "-Infinity"
    return item


class _Replacements:
    """The map of one direction, as sorted arrays of what is replaced and what by."""

    def __init__(
        self, pairs: Iterable[list[Any]], source: ZDType[Any, Any], target: ZDType[Any, Any]
    ) -> None:
        work = _kind(source).work
        made: dict[Any, tuple[Any, Any]] = {}
        for key, value in pairs:
            stored_key = np.asarray(_from_json(source, key)).astype(work)[()]
            label = None if stored_key != stored_key else stored_key
            made.setdefault(label, (stored_key, _from_json(target, value)))
        nan = made.pop(None, None)
        entries = [made[key] for key in sorted(made)]
        values = [value for _, value in (*entries, *([nan] if nan else []))]
        self._has_nan = nan is not None
        self._keys = np.array([key for key, _ in entries], work)
        self._values = np.array(values, _kind(target).dtype)

    def __bool__(self) -> bool:
        return len(self._values) > 0

    def find(self, values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[Any]]:
        """Which values are replaced, and what by (anything where they are not)."""
        if len(self._keys):
            index = np.minimum(np.searchsorted(self._keys, values), len(self._keys) - 1)
            found = self._keys[index] == values
        else:
            index, found = np.zeros(values.shape, np.intp), np.zeros(values.shape, bool)
        if self._has_nan:
            is_nan = np.isnan(values)
            index, found = np.where(is_nan, len(self._values) - 1, index), found | is_nan
        return found, self._values[index]


def _from_json(dtype: ZDType[Any, Any], data: Any) -> Any:
    try:
        return dtype.from_json_scalar(data, zarr_format=3)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{data!r} is not representable in {dtype}: {error}") from error


register_codec("cast_value", CastValue)
