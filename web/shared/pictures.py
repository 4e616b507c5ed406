"""Picture responses: opened on demand, without a file name, and never executed by a browser."""

from __future__ import annotations

from flask import Response, abort
from sqlalchemy.orm import Session

from web.shared.security import PICTURE_CSP, place
from workflow.evidence.intake import shrunk
from workflow.evidence.tables import Evidence
from workflow.records.photos import photo_of

ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


def paper(session: Session, found: Evidence) -> Response:
    """One paper as a picture. Raises EvidenceDamaged if its stored file is missing or altered."""
    return _picture(place().evidence.read(session, found), found.media)


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
