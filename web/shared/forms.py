"""What people type, read into values. Whether it may be is the door's question, never a form's."""

from __future__ import annotations

from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import Optional

from workflow.records.texts import clean_text


class DayField(DateField):
    """A day as ``YYYY-MM-DD``; blank is None."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validators=[Optional()], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; a day that does not exist is named as such."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(_("没有这一天。请按 2024-10-25 的样子填写。")) from None


def _clean() -> StringField:
    return StringField(filters=[lambda said: clean_text(said) if said else ""])


def _stripped() -> StringField:
    return StringField(filters=[lambda said: said.strip() if said else ""])


class Claimed(FlaskForm):
    """Why one field is wrong, its right value, and since when: each question sends its own."""

    cause = StringField()
    value = _clean()
    event_date = DayField()


class PaperHandedIn(FlaskForm):
    """One paper and what it is."""

    kind = StringField()
    file = FileField()


class Answered(FlaskForm):
    """The answer to one question: words, another value, or a photo."""

    words = TextAreaField()
    value = _clean()
    file = FileField()


class Asking(FlaskForm):
    """What a reviewer asks of the student: kinds of paper with one remark, and an explanation.

    What is asked of a claim's value stands in a field of its own, ``value-`` and the claim's id.
    """

    paper = SelectMultipleField(validate_choice=False)
    paper_words = TextAreaField()
    explanation = TextAreaField()


class _Found(FlaskForm):
    """What is found of a claim; ``base`` is the digest of moved values that were looked at."""

    outcome = StringField()
    seen_on = DayField()
    refusal = StringField()
    words = TextAreaField()
    base = StringField()


class Settled(_Found):
    """What a reviewer finds of one claim."""

    claim = StringField()


class Decided(FlaskForm):
    """The words of a decision, and the code of a refusal."""

    refusal = StringField()
    words = TextAreaField()


class HandedOver(FlaskForm):
    """To whom a case is given."""

    to = StringField()


class Concluded(_Found):
    """One outcome for some claims of a case (their ids, by comma)."""

    claims = StringField()


class Stepped(FlaskForm):
    """What is entered about one step, for some of its claims (ids by comma) or all of them."""

    step = StringField()
    claims = StringField()
    outcome = StringField()
    sent_on = DayField()
    received_on = DayField()
    seen_on = DayField()
    due = DayField()
    number = StringField()
    words = TextAreaField()
    base = StringField()


class Sought(FlaskForm):
    """A number to find a case by."""

    said = _stripped()


class Hired(FlaskForm):
    """A new member of staff."""

    name = _clean()
    role = StringField()
    college = _clean()


class Extended(FlaskForm):
    """The new last day of a campaign, and why."""

    until = DayField()
    words = TextAreaField()


class SetApart(FlaskForm):
    """Who is to be counted or not in a campaign, and why."""

    number = _clean()
    what = StringField()
    code = StringField()
    words = TextAreaField()


class Tested(FlaskForm):
    """A channel, and one's own address there."""

    channel = StringField()
    said = _stripped()


class Away(FlaskForm):
    """Who is away, who stands in, from which day to which."""

    absent = StringField()
    stand_in = StringField()
    first = DayField()
    last = DayField()


class RosterHandedIn(FlaskForm):
    """A roster file, and the day its data are of (blank: today)."""

    file = FileField()
    as_of = DayField()


class Noted(FlaskForm):
    """What a college notes of students: why they are silent, or how they were asked and with what result."""

    reason = StringField()
    how = StringField()
    result = StringField()
    on = DayField()


class WordsForm(FlaskForm):
    """A few words that go with a deed."""

    words = TextAreaField()


class Explained(FlaskForm):
    """A student or candidate number, and the day that is asked about (blank: now)."""

    said = _stripped()
    at = DayField()


class OtherText(FlaskForm):
    """One of the school's files with other words, as a file or as text; nothing of it is kept."""

    which = StringField()
    text = TextAreaField()
    file = FileField()


class Compared(OtherText):
    """The rules in force beside others, handed in or kept by digest, as of a day (blank: now)."""

    kept = StringField()
    at = DayField()


class Supposed(OtherText):
    """Who is asked about, for which days, about what, and what is assumed instead of the rules in force."""

    said = _stripped()
    college = StringField()
    group = _stripped()
    entry_year = StringField()
    graduation_year = StringField()
    plan = StringField()
    claim = StringField()
    since = DayField()
    until = DayField()
    final_day = _stripped()
    extended_until = DayField()
    moved = StringField()
    opens = DayField()
    closes = DayField()


def faults_of(form: FlaskForm) -> list[tuple[str, str]]:
    """Every fault of a form with the id of its field, for the summary at the top."""
    return [(form[name].id, says) for name, list_ in form.errors.items() for says in list_]


def seen_version() -> int:
    """The version the person was looking at; a form without one is none of ours."""
    said = request.form.get("expected", "")
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        abort(400)
    return int(said)


def form_key() -> str:
    """The key the form was given when it was shown."""
    key = request.form.get("key", "")
    if not 16 <= len(key) <= 64:
        abort(400)
    return key
