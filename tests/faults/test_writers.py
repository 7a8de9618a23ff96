"""Processes and threads that change the same things at the same time, in rounds, each with what must be there after.

``ZARR_FAULT_ROUNDS`` is how many rounds (3 by default).
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr.errors import ContainsArrayError

ROUNDS = int(os.environ.get("ZARR_FAULT_ROUNDS", "3"))
WRITERS = 4
TURNS = 12


def together(kind: str, work: Callable[..., Any], path: Path) -> None:
    """Run ``work(path, number, wait)`` in several writers that begin at the same moment."""
    if kind == "threads":
        gate: Any = threading.Barrier(WRITERS)
        failures: list[BaseException] = []

        def run(number: int) -> None:
            try:
                work(path, number, gate.wait)
            except BaseException as error:
                failures.append(error)

        writers: list[Any] = [threading.Thread(target=run, args=(i,)) for i in range(WRITERS)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert not failures
        return
    context: Any = multiprocessing.get_context(kind)
    gate = context.Barrier(WRITERS)
    writers = [context.Process(target=work, args=(path, i, gate.wait)) for i in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS


KINDS = ["threads", *(["fork"] if "fork" in multiprocessing.get_all_start_methods() else ["spawn"])]
kinds = pytest.mark.parametrize("kind", KINDS)
rounds = pytest.mark.parametrize("round_", range(ROUNDS))
formats = pytest.mark.parametrize("zarr_format", [2, 3])


def write_parts(path: Path, number: int, wait: Callable[[], Any]) -> None:
    array = zarr.open_array(path, mode="r+")
    wait()
    for turn in range(TURNS):
        array[number::WRITERS] = turn + 1


@kinds
@rounds
@pytest.mark.parametrize("options", [{}, {"shards": (40,)}, {"zarr_format": 2}])
def test_parts_of_one_chunk(tmp_path: Path, kind: str, round_: int, options: dict[str, Any]) -> None:
    chunks = 5 if "shards" in options else 40
    zarr.create_array(tmp_path, shape=40, chunks=chunks, dtype="i8", **options)
    together(kind, write_parts, tmp_path)
    np.testing.assert_array_equal(zarr.open_array(tmp_path)[...], np.full(40, TURNS))


def fill_and_clear(path: Path, number: int, wait: Callable[[], Any]) -> None:
    array = zarr.open_array(path, mode="r+")
    wait()
    for turn in range(TURNS):  # the fill value makes the chunk go away, if it is all that is in it
        array[number * 10 : number * 10 + 10] = 0 if turn % 2 == 0 else number + 1
    array[number * 10 : number * 10 + 10] = number + 1


@kinds
@rounds
def test_a_chunk_that_comes_and_goes(tmp_path: Path, kind: str, round_: int) -> None:
    zarr.create_array(tmp_path, shape=40, chunks=40, dtype="i8")
    together(kind, fill_and_clear, tmp_path)
    np.testing.assert_array_equal(zarr.open_array(tmp_path)[...], np.repeat([1, 2, 3, 4], 10))


FIELDS = [(f"f{number}", "<i8") for number in range(WRITERS)]


def write_fields(path: Path, number: int, wait: Callable[[], Any]) -> None:
    array = zarr.open_array(path, mode="r+")
    wait()
    for turn in range(TURNS):  # all of every chunk, half of one, and two of its records
        array[f"f{number}"] = np.arange(40) + turn
        array[f"f{number}", turn : turn + 20] = turn
        array.set_coordinate_selection([turn, 39], turn, fields=f"f{number}")


@kinds
@rounds
@pytest.mark.parametrize("options", [{}, {"shards": (40,)}, {"zarr_format": 2}])
def test_fields_of_the_same_records(tmp_path: Path, kind: str, round_: int, options: dict[str, Any]) -> None:
    zarr.create_array(tmp_path, shape=40, chunks=20, dtype=np.dtype(FIELDS), **options)
    together(kind, write_fields, tmp_path)
    expected = np.arange(40) + TURNS - 1
    expected[TURNS - 1 : TURNS + 19] = TURNS - 1
    expected[39] = TURNS - 1
    found: Any = zarr.open_array(tmp_path)[...]
    for name, _ in FIELDS:
        np.testing.assert_array_equal(found[name], expected, name)


def append_blocks(path: Path, number: int, wait: Callable[[], Any]) -> None:
    array = zarr.open_array(path, mode="r+")
    wait()
    for turn in range(TURNS):
        array.append(np.full(7, number * 1000 + turn))


@kinds
@rounds
@formats
def test_appends(tmp_path: Path, kind: str, round_: int, zarr_format: Any) -> None:
    zarr.create_array(tmp_path, shape=0, chunks=10, dtype="i8", zarr_format=zarr_format)
    together(kind, append_blocks, tmp_path)
    blocks = zarr.open_array(tmp_path)[...].reshape(-1, 7)
    assert (blocks == blocks[:, :1]).all()
    assert sorted(blocks[:, 0]) == sorted(n * 1000 + t for n in range(WRITERS) for t in range(TURNS))


def set_attributes(path: Path, number: int, wait: Callable[[], Any]) -> None:
    node = zarr.open(path, mode="r+")
    wait()
    for turn in range(TURNS):
        node.attrs[f"{number}-{turn}"] = turn


@kinds
@rounds
@formats
@pytest.mark.parametrize("node", ["array", "group"])
def test_attributes(tmp_path: Path, kind: str, round_: int, zarr_format: Any, node: str) -> None:
    if node == "array":
        zarr.create_array(tmp_path, shape=3, dtype="i8", zarr_format=zarr_format)
    else:
        zarr.create_group(tmp_path, zarr_format=zarr_format)
    together(kind, set_attributes, tmp_path)
    expected = {f"{n}-{t}": t for n in range(WRITERS) for t in range(TURNS)}
    assert dict(zarr.open(tmp_path).attrs) == expected


def resize_or_set(path: Path, number: int, wait: Callable[[], Any]) -> None:
    array = zarr.open_array(path, mode="r+")
    wait()
    for turn in range(TURNS):
        if number == 0:
            array.resize(100 + turn)
        else:
            array.attrs[f"{number}-{turn}"] = turn


@kinds
@rounds
def test_an_attribute_reverts_no_resize(tmp_path: Path, kind: str, round_: int) -> None:
    zarr.create_array(tmp_path, shape=3, dtype="i8")
    together(kind, resize_or_set, tmp_path)
    array = zarr.open_array(tmp_path)
    assert array.shape == (100 + TURNS - 1,)
    assert len(array.attrs) == (WRITERS - 1) * TURNS


def create_all(path: Path, number: int, wait: Callable[[], Any]) -> None:
    group = zarr.open_group(path, mode="r+")
    won = []
    wait()
    for turn in range(TURNS):
        try:
            group.create_array(f"a{turn}", shape=number + 1, dtype="i8", attributes={"by": number})
            won.append(turn)
        except ContainsArrayError:
            pass
    group.create_group(f"winner{number}", attributes={"won": won})


@kinds
@rounds
@formats
def test_of_those_who_create_a_node_one_wins(
    tmp_path: Path, kind: str, round_: int, zarr_format: Any
) -> None:
    zarr.create_group(tmp_path, zarr_format=zarr_format)
    together(kind, create_all, tmp_path)
    group = zarr.open_group(tmp_path)
    won: Any = [group[f"winner{n}"].attrs["won"] for n in range(WRITERS)]
    assert sorted(turn for turns in won for turn in turns) == list(range(TURNS))
    for number, turns in enumerate(won):
        for turn in turns:
            node: Any = group[f"a{turn}"]
            assert (node.shape, node.attrs["by"]) == ((number + 1,), number)
