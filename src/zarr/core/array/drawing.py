"""What a notebook shows of an array: its facts beside a drawing of its chunk grid (HTML and SVG). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from zarr.core.chunk_grids import DimensionGrid, FixedDimension
from zarr.core.info import human_readable_size

if TYPE_CHECKING:
    from zarr.core.array.array import Array

__all__ = ["draw_array", "draw_grid"]

_SIDE = 160
_MOST_LINES = 40


def draw_array(array: Array[Any]) -> str:
    """An HTML table of the facts, and a drawing of the last two dimensions of the chunk grid."""
    facts = array.info
    rows = [
        ("Store", str(array.store_path)),
        ("Shape", str(array.shape)),
        ("Data type", str(array.dtype)),
        ("Chunks", str(facts._chunk_shape)),
        *([("Shards", str(facts._shard_shape))] if facts._shard_shape is not None else []),
        ("Size", human_readable_size(array.nbytes)),
        ("Format", str(array.metadata.zarr_format)),
        ("Fill value", str(array.fill_value)),
    ]
    cells = "".join(
        f'<tr><th style="text-align:left">{name}</th><td style="text-align:left">{escape(value)}</td></tr>'
        for name, value in rows
    )
    outer = [_lengths(dim) for dim in array._chunk_grid.dimensions[-2:]]
    inner = outer
    if array.shards is not None:
        inner = [_equal(n, c) for n, c in zip(array.shape[-2:], array.chunks[-2:], strict=True)]
    drawing = draw_grid(array.shape[-2:], inner, outer)
    return (
        '<table style="border-collapse:collapse"><tr>'
        f'<td style="vertical-align:top"><table>{cells}</table></td>'
        f'<td style="padding-left:2em">{drawing}</td></tr></table>'
    )


def _lengths(dim: DimensionGrid) -> Sequence[int]:
    """Lengths of the chunks of an axis, or of runs of them where there are too many to draw."""
    if isinstance(dim, FixedDimension):
        return _equal(dim.extent, dim.size)
    return [dim.data_size(i) for i in range(dim.nchunks)]


def _equal(length: int, size: int) -> Sequence[int]:
    size *= max(1, -(-length // (size * _MOST_LINES)))
    return [min(size, length - start) for start in range(0, length, size)]


def draw_grid(shape: Sequence[int], inner: Sequence[Sequence[int]], outer: Sequence[Sequence[int]]) -> str:
    """A drawing of one or two dimensions: thin lines between chunks, thick ones between shards."""
    if not shape or 0 in shape:
        return ""
    rows, columns = (1, shape[0]) if len(shape) == 1 else (shape[0], shape[1])
    longest = max(rows, columns)
    width = max(_SIDE * columns / longest, 24)
    height = max(_SIDE * rows / longest, 24)
    lines = []
    for sizes, colour in ((inner, "#9bb"), (outer, "#355")):
        lines += [
            f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{height:.1f}" stroke="{colour}"/>'
            for x in _cuts(sizes[-1], width)
        ]
        if len(shape) == 2:
            lines += [
                f'<line x1="0" y1="{y:.1f}" x2="{width:.1f}" y2="{y:.1f}" stroke="{colour}"/>'
                for y in _cuts(sizes[0], height)
            ]
    return (
        f'<svg width="{width + 2:.0f}" height="{height + 2:.0f}" viewBox="-1 -1 {width + 2:.1f} {height + 2:.1f}">'
        f'<rect width="{width:.1f}" height="{height:.1f}" fill="#dee" stroke="#355"/>{"".join(lines)}</svg>'
    )


def _cuts(sizes: Sequence[int], length: float) -> list[float]:
    """Where lines go between parts of these sizes; few enough to be told apart."""
    if len(sizes) > _MOST_LINES:
        step = -(-len(sizes) // _MOST_LINES)
        sizes = [sum(sizes[i : i + step]) for i in range(0, len(sizes), step)]
    total, at, cuts = sum(sizes), 0, []
    for size in sizes[:-1]:
        at += size
        cuts.append(length * at / total)
    return cuts
