"""A real nginx that ends TLS, configured by the file that docs/server.md gives, and requests to it."""

from __future__ import annotations

import http.client
import os
import pwd
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from config.settings import ROOT
from start import nginx
from tests.certificates import Certificates

NAME = "xueji.example.edu.cn"
DOCUMENTED = ROOT / "docs" / "nginx.conf"
AROUND = """
daemon off; user {account}; worker_processes 1; pid nginx.pid; error_log stderr error;
events {{ }}
http {{
    access_log access.log;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
{served}
}}
"""
PATIENCE = 60
"""Seconds after which a request is taken for lost, so that a test ends."""

ELSEWHERE = "127.0.0.2"
"""The address that clients come from, so that they are not taken for the proxy."""


@dataclass
class Answer:
    """A response: its status, headers and body."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def cookies(self) -> list[str]:
        """The ``Set-Cookie`` lines."""
        return self.headers.get_all("Set-Cookie") or []

    @property
    def token(self) -> str:
        """The CSRF token of the page's first form."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.text)
        assert found is not None, self.text
        return found.group(1)


@dataclass
class Visitor:
    """A client that keeps its cookies and sends the headers that a test says."""

    port: int
    trust: ssl.SSLContext | None
    host: str
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """The origin of the pages as this client sees them."""
        return f"{'http' if self.trust is None else 'https'}://{self.host}"

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page. An underscore in a header's name is a hyphen."""
        return self._ask("GET", path, headers, None)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        """Send a form."""
        return self._ask(
            "POST", path, {"Content_Type": "application/x-www-form-urlencoded", **headers}, fields
        )

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], fields: Mapping[str, str] | None
    ) -> Answer:
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        said = {"Host": self.host, "Cookie": kept, **{k.replace("_", "-"): v for k, v in headers.items()}}
        answer = self.send(method, path, said, None if fields is None else urlencode(fields).encode())
        for line in answer.cookies:
            self.cookies |= {name: one.value for name, one in SimpleCookie(line).items()}
        return answer

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Send one request as it is, without the cookies that this client keeps."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.sock = socket.create_connection(
            ("127.0.0.1", self.port), timeout=PATIENCE, source_address=(ELSEWHERE, 0)
        )
        if self.trust is not None:
            connection.sock = self.trust.wrap_socket(connection.sock, server_hostname=self.host.split(":")[0])
        connection.request(method, path, body, dict(headers))
        got = connection.getresponse()
        answer = Answer(got.status, got.headers, got.read())
        connection.close()
        return answer


@dataclass
class Nginx:
    """The ports of a running nginx: with TLS, and the plain one that redirects."""

    certificates: Certificates
    tls: socket.socket
    plain: socket.socket

    @property
    def address(self) -> str:
        """The published address of the pages."""
        return f"https://{NAME}:{_port(self.tls)}"

    @property
    def plain_port(self) -> int:
        """The port that redirects."""
        return _port(self.plain)

    def visitor(self) -> Visitor:
        """A client of the published address that trusts the test authority."""
        trust = ssl.create_default_context(cafile=str(self.certificates.authority))
        return Visitor(_port(self.tls), trust, f"{NAME}:{_port(self.tls)}")

    @contextmanager
    def before(self, port: int, folder: Path, *changes: tuple[str, str]) -> Iterator[None]:
        """Run nginx before the server at a port, with the documented file, and (what, instead) in it changed."""
        found = nginx()
        assert found is not None, "no nginx found: start.py test installs it"
        served = DOCUMENTED.read_text(encoding="utf-8")
        own = (
            ("listen 443 ssl", f"listen 127.0.0.1:{_port(self.tls)} ssl"),
            ("listen 80", f"listen 127.0.0.1:{self.plain_port}"),
            (f"/etc/ssl/{NAME}.pem", str(self.certificates.chain)),
            (f"/etc/ssl/{NAME}.key", str(self.certificates.key)),
            ("127.0.0.1:8000", f"127.0.0.1:{port}"),
        )
        for what, instead in (*own, *changes):
            assert what in served, what
            served = served.replace(what, instead)
        file = folder / "nginx.conf"
        file.write_text(
            AROUND.format(account=pwd.getpwuid(os.geteuid()).pw_name, served=served), encoding="utf-8"
        )
        sockets = (self.tls.fileno(), self.plain.fileno())
        process = subprocess.Popen(
            [found, "-p", str(folder), "-c", str(file)],
            # nginx takes over listening sockets that the variable names, so no port is lost meanwhile
            env={**os.environ, "NGINX": "".join(f"{number};" for number in sockets)},
            pass_fds=sockets,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield
        finally:
            process.terminate()
            _, said = process.communicate()
            assert "[emerg]" not in said, said


@contextmanager
def ports(folder: Path) -> Iterator[Nginx]:
    """Certificates and two listening sockets for nginx, which answer once it runs."""
    with ExitStack() as stack:
        tls, plain = (stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(2))
        yield Nginx(Certificates(folder, NAME), tls, plain)


def _port(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port
