"""Giving out pictures: opened at the last moment, named by nobody, and never run by a browser."""

from __future__ import annotations

from flask import Response, abort
from sqlalchemy.orm import Session

from web.shared.security import PICTURE_CSP, place
from workflow.evidence.intake import shrunk
from workflow.evidence.tables import Evidence
from workflow.records.photos import photo_of

ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


def paper(session: Session, found: Evidence) -> Response:
    """One paper as a picture; raises EvidenceDamaged rather than show another."""
    return _picture(place().evidence.read(session, found), found.media)


def thumbnail(session: Session, found: Evidence) -> Response:
    """The same picture, small enough for a list on a phone."""
    return _picture(shrunk(place().evidence.read(session, found)), "image/jpeg")


def photo(session: Session, record: str) -> Response:
    """The photo of a record; 404 where none is loaded."""
    found = photo_of(session, record)
    if found is None:
        abort(404)
    return _picture(place().evidence.get(session, record, found.stored), found.media)


def _picture(data: bytes, media: str) -> Response:
    response = Response(data, mimetype=media)
    response.headers["Content-Security-Policy"] = PICTURE_CSP
    response.headers["Content-Disposition"] = f'inline; filename="picture.{ENDINGS[media]}"'
    return response
