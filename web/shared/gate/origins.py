"""How a request came in, and where it comes from: over TLS if the address says so, from our own pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.exceptions import BadRequest, Forbidden

SAFE = {"GET", "HEAD", "OPTIONS"}
DEFAULT_PORTS = {"http": 80, "https": 443}


class NotOverTls(BadRequest):
    """The published address is https, and the request came to its name without it."""


class AddressesDiffer(BadRequest):
    """The form is one of our own pages', but the browser has another address than the one we are asked by."""


class ForeignForm(Forbidden):
    """The request was not sent from a page of ours."""


class NothingSaysWhence(Forbidden):
    """The browser does not say from which page the request was sent."""


@dataclass(frozen=True, slots=True)
class Whence:
    """What a browser says about the origin of a request. '' for each header that it did not send."""

    own: str
    published: str
    origin: str
    referer: str
    site: str

    def fault(self) -> type[BadRequest | Forbidden] | None:
        """Why the request is not taken for one of our own pages', or None.

        A browser of today sends ``Sec-Fetch-Site`` (to https and to this machine) and ``Origin``. Only
        ``same-origin`` and ``none`` (a person's own reload) are ours: ``same-site`` is another host of the
        university. Each of ``Origin`` and ``Referer`` that is sent must name our own origin. ``Origin: null``
        stands for a hidden origin, such as a sandboxed frame, and is taken only with ``same-origin``.

        An old browser may send neither of the three. On https the request is refused. On plain http, where
        only this machine and closed networks are served, the form's token and the cookie decide alone.
        """
        if self.site not in ("", "same-origin", "none"):
            return ForeignForm
        named = [_origin_of(one) for one in (self.origin, self.referer) if one not in ("", "null")]
        if other := next((one for one in named if one != self.own), None):
            return AddressesDiffer if self._is_of_ours(other) else ForeignForm
        if self.origin == "null" and self.site != "same-origin":
            return ForeignForm
        unknown = not named and self.site != "same-origin"
        return NothingSaysWhence if unknown and self.own.startswith("https://") else None

    def _is_of_ours(self, origin: str) -> bool:
        """True if the browser vouches for it, or its host is ours: then a proxy changes the address."""
        ours = {urlsplit(self.own).hostname, urlsplit(self.published).hostname}
        return self.site == "same-origin" or urlsplit(origin).hostname in ours


def guard_origins(app: Flask, published: str) -> None:
    """Refuse requests past TLS, and unsafe ones from other sites, before anything else looks at them."""

    def stop() -> None:
        if _is_past_tls(published):
            warn("came without TLS: the proxy must send X-Forwarded-Proto and be named in KANWU_PROXIES")
            raise NotOverTls
        if request.method in SAFE:
            return
        headers = request.headers
        said = [headers.get(name, "").strip() for name in ("Origin", "Referer", "Sec-Fetch-Site")]
        fault = Whence(_origin_of(request.host_url), _origin_of(published), *said).fault()
        if fault is not None:
            remedy = " The proxy must pass on Host and X-Forwarded-Proto." if fault is AddressesDiffer else ""
            warn(f"refused as {fault.__name__}: Origin {shown(said[0])}, Referer {_site(said[1])}.{remedy}")
            raise fault

    app.before_request(stop)


def warn(what: str) -> None:
    """One log line about a request that the set-up may have spoiled: no path, no address of a person."""
    host, scheme = shown(request.environ.get("HTTP_HOST", "")), request.scheme
    current_app.logger.warning(
        "a %s request for %s %s KANWU_ADDRESS is %s; see docs/server.md",
        scheme, host, what, current_app.extensions["kanwu"].settings.address or "not set",
    )  # fmt: skip


def shown(said: str) -> str:
    """A host or origin as it may stand in a log: short, of ordinary signs, without long numbers."""
    if not re.fullmatch(r"[\w.:/\[\]-]{1,120}", said, re.ASCII):
        return "(none)" if not said else "(unreadable)"
    return re.sub(r"\d{6,}", "…", said)


def _site(referer: str) -> str:
    """The origin of a Referer for the log, without its path, which may name a page."""
    return shown(_origin_of(referer) if referer else "")


def _is_past_tls(published: str) -> bool:
    """True for a request to the published name over plain http, where the published address is https."""
    address = urlsplit(published)
    asked = urlsplit(request.host_url).hostname
    return address.scheme == "https" and not request.is_secure and asked == address.hostname


def _origin_of(address: str) -> str:
    """Scheme, host and port of an address; a usual port is left out. '?' for what is no address."""
    try:
        parts = urlsplit(address)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "?"
    if not host or parts.scheme not in DEFAULT_PORTS:
        return "?" if address else ""
    spelled = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{spelled}" + (
        f":{port}" if port not in (None, DEFAULT_PORTS[parts.scheme]) else ""
    )
