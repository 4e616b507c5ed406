"""Picture responses: opened on demand, without a file name, and never executed by a browser."""

from __future__ import annotations

from datetime import datetime

from flask import Response, abort, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from web.shared.act import Acting, No, acting
from web.shared.forms import PaperOpened
from web.shared.security import PICTURE_CSP, actor, not_found_for, place
from workflow.cases.facts import CaseFacts
from workflow.cases.load import look_at_case
from workflow.cases.review.papers import PaperOpening, opening
from workflow.cases.rules import UnknownRules
from workflow.engine import is_id
from workflow.evidence.intake import shrunk
from workflow.evidence.tables import Evidence
from workflow.people.access import note_access
from workflow.people.reasons import known_reason, why_no_reason
from workflow.records.photos import photo_of
from workflow.verdict import Reason

PHOTO = "photo"
"""What a form says that asks for the photo of the record, instead of a paper."""
RULES_LOST = Reason(
    "rules_lost",
    "判断这个个案的规则文本已经读不出来，材料和完整号码都不能打开。",
    remedy="请联系系统管理员从备份中恢复。",
    rule="papers",
)
ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


def paper(session: Session, found: Evidence) -> Response:
    """One paper as a picture. Raises EvidenceDamaged if its stored file is missing or altered."""
    return _picture(place().evidence.read(session, found), found.media)


def opening_for(session: Session, facts: CaseFacts, at: datetime) -> PaperOpening:
    """Whether the signed-in person may open the papers of a case. Nobody may whose rules are lost."""
    try:
        attempt = place().engine.attempt(session, facts, "hold", actor(), at=at)
    except UnknownRules:
        return PaperOpening((RULES_LOST,))
    return opening(attempt)


def filed_paper(paper_id: str) -> AnyResponse:
    """One filed paper, to whom the papers of its case stand open. The access is logged before it is sent.

    To anybody else who has to do with the case it is shut, and leads to the page that says why.
    """
    with acting() as it:
        found = it.session.get(Evidence, paper_id)
        facts = _filed(it, found.case_id) if found is not None and found.case_id else None
        seen = facts is not None and _look(it, facts, "paper", paper_id)
    if facts is None:
        not_found_for("paper", paper_id)
    if not seen:
        return _says_why(facts)
    with place().store.reading() as session:
        return paper(session, session.get_one(Evidence, paper_id))


def filed_photo(case: str) -> AnyResponse:
    """The present photo of a case's record, likewise."""
    with acting() as it:
        facts = _filed(it, case)
        there = facts is not None and _has_photo(it, facts)
        seen = facts is not None and _look(it, facts, "photo", case, there=there)
    if facts is None or (seen and not there):
        not_found_for("photo", case)
    if not seen:
        return _says_why(facts)
    with place().store.reading() as session:
        return photo(session, facts.record.id)


def opened_for_a_reason(case: str) -> Response | No:
    """One paper of a case, or its photo, for a reason of the list; or why not.

    The line of the access log is committed, with the reason, before the file is read.
    """
    form = PaperOpened()
    wanted, why = form.opened.data or "", form.why.data or ""
    with acting() as it:
        facts, found = _filed(it, case), _of_case(it, case, wanted)
        there = found is not None or (wanted == PHOTO and facts is not None and _has_photo(it, facts))
        barred = opening_for(it.session, facts, it.now).barred if facts is not None else ()
        reasons = [*barred, *filter(None, (why_no_reason(why),))]
        if there:
            what, subject = (PHOTO, case) if wanted == PHOTO else ("paper", wanted)
            note_access(it.session, it.by, what, subject, it.now, allowed=not reasons, why=known_reason(why))
    if facts is None or not there:
        not_found_for("paper", wanted if is_id(wanted) else case)
    if reasons:
        return No(reasons)
    with place().store.reading() as session:
        if found is None:
            return photo(session, facts.record.id)
        return paper(session, session.get_one(Evidence, found.id))


def _look(it: Acting, facts: CaseFacts, what: str, subject: str, *, there: bool = True) -> bool:
    """Log a look that needs no reason, and say whether it may happen. What is not there is not looked at."""
    said = opening_for(it.session, facts, it.now)
    if there or not said.at_once:
        note_access(it.session, it.by, what, subject, it.now, allowed=said.at_once)
    return said.at_once


def _says_why(facts: CaseFacts) -> AnyResponse:
    return redirect(url_for(".case", case=facts.id, _anchor="papers-heading"), 303)


def _filed(it: Acting, case: str) -> CaseFacts | None:
    facts = look_at_case(it.session, case)
    return facts if facts is not None and facts.filed_at is not None else None


def _has_photo(it: Acting, facts: CaseFacts) -> bool:
    return photo_of(it.session, facts.record.id) is not None


def _of_case(it: Acting, case: str, paper_id: str) -> Evidence | None:
    found = it.session.get(Evidence, paper_id) if is_id(paper_id) else None
    return found if found is not None and found.case_id == case else None


def thumbnail(session: Session, found: Evidence) -> Response:
    """The same picture as a small thumbnail for phones."""
    return _picture(shrunk(place().evidence.read(session, found)), "image/jpeg")


def photo(session: Session, record: str) -> Response:
    """The photo of a record. 404 if there is none."""
    found = photo_of(session, record)
    if found is None:
        abort(404)
    return _picture(place().evidence.get(session, record, found.stored), found.media)


def _picture(data: bytes, media: str) -> Response:
    response = Response(data, mimetype=media)
    response.headers["Content-Security-Policy"] = PICTURE_CSP
    response.headers["Content-Disposition"] = f'inline; filename="picture.{ENDINGS[media]}"'
    return response
