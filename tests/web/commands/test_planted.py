"""What is personal or opens an account stands where it must and nowhere else: values planted and looked for.

The shipped server is started on the small school, behind nginx with TLS, with a real mail server; on PostgreSQL
the process that sends letters runs beside it. Pages, lists and exports are used as people use them, and afterwards
every place where something is left behind is searched.
"""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from sqlalchemy import select, update

from config.settings import ROOT
from tests.conftest import ON_BOTH
from tests.mailbox import SENDER, Mailbox
from tests.nginx import PATIENCE, Nginx, ports
from tests.throwaway_postgres import ThrowawayPostgres
from tests.web.browsing import Form
from tests.web.commands.test_serve import serving
from tests.web.served import Heard, ServedBrowser
from tests.workflow.notices.conftest import mailbox, reach
from tests.workflow.records.rosters import as_csv, student
from tests.workflow.signin.doors import OTHER, WORDS, numbered
from tests.world import CAMPAIGN, NAME, World
from workflow.clock import SHANGHAI, to_second
from workflow.people.links import make_link
from workflow.people.tables import Presence
from workflow.people.tokens import digest
from workflow.upkeep.metadata import metadata
from workflow.upkeep.tables import InstallationRow

__all__ = ["mailbox"]
pytestmark = [pytest.mark.one_database, ON_BOTH]

ID_NUMBER, XH, KSH, NAMED = "990000200605041114", "240177421", "24360000077421", "张三丰"
STAFF, OFFICER, EXPORTER, APPROVER, AUDITOR = "T0077421", "T0088532", "T0066310", "T0055209", "T0044108"
PHONE, DORMITORY, PURPOSE = "13877421463", "武当山 7 号楼 421", "省教育厅来函核对，用完即当场销毁"
ROSTER_NUMBER, ROSTER_XH = "990000200707071235", "240188633"
"""In a roster that is looked at and not taken in. The number's check character is wrong."""
LISTED, LISTED_MAIL = "T0099643", "song.qingshu@school.example"
MAIL, NEW_MAIL = "zhang.sanfeng@students.school.example", "wudang.mountain@elsewhere.example"
WRONG, MISTAKEN = "我家门前有两棵枣树一棵也不卖", "清明上河图里第七个卖炊饼的人"
LOGGED = "https://kanwu.elsewhere.example"
"""An origin that the server names in its log, as nobody's data and proof that the log was read."""
REASON = "身份证与户口簿上都写作丰字原记录无误请核对"
NOTED, KEPT = "内部备注：已致电户籍科核实丰字无误", "经核对户籍科来函，{field}按原字登记，特此说明"
"""What a reviewer tells colleagues of a case, and a sentence that they keep for themselves."""
ASKER, CALLED, ASKED = "周芷若", "13966032518", "峨眉山金顶查不到我的学籍"
"""What somebody without an account says in a help item."""
CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}\b")

MAY_STAND = {
    "ID number": {"export job"},
    "phone": {"export job"},
    "dormitory": {"pages", "export job"},
    "purpose of an export": {"pages"},
    "exporter's number": {"database", "pages", "export job"},
    "student number": {"database", "pages", "files", "export job"},
    "candidate number": {"database", "pages", "export job"},
    "name": {"database", "pages", "files", "export job"},
    "staff number": {"database", "pages"},
    "password": set(),
    "wrong password": set(),
    "password typed as a number": {"pages"},
    "code of a strip": {"pages", "files"},
    "code of the counter": {"pages"},
    "code of a letter": {"letters"},
    "code of an address": {"letters"},
    "token of a link": {"pages"},
    "session": {"cookies"},
    "address": {"letters"},
    "new address": {"letters"},
    "typed reason": {"pages"},
    "internal note": {"pages"},
    "kept sentence": {"pages"},
    "number in a file": {"pages"},
    "one-time word": {"pages"},
    "asker's name": {"pages"},
    "asker's phone": {"pages"},
    "asker's words": {"pages"},
    "ID number in a roster": set(),
    "student number in a roster": set(),
    "address in a file": {"pages"},
}
"""Every planted value, and the only places where it stands after the walk. It must stand there, too.

A page shows what its reader typed or may read: a link's token is a hidden field between its two steps. The
database holds what is sealed or reckoned from a key in no readable form.
"""


@dataclass
class Walk:
    """The running server, who looked at what, and the planted values that only came up on the way."""

    world: World
    front: Nginx
    mailbox: Mailbox
    heard: Heard = field(default_factory=Heard)
    planted: dict[str, str] = field(default_factory=dict)

    def browser(self) -> ServedBrowser:
        """Another browser."""
        return ServedBrowser(self.front, self.heard)


