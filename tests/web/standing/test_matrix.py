"""Every route, as every person, with every kind of object: what opens is what the hand-written table says."""

from __future__ import annotations

import io
import random
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.conftest import APPLICATION, BOTH, CHECK_DAY
from tests.schools import world_with_steps
from tests.throwaway_postgres import ThrowawayPostgres
from tests.web.counting import Counted, counted
from tests.web.standing.cast import ABSENT, CLASSES, MALFORMED, MAY_KNOW, TOO_LARGE, Cast, gathered
from tests.web.standing.table import EVERYBODY, TableLine, table
from web.shared.gate.limits import RecentRequests
from workflow.cases.views.found import SAID_LIMIT
from workflow.clock import SetClock
from workflow.people.cipher import Cipher
from workflow.store import Store

LINES = table()
FIXED = {
    "plan": "freshman-2024", "kind": "id_card", "field": "XM", "question": "cause", "sheet": "1", "number": "1",
    "code": "e" * 32, "class": CLASSES["c"], "situation": "face_failed", "step": "review", "column": "XJZT",
    "edit": "add", "form": "errata",
}  # fmt: skip
NEVER = {
    "plan": "no-such-plan",
    "class": "999999",
    "sought": "999",
    "filename": "none.css",
    "colours": "6a1b9a-00000000",
    "shades": "6a1b9a-00000000",
    "crest": f"{'f' * 32}.svg",
    "short": "f" * 12,
    **dict.fromkeys(("ending", "link", "step", "situation"), "none"),
}
BESIDE = {"why": "check_identity", "side": "new"}
"""What a form says besides."""
BOUNDED = {"/desk/find": SAID_LIMIT}
"""Pages that say of what is too long, whatever it is, that it is: it is not looked for."""
ENDLESS = {"sheet", "number"}
WORDS = {"kind", "field", "column", "question", "action", "edit", "plan", "situation", "step", "form"}
"""Variables that say no thing of anybody, whose other values are addresses that do not exist."""
LAST = ("/fresh/<press>/role", "/account/sessions/end", "/out")
"""Acts after which a person's browser is no longer as it was."""
NOT_THERE = "没有这一页"
ON_BOTH = ("stu", "reg")
"""The people who walk on both databases: between them they open every kind of object."""


@dataclass(frozen=True, slots=True)
class Told:
    """All that an answer tells: page, headers, statements by kind, lines of the access log."""

    status: int
    headers: tuple[tuple[str, str], ...]
    words: str
    asked: tuple[str, ...]
    looks: tuple[tuple[str, str, str, bool], ...]


@pytest.fixture(scope="module", params=BOTH)
def cast(
    request: pytest.FixtureRequest, cipher: Cipher, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cast]:
    """The school on one database, for all tests here."""
    folder = tmp_path_factory.mktemp("matrix")
    with ExitStack() as stack:
        if request.param == "sqlite":
            shutil.copy(request.getfixturevalue("sqlite_model"), folder / "kanwu.db")
            store = Store(f"sqlite:///{folder / 'kanwu.db'}")
        else:
            server: ThrowawayPostgres = request.getfixturevalue("postgres")
            name = server.clone("model")
            stack.callback(server.drop, name)
            store = Store(server.url(name, user=APPLICATION))
        stack.callback(store.close)
        drawn = random.Random(20241023).randbytes
        yield gathered(world_with_steps(store, cipher, SetClock(CHECK_DAY), drawn, folder), folder)


# -- the walk -------------------------------------------------------------------------------------------


