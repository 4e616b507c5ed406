"""Check whether the installation's staff can take the steps that its rules require, at every start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.policy import AddStep, Fault, School, Staff, unheld, unmeetable
from config.policy.reading.lines import Lines
from config.policy.words import COLLEGE, COLLEGE_DUTIES, DUTIES
from workflow.people.scopes import Held, Scope
from workflow.people.tables import HELD, Grant, held_from, holds_on
from workflow.records.reach import reaches
from workflow.signin.staff.enrolled import Enrolments

ROLES = ("officer", "reviewer", "second_reviewer")
TOLD = (*ROLES, "registrar")
"""The roles that may be told of overdue steps."""
OF_A_REVIEWER = frozenset(DUTIES) - {"second_reviewer"}
"""The duties that any reviewer of the office can take."""
OF_NO_COLLEGE = frozenset(DUTIES) - frozenset(COLLEGE_DUTIES)
"""The duties that a step of a college cannot ask for; they ask nothing there."""
PARTS = ("college", "entry_year", "level", "class_name")
"""The parts of a scope that limit the students, by which those are named for whom a step cannot be taken."""

_SOME_PARTS = [some for n in range(len(PARTS) + 1) for some in combinations(PARTS, n)]


@dataclass(frozen=True, slots=True)
class Unmet:
    """A step of the rules that no member of staff can take for the named students or, if none, for any.

    Or a rule that speaks of a duty, for who files, that nobody has; or an escalation that would tell nobody.
    """

    file: str
    line: int
    rule: str
    says: str
    where: tuple[Scope, ...] = ()


def unmet(session: Session, school: School, known: Enrolments, at: datetime) -> list[Unmet]:
    """The steps that the staff of a moment cannot take, each with its place in the rules, and for whom.

    ``known`` is what the records name. Students who are alike in all that any grant is limited to are asked
    about once.
    """
    rows = session.execute(
        select(Grant.person_id, *HELD)
        .where(Grant.role.in_(TOLD), holds_on(at.date()))
        .order_by(Grant.person_id, Grant.role)
    )
    every = [(row.person_id, what) for row in rows if reaches(what := held_from(row))]
    grants = [(person, what) for person, what in every if what.role in ROLES]
    posts, alike = _posts(school, grants), _alike(known, school, grants)
    most = sum(isinstance(rule.effect, AddStep) for rule in school.policy.rules)

    @cache
    def faults(staff: tuple[Staff, ...]) -> tuple[Fault, ...]:
        return unmeetable(school, staff)

    found: dict[Fault, list[Scope]] = {}
    for students in alike:
        for fault in faults(_without_names(_staff_for(students, posts), most)):
            found.setdefault(fault, []).append(students)
    for fault in unheld(school, [one for theirs in posts.values() for one in theirs]):
        found[fault] = list(alike)
    for students in alike:
        for fault in _nobody_told(school, [one for _, one in every if _is_of(one, students)]):
            found.setdefault(fault, []).append(students)
    return [
        _unmet(fault, tuple(_summed_up(where, alike)))
        for fault, where in sorted(found.items(), key=lambda one: (one[0].file, one[0].line))
    ]


def _unmet(fault: Fault, where: tuple[Scope, ...]) -> Unmet:
    rule, _, says = fault.says.partition("：")
    return Unmet(fault.file, fault.line, rule, says, where)


def _nobody_told(school: School, here: Iterable[Held]) -> Iterator[Fault]:
    """The escalations that name none of these people."""
    known, lines = {one.known_as for one in here}, Lines(school.texts["policy.toml"])
    for place, escalation in enumerate(school.policy.escalations):
        if not known & set(escalation.to):
            says = "逾期后没有人可以通知 / overdue, and nobody to be told"
            line = lines.at(("escalation", place))
            yield Fault(f"{school.slug}/policy.toml", line, f"{escalation.says}：{says}")


def _is_of(one: Held, students: Scope) -> bool:
    """Whether some students are in the scope of a grant."""
    return _only(one.scope, PARTS) in {_only(students, parts) for parts in _SOME_PARTS}


def _posts(school: School, grants: Iterable[tuple[str, Held]]) -> Mapping[Scope, list[Staff]]:
    """Who decides in which office, by the students of the grant, by the engine's rule for taking a step."""
    found: dict[Scope, list[Staff]] = {}
    for person, one in grants:
        if one.role == "second_reviewer":
            theirs = [
                Staff(person, office, frozenset(DUTIES)) for office in school.offices if office != COLLEGE
            ]
        elif one.role == "reviewer":
            theirs = [Staff(person, one.scope.office or school.policy.default_office, OF_A_REVIEWER)]
        else:
            theirs = [Staff(person, COLLEGE, OF_NO_COLLEGE | {one.known_as})]
        found.setdefault(_only(one.scope, PARTS), []).extend(theirs)
    return found


def _staff_for(students: Scope, posts: Mapping[Scope, list[Staff]]) -> list[Staff]:
    """Those in whose scope some students are: with each of the parts of a scope named or left out."""
    scopes = {_only(students, parts) for parts in _SOME_PARTS}
    return [one for scope in scopes for one in posts.get(scope, ())]


def _alike(known: Enrolments, school: School, grants: Iterable[tuple[str, Held]]) -> Sequence[Scope]:
    """The students, each once for what tells them apart: the parts of a scope that a grant names.

    Without any record, those of whom there are officers. Officers count where the rules ask a college.
    """
    asks = _asks_colleges(school)
    scopes = [one.scope for _, one in grants if asks or one.role != "officer"]
    told = {part for scope in scopes for part in PARTS if getattr(scope, part)} | (
        {"college"} if asks else set()
    )
    meetings = known.meetings or {Scope(college=scope.college) for scope in scopes}
    return sorted({_only(one, told) for one in meetings}) or [Scope()]


def _only(one: Scope, parts: Iterable[str]) -> Scope:
    return Scope(**{part: getattr(one, part) for part in parts})


def _without_names(staff: Iterable[Staff], most: int) -> tuple[Staff, ...]:
    """The same staff under made-up names, of those who can do the same no more than rules can tell apart.

    Many classes with a counsellor each are then one question.
    """
    posts: dict[str, set[tuple[str, frozenset[str]]]] = {}
    for one in staff:
        posts.setdefault(one.person, set()).add((one.office, one.duties))
    kinds = Counter(frozenset(held) for held in posts.values())
    return tuple(
        Staff(f"{kind}-{n}", office, duties)
        for kind, held in enumerate(sorted(kinds, key=lambda one: sorted((o, sorted(d)) for o, d in one)))
        for n in range(min(kinds[held], most))
        for office, duties in sorted(held, key=lambda one: (one[0], sorted(one[1])))
    )


def _summed_up(where: Sequence[Scope], everywhere: Sequence[Scope]) -> Iterator[Scope]:
    """The fewest words for some of the students: a whole college rather than each of its classes."""
    left = set(where)
    for parts in _SOME_PARTS:
        if "class_name" in parts and "college" not in parts:
            continue
        total = Counter(_only(one, parts) for one in everywhere)
        among = Counter(_only(one, parts) for one in where)
        for scope in sorted(scope for scope, n in among.items() if n == total[scope]):
            if told := {one for one in left if scope.holds(one)}:
                left -= told
                if scope:
                    yield scope


def _asks_colleges(school: School) -> bool:
    steps = [rule.effect for rule in school.policy.rules if isinstance(rule.effect, AddStep)]
    told = {one for escalation in school.policy.escalations for one in escalation.to}
    return any(step.office == COLLEGE for step in steps) or bool(told & set(COLLEGE_DUTIES))
