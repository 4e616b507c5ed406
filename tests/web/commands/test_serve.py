"""``serve`` from outside: an empty home shows a demonstration, a real installation is served as it is."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result

from config.policy import School
from config.settings import ROOT, Settings, read_settings
from demo.autumn import PLAN
from demo.cast import STAFF, STUDENTS
from tests.conftest import CHECK_DAY, on
from tests.web.served import OwnPort, ServedBrowser
from tests.workflow.signin.doors import OTHER, WORDS
from web.commands import main
from web.commands.serve import doubtful, noticed
from workflow.cases.rules import SchoolRules
from workflow.clock import SHANGHAI, to_second
from workflow.upkeep.installation import ClockRefused, create

MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d"


@dataclass
class Served:
    """The command's output until it served, the address of the pages, and once it ended the later output."""

    said: str
    site: str
    log: str = ""

    @property
    def links(self) -> list[str]:
        """The one-time links in printed order."""
        return re.findall(r"^ *(http://\S+/in#\S+)$", self.said, re.MULTILINE)

    @property
    def clock(self) -> datetime:
        """The printed moment, to the minute."""
        (said,) = re.findall(f"Its clock shows ({MOMENT})", self.said)
        return datetime.fromisoformat(said).replace(tzinfo=SHANGHAI)


