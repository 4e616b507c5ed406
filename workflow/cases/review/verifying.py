"""What was verified of a case: an original seen and returned, a register, a letter or a person asked.

Who verified and how stands in the table; number and words lie in the openings of the entry alone. A word of
a name of its own, so that nothing which opens the words of an entry shows a third person to the student.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from workflow.cases.attempt import Attempt
from workflow.cases.common import day_faults
from workflow.cases.tables import HOWS, Verification
from workflow.engine import Change, Effect, Entropy, by_name, in_words
from workflow.evidence.papers import papers_by_id
from workflow.history.codes import RETURNED_ON, VERIFIED, VERIFIED_ON, Code
from workflow.history.ledger import Sealing, open_named
from workflow.records.texts import WORDS_LIMIT, clean_text, clean_words
from workflow.store import Prepared, as_text, table_of, write_rows
from workflow.verdict import Reason

VERIFY = "verify"
"""The action."""
FOUND, NUMBER = "found", "number"
"""The names of the values that its entry commits to."""
ORIGINAL = "original"
NUMBER_LIMIT = 64


@dataclass(frozen=True, slots=True)
class VerificationFacts:
    """One verification. ``claim`` and ``paper`` are ids, '' for none; ``version`` is that of its entry."""

    id: str
    claim: str
    paper: str
    how: str
    seen_on: date
    returned_on: date | None
    seen_by: str
    version: int
    at: datetime


COLUMNS = (
    Verification.id,
    Verification.claim_id,
    Verification.paper_id,
    Verification.how,
    Verification.seen_on,
    Verification.returned_on,
    Verification.seen_by,
    Verification.version,
    Verification.at,
)
_OF_CASE = Prepared(
    select(*COLUMNS).where(Verification.case_id == bindparam("case")).order_by(Verification.version)
)
_WRITE = Prepared(insert(table_of(Verification)))


def verifications_of(session: Session, case: str) -> tuple[VerificationFacts, ...]:
    """What was verified of a case, in its order."""
    return tuple(
        VerificationFacts(row[0], row[1] or "", row[2] or "", *row[3:])
        for row in _OF_CASE.rows(session, {"case": case})
    )


# -- the act --------------------------------------------------------------------------------------------


@in_words("核验登记填写完整", "what was verified is whole")
def verification_is_whole(attempt: Attempt) -> Iterator[Reason]:
    """It says of what, how and when; a register, a letter or a person is named; an original comes back."""
    said = attempt.details
    yield from _of_this_case(attempt)
    if said.get("how") not in HOWS:
        yield Reason("how_missing", "请选择怎样核验的。", remedy="原件、名册、函件或有关人员，选一种。")
        return
    if _gives_back(attempt):
        if _waiting(attempt) is None:
            yield Reason(
                "nothing_to_return",
                "没有登记过还未退还的这份原件。",
                remedy="请先登记查看原件的日期，或刷新页面查看。",
            )
    else:
        yield from day_faults(attempt.details.get("seen_on"), attempt.at.date())
        yield from _source(attempt)
    yield from _lengths(attempt)
    yield from _returned(attempt)


def _of_this_case(attempt: Attempt) -> Iterator[Reason]:
    case, claim, paper = attempt.subject, attempt.details.get("claim"), attempt.details.get("paper")
    if not claim and not paper:
        yield Reason("nothing_verified", "请选择核验的事项或材料。", remedy="至少选一项。")
    if claim and claim not in {one.id for one in case.claims}:
        yield Reason("no_such_claim", "这个个案里没有这一项。", remedy="请刷新页面后重新选择。")
    found = papers_by_id(attempt.session, (paper,))[0] if paper else None
    if paper and (found is None or found.case_id != case.id):
        yield Reason("no_such_paper", "这个个案里没有这份材料。", remedy="请刷新页面后重新选择。")


def _source(attempt: Attempt) -> Iterator[Reason]:
    how, number, words = attempt.details["how"], _number(attempt), _words(attempt)
    if how == "letter" and not number:
        yield Reason("number_missing", "请填写函件的编号。", remedy="照来函上的文号写。")
    if how == "register" and not (number or words):
        yield Reason("source_missing", "请写明查对的是哪一份名册或档案。", remedy="写名称或编号。")
    if how == "person" and not words:
        yield Reason("source_missing", "请写明向谁核实、对方怎样说。", remedy="写单位、姓名和结论。")


def _lengths(attempt: Attempt) -> Iterator[Reason]:
    number, words = _number(attempt), _words(attempt)
    if len(number) > NUMBER_LIMIT:
        yield Reason("number_too_long", "编号最多 {limit} 字。", {"limit": NUMBER_LIMIT}, remedy="请缩短。")
    if len(words) > WORDS_LIMIT:
        yield Reason(
            "words_too_long",
            "说明有 {length} 字，上限是 {limit} 字。",
            {"length": len(words), "limit": WORDS_LIMIT},
            remedy="请缩短。",
        )


def _returned(attempt: Attempt) -> Iterator[Reason]:
    returned = attempt.details.get("returned_on")
    if returned is None:
        return
    if attempt.details["how"] != ORIGINAL:
        yield Reason("no_original", "只有原件才有退还的日期。", remedy="请把退还的日期留空。")
    yield from day_faults(returned, attempt.at.date())
    waiting = _waiting(attempt) if _gives_back(attempt) else None
    seen = waiting.seen_on if waiting else attempt.details.get("seen_on")
    if seen is not None and returned < seen:
        yield Reason(
            "returned_before_seen",
            "退还的日期 {day} 早于查看的日期 {seen}。",
            {"day": returned, "seen": seen},
            remedy="请填写实际的日期。",
        )


def _gives_back(attempt: Attempt) -> bool:
    """Whether an original is given back that was entered as seen before."""
    said = attempt.details
    return said["how"] == ORIGINAL and said.get("returned_on") is not None and said.get("seen_on") is None


def _waiting(attempt: Attempt) -> VerificationFacts | None:
    """The original of this claim and paper that was seen and is not returned yet; the last one."""
    of = (attempt.details.get("claim") or "", attempt.details.get("paper") or "")
    found = [
        one
        for one in verifications_of(attempt.session, attempt.subject.id)
        if one.how == ORIGINAL and one.returned_on is None and (one.claim, one.paper) == of
    ]
    return found[-1] if found else None


def verifying_effects(entropy: Entropy) -> dict[str, Effect]:
    """The effect of the action, by the name lifecycles use."""

    def keep_verification(attempt: Attempt, change: Change) -> None:
        """The entry says of what, how and when; number and words are committed to and can be erased."""
        said, session = attempt.details, attempt.session
        claim, paper, returned = said.get("claim") or "", said.get("paper") or "", said.get("returned_on")
        change.codes.append(Code(VERIFIED, said["how"]))
        change.claims += filter(None, (claim,))
        if paper and (found := papers_by_id(session, (paper,))[0]) is not None:
            change.evidence.append(found.digest)
        back = _waiting(attempt) if _gives_back(attempt) else None
        if back is None:
            change.codes.append(Code.on_day(VERIFIED_ON, said["seen_on"]))
            _WRITE.run(
                session,
                {
                    "id": entropy(16).hex(),
                    "case_id": attempt.subject.id,
                    "claim_id": claim or None,
                    "paper_id": paper or None,
                    "how": said["how"],
                    "seen_on": said["seen_on"].isoformat(),
                    "returned_on": returned.isoformat() if returned else None,
                    "seen_by": attempt.by.person,
                    "version": attempt.subject.version + 1,
                    "at": as_text(attempt.at),
                },
            )
        elif returned is not None:
            write_rows(session, table_of(Verification), [back.id], {"returned_on": returned})
        if returned is not None:
            change.codes.append(Code.on_day(RETURNED_ON, returned))
        said_of = {NUMBER: _number(attempt), FOUND: _words(attempt)}
        change.values |= {name: words for name, words in said_of.items() if words}

    return by_name(keep_verification)


def _number(attempt: Attempt) -> str:
    return clean_text(attempt.details.get("number") or "")


def _words(attempt: Attempt) -> str:
    return clean_words((attempt.details.get("words") or "").replace("\r\n", "\n"))


CHECKS = by_name(verification_is_whole)


# -- what pages tell of it ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VerificationRead:
    """One verification with its number and words; '' where there are none, or they are erased."""

    facts: VerificationFacts
    name: str
    number: str
    words: str


def verifications_read(
    cipher: Sealing,
    case: str,
    found: Iterable[VerificationFacts],
    sealed: Mapping[tuple[int, str], bytes],
    names: Mapping[str, str],
) -> tuple[VerificationRead, ...]:
    """Verifications opened, in their order. The caller has asked whether its reader may see them."""

    def opened(one: VerificationFacts, name: str) -> str:
        return open_named(cipher, name, case, one.version, sealed.get((one.version, name)))

    return tuple(
        VerificationRead(one, names.get(one.seen_by, ""), opened(one, NUMBER), opened(one, FOUND))
        for one in found
    )
