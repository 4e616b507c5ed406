"""Full numbers on pages of the staff: masked as they are read; one is shown for a reason, which is logged."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from web.shared.act import No, acting
from web.shared.cases.compare import Piece, compared
from web.shared.figures.pictures import opening_for
from web.shared.forms import NumberShown
from web.shared.security import actor, not_found_for, place
from workflow.cases.claims import opened
from workflow.cases.facts import CaseFacts, ClaimFacts
from workflow.cases.load import look_at_case
from workflow.cases.review.step_making import Steps
from workflow.engine.standing import NOT_THERE
from workflow.people.access import note_access, people_at_the_door
from workflow.people.reasons import known_reason, why_no_reason
from workflow.people.standing_in import ever_related
from workflow.people.tables import Relation
from workflow.records.values import MASK as MASK
from workflow.records.values import covered
from workflow.records.values import ends_of as ends_of
from workflow.verdict import Reason

NUMBERS = ("SFZH",)
"""The fields whose values pages of the staff do not show whole."""
SIDES = ("old", "new", "moved")
"""The numbers of a claim: as the record was, as it should be, and as the record is now if it is neither."""
SEVERAL = ("confirmed", "right")
"""The values of an entry that hold several of a record's, as JSON: confirmed, and said to be right."""
NO_NUMBER = Reason(
    "no_number_here",
    "这里没有可以显示的完整号码。",
    remedy="请重新打开这一页，按现在列出的按钮。",
    rule="number",
)
"""Why a press shows nothing: what it asks for is not kept."""

RELATED = Reason(
    "related",
    "您申报过与这名学生有利害关系，不能查看其完整号码。",
    remedy="请另一位学籍管理员查看。",
    rule="related",
)


@dataclass(frozen=True, slots=True)
class ShownWhole:
    """The one number that is shown whole on a page: of which claim, on which side."""

    claim: str
    side: str


def ends_compared(old: str, new: str) -> tuple[list[Piece], list[Piece]]:
    """Both numbers masked, as runs that agree and runs that differ.

    Where no more than half of the characters differ, those are shown: a reviewer sees what changes.
    """
    before, after = compared(old, new)
    differing = [a != b for a, b in zip(old, new, strict=False)]
    if len(old) == len(new) and 2 * sum(differing) <= len(old):
        return _runs(before), _runs(after)
    return [(ends_of(old), True)] if old else [], [(ends_of(new), True)] if new else []


def has_number(name: str) -> bool:
    """Whether a value of an entry holds a full number: a claim's, or one among several values."""
    return name in SEVERAL or name.partition(".")[0] in NUMBERS


def masked_value(name: str, value: str) -> str:
    """A value of an entry as the auditor reads it at first."""
    if not has_number(name):
        return value
    if name not in SEVERAL:
        return ends_of(value)
    said = json.loads(value)
    shown = {field: ends_of(one) if field in NUMBERS and one else one for field, one in said.items()}
    return json.dumps(shown, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _runs(pieces: Sequence[Piece]) -> list[Piece]:
    """The runs of a number of which only the ends and what differs are shown."""
    whole = "".join(text for text, _ in pieces)
    differs = [differing for text, differing in pieces for _ in text]
    masked = covered(whole, lambda place: differs[place] or place in (0, len(whole) - 1))
    found, place = [], 0
    for text, differing in pieces:
        found.append((masked[place : place + len(text)], differing))
        place += len(text)
    return found


def why_too_near(session: Session, record: str | None) -> Sequence[Reason]:
    """Why the signed-in person, or whom they stand in for, sees no full number of this student."""
    ever = ever_related(people_at_the_door(actor())).where(Relation.record_id == record)
    return (RELATED,) if session.scalar(ever.limit(1)) else ()


def reveal(
    field: str,
    subject: str,
    why: str,
    against: Callable[[Session], Sequence[Reason]] = lambda session: (),
) -> No | None:
    """Log that one full number of a subject is about to be shown, for a reason of the list; or say why not.

    ``field`` names the number (SFZH, phone), ``against`` gives the reasons why this person must not see it.
    Either way one line is committed when this returns. The caller reads the number afterwards, and shows it
    once. A stranger to what is asked for is answered 404.
    """
    what = f"reveal:{field}"
    with acting() as it:
        barred = against(it.session)
        reasons = [*barred, *filter(None, (why_no_reason(why),))]
        strange = any(reason.stranger for reason in barred)
        if not reasons:
            it.note(what, subject, why=why)
        elif not strange:
            note_access(it.session, it.by, what, subject, it.now, allowed=False, why=known_reason(why))
    if strange:
        not_found_for(what, subject)
    return No(reasons) if reasons else None


def shown_of_claim(case: str) -> ShownWhole | No:
    """Which number of a claim this request's form asks for, once its line is committed; or why not."""
    form = NumberShown()
    return shown_whole(case, ShownWhole(form.claim.data or "", form.side.data or ""), form.why.data or "")


def shown_whole(case: str, wanted: ShownWhole, why: str) -> ShownWhole | No:
    """One number of a claim of a case, once the line with its reason is committed; or why not."""

    def against(session: Session) -> Sequence[Reason]:
        facts = look_at_case(session, case)
        claim = facts.claim(wanted.claim) if facts is not None else None
        if facts is None or claim is None or claim.field not in NUMBERS or wanted.side not in SIDES:
            return (NOT_THERE,)
        barred = opening_for(session, facts, place().clock.now(session)).barred
        return barred if _is_on_its_page(session, facts, claim, wanted.side) else (*barred, NO_NUMBER)

    return reveal("SFZH", case, why, against) or wanted


def _is_on_its_page(session: Session, case: CaseFacts, claim: ClaimFacts, side: str) -> bool:
    """Whether the page of a claim shows a number on that side, masked."""
    if side == "moved":
        return claim.id in Steps(place().cipher, place().entropy).moved(session, case)[0]
    values = opened(place().cipher, claim)
    return bool(values.old if side == "old" else values.new)
