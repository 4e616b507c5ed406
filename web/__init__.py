"""The faces of an installation: one module per reader, all of them before the same door."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_login import current_user

from web import (
    admin,
    answers,
    audit,
    bulletins,
    chasing,
    checks,
    college,
    deliveries,
    desk,
    errors,
    exports,
    poster,
    proxy,
    registrar,
    rosters,
    rules,
    running,
    security,
    signin,
    signing,
    standing_in,
    student,
    words,
)
from workflow.upkeep.installation import Installation

FACES = (
    signin, student, answers, desk, checks, college, chasing, signing, poster, registrar, running, bulletins,
    rosters, exports, rules, audit, admin, deliveries, standing_in, proxy,
)  # fmt: skip


def create_app(installation: Installation) -> Flask:
    """The pages of one installation as a WSGI application."""
    app = Flask(__name__)
    app.extensions["kanwu"] = installation
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    security.guard(app, installation)
    words.speak(app)
    errors.tell(app)
    for face in FACES:
        app.register_blueprint(face.bp)
    app.context_processor(_on_every_page)
    return app


def _on_every_page() -> dict[str, Any]:
    installation = security.place()
    return {
        "school": installation.school,
        "here": current_user.here if current_user.is_authenticated else None,
        "my_roles": signin.my_roles,
        "once": security.once,
        "inside_wechat": "MicroMessenger" in request.user_agent.string,
        "practice_moment": words.moment(installation.clock.now()) if installation.practice else "",
        "demonstration": installation.demonstration,
    }
