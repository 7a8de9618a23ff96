"""What a type checker has to see of the API; checked by mypy, never run."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, assert_type

import numpy as np

import zarr
from zarr import Array, AsyncArray, AsyncGroup, Group
from zarr.abc.buffer import NDArrayLikeOrScalar
from zarr.api import asynchronous
from zarr.core.attributes import Attributes
from zarr.core.group.tree import TreeRepr
from zarr.core.info import ArrayInfo, GroupInfo


def functions() -> None:
    assert_type(zarr.create_array("x", shape=(3,), dtype="i4"), Array[Any])
    assert_type(zarr.create((3,)), Array[Any])
    assert_type(zarr.zeros_like(np.zeros(3)), Array[Any])
    assert_type(zarr.open_array("x"), Array[Any])
    assert_type(zarr.open_group("x", mode="r"), Group)
    assert_type(zarr.open("x"), Array[Any] | Group)
    assert_type(zarr.load("x"), NDArrayLikeOrScalar | dict[str, NDArrayLikeOrScalar])
    zarr.save("x", np.zeros(3))
    zarr.create_array("x", shap=(3,))  # type: ignore[call-arg]
    zarr.open_group("x", mode="no")  # type: ignore[arg-type]


def arrays(z: Array[Any]) -> None:
    assert_type(z[...], NDArrayLikeOrScalar)
    assert_type(z.oindex[0], NDArrayLikeOrScalar)
    assert_type(z.get_basic_selection(slice(3)), NDArrayLikeOrScalar)
    assert_type(z.shape, tuple[int, ...])
    assert_type(z.shards, tuple[Any, ...] | None)
    assert_type(z.dtype, np.dtype[Any])
    assert_type(z.info, ArrayInfo)
    assert_type(z.attrs, Attributes)
    assert_type(z.path, str)
    assert_type(z.append(np.zeros(3), axis=0), tuple[int, ...])
    assert_type(z.nchunks_initialized, int)
    assert_type(z.nbytes_stored(), int)
    assert_type(z.async_array, AsyncArray[Any])
    z[0] = 1
    z.resize((3,), delete_outside_chunks=False)
    z.resize((3,), delete=True)  # type: ignore[call-arg]
    z.shape = (3,)  # type: ignore[misc]


def groups(g: Group) -> None:
    assert_type(g["a"], Array[Any] | Group)
    assert_type(g.get("a"), Array[Any] | Group | None)
    assert_type(g.create_array("a", shape=(3,), dtype="i4"), Array[Any])
    assert_type(g.require_array("a", shape=(3,)), Array[Any])
    assert_type(g.zeros(name="a", shape=(3,)), Array[Any])
    assert_type(g.create_group("b"), Group)
    assert_type(g.members(), tuple[tuple[str, Array[Any] | Group], ...])
    assert_type(g.arrays(), Generator[tuple[str, Array[Any]], None, None])
    assert_type(g.group_values(), Generator[Group, None, None])
    assert_type(g.keys(), Generator[str, None, None])
    assert_type(g.nmembers(), int)
    assert_type(g.info, GroupInfo)
    assert_type(g.tree(), TreeRepr)
    assert_type(len(g), int)
    assert_type("a" in g, bool)
    g.create_array("a", shap=(3,))  # type: ignore[call-arg]


async def awaited(z: AsyncArray[Any], g: AsyncGroup) -> None:
    assert_type(await z.getitem(...), NDArrayLikeOrScalar)
    assert_type(await z.resize((3,)), None)
    assert_type(await g.getitem("a"), AsyncArray[Any] | AsyncGroup)
    assert_type(await g.create_array("a", shape=(3,), dtype="i4"), AsyncArray[Any])
    assert_type(await asynchronous.create_array("x", shape=(3,), dtype="i4"), AsyncArray[Any])
    assert_type(await asynchronous.open_group("x"), AsyncGroup)
    async for name, array in g.arrays():
        assert_type(name, str)
        assert_type(array, AsyncArray[Any])