@contextmanager
def serving(home: Path, *words: str) -> Iterator[Served]:
    """Start the command in its own process, wait until it serves, and stop it at the end."""
    environment = {**os.environ, "KANWU_HOME": str(home), "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-P", "-m", "web.commands", "serve", "--port", "0", *words]
    process = subprocess.Popen(
        line, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    served = Served("", "")
    try:
        for row in process.stdout:
            served.said += row
            if found := re.match(r"(http://\S+)  ", row):
                served.site = found.group(1)
                yield served
                return
        raise AssertionError(served.said)
    finally:
        process.terminate()
        served.log = process.communicate()[0]


def told(home: Path, *words: str) -> Result:
    """Run a command that ends by itself."""
    environment = {"KANWU_HOME": str(home), "KANWU_DATABASE": None, "KANWU_OWNER": None}
    return CliRunner().invoke(main, list(words), env=environment)


def read(address: str) -> str:
    """A page as a stranger sees it."""
    with urlopen(address) as answer:
        return str(answer.read().decode())


# -- a demonstration ------------------------------------------------------------------------------------


def test_where_nothing_is_installed_a_demonstration_is_made_and_served(tmp_path: Path) -> None:
    """One command on an empty folder leads to pages with invented people, and says how to begin in earnest."""
    began = to_second(datetime.now(SHANGHAI))
    with serving(tmp_path, "--at", "2024-10-16T10:00") as served:
        assert "虚构" in served.said and "invented" in served.said
        assert str(tmp_path / "demo") in served.said and "start.py init" in served.said
        at = on(2024, 10, 16)
        assert at <= served.clock <= at + (datetime.now(SHANGHAI) - began)
        assert "人物和数据都是虚构的" in read(served.site)


def test_a_demonstration_is_made_once_and_each_start_gives_fresh_links(own_demonstration: Settings) -> None:
    """The same people come back, each with a new link that works and a line that says what to try."""
    home = own_demonstration.home
    with serving(home) as first:
        pass
    with serving(home) as second:
        assert len(first.links) == len(second.links) == len(STUDENTS) + len(STAFF)
        assert not set(first.links) & set(second.links)
        for link in second.links:
            assert "<form" in read(link)
    names = [re.sub(rf"http\S+|{MOMENT}", "", served.said) for served in (first, second)]
    assert names[0] == names[1] and "正在建立" not in names[0]
    for zh, en in (*STUDENTS.values(), *STAFF.values()):
        assert zh in first.said and en in first.said


def test_the_printed_strip_the_password_and_the_counter_open_an_account(own_demonstration: Settings) -> None:
    """The ways in of a real installation can be tried: the strip that is printed, and the officer's counter."""
    with serving(own_demonstration.home) as served:
        ((name, number, code, page),) = re.findall(
            r"^  (\S+)  (\d+)  ([2-9A-Z]{5}-[2-9A-Z]{5})\n    http://[^/]+(/activate)$",
            served.said,
            re.MULTILINE,
        )
        (link,) = re.findall(r"college officer[^\n]*\n    \S+/in#(\S+)$", served.said, re.MULTILINE)
        student, officer = ServedBrowser(OwnPort(served.site)), ServedBrowser(OwnPort(served.site))
        student.get(page)
        student.send("/activate", number=number, code=code)
        assert student.send("/activate/password", password=WORDS, again=WORDS).status == 303
        assert name in student.get("/my").text
        student.send("/out")
        student.get("/signin")
        assert student.send("/signin", number=number, password=WORDS).status == 303
        officer.open_link(link)
        present = re.findall(r'class="number[^>]*>(\d{8,})<', officer.get(f"/college/{PLAN}/silent").html)[0]
        officer.get("/college/counter")
        officer.send("/counter", said=present)
        record = officer.follow().path
        officer.send(record, seen="card")
        (code,) = re.findall(r"\b[2-9A-Z]{5}-[2-9A-Z]{5}\b", officer.follow().text)
        student.get(page)
        student.send("/activate", number=present, code=code)
        assert student.send("/activate/password", password=OTHER, again=OTHER).status == 303


def test_after_the_campaign_it_is_said_how_to_see_it_under_way(own_demonstration: Settings) -> None:
    """Whoever comes back weeks later, or puts the clock far ahead, finds a closed campaign and is told why."""
    began = to_second(datetime.now(SHANGHAI))
    with serving(own_demonstration.home, "--at", "2024-11-20") as served:
        at = on(2024, 11, 20, 0)
        assert at <= served.clock <= at + (datetime.now(SHANGHAI) - began)
        assert "campaign is over" in served.said


def test_a_demonstration_that_lost_a_part_is_to_be_deleted(own_demonstration: Settings) -> None:
    """It is not made over what is left, which might be something else of somebody's."""
    database = own_demonstration.home / "demo" / "kanwu.db"
    database.unlink()
    refused = told(own_demonstration.home, "serve", "--port", "0")
    assert refused.exit_code == 1 and str(database.parent) in refused.output.replace("\n", "")
    assert not database.exists()


def test_its_clock_is_not_put_back(own_demonstration: Settings) -> None:
    """The refusal names the folder to delete for another beginning."""
    refused = told(own_demonstration.home, "serve", "--port", "0", "--at", "2024-10-25")
    assert isinstance(refused.exception, ClockRefused)
    assert str(own_demonstration.home / "demo") in str(refused.exception)


# -- no demonstration -----------------------------------------------------------------------------------


@pytest.fixture
def earnest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a real, empty installation, beside an older demonstration."""
    monkeypatch.setenv("KANWU_HOME", str(tmp_path))
    create(read_settings(), "测试管理员")
    return tmp_path


def test_a_real_installation_is_served_and_nothing_is_said_of_demonstrations(earnest: Path) -> None:
    """After ``init`` the home is what it was made as, without links and without a banner."""
    with serving(earnest) as served:
        assert served.links == [] and "演示" not in served.said
        assert "虚构" not in read(served.site)
    assert not (earnest / "demo").exists()


def test_init_makes_a_real_one_beside_the_demonstration(own_demonstration: Settings) -> None:
    """From then on the real one is served, and the demonstration stays where it was."""
    home = own_demonstration.home
    assert told(home, "init").exit_code == 0
    with serving(home) as served:
        assert served.links == [] and "演示" not in served.said
    assert (home / "demo" / "kanwu.db").exists()


def test_a_real_installation_has_no_other_clock(earnest: Path) -> None:
    """The demonstration's clock is no way to set an installation's."""
    refused = told(earnest, "serve", "--port", "0", "--at", "2024-10-25")
    assert refused.exit_code == 2 and "--at" in refused.output


@pytest.mark.parametrize("lost", ["keys", "kanwu.db"])
def test_an_installation_that_lost_a_part_is_not_hidden_behind_a_demonstration(
    earnest: Path, lost: str
) -> None:
    """Whoever lost keys or database is told to restore them; nothing is made in their place."""
    (earnest / lost).rename(earnest / "elsewhere")
    refused = told(earnest, "serve", "--port", "0")
    assert refused.exit_code == 1 and "备份" in refused.output
    assert not (earnest / "demo").exists()


def test_who_names_a_server_means_it(tmp_path: Path) -> None:
    """Where PostgreSQL is named and nothing is installed there, no demonstration takes its place."""
    asked = {"KANWU_HOME": str(tmp_path), "KANWU_DATABASE": "postgresql+psycopg://app@localhost/nowhere"}
    refused = CliRunner().invoke(main, ["serve", "--port", "0"], env=asked)
    assert refused.exit_code == 1 and "init" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_said_before_anything_is_made(tmp_path: Path) -> None:
    """The remedy is another port, and no demonstration was made for nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        refused = told(tmp_path, "serve", "--port", str(taken.getsockname()[1]))
    assert refused.exit_code == 1 and "--port" in refused.output
    assert list(tmp_path.iterdir()) == []


def test_help_explains_it(tmp_path: Path) -> None:
    """Both helps name the demonstration, its clock, its folder and the way to a real installation."""
    general, own = told(tmp_path, "--help").output, told(tmp_path, "serve", "--help").output
    for word in ("--at", "init", "screenshots", "demonstration"):
        assert word in general
    for word in ("--at", "--host", "--port", "init", "var/demo", "demonstration", "2024-10-30T10:00"):
        assert word in own


# -- the network ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "address", "proxies", "named"),
    [
        ("127.0.0.1", "", "", ""),
        ("127.0.0.1", "http://localhost:8000", "", ""),
        ("127.0.0.1", "https://xueji.example.edu.cn", "", ""),
        ("::1", "https://xueji.example.edu.cn", "::1", ""),
        ("10.0.0.9", "https://xueji.example.edu.cn", "10.0.0.5", ""),
        ("10.0.0.9", "", "", "KANWU_ADDRESS"),
        ("127.0.0.1", "http://xueji.example.edu.cn", "", "https"),
        ("0.0.0.0", "https://xueji.example.edu.cn", "", "KANWU_PROXIES"),
        ("127.0.0.1", "https://xueji.example.edu.cn", "10.0.0.5", "KANWU_PROXIES"),
        ("127.0.0.1", "https://xueji.example.edu.cn", "none", "KANWU_PROXIES"),
    ],
)
def test_a_set_up_that_cannot_work_is_named_before_anybody_comes(
    tmp_path: Path, host: str, address: str, proxies: str, named: str
) -> None:
    """What the server listens at, the published address and the proxies must fit; a note names what to change."""
    said = {"KANWU_HOME": str(tmp_path), "KANWU_ADDRESS": address, "KANWU_PROXIES": proxies}
    notes = [zh for zh, _ in doubtful(read_settings(said), host)]
    assert len(notes) == bool(named) and named in "".join(notes)


def test_the_notes_are_printed_at_the_start(earnest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts the server reads them above its address."""
    monkeypatch.setenv("KANWU_ADDRESS", "https://xueji.example.edu.cn")
    monkeypatch.setenv("KANWU_PROXIES", "10.0.0.5")
    with serving(earnest) as served:
        assert "注意 / note" in served.said and "KANWU_PROXIES" in served.said


def test_a_start_tells_what_the_examples_miss_and_what_is_no_longer_said(nchu: School) -> None:
    """The folder's examples are asked, and a rule beyond the words that a new text leaves out is named; nothing stops."""
    silent = replace(nchu, policy=replace(nchu.policy, unsupported=()))
    wrong = replace(nchu.examples[0], expect={"outcome": "accept"})
    known = SchoolRules([(CHECK_DAY, nchu)])
    missing = SchoolRules([(CHECK_DAY, nchu), (CHECK_DAY, replace(silent, examples=(wrong,)))], replaced=nchu)

    assert noticed(known) == ()
    assert [fault.file for fault in noticed(missing)] == ["nchu/examples.toml", "nchu/policy.toml"]
    assert nchu.policy.unsupported[0].says in noticed(missing)[1].says
