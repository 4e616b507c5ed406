"""Which requests are taken for one of our own pages', by what browsers say of themselves."""

from __future__ import annotations

import pytest

from web.shared.gate.origins import (
    AddressesDiffer,
    ForeignForm,
    NothingSaysWhence,
    Whence,
    shown,
)

OURS = "https://xueji.example.edu.cn"
HERE = "http://127.0.0.1:8000"
PAGE = f"{OURS}/my"
EVIL = "https://evil.example"


@pytest.mark.parametrize(
    ("own", "origin", "referer", "site"),
    [
        (OURS, OURS, PAGE, "same-origin"),
        (OURS, OURS, "", "same-origin"),
        (OURS, "", "", "same-origin"),
        (OURS, "null", "", "same-origin"),
        (OURS, OURS, PAGE, "none"),
        (OURS, OURS, PAGE, ""),
        (OURS, "", PAGE, ""),
        (HERE, HERE, f"{HERE}/", "same-origin"),
        (HERE, HERE, "", ""),
        (HERE, "", "", ""),
    ],
    ids=[
        "today's browser", "no Referer", "only Sec-Fetch-Site", "hidden but vouched for", "reload", "some years old",
        "old, with a Referer", "on this machine", "in a closed network", "old, in a closed network",
    ],
)  # fmt: skip
def test_our_own_pages_are_known_by_what_their_browser_says(
    own: str, origin: str, referer: str, site: str
) -> None:
    """One true sign is enough, and on plain http the token alone; browsers differ in what they send."""
    assert Whence(own, OURS, origin, referer, site).fault() is None


@pytest.mark.parametrize(
    ("own", "origin", "referer", "site"),
    [
        (OURS, EVIL, "", "cross-site"),
        (OURS, "", "", "cross-site"),
        (OURS, OURS, PAGE, "cross-site"),
        (OURS, "https://blog.example.edu.cn", "", "same-site"),
        (OURS, EVIL, PAGE, ""),
        (OURS, OURS, EVIL, ""),
        (OURS, "", f"{EVIL}/?{PAGE}", ""),
        (OURS, "", f"{OURS}.evil.example/", ""),
        (OURS, "null", "", ""),
        (OURS, "null", "", "none"),
        (OURS, "file://", "", ""),
        (OURS, "https://[", "", ""),
        (OURS, OURS, "", "no-such-word"),
        (HERE, EVIL, "", ""),
        (HERE, "null", "", ""),
        (HERE, "", f"{EVIL}/", ""),
    ],
)
def test_one_foreign_sign_is_enough_to_refuse(own: str, origin: str, referer: str, site: str) -> None:
    """A sibling host, a hidden origin and an unreadable one are foreign; nothing else makes up for it."""
    assert Whence(own, OURS, origin, referer, site).fault() is ForeignForm


@pytest.mark.parametrize(
    ("own", "origin", "site"),
    [
        (HERE, OURS, ""),
        ("http://xueji.example.edu.cn", OURS, ""),
        (OURS, f"{OURS}:8443", ""),
        (OURS, "https://other-name.example.edu.cn", "same-origin"),
    ],
    ids=["no Host", "no scheme", "no port", "another name"],
)
def test_a_proxy_that_changes_the_address_is_told_from_a_foreign_site(
    own: str, origin: str, site: str
) -> None:
    """Where the browser vouches for the page, or names our host, the set-up is at fault and not the person."""
    assert Whence(own, OURS, origin, "", site).fault() is AddressesDiffer


def test_on_tls_somebody_must_say_whence() -> None:
    """A browser that hides origin and Referer is told so, as every browser of today says one of them."""
    assert Whence(OURS, OURS, "", "", "").fault() is NothingSaysWhence
    assert Whence(OURS, OURS, "", "", "none").fault() is NothingSaysWhence


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("", "(none)"),
        ("https://evil.example:8443", "https://evil.example:8443"),
        ("[2001:db8::1]:443", "[2001:db8::1]:443"),
        ("110105200605041234.example", "….example"),
        ("张三丰.example", "(unreadable)"),
        ("a\nb", "(unreadable)"),
        ("x" * 121, "(unreadable)"),
    ],
)
def test_the_log_quotes_only_what_is_an_address(said: str, logged: str) -> None:
    """Whatever a stranger writes into a header, no long number, no name and no line break enters the log."""
    assert shown(said) == logged
