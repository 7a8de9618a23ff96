"""Runs inside one peer's environment: opens and reads an array on S3 when told to, and says how long it took.

python remote_worker.py write FOLDER            writes the array (any zarr)
python remote_worker.py READER URL              then a line on stdin for each read
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np

SHAPE, CHUNKS = (2500, 2000), (100, 100)
BUCKET, NAME = "bucket", "array"
ACCESS = {"region": "us-east-1", "access_key_id": "a", "secret_access_key": "b"}


def data() -> Any:
    noise = np.random.default_rng(4).normal(size=SHAPE)
    return (np.add.outer(np.arange(SHAPE[0]), np.arange(SHAPE[1])) + noise.round(2)).astype("float32")


def write(folder: str) -> None:
    import zarr

    array = zarr.create_array(
        zarr.storage.LocalStore(f"{folder}/{BUCKET}/{NAME}"), shape=SHAPE, chunks=CHUNKS, dtype="float32"
    )
    array[...] = data()


def zarr_over_fsspec(url: str) -> Callable[[], Any]:
    import zarr

    options = {"endpoint_url": url, "key": "a", "secret": "b", "client_kwargs": {"region_name": "us-east-1"}}

    def read() -> Any:
        return zarr.open_array(f"s3://{BUCKET}/{NAME}", mode="r", zarr_format=3, storage_options=options)[...]

    return read


def zarr_over_obstore(url: str) -> Callable[[], Any]:
    from obstore.store import S3Store

    import zarr
    from zarr.storage import ObjectStore

    client = {"allow_http": True}
    bucket = S3Store(BUCKET, prefix=NAME, endpoint=url, client_options=client, **ACCESS)
    store = ObjectStore(bucket, read_only=True)
    return lambda: zarr.open_array(store, mode="r", zarr_format=3)[...]


def zarrs(over: Callable[[str], Callable[[], Any]]) -> Callable[[str], Callable[[], Any]]:
    def start(url: str) -> Callable[[], Any]:
        import zarr

        zarr.config.set({"codec_pipeline.path": "zarrs.ZarrsCodecPipeline"})
        return over(url)

    return start


def tensorstore(url: str) -> Callable[[], Any]:
    import tensorstore as ts

    place = {
        "driver": "s3",
        "bucket": BUCKET,
        "path": f"{NAME}/",
        "endpoint": url,
        "aws_region": "us-east-1",
        "aws_credentials": {"type": "anonymous"},
    }

    def read() -> Any:
        return ts.open({"driver": "zarr3", "kvstore": place}, context=ts.Context()).result().read().result()

    return read


READERS = {
    "zarr-fsspec": zarr_over_fsspec,
    "zarr-obstore": zarr_over_obstore,
    "zarrs-fsspec": zarrs(zarr_over_fsspec),
    "zarrs-obstore": zarrs(zarr_over_obstore),
    "tensorstore": tensorstore,
}


def versions(names: str) -> str:
    found = []
    for name in names.split():
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    return ", ".join(found)


def main() -> None:
    warnings.simplefilter("ignore")
    if sys.argv[1] == "write":
        return write(sys.argv[2])
    read, expected = READERS[sys.argv[1]](sys.argv[2]), data()
    if not np.array_equal(read(), expected):
        raise ValueError("what was read is not what was written")
    print(json.dumps(versions("zarr zarrs tensorstore s3fs obstore numpy")), flush=True)
    for _ in sys.stdin:
        begin = perf_counter()
        found = read()
        taken = perf_counter() - begin
        print(json.dumps(taken if np.array_equal(found, expected) else "wrong values"), flush=True)


if __name__ == "__main__":
    main()
