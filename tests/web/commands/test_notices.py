"""``notices`` and ``people addresses`` on the command line, and the worker of a served installation."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from config.settings import read_settings
from tests.mailbox import Mailbox
from tests.web.commands.test_serve import serving
from tests.workflow.records.rosters import as_csv, student
from web.commands import main
from workflow.clock import SHANGHAI
from workflow.notices.addresses import Given, take_addresses
from workflow.notices.contacts import Owner
from workflow.notices.outbox import Outbox
from workflow.notices.tables import Address, Delivery, Notice
from workflow.records.tables import Record
from workflow.upkeep.installation import Installation, create, open_installation

MAIL = "someone@students.school.example"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new installation on SQLite with two students."""
    folder = tmp_path / "home"
    monkeypatch.setenv("KANWU_HOME", str(folder))
    create(read_settings(), "测试管理员")
    (folder / "roster.csv").write_bytes(as_csv([student(1), student(2)]))
    assert run("roster", "import", str(folder / "roster.csv")).exit_code == 0
    return folder


def run(*words: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, list(words))


def opened() -> Installation:
    """The installation as of now."""
    return open_installation(read_settings())


def number(place: Installation) -> str:
    """The first student's number."""
    with place.store.reading() as session:
        return str(session.scalars(select(Record.xh).order_by(Record.xh)).first())


def addresses(home: Path, text: str, *words: str) -> Result:
    """Run ``people addresses`` on a file."""
    (home / "addresses.csv").write_text(text, encoding="utf-8")
    return run("people", "addresses", str(home / "addresses.csv"), *words)


def test_a_file_of_addresses_is_looked_at_and_then_taken(home: Path) -> None:
    """A dry run writes nothing; what is printed are counts."""
    place = opened()
    text = f"学号,邮箱\n{number(place)},{MAIL}\n"
    dry, done = addresses(home, text, "--dry-run"), None
    with place.store.reading() as session:
        assert session.scalars(select(Address)).all() == []
    done = addresses(home, text, "--vouched")
    assert (dry.exit_code, done.exit_code) == (0, 0)
    assert "新增 / new 1" in done.output and MAIL not in dry.output + done.output
    with place.store.reading() as session:
        assert session.scalars(select(Address.vouched)).all() == [True]


def test_a_row_that_does_not_fit_is_named_and_nothing_is_taken(home: Path) -> None:
    """Exit status 1, the row and the fault, and never the value."""
    place = opened()
    said = addresses(home, f"学号,邮箱\n{number(place)},{MAIL}\n{number(place)}9,who@school.example\n")
    assert said.exit_code == 1 and "row 3" in said.output and "who@school" not in said.output
    with place.store.reading() as session:
        assert session.scalars(select(Address)).all() == []


def test_status_says_that_nothing_leaves(home: Path) -> None:
    """Where no channel is set up, in the first line."""
    said = run("notices", "status")
    assert said.exit_code == 0 and said.output.startswith("没有配置任何渠道")
    assert run("notices", "work").exit_code == 1


def test_on_sqlite_the_serving_process_sends(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process beside it is refused with the way to go."""
    with Mailbox() as mailbox:
        configure(monkeypatch, mailbox)
        said = run("notices", "work")
    assert said.exit_code == 1 and "serve" in said.output


def configure(monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox) -> None:
    """Configure e-mail in the environment."""
    its = mailbox.settings()
    for name, value in {
        "ADDRESS": "http://127.0.0.1:8000",
        "SMTP_HOST": its.host,
        "SMTP_PORT": str(its.port),
        "SMTP_SECURITY": its.security,
        "SMTP_FROM": its.sender,
    }.items():
        monkeypatch.setenv(f"KANWU_{name}", value)


def owe_a_test(place: Installation, at: datetime) -> str:
    """Queue a message to the administrator that may be sent at any hour. Returns its id."""
    with place.store.writing() as session:
        person = session.scalars(select(Address.person_id)).one()
        (notice,) = Outbox(place.entropy).owe_on(session, "test", [(person, "", person)], at, occasion="1")
        return notice


def test_a_served_installation_sends_what_is_owed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker stands beside the pages in one process, and the letter arrives while they are served."""
    with Mailbox() as mailbox:
        configure(monkeypatch, mailbox)
        place = opened()
        listed = run("people", "list").output
        person = listed.split()[0]
        assert addresses(home, f"人员编号,邮箱\n{person},{MAIL}\n").exit_code == 0
        notice = owe_a_test(place, place.clock.now())
        arrived = mailbox.expect()
        with serving(home) as served:
            assert "通知由这个进程发出" in served.said
            assert urlopen(f"{served.site}/").status == 200
            assert arrived.wait(60)
    assert mailbox.addresses == [MAIL] and notice in mailbox.ids[0]


def test_how_a_student_was_told_is_printed_and_the_look_is_kept(home: Path) -> None:
    """Event, page and channel of each notice; the command stands in the access log."""
    place = opened()
    at = datetime(2024, 10, 25, 10, tzinfo=SHANGHAI)
    with place.store.writing() as session:
        record = session.scalars(select(Record.id).order_by(Record.xh)).first()
        assert record is not None
        Outbox(place.entropy).owe_on(session, "reminder", [("0" * 32, record, "")], at, occasion="1")
    said = run("notices", "told", number(place))
    assert re.search(r"2024-10-25 10:00 +请在截止前核对", said.output)
    assert run("notices", "told", "0").exit_code == 2


def test_what_was_given_up_is_owed_again(home: Path) -> None:
    """By the same words as on the administrator's page."""
    place = opened()
    with place.store.writing() as session:
        record = session.scalars(select(Record.id)).first()
        assert record is not None
        at = place.clock.now(session)
        given = [Given(Owner(record=record), "email", MAIL)]
        take_addresses(session, place.cipher, place.entropy, given, vouched=False, by="t", at=at)
        (notice,) = Outbox(place.entropy).owe_on(
            session, "reminder", [("0" * 32, record, "")], at, occasion="1"
        )
        address = session.scalars(select(Address.id)).one()
        session.add(
            Delivery(
                id="1" * 32, notice_id=notice, address_id=address, channel="email", status="dead",
                next_at=at, vouched=False, error="message_refused", answer=554,
            )
        )  # fmt: skip
    assert "message_refused" in run("notices", "status").output
    assert "1" in run("notices", "retry", "--error", "message_refused").output
    with place.store.reading() as session:
        assert session.scalars(select(Delivery.status)).all() == ["owed"]
        assert len(session.scalars(select(Notice.id)).all()) == 1
