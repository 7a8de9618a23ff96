"""Codecs of others in arrays of ours: with coroutines alone, with plain functions, bound to a chunk's spec."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import registry
from zarr.abc.codec import ArrayArrayCodec, ArrayBytesCodec, BytesBytesCodec
from zarr.api import asynchronous
from zarr.codecs import BytesCodec, GzipCodec, ShardingCodec, ZstdCodec
from zarr.errors import UnknownCodecError
from zarr.registry import register_codec
from zarr.storage import MemoryStore

KEY = 0x5A


class _Named:
    """What the codecs here share: no configuration."""

    is_fixed_size = True
    calls = 0

    @classmethod
    def from_dict(cls, data: Any) -> Any:
        return cls()

    def to_dict(self) -> Any:
        return {"name": NAMES[type(self)]}

    def compute_encoded_size(self, input_byte_length: int, chunk_spec: Any) -> int:
        return input_byte_length


# --- arrays to arrays: 100 is added


@dataclass(frozen=True)
class AddByCoroutines(_Named, ArrayArrayCodec):
    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(chunk_data.as_numpy_array() - 100)

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(chunk_data.as_numpy_array() + 100)


@dataclass(frozen=True)
class AddByFunctions(_Named, ArrayArrayCodec):
    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.nd_buffer.from_numpy_array(chunk_data.as_numpy_array() - 100)

    def _encode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.nd_buffer.from_numpy_array(chunk_data.as_numpy_array() + 100)


@dataclass(frozen=True)
class AddBound(_Named, ArrayArrayCodec):
    def decoder(self, spec: Any) -> Callable[[Any], Any]:
        return lambda data: data - 100

    def encoder(self, spec: Any) -> Callable[[Any], Any]:
        return lambda data: data + 100


# --- arrays to bytes: elements as decimal text


def to_text(array: Any) -> bytes:
    return " ".join(map(str, array.ravel().tolist())).encode()


def of_text(data: Any, spec: Any) -> Any:
    return np.array(bytes(data).split(), dtype=spec.dtype.to_native_dtype()).reshape(spec.shape)


class _Text(_Named):
    is_fixed_size = False


@dataclass(frozen=True)
class TextByCoroutines(_Text, ArrayBytesCodec):
    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        return chunk_spec.prototype.nd_buffer.from_numpy_array(of_text(chunk_data.to_bytes(), chunk_spec))

    async def _encode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        return chunk_spec.prototype.buffer.from_bytes(to_text(chunk_data.as_numpy_array()))


@dataclass(frozen=True)
class TextByFunctions(_Text, ArrayBytesCodec):
    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.nd_buffer.from_numpy_array(of_text(chunk_data.to_bytes(), chunk_spec))

    def _encode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.buffer.from_bytes(to_text(chunk_data.as_numpy_array()))


@dataclass(frozen=True)
class TextBound(_Text, ArrayBytesCodec):
    def decoder(self, spec: Any) -> Callable[[Any], Any]:
        return lambda data: of_text(bytes(memoryview(data)), spec)

    def encoder(self, spec: Any) -> Callable[[Any], Any]:
        return to_text


# --- bytes to bytes: each is xored


def xored(data: Any) -> Any:
    return np.frombuffer(data, "u1") ^ np.uint8(KEY)


@dataclass(frozen=True)
class XorByCoroutines(_Named, BytesBytesCodec):
    async def _decode_single(self, chunk_data: Any, chunk_spec: Any) -> Any:
        await asyncio.sleep(0)
        return chunk_spec.prototype.buffer.from_bytes(xored(chunk_data.to_bytes()).tobytes())

    _encode_single = _decode_single


@dataclass(frozen=True)
class XorByFunctions(_Named, BytesBytesCodec):
    def _decode_sync(self, chunk_data: Any, chunk_spec: Any) -> Any:
        return chunk_spec.prototype.buffer.from_bytes(xored(chunk_data.to_bytes()).tobytes())

    _encode_sync = _decode_sync


@dataclass(frozen=True)
class XorBound(_Named, BytesBytesCodec):
    def decoder(self, spec: Any, decoded_size: int | None) -> Callable[[Any], Any]:
        return xored

    def encoder(self, spec: Any) -> Callable[[Any], Any]:
        return xored


BY_COROUTINES = (AddByCoroutines, TextByCoroutines, XorByCoroutines)
ALL = (
    *BY_COROUTINES,
    AddByFunctions,
    TextByFunctions,
    XorByFunctions,
    AddBound,
    TextBound,
    XorBound,
)
NAMES: dict[type, str] = {cls: f"tests.{cls.__name__}" for cls in ALL}


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_codecs", dict(registry._codecs))
    for cls, name in NAMES.items():
        register_codec(name, cls)


DATA = np.arange(48, dtype="i4").reshape(8, 6)

FILTERS = (None, AddByCoroutines, AddByFunctions, AddBound)
SERIALIZERS = (None, TextByCoroutines, TextByFunctions, TextBound)
COMPRESSORS = (None, XorByCoroutines, XorByFunctions, XorBound)
CHAINS = [
    *((f, None, None) for f in FILTERS[1:]),
    *((None, s, None) for s in SERIALIZERS[1:]),
    *((None, None, c) for c in COMPRESSORS[1:]),
    (AddByCoroutines, TextByFunctions, XorBound),
    (AddBound, TextByCoroutines, XorByFunctions),
    (AddByFunctions, TextBound, XorByCoroutines),
    (AddByCoroutines, TextByCoroutines, XorByCoroutines),
]


def options_of(chain: Any) -> dict[str, Any]:
    add, text, xor = chain
    return {
        "filters": [] if add is None else [add()],
        "serializer": BytesCodec() if text is None else text(),
        "compressors": [GzipCodec(level=1)] if xor is None else [xor(), GzipCodec(level=1)],
    }


def work_out(store: MemoryStore, array: zarr.Array) -> None:
    """Whole and partial writes and reads, by this handle and a fresh one."""
    expected = DATA.copy()
    array[...] = DATA
    array[3, 1:5] = -7
    expected[3, 1:5] = -7
    array[::3, 2] = 9
    expected[::3, 2] = 9
    for handle in (array, zarr.open_array(store, mode="r")):
        np.testing.assert_array_equal(handle[...], expected)
        np.testing.assert_array_equal(handle[1:6, ::2], expected[1:6, ::2])
        np.testing.assert_array_equal(handle.oindex[[5, 0], [1, 4]], expected[np.ix_([5, 0], [1, 4])])
        assert handle[3, 2] == expected[3, 2]


@pytest.mark.parametrize("chain", CHAINS, ids=lambda c: "+".join(x.__name__ for x in c if x))
class TestArrays:
    def test_chunks(self, chain: Any) -> None:
        store = MemoryStore()
        array = zarr.create_array(store, shape=DATA.shape, chunks=(4, 3), dtype="i4", **options_of(chain))
        work_out(store, array)
        assert len([key for key in store._store_dict if key.startswith("c/")]) == 4

    def test_shards(self, chain: Any) -> None:
        store = MemoryStore()
        options = options_of(chain)
        array = zarr.create_array(
            store, shape=DATA.shape, chunks=(2, 3), shards=(4, 6), dtype="i4", **options
        )
        work_out(store, array)
        assert array.metadata.sharding_codec is not None

    @pytest.mark.parametrize("shards", [None, (4, 6)])
    async def test_awaited(self, chain: Any, shards: Any) -> None:
        store = MemoryStore()
        options = options_of(chain) | {"chunks": (2, 3), "shards": shards}
        array = await asynchronous.create_array(store, shape=DATA.shape, dtype="i4", **options)
        await array.setitem((slice(None), slice(None)), DATA)
        await array.setitem((3, slice(2, 5)), -1)
        expected = DATA.copy()
        expected[3, 2:5] = -1
        np.testing.assert_array_equal(await array.getitem((slice(1, 5), 2)), expected[1:5, 2])


@pytest.mark.parametrize("cls", [XorByCoroutines, XorByFunctions, XorBound])
def test_around_shards(cls: Any) -> None:
    store = MemoryStore()
    sharding = ShardingCodec(chunk_shape=(2, 3), codecs=[BytesCodec(), GzipCodec(level=1)])
    array = zarr.create_array(
        store, shape=DATA.shape, chunks=(4, 6), dtype="i4", serializer=sharding, compressors=[cls()]
    )
    work_out(store, array)


@pytest.mark.parametrize("cls", [XorByCoroutines, XorByFunctions, XorBound])
def test_in_the_index(cls: Any) -> None:
    store = MemoryStore()
    sharding = ShardingCodec(chunk_shape=(2, 3), index_codecs=[BytesCodec(), cls()])
    array = zarr.create_array(
        store, shape=DATA.shape, chunks=(4, 6), dtype="i4", serializer=sharding, compressors=None
    )
    work_out(store, array)


@pytest.mark.parametrize("cls", [XorByCoroutines, XorBound])
def test_in_shards_within_shards(cls: Any) -> None:
    store = MemoryStore()
    inner = ShardingCodec(chunk_shape=(1, 3), codecs=[BytesCodec(), cls()])
    array = zarr.create_array(
        store, shape=DATA.shape, chunks=(2, 3), shards=(4, 6), dtype="i4", serializer=inner, compressors=None
    )
    work_out(store, array)


@pytest.mark.parametrize("cls", ALL)
def test_each_form_is_derived_from_the_others(cls: Any) -> None:
    assert cls().is_sync == (cls not in BY_COROUTINES)


def test_fill_values_are_elided_before_any_codec() -> None:
    store = MemoryStore()
    for n, cls in enumerate((AddByCoroutines, AddBound)):
        array = zarr.create_array(store, name=str(n), shape=(4,), chunks=(2,), dtype="i4", filters=[cls()])
        array[...] = [0, 0, 1, 0]
        assert [key for key in store._store_dict if key.startswith(f"{n}/c/")] == [f"{n}/c/1"]


def test_a_codec_that_is_not_registered_anymore() -> None:
    store = MemoryStore()
    zarr.create_array(store, shape=(4,), dtype="i4", compressors=[XorBound()])
    del registry._codecs["tests.XorBound"]
    with pytest.raises(UnknownCodecError, match=r"zarr\.json: codecs\[1\]: .*'tests\.XorBound'"):
        zarr.open_array(store, mode="r")


class InvertedZstd(ZstdCodec):
    """Compresses the complement of the bytes: its parent's ways to decode elsewhere, or many at once, are not its own."""

    def decoder(self, spec: Any, decoded_size: int | None) -> Any:
        decode = super().decoder(spec, decoded_size)
        return lambda data: bytes(~np.frombuffer(decode(data), "u1"))

    def encoder(self, spec: Any) -> Any:
        encode = super().encoder(spec)
        return lambda data: encode(bytes(~np.frombuffer(data, "u1")))


@pytest.mark.parametrize(
    ("chunks", "shards"),
    [((64, 256), None), ((8, 8), (64, 256)), ((8, 8), None)],
    ids=["large", "shards", "small"],
)
def test_a_subclass_that_codes_in_its_own_way_is_not_passed_by(
    chunks: tuple[int, int], shards: tuple[int, int] | None
) -> None:
    data = np.arange(64 * 256, dtype="f8").reshape(64, 256)
    store = MemoryStore()
    array = zarr.create_array(store, data=data, chunks=chunks, shards=shards, compressors=InvertedZstd())
    np.testing.assert_array_equal(array[...], data)
    plain = zarr.open_array(store, mode="r")  # by the codec that the name stands for
    assert not np.array_equal(plain[...], data)


class Both(BytesCodec, ArrayArrayCodec):
    """A codec of two kinds."""


def test_a_codec_of_two_kinds_is_no_second_one() -> None:
    with pytest.raises(ValueError, match="Only one ArrayBytesCodec"):
        zarr.create_array({}, shape=(4,), dtype="i4", filters=[Both()], serializer=BytesCodec())
