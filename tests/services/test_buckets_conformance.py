"""The exported suite over stores of object services: S3 through s3fs and through obstore, Azure through obstore."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import obstore
import pytest
from service_azurite import Azurite
from service_s3 import BUCKET, S3, S3FileSystem

from zarr.abc.buffer import Buffer
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.core.buffer import cpu, default_buffer_prototype
from zarr.storage import FsspecStore, ObjectStore
from zarr.testing.store import StoreTests


class OnBuckets:
    """What is the same for stores of all these services."""

    def test_store_supports_writes(self, store: Any) -> None:
        assert store.supports_writes
        assert store.supports_deletes

    def test_store_supports_listing(self, store: Any) -> None:
        assert store.supports_listing

    # of blocking methods, which stores that wait do not have
    test_get_sync = test_get_sync_missing = test_set_sync = test_delete_sync = test_delete_sync_missing = None
    test_sync_async_set_get_parity = test_delete_sync_visible_to_async_get = None
    test_get_sync_byte_range_parity = None

    @pytest.mark.parametrize(
        "byte_range",
        [OffsetByteRequest(0), OffsetByteRequest(2), SuffixByteRequest(3), RangeByteRequest(0, 4)],
    )
    async def test_ranges_of_an_empty_value_are_empty(self, store: Any, byte_range: Any) -> None:
        await store.set("k", cpu.Buffer.from_bytes(b""))
        assert (await store.get("k", default_buffer_prototype(), byte_range)).to_bytes() == b""

    @pytest.mark.parametrize(
        "byte_range",
        [OffsetByteRequest(3), OffsetByteRequest(4), RangeByteRequest(3, 5), RangeByteRequest(7, 9)],
    )
    async def test_ranges_past_the_end_are_empty(self, store: Any, byte_range: Any) -> None:
        await store.set("k", cpu.Buffer.from_bytes(b"012"))
        assert (await store.get("k", default_buffer_prototype(), byte_range)).to_bytes() == b""

    def test_has_no_blocking_methods(self, store: Any) -> None:
        assert not hasattr(store, "get_sync")


class OnS3(OnBuckets):
    """Going round the store by boto3."""

    @pytest.fixture(autouse=True)
    def place(self, s3: S3, prefix: str) -> None:
        self.client, self.prefix = s3.client, prefix

    async def set(self, store: Any, key: str, value: Buffer) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"{self.prefix}/{key}", Body=value.to_bytes())

    async def get(self, store: Any, key: str) -> Buffer:
        answer = self.client.get_object(Bucket=BUCKET, Key=f"{self.prefix}/{key}")
        return cpu.Buffer.from_bytes(answer["Body"].read())


class TestObjectStoreOnS3(OnS3, StoreTests[ObjectStore[Any], cpu.Buffer]):
    store_cls = ObjectStore
    buffer_cls = cpu.Buffer

    @pytest.fixture
    def store_kwargs(self, s3: S3, prefix: str) -> dict[str, Any]:
        return {"store": s3.obstore(prefix)}

    def test_store_repr(self, store: ObjectStore[Any]) -> None:
        assert repr(store) == f"ObjectStore(object_store://{store.store})"
        assert BUCKET in repr(store)


class TestFsspecStoreOnS3(OnS3, StoreTests[FsspecStore, cpu.Buffer]):
    store_cls = FsspecStore
    buffer_cls = cpu.Buffer

    @pytest.fixture
    async def store_kwargs(self, s3: S3, prefix: str) -> AsyncIterator[dict[str, Any]]:
        yield {"fs": s3.filesystem(asynchronous=True), "path": f"{BUCKET}/{prefix}"}
        await S3FileSystem.close_opened()

    def test_store_repr(self, store: FsspecStore) -> None:
        assert repr(store) == f"<FsspecStore(S3FileSystem, {BUCKET}/{self.prefix})>"


class TestObjectStoreOnAzure(OnBuckets, StoreTests[ObjectStore[Any], cpu.Buffer]):
    store_cls = ObjectStore
    buffer_cls = cpu.Buffer

    @pytest.fixture(autouse=True)
    def place(self, azurite: Azurite, prefix: str) -> None:
        self.direct = azurite.obstore(prefix)

    async def set(self, store: Any, key: str, value: Buffer) -> None:
        obstore.put(self.direct, key, value.to_bytes())

    async def get(self, store: Any, key: str) -> Buffer:
        return cpu.Buffer.from_bytes(bytes(obstore.get(self.direct, key).bytes()))

    @pytest.fixture
    def store_kwargs(self, azurite: Azurite, prefix: str) -> dict[str, Any]:
        return {"store": azurite.obstore(prefix)}

    def test_store_repr(self, store: ObjectStore[Any]) -> None:
        assert repr(store) == f"ObjectStore(object_store://{store.store})"


@pytest.mark.filterwarnings("ignore:fs .* was not created with `asynchronous=True`")
class TestFsspecStoreOnS3OnTheLoopOfFsspec(TestFsspecStoreOnS3):
    @pytest.fixture
    def store_kwargs(self, s3: S3, prefix: str) -> dict[str, Any]:
        return {"fs": s3.filesystem(), "path": f"{BUCKET}/{prefix}"}
