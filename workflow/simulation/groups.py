"""Groups of records that no rule can tell apart, read in a few statements, so that each is asked once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, or_, select, true, type_coerce
from sqlalchemy.orm import Session

from config.policy import CampaignWindow, ClaimAsked, PolicyQuestion, School
from config.policy.predicates import BlankAny, Confirmed, OriginIn, WithinCampaigns
from config.policy.words import CAMPAIGN_KINDS
from states import NOWHERE
from states.campaign import NOT_HELD
from states.permission import GRANTED
from workflow.cases import rules
from workflow.cases.facts import CaseFacts, ClaimFacts, RecordFacts, in_order
from workflow.cases.load import RETURNED_AT
from workflow.cases.rules import Rules
from workflow.cases.tables import Campaign, Case, Claim
from workflow.permissions.binding import facts_of
from workflow.permissions.facts import PermissionFacts
from workflow.permissions.tables import FREEZE, OPEN, Permission
from workflow.records.origin import origin_province
from workflow.records.tables import Photo, Record
from workflow.records.values import column_of

FINAL = "final"


@dataclass(frozen=True, slots=True)
class Sample:
    """The records that a question covers. All given conditions must hold; without any, all records."""

    college: str = ""
    group: str = ""
    entry_year: int = 0
    graduation_year: int = 0
    plan: str = ""
    record: str = ""

    def rows(self, policy: Rules) -> ColumnElement[bool]:
        """The scope as a condition on records. Raises KeyError if the policy has no such plan."""
        conditions: list[ColumnElement[bool]] = [true()]
        if self.college:
            conditions.append(Record.fy == self.college)
        if self.group:
            conditions.append(Record.bh == self.group)
        if self.entry_year:
            conditions.append(_in_year(Record.rxrq, self.entry_year))
        if self.graduation_year:
            conditions.append(_in_year(Record.yjbyrq, self.graduation_year))
        if self.plan:
            conditions.append(rules.cohort_rows(rules.plan_of(policy, self.plan).cohort))
        if self.record:
            conditions.append(Record.id == self.record)
        return and_(*conditions)


@dataclass(frozen=True, slots=True)
class HeldCampaign:
    """A campaign that includes a record."""

    plan: str
    kind: str
    opens: datetime
    closes: datetime


@dataclass(frozen=True, slots=True)
class Alike:
    """Records for which every question has the same answer. One of them represents all.

    ``published`` are the plans that are already campaigns, for any student.
    """

    record: RecordFacts
    claims: tuple[ClaimFacts, ...]
    held: tuple[HeldCampaign, ...]
    published: frozenset[str]
    permissions: tuple[PermissionFacts, ...] = ()
    confirmed_on: date | None = None
    members: list[str] = field(default_factory=list)

    @property
    def subject(self) -> CaseFacts:
        """The case that a filing by one of them would open."""
        return CaseFacts(
            id="",
            state=NOWHERE,
            version=0,
            record=self.record,
            campaign=None,
            claims_of_record=self.claims,
            permissions=self.permissions,
            confirmed_on=self.confirmed_on,
        )

    def question(
        self,
        session: Session,
        school: School,
        at: datetime,
        claims: Iterable[ClaimAsked] = (),
        *,
        dates: Mapping[str, tuple[datetime, datetime]] | None = None,
        planned: bool = False,
        extended_until: datetime | None = None,
    ) -> PolicyQuestion:
        """The question to a school's policy about them, in the form the engine uses.

        ``dates`` are other ends of campaigns, by plan. ``planned`` also counts campaigns that are not
        opened yet: announced ones, and those of templates in ``dates``.
        """
        policy = Rules(school)
        asked = rules.question(
            session, policy, self.subject, at, campaigns=in_order(self._windows(policy, dates or {}, planned))
        )
        opened = [one.until for one in self.permissions if one.kind == OPEN and one.stands(at)]
        return replace(
            asked,
            claims=tuple(claims),
            extended_until=extended_until or asked.extended_until,
            opened_until=max(opened, default=None),
        )

    def _windows(
        self, policy: Rules, dates: Mapping[str, tuple[datetime, datetime]], planned: bool
    ) -> Iterable[CampaignWindow]:
        for one in self.held:
            yield CampaignWindow(one.kind, *dates.get(one.plan, (one.opens, one.closes)))
        made = (plan for id in dates if (plan := policy.school.campaign(id)) is not None)
        plans = {plan.id: plan for plan in (*policy.school.campaigns, *made)}
        for plan in plans.values() if planned else ():
            if plan.id not in self.published and rules.cohort_names(policy, plan.id, self.record):
                yield CampaignWindow(plan.kind, *dates.get(plan.id, (plan.opens, plan.closes)))


def alike(session: Session, schools: Sequence[School], scope: Sample) -> list[Alike]:
    """Group the records of a scope by what the rules of these schools may ask of them, in a few statements.

    The scope's plan is one of the first school's.
    """
    policy = Rules(schools[0])
    wanted = scope.rows(policy)
    read = list(_predicates(schools))
    by_origin = any(isinstance(one, OriginIn) for one in read)
    by_campaign = any(isinstance(one, WithinCampaigns) for one in read)
    blanks = [column for one in read if isinstance(one, BlankAny) for column in one.columns]
    claims, held = (
        _claims(session, wanted),
        _held(session, wanted, CAMPAIGN_KINDS if by_campaign else (FINAL,)),
    )
    permitted = _permitted(session, wanted)
    confirmed = _confirmed(session, wanted) if any(isinstance(one, Confirmed) for one in read) else {}
    published = frozenset(session.scalars(select(Campaign.plan).where(_is_held())))
    found: dict[tuple[Any, ...], Alike] = {}
    columns = (*_COLUMNS, *(_is_blank(column) for column in dict.fromkeys(blanks)))
    for row in session.execute(select(*columns).where(wanted).order_by(Record.id)):
        id, ksh = row.id, row.ksh
        facts: list[Any] = list(row[2:])
        if by_origin:
            facts.append(origin_province(ksh))
        if id in claims:
            facts.append(_told(session, policy, row, claims[id]))
        if id in held:
            facts.append(held[id])
        if id in permitted:
            facts.append(
                tuple([(one.kind, one.until, one.granted_at, one.ended_at) for one in permitted[id]])
            )
        if id in confirmed:
            facts.append(confirmed[id])
        key = tuple(facts)
        if (one := found.get(key)) is None:
            mine = tuple(claims.get(id, ()))
            one = found[key] = Alike(
                _record(row),
                mine,
                held.get(id, ()),
                published,
                tuple(permitted.get(id, ())),
                confirmed.get(id),
            )
        one.members.append(id)
    return list(found.values())


def _predicates(schools: Iterable[School]) -> Iterator[Any]:
    for school in schools:
        for rule in school.policy.rules:
            yield from (*rule.of_question, *rule.during)


_COLUMNS = (
    Record.id,
    Record.ksh,
    Record.cc,
    Record.xz,
    Record.xjzt,
    *(
        type_coerce(getattr(Record, name), String).label(name)
        for name in ("rxrq", "yjbyrq", "registered_on", "degree_registered_on")
    ),
)
"""Days stay text: of 100,000 rows only a few hundred are ever read as days."""


_BLANK = "blank_"


def _is_blank(column: str) -> Any:
    """Whether a record has no value in a column."""
    if column == "PHOTO":
        return (~exists().where(Photo.record_id == Record.id)).label(_BLANK + column)
    return column_of(column).is_(None).label(_BLANK + column)


def _record(row: Any) -> RecordFacts:
    return RecordFacts(
        id=row.id,
        ksh=row.ksh,
        cc=row.cc,
        xz=row.xz,
        rxrq=_day(row.rxrq),
        yjbyrq=_day(row.yjbyrq),
        xjzt=row.xjzt,
        fy=None,
        bh=None,
        registered_on=_day(row.registered_on),
        degree_registered_on=_day(row.degree_registered_on),
        blank=tuple(
            name.removeprefix(_BLANK) for name, so in row._mapping.items() if name.startswith(_BLANK) and so
        ),
    )


def _told(session: Session, policy: Rules, row: Any, claims: list[ClaimFacts]) -> tuple[Any, ...]:
    """The part of a question about earlier filings: open ones and done ones."""
    subject = Alike(_record(row), tuple(claims), (), frozenset()).subject
    asked = rules.question(session, policy, subject, _ANY_MOMENT, campaigns=())
    return asked.open_requests, asked.done_requests


_ANY_MOMENT = datetime.fromisoformat("2000-01-01T00:00:00+08:00")


def _claims(session: Session, wanted: ColumnElement[bool]) -> dict[str, list[ClaimFacts]]:
    rows = session.execute(
        select(
            Claim.record_id,
            Claim.id,
            Claim.case_id,
            Claim.field,
            Claim.field_group,
            Claim.cause,
            Claim.event_date,
            Claim.variant,
            Claim.outcome,
            Claim.filed_at,
            Claim.ended_at,
            RETURNED_AT.label("returned_at"),
        )
        .join(Case, Case.id == Claim.case_id)
        .join(Record, Record.id == Claim.record_id)
        .where(wanted)
        .order_by(Claim.filed_at, Claim.id)
    )
    found: dict[str, list[ClaimFacts]] = defaultdict(list)
    for row in rows.mappings():
        said = dict(row)
        returned = said.pop("returned_at")
        found[said.pop("record_id")].append(
            ClaimFacts(**said, returned_on=None if returned is None else returned.date())
        )
    return dict(found)


def _held(
    session: Session, wanted: ColumnElement[bool], kinds: Sequence[str]
) -> dict[str, tuple[HeldCampaign, ...]]:
    """The campaigns of each record, of the kinds that the rules can tell apart."""
    rows = session.execute(
        select(Case.record_id, Campaign.plan, Campaign.kind, Campaign.opens_at, Campaign.closes_at)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(Record, Record.id == Case.record_id)
        .where(Campaign.kind.in_(kinds), _is_held(), wanted)
        .order_by(Campaign.plan)
    )
    found: dict[str, list[HeldCampaign]] = defaultdict(list)
    for record, plan, kind, opens, closes in rows:
        found[record].append(HeldCampaign(plan, kind, opens, closes))
    return {record: tuple(ones) for record, ones in found.items()}


def _permitted(session: Session, wanted: ColumnElement[bool]) -> dict[str, list[PermissionFacts]]:
    """The registrar's acts on single students that stand, and every freeze: its days never count."""
    rows = session.scalars(
        select(Permission)
        .join(Record, Record.id == Permission.record_id)
        .where(or_(Permission.state == GRANTED, Permission.kind == FREEZE), wanted)
        .order_by(Permission.kind, Permission.granted_at)
    )
    found: dict[str, list[PermissionFacts]] = defaultdict(list)
    for row in rows:
        found[row.record_id].append(facts_of(row))
    return dict(found)


def _confirmed(session: Session, wanted: ColumnElement[bool]) -> dict[str, date | None]:
    """The day on which the last check of each record was confirmed, None where it is not."""
    rows = session.execute(
        select(Case.record_id, Case.confirmed_on)
        .join(Campaign, Campaign.id == Case.campaign_id)
        .join(Record, Record.id == Case.record_id)
        .where(_is_held(), wanted)
        .order_by(Campaign.opens_at)
    )
    return {record: confirmed_on for record, confirmed_on in rows}


def _is_held() -> ColumnElement[bool]:
    """Drafted and cancelled campaigns do not apply to any student."""
    return Campaign.state.not_in(NOT_HELD)


def _in_year(column: Any, year: int) -> ColumnElement[bool]:
    between: ColumnElement[bool] = column.between(date(year, 1, 1), date(year, 12, 31))
    return between


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
