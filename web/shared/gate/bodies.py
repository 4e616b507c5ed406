"""What a request may carry: the two kinds of HTML form, within limits."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from web.shared.gate.origins import SAFE

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
MOST_FIELDS = 2000
"""More than the largest form of ours has: a college's list with a tick for each student."""

LONGEST_FIELD = 320 * 1024
"""More than the largest text that a form of ours takes: the text of a school's rules."""


class TooManyFields(RequestEntityTooLarge):
    """A form with more or longer fields than any of ours has."""


def guard_bodies(app: Flask) -> None:
    """Refuse bodies that no form of ours sends, before anything reads them."""
    app.config.update(MAX_FORM_PARTS=MOST_FIELDS, MAX_FORM_MEMORY_SIZE=LONGEST_FIELD)
    app.before_request(_refuse_others)


def _refuse_others() -> None:
    """415 for JSON and all that is no form: form classes would read JSON, past every check of form fields.

    413 for too many or too long fields. The size of the whole is checked before.
    """
    if request.method in SAFE:
        return
    if request.mimetype not in ("", *FORMS):
        raise UnsupportedMediaType
    try:
        fields = sum(1 for _ in request.form.items(multi=True))
    except RequestEntityTooLarge as fault:
        raise TooManyFields from fault
    if fields > MOST_FIELDS:
        raise TooManyFields
