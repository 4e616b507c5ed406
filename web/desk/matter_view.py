"""What a reviewer compares: a number in its parts, what it shows, decisions alike, the whole record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from web.shared.cases.claims import ClaimView
from web.shared.cases.compare import Piece, cut
from web.shared.cases.remarks import BESIDE, Remark, remarks_of
from web.shared.numbers import MASK, ShownWhole, ends_of
from web.shared.security import place
from web.shared.standing import concerns_me
from web.shared.words import pick
from workflow.cases.claims import opened
from workflow.cases.facts import CaseFacts
from workflow.cases.views.earlier import EarlierDecision, earlier_decisions, kind_of
from workflow.records.fields import COLUMNS
from workflow.records.identity import DOCUMENT_TYPES, document_code, parts_of
from workflow.records.values import values_of

AT_A_GLANCE = ("XB", "MZ", "CSRQ", "XJZT")
"""What of a record stands under the title."""
UNASKED = ("ZZMM", "TXDZ", "YZBM")
"""What of a record no claim is judged by: it is not shown."""
FEW = 4
"""Up to how many differing places of two numbers are named."""
Parts = tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class ClaimMatter:
    """What stands beside one claim's two values.

    ``before`` and ``after`` are the parts of resident numbers, masked as the page shows them; empty for any
    other value. ``places`` are those in which the numbers differ, if they are few.
    """

    before: Parts
    after: Parts
    places: tuple[int, ...]
    findings: tuple[Remark, ...]
    earlier: tuple[EarlierDecision, ...]


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A record's values by their labels: some at a glance, and all that a claim may be judged by."""

    glance: tuple[tuple[str, str, str], ...]
    whole: tuple[tuple[str, str, str], ...]
    """(column, label, value); a number is masked."""


def matter_of(
    session: Session,
    case: CaseFacts,
    claims: Iterable[ClaimView],
    whole: ShownWhole | None,
    *,
    barred: bool,
) -> Mapping[str, ClaimMatter]:
    """What stands beside each claim, by its id. To whom the numbers are barred nothing is said of them."""
    claims = tuple(claims)
    record = values_of(session, place().cipher, case.record.id, BESIDE)
    alike = earlier_decisions(session, [one.facts for one in claims], case.id, concerns_me(session))
    return {
        one.facts.id: _matter(one, record, alike[kind_of(one.facts)], whole, barred=barred) for one in claims
    }


def _matter(
    claim: ClaimView,
    record: Mapping[str, str],
    earlier: tuple[EarlierDecision, ...],
    whole: ShownWhole | None,
    *,
    barred: bool,
) -> ClaimMatter:
    old, new = opened(place().cipher, claim.facts)
    side = whole.side if whole is not None and whole.claim == claim.facts.id else ""
    is_number = claim.facts.field == "SFZH" and all(map(parts_of, filter(None, (old, new))))
    differing = tuple(n for n, (a, b) in enumerate(zip(old, new, strict=False), 1) if a != b)
    few = is_number and len(old) == len(new) and len(differing) <= FEW
    return ClaimMatter(
        before=_parts(claim.before, old) if is_number else (),
        after=_parts(claim.after, new) if is_number else (),
        places=differing if few else (),
        findings=() if barred else remarks_of(claim.facts.field, old, new, record, side),
        earlier=earlier,
    )


def _parts(pieces: list[Piece], number: str) -> Parts:
    """A number's parts. Where its middle is masked as a whole, no place is marked as differing."""
    masked = any(differs and MASK in text for text, differs in pieces)
    return cut([(text, differs and not masked) for text, differs in pieces], parts_of(number))


def record_shown(session: Session, case: CaseFacts) -> RecordShown:
    """The record of a case as a reviewer reads it beside the claims; it was read with the case."""
    columns = [column for column in COLUMNS.values() if column.name not in UNASKED]
    values = values_of(session, place().cipher, case.record.id, [one.name for one in columns])
    values["SFZH"] = ends_of(values["SFZH"])
    values["ZJLX"] = DOCUMENT_TYPES.get(document_code(values["ZJLX"]) or "", values["ZJLX"])
    whole = tuple((one.name, pick(one.zh, one.en), values[one.name]) for one in columns if values[one.name])
    return RecordShown(
        glance=tuple(sorted((one for one in whole if one[0] in AT_A_GLANCE), key=_order)), whole=whole
    )


def _order(said: tuple[str, str, str]) -> int:
    return AT_A_GLANCE.index(said[0])
