"""Forms: parse what people type into values. The engine decides whether an action is allowed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import abort, request
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import DateField, IntegerField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.validators import Optional

from config.calendar import end_of
from config.policy.question import YEARS
from workflow.clock import SHANGHAI
from workflow.records.texts import clean_text, clean_words


class DayField(DateField):
    """A day as ``YYYY-MM-DD``; blank is None."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validators=[Optional()], **more)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parse the input. A day that does not exist, or of a far year, is reported as such."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(_("没有这一天。请按 2024-10-25 的样子填写。")) from None
        if self.data and self.data.year not in YEARS:
            self.data = None
            raise ValueError(_("年份应在 %(first)s 至 %(last)s 之间。", first=YEARS[0], last=YEARS[-1]))


def _clean() -> StringField:
    return StringField(filters=[lambda said: clean_text(said) if said else ""])


def _stripped() -> StringField:
    return StringField(filters=[lambda said: said.strip() if said else ""])


class WordsForm(FlaskForm):
    """Free text for an action."""

    words = TextAreaField()


class Sought(FlaskForm):
    """A number to search for."""

    said = _stripped()


class RunWanted(FlaskForm):
    """For whom codes are made, and how they travel. ``beside``: for those whom a run of messages left out."""

    whom = StringField()
    hand = StringField()
    beside = StringField()


class CardSeen(FlaskForm):
    """What the officer saw before giving a code."""

    seen = StringField()


class Mailed(FlaskForm):
    """One's own e-mail address."""

    email = _stripped()


class CodeTyped(FlaskForm):
    """A one-time code."""

    code = _stripped()


class PaperReturned(FlaskForm):
    """Where the paper of a college's form is now."""

    college = StringField()
    paper = StringField()
    state = StringField()


class ForAReason(FlaskForm):
    """Why somebody looks, by a code of the list."""

    why = StringField()


class PaperOpened(ForAReason):
    """The paper of a case to open: its id, or ``photo``."""

    opened = StringField()


class NumberShown(ForAReason):
    """The number to show whole: of which claim, and on which side."""

    claim = StringField()
    side = StringField()


class ValueShown(ForAReason):
    """The value of an entry to show whole, by its name."""

    name = StringField()


class Claimed(FlaskForm):
    """The cause, the circumstance, the right value and the date of one field."""

    cause = StringField()
    variant = StringField()
    value = _clean()
    event_date = DayField()


class Looked(FlaskForm):
    """The day on which a student looked on the platform."""

    looked_on = DayField()


class PaperHandedIn(FlaskForm):
    """Photos of papers of one kind."""

    file = MultipleFileField()


class Answered(FlaskForm):
    """The answer to one question: text, another value, or photos."""

    words = TextAreaField()
    value = _clean()
    file = MultipleFileField()


class Asking(FlaskForm):
    """A reviewer's questions: kinds of paper with one remark, and an explanation.

    A question about a claim's value is in its own field, ``value-`` and the claim's id. ``sentence`` is the
    kept sentence to be filled in.
    """

    paper = SelectMultipleField(validate_choice=False)
    paper_words = TextAreaField()
    explanation = TextAreaField()
    sentence = StringField()


class Decided(WordsForm):
    """The words of a decision, and the refusal code."""

    refusal = StringField()


class _Found(Decided):
    """A finding on claims. ``base`` is the digest of the changed values that the person saw."""

    outcome = StringField()
    seen_on = DayField()
    base = StringField()


class Settled(_Found):
    """A reviewer's outcome for one claim."""

    claim = StringField()


class HandedOver(FlaskForm):
    """The person who receives a case."""

    to = StringField()


class Concluded(_Found):
    """One outcome for some claims of a case (comma-separated ids), and the items of the checklist ticked.

    ``sentence`` is the kept sentence to be filled into the words.
    """

    claims = StringField()
    ticked = SelectMultipleField(validate_choice=False)
    sentence = StringField()


