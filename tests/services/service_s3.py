"""An S3 API: moto's server, in a process of its own, and how s3fs and obstore reach it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import boto3
import s3fs
from obstore.store import S3Store
from service_process import running

KEY, SECRET, REGION, BUCKET = "testing", "testing", "us-east-1", "zarr-tests"


@dataclass(frozen=True)
class S3:
    """The server, with one bucket.

    Attributes
    ----------
    url
        Its endpoint.
    client
        A client of boto3, which goes round all stores.
    """

    url: str
    client: Any

    @property
    def fsspec_options(self) -> dict[str, Any]:
        """Arguments of ``s3fs.S3FileSystem``."""
        return {
            "endpoint_url": self.url,
            "key": KEY,
            "secret": SECRET,
            "client_kwargs": {"region_name": REGION},
            "use_listings_cache": False,
        }

    def filesystem(self, **options: Any) -> S3FileSystem:
        return S3FileSystem(**{**self.fsspec_options, **options})

    def obstore(self, prefix: str = "", **options: Any) -> S3Store:
        return S3Store(BUCKET, prefix=prefix, **{**self.obstore_options, **options})

    @property
    def obstore_options(self) -> dict[str, Any]:
        """Arguments of ``obstore.store.S3Store``."""
        return {
            "endpoint": self.url,
            "access_key_id": KEY,
            "secret_access_key": SECRET,
            "region": REGION,
            "virtual_hosted_style_request": False,
            "client_options": {"allow_http": True},
        }


@contextmanager
def s3_server(folder: Path) -> Iterator[S3]:
    """moto's server for the length of the context; its log is in the folder."""

    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

    with running(command, folder / "moto.log") as port:
        url = f"http://127.0.0.1:{port}"
        client = boto3.client(
            "s3", endpoint_url=url, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name=REGION
        )
        try:
            client.create_bucket(Bucket=BUCKET)
            yield S3(url, client)
        finally:
            client.close()
            close_filesystems()


class S3FileSystem(s3fs.S3FileSystem):
    """s3fs, which leaves it to us to close the connections of filesystems that run on our own loops."""

    opened: ClassVar[dict[S3FileSystem, asyncio.AbstractEventLoop]] = {}

    async def set_session(self, *args: Any, **kwargs: Any) -> Any:
        if self.asynchronous and self._s3 is None:
            self.opened[self] = asyncio.get_running_loop()
        return await super().set_session(*args, **kwargs)

    @classmethod
    async def close_opened(cls, forget: bool = True) -> None:
        """Close those of this loop, and let fsspec forget them."""
        here = asyncio.get_running_loop()
        for filesystem in [fs for fs, loop in cls.opened.items() if loop is here]:
            del cls.opened[filesystem]
            if forget:
                cls._cache.pop(filesystem._fs_token, None)
            await filesystem._s3creator.__aexit__(None, None, None)


def close_filesystems() -> None:
    """Close what runs on fsspec's loop, while that still runs; fsspec would keep it."""
    for cls in (s3fs.S3FileSystem, S3FileSystem):
        for filesystem in list(cls._cache.values()):
            if filesystem._s3 is not None and not filesystem.asynchronous:
                cls.close_session(filesystem.loop, filesystem._s3creator)
        cls.clear_instance_cache()
