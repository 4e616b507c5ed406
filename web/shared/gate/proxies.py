"""Forwarded headers: which of them are believed, whatever server runs the application."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from config.settings import Network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Address = IPv4Address | IPv6Address
SCHEME = "HTTP_X_FORWARDED_PROTO"
CLIENT = "HTTP_X_FORWARDED_FOR"
OF_SCHEME = (SCHEME, "HTTP_X_FORWARDED_PROTOCOL", "HTTP_X_FORWARDED_SSL")
"""Headers by which some servers (gunicorn) set the scheme themselves, by a list of addresses of their own."""

FORWARDED = (
    *OF_SCHEME, CLIENT, "HTTP_FORWARDED", "HTTP_X_FORWARDED_BY", "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_PREFIX", "HTTP_X_REAL_IP",
)  # fmt: skip
SAME_MACHINE = ("", "localhost")
"""What servers say of a client at a Unix socket, which only this machine can open."""


class Proxies:
    """WSGI middleware. It takes scheme and client from the headers of trusted proxies and drops all others.

    The client is the right-most address of ``X-Forwarded-For`` that is not itself a trusted proxy: what
    stands further left was said by somebody who is not trusted. The scheme is the last word of
    ``X-Forwarded-Proto``. From any other peer neither moves, and a scheme that the server took from such a
    header is taken back.
    """

    def __init__(self, app: WSGIApplication, trusted: Sequence[Network]) -> None:
        self._app, self._trusted = app, tuple(trusted)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request after its forwarded headers are settled."""
        peer = environ.get("REMOTE_ADDR") or ""
        believed = self._is_trusted(_read("127.0.0.1" if peer in SAME_MACHINE else peer))
        if any(name in environ for name in OF_SCHEME):
            last = str(environ.get(SCHEME, "")).rpartition(",")[2].strip().lower()
            environ["wsgi.url_scheme"] = "https" if believed and last == "https" else "http"
        if believed:
            environ["REMOTE_ADDR"] = self._client(peer, str(environ.get(CLIENT, "")))
        for name in FORWARDED:
            environ.pop(name, None)
        return self._app(environ, start_response)

    def _client(self, peer: str, said: str) -> str:
        """The right-most address that is no trusted proxy, or the last one before an unreadable one."""
        for hop in reversed(said.split(",")):
            address = _read(hop.strip())
            if address is None:
                return peer
            peer = str(address)
            if not self._is_trusted(address):
                return peer
        return peer

    def _is_trusted(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)


def _read(said: str) -> Address | None:
    """An address, written with or without a port. An IPv4 address within IPv6 is read as IPv4."""
    for text in (said, said.removeprefix("[").partition("]")[0], said.rpartition(":")[0]):
        try:
            found = ip_address(text)
        except ValueError:
            continue
        return getattr(found, "ipv4_mapped", None) or found
    return None
