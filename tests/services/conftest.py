"""Real services on loopback, each started at most once by a test run and ended by it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from service_azurite import Azurite, azurite_server
from service_http import HttpServer, http_server
from service_nginx import Nginx, nginx_server
from service_process import serve
from service_s3 import S3, s3_server


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """No look-ups of credentials elsewhere, and no proxy between the tests and loopback."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    yield from serve(s3_server(tmp_path_factory.mktemp("s3")))


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    yield from serve(azurite_server(tmp_path_factory.mktemp("azurite")))


@pytest.fixture(scope="session")
def http_of_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpServer]:
    with http_server(tmp_path_factory.mktemp("http")) as server:
        yield server


@pytest.fixture
def http(http_of_session: HttpServer) -> Iterator[HttpServer]:
    """The server that misbehaves, with no faults yet."""
    http_of_session.forget()
    yield http_of_session
    http_of_session.forget()


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory, http_of_session: HttpServer) -> Iterator[Nginx]:
    """nginx, with the server that misbehaves behind its ``/through/``."""
    yield from serve(nginx_server(tmp_path_factory.mktemp("nginx"), http_of_session.url))


@pytest.fixture
def prefix() -> str:
    """A prefix that no other test has."""
    return uuid.uuid4().hex
