"""A browser without a screen whose pages come from a running server, by itself or through nginx with TLS."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from flask.testing import FlaskClient
from werkzeug.test import Client, TestResponse

from tests.nginx import Visitor
from tests.web.browsing import Browser, Page

BETWEEN_TWO = {"Connection", "Transfer-Encoding"}
"""Headers of one connection, not of the answer."""


class Site(Protocol):
    """Where pages are served."""

    @property
    def address(self) -> str:
        """The address of the pages."""

    def visitor(self) -> Visitor:
        """A client of that address."""


@dataclass(frozen=True)
class OwnPort:
    """A server without a proxy."""

    address: str

    def visitor(self) -> Visitor:
        """A client of the server's own port."""
        host = self.address.removeprefix("http://")
        return Visitor(int(host.rpartition(":")[2]), None, host)


@dataclass
class Heard:
    """What the browsers of a test asked for and got: addresses, titles and file names, pages, files, cookies."""

    addresses: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    pages: list[str] = field(default_factory=list)
    files: list[bytes] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)


class ServedBrowser(Browser):
    """A browser at the published address. It keeps Secure cookies and says where its requests come from."""

    def __init__(self, site: Site, heard: Heard | None = None) -> None:
        self.origin, self.heard = site.address, heard or Heard()
        self._host = site.address.partition("://")[2]
        self._site = site
        self.client = cast(FlaskClient, Client(self._ask, TestResponse))
        self.says = {"HTTP_SEC_FETCH_SITE": "same-origin", "HTTP_ORIGIN": self.origin}
        self.page: Page
        self.token = ""

    def get(self, path: str) -> Page:
        """Open a page, as a link on the last page does."""
        return self._see(self.client.get(path, base_url=self.origin, environ_base=self.says), path)

    def post(self, path: str, **fields: Any) -> Page:
        """Post any data."""
        answer = self.client.post(path, data=fields, base_url=self.origin, environ_base=self.says)
        return self._see(answer, path)

    @property
    def sid(self) -> str:
        """The session cookie, bound to host and TLS. Only for a signed-in browser."""
        cookie = self.client.get_cookie("__Host-sid", self._host.split(":")[0])
        assert cookie is not None and cookie.secure
        return cookie.value

    def sit_down_with(self, sid: str) -> None:
        """Use a copied session cookie."""
        self.client.set_cookie("__Host-sid", sid, domain=self._host.split(":")[0], secure=True, path="/")

    def _see(self, response: TestResponse, path: str) -> Page:
        page = super()._see(response, path)
        heard, headers = self.heard, response.headers
        heard.addresses += [path, headers.get("Location", "")]
        heard.titles += re.findall("(?s)<title>(.*?)</title>", page.html)
        heard.titles.append(headers.get("Content-Disposition", ""))
        heard.addresses += re.findall(r'(?:href|action|src)="([^"]*)"', page.html)
        heard.cookies += headers.getlist("Set-Cookie")
        (heard.files.append(response.data) if not page.html else heard.pages.append(page.html))
        if page.html:
            self.says["HTTP_REFERER"] = self.origin + page.path
        return page

    def _ask(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """Send a request and hand its answer on."""
        headers = {
            name.removeprefix("HTTP_").replace("_", "-"): said
            for name, said in environ.items()
            if name.startswith("HTTP_") or (name == "CONTENT_TYPE" and said)
        }
        length = int(environ.get("CONTENT_LENGTH") or 0)
        answer = self._site.visitor().send(
            environ["REQUEST_METHOD"], environ["REQUEST_URI"], headers, environ["wsgi.input"].read(length)
        )
        said = [(name, one) for name, one in answer.headers.items() if name not in BETWEEN_TWO]
        start_response(f"{answer.status} {http.client.responses[answer.status]}", said)
        return [answer.body]
