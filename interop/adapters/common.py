"""What the Python adapters share: the command line, the comparison and the report.

An adapter script implements Adapter and calls main(). It is run as ``SCRIPT write CASEFILE DIR`` or
``SCRIPT read CASEFILE DIR`` and prints one JSON document: ``versions`` and, for each case, ``name``,
``status`` (ok, unsupported or fail), ``message`` and, for a written case, ``parts``: which of array,
attributes and group the writer's library can write. A reader checks the parts that its casefile says.

Case NAME lies in DIR/NAME.zarr: a group, with its array at ``array`` therein; a hierarchy case is that group.
``unsupported`` comes only from the adapter's rules, which see the case and nothing else; every exception of
a library is a failure.
"""

from __future__ import annotations

import base64
import json
import sys
import traceback
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

Case = dict[str, Any]
PARTS = ["array", "attributes", "group"]


@dataclass
class Found:
    """What a reader got for one array; None for a part that was not asked for."""

    data: Any
    attributes: Any = None


class Adapter:
    """What an adapter implements; what its library cannot do stays as it is here, behind a rule."""

    parts: ClassVar[list[str]] = PARTS

    def lacks_attributes(self, case: Case) -> bool:
        """Whether the library has no attributes for arrays like this one, though it has for others."""
        return False

    def versions(self) -> dict[str, str]:
        raise NotImplementedError

    def unsupported(self, case: Case, direction: str) -> str | None:
        """Why the library cannot do this case, by rule; None when it should."""
        return None

    def write_group(self, case: Case, path: Path, attributes: Case) -> None:
        raise NotImplementedError

    def write_array(self, case: Case, path: Path) -> None:
        raise NotImplementedError

    def read_group(self, case: Case, path: Path) -> Any:
        """The attributes of a group."""
        raise NotImplementedError

    def read_array(self, case: Case, path: Path) -> Found:
        raise NotImplementedError

    def consolidate(self, case: Case, path: Path) -> None:
        raise NotImplementedError

    def read_tree(self, case: Case, path: Path) -> tuple[dict[str, Any], dict[str, Found]]:
        """Attributes of every group and content of every array below path, discovered, by relative path."""
        raise NotImplementedError


# The data types that every implementation has or is measured by; the rest is special to a few.
NUMERIC = {f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)}
NUMERIC |= {"bool", "float16", "float32", "float64", "complex64", "complex128"}


def is_numeric(case: Case) -> bool:
    return isinstance(case["dtype"], str) and case["dtype"] in NUMERIC


def dtype_of(case: Case) -> np.dtype[Any]:
    """The dtype in native byte order; object stands for ``string``."""
    dtype = case["dtype"]
    if dtype == "string":
        return np.dtype(object)
    return np.dtype([tuple(field) for field in dtype] if isinstance(dtype, list) else dtype)


def data_of(case: Case) -> np.ndarray[Any, Any]:
    """The expected content in native byte order."""
    dtype = dtype_of(case)
    if dtype.kind == "O":
        return np.array(case["data"], dtype).reshape(case["shape"])
    flat = np.frombuffer(base64.b64decode(case["data"]), dtype.newbyteorder("<"))
    return flat.reshape(case["shape"]).astype(dtype)


def fill_of(case: Case) -> Any:
    """The fill value as a NumPy scalar of the dtype, or None where format 2 has null."""
    dtype, fill = dtype_of(case), case["fill"]
    if fill is None or dtype.kind == "O":
        return fill
    if dtype.names:
        return np.array(tuple(fill), dtype)[()]
    if dtype.kind in "SUmM":
        return np.array(fill, dtype)[()]
    if dtype.kind == "c":
        return np.array([float(part) for part in fill], f"f{dtype.itemsize // 2}").view(dtype)[0]
    return dtype.type(float(fill) if dtype.kind == "f" else fill)


def v2_dtype(case: Case) -> np.dtype[Any]:
    """The dtype as stored in format 2, byte order included."""
    return dtype_of(case).newbyteorder({"little": "<", "big": ">"}[case["byteorder"]])


def written_boxes(case: Case) -> list[tuple[slice, ...]]:
    if case["regions"] is None:
        return [tuple(slice(0, length) for length in case["shape"])]
    return [tuple(slice(*bounds) for bounds in region) for region in case["regions"]]


def write_boxes(target: Any, case: Case) -> None:
    """Assign the written regions through ``target[slices] = values``."""
    data = data_of(case)
    for box in written_boxes(case):
        target[box] = data[box]


def codec_names(codecs: list[Case]) -> list[str]:
    """The names of all codecs of a chain, those inside shards included, those of shard indexes not."""
    names = []
    for codec in codecs:
        names.append(codec["name"])
        names += codec_names(codec.get("configuration", {}).get("codecs", []))
    return names


