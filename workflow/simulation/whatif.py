"""What-if: a policy's answers to whole cohorts over a period, with some of its numbers changed.

Nothing is written. Each kind of record (``alike``) is asked once, and again only when its answer changes, so
a year costs hardly more than one moment.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.calendar import MonthDay, first_moment
from config.policy import Answer, ClaimAsked, PolicyQuestion, QuestionFault, School, ask, load_school
from config.policy.predicates import ClaimsFrozen
from config.policy.windows import SECOND
from states.permission import GRANTED
from workflow.permissions.facts import PermissionFacts
from workflow.permissions.tables import FREEZE
from workflow.records.rows import chunks
from workflow.records.tables import Record
from workflow.simulation.groups import Alike, Sample, alike

UNANSWERABLE = "record_incomplete"
"""The engine's code when the record lacks a fact that a rule needs. No rule has been applied."""


class AnswerSummary(NamedTuple):
    """An answer in countable form: the outcome, the codes of its reasons, the missing papers."""

    outcome: str
    codes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assumed:
    """Assumptions that replace parts of the policy's text. None of them is stored.

    ``final_day`` is another last day of the yearly final check, ``dates`` other ends of campaigns by plan,
    ``extended_until`` an extension granted to all records in question.
    """

    final_day: MonthDay | None = None
    extended_until: datetime | None = None
    dates: Mapping[str, tuple[datetime, datetime]] = field(default_factory=dict)

    def over(self, school: School) -> School:
        """The school with the assumed final day."""
        check = school.policy.final_check
        if self.final_day is None or check is None:
            return school
        policy = replace(school.policy, final_check=replace(check, last_day=self.final_day))
        return replace(school, policy=policy)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A period in which no answer changes, both ends included. ``groups`` by answer."""

    since: datetime
    until: datetime
    counts: Mapping[AnswerSummary, int]
    groups: Mapping[AnswerSummary, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Simulation:
    """The policy's answers to a cohort: for each period, how many records get which answer.

    ``policies`` are the versions asked, ``answers`` all answers that occur, best first, and ``asked`` the
    number of questions.
    """

    policies: tuple[str, ...]
    records: int
    kinds: tuple[Alike, ...]
    stretches: tuple[Stretch, ...]
    answers: tuple[AnswerSummary, ...]
    asked: int

    def members(self, since: datetime, said: AnswerSummary) -> list[str]:
        """The records behind one count: those with an answer in the period that begins at ``since``."""
        groups = [n for one in self.stretches if one.since == since for n in one.groups.get(said, ())]
        return [record for n in groups for record in self.kinds[n].members]


def tried(school: School, texts: Mapping[str, str]) -> School:
    """The school with some of its files replaced, read as strictly as its own. Raises PolicyFaults."""
    with TemporaryDirectory() as folder:
        home = Path(folder) / school.slug
        home.mkdir()
        for name, text in {**school.texts, **texts}.items():
            (home / name).write_bytes(text.encode())
        return load_school(home)


@dataclass(frozen=True, slots=True)
class RecordListed:
    """One record of a list."""

    number: str
    name: str
    college: str
    group: str


Texts = Sequence[tuple[datetime, School]]
"""The policies that apply over a period, each with its first moment."""


def simulate(
    session: Session,
    texts: Texts,
    scope: Sample,
    since: datetime,
    until: datetime,
    claim: ClaimAsked | None = None,
    assumed: Assumed | None = None,
) -> Simulation:
    """Ask about all records of a scope, from one moment to another, both included, each policy in its time.

    Without a claim: may anything be filed at all? Planned final campaigns count as published.
    """
    assumed = assumed or Assumed()
    texts = [(at, assumed.over(school)) for at, school in texts]
    kinds = alike(session, [school for _, school in texts], scope)
    turns: dict[datetime, list[tuple[int, AnswerSummary]]] = defaultdict(list)
    asked = 0
    for n, kind in enumerate(kinds):

        def put(at: datetime, school: School, kind: Alike = kind) -> PolicyQuestion:
            return kind.question(
                session,
                school,
                at,
                () if claim is None else (claim,),
                dates=assumed.dates,
                planned=True,
                extended_until=assumed.extended_until,
            )

        for at, said, _ in over_texts(thawed(texts, kind.permissions, until), put, until):
            turns[at].append((n, said))
            asked += 1
    stretches = tuple(_stretches(kinds, turns, until))
    occurring = {said for stretch in stretches for said in stretch.counts}
    return Simulation(
        policies=tuple(school.version for _, school in texts),
        records=sum(len(kind.members) for kind in kinds),
        kinds=tuple(kinds),
        stretches=stretches,
        answers=tuple(sorted(occurring, key=lambda said: (_ORDER.index(said.outcome), said))),
        asked=asked,
    )


OUTCOMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "accept": ("可以提出", "may file"),
        "incomplete": ("可以提出，须附材料", "may file, with papers"),
        "defer": ("还不能提出", "not yet"),
        "route": ("由其他部门办理", "for another office"),
        "not_accepted": ("不能提出", "cannot file"),
        UNANSWERABLE: ("记录缺少规则需要的事实", "the record lacks a fact that a rule needs"),
    }
)
"""The outcomes in countable form, best first."""
_ORDER = tuple(OUTCOMES)


def said_of(school: School, question: PolicyQuestion) -> tuple[AnswerSummary, Answer | None]:
    """The answer to one question in countable form, and in full if the question can be answered."""
    try:
        answer = ask(school, question)
    except QuestionFault:
        return AnswerSummary(UNANSWERABLE), None
    codes = tuple(sorted(set(answer.codes)))
    return AnswerSummary(answer.outcome, codes, tuple(sorted(answer.missing))), answer


def over_time(
    school: School, question: PolicyQuestion, until: datetime | None = None
) -> Iterator[tuple[datetime, AnswerSummary, Answer | None]]:
    """The answer at the moment of the question, then each later one with its first moment."""
    while True:
        said, answer = said_of(school, question)
        yield question.at, said, answer
        if answer is None or answer.next_date is None:
            return
        turn = first_moment(answer.next_date)
        if until is not None and turn > until:
            return
        question = replace(question, at=turn)


def over_texts(
    texts: Texts, put: Callable[[datetime, School], PolicyQuestion], until: datetime | None = None
) -> Iterator[tuple[datetime, AnswerSummary, Answer | None]]:
    """The same for successive policies: each is asked from its first moment."""
    for n, (at, school) in enumerate(texts):
        end = texts[n + 1][0] - SECOND if n + 1 < len(texts) else until
        yield from over_time(school, put(at, school), end)


def thawed(texts: Texts, permissions: Iterable[PermissionFacts], until: datetime | None = None) -> Texts:
    """The same texts, asked anew when a freeze has ended: a question says that one stands, not how long."""
    begun = {at for at, _ in texts}
    for one in permissions:
        end = one.until + SECOND
        if one.kind != FREEZE or one.state != GRANTED or end in begun or (until is not None and end > until):
            continue
        school = next((school for at, school in reversed(texts) if at < end), None)
        if school is not None and _asks_for_freezes(school):
            texts = sorted([*texts, (end, school)], key=lambda text: text[0])
    return texts


def _asks_for_freezes(school: School) -> bool:
    return any(isinstance(one, ClaimsFrozen) for rule in school.policy.rules for one in rule.of_question)


def _stretches(
    kinds: Sequence[Alike], turns: Mapping[datetime, Iterable[tuple[int, AnswerSummary]]], until: datetime
) -> Iterator[Stretch]:
    now: dict[int, AnswerSummary] = {}
    moments = sorted(turns)
    ends = [*[moment - SECOND for moment in moments[1:]], until]
    for at, end in zip(moments, ends[: len(moments)], strict=True):
        now |= dict(turns[at])
        counts: Counter[AnswerSummary] = Counter()
        groups: dict[AnswerSummary, list[int]] = defaultdict(list)
        for n, said in now.items():
            counts[said] += len(kinds[n].members)
            groups[said].append(n)
        yield Stretch(at, end, dict(counts), {said: tuple(ones) for said, ones in groups.items()})


def listed(session: Session, records: Sequence[str]) -> list[RecordListed]:
    """Names and numbers of some records, by college, class and number."""
    rows: list[RecordListed] = []
    for part in chunks(records):
        found = session.execute(
            select(Record.xh, Record.ksh, Record.xm, Record.fy, Record.bh).where(Record.id.in_(part))
        )
        rows += [RecordListed(xh or ksh or "", xm, fy or "", bh or "") for xh, ksh, xm, fy, bh in found]
    return sorted(rows, key=lambda one: (one.college, one.group, one.number))


@dataclass(frozen=True, slots=True)
class Choices:
    """The possible values of a scope: the colleges, entry years and graduation years of the roster."""

    colleges: tuple[str, ...]
    entry_years: tuple[int, ...]
    graduation_years: tuple[int, ...]


def choices(session: Session) -> Choices:
    """Every college, entry year and graduation year that occurs."""
    colleges = session.scalars(select(Record.fy).where(Record.fy.is_not(None)).distinct()).all()
    entered = session.scalars(select(Record.rxrq).distinct()).all()
    graduating = session.scalars(select(Record.yjbyrq).distinct()).all()
    return Choices(tuple(sorted(filter(None, colleges))), _years(entered), _years(graduating))


def _years(days: Iterable[date | None]) -> tuple[int, ...]:
    return tuple(sorted({day.year for day in days if day is not None}))
