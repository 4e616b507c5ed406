"""Forwarded headers: whom they may speak for, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from web.shared.gate.proxies import FORWARDED, Proxies

NEAR, CAMPUS = "10.0.0.5", "10.1.0.0/16"


def seen(
    peer: str, headers: dict[str, str], *, scheme: str = "http", trusted: Sequence[str] = (NEAR, CAMPUS)
) -> tuple[str, str]:
    """The client and the scheme that the application sees, of a server that says ``scheme``."""
    found: list[tuple[str, str]] = []

    @Request.application
    def application(request: Request) -> Response:
        assert not set(FORWARDED) & set(request.environ)
        found.append((request.remote_addr or "", request.scheme))
        return Response()

    client = Client(Proxies(application, [ip_network(one) for one in trusted]))
    client.get("/", headers=headers, base_url=f"{scheme}://localhost", environ_base={"REMOTE_ADDR": peer})
    return found[0]


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7", "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("192.0.2.7,10.1.2.3,10.0.0.5", "192.0.2.7"),
        ("10.1.2.3", "10.1.2.3"),
        ("192.0.2.7:50123", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.7, unknown", NEAR),
        ("192.0.2.7, unknown, 10.1.2.3", "10.1.2.3"),
        ("", NEAR),
    ],
)
def test_the_client_is_the_right_most_hop_that_is_no_trusted_proxy(said: str, client: str) -> None:
    """What stands left of it was said by somebody who is not trusted; an unreadable hop ends the search."""
    assert seen(NEAR, {"X-Forwarded-For": said, "X-Forwarded-Proto": "https"}) == (client, "https")


@pytest.mark.parametrize("peer", ["192.0.2.66", "10.2.0.1", "::1", "127.0.0.1", "", "no address"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_from_anybody_else_nothing_moves(peer: str, scheme: str) -> None:
    """Neither client nor scheme, not even where the server itself believed the header."""
    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on"}
    assert seen(peer, headers, scheme=scheme) == (peer, "http")


def test_a_server_that_ends_tls_itself_is_believed() -> None:
    """Without a forwarded header the scheme is the server's word."""
    assert seen("192.0.2.66", {}, scheme="https") == ("192.0.2.66", "https")


@pytest.mark.parametrize(("said", "scheme"), [("https", "https"), ("http, https", "https"), ("https, http", "http"), ("HTTPS", "https"), ("ftp", "http"), ("", "http")])  # fmt: skip
def test_the_last_word_on_the_scheme_counts(said: str, scheme: str) -> None:
    """The nearest proxy wrote it; what is neither http nor https is http."""
    assert seen(NEAR, {"X-Forwarded-Proto": said})[1] == scheme


@pytest.mark.parametrize("peer", ["", "localhost", "127.0.0.1", "::ffff:127.0.0.1"])
def test_a_unix_socket_is_this_machine(peer: str) -> None:
    """Servers name its client differently; all of it is trusted exactly if this machine is."""
    headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    assert seen(peer, headers, trusted=["127.0.0.1"]) == ("192.0.2.7", "https")