@dataclass
class Walk:
    """One person's way through all lines."""

    cast: Cast
    who: str
    whole: bool = True
    """False: only what names an object, by the method of its line. The rest does not ask the database."""
    asked: Counted | None = None
    cells: int = 0

    def __post_init__(self) -> None:
        self.browser = self.cast.of(self.who)
        self.wrong: list[tuple[Any, ...]] = []
        self.foreign = [
            word
            for letter, words in self.cast.names.items()
            if letter not in MAY_KNOW[self.who]
            for word in words
        ]

    def all(self) -> list[tuple[Any, ...]]:
        """Walk, and tell what is not as the table says."""
        for line in sorted(
            LINES, key=lambda one: (LAST.index(one.route) if one.route in LAST else -1, one.method != "GET")
        ):
            self._line(line)
        return self.wrong

    def _line(self, line: TableLine) -> None:
        cell = line.cells.get(self.who)
        if self.who != "any" and "any" in line.cells:
            return
        things = self._things(line)
        if not self.whole and (cell in (None, "+") or not line.object):
            return
        if cell is None:
            self._expect(line, [*things.values()][-1], "401" if self.who == "any" else "403")
            return
        if not line.object or cell == "+":
            self._other_methods(line, next(iter(things.values())), "opens")
            self._of_no_use(line, "")
            for thing in (*things.values(), *([_absent(line)] if line.object else [])):
                self._expect(line, thing, "opens")
            return
        opening = [thing for letter, thing in things.items() if letter in cell]
        closed = [thing for letter, thing in things.items() if letter not in cell]
        around = self._around(line, (opening or closed)[0]) if opening or closed else {}
        absent = _absent(line)
        like = self._expect(line, absent, "404", around)
        for thing in closed:
            self._alike(line, thing, self._expect(line, thing, "404", around), like)
            if self._around(line, thing) != around:
                self._expect(line, thing, "404")
        for thing in _malformed(line):
            too_long = line.route in BOUNDED and len(thing) > BOUNDED[line.route]
            self._expect(line, thing, "422" if too_long else "404", around)
        self._other_methods(line, absent, "404", closed, around)
        if opening:
            self._of_no_use(line, opening[0])
            self._other_methods(line, opening[0], "opens")
        for thing in opening:
            self._expect(line, thing, "opens")

    def _of_no_use(self, line: TableLine, thing: str) -> None:
        """The right thing, with another variable of the address that is of no use: not there."""
        for name in line.names:
            wrong = TOO_LARGE if name in ENDLESS else ("nosuchthing",) if name in WORDS else ()
            for value in wrong if name != line.object else ():
                self._expect(line, thing, "404", {name: value})

    def _other_methods(
        self,
        line: TableLine,
        thing: str,
        expected: str,
        others: Sequence[str] = (),
        around: dict[str, str] | None = None,
    ) -> None:
        """HEAD as GET; OPTIONS the same for all that is not there; any other method is no way to open this."""
        if not self.whole:
            return
        address = self._address(line, thing, around)
        if line.method == "GET":
            self._hold(line, "HEAD", address, expected, self._open(line, "HEAD", address, thing))
        options = self._open(line, "OPTIONS", address, thing)
        if expected == "opens":
            self._hold(line, "OPTIONS", address, expected, options)
        known = {id for letter, id in self._things(line).items() if letter in MAY_KNOW[self.who]}
        for other in [one for one in others if one not in known][:1]:
            told = self._open(line, "OPTIONS", self._address(line, other, around), other)
            self._alike(line, other, told, options)
        if self.who == next(iter(line.cells)):
            self._hold(line, "PUT", address, "405", self._open(line, "PUT", address, thing))

    def _expect(
        self, line: TableLine, thing: str, expected: str, other: dict[str, str] | None = None
    ) -> Told:
        address = self._address(line, thing, other)
        told = self._open(line, line.method, address, thing)
        self._hold(line, line.method, address, expected, told)
        return told

    def _hold(self, line: TableLine, method: str, address: str, expected: str, told: Told) -> None:
        self.cells += 1
        opened = told.status < 500 and told.status not in (401, 403, 405)
        opened &= told.status != 404 or (line.cells.get(self.who) == "+" and NOT_THERE not in told.words)
        met = opened if expected == "opens" else str(told.status) == expected
        if not met:
            self.wrong.append((self.who, method, address[:120], "table", expected, "page", told.status))
        for word in self.foreign:
            if word in told.words:
                self.wrong.append((self.who, method, address[:120], "names", word))

    def _alike(self, line: TableLine, thing: str, told: Told, like: Told) -> None:
        letter = next((letter for letter, id in self._things(line).items() if id == thing), "")
        # whose case, or which campaign, is shown to the person anyhow: only this page is not
        known = letter in MAY_KNOW[self.who] + "p"
        for part in ("status", "headers", "words", *(() if known else ("asked", "looks"))):
            if getattr(told, part) != getattr(like, part):
                both = _apart(getattr(told, part), getattr(like, part))
                self.wrong.append((self.who, line.method, line.route, thing[:40], "differs in", part, *both))

    def _open(self, line: TableLine, method: str, address: str, thing: str) -> Told:
        self.cast.app.extensions["limits"] = RecentRequests()
        told_apart = bool(line.object) and self.who in line.cells
        before = self.cast.last_look if told_apart else 0
        data = {}
        if method == "POST":
            data = {"csrf_token": self.browser.token}
            if line.sent:
                data |= {line.sent.split("=")[0]: thing} | BESIDE
        if self.asked is not None:
            self.asked.clear()
        answer = self.browser.client.open(address, method=method, data=data)
        asked = tuple(map(_shape, self.asked or ()))
        words = _words(answer, thing)
        headers = tuple(one for one in answer.headers if one[0] not in ("Set-Cookie", "Content-Length"))
        status = answer.status_code
        answer.close()
        return Told(status, headers, words, asked, tuple(self.cast.looks(before)) if told_apart else ())

    # -- addresses --------------------------------------------------------------------------------------

    def _things(self, line: TableLine) -> dict[str, str]:
        if not line.object:
            return {"": ""}
        if self.who == "any" and line.object in ("press", "relation", "id"):
            return {"m": self.cast.ids[line.object]["m"]}
        return dict(self.cast.objects(line.object, self.who, line.route)) or {"m": _absent(line)}

    def _address(self, line: TableLine, thing: str, other: dict[str, str] | None = None) -> str:
        values = {**FIXED, "action": "withdraw" if line.route.startswith("/my") else "take_up"}
        if line.object:
            values |= self._around(line, thing) | {line.object: thing}
        values |= other or {}
        return re.sub(r"<(\w+)>", lambda found: values[found.group(1)], line.route)

    def _around(self, line: TableLine, thing: str) -> dict[str, str]:
        """The case or batch around a thing: its own, or the first that is open."""
        letter = next((one for one, id in self._things(line).items() if id == thing), "o")
        inside = [name for name in ("case", "subject") if name in line.names and name != line.object]
        around = {name: self.cast.cases[letter] for name in inside}
        of_batch = "batch" in line.names and line.object != "batch"
        return around | ({"batch": self.cast.ids["batch"]["f"]} if of_batch else {})


