"""Arrays of random layouts against NumPy arrays: every way of indexing, over every engine."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engines import check_same_bytes, make_engines
from hypothesis import given
from hypothesis import strategies as st
from layouts import (
    Layout,
    blank,
    block_selections,
    layouts,
    masks,
    native,
    numpy_selections,
    outer_selections,
    points,
    random_values,
    same,
)

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")

WAYS = ("[]", "[]", "orthogonal", "coordinate", "mask", "block", "basic")


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def ways_of(ndim: int) -> tuple[str, ...]:
    return WAYS if ndim else ("[]", "basic", "orthogonal", "block")


@st.composite
def selections(draw: st.DrawFn, layout: Layout, *, unique: bool) -> tuple[str, Any]:
    """A way of indexing, and a selection for it."""
    way = draw(st.sampled_from(ways_of(len(layout.shape))))
    shape = layout.shape
    if way == "[]":
        return way, draw(numpy_selections(shape))
    if way == "orthogonal":
        return way, draw(outer_selections(shape, unique))
    if way == "coordinate":
        return way, draw(points(shape))
    if way == "mask":
        return way, masks(draw, shape)
    if way == "block":
        return way, draw(block_selections(tuple(map(len, layout.edges))))
    return way, draw(
        outer_selections(shape, unique).filter(lambda s: not any(isinstance(i, np.ndarray) for i in s))
    )


def numpy_index(layout: Layout, way: str, selection: Any) -> tuple[Any, tuple[int, ...]]:
    """The index that means the same to NumPy, and the axes of its result that the way drops."""
    if way == "block":
        return tuple(_block(e, item) for e, item in zip(layout.edges, selection, strict=True)), ()
    if way != "orthogonal" or not layout.shape:
        return selection, ()
    axes = [np.atleast_1d(np.arange(n)[item]) for n, item in zip(layout.shape, selection, strict=True)]
    return np.ix_(*axes), tuple(i for i, item in enumerate(selection) if isinstance(item, int))


def _block(edges: tuple[int, ...], item: Any) -> slice:
    starts = np.cumsum([0, *edges])
    first, last = (
        (item % len(edges), item % len(edges) + 1) if isinstance(item, int) else item.indices(len(edges))[:2]
    )
    return slice(int(starts[first]), int(starts[max(first, last)]))


def expected_part(model: Any, layout: Layout, way: str, selection: Any) -> Any:
    index, dropped = numpy_index(layout, way, selection)
    return np.asarray(model[index], model.dtype).squeeze(axis=dropped)


def assign(model: Any, layout: Layout, way: str, selection: Any, value: Any) -> None:
    index, dropped = numpy_index(layout, way, selection)
    if dropped and np.ndim(value):
        value = np.expand_dims(
            np.broadcast_to(value, expected_part(model, layout, way, selection).shape), dropped
        )
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value[()]  # NumPy puts the array itself in an element that is an object
    model[index] = value


@st.composite
def assigned(draw: st.DrawFn, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """A value for a part of this shape: all of it, one that is broadcast, a scalar, one of another type."""
    form = draw(st.sampled_from(["whole", "whole", "ones", "less", "scalar", "fill"]))
    seed = draw(st.integers(0, 999))
    if form == "ones":
        shape = tuple(1 if draw(st.booleans()) else n for n in shape)
    elif form == "less":
        shape = shape[draw(st.integers(0, len(shape))) :]
    elif form in ("scalar", "fill"):
        shape = ()
    value = blank(shape, dtype) if form == "fill" else random_values(dtype, shape, seed)
    if dtype.kind in "fc" and draw(st.booleans()):
        value = random_values(np.dtype(draw(st.sampled_from(["int8", ">f4", "bool"]))), shape, seed)
    if draw(st.booleans()) and value.ndim:
        value = np.asfortranarray(value)
    return value if value.ndim or draw(st.booleans()) else value[()]


@st.composite
def stories(draw: st.DrawFn) -> tuple[Layout, list[Any]]:
    """A layout, and reads and writes in turn."""
    layout = draw(layouts())
    model = layout.model()
    steps = []
    for _ in range(draw(st.integers(1, 4))):
        way, selection = draw(selections(layout, unique=True))
        part = expected_part(model, layout, way, selection)
        value = draw(assigned(native(layout.dtype), part.shape))
        steps.append((way, selection, value, *draw(selections(layout, unique=False))))
    return layout, steps


@pytest.mark.differential
@given(story=stories())
def test_every_engine_reads_and_stores_what_numpy_has(runner: asyncio.Runner, story: Any) -> None:
    layout, steps = story
    model = layout.model()
    with tempfile.TemporaryDirectory() as root:
        engines = make_engines(layout, Path(root), runner.run)
        for way, selection, value, read_way, read_selection in steps:
            assign(model, layout, way, selection, value)
            for engine in engines:
                engine.write(way, selection, value)
            check_same_bytes(engines)
            expected = expected_part(model, layout, read_way, read_selection)
            for engine in engines:
                got = engine.read(read_way, read_selection)
                same(got, expected)
                same(engine.read("[]", ...), model)
                assert isinstance(got, np.generic | np.ndarray | str | bytes), engine.name


@st.composite
def wrong_values(draw: st.DrawFn) -> tuple[Layout, str, Any, Any]:
    """A selection of a layout with a value that cannot be broadcast to it."""
    layout = draw(layouts(min_dims=1, max_dims=3).filter(lambda x: all(x.shape)))
    way, selection = draw(selections(layout, unique=True))
    part = expected_part(layout.model(), layout, way, selection)
    extra = draw(st.sampled_from(["longer", "more dimensions"]))
    shape = tuple(n + 2 for n in part.shape) if extra == "longer" and part.ndim else (2, *part.shape)
    return layout, way, selection, random_values(native(layout.dtype), shape, 1)


@pytest.mark.differential
@given(case=wrong_values())
def test_a_value_that_does_not_broadcast_changes_nothing(runner: asyncio.Runner, case: Any) -> None:
    layout, way, selection, value = case
    message = "could not broadcast input array from shape"
    if native(layout.dtype).kind == "O":
        message += "|cannot be stored as VariableLengthBytes"  # one element is given an array as its object
    with tempfile.TemporaryDirectory() as root:
        engines = make_engines(layout, Path(root), runner.run)
        for engine in engines:
            engine.write("[]", ..., random_values(native(layout.dtype), layout.shape, 2))
            before = engine.stored()
            with pytest.raises((ValueError, TypeError), match=message):
                engine.write(way, selection, value)
            assert engine.stored() == before, engine.name


@pytest.mark.differential
@given(story=stories())
def test_out_is_filled(story: Any) -> None:
    layout, steps = story
    with tempfile.TemporaryDirectory() as root:
        (engine, *_) = make_engines(layout, Path(root), asyncio.run)
        model = random_values(native(layout.dtype), layout.shape, 5)
        engine.write("[]", ..., model)
        for *_, way, selection in steps:
            if way == "[]":
                continue
            expected = expected_part(model, layout, way, selection)
            out = np.empty(expected.shape, native(layout.dtype))
            method = getattr(engine.array, f"get_{way}_selection")
            returned = method(selection, out=out)
            same(out, expected)
            same(returned, expected)
