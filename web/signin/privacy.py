"""The school's privacy notice: the one in force, and the earlier ones that papers were given under."""

from __future__ import annotations

from flask import Blueprint, abort

from config.policy import kept_notice
from web.shared.act import Page, show
from web.shared.security import open_to_all, place
from workflow.history.rulebook import PRIVACY, version_of

bp = Blueprint("privacy", __name__, url_prefix="/privacy")


@bp.get("")
@open_to_all
def page() -> Page:
    """The notice in force."""
    return _shown(place().rules.privacy.digest)


@bp.get("/<string(length=64):digest>")
@open_to_all
def version(digest: str) -> Page:
    """One version of the notice, in force or not. Other texts of the Rulebook are not shown here."""
    return _shown(digest)


def _shown(digest: str) -> Page:
    with place().store.reading() as session:
        found = version_of(session, PRIVACY, digest) or abort(404)
    return show(
        "signin/privacy.html",
        notice=kept_notice(found.text),
        version=digest,
        kept_at=found.kept_at,
        in_force=digest == place().rules.privacy.digest,
    )