def _apart(one: Any, other: Any) -> tuple[Any, Any]:
    """Where two texts or rows begin to differ."""
    if isinstance(one, int):
        return one, other
    at = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    return one[max(at - 40, 0) if isinstance(one, str) else at : at + 80], other[
        max(at - 40, 0) if isinstance(other, str) else at : at + 80
    ]


def _absent(line: TableLine) -> str:
    if line.object in NEVER:
        return NEVER[line.object]
    return ABSENT[{"digest": 64, "id": 16}.get(line.object, 32)]


def _malformed(line: TableLine) -> list[str]:
    if line.object in NEVER:
        return ["甲" * 32, *TOO_LARGE]
    right = {"digest": 64, "id": 16}.get(line.object, 32)
    return [MALFORMED[right], "f" * (right - 1), "F" * (right + 1), *TOO_LARGE]


def _words(answer: TestResponse, thing: str) -> str:
    """What an answer says, without what is drawn for each page, and without what was asked for."""
    if answer.data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
            return "".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    text = answer.data.decode("utf-8", "replace")
    text = re.sub(r'(name="(?:csrf_token|key)" value=)"[^"]*"', r"\1", text)
    return text.replace(thing, "·") if thing else text


def _shape(statement: str) -> str:
    """A statement without its values."""
    return re.sub(r"'(?:[^']|'')*'|\b\d+\b", "?", statement)


@pytest.mark.parametrize(
    ("cast", "who"),
    [*(("sqlite", who) for who in EVERYBODY), *(("postgresql", who) for who in ON_BOTH)],
    indirect=["cast"],
)
def test_what_opens_is_what_the_table_says(cast: Cast, who: str, pytestconfig: pytest.Config) -> None:
    """Each route and method answers each person about each object as written; foreign and absent are alike."""
    with ExitStack() as stack:
        store = cast.world.place.store
        on_sqlite = store.dialect == "sqlite"
        whole = on_sqlite or bool(pytestconfig.getoption("every_database"))
        walk = Walk(cast, who, whole, stack.enter_context(counted(store)) if on_sqlite else None)
        wrong = walk.all()
    assert not wrong, "\n".join(str(one)[:600] for one in wrong)
    assert walk.cells > (250 if whole else 0), walk.cells


def test_the_table_has_a_line_for_every_route(cast: Cast) -> None:
    """Whoever adds a page says in the table who may open it, and no line is left of one that is gone."""
    there = {
        (method, re.sub(r"<(?:[^<>:]*:)?(\w+)>", r"<\1>", rule.rule))
        for rule in cast.app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    }
    written = {(line.method, line.route.split("?")[0]) for line in LINES}
    assert there == written
