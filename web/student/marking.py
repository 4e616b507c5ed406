"""The marks 无误 and 有误 on the first page: kept in the draft, then confirmed, vouched for, or filed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext

from web.shared.act import Acting, Faults, No
from web.shared.forms import form_key, seen_version
from web.shared.labels import field_words
from web.shared.security import place, record_of_mine
from web.shared.words import each, in_list
from web.student.filing import against_pairs, begun, onward
from web.student.view import (
    RIGHT,
    WRONG,
    Sheet,
    against_filing,
    filing_of,
    leads,
    read_sheet,
)
from workflow.cases.checking.confirm import VALUES_CHANGED
from workflow.cases.checking.vouch import NOTHING_TO_VOUCH
from workflow.cases.filing.drafts import Answers, save_draft
from workflow.cases.load import lock_record
from workflow.cases.views.student_sheet import papers_of
from workflow.engine import Ref
from workflow.verdict import Reason


@dataclass(frozen=True, slots=True)
class MarksKept:
    """Where the student goes on, with a message; or why the same page is shown again."""

    to: str = ""
    told: str = ""
    no: No | None = None


def marks_sent() -> dict[str, str]:
    """The marks of the form, by field."""
    sent = {words.code: request.form.get(words.code, "") for words in place().school.fields}
    return {field: mark for field, mark in sent.items() if mark in (RIGHT, WRONG)}


def keep_marks(it: Acting) -> MarksKept:
    """Keep the marks of the form in the draft, unless something speaks against them. Raises Refused."""
    record = record_of_mine()
    lock_record(it.session, record)
    sheet = read_sheet(it.session)
    if request.form.get("seen", "") != sheet.shown:
        return MarksKept(no=No((VALUES_CHANGED,)))
    draft = _marked(sheet)
    if reasons := _against(it, sheet, draft):
        return MarksKept(no=No(reasons))
    vouched = _vouch(it, sheet, draft) if sheet.marking == "vouch" else ""
    if not draft.claims and not vouched and sheet.marking != "check":
        return MarksKept(no=No(_nothing_said(sheet)))
    save_draft(it.session, it.place.cipher, record, draft, sheet.mine.at)
    if draft.claims:
        papers = papers_of(it.session, record, None)
        return MarksKept(onward(filing_of(it.session, sheet.mine, sheet.values, papers)), vouched)
    if vouched:
        return MarksKept(url_for(".record"), vouched)
    if waiting := _unmarked(sheet, draft):
        return MarksKept(no=No(faults=waiting))
    return MarksKept(url_for(".sure"))


def _against(it: Acting, sheet: Sheet, draft: Answers) -> tuple[Reason, ...]:
    if not draft.claims:
        return ()
    claims = tuple(draft.claims.values())
    return (*against_filing(it.session, sheet.mine), *against_pairs(it.session, sheet.mine, claims))


def _nothing_said(sheet: Sheet) -> tuple[Reason, ...]:
    """Why marks 无误 were not taken: none was chosen beside a filing, or there is nothing to confirm now."""
    if sheet.marking == "vouch" or sheet.confirm is None:
        return (NOTHING_TO_VOUCH,)
    return sheet.confirm.reasons


def _unmarked(sheet: Sheet, draft: Answers) -> Faults:
    """The items still to be marked, as faults that lead to them."""
    return tuple(
        (f"mark-{field}", gettext("请核对：%(field)s", field=field_words(field)))
        for field in sheet.askable
        if field not in draft.right
    )


def _marked(sheet: Sheet) -> Answers:
    """The draft with the marks of the form. What follows a wrong number needs no mark of its own."""
    draft, values = sheet.mine.draft, sheet.values
    draft.right = {field: values[field] for field in draft.still_right(values)}
    words = {row.words.code: row.words for row in sheet.rows}
    for field, mark in marks_sent().items():
        if field not in sheet.askable:
            continue
        if mark == RIGHT:
            draft.right[field] = values[field]
            draft.claims.pop(field, None)
        else:
            draft.right.pop(field, None)
            draft.claims.setdefault(field, begun(words[field]))
    led = {words[field].group for field in draft.claims if leads(words[field])}
    for field in [one for one in draft.claims if words[one].group in led and not leads(words[one])]:
        del draft.claims[field]
    return draft


def _vouch(it: Acting, sheet: Sheet, draft: Answers) -> str:
    """Say at once that items are right beside a filing, and tell which. '' if none was marked so."""
    fields = [field for field in draft.right if field in sheet.askable]
    if sheet.case is None or not fields:
        return ""
    subject = Ref("case", sheet.case.id)
    it.perform(subject, "vouch_fields", expected=seen_version(), key=form_key(), fields=tuple(fields))
    for field in fields:
        del draft.right[field]
    return str(gettext("已登记无误：%(fields)s", fields=in_list(each(fields, field_words))))
