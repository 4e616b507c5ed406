"""Flags: an import shows a refused value, or another than a case corrected; a second reviewer looks at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from states.case import CORRECTED, REJECTED, REVIEW
from workflow.cases.attempt import Attempt
from workflow.cases.claims import ClaimFiled, following
from workflow.cases.common import keep_words
from workflow.cases.flags import FlagRaised, flags_of
from workflow.cases.review.locks import CARRIED
from workflow.cases.tables import CONTRADICTS_CORRECTION, FLAG_KINDS, REFUSED_VALUE_SHOWN, Case, Claim, Flag
from workflow.engine import SYSTEM, Change, Effect, Engine, Entropy, Ref, by_name, guards, in_words
from workflow.history.codes import DATA_OF, Code
from workflow.people.access import people_at_the_door
from workflow.people.cipher import Cipher
from workflow.records.roster import Contradiction, Plan
from workflow.records.rows import chunks
from workflow.records.values import new_ids
from workflow.store import table_of
from workflow.verdict import Reason


@in_words("决定由别人作出", "somebody else made the decision")
def decided_by_another(attempt: Attempt) -> Reason | None:
    """Whoever made a decision does not say that what speaks against it means nothing."""
    if attempt.subject.decided_by not in people_at_the_door(attempt.by):
        return None
    return Reason(
        "decided_by_you",
        "这个个案的决定是您作出的，名册提示由另一位复核人处理。",
        remedy="请由另一位复核人处理，或重新审核，交给另一个人决定。",
    )


@in_words("有名册提示等待处理", "a flag is open")
def something_flagged(attempt: Attempt) -> Reason | None:
    """An answer is to what a roster shows and nobody has answered yet."""
    if any(flag.open for flag in flags_of(attempt.session, attempt.subject.id)):
        return None
    return Reason("nothing_flagged", "这件申请没有等待处理的名册提示。", remedy="请刷新页面查看。")


@in_words("写明了名册显示什么", "it says what the roster shows")
def flags_fit(attempt: Attempt) -> Reason | None:
    """What is flagged is of a claim of the case, and of a kind that there is."""
    flags, claims = attempt.details.get("flags") or (), {one.id for one in attempt.subject.claims}
    if flags and all(one.claim in claims and one.kind in FLAG_KINDS for one in flags):
        return None
    return Reason("flag_unknown", "没有写明名册显示了什么。", remedy="请再次导入名册。")


def flag_effects(entropy: Entropy) -> dict[str, Effect]:
    """The effects by the name lifecycles use. One writes rows, which have ids."""

    def raise_flags(attempt: Attempt, change: Change) -> None:
        """Keep what was shown, without the value."""
        flags: Sequence[FlagRaised] = attempt.details["flags"]
        found = {
            "case_id": attempt.subject.id, "import_id": attempt.details["source"], "made_at": attempt.at
        }  # fmt: skip
        lines = [
            {"id": id, "claim_id": one.claim, "field": one.field, "kind": one.kind, "shown": one.shown}
            | found
            for id, one in zip(new_ids(entropy, len(flags)), flags, strict=True)
        ]
        attempt.session.execute(insert(table_of(Flag)), lines)
        change.claims += [one.claim for one in flags]
        change.codes += [Code(one.field, one.kind) for one in flags]
        change.codes.append(Code.on_day(DATA_OF, attempt.details["data_of"]))

    return by_name(raise_flags, end_flags, say_how_it_was_answered)


def end_flags(attempt: Attempt, change: Change) -> None:
    """Somebody looks at what was shown: it waits for nobody any more."""
    open_ones = Flag.case_id == attempt.subject.id, Flag.ended_at.is_(None)
    attempt.session.execute(
        update(table_of(Flag)).where(*open_ones).values(ended_at=attempt.at, ended_by=attempt.by.person)
    )


def say_how_it_was_answered(attempt: Attempt, change: Change) -> None:
    """The words stand in the history, with what they are about."""
    open_ones = (flag for flag in flags_of(attempt.session, attempt.subject.id) if flag.open)
    change.codes += [Code(*said) for said in sorted({(flag.field, flag.kind) for flag in open_ones})]
    keep_words(attempt, change)


GUARDS = guards(decided_by_another, something_flagged)
CHECKS = by_name(flags_fit)


# -- what an import shows -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """One thing that a roster shows of a case."""

    case: str
    flag: FlagRaised


def flag_what_is_shown(
    engine: Engine, session: Session, cipher: Cipher, plan: Plan, source: str, day: date
) -> int:
    """Flag each case of which a file of a day shows what its decision does not bear out; how many."""
    by_case: dict[str, list[FlagRaised]] = defaultdict(list)
    for one in shown_by(session, cipher, plan, day):
        by_case[one.case].append(one.flag)
    for case, flags in by_case.items():
        engine.perform(
            session, Ref("case", case), "flag", by=SYSTEM, flags=tuple(flags), source=source, data_of=day
        )
    return len(by_case)


def shown_by(session: Session, cipher: Cipher, plan: Plan, day: date) -> list[_Shown]:
    """What a file of a day shows of cases and is not flagged yet.

    What is open already, and a value that somebody has looked at, is not flagged again. Records, cases and
    claims are asked for in chunks, and only those that the file says something of.
    """
    found = [*_refused(session, cipher, plan), *_contradicted(session, cipher, plan, day)]
    kept = [
        row
        for claims in chunks(sorted({one.flag.claim for one in found}))
        for row in session.execute(
            select(Flag.claim_id, Flag.field, Flag.kind, Flag.shown, Flag.ended_at).where(
                Flag.claim_id.in_(claims)
            )
        )
    ]
    waiting = {row[:3] for row in kept if row.ended_at is None}
    before = {row[:4] for row in kept}
    return [one for one in found if astuple(one.flag)[:3] not in waiting and astuple(one.flag) not in before]


def _refused(session: Session, cipher: Cipher, plan: Plan) -> Iterator[_Shown]:
    """The refused claims whose value the file writes into the record all the same."""
    written = {update.record: update.values for update in plan.updates}
    for row in _decided(session, Claim.record_id, written, ("refused",), (CORRECTED, REJECTED)):
        _, value = written[row.record_id].get(row.field, (None, None))
        if value is None:
            continue
        new = cipher.open(row.new, table="claim", column="new", row=row.id)
        if following(ClaimFiled(row.field, row.cause, new))[row.field] == value:
            yield _Shown(row.case_id, _flag(cipher, row, row.field, REFUSED_VALUE_SHOWN, value))


def _contradicted(session: Session, cipher: Cipher, plan: Plan, day: date) -> Iterator[_Shown]:
    """The corrected claims of which a later file has another value, which is not written.

    A file from before the platform showed the correction contradicts nothing.
    """
    by_case: dict[str, list[Contradiction]] = defaultdict(list)
    for one in plan.contradicted:
        by_case[one.case].append(one)
    for row in _decided(session, Claim.case_id, by_case, ("", "corrected"), (REVIEW, CORRECTED)):
        if row.seen_on is not None and row.seen_on >= day:
            continue
        for one in by_case[row.case_id]:
            if one.field in _changed_by(row.field):
                yield _Shown(row.case_id, _flag(cipher, row, one.field, CONTRADICTS_CORRECTION, one.shows))


def _decided(
    session: Session,
    column: InstrumentedAttribute[str],
    ids: Iterable[str],
    outcomes: tuple[str, ...],
    states: tuple[str, ...],
) -> Iterator[Any]:
    """The claims of these records or cases with one of the outcomes, of cases in one of the states."""
    asked = (
        select(Claim.id, Claim.case_id, Claim.record_id, Claim.field, Claim.cause, Claim.new, Claim.seen_on)
        .join(Case, Case.id == Claim.case_id)
        .where(Claim.outcome.in_(outcomes), Case.state.in_(states))
        .order_by(Claim.case_id, Claim.id)
    )
    for chunk in chunks(sorted(ids)):
        yield from session.execute(asked.where(column.in_(chunk))).all()


def _changed_by(field: str) -> Iterable[str]:
    return (field, *CARRIED) if field == "SFZH" else (field,)


def _flag(cipher: Cipher, claim: Any, field: str, kind: str, value: str) -> FlagRaised:
    said = f"{claim.record_id}/{field}/{value}"
    return FlagRaised(claim.id, field, kind, cipher.digest("flag", said.encode()))
