"""Names of nodes, paths, keys, attributes, and ranges of keys. Needs no array."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING, Any, TypeVar

import hypothesis.strategies as st

from zarr.abc.store import ByteRequest, OffsetByteRequest, RangeByteRequest, Store, SuffixByteRequest
from zarr.core.sync import sync
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "SUBCHUNK_WRITE_ORDER",
    "array_names",
    "attrs",
    "chunk_paths",
    "clear_store",
    "compressors",
    "dimension_names",
    "key_ranges",
    "keys",
    "node_names",
    "paths",
    "short_node_names",
    "stores",
    "subchunk_write_orders",
    "zarr_formats",
    "zarr_key_chars",
    "zarr_keys",
]

T_Store = TypeVar("T_Store", bound=Store)

SUBCHUNK_WRITE_ORDER = ("morton", "unordered", "lexicographic", "colexicographic")
"""Orders in which the inner chunks of a shard may be written."""

_MAX_POSITION = 2**63 - 1

zarr_key_chars: SearchStrategy[str] = st.sampled_from(
    ".-" + string.digits + string.ascii_uppercase + "_" + string.ascii_lowercase
)


def _is_node_name(name: str) -> bool:
    return name not in (".", "..") and not name.startswith("__") and name.lower() != "zarr.json"


node_names: SearchStrategy[str] = st.text(zarr_key_chars, min_size=1).filter(_is_node_name)
"""Names that are valid in every store and both formats."""

short_node_names: SearchStrategy[str] = st.text(zarr_key_chars, min_size=1, max_size=3).filter(_is_node_name)
array_names: SearchStrategy[str] = node_names

_attr_keys = st.text(st.characters(), min_size=1)
_attr_values = st.recursive(
    st.none() | st.booleans() | st.text(st.characters(), max_size=5),
    lambda children: st.lists(children) | st.dictionaries(_attr_keys, children),
    max_leaves=3,
)
attrs: SearchStrategy[dict[str, Any] | None] = st.none() | st.dictionaries(_attr_keys, _attr_values)
"""User attributes of a node, or None."""

zarr_formats: SearchStrategy[Any] = st.sampled_from([3, 2])
compressors: SearchStrategy[Any] = st.sampled_from([None, "default"])
subchunk_write_orders: SearchStrategy[Any] = st.sampled_from(SUBCHUNK_WRITE_ORDER)


def clear_store(x: T_Store) -> T_Store:
    """Delete everything in a store, and return it."""
    sync(x.clear())
    return x


stores: SearchStrategy[Any] = st.builds(MemoryStore, st.just({})).map(clear_store)
"""Empty stores in memory."""


@st.composite
def keys(draw: DrawFn, *, max_num_nodes: int | None = None) -> str:
    """Keys made of one to ``max_num_nodes`` names."""
    return "/".join(draw(st.lists(node_names, min_size=1, max_size=max_num_nodes)))


zarr_keys = keys


@st.composite
def paths(draw: DrawFn, *, max_num_nodes: int | None = None) -> str:
    """Paths of nodes: the root ``/``, or as ``keys``."""
    return draw(st.just("/") | keys(max_num_nodes=max_num_nodes))


@st.composite
def dimension_names(draw: DrawFn, *, ndim: int | None = None) -> list[str | None] | None:
    """Names of ``ndim`` dimensions, some of them None or empty, or None for no names at all."""
    names: SearchStrategy[str | None] = st.none() | st.text(zarr_key_chars, max_size=15)
    return draw(st.none() | st.lists(names, min_size=ndim or 0, max_size=ndim))


@st.composite
def key_ranges(
    draw: DrawFn, keys: SearchStrategy[str] = node_names, max_size: int = _MAX_POSITION
) -> list[tuple[str, ByteRequest | None]]:
    """Pairs of key and range, as ``Store.get_partial_values`` takes them; positions up to ``max_size``."""
    positions = st.integers(0, max_size)
    ranges: SearchStrategy[ByteRequest | None] = st.one_of(
        st.none(),
        st.tuples(positions, positions).map(lambda p: RangeByteRequest(min(p), max(p))),
        positions.map(OffsetByteRequest),
        positions.map(SuffixByteRequest),
    )
    return draw(st.lists(st.tuples(keys, ranges), min_size=1, max_size=10))


@st.composite
def chunk_paths(draw: DrawFn, ndim: int, numblocks: tuple[int, ...], subset: bool = True) -> str:
    """Indices of a chunk joined by slashes; with ``subset`` perhaps only the first of them, or none."""
    chunk = draw(st.tuples(*(st.integers(0, max(0, n - 1)) for n in numblocks)))
    length = draw(st.integers(0, ndim)) if subset else ndim
    return "/".join(map(str, chunk[:length]))