class Stepped(WordsForm):
    """The input for one step, for all its claims or some (comma-separated ids)."""

    step = StringField()
    claims = StringField()
    outcome = StringField()
    sent_on = DayField()
    received_on = DayField()
    seen_on = DayField()
    due = DayField()
    number = StringField()
    base = StringField()
    whom = StringField()
    addressee = StringField()
    asks = StringField()
    person = StringField()


class Verified(WordsForm):
    """What was verified: of which claim and paper, how, when, and when an original went back."""

    claim = StringField()
    paper = StringField()
    how = StringField()
    number = StringField()
    seen_on = DayField()
    returned_on = DayField()


class BatchPressed(Decided):
    """One verdict for the cases that are ticked, each with the version in which it was seen.

    ``sentence`` is the kept sentence to be filled into the words.
    """

    case = SelectMultipleField(validate_choice=False)
    outcome = StringField()
    ticked = SelectMultipleField(validate_choice=False)
    sentence = StringField()


class EntriesTicked(WordsForm):
    """The rows of the worksheet that are ticked (``case:version``), their day, and a number to show whole."""

    row = SelectMultipleField(validate_choice=False)
    seen_on = DayField()
    why = StringField()
    claim = StringField()


class Hired(FlaskForm):
    """A member of staff: number, name, one role or duty with its scope and last day, and addresses."""

    number = _stripped()
    name = _clean()
    role = StringField()
    college = _clean()
    classes = _clean()
    entry_year = _clean()
    level = _clean()
    office = _clean()
    until = DayField()
    email = _stripped()
    wecom = _stripped()


class LookedFor(Sought):
    """Members of staff to look for: by a text, by a role, or both."""

    role = StringField()


class HelpWanted(WordsForm):
    """What a visitor asks the office: the kind of trouble, who they are, and how to reach them."""

    kind = StringField()
    name = _clean()
    number = _clean()
    phone = _clean()


class HelpSought(FlaskForm):
    """The number of a help item and the one-time word of its asker."""

    number = _stripped()
    word = _stripped()


class HelpTold(WordsForm):
    """What the office answers, in one of three ways, or what came of a telephone call."""

    answer = StringField()
    result = StringField()


class StaffFile(FlaskForm):
    """A file of the staff, and whether the roles that it does not name shall end."""

    file = FileField()
    end = StringField()


class Extended(WordsForm):
    """The new last day of a campaign, and the reason."""

    until = DayField()


class ExportWanted(WordsForm):
    """What shall leave, for what purpose, and of whom."""

    purpose = StringField()
    what = SelectMultipleField(validate_choice=False)
    campaign = StringField()
    college = StringField()


class CardsWanted(WordsForm):
    """Of which class the cards shall be printed, and for what purpose."""

    class_name = _clean()
    purpose = StringField(default="archive")


class ClaimsWanted(WordsForm):
    """For what purpose the list of claims shall leave, and as which kind of file."""

    purpose = StringField()
    format = StringField(default="xlsx")


class SetApart(WordsForm):
    """A student to include in or exclude from a campaign, and the reason."""

    number = _clean()
    what = StringField()
    code = StringField()


class Tested(Sought):
    """A channel, and one's own address in it."""

    channel = StringField()


class Away(FlaskForm):
    """The absent person, the stand-in, the first and the last day."""

    absent = StringField()
    stand_in = StringField()
    first = DayField()
    last = DayField()


class RosterHandedIn(FlaskForm):
    """A roster file, and the date of its data (blank: today)."""

    file = FileField()
    as_of = DayField()


class LineAnswered(WordsForm):
    """What a body outside answered to one line of a batch."""

    line = StringField()
    outcome = StringField()
    received_on = DayField()


class SourcesHandedIn(RosterHandedIn):
    """A file of the school's own system and its day; one of the platform and its day, if there is one."""

    platform = FileField()
    platform_as_of = DayField()


class DifferencesPressed(ForAReason):
    """What is done of rows of a worksheet: those ticked (``difference:version``), or all that are alike.

    ``shown`` is the number to show whole: the difference, and on which side.
    """

    row = SelectMultipleField(validate_choice=False)
    press = StringField()
    alike = StringField()
    shown = StringField()


