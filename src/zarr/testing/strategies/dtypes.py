"""Data types: those of NumPy that arrays can have, and Zarr's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.extra.numpy as npst
import hypothesis.strategies as st
import numpy as np

import zarr.dtype as zdtype

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from zarr.dtype import ZDType

__all__ = [
    "DATETIME_UNIT",
    "dtypes",
    "safe_unicode_for_dtype",
    "structured_dtypes",
    "v2_dtypes",
    "v3_dtypes",
    "zdtypes",
]

DATETIME_UNIT = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "μs", "ns", "ps", "fs", "as", "generic")
"""Units of dates and durations, as Zarr's documents spell them."""

_orders = st.sampled_from(["little", "big"])


def dtypes() -> SearchStrategy[np.dtype[Any]]:
    """Data types of NumPy with a size, in the machine's byte order, without structured ones."""
    return st.one_of(
        npst.boolean_dtypes(),
        npst.integer_dtypes(endianness="="),
        npst.unsigned_integer_dtypes(endianness="="),
        npst.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
        npst.complex_number_dtypes(endianness="=", sizes=(64, 128)),
        npst.byte_string_dtypes(endianness="=", min_len=1),
        npst.unicode_string_dtypes(endianness="=", min_len=1),
        npst.datetime64_dtypes(endianness="="),
        npst.timedelta64_dtypes(endianness="="),
    )


def v2_dtypes() -> SearchStrategy[np.dtype[Any]]:
    """Data types that format 2 can store."""
    return dtypes()


def v3_dtypes() -> SearchStrategy[np.dtype[Any]]:
    """Data types that format 3 can store."""
    return dtypes()


def safe_unicode_for_dtype(dtype: np.dtype[np.str_]) -> SearchStrategy[str]:
    """Text of at most the data type's length that can be encoded: no surrogates."""
    return st.text(
        alphabet=st.characters(exclude_categories=["Cs"], min_codepoint=32),
        max_size=dtype.itemsize // 4 or None,
    )


# --- Zarr's


def _scaled(kind: type[Any]) -> SearchStrategy[ZDType[Any, Any]]:
    units = st.sampled_from([u for u in DATETIME_UNIT if u not in ("μs", "generic")])
    scales = st.just(1) | st.integers(1, 2**31 - 1)
    return st.builds(kind, endianness=_orders, unit=units, scale_factor=scales)


def _leaf_zdtypes() -> SearchStrategy[ZDType[Any, Any]]:
    one_byte = [zdtype.Bool, zdtype.Int8, zdtype.UInt8]
    ordered = [
        *(zdtype.Int16, zdtype.Int32, zdtype.Int64, zdtype.UInt16, zdtype.UInt32, zdtype.UInt64),
        *(zdtype.Float16, zdtype.Float32, zdtype.Float64, zdtype.Complex64, zdtype.Complex128),
    ]
    lengths = st.integers(1, 16)
    return st.one_of(
        st.sampled_from(one_byte).map(lambda kind: kind()),
        st.builds(lambda kind, order: kind(endianness=order), st.sampled_from(ordered), _orders),
        _scaled(zdtype.DateTime64),
        _scaled(zdtype.TimeDelta64),
        st.builds(zdtype.FixedLengthUTF32, length=lengths, endianness=_orders),
        st.builds(zdtype.NullTerminatedBytes, length=lengths),
        st.builds(zdtype.RawBytes, length=lengths),
    )


_field_names = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=4)


@st.composite
def _structs(draw: DrawFn, fields: SearchStrategy[ZDType[Any, Any]]) -> ZDType[Any, Any]:
    members = draw(
        st.lists(st.tuples(_field_names, fields), min_size=1, max_size=4, unique_by=lambda m: m[0])
    )
    return zdtype.Struct(fields=tuple(members))


def zdtypes(*, max_leaves: int = 6) -> SearchStrategy[ZDType[Any, Any]]:
    """Data types of Zarr with a fixed size, in both byte orders, structured ones among them.

    Parameters
    ----------
    max_leaves
        About the most fields of a structured data type, with those nested in it.
    """
    leaves = _leaf_zdtypes()
    return leaves | st.recursive(leaves, _structs, max_leaves=max_leaves)


@st.composite
def structured_dtypes(draw: DrawFn, *, allow_extended: bool = False, max_depth: int = 3) -> np.dtype[np.void]:
    """Structured data types of NumPy, nested up to ``max_depth``.

    Parameters
    ----------
    allow_extended
        Also give fields titles, and padding between them, which Zarr's documents cannot describe.
    """
    fields = _leaf_zdtypes().map(lambda leaf: leaf.to_native_dtype())
    if max_depth > 1:
        fields = fields | structured_dtypes(allow_extended=allow_extended, max_depth=max_depth - 1)
    names = draw(st.lists(_field_names, min_size=1, max_size=4, unique=True))
    spec: list[tuple[Any, Any]] = []
    for name in names:
        # a title is a second name, and must not be that of another field
        title = allow_extended and draw(st.booleans())
        spec.append(((name.upper(), name) if title else name, draw(fields)))
    return np.dtype(spec, align=allow_extended and draw(st.booleans()))
