"""What holds on every page: who may use it, what protects it, and what an error tells."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select
from werkzeug.routing import Rule

from states import GRANTED
from tests.web.browsing import WHOLE_NUMBER, Browser, signed_in
from tests.world import CAMPAIGN, NAME, World, number_of
from web import create_app
from web.shared.gate.bodies import LONGEST_FIELD, MOST_FIELDS
from web.shared.security import ANYONE, CSP, PHOTO_CSP, SCRIPT_CSP, UPLOAD_CSP
from workflow.history.tables import EntryRow
from workflow.people.tables import Access, Person

pytestmark = pytest.mark.one_database

Staff = Callable[[str], Browser]
STAFF = [role for role in GRANTED if role != "student"]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Referer": "https://evil.example/my"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://blog.localhost"},
]
"""How a browser marks a form that a page of another site sent."""


@pytest.fixture
def everybody(world: World, as_staff: Staff, as_student: Staff) -> dict[str, Browser]:
    """One browser for each role and one for a stranger. A filed case and a record exist."""
    record, other = world.record(), world.record()
    world.open_campaign()
    world.file(other, NAME)
    return {role: as_staff(role) for role in STAFF} | {"student": as_student(record)}


def addresses(app: Flask, world: World) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every route as (method, address, roles), with ids of existing things."""
    found = []
    for rule in app.url_map.iter_rules():
        action = "withdraw" if rule.endpoint == "student.act" else "take_up"
        path = address_of(app, world, rule, action)
        for method in sorted(rule.methods & {"GET", "POST"}):  # type: ignore[operator]
            found.append((method, path, app.view_functions[rule.endpoint].open_to))  # type: ignore[attr-defined]
    return found


def address_of(app: Flask, world: World, rule: Rule, action: str) -> str:
    """The address of a route, with ids of existing things and one of its actions."""
    with world.place.store.reading() as session:
        person = session.scalar(select(Person.id)) or ""
    case = world.case_of(f"{2:032x}").id
    values = {
        "token": "nosuchtoken", "field": "XM", "column": "XM", "case": case, "subject": case, "person": person,
        "plan": CAMPAIGN, "paper": "0" * 32, "letter": "0" * 32, "number": 1, "filename": "icon.svg", "kind": "id_card", "form": "errata",
        "question": "cause", "asked": "0" * 32, "digest": "0" * 64, "substitution": "0" * 32, "relation": "0" * 32,
        "run": "0" * 32, "sheet": 1, "record": f"{2:032x}", "code": "0" * 32, "short": "0" * 12,
        "proposal": "0" * 32, "job": "0" * 32, "batch": "0" * 32, "item": "0" * 32, "edit": "add",
        "press": "0" * 32, "id": "0" * 16, "situation": "face_failed", "step": "review", "ending": "stuck",
        "link": "none", "comparison": "0" * 32, "colours": "6a1b9a-00000000", "shades": "6a1b9a-00000000", "crest": f"{'0' * 32}.svg",
    }  # fmt: skip
    with app.test_request_context():
        known = {**values, "action": action, **(rule.defaults or {})}
        address = rule.build({name: known[name] for name in rule.arguments})
    assert address is not None
    return str(address[1])


def test_every_route_declares_who_may_use_it(app: Flask) -> None:
    """A view that says nothing is closed to all; there is none."""
    silent = [name for name, view in app.view_functions.items() if not getattr(view, "open_to", ())]
    assert silent == []


def test_a_view_that_declares_nothing_is_closed_to_everybody(
    world: World, everybody: dict[str, Browser]
) -> None:
    """Forgetting the declaration locks a page, it does not open it."""
    app = create_app(world.place)
    app.add_url_rule("/forgotten", "forgotten", lambda: "secret")
    for browser in everybody.values():
        client = app.test_client()
        for cookie in ("sid", "form"):
            kept = browser.client.get_cookie(cookie)
            if kept is not None:
                client.set_cookie(cookie, kept.value)
        assert client.get("/forgotten").status_code == 403
    assert app.test_client().get("/forgotten").status_code == 401


def test_every_fresh_route_asks_a_session_whose_proof_is_old(
    app: Flask, world: World, everybody: dict[str, Browser]
) -> None:
    """Sixteen minutes after the password each of them leads to it first, for every role, and nothing happens."""
    world.at(world.clock.moment + timedelta(minutes=16))
    before, asked = entries(world), 0
    for rule in app.url_map.iter_rules():
        needed = getattr(app.view_functions[rule.endpoint], "fresh", None)
        if needed is None:
            continue
        for action in needed.actions or ("",):
            path = address_of(app, world, rule, action)
            for role in app.view_functions[rule.endpoint].open_to:  # type: ignore[attr-defined]
                if needed.of_staff and role == "student":
                    continue
                browser = everybody[role]
                if "POST" in (rule.methods or ()):
                    page = browser.post(path, csrf_token=browser.token, expected="1", key="k" * 32, words="x")
                else:
                    page = browser.get(path)
                assert page.status == 303 and page.location.startswith("/fresh"), (path, role, page.status)
                asked += 1
    assert asked >= 40 and entries(world) == before


