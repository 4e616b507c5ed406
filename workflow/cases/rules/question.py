"""The one question to the school's policy: built alike for the engine, the pages and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from config.policy import CampaignWindow, ClaimAsked, DoneRequest, OpenRequest, PolicyQuestion, Student
from config.policy.words import AFTER_DECISION, DONE_BY
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import CaseFacts, ClaimFacts, RecordFacts
from workflow.cases.load import whole_record
from workflow.cases.rules.versions import Rules
from workflow.permissions.facts import freezes
from workflow.records.origin import origin_province


def question(
    session: Session,
    rules: Rules,
    case: CaseFacts,
    at: datetime,
    *,
    action: str = "raise",
    claims: Sequence[ClaimFiled] = (),
    olds: Mapping[str, str] | None = None,
    papers: Sequence[str] = (),
    begun_at: datetime | None = None,
    campaigns: tuple[CampaignWindow, ...] | None = None,
    filed_by: str = "",
) -> PolicyQuestion:
    """The question to the policy: may this be done in this case at that moment, with these kinds of papers?

    ``filed_by`` is the duty or role of who does it. By default it is that in which the case was filed, or
    the one role that does it. ``olds`` are the present values of the claimed fields. ``campaigns`` are by
    default those of the record.
    """
    granted = _granted(case, at)
    return PolicyQuestion(
        at=at,
        action=action,
        student=student(rules, case.record),
        claims=tuple(_asked(claim, (olds or {}).get(claim.field, "")) for claim in claims),
        evidence=tuple(papers),
        filed_by=filed_by or DONE_BY.get(action) or case.proxy_role or "student",
        begun_at=begun_at,
        extended_until=granted.extended_until,
        campaigns=_campaigns(session, case, at) if campaigns is None else campaigns,
        open_requests=tuple(_open(rules, case, at, own=action == "supplement")),
        done_requests=tuple(_done(case, own=action not in AFTER_DECISION)),
        confirmed_on=case.confirmed_on,
        opened_until=granted.opened_until,
        frozen_on=granted.frozen_on,
        frozen_until=granted.frozen_until,
        blank=case.record.blank,
    )


def student(rules: Rules, record: RecordFacts) -> Student:
    """The policy's view of a record. The school's calendar supplies a missing registration date."""
    registered = record.registered_on
    if registered is None and record.rxrq is not None:
        registered = rules.school.registered_on(record.rxrq)
    return Student(
        category=record.cc,
        entry_date=record.rxrq,
        expected_graduation=record.yjbyrq,
        years=float(record.xz) if record.xz else None,
        enrolment_status=record.xjzt,
        registered_on=registered,
        degree_registered_on=record.degree_registered_on,
        origin_province=origin_province(record.ksh),
        college=record.fy,
    )


def _campaigns(session: Session, case: CaseFacts, at: datetime) -> tuple[CampaignWindow, ...]:
    """The campaigns of the case's record, with the permissions that the case is seen with."""
    return replace(whole_record(session, case.record.id), permissions=case.permissions).campaigns_at(at)


class _Granted(NamedTuple):
    """What the registrar decided for this one student, as far as the policy asks for it."""

    extended_until: date | datetime | None = None
    opened_until: date | datetime | None = None
    frozen_on: date | None = None
    frozen_until: date | datetime | None = None


def _granted(case: CaseFacts, at: datetime) -> _Granted:
    """The registrar's acts on the case's student that stand at a moment."""
    extended, opened, frozen = case.extended(at), case.opened(at), case.frozen(at)
    return _Granted(
        extended.until if extended is not None else None,
        opened.until if opened is not None else None,
        frozen.granted_at.date() if frozen is not None else None,
        frozen.until if frozen is not None else None,
    )


def _asked(claim: ClaimFiled, old: str) -> ClaimAsked:
    return ClaimAsked(
        field=claim.field,
        cause=claim.cause,
        event_date=claim.event_date,
        old=old,
        new=claim.new,
        variant=claim.variant or None,
    )


def _open(rules: Rules, case: CaseFacts, at: datetime, *, own: bool) -> Iterator[OpenRequest]:
    """The open requests in other cases, then that of the case itself if the question is about it."""
    others = _by_case(case.open_elsewhere)
    requests = [(claims, claims[0].filed_at, claims[0].returned_on) for claims in others]
    mine = [([*case.claims], case.filed_at or at, case.returned_on)] if own else []
    for claims, filed_at, returned_on in (*requests, *mine):
        yield OpenRequest(
            fields=tuple(claim.field for claim in claims),
            filed_on=filed_at.date(),
            state="under_review",
            returned_on=returned_on,
            answer_until=_moved(rules, case, returned_on),
        )


def _moved(rules: Rules, case: CaseFacts, returned_on: date | None) -> date | None:
    """The last day for the papers of a returned request, if days of a freeze moved it."""
    days, pauses = rules.periods.supplement_working_days, freezes(case.permissions)
    if returned_on is None or not pauses or not days:
        return None
    calendar = rules.school.calendar
    last = calendar.working_days_after(returned_on, days, pauses)
    return None if last == calendar.working_days_after(returned_on, days) else last


def _done(case: CaseFacts, *, own: bool) -> Iterator[DoneRequest]:
    """The requests that ended. Of one case, what was corrected is one and what was not is another."""
    claims = [claim for claim in case.claims_of_record if own or claim.case_id != case.id]
    ended = [claim for claim in claims if claim.ended_at is not None and claim.outcome != "withdrawn"]
    for claims in _by_case(ended):
        for state in ("corrected", "rejected"):
            of_state = [one for one in claims if (one.outcome == "corrected") == (state == "corrected")]
            if of_state:
                yield DoneRequest(
                    fields=tuple(claim.field for claim in of_state),
                    filed_on=of_state[0].filed_at.date(),
                    state=state,
                    done_on=max(claim.ended_at for claim in of_state if claim.ended_at is not None).date(),
                )


def _by_case(claims: Iterable[ClaimFacts]) -> Iterable[list[ClaimFacts]]:
    cases: dict[str, list[ClaimFacts]] = {}
    for claim in claims:
        cases.setdefault(claim.case_id, []).append(claim)
    return cases.values()
