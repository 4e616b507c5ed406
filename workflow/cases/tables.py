"""Tables of campaigns, cases, claims, steps, questions and drafts. Only the engine writes states."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from states import Lifecycle
from states.campaign import CAMPAIGN
from states.case import CASE, CORRECTED, RAISED, REJECTED, REVIEW
from workflow.store import Base, Day, Instant

UNDECIDED = (RAISED, REVIEW)
DECIDED = (CORRECTED, REJECTED)
"""The states of cases that wait for a decision, and of those that have one."""

OUTCOMES: dict[str, tuple[str, str]] = {
    "corrected": ("已更正", "corrected"),
    "refused": ("不予更正", "refused"),
    "already_right": ("原记录无误", "already right"),
    "lapsed": ("已终止", "lapsed"),
    "withdrawn": ("已撤回", "withdrawn"),
}
"""The outcomes of a claim, in Chinese and English."""

SETTLED = ("corrected", "refused", "already_right")
"""The outcomes that somebody decides."""

MANNERS: dict[str, tuple[str, str]] = {
    "confirmed": ("核对无误", "confirmed"),
    "proxy": ("核对无误（代为确认）", "confirmed by proxy"),
    "deemed": ("视为无误", "deemed correct"),
}
"""The ways to reach checked_ok. An answer and silence are never the same."""


EXCLUSIONS: dict[str, tuple[str, str]] = {
    "left_school": ("已离校", "left the school"),
    "on_leave": ("休学", "on leave"),
    "retained": ("保留学籍", "status retained"),
    "transferred": ("转学", "transferred"),
    "not_in_cohort": ("不属于本次范围", "not of this cohort"),
    "other": ("其他", "other"),
}
"""Exclusions, in Chinese and English: why a case is not counted."""

STEP_OUTCOMES: dict[str, tuple[str, str]] = {
    "passed": ("通过", "passed"),
    "failed": ("不予通过", "failed"),
    "void": ("作废", "void"),
}
"""The outcomes of a step. void: the claim or its papers changed later, or the claim ended earlier."""

QUESTION_KINDS: dict[str, tuple[str, str]] = {
    "paper": ("补交材料", "a paper"),
    "value": ("改正填写的内容", "another value"),
    "explanation": ("说明情况", "an explanation"),
}
"""The kinds of question to a student."""

QUESTION_OUTCOMES: dict[str, tuple[str, str]] = {
    "answered": ("已答复", "answered"),
    "dropped": ("不再需要", "not needed any more"),
    "lapsed": ("逾期未答复", "not answered in time"),
}
"""The outcomes of a question."""

HOWS: dict[str, tuple[str, str]] = {
    "original": ("查看原件", "the original was seen"),
    "register": ("查对名册或档案", "a register was looked up"),
    "letter": ("函件答复", "by a letter"),
    "person": ("向有关人员核实", "a person was asked"),
}
"""How something was verified, in Chinese and English."""

REFUSED_VALUE_SHOWN, CONTRADICTS_CORRECTION = "refused_value_shown", "contradicts_correction"
FLAG_KINDS: dict[str, tuple[str, str]] = {
    REFUSED_VALUE_SHOWN: ("名册显示了不予更正的内容", "a roster shows what was refused"),
    CONTRADICTS_CORRECTION: ("名册与更正结果不符", "a roster contradicts the correction"),
}
"""What a roster may show of a decided case: a value that was refused, or another than the corrected one."""


LAST = "9999-12-31"
"""The day of what has none: it stands behind all that is due."""

QUEUE_INDEXES: dict[str, tuple[str, ...]] = {
    "line": (),
    **{name: (name,) for name in ("college", "year", "field", "cause", "kind", "office")},
}
"""What the queue is walked by, in the order of what is due: all of a lane, or one value of a facet."""


def _one_of(column: str, *words: str) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=column)


def _states(life: Lifecycle) -> CheckConstraint:
    return _one_of("state", *(state.name for state in life.states))


def _index_where(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    """An index of the rows that bear a condition alone, on both databases."""
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


class Campaign(Base):
    """A check of a cohort in a window, made from a plan of campaigns.toml. ``fields`` are comma-separated.

    ``policy`` is the digest of the policy text it was started under.
    """

    __tablename__ = "campaign"
    __table_args__ = (_states(CAMPAIGN),)
    lifecycle: ClassVar[str] = CAMPAIGN.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    plan: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(120))
    title_en: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(Integer)
    fields: Mapped[str] = mapped_column(String(255))
    opens_at: Mapped[datetime] = mapped_column(Instant)
    closes_at: Mapped[datetime] = mapped_column(Instant)
    policy: Mapped[str] = mapped_column(String(64), server_default="")


class Case(Base):
    """One record in one campaign (or a filing of its own), and all that follows.

    ``policy`` is the digest of the text that judged its filing. ``proxy`` is the person who filed for the
    student, if any; ``proxy_role`` their duty or else their role, and ``proxy_for`` the absent person they
    replaced.
    ``reconfirm_until`` is the last day for the student to confirm the correction, where policy asks for it.
    ``looked_on`` is the day on which they say they looked on the platform, ``confirmed_on`` that on which the
    check was confirmed, by them or for them.
    ``deferred_fields`` are what they last said to be wrong and to be filed later, ``deferred_until`` when
    that is taken, ``called_back_at`` when they were told that it is.
    """

    __tablename__ = "cases"
    __table_args__ = (
        _states(CASE),
        _one_of("manner", "", *MANNERS),
        CheckConstraint("(state = 'checked_ok') = (manner <> '')", name="manner_belongs_to_checked_ok"),
        UniqueConstraint("record_id", "campaign_id"),
        _index_where(f"state IN ('{RAISED}', '{REVIEW}')", "ix_cases_open", "filed_at", "id"),
        _index_where(f"state IN ('{RAISED}', '{REVIEW}')", "ix_cases_judged", "policy"),
        _index_where("holder IS NOT NULL", "ix_cases_held", "holder"),
        Index("ix_cases_decided", "decided_at", "id"),
        Index("ix_cases_decided_by", "decided_by", "decided_at"),
    )
    lifecycle: ClassVar[str] = CASE.name

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"))
    campaign_id: Mapped[str | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    previous_id: Mapped[str | None] = mapped_column(ForeignKey("cases.id"))
    state: Mapped[str] = mapped_column(String(24))
    version: Mapped[int] = mapped_column(Integer)
    manner: Mapped[str] = mapped_column(String(16), server_default="")
    excluded: Mapped[str] = mapped_column(String(64), server_default="")
    receipt: Mapped[str | None] = mapped_column(String(16), unique=True)
    filed_at: Mapped[datetime | None] = mapped_column(Instant)
    proxy: Mapped[str | None] = mapped_column(String(32))
    proxy_role: Mapped[str] = mapped_column(String(32), server_default="")
    proxy_for: Mapped[str | None] = mapped_column(String(32))
    holder: Mapped[str | None] = mapped_column(String(32))
    held_until: Mapped[datetime | None] = mapped_column(Instant)
    decided_by: Mapped[str | None] = mapped_column(String(32))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    ruling: Mapped[str] = mapped_column(String(64), server_default="")
    policy: Mapped[str] = mapped_column(String(64), server_default="")
    reconfirm_until: Mapped[date | None] = mapped_column(Day)
    reconfirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    disagreed_at: Mapped[datetime | None] = mapped_column(Instant)
    looked_on: Mapped[date | None] = mapped_column(Day)
    confirmed_on: Mapped[date | None] = mapped_column(Day)
    deferred_until: Mapped[datetime | None] = mapped_column(Instant)
    deferred_fields: Mapped[str] = mapped_column(String(255), server_default="")
    called_back_at: Mapped[datetime | None] = mapped_column(Instant)


class Vouch(Base):
    """A student says of one item of a case that it is right, beside a disputed one.

    ``seen`` is the keyed digest of the value that they saw: once the record has another, it stands no more.
    """

    __tablename__ = "vouch"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    field: Mapped[str] = mapped_column(String(16), primary_key=True)
    vouched_at: Mapped[datetime] = mapped_column(Instant)
    seen: Mapped[str] = mapped_column(String(64))


class ToldInPerson(Base):
    """A student was told of a campaign in person, as the holder of a duty attests: on which day, and how.

    ``told_by`` is who told the student, ``duty`` the duty in which they attest it.
    """

    __tablename__ = "told_in_person"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    told_on: Mapped[date] = mapped_column(Day)
    how: Mapped[str] = mapped_column(String(16))
    duty: Mapped[str] = mapped_column(String(32))
    told_by: Mapped[str] = mapped_column(String(32))


class PlatformExport(Base):
    """One self-check export of the national platform, imported for a campaign."""

    __tablename__ = "platform_export"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaign.id"), index=True)
    name: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[date] = mapped_column(Day)
    at: Mapped[datetime] = mapped_column(Instant)
    taken_by: Mapped[str] = mapped_column(String(32))
    rows: Mapped[int] = mapped_column(Integer)
    taken: Mapped[int] = mapped_column(Integer)
    looked: Mapped[int] = mapped_column(Integer)
    flagged: Mapped[int] = mapped_column(Integer)


class PlatformLook(Base):
    """The platform's data on one case: whether the student has looked there, when, and as of which day.

    Independent evidence: no value here is derived from it, and it is derived from none.
    """

    __tablename__ = "platform_look"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    looked: Mapped[bool] = mapped_column(Boolean)
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    as_of: Mapped[date] = mapped_column(Day)
    export_id: Mapped[str] = mapped_column(ForeignKey("platform_export.id"))


class ActedFor(Base):
    """A person acted in the student's name in a case: filed, answered, or handed in a paper.

    Written together with the entries, because no statement can search their bytes. It includes the student,
    and the absent person of a stand-in.
    """

    __tablename__ = "acted_for"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)


class DecidedBefore(Base):
    """A person made a decision of a case that was disputed or reopened: somebody else makes the next one.

    It includes the absent person of a stand-in.
    """

    __tablename__ = "decided_before"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(32), primary_key=True)


class Claim(Base):
    """One disputed field of a case. Values are sealed. ``field_group`` joins document, birth and sex.

    ``ruling`` is the code of its refusal. ``variant`` is a circumstance that the rules tell apart. By the
    policy's answer to its filing, ``office`` is the office that answers for it, '' for the default one, and
    ``locks`` names the fields, with commas between them, that nobody changes elsewhere while it is open.
    """

    __tablename__ = "claim"
    __table_args__ = (
        _one_of("outcome", "", *OUTCOMES),
        _index_where("ended_at IS NULL", "uq_claim_one_open", "record_id", "field_group", unique=True),
        Index("ix_claim_filed", "filed_at", "id"),
        _index_where("ended_at IS NOT NULL", "ix_claim_of_kind", "field", "cause", "variant", "ended_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), index=True)
    field: Mapped[str] = mapped_column(String(16))
    field_group: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(24))
    event_date: Mapped[date | None] = mapped_column(Day)
    variant: Mapped[str] = mapped_column(String(64), server_default="")
    old: Mapped[bytes] = mapped_column(LargeBinary)
    new: Mapped[bytes] = mapped_column(LargeBinary)
    outcome: Mapped[str] = mapped_column(String(16), server_default="")
    ruling: Mapped[str] = mapped_column(String(64), server_default="")
    seen_on: Mapped[date | None] = mapped_column(Day)
    filed_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    office: Mapped[str] = mapped_column(String(32), server_default="")
    locks: Mapped[str] = mapped_column(Text, server_default="")


class KeptOut(Base):
    """A roster showed another value of a field that an open claim locks, and it was not written.

    The value is not kept. A later roster replaces the line.
    """

    __tablename__ = "kept_out"

    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), primary_key=True)
    field: Mapped[str] = mapped_column(String(16), primary_key=True)
    import_id: Mapped[str] = mapped_column(ForeignKey("roster_import.id"))


class Flag(Base):
    """A roster showed what a decision of a case does not bear out; open until somebody looked at it.

    The value is not kept; ``shown`` is its keyed digest, so that what was looked at is not flagged again.
    """

    __tablename__ = "flag"
    __table_args__ = (
        _one_of("kind", *FLAG_KINDS),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        _index_where("ended_at IS NULL", "ix_flag_open", "case_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    field: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(32))
    shown: Mapped[str] = mapped_column(String(64))
    import_id: Mapped[str] = mapped_column(ForeignKey("roster_import.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(String(32))


class Step(Base):
    """One stage of a case's review, made by policy for the claims in ``step_claim``.

    ``position`` is the order of a case's steps. ``number`` is the school's own number of a letter or a batch.
    ``due`` is the target day, before any pause. ``objections`` counts objections to a public notice.
    ``ended_for`` is the absent person whose stand-in ended it. ``rule`` tells equal steps of two rules apart.
    ``void_by`` has what makes it void once it is passed, with commas: words of ``VOIDED_BY``.
    """

    __tablename__ = "step"
    __table_args__ = (
        _one_of("outcome", "", *STEP_OUTCOMES),
        CheckConstraint("(outcome = '') = (ended_at IS NULL)", name="ended_with_its_outcome"),
        _index_where("ended_at IS NULL", "ix_step_open", "office", "due"),
        _index_where("number <> ''", "ix_step_number", "number"),
        Index("ix_step_ended_by", "ended_by", "ended_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    office: Mapped[str] = mapped_column(String(32))
    duty: Mapped[str] = mapped_column(String(32), server_default="")
    four_eyes: Mapped[bool] = mapped_column(Boolean)
    due: Mapped[date | None] = mapped_column(Day)
    made_at: Mapped[datetime] = mapped_column(Instant)
    sent_on: Mapped[date | None] = mapped_column(Day)
    number: Mapped[str] = mapped_column(String(64), server_default="")
    objections: Mapped[int] = mapped_column(Integer, server_default="0")
    outcome: Mapped[str] = mapped_column(String(16), server_default="")
    ended_by: Mapped[str | None] = mapped_column(String(32))
    ended_for: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    rule: Mapped[str] = mapped_column(String(120), server_default="")
    void_by: Mapped[str] = mapped_column(String(40), server_default="value,paper")


class StepClaim(Base):
    """Links a step to a claim."""

    __tablename__ = "step_claim"

    step_id: Mapped[str] = mapped_column(ForeignKey("step.id"), primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), primary_key=True, index=True)


class Verification(Base):
    """A claim or a paper was verified: how, when and by whom. An original that is returned says so too.

    ``version`` is the number of the entry, which commits to the number and the words; they lie in its
    openings alone. ``seen_on`` is the day of the verification.
    """

    __tablename__ = "verification"
    __table_args__ = (
        _one_of("how", *HOWS),
        CheckConstraint("claim_id IS NOT NULL OR paper_id IS NOT NULL", name="of_something"),
        CheckConstraint("returned_on IS NULL OR how = 'original'", name="returned_is_an_original"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"))
    paper_id: Mapped[str | None] = mapped_column(String(32))
    how: Mapped[str] = mapped_column(String(16))
    seen_on: Mapped[date] = mapped_column(Day)
    returned_on: Mapped[date | None] = mapped_column(Day)
    seen_by: Mapped[str] = mapped_column(String(32))
    version: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime] = mapped_column(Instant)


class WaitsAt(Base):
    """One thing that an undecided case waits for, at whose desk and until when: a line of the queue's index.

    It is made of the case's steps, claims and questions alone, in the unit of work that changes them.
    ``desk`` is a word of ``DESKS`` or an office, ``lane`` of ``LANES``. ``claim_id`` is the claim for which
    it waits, ``step_id`` the step, '' where it waits to be settled. ``due`` is the case's, ``LAST`` without
    one; ``until`` the day until which another body is at it. ``apart``: not everybody may take it, because
    another step of these claims was somebody's. ``stood``: its clock stood before. ``college`` and ``year``
    are the record's: a trigger holds them.
    """

    __tablename__ = "waits_at"
    __table_args__ = (
        _one_of("lane", "turn", "enter", "out", "student"),
        *(
            Index(f"ix_waits_{name}", "desk", "lane", *facet, "due", "filed_at", "case_id")
            for name, facet in QUEUE_INDEXES.items()
        ),
        Index("ix_waits_age", "desk", "lane", "filed_at"),
        Index("ix_waits_record", "record_id"),
        _index_where("apart = 1", "ix_waits_apart", "desk", "due", "filed_at", "case_id"),
    )

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    claim_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    step_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    desk: Mapped[str] = mapped_column(String(32), primary_key=True)
    lane: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(16))
    office: Mapped[str] = mapped_column(String(32))
    duty: Mapped[str] = mapped_column(String(32))
    apart: Mapped[int] = mapped_column(Integer)
    field: Mapped[str] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(24))
    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"))
    college: Mapped[str] = mapped_column(Text)
    year: Mapped[str] = mapped_column(String(4))
    policy: Mapped[str] = mapped_column(String(64))
    filed_at: Mapped[datetime] = mapped_column(Instant)
    due: Mapped[str] = mapped_column(String(10))
    until: Mapped[str] = mapped_column(String(10))
    stood: Mapped[int] = mapped_column(Integer)


class Escalated(Base):
    """Those whom the text names were told of a case's overdue steps of a kind, once for each last day."""

    __tablename__ = "escalated"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    due: Mapped[date] = mapped_column(Day, primary_key=True)
    working_days: Mapped[int] = mapped_column(Integer, primary_key=True)


