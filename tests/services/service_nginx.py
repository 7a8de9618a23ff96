"""nginx over a folder of files: in PATH, or of Debian's package, unpacked into the user's cache.

The first part of a URL's path says how the rest is answered; see ``_CONFIG``.
"""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service_process import ServiceFailed, call, installed, running

_ADVICE = (
    "The tests on HTTP need nginx: install it with `apt-get install nginx-light`, or let this machine reach the "
    "packages of Debian (`apt-get update` must have run)."
)

_CONFIG = """\
daemon off;
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    limit_req_zone $binary_remote_addr zone=few:1m rate=20r/s;
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
        location /plain/ {{ alias {folder}/www/; }}
        location /index/ {{ alias {folder}/www/; autoindex on; }}
        location /slow/ {{ alias {folder}/www/; limit_rate 8k; }}
        location /limited/ {{ alias {folder}/www/; limit_req zone=few burst=4 nodelay; }}
        location /no-ranges/ {{ alias {folder}/www/; max_ranges 0; }}
        location /no-documents-403/ {{ return 403; }}
        location /no-documents-500/ {{ return 500; }}
        location ~ ^/no-chunks-403/.*/c/ {{ return 403; }}
        location ~ ^/no-chunks-500/.*/c/ {{ return 500; }}
        location ~ ^/no-chunks-(403|500)/(.*)$ {{ alias {folder}/www/$2; }}
        location /through/ {{
            proxy_pass {behind}/;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_read_timeout 400ms;
            proxy_next_upstream off;
        }}
    }}
}}
"""


@dataclass(frozen=True)
class Nginx:
    """The server.

    Attributes
    ----------
    url
        Where it listens.
    root
        The folder that it serves.
    """

    url: str
    root: Path


@contextmanager
def nginx_server(folder: Path, behind: str) -> Iterator[Nginx]:
    """nginx for the length of the context; ``/through/`` asks the server at the URL ``behind``."""
    binary = _binary()
    root = folder / "www"
    root.mkdir()
    config = folder / "nginx.conf"
    user = (
        "user root;" if hasattr(os, "getuid") and os.getuid() == 0 else ""
    )  # else it cannot read the folder

    def command(port: int) -> list[str]:
        config.write_text(_CONFIG.format(folder=folder, port=port, behind=behind, user=user))
        return [binary, "-p", str(folder), "-e", "stderr", "-c", str(config)]

    with running(command, folder / "nginx.log") as port:
        yield Nginx(f"http://127.0.0.1:{port}", root)


def _binary() -> str:
    places = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("nginx", path=places)
    if found is None:
        found = str(installed("nginx", _unpack) / "usr" / "sbin" / "nginx")
    if subprocess.run([found, "-v"], capture_output=True).returncode:
        raise ServiceFailed(f"{found} does not run. {_ADVICE}")
    return found


def _unpack(into: Path) -> None:
    for package in ("nginx", "nginx-light"):  # the program is in one or the other, by Debian's version
        call(["apt-get", "download", package], into, _ADVICE)
        (archive,) = glob.glob(str(into / f"{package}_*.deb"))
        call(["dpkg", "-x", archive, "."], into, _ADVICE)
        if (into / "usr" / "sbin" / "nginx").exists():
            return
    raise ServiceFailed(f"Debian's packages have no usr/sbin/nginx. {_ADVICE}")
