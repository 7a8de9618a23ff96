"""Contexts of codecs are kept per thread: many threads at once do not disturb each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import numcodecs
import numpy as np
import pytest
from codec_chunks import chain_of

from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, VLenUTF8Codec, ZstdCodec
from zarr.codecs._v2 import V2Codec

THREADS = 8
CHAINS: dict[str, Any] = {
    "zstd": [BytesCodec(), ZstdCodec()],
    "zstd, two levels": [BytesCodec(), ZstdCodec(level=1, checksum=True), ZstdCodec(level=5)],
    "gzip": [BytesCodec(), GzipCodec(level=1), Crc32cCodec()],
    "blosc": [BytesCodec(), BloscCodec(cname="lz4")],
    "blosc of zstd": [BytesCodec(), BloscCodec(cname="zstd", clevel=1)],
    "v2": [V2Codec(filters=(numcodecs.Shuffle(4),), compressor=numcodecs.Zstd(1))],
    "v2 of lz4": [V2Codec(filters=None, compressor=numcodecs.LZ4())],
}


def chunk_of(seed: int, size: int = 5000) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 9, size).astype("i4")


@pytest.mark.parametrize("name", CHAINS)
def test_one_chain_from_many_threads(name: str) -> None:
    chain = chain_of(CHAINS[name], (5000,), "i4")
    chunks = [chunk_of(seed) for seed in range(THREADS)]
    expected = [bytes(memoryview(chain.encode(chunk))) for chunk in chunks]
    barrier = Barrier(THREADS)

    def work(n: int) -> bool:
        barrier.wait()
        for _ in range(30):
            data = bytes(memoryview(chain.encode(chunks[n])))
            if data != expected[n] or not np.array_equal(chain.decode(data), chunks[n]):
                return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(THREADS)))


def test_errors_leave_a_context_as_it_was() -> None:
    """A thread whose last chunk was damaged decodes the next one."""
    chain = chain_of(CHAINS["zstd"], (5000,), "i4")
    chunk = chunk_of(0)
    data = bytes(memoryview(chain.encode(chunk)))
    for cut in range(1, len(data), 97):
        with pytest.raises(ValueError, match="zstd"):
            chain.decode(data[:cut])
        assert np.array_equal(chain.decode(data), chunk)


def test_results_do_not_change_afterwards() -> None:
    """No two chunks share memory that a codec keeps."""
    chains = [chain_of(codecs, (5000,), "i4") for codecs in CHAINS.values()]
    for chain in chains:
        chunks = [chunk_of(seed) for seed in range(4)]
        stored = [chain.encode(chunk) for chunk in chunks]
        back = [chain.decode(data) for data in stored]
        for chunk, got in zip(chunks, back, strict=True):
            np.testing.assert_array_equal(got, chunk)


def test_strings_from_many_threads() -> None:
    chain = chain_of([VLenUTF8Codec(), ZstdCodec()], (200,), str)
    chunks = [np.array([f"{n}-{i}é" for i in range(200)], np.dtypes.StringDType()) for n in range(THREADS)]

    def work(n: int) -> bool:
        return all(np.array_equal(chain.decode(chain.encode(chunks[n])), chunks[n]) for _ in range(10))

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(work, range(THREADS)))
