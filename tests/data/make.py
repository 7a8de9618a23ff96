"""Write the data sets of this folder again, with the implementations named in SELECTION.

    python tests/data/make.py --envs DIR         (see interop/README.md for environments)

Each implementation writes its cases of interop/cases.py through its adapter, as the interop harness does,
into WRITER/CASE.zarr; manifest.json then describes every case. The values of an array are recomputed from
its entry by values.py. Data sets are read by tests/interop, which needs none of this.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "interop"))

from run import (  # noqa: E402
    add_environment_arguments,
    given_environments,
    make_cases,
    participants,
)

SELECTION = {
    "zp3": [
        "v3/dtype/bool/little",
        "v3/dtype/float16/big",
        "v3/dtype/complex64/zstd",
        "v3/codec/gzip-crc32c",
        "v3/codec/blosc-zstd-bitshuffle",
        "v3/transpose/3d-201",
        "v3/sharding/end-nested-missing",
        "v3/sharding/start-blosc",
        "v3/sharding/fill-nan",
        "v3/keys/v2-dot-2d",
        "v3/fill/uint64-max",
        "v3/fill/float64-negzero",
        "v3/fill/complex128-special",
        "v3/shape/0d",
        "v3/special/U",
        "v3/special/S",
        "v3/special/datetime",
        "v3/special/struct",
        "v3/special/string-missing",
        "v3/hierarchy/consolidated",
        "v2/order/F-3d-slash",
        "v2/compressor/blosc-lz4-1",
        "v2/fill/int32-null",
        "v2/special/string",
    ],
    "zp2": [
        "v2/dtype/int16/big",
        "v2/dtype/complex128/little",
        "v2/compressor/zstd",
        "v2/compressor/bz2-f8-big-F",
        "v2/compressor/lz4",
        "v2/separator/slash-3d",
        "v2/shape/0d-missing",
        "v2/fill/float32-nan",
        "v2/special/U-big",
        "v2/special/timedelta-little",
        "v2/special/struct",
        "v2/special/string-missing",
        "v2/hierarchy/consolidated",
        "v2/hierarchy/plain",
    ],
    "ts": [
        "v3/dtype/uint32/big",
        "v3/codec/zstd-crc32c",
        "v3/sharding/end-transpose",
        "v3/sharding/start-none-missing",
        "v3/sharding/outer-transpose-uneven",
        "v3/fill/float16-nan",
        "v2/compressor/blosc-zstd-2",
        "v2/order/F-missing",
    ],
    "zarrita": [
        "v3/dtype/float32/big",
        "v3/transpose/3d-120",
        "v3/codec/blosc-lz4-shuffle",
        "v3/keys/default-dot-2d",
        "v3/hierarchy/plain",
    ],
}


def main() -> None:
    parser = argparse.ArgumentParser(description="write the data sets of tests/data again")
    add_environment_arguments(parser)
    arguments = parser.parse_args()
    writers = participants(list(SELECTION), given_environments(arguments), arguments.envs)
    cases = {case["name"]: case for case in make_cases(writers, "*")}
    entries = []
    for writer in writers:
        shutil.rmtree(HERE / writer.name, ignore_errors=True)
        chosen = [cases[name] for name in SELECTION[writer.name]]
        for name, report in writer.report("write", chosen, HERE / writer.name).items():
            if report["status"] != "ok":
                sys.exit(f"{writer.name} cannot write {name}: {report['message']}")
            entry = {
                "path": f"{writer.name}/{name}.zarr",
                "writer": writer.versions,
                "parts": report["parts"],
            }
            entries.append(entry | {"case": without_data(cases[name])})
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    (HERE / "manifest.json").write_text(f"[\n{lines}\n]\n")


def without_data(case: dict[str, object]) -> dict[str, object]:
    kept = {key: value for key, value in case.items() if key != "data"}
    if isinstance(arrays := kept.get("arrays"), dict):
        kept["arrays"] = {path: without_data(array) for path, array in arrays.items()}
    return kept


if __name__ == "__main__":
    main()
