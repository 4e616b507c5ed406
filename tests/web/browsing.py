"""A browser without a screen. It reads pages, fills in their forms and sends them as shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.world import World
from workflow.people.accounts import grants_of
from workflow.people.presences import Way, begin, prove
from workflow.people.tokens import digest

WHOLE_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dX](?![0-9A-Za-z])")
"""A resident's ID number shown whole. A token of a form that happens to have as many digits in a row is none."""


@dataclass
class Form:
    """One form of a page: its address, its fields, and whether it can be sent."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, bool]] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """True when one of its buttons is enabled."""
        return any(not shut for _, _, shut in self.buttons)


@dataclass
class Page:
    """A response page."""

    status: int
    path: str
    location: str
    html: str
    response: TestResponse
    forms: list[Form]
    words: list[tuple[str, str]]
    links: list[str]
    pictures: list[str]

    @property
    def text(self) -> str:
        """All text that a reader sees."""
        return " ".join(said for said, _ in self.words)

    @property
    def own_text(self) -> str:
        """All text in the page's own language, without values marked as Chinese."""
        return " ".join(said for said, language in self.words if not language)

    @property
    def codes(self) -> list[str]:
        """The codes of all reasons on the page."""
        return self._marked("data-code")

    def form(self, action: str) -> Form:
        """The only form whose address ends like this, whatever its query says unless asked."""
        paths = (
            (form, form.action if "?" in action else form.action.partition("?")[0]) for form in self.forms
        )
        found = [form for form, path in paths if path.endswith(action)]
        assert len(found) == 1, f"{len(found)} forms end in {action} on {self.path}"
        return found[0]

    def _marked(self, name: str) -> list[str]:
        return [piece.split('"')[1] for piece in self.html.split(name + "=")[1:]]


class Browser:
    """One browser with its own cookies."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        # what a browser of today says of a form that one of our own pages sends
        self.client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
        self.page: Page
        self.token = ""

    @property
    def sid(self) -> str:
        """The session cookie. Only for a signed-in browser."""
        cookie = self.client.get_cookie("sid")
        assert cookie is not None
        return cookie.value

    def get(self, path: str) -> Page:
        """Open a page. Redirects are not followed."""
        return self._see(self.client.get(path), path)

    def open_link(self, token: str) -> Page:
        """Sign in with a one-time link, whose token the page's script takes out of the address."""
        self.get("/in")
        return self.send("/in", token=token)

    def prove(self, world: World) -> None:
        """Prove anew who sits here, as if at the page for it."""
        with world.place.store.writing() as session:
            prove(session, digest(self.sid), world.clock.moment)

    def sit_down(self, world: World, person: str) -> None:
        """Sign a person in here again, in this very browser. Its other cookies stay."""
        with world.place.store.writing() as session:
            at, entropy = world.clock.moment, world.place.entropy
            token = begin(session, grants_of(session, person)[0], Way("password"), at, entropy)
        tls = self.client.application.config["PREFERRED_URL_SCHEME"] == "https"
        name = "__Host-sid" if tls else "sid"
        self.client.set_cookie(name, token, httponly=True, samesite="Lax", secure=tls)

    def follow(self) -> Page:
        """Follow the last redirect."""
        assert self.page.status == 303, f"{self.page.status} at {self.page.path}: {self.page.text[:500]}"
        return self.get(self.page.location)

    def send(self, action: str, **typed: Any) -> Page:
        """Fill in and send the present page's form whose address ends like this."""
        return self.send_form(self.page.form(action), **typed)

    def send_form(self, form: Form, **typed: Any) -> Page:
        """Send a form as shown, with these values."""
        assert form.method == "post" and form.open, f"{form.action} cannot be sent from {self.page.path}"
        return self.post(form.action or self.page.path, **{**form.fields, **typed})

    def post(self, path: str, **fields: Any) -> Page:
        """Post any data."""
        content = "multipart/form-data" if any(isinstance(one, tuple) for one in fields.values()) else None
        answer = self.client.post(path, data=fields, content_type=content)
        answer.request.environ["wsgi.input"].close()
        return self._see(answer, path)

    def _see(self, response: TestResponse, path: str) -> Page:
        html = response.text if response.mimetype == "text/html" else ""
        response.close()
        reader = _Reader()
        reader.feed(html)
        page = Page(
            response.status_code, path.split("#")[0], response.headers.get("Location", ""), html, response,
            reader.forms, reader.words, reader.links, reader.pictures,
        )  # fmt: skip
        if html or response.status_code == 303:
            self.page = page
        for form in page.forms:
            self.token = form.fields.get("csrf_token", self.token)
        return page


def signed_in(world: World, app: Flask, person: str) -> Browser:
    """A browser in which a person is signed in and has just proved who they are."""
    browser = Browser(app)
    browser.sit_down(world, person)
    browser.get("/")
    browser.follow()
    return browser


VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self._named: dict[str, Form] = {}
        self._stack: list[tuple[str, str, bool]] = []
        self._form: Form | None = None
        self._area = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        here = self._stack[-1] if self._stack else ("", "", False)
        language = said.get("lang", here[1]) if tag != "html" else ""
        shut = here[2] or (tag == "fieldset" and "disabled" in said)
        if tag not in VOID:
            self._stack.append((tag, language, shut))
        if tag == "form":
            self._form = Form(said.get("action", ""), said.get("method", "get"))
            self.forms.append(self._form)
            self._named[said.get("id", "")] = self._form
        elif tag == "a" and "href" in said:
            self.links.append(said["href"])
        elif tag == "img":
            self.pictures.append(said.get("src", ""))
            self.words.append((said.get("alt", ""), language))
        elif tag == "button" and "form" in said:
            shut = shut or "disabled" in said
            self._named[said["form"]].buttons.append((said.get("name", ""), said.get("value", ""), shut))
        elif self._form is not None:
            self._control(tag, said, shut or "disabled" in said)
        if "aria-label" in said:
            self.words.append((said["aria-label"], language))

    def _control(self, tag: str, said: dict[str, str], shut: bool) -> None:
        assert self._form is not None
        name, value = said.get("name", ""), said.get("value", "")
        if tag == "button":
            self._form.buttons.append((name, value, shut))
        elif tag == "option" and self._select:
            if "selected" in said or self._select not in self._form.fields:
                self._form.fields[self._select] = value
        elif shut or not name:
            return
        elif tag == "input" and (said.get("type") not in ("radio", "checkbox", "file") or "checked" in said):
            self._form.fields[name] = value
        elif tag == "textarea":
            self._area = name
            self._form.fields[name] = ""
        elif tag == "select":
            self._select = name

    def handle_endtag(self, tag: str) -> None:
        while self._stack and self._stack.pop()[0] != tag:
            continue
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = ""
        elif tag == "select":
            self._select = ""

    def handle_data(self, data: str) -> None:
        here = self._stack[-1] if self._stack else ("", "", False)
        if self._area and self._form is not None:
            self._form.fields[self._area] += data
        elif here[0] not in ("style", "script") and data.strip():
            self.words.append((" ".join(data.split()), here[1]))
