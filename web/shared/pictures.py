"""Picture responses: opened on demand, without a file name, and never executed by a browser."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort
from sqlalchemy.orm import Session

from web.shared.act import acting
from web.shared.security import PICTURE_CSP, not_found_for, place
from workflow.evidence.intake import shrunk
from workflow.evidence.tables import Evidence
from workflow.records.photos import photo_of

ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


def paper(session: Session, found: Evidence) -> Response:
    """One paper as a picture. Raises EvidenceDamaged if its stored file is missing or altered."""
    return _picture(place().evidence.read(session, found), found.media)


def filed_paper(
    paper_id: str, may_see: Callable[[Session, str], bool] = lambda session, case: True
) -> Response:
    """One filed paper, if its case may be seen. The access is logged before the file is sent."""
    with acting() as it:
        found = it.session.get(Evidence, paper_id)
        case = found.case_id if found is not None else None
        seen = case is not None and may_see(it.session, case)
        if seen:
            it.note("paper", paper_id)
    if not seen:
        not_found_for("paper", paper_id)
    with place().store.reading() as session:
        return paper(session, session.get_one(Evidence, paper_id))


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