def entries(world: World) -> int:
    """How many lines the history has."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(EntryRow)) or 0


def looks(world: World) -> int:
    """How many lines the access log has."""
    with world.place.store.reading() as session:
        return session.scalar(select(func.count()).select_from(Access)) or 0


@pytest.mark.parametrize(
    "body",
    ["[" * 60_000, '{"a":' * 10_000, "[1]", "1", '{"said":{"a":1},"words":5}', '{"a":' + "9" * 6000 + "}"],
    ids=["deep list", "deep object", "list", "number", "object", "huge number"],
)
def test_no_form_takes_json(app: Flask, world: World, everybody: dict[str, Browser], body: str) -> None:
    """With the right token in a header, JSON of any shape is a 415 that says what is taken, and writes no line."""
    before = entries(world)
    for method, path, roles in addresses(app, world):
        if method == "GET":
            continue
        browser = everybody[roles[0]] if roles[0] in everybody else everybody["student"]
        answer = browser.client.post(
            path, data=body, content_type="application/json", headers={"X-CSRFToken": browser.token}
        )
        assert answer.status_code == 415 and "本站的表单" in answer.text, path
    assert entries(world) == before


def test_a_form_has_no_more_and_no_longer_fields_than_ours(stranger: Browser, as_staff: Staff) -> None:
    """Two thousand fields are read; one more is a 413 that says how many, also beside a file, as is a long one."""
    stranger.get("/")
    said = {"csrf_token": stranger.token, "language": "en", "back": "/bye"}
    assert stranger.post("/language", **said, x=["1"] * (MOST_FIELDS - len(said))).status == 303
    stranger.get("/")
    page = stranger.post("/language", **said, x=["1"] * MOST_FIELDS)
    assert page.status == 413 and f"{MOST_FIELDS} items" in page.text
    registrar = as_staff("registrar")
    for more in ({"x": ["1"] * MOST_FIELDS}, {"as_of": "1" * (LONGEST_FIELD + 1)}):
        file = (io.BytesIO(b"KSH"), "roster.csv")
        page = registrar.post("/registrar/rosters", csrf_token=registrar.token, file=file, **more)
        assert page.status == 413 and f"{MOST_FIELDS} 项" in page.text


def test_a_number_in_an_address_has_an_end(world: World, everybody: dict[str, Browser]) -> None:
    """A number that no database holds is an address that does not exist."""
    auditor, case = everybody["auditor"], world.case_of(f"{2:032x}").id
    for number in ("9" * 10, "9" * 30, "9" * 5000):
        assert auditor.post(f"/audit/{case}/{number}", csrf_token=auditor.token).status == 404


def test_nobody_who_is_not_signed_in_gets_past_the_front(
    app: Flask, world: World, everybody: dict[str, Browser], stranger: Browser
) -> None:
    """Strangers read how to sign in, whatever address they try, and their forms do nothing."""
    stranger.get("/")
    for method, path, roles in addresses(app, world):
        if ANYONE in roles:
            continue
        page = stranger.get(path) if method == "GET" else stranger.post(path, csrf_token=stranger.token)
        assert page.status == 401 and "请先登录" in page.text, (method, path)


def test_the_wrong_role_is_remembered(world: World, as_staff: Staff) -> None:
    """A try at a page of another role leaves a line in the access log."""
    as_staff("registrar").get("/desk")
    with world.place.store.reading() as session:
        lines = session.execute(select(Access.role, Access.what, Access.allowed)).all()
    assert lines == [("registrar", "page:desk.queue", False)]


def test_every_form_needs_its_token(app: Flask, world: World, everybody: dict[str, Browser]) -> None:
    """Without the token of this very browser every POST is a 400 and writes no line; only a count goes without."""
    before, endings = entries(world), "/guide/face_failed/review"
    views = {name for name, view in app.view_functions.items() if getattr(view, "needs_no_token", False)}
    assert views == {"guide.end"}
    for method, path, roles in addresses(app, world):
        if method == "GET" or path == endings:
            continue
        browser = everybody[roles[0]] if roles[0] in everybody else everybody["student"]
        for token in ({}, {"csrf_token": "forged"}, {"csrf_token": Browser(app).token}):
            page = browser.post(path, expected="1", key="k" * 32, words="x", **token)
            assert page.status == 400 and "表单已经失效" in page.text, path
    assert entries(world) == before


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("sent_from", FOREIGN)
def test_no_other_site_presses_a_button(world: World, sent_from: dict[str, str], scheme: str) -> None:
    """Even with the right token and cookies, a form sent from elsewhere is a 403 and writes no line anywhere."""
    app = create_app(world.place)
    app.config["PREFERRED_URL_SCHEME"] = scheme  # the scheme of the test client's requests
    browsers = {role: signed_in(world, app, world.staff[role].person) for role in STAFF}
    browsers["student"] = signed_in(world, app, world.student(world.record()).person)
    world.open_campaign()
    world.file(world.record(), NAME)
    before = entries(world), looks(world)
    pressed = 0
    for method, path, roles in addresses(app, world):
        if method == "GET":
            continue
        browser = browsers[roles[0]] if roles[0] in browsers else browsers["student"]
        said = {"csrf_token": browser.token, "expected": "1", "key": "k" * 32, "words": "x"}
        answer = browser.client.post(path, data=said, headers={"Sec-Fetch-Site": "", **sent_from})
        assert answer.status_code == 403 and "不是从本站的页面发出的" in answer.text, path
        pressed += 1
    assert pressed > 60 and (entries(world), looks(world)) == before


def test_a_token_of_somebody_else_is_no_token(app: Flask, everybody: dict[str, Browser]) -> None:
    """The token is bound to the browser it was given to."""
    foreign = everybody["auditor"].get("/audit").forms[0].fields["csrf_token"]
    page = everybody["student"].post("/my/confirm", csrf_token=foreign, expected="1", key="k" * 32)
    assert page.status == 400


def test_every_answer_bears_the_headers(app: Flask, world: World, everybody: dict[str, Browser]) -> None:
    """Scripts at the desk, where a code or link arrives and where photos go; no frame, no sniffing, nothing kept."""
    for method, path, roles in addresses(app, world):
        browser = everybody.get(roles[0], everybody["student"])
        fields = {"csrf_token": browser.token} if method == "POST" else {}
        answer = browser.client.open(path, method=method, data=fields)
        headers = answer.headers
        answer.close()
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["X-Frame-Options"] == "DENY"
        key_in_address = re.fullmatch("/in/(?!person$).*", path)
        assert headers["Referrer-Policy"] == ("strict-origin" if key_in_address else "same-origin"), path
        at_desk = path.startswith("/desk") and not path.startswith("/desk/papers") and path[-6:] != "/photo"
        runs = at_desk or path in ("/activate", "/activate/password", "/in")
        sends = re.search("^/(my|for).*(/papers|/papers/add/[^/]+|/more/[^/]+|/questions/[^/]+)$", path)
        policy = SCRIPT_CSP if runs else UPLOAD_CSP if sends else CSP
        policy = PHOTO_CSP if path == "/guide/photo" else policy
        assert headers["Content-Security-Policy"] == policy, path
        if not path.startswith("/static/"):
            assert headers["Cache-Control"] == "no-store", path
        if path == "/out":
            break
    assert "default-src 'none'" in CSP and "script-src" not in CSP and "frame-ancestors 'none'" in CSP
    assert SCRIPT_CSP.split("; ") == [*CSP.split("; ")[:2], "script-src 'self'", *CSP.split("; ")[2:]]
    assert set(PHOTO_CSP.split("; ")) - set(SCRIPT_CSP.split("; ")) == {"img-src 'self' data: blob:"}
    assert set(UPLOAD_CSP.split("; ")) - set(PHOTO_CSP.split("; ")) == {"connect-src 'self'"}


def test_no_page_has_a_style_or_script_of_its_own() -> None:
    """The strict policy is kept by the templates: nothing inline, no handler, and three scripts of ours."""
    ours = re.compile(r"""<script src="{{ url_for\('static', filename='(\w+\.js)'\) }}" defer></script>""")
    loading = []
    for file in (Path(__file__).parents[3] / "web" / "templates").rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        loading += [(f"{file.parent.name}/{file.name}", script) for script in ours.findall(text)]
        found = re.findall(r"<script|<style|\sstyle=|\son\w+=|javascript:", ours.sub("", text))
        assert found == [], file.name
    assert sorted(loading) == [
        ("desk/_frame.html", "desk.js"),
        ("desk/platform.html", "platform.js"),
        ("signin/_fields.html", "signin.js"),
        ("student/_photos_script.html", "photos.js"),
    ]


def test_only_our_own_names_are_answered(app: Flask) -> None:
    """A Host header of somebody else's choosing gets a plain 400, so no link can be built from it."""
    answer = app.test_client().get("/", base_url="http://evil.example")
    assert answer.status_code == 400 and "evil" not in answer.text


