"""Adapter for Zarr-Python 2 (format 2 only; its format 3 was a draft)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
from common import Adapter, Case, Found, fill_of, main, v2_dtype, write_boxes

import zarr


def fill_limit(case: Case, direction: str) -> str | None:
    fill = np.atleast_1d(fill_of(case) if case["fill"] is not None else 0)
    if fill.dtype.kind in "fc" and not fill.any():
        parts = fill.view(f"f{fill.dtype.itemsize // (2 if fill.dtype.kind == 'c' else 1)}")
        # Only the sign bit tells negative zero from zero.
        if np.signbit(parts).any() and (direction == "write" or fill.dtype.kind == "c"):
            return "bug: loses the sign of a zero fill value"
    if case["fill"] is None and direction == "read":
        return "leaves missing chunks as they happen to be in memory when the fill value is null"
    return None


class ZarrPython2(Adapter):
    def versions(self) -> dict[str, str]:
        return {"zarr": zarr.__version__, "numcodecs": numcodecs.__version__, "numpy": np.__version__}

    def unsupported(self, case: Case, direction: str) -> str | None:
        if case["format"] == 3:
            return "no format 3"
        return None if "arrays" in case else fill_limit(case, direction)

    def write_group(self, case: Case, path: Path, attributes: Case) -> None:
        zarr.open_group(zarr.DirectoryStore(str(path)), mode="a").attrs.put(attributes)

    def write_array(self, case: Case, path: Path) -> None:
        compressor = case["compressor"]
        array = zarr.create(
            shape=tuple(case["shape"]),
            chunks=tuple(case["chunks"]),
            dtype=v2_dtype(case),
            fill_value=fill_of(case),
            order=case["order"],
            object_codec=numcodecs.VLenUTF8() if case["dtype"] == "string" else None,
            compressor=compressor and numcodecs.get_codec(dict(compressor)),
            store=zarr.DirectoryStore(str(path), dimension_separator=case["separator"]),
            dimension_separator=case["separator"],
        )
        array.attrs.put(case["attributes"])
        write_boxes(array, case)

    def read_group(self, case: Case, path: Path) -> Any:
        return zarr.open_group(str(path), mode="r").attrs.asdict()

    def read_array(self, case: Case, path: Path) -> Found:
        array = zarr.open_array(str(path), mode="r")
        return Found(array[...], array.attrs.asdict())

    def consolidate(self, case: Case, path: Path) -> None:
        zarr.consolidate_metadata(str(path))

    def read_tree(self, case: Case, path: Path) -> tuple[dict[str, Any], dict[str, Found]]:
        root = (
            zarr.open_consolidated(str(path))
            if case["consolidated"]
            else zarr.open_group(str(path), mode="r")
        )
        groups: dict[str, Any] = {"": root.attrs.asdict()}
        arrays: dict[str, Found] = {}

        def visit(name: str, member: Any) -> None:
            if isinstance(member, zarr.Group):
                groups[name] = member.attrs.asdict()
            else:
                arrays[name] = Found(member[...], member.attrs.asdict())

        root.visititems(visit)
        return groups, arrays


if __name__ == "__main__":
    main(ZarrPython2())