def difference(case: Case, data: Any) -> str | None:
    """How the data differs from what is expected, bit by bit; None when it does not."""
    expected, found = data_of(case), np.asarray(data)
    if found.shape != expected.shape:
        return f"shape {found.shape}, expected {expected.shape}"
    if case["dtype"] == "string":
        if found.dtype.kind not in "OT":
            return f"dtype {found.dtype}, expected strings"
        return None if found.tolist() == expected.tolist() else f"strings {found.tolist()}"
    if (found.dtype.kind, found.dtype.itemsize) != (expected.dtype.kind, expected.dtype.itemsize):
        return f"dtype {found.dtype}, expected {expected.dtype}"
    little = found.astype(found.dtype.newbyteorder("<"))
    if little.tobytes() == expected.astype(expected.dtype.newbyteorder("<")).tobytes():
        return None
    wrong = np.ascontiguousarray(found.astype(expected.dtype)).reshape(-1).view(np.uint8)
    at = int(np.nonzero(wrong != expected.reshape(-1).view(np.uint8))[0][0]) // expected.dtype.itemsize
    index = tuple(int(i) for i in np.unravel_index(at, expected.shape))
    return f"element {index} is {found[index]!r}, expected {expected[index]!r}"


def attribute_difference(what: str, found: Any, expected: Case) -> str | None:
    return None if found == expected else f"attributes of {what} are {found!r}"


def check_array(case: Case, found: Found, parts: list[str], what: str = "the array") -> list[str | None]:
    problems = [difference(case, found.data)]
    if "attributes" in parts:
        problems.append(attribute_difference(what, found.attributes, case["attributes"]))
    return problems


def check_tree(case: Case, groups: dict[str, Any], arrays: dict[str, Found]) -> list[str | None]:
    if (sorted(groups), sorted(arrays)) != (sorted(case["groups"]), sorted(case["arrays"])):
        return [f"found groups {sorted(groups)} and arrays {sorted(arrays)}"]
    problems = [attribute_difference(path, groups[path], case["groups"][path]) for path in groups]
    for path, array in case["arrays"].items():
        problems += check_array(array, arrays[path], PARTS, path)
    return problems


def parts_of(adapter: Adapter, case: Case) -> list[str]:
    return [part for part in adapter.parts if part != "attributes" or not adapter.lacks_attributes(case)]


def write_case(adapter: Adapter, case: Case, path: Path) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if "arrays" in case:
        for name, attributes in case["groups"].items():
            adapter.write_group(case, path / name, attributes)
        for name, array in case["arrays"].items():
            adapter.write_array(array, path / name)
        if case["consolidated"]:
            adapter.consolidate(case, path)
        return PARTS
    if "group" in adapter.parts:
        adapter.write_group(case, path, case["group_attributes"])
    adapter.write_array(case, path / "array")
    return parts_of(adapter, case)


def read_case(adapter: Adapter, case: Case, path: Path) -> list[str | None]:
    """The problems found, None for each check that passed."""
    if "arrays" in case:
        return check_tree(case, *adapter.read_tree(case, path))
    parts = [part for part in case["parts"] if part in parts_of(adapter, case)]
    problems = check_array(case, adapter.read_array(case, path / "array"), parts)
    if "group" in parts:
        attributes = adapter.read_group(case, path)
        problems.append(attribute_difference("the group", attributes, case["group_attributes"]))
    return problems


def run_case(adapter: Adapter, direction: str, case: Case, path: Path) -> Case:
    report: Case = {"name": case["name"], "status": "ok", "message": ""}
    if reason := adapter.unsupported(case, direction):
        return report | {"status": "unsupported", "message": reason}
    try:
        if direction == "write":
            return report | {"parts": write_case(adapter, case, path)}
        problems = [problem for problem in read_case(adapter, case, path) if problem]
    except KeyboardInterrupt:
        raise
    # Rust panics arrive as BaseException; they are failures like any other.
    except BaseException as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        problems = [f"{type(error).__name__}: {error} ({Path(frame.filename).name}:{frame.lineno})"]
    return report | {"status": "fail", "message": "; ".join(problems)} if problems else report


def main(adapter: Adapter) -> None:
    direction, casefile, folder = sys.argv[1:]
    warnings.simplefilter("ignore")
    cases = json.loads(Path(casefile).read_text())
    reports = [run_case(adapter, direction, case, Path(folder) / f"{case['name']}.zarr") for case in cases]
    json.dump({"versions": adapter.versions(), "cases": reports}, sys.stdout)