class Question(Base):
    """One thing asked of the student, answered on its own. The question's and the answer's texts are sealed.

    ``kind`` is a paper, another value or an explanation. ``about`` is the kind of paper or the claim. The
    case's deadline clock stops while any question is open. ``warned`` counts the warnings sent about it,
    ``warned_on`` is the day of the last.
    """

    __tablename__ = "question"
    __table_args__ = (
        _one_of("kind", *QUESTION_KINDS),
        _one_of("outcome", "", *QUESTION_OUTCOMES),
        CheckConstraint("(outcome = '') = (ended_at IS NULL)", name="ended_with_its_outcome"),
        _index_where("ended_at IS NULL", "ix_question_open", "due"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    about: Mapped[str] = mapped_column(String(32), server_default="")
    asked: Mapped[bytes] = mapped_column(LargeBinary)
    asked_by: Mapped[str] = mapped_column(String(32))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    due: Mapped[date | None] = mapped_column(Day)
    warned: Mapped[int] = mapped_column(Integer, server_default="0")
    warned_on: Mapped[date | None] = mapped_column(Day)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    outcome: Mapped[str] = mapped_column(String(16), server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Draft(Base):
    """Unfiled answers about one student, sealed as a whole. It has no state and no history.

    ``person`` is the proxy who keeps the draft; empty for the student's own draft.
    """

    __tablename__ = "draft"

    record_id: Mapped[str] = mapped_column(ForeignKey("record.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(32), primary_key=True, server_default="")
    begun_at: Mapped[datetime] = mapped_column(Instant)
    body: Mapped[bytes] = mapped_column(LargeBinary)