class ProfileEdited(FlaskForm):
    """What the school says of itself, but for its crest. Its faults are those of ``Profile``."""

    title = _clean()
    title_en = _clean()
    office = _clean()
    office_en = _clean()
    room = _clean()
    room_en = _clean()
    phone = _clean()
    hours = _clean()
    hours_en = _clean()
    address = _stripped()
    working_days = IntegerField(validators=[Optional()])
    appeal_to = _clean()
    appeal_to_en = _clean()
    appeal_days = IntegerField(validators=[Optional()])
    appeal_place = _clean()
    appeal_source = _clean()
    document_word = _clean()
    accent = StringField(filters=[lambda said: said.strip().lower() if said else ""])


class CrestHandedIn(FlaskForm):
    """A picture of the school's crest."""

    file = FileField()


class FilePicked(FlaskForm):
    """One file, and nothing beside it."""

    file = FileField()


class Permitted(FlaskForm):
    """What the registrar grants one student, until when, and why; or which one is taken back.

    A day without a time is the whole day.
    """

    kind = StringField()
    campaign = StringField()
    day = DayField()
    time = TimeField(validators=[Optional()])
    words = TextAreaField()
    permission = StringField()

    @property
    def until(self) -> datetime | None:
        """The last second of the permission, or None."""
        if self.day.data is None:
            return None
        if self.time.data is None:
            return end_of(self.day.data)
        return datetime.combine(self.day.data, self.time.data, SHANGHAI)


class BatchWanted(FlaskForm):
    """Where a batch goes, and with which intake."""

    office = StringField()
    month = StringField()


class BatchActed(WordsForm):
    """What is done to a batch: the claims that are meant, the reason, its letter's number and day."""

    claim = SelectMultipleField(validate_choice=False)
    number = _clean()
    sent_on = DayField()


class Noted(FlaskForm):
    """A college's note on students: why they are silent, a contact and its result, or how they were told."""

    reason = StringField()
    how = StringField()
    result = StringField()
    on = DayField()
    told_how = StringField()
    told_on = DayField()


class Explained(Sought):
    """A student or candidate number, and the day in question (blank: now)."""

    at = DayField()


class OtherText(FlaskForm):
    """Another version of one of the school's files, as a file or as text. It is not stored."""

    which = StringField()
    text = TextAreaField()
    file = FileField()


class Compared(OtherText):
    """Another rules text, submitted or by digest, to compare with those in force on a day (blank: now)."""

    kept = StringField()
    at = DayField()


class Supposed(OtherText):
    """A what-if question: cohort, days, claim, and assumptions that replace the rules in force."""

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


class SentenceTyped(FlaskForm):
    """One kept sentence: which, for which outcome and cause, and its words in both languages."""

    sentence = StringField()
    outcome = StringField()
    cause = StringField()
    zh = StringField(filters=[lambda said: clean_words(said) if said else ""])
    en = StringField(filters=[lambda said: clean_words(said) if said else ""])


def faults_of(form: FlaskForm) -> list[tuple[str, str]]:
    """All faults of a form with their field ids, for the summary at the top."""
    return [(form[name].id, says) for name, list_ in form.errors.items() for says in list_]


def seen_version() -> int:
    """The version that the person saw. Aborts with 400 if the form has none."""
    return _version(request.form.get("expected", ""))


def seen_cases(ticks: Iterable[str], most: int) -> list[tuple[str, int]]:
    """The cases that are ticked (``case:version``), each once and in the version in which it was seen.

    Aborts with 400 if a tick is no such pair, or if there are more than a page has.
    """
    pairs = [said.partition(":") for said in ticks]
    if len(pairs) > most:
        abort(400)
    seen: dict[str, int] = {}
    for case, _colon, version in pairs:
        seen.setdefault(case, _version(version))
    return list(seen.items())


def _version(said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) < 10):
        abort(400)
    return int(said)


def form_key() -> str:
    """The key that the form received when it was shown. Aborts with 400 if it has none."""
    key = request.form.get("key", "")
    if not 16 <= len(key) <= 64:
        abort(400)
    return key
