"""The web application. Each kind of reader has a folder; all of them act through the same engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from flask_login import current_user

from web.audit import exports, grants, reveals, searches
from web.audit import pages as audit_pages
from web.college import board, chasing, checks, codes, file_for_student, forms, signing
from web.desk import batch, find, sentences, team
from web.desk import pages as desk_pages
from web.desk import platform as desk_platform
from web.guide import pages as guide_pages
from web.guide import photo, sheet, tally, usage
from web.help import office, visitors
from web.registrar import permissions
from web.registrar.batches import answers as batch_answers
from web.registrar.batches import files as batch_files
from web.registrar.batches import pages as batch_pages
from web.registrar.campaigns import bulletins, forwarding, platform_export, poster, running
from web.registrar.campaigns import pages as campaigns
from web.registrar.outgoing import archive, card, claims, letters
from web.registrar.outgoing import jobs as outgoing
from web.registrar.rosters import contacts, flags
from web.registrar.rosters import pages as rosters
from web.registrar.sources import files as source_files
from web.registrar.sources import worksheet as source_worksheet
from web.rules import book as rules_book
from web.rules import pages as rules_pages
from web.school import assets
from web.school import notice as school_notice
from web.school import profile as school_profile
from web.shared import errors, labels, security, standing, words
from web.shared.figures import photos
from web.shared.gate import interrupted, limits
from web.shared.static_files import serve_static
from web.signin import (
    account,
    activation,
    address,
    by_code,
    fresh,
    links,
    onward,
    own_data,
    own_looks,
    privacy,
)
from web.signin import pages as signin_pages
from web.staff import admin, deliveries, staffing, standing_in
from web.student import answers, elsewhere, record
from workflow.upkeep.installation import Installation

STATIC = Path(__file__).parent / "static"

FACES = (
    guide_pages, sheet, usage, signin_pages, activation, by_code, links, onward, address, fresh, account,
    own_looks, own_data, privacy, record, answers, elsewhere, desk_pages, find, team, desk_platform,
    sentences, batch, checks, board, chasing, signing, codes, poster, campaigns, forwarding, flags,
    running, bulletins, rosters, contacts, permissions, platform_export, outgoing, archive, batch_pages,
    batch_files, batch_answers, rules_book, rules_pages, exports, audit_pages, searches, reveals, grants,
    admin, staffing, deliveries, standing_in, file_for_student, visitors, office, assets, school_notice,
    school_profile, photo, letters, claims, card, source_files, source_worksheet, forms,
)  # fmt: skip


def create_app(installation: Installation) -> Flask:
    """Create the WSGI application that serves the pages of one installation."""
    app = Flask(__name__, static_folder=None)
    app.extensions["kanwu"] = installation
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    serve_static(app, STATIC)
    security.guard(app, installation)
    limits.guard_limits(app)
    tally.count_openings(app)
    interrupted.guard(app)
    standing.guard(app)
    words.speak(app)
    labels.give_labels(app)
    photos.give_photos(app)
    errors.tell(app)
    for face in FACES:
        app.register_blueprint(face.bp)
    security.admit_without_token(app)
    app.context_processor(_on_every_page)
    return app


def _on_every_page() -> dict[str, Any]:
    installation = security.place()
    profile = installation.profile
    return {
        "school": installation.school,
        "profile": profile,
        "school_sheet": assets.sheet_address(profile),
        "school_notice": installation.rules.notice,
        "here": current_user.here if current_user.is_authenticated else None,
        "my_capacities": signin_pages.my_capacities,
        "once": security.once,
        "first_on_page": security.first_on_page,
        "platform_links": guide_pages.links(),
        "inside_wechat": "MicroMessenger" in request.user_agent.string,
        "practice_moment": words.moment(installation.clock.now()) if installation.practice else "",
        "demonstration": installation.demonstration,
        "site": urlsplit(installation.settings.address).netloc or request.host,
    }
