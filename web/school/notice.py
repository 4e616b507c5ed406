"""The school's notice to its students: the one in force, and the earlier ones."""

from __future__ import annotations

from flask import Blueprint, abort

from config.notice import kept_school_notice
from web.rules.carried import guide_links
from web.shared.act import Page, show
from web.shared.security import open_to_all, place
from workflow.history.rulebook import NOTICE, version_of

bp = Blueprint("school_notice", __name__, url_prefix="/notice")


@bp.get("")
@open_to_all
def page() -> Page:
    """The notice in force, or whom to ask for it where the school has not put it here."""
    notice = place().rules.notice
    return _shown(notice.digest) if notice else show("school/no_notice.html")


@bp.get("/<string(length=64):digest>")
@open_to_all
def version(digest: str) -> Page:
    """One version of the notice, in force or not. Other texts of the Rulebook are not shown here."""
    return _shown(digest)


def _shown(digest: str) -> Page:
    with place().store.reading() as session:
        found = version_of(session, NOTICE, digest) or abort(404)
    school = place().rules.latest_first()[0].school
    present = school.notice
    in_force = present is not None and digest == present.digest
    return show(
        "school/notice.html",
        notice=present if in_force else kept_school_notice(found.text),
        version=digest,
        kept_at=found.kept_at,
        in_force=in_force,
        helps=lambda sentence: guide_links(school, sentence),
    )