def test_an_address_of_https_makes_cookies_secure(world: World) -> None:
    """Behind one proxy that ends TLS, cookies are bound to the host and HSTS is announced."""
    from dataclasses import replace

    settings = replace(world.place.settings, address="https://xueji.example.edu.cn")
    app = create_app(replace(world.place, settings=settings))
    answer = app.test_client().get(
        "/", base_url="http://xueji.example.edu.cn", headers={"X-Forwarded-Proto": "https"}
    )
    assert answer.status_code == 200 and "Strict-Transport-Security" in answer.headers
    assert all(c.startswith("__Host-") and "Secure" in c for c in answer.headers.getlist("Set-Cookie"))


def test_errors_speak_the_house_language(app: Flask, stranger: Browser, as_staff: Staff) -> None:
    """404, 405 and 413 are pages with a way back, and say nothing of our insides."""
    assert stranger.get("/nothing/here").status == 404
    assert "没有这一页" in stranger.page.text and "/" in stranger.page.links
    assert stranger.get("/language").status == 405
    stranger.get("/")
    page = stranger.post("/language", csrf_token=stranger.token, back="/" + "x" * 70_000)
    assert page.status == 413


def test_a_fault_of_ours_tells_the_reader_nothing_and_the_log_no_value(
    world: World, as_staff: Staff, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The page asks for patience; the log names the place in the code, not the message with its values."""
    number = number_of(world.clock.moment.date(), 5)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot bind {number}")

    browser = as_staff("reviewer")
    monkeypatch.setattr("web.desk.queue.count", broken)
    with caplog.at_level(logging.DEBUG):
        page = browser.get("/desk")
    assert page.status == 500 and "没有留下未完成的办理" in page.text
    assert "RuntimeError" in caplog.text and "desk/queue.py" in caplog.text
    assert number not in page.html and number not in caplog.text


def test_without_a_database_there_is_still_an_answer(world: World, as_staff: Staff, app: Flask) -> None:
    """If nothing can be read at all, the reader gets a plain page instead of a broken connection."""
    browser = as_staff("reviewer")
    url = world.place.store.url.set(database="/nowhere/at/all")
    world.place.store.database.dispose()
    world.place.store.database = create_engine(url)
    page = browser.get("/desk")
    world.place.store.database.dispose()
    assert page.status == 500 and "请稍后再试" in page.text


def test_no_address_and_no_log_line_holds_a_number_of_a_person(
    world: World, as_student: Staff, as_staff: Staff, caplog: pytest.LogCaptureFixture
) -> None:
    """Along the whole way no link, form, redirect or log line bears an ID number or a student number."""
    record = world.record()
    world.open_campaign()
    with caplog.at_level(logging.DEBUG):
        pages = []
        student = as_student(record)
        world.file(record, NAME)
        case = world.case_of(record).id
        pages += [
            student.get(path)
            for path in ("/my", "/my/wrong/PHOTO", f"/my/cases/{case}", f"/my/cases/{case}/letter")
        ]
        reviewer, auditor = as_staff("reviewer"), as_staff("auditor")
        pages += [reviewer.get("/desk"), reviewer.send("/find", said="240100001"), reviewer.follow()]
        auditor.get("/audit")
        pages += [
            auditor.send("/audit", said="240100001"),
            auditor.follow(),
            as_staff("administrator").get("/admin"),
        ]
    everything = [caplog.text, *(page.location for page in pages), *(page.path for page in pages)]
    everything += [link for page in pages for link in (*page.links, *(form.action for form in page.forms))]
    assert not [
        one for one in everything if WHOLE_NUMBER.search(one) or re.search(r"240100001|24360000000001", one)
    ]


def test_a_practice_installation_says_so_on_every_page(world: World) -> None:
    """Whoever looks at a practice installation reads that it is one, and what time it has."""
    from dataclasses import replace

    browser = Browser(create_app(replace(world.place, practice=True)))
    for path in ("/", "/nothing", "/bye"):
        assert "练习环境" in browser.get(path).text and "2024年10月25日 10:00" in browser.page.text
    assert "练习环境" not in Browser(create_app(world.place)).get("/").text


def test_a_demonstration_says_so_on_every_page(world: World) -> None:
    """Whoever looks at a demonstration reads in their language that everybody in it is invented."""
    from dataclasses import replace

    browser = Browser(create_app(replace(world.place, practice=True, demonstration=True)))
    for path in ("/", "/nothing", "/bye"):
        assert (
            "人物和数据都是虚构的" in browser.get(path).text and "2024年10月25日 10:00" in browser.page.text
        )
        assert "练习环境" not in browser.page.text
    assert "虚构" not in Browser(create_app(replace(world.place, practice=True))).get("/").text
