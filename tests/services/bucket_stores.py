"""The stores on object services that tests run over, made by name at a prefix."""

from __future__ import annotations

import pytest
from service_s3 import BUCKET

from zarr.abc.store import Store
from zarr.storage import FsspecStore, ObjectStore

KINDS = ["s3fs", "obstore-s3", "obstore-azure"]


def make_store(request: pytest.FixtureRequest, kind: str, prefix: str) -> Store:
    """A store at a prefix of the service that the kind names, which is started if it does not run."""
    if kind == "obstore-azure":
        return ObjectStore(request.getfixturevalue("azurite").obstore(prefix))
    s3 = request.getfixturevalue("s3")
    if kind == "obstore-s3":
        return ObjectStore(s3.obstore(prefix))
    return FsspecStore.from_url(f"s3://{BUCKET}/{prefix}", s3.fsspec_options)
