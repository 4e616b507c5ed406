"""The shipped servers behind a real nginx that ends TLS, as docs/server.md says to run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserType, Page, expect
from sqlalchemy import select, update

from config.settings import ROOT, read_settings
from tests.nginx import ELSEWHERE, NAME, Nginx, Visitor, ports
from tests.web.commands.test_serve import Served, serving
from tests.web.served import ServedBrowser
from tests.workflow.signin.doors import WORDS
from workflow.people.tables import Grant, Person, Presence
from workflow.signin.password.proof import set_password
from workflow.store import Store
from workflow.upkeep.installation import create, open_installation

pytestmark = pytest.mark.one_database

BY_ANY_SERVER = """
from wsgiref.simple_server import make_server
import wsgi
server = make_server("127.0.0.1", 0, wsgi.app)
print(f"http://127.0.0.1:{server.server_port}  ", flush=True)
server.serve_forever()
"""
SAYS_WHO_ASKS = """
import socket
from flask import request
from web.commands.serve import server_of
from web.shared.security import open_to_all
import wsgi
wsgi.app.add_url_rule("/who", "who", open_to_all(lambda: request.remote_addr))
door = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{door.getsockname()[1]}  ", flush=True)
server_of(wsgi.app, door, threads=2).run()
"""
"""The server of ``serve`` with one more page."""

Start = Callable[[Path], AbstractContextManager[Served]]


@dataclass
class Behind:
    """Kanwu behind nginx."""

    front: Nginx
    served: Served
    folder: Path

    @property
    def proxys_log(self) -> str:
        """What nginx has logged of requests."""
        return (self.folder / "access.log").read_text(encoding="utf-8")

    @property
    def log(self) -> str:
        """What the server logged. Only once it ended."""
        return self.served.log

    def visitor(self) -> Visitor:
        """A client of the published address."""
        return self.front.visitor()

    def past_the_proxy(self) -> Visitor:
        """A client on this machine's network that reaches Kanwu's own port."""
        host = self.served.site.removeprefix("http://")
        return Visitor(int(host.rpartition(":")[2]), None, host)


@contextmanager
def by_script(script: str, home: Path) -> Iterator[Served]:
    """Run a server from a script that prints its address."""
    environment = {**os.environ, "KANWU_HOME": str(home), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", script],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    served = Served(process.stdout.readline(), "")
    try:
        (served.site,) = re.findall(r"^(http://\S+)", served.said)
        yield served
    finally:
        process.terminate()
        served.log = process.communicate()[0]


SERVERS: list[Start] = [serving, partial(by_script, BY_ANY_SERVER)]


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Nginx]:
    """Certificates and ports for an nginx of one's own."""
    with ports(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real installation."""
    folder = tmp_path_factory.mktemp("home")
    create(read_settings({"KANWU_HOME": str(folder)}), "测试管理员")
    return folder


@contextmanager
def behind(
    server: Start, front: Nginx, home: Path, folder: Path, *changes: tuple[str, str], **settings: str
) -> Iterator[Behind]:
    """Run a server, with settings, behind nginx, with changes to its file."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {"address": front.address, **settings}.items():
            environment.setenv(f"KANWU_{name.upper()}", value)
        with server(home) as served:
            kanwu = Behind(front, served, folder)
            with front.before(kanwu.past_the_proxy().port, folder, *changes):
                yield kanwu


@pytest.fixture(scope="module", params=SERVERS, ids=["serve", "wsgi"])
def kanwu(
    request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Behind]:
    """Each server with the documented set-up."""
    folder = tmp_path_factory.mktemp("nginx")
    with ports(folder) as front, behind(request.param, front, home, folder) as made:
        yield made


def form_of(browser: Visitor) -> dict[str, str]:
    """The fields of a form that a stranger may send, with the right token."""
    return {"csrf_token": browser.get("/").token, "language": "en", "back": "/bye"}


def test_behind_a_proxy_that_ends_tls_cookies_are_bound_to_host_and_tls(kanwu: Behind) -> None:
    """Every cookie is ``__Host-`` and Secure, and HSTS is announced, through the server as it is shipped."""
    page = kanwu.visitor().get("/")
    assert page.status == 200 and "Strict-Transport-Security" in page.headers
    assert page.cookies and all(
        one.startswith("__Host-") and "; Secure" in one and "; HttpOnly" in one for one in page.cookies
    )


def test_behind_a_proxy_a_form_comes_from_our_own_pages_only(kanwu: Behind) -> None:
    """With the right token and cookie, a foreign Referer or Origin is refused, and our own goes through."""
    browser = kanwu.visitor()
    said, ours = form_of(browser), browser.origin
    for headers in (
        {"Referer": "https://evil.example/"},
        {"Origin": "https://evil.example", "Referer": f"{ours}/"},
        {"Origin": ours, "Sec_Fetch_Site": "same-site"},
        {"Origin": "null"},
        {},
    ):
        assert browser.post("/language", said, **headers).status == 403, headers
    for headers in ({"Origin": ours, "Sec_Fetch_Site": "same-origin"}, {"Referer": f"{ours}/"}):
        went = browser.post("/language", said, **headers)
        assert (went.status, went.headers["Location"]) == (303, "/bye")


@pytest.fixture
def window(browser_type: BrowserType, browser_type_launch_args: dict[str, Any]) -> Iterator[Page]:
    """A Chromium that finds the published name on this machine."""
    args = [*browser_type_launch_args["args"], f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
    chromium = browser_type.launch(**{**browser_type_launch_args, "args": args})
    yield chromium.new_page(ignore_https_errors=True, locale="zh-CN")
    chromium.close()


def test_a_real_browser_tells_our_pages_from_others(kanwu: Behind, window: Page) -> None:
    """Chromium's own headers let a button of ours through TLS, and stop the same form on another page."""
    here = kanwu.front.address
    window.goto(here)
    window.get_by_role("button", name="English").click()
    expect(window.locator("html")).to_have_attribute("lang", "en")
    window.goto("about:blank")
    window.set_content(f'<form method="post" action="{here}/language"><button>Win a prize</button></form>')
    window.get_by_role("button").click()
    expect(window.get_by_role("heading")).to_contain_text("不是从本站的页面发出的")


def test_the_key_in_an_earlier_links_address_is_in_no_log(kanwu: Behind, window: Page) -> None:
    """Neither as the address asked for nor as the page from which Chromium asks for the next one."""
    key = "k" * 43
    window.goto(f"{kanwu.front.address}/in/{key}")
    window.get_by_role("button", name="English").click()
    window.wait_for_url(re.compile("/in/|/$"))
    assert "/static/" in kanwu.proxys_log and "POST /language" in kanwu.proxys_log
    assert key not in kanwu.proxys_log


def administrator(home: Path) -> None:
    """The administrator has a number and a password."""
    place = open_installation(read_settings({"KANWU_HOME": str(home)}))
    with closing(place.store), place.store.writing() as session:
        person = session.scalars(select(Grant.person_id).where(Grant.role == "administrator")).one()
        session.execute(update(Person).where(Person.id == person).values(number="A1"))
        set_password(session, person, WORDS, place.clock.now(session))


def proofs_grow_old(home: Path) -> None:
    """Nobody who is signed in has just proved who they are."""
    settings = read_settings({"KANWU_HOME": str(home)})
    with closing(Store(settings.database)) as store, store.writing() as session:
        session.execute(update(Presence).values(proved_at=None))


def test_behind_a_proxy_one_signs_in_acts_anew_proved_and_is_out_for_good(kanwu: Behind, home: Path) -> None:
    """By password; a grant after the proof has grown old goes on with what was typed; a copied cookie is dead."""
    administrator(home)
    browser = ServedBrowser(kanwu.front)
    browser.get("/signin")
    page = browser.send("/signin", number="A1", password=WORDS)
    assert page.status == 303 and "Strict-Transport-Security" in page.response.headers
    cookies = page.response.headers.getlist("Set-Cookie")
    assert any(one.startswith("__Host-sid=") and "SameSite=Lax" in one for one in cookies)
    assert all(one.startswith("__Host-") and "; Secure" in one and "; HttpOnly" in one for one in cookies)
    form = browser.get("/admin").form("/admin/people")
    proofs_grow_old(home)
    number = f"S{kanwu.past_the_proxy().port}"
    assert "/fresh/" in browser.send_form(form, number=number, name="李审核", role="reviewer").location
    browser.follow()
    browser.send_form(next(one for one in browser.page.forms if "password" in one.fields), password=WORDS)
    assert "李审核" in browser.follow().text
    assert browser.send("/admin/people").status == 303
    assert number in browser.follow().text
    copied = browser.sid
    browser.get("/admin")
    assert browser.send("/out").status == 303
    thief = ServedBrowser(kanwu.front)
    thief.sit_down_with(copied)
    assert thief.get("/admin").status == 401 and "李审核" not in thief.page.html


def test_behind_a_proxy_no_other_page_presses_for_who_is_signed_in(kanwu: Behind, home: Path) -> None:
    """With the session's cookie and the form's token, a foreign Origin or Referer is refused, and one stays in."""
    administrator(home)
    browser = ServedBrowser(kanwu.front)
    browser.get("/signin")
    browser.send("/signin", number="A1", password=WORDS)
    browser.get("/admin")
    token, ours = browser.token, browser.says
    for says in (
        {"HTTP_ORIGIN": "https://evil.example"},
        {"HTTP_REFERER": "https://evil.example/"},
        {"HTTP_REFERER": f"{browser.origin}.evil.example/"},
        ours | {"HTTP_SEC_FETCH_SITE": "cross-site"},
    ):
        browser.says = says
        assert browser.post("/out", csrf_token=token).status == 403, says
    browser.says = ours
    assert browser.get("/admin").status == 200
    assert browser.send("/out").status == 303 and browser.get("/admin").status == 401


def test_behind_a_proxy_a_link_opens(kanwu: Behind) -> None:
    """Its address, and that of an earlier version's, are answered by Kanwu itself."""
    assert kanwu.visitor().get("/in").status == 200
    assert "用过" in kanwu.visitor().get("/in/" + "k" * 43).text


def test_who_is_no_named_proxy_forwards_nothing(kanwu: Behind) -> None:
    """A forged scheme from elsewhere gets no cookie for TLS and no HSTS, whichever server reads it first."""
    forged = {"X_Forwarded_Proto": "https", "X_Forwarded_Ssl": "on", "Forwarded": "proto=https"}
    page = kanwu.past_the_proxy().get("/", **forged)
    assert page.status == 200 and "Strict-Transport-Security" not in page.headers
    assert page.cookies and not any(one.startswith("__Host-") or "Secure" in one for one in page.cookies)


def test_the_client_is_whom_the_last_trusted_proxy_saw(front: Nginx, home: Path, tmp_path: Path) -> None:
    """A claimed X-Forwarded-For moves nothing, unless it comes through a further proxy that is named."""
    server = partial(by_script, SAYS_WHO_ASKS)
    with behind(server, front, home, tmp_path) as kanwu:
        assert kanwu.visitor().get("/who").text == ELSEWHERE
        assert kanwu.visitor().get("/who", X_Forwarded_For="192.0.2.7").text == ELSEWHERE
        assert kanwu.past_the_proxy().get("/who", X_Forwarded_For="192.0.2.7").text == ELSEWHERE
    with behind(server, front, home, tmp_path, proxies=f"127.0.0.1, {ELSEWHERE}") as kanwu:
        said = "203.0.113.9, 192.0.2.7"
        assert kanwu.visitor().get("/who", X_Forwarded_For=said).text == "192.0.2.7"


def test_a_proxy_that_does_not_tell_the_scheme_is_named(front: Nginx, home: Path, tmp_path: Path) -> None:
    """No page and no cookie is given outside TLS; page and log say which setting to change."""
    silent = ("proxy_set_header X-Forwarded-Proto $scheme;", "")
    with behind(serving, front, home, tmp_path, silent) as kanwu:
        page = kanwu.visitor().get("/")
        assert page.status == 400 and "X-Forwarded-Proto" in page.text and page.cookies == []
    assert "came without TLS" in kanwu.log and "KANWU_PROXIES" in kanwu.log and NAME in kanwu.log


def test_a_proxy_that_does_not_tell_the_host_is_named(front: Nginx, home: Path, tmp_path: Path) -> None:
    """The refused form says that the addresses differ, not that it is too old; the log says both addresses."""
    silent = ("proxy_set_header Host $http_host;", "")
    with behind(serving, front, home, tmp_path, silent) as kanwu:
        browser = kanwu.visitor()
        page = browser.post("/language", form_of(browser), Origin=browser.origin)
        assert page.status == 400 and "对不上" in page.text and "失效" not in page.text
    assert f"Origin {browser.origin}" in kanwu.log and "pass on Host" in kanwu.log


def test_a_name_that_is_not_the_address_is_logged(front: Nginx, home: Path, tmp_path: Path) -> None:
    """Who asks for another name gets the plain page; the log says what was asked and what is set."""
    with behind(serving, front, home, tmp_path) as kanwu:
        stranger = kanwu.past_the_proxy()
        stranger.host = "kanwu.example"
        assert stranger.get("/").status == 400
    assert "kanwu.example" in kanwu.log and f"KANWU_ADDRESS is {front.address}" in kanwu.log


def test_plain_http_leads_to_tls(kanwu: Behind) -> None:
    """The documented proxy answers http with the same address in https."""
    answer = Visitor(kanwu.front.plain_port, None, NAME).get("/bye")
    assert (answer.status, answer.headers["Location"]) == (301, f"https://{NAME}/bye")