@pytest.fixture
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """Certificates and ports for nginx."""
    with ports(tmp_path_factory.mktemp("certificates")) as made:
        yield made


@pytest.fixture
def home(
    world: World, mailbox: Mailbox, front: Nginx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The small school as an installation that the server can open, with e-mail set up."""
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    for first, name in enumerate(("seal", "index", "code")):
        (keys / f"{name}.key").write_text(bytes(range(32 * first, 32 * first + 32)).hex(), encoding="ascii")
    with world.place.store.writing() as session:
        school, made_by = world.place.school.slug, world.place.cipher.id
        session.add(
            InstallationRow(
                id=1, school=school, keys=made_by, practice=False, behind=0, made_at=world.clock.moment
            )
        )
    smtp = mailbox.settings()
    for name, said in {
        "ADDRESS": front.address, "SMTP_HOST": smtp.host, "SMTP_PORT": smtp.port, "SMTP_SECURITY": "none",
        "SMTP_FROM": SENDER, "DATABASE": world.place.settings.database,
    }.items():  # fmt: skip
        monkeypatch.setenv(f"KANWU_{name}", str(said))
    return tmp_path


def test_what_is_personal_or_opens_an_account_stands_where_it_must_and_nowhere_else(
    request: pytest.FixtureRequest,
    world: World,
    mailbox: Mailbox,
    front: Nginx,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Database, journal, logs of all processes, letters, exports, addresses, titles: searched for each value."""
    silent = world.record(number=ID_NUMBER, xh=XH, ksh=KSH, xm=NAMED)
    filed = world.record()
    reach(world, silent, vouched=True, email=MAIL)
    world.open_campaign()
    world.file(filed, NAME)
    case = world.case_of(filed).id
    world.do(world.case_of(filed), "take_up", world.staff["reviewer"])
    world.at(to_second(datetime.now(SHANGHAI)))
    walk, beside = Walk(world, front, mailbox), tmp_path_factory.mktemp("nginx")
    with serving(home) as served, sending(home, world.place.store.dialect) as sender:
        with front.before(int(served.site.rpartition(":")[2]), beside):
            officer = by_link(walk, "officer", OFFICER)
            strip = prints_strips(walk, officer)
            takes_lists(officer)
            comes_in(walk, strip)
            asks_at_the_counter(walk, officer, silent)
            reviewer = by_link(walk, "reviewer", STAFF)
            tells_colleagues(reviewer, case)
            refuses_too_late(walk, reviewer, case)
            hands_in_a_file(by_link(walk, "administrator", "A0000001"))
            registrar = by_link(walk, "registrar", EXPORTER)
            takes_contacts_in(registrar)
            looks_at_one(officer, world.case_of(silent).id)
            exported = takes_out(registrar, by_link(walk, "second_reviewer", APPROVER))
            takes_exports(registrar)
            is_helped(walk, registrar)
            auditor = by_link(walk, "auditor", AUDITOR)
            assert PURPOSE in auditor.get("/audit/exports").html
            looks_into(auditor, case)
        database = stored(request, world, home)
        others = [one for one in home.rglob("*") if one.is_file() and not one.name.startswith("kanwu.db")]
    heard = walk.heard
    searched = {
        "database": database,
        "neighbours": b"".join(one.name.encode() + one.read_bytes() for one in others),
        "log": (served.log + served.said + sender.said).encode(),
        "log of nginx": (beside / "access.log").read_bytes(),
        "letters": b"".join(map(unfolded, mailbox.raw)),
        "files": b"".join(map(unzipped, heard.files)),
        "export job": unzipped(exported),
        "addresses": "\n".join(heard.addresses).encode(),
        "titles and file names": "\n".join(heard.titles).encode(),
        "pages": "\n".join(without_addresses(one) for one in heard.pages).encode(),
        "cookies": b"".join(map(read_through, heard.cookies)),
    }
    assert all(searched.values()) and LOGGED.encode() in searched["log"]
    assert b'"csrf_token":' in searched["cookies"]
    planted = walk.planted | {
        "ID number": ID_NUMBER, "phone": PHONE, "dormitory": DORMITORY, "purpose of an export": PURPOSE,
        "exporter's number": EXPORTER, "student number": XH, "candidate number": KSH, "name": NAMED,
        "staff number": STAFF, "password": WORDS, "wrong password": WRONG, "address": MAIL, "new address": NEW_MAIL,
        "password typed as a number": MISTAKEN, "typed reason": REASON,
        "internal note": NOTED, "kept sentence": KEPT, "number in a file": LISTED,
        "address in a file": LISTED_MAIL, "ID number in a roster": ROSTER_NUMBER,
        "student number in a roster": ROSTER_XH, "asker's name": ASKER, "asker's phone": CALLED, "asker's words": ASKED,
    }  # fmt: skip
    assert where_they_stand(planted, searched) == MAY_STAND


# -- what runs ------------------------------------------------------------------------------------------


@dataclass
class Sender:
    """What the process that sends letters wrote."""

    said: str = ""


@contextmanager
def sending(home: Path, dialect: str) -> Iterator[Sender]:
    """On PostgreSQL, letters are sent by a process of their own. On SQLite the server sends them."""
    sender = Sender()
    if dialect == "sqlite":
        yield sender
        return
    environment = {**os.environ, "KANWU_HOME": str(home), "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-P", "-m", "web.commands", "notices", "work"]
    process = subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield sender
    finally:
        process.terminate()
        sender.said = process.communicate()[0]


def stored(request: pytest.FixtureRequest, world: World, home: Path) -> bytes:
    """All that the database has on disk, its journal included, and on PostgreSQL its rows as they are read."""
    if world.place.store.dialect == "sqlite":
        return b"".join(one.read_bytes() for one in home.glob("kanwu.db*"))
    server: ThrowawayPostgres = request.getfixturevalue("postgres")
    name = str(world.place.store.url.database)
    with psycopg.connect(server.address(name), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (oid,) = (
            connection.execute("SELECT oid FROM pg_database WHERE datname = %s", (name,)).fetchone() or ()
        )
    with world.place.store.reading() as session:
        rows = [row for table in metadata.tables.values() for row in session.execute(select(table))]
    read = b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)
    files = [*(server.data / "base" / str(oid)).iterdir(), *(server.data / "pg_wal").iterdir()]
    return read + b"".join(one.read_bytes() for one in files if one.is_file())


# -- the walk -------------------------------------------------------------------------------------------


def by_link(walk: Walk, role: str, number: str) -> ServedBrowser:
    """A member of staff opens the operator's link, and sets a password."""
    person, place = numbered(walk.world, role, number), walk.world.place
    with place.store.writing() as session:
        token = make_link(session, person, "operator", walk.world.clock.moment, place.entropy)
    walk.planted["token of a link"] = token
    browser = walk.browser()
    browser.open_link(token)
    assert browser.send("/in/person", number=number, password=WORDS, again=WORDS).status == 303
    walk.planted["session"] = browser.sid
    assert browser.follow().status == 303
    assert number in browser.get("/account").html
    return browser


def prints_strips(walk: Walk, officer: ServedBrowser) -> str:
    """Strips for the college, and the same as a list to download. Returns the student's code in the list."""
    for hand in ("strips", "list"):
        officer.get("/college/codes")
        officer.send("/college/codes", whom="测试学院\t", hand=hand)
        run = officer.page.location
        assert officer.follow().status == 200
        page = officer.get(f"{run}/{hand}/1")
        assert XH in page.html
    (row,) = re.findall(rf"(?s)<tr>(?:(?!</tr>).)*{XH}.*?</tr>", page.html)
    (code,) = CODE.findall(row)
    assert officer.get(f"{run}/list.xlsx").status == 200
    walk.planted["code of a strip"] = code
    return str(code)


def takes_lists(officer: ServedBrowser) -> None:
    """Who has not checked, as a page and as both files."""
    for ending in ("", ".csv", ".xlsx"):
        assert officer.get(f"/college/{CAMPAIGN}/silent{ending}").status == 200


def comes_in(walk: Walk, code: str) -> None:
    """The strip, a password, out, wrong tries, a code in a letter, in, and a look around."""
    browser = walk.browser()
    browser.get("/activate")
    browser.send("/activate", number=XH, code=code)
    assert browser.send("/activate/password", password=WORDS, again=WORDS).status == 303
    assert NAMED in browser.get("/my").html
    browser.send("/out")
    stranger = walk.browser()
    stranger.get("/signin")
    assert stranger.send_form(door(stranger), number=XH, password=WRONG).status == 422
    stranger.send_form(door(stranger), number=MISTAKEN, password=OTHER)
    stranger.says["HTTP_ORIGIN"] = LOGGED
    assert stranger.send_form(door(stranger), number=XH, password=WRONG).status == 400
    browser.get("/signin/code")
    browser.send("/signin/code", number=KSH)
    code = walk.planted["code of a letter"] = sent_to(walk.mailbox, MAIL)
    assert browser.send("/enter", number=XH, code=code).status == 303
    for path in ("/my", "/account", "/account/address"):
        assert browser.get(path).status == 200
    assert browser.send("/account/address", email=NEW_MAIL).status == 303
    browser.follow()
    code = walk.planted["code of an address"] = sent_to(walk.mailbox, NEW_MAIL)
    assert browser.send("/account/address/code", code=code).status == 303
    assert "@elsewhere.example" in browser.follow().html


def sent_to(mailbox: Mailbox, address: str) -> str:
    """The code in the letter to an address, once it has arrived."""
    while True:
        arrived = mailbox.expect()
        for to, letter in mailbox.letters:
            if to == address and (codes := CODE.findall(letter.get_content())):
                return str(codes[0])
        assert arrived.wait(PATIENCE)


def asks_at_the_counter(walk: Walk, officer: ServedBrowser, record: str) -> None:
    """The officer finds the student by number and reads a new code out."""
    officer.get("/college/counter")
    officer.send("/counter", said=XH)
    officer.follow()
    officer.send(f"/counter/{record}", seen="card")
    (code,) = CODE.findall(officer.follow().text)
    walk.planted["code of the counter"] = code


def tells_colleagues(reviewer: ServedBrowser, case: str) -> None:
    """An internal note of the case, and a sentence kept for others like it."""
    reviewer.get(f"/desk/{case}")
    assert reviewer.send("/note", words=NOTED).status == 303
    assert NOTED in reviewer.follow().text
    reviewer.get("/desk/sentences")
    assert reviewer.send("/add", outcome="refused", cause="", zh=KEPT, en="").status == 303
    assert KEPT in reviewer.follow().text


def refuses_too_late(walk: Walk, reviewer: ServedBrowser, case: str) -> None:
    """The proof has grown old over the typing; the press is kept, shown again, and sent on."""
    form = reviewer.get(f"/desk/{case}").form("/decide")
    with walk.world.place.store.writing() as session:
        session.execute(
            update(Presence).where(Presence.digest == digest(reviewer.sid)).values(proved_at=None)
        )
    said = {"outcome": "refused", "refusal": "record_is_right", "words": REASON}
    assert "/fresh/" in reviewer.send_form(form, **said).location
    reviewer.follow()
    assert reviewer.send_form(door(reviewer), password=WORDS).status == 303
    assert REASON in reviewer.follow().html
    assert reviewer.send("/decide").status == 303
    assert REASON in reviewer.get(f"/desk/{case}").html


def hands_in_a_file(administrator: ServedBrowser) -> None:
    """A staff file is looked at, and not proposed."""
    lines = f"工号,姓名,身份,邮箱\n{LISTED},宋青书,审核人,{LISTED_MAIL}\n"
    administrator.get("/admin/staff-file")
    administrator.send("/admin/staff-file", file=(io.BytesIO(lines.encode()), "名单.csv"))
    assert LISTED in administrator.follow().text


def takes_contacts_in(registrar: ServedBrowser) -> None:
    """A file of phones is looked at, then taken in."""
    lines = f"学号,手机,宿舍\n{XH},{PHONE},{DORMITORY}\n"
    registrar.get("/registrar/contacts")
    registrar.send("/registrar/contacts", file=(io.BytesIO(lines.encode()), "宿管.csv"))
    registrar.follow()
    assert registrar.send("/take").status == 303
    registrar.follow()


def looks_at_one(officer: ServedBrowser, case: str) -> None:
    """The officer's page of the student, with the ends of the phone."""
    assert "138******63" in officer.get(f"/college/{CAMPAIGN}/students/{case}").text
    assert DORMITORY in officer.page.text


def takes_out(registrar: ServedBrowser, second: ServedBrowser) -> bytes:
    """An export job from the wish to the file, which is searched by itself."""
    registrar.get("/registrar/exports")
    registrar.send(
        "/registrar/exports", purpose="authority", words=PURPOSE, what=["id_number", "phone", "dormitory"]
    )
    job = registrar.page.location
    registrar.follow()
    second.get(job)
    assert second.send("/approve").status == 303
    second.follow()
    registrar.get(job)
    assert registrar.send("/file").status == 200
    return registrar.heard.files.pop()


def takes_exports(registrar: ServedBrowser) -> None:
    """The school's lists and their files; and a roster whose findings are taken away."""
    ours = f"/registrar/{CAMPAIGN}"
    for path in (
        "/registrar", ours, f"{ours}/board", f"{ours}/unchecked", f"{ours}/unchecked.csv",
        f"{ours}/signatures", f"{ours}/signatures.xlsx", f"{ours}/platform", f"{ours}/platform/both.xlsx",
    ):  # fmt: skip
        assert registrar.get(path).status == 200, path
    wrong = student(703, SFZH=ROSTER_NUMBER, XH=ROSTER_XH)
    registrar.get("/registrar/rosters")
    registrar.send("/registrar/rosters", file=(io.BytesIO(as_csv([wrong])), f"{ROSTER_NUMBER}.csv"))
    page = registrar.follow()
    assert 'data-finding="checksum"' in page.html
    assert registrar.get(next(link for link in page.links if link.endswith("findings.csv"))).status == 200


def is_helped(walk: Walk, registrar: ServedBrowser) -> None:
    """Somebody without an account asks, is answered, and reads the answer with number and word."""
    visitor = walk.browser()
    visitor.get("/help/ask")
    page = visitor.send("/help/ask", kind="no_record", name=ASKER, phone=CALLED, words=ASKED)
    (word,), (number,) = CODE.findall(page.text), re.findall(r"\d{3} \d{3} \d{3}", page.text)
    walk.planted["one-time word"] = word
    registrar.get("/registrar/help")
    item = next(link for link in registrar.page.links if "/registrar/help/" in link)
    assert CALLED in registrar.get(item).html
    assert registrar.send("/answer", answer="solve", words=f"{ASKER}的学籍已补报").status == 303
    visitor.get("/help/state")
    assert "已补报" in visitor.send("/help/state", number=number, word=word).html


def looks_into(auditor: ServedBrowser, case: str) -> None:
    """A student is searched by number; the timeline of a case, who looked, and who has which role."""
    auditor.get("/audit")
    auditor.send("/audit", said=XH)
    for path in (
        f"/audit/{case}",
        f"/audit/{case}/looks",
        "/audit/refusals",
        "/audit/grants",
        "/audit/grants/acts",
    ):
        assert auditor.get(path).status == 200, path


def door(browser: ServedBrowser) -> Form:
    """The form that asks for a password."""
    return next(form for form in browser.page.forms if "password" in form.fields)


# -- the search -----------------------------------------------------------------------------------------


def where_they_stand(planted: Mapping[str, str], searched: Mapping[str, bytes]) -> dict[str, set[str]]:
    """The places in which each value stands, in any of its forms."""
    small = {place: held.lower() for place, held in searched.items()}
    return {
        what: {place for place, held in small.items() if any(form in held for form in forms(value))}
        for what, value in planted.items()
    }


def forms(value: str) -> set[bytes]:
    """How a value may be written: plain, without dashes, in an address, as base64 and in UTF-16."""
    plain = {value, value.replace("-", "")}
    quoted = {quote(one) for one in plain}
    coded = {base64.b64encode(one.encode()).decode().rstrip("=")[:-1] for one in plain}
    wide = {one.encode("utf-16-le") for one in plain}
    return {one.lower().encode() for one in plain | quoted | coded} | {one.lower() for one in wide}


def without_addresses(page: str) -> str:
    """A page without the addresses in it, which are searched by themselves."""
    return re.sub(r'(href|action|src)="[^"]*"', "", page)


def unzipped(file: bytes) -> bytes:
    """The parts of a workbook, and any other file as it is."""
    if not zipfile.is_zipfile(io.BytesIO(file)):
        return file
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        return b"".join(book.read(name) for name in book.namelist())


def read_through(cookie: str) -> bytes:
    """A cookie as it is set, and what a signed one holds."""
    name, _, said = cookie.partition(";")[0].partition("=")
    if not (name.endswith("form") and said):
        return cookie.encode()
    packed, held = said.startswith("."), said.lstrip(".").partition(".")[0]
    plain = base64.urlsafe_b64decode(held + "=" * (-len(held) % 4))
    return cookie.encode() + (zlib.decompress(plain) if packed else plain)


def unfolded(raw: bytes) -> bytes:
    """A letter as it went over the line, and its text as it is read."""
    letter = message_from_bytes(raw, policy=policy.default)
    return raw + "\n".join([*map(str, letter.values()), letter.get_content()]).encode()
