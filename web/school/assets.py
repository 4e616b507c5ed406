"""The school's colour and crest as files whose names change with their content."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response, abort, url_for

from config.profile import Profile
from web.school.colours import named, preview, sheet
from web.shared.security import PICTURE_CSP, open_to, open_to_all, place, unchanging
from workflow.school.crest import KINDS
from workflow.school.profile import crest_named

bp = Blueprint("school", __name__, url_prefix="/school")

_NAME = re.compile(r"([0-9a-f]{6})-[0-9a-f]{8}")


@bp.get("/<string(length=15):colours>.css")
@open_to_all
@unchanging
def colour_sheet(colours: str) -> Response:
    """The sheet of one accent, after the main one."""
    return _sheet(colours, sheet)


@bp.get("/preview/<string(maxlength=15):shades>.css")
@open_to("registrar")
@unchanging
def preview_sheet(shades: str) -> Response:
    """One accent in both themes, for the page on which it is chosen."""
    return _sheet(shades, preview)


@bp.get("/crest/<string(maxlength=40):crest>")
@open_to_all
@unchanging
def picture(crest: str) -> Response:
    """A crest, the present or an earlier one."""
    with place().store.reading() as session:
        data = crest_named(session, crest)
    if data is None:
        abort(404)
    answer = Response(data, mimetype=KINDS[crest.rpartition(".")[2]])
    answer.headers["Content-Security-Policy"] = PICTURE_CSP
    return answer


def sheet_address(profile: Profile) -> str:
    """Where the sheet of the school's colour is, or '' if it has chosen none."""
    accent = profile.accent
    return url_for("school.colour_sheet", colours=named(accent, sheet(accent))) if accent else ""


def preview_address(accent: str) -> str:
    """Where the preview of an accent is."""
    return url_for("school.preview_sheet", shades=named(accent, preview(accent)))


def _sheet(name: str, of: Callable[[str], str]) -> Response:
    found = _NAME.fullmatch(name)
    accent = f"#{found[1]}" if found else ""
    if (not found and not name.startswith("none-")) or named(accent, of(accent)) != name:
        abort(404)
    return Response(of(accent), mimetype="text/css")
