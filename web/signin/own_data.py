"""My data: everything held about the signed-in person as one ZIP, to read and for machines."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, render_template
from markupsafe import Markup

from config.policy.words import DUTIES
from config.sentences import OUTCOMES as SENTENCES_FOR
from states.case import CASE
from web.audit.looks import look_words, why_words
from web.shared.act import acting
from web.shared.downloads import attached
from web.shared.gate.limits import limited
from web.shared.labels import (
    action_words,
    case_state,
    cause_words,
    duty_words,
    exclusion_words,
    field_words,
    kind_words,
    letter_end_words,
    letter_words,
    manner_words,
    office_words,
    outcome_words,
    refusal_words,
    result_words,
    role_words,
    silence_words,
    step_words,
    variant_words,
    way_words,
)
from web.shared.security import fresh, me, open_to_signed_in, place, record_of_mine
from web.shared.words import pick
from web.signin.account import WAYS
from workflow.cases.tables import HOWS, QUESTION_KINDS, QUESTION_OUTCOMES, STEP_OUTCOMES
from workflow.notices.tables import CHANNELS
from workflow.notices.texts import TITLES
from workflow.outgoing.own_data.account import own_data_of_staff
from workflow.outgoing.own_data.layout import COLUMNS, SECTIONS, OwnData, Value
from workflow.outgoing.own_data.student import own_data_of_student
from workflow.people.presences import ENDINGS
from workflow.records.student_contacts import KINDS as CONTACT_KINDS
from workflow.signin.tables import CODE_KINDS

bp = Blueprint("own_data", __name__, url_prefix="/account/data")


def _named(words: Mapping[str, tuple[str, str]]) -> Callable[[str], str]:
    """The words of a list of codes. A code that is not in the list stays as it is."""
    return lambda code: pick(*words.get(code, (code, code)))


WORDS: Mapping[str, Callable[[str], str | Markup]] = {
    "action": lambda name: action_words(CASE, name),
    "cause": cause_words,
    "variant": variant_words,
    "channel": _named(CHANNELS),
    "code_kind": _named(CODE_KINDS),
    "contact": _named(CONTACT_KINDS),
    "duty": _named(DUTIES),
    "ended_because": _named(ENDINGS),
    "event": _named(TITLES),
    "excluded": exclusion_words,
    "field": field_words,
    "filed_in_role": duty_words,
    "given_by": _named(
        {
            "operator": ("运维（命令行）", "operator"),
            "system": ("系统", "system"),
            "two": ("两位系统管理员", "two administrators"),
            "one": ("一位系统管理员", "one administrator"),
        }
    ),
    "how": way_words,
    "letter": letter_words,
    "manner": manner_words,
    "no_longer_because": letter_end_words,
    "office": office_words,
    "claims.outcome": outcome_words,
    "sentences.outcome": _named(SENTENCES_FOR),
    "steps.outcome": _named(STEP_OUTCOMES),
    "questions.outcome": _named(QUESTION_OUTCOMES),
    "paper": kind_words,
    "part": _named({"absent": ("由别人代办", "absent"), "stand_in": ("代别人办理", "stand-in")}),
    "question": _named(QUESTION_KINDS),
    "refusal": refusal_words,
    "result": result_words,
    "role": role_words,
    "silence": silence_words,
    "source": _named({"case": ("更正", "correction")}),
    "standing": _named(
        {
            "present": ("现在用的", "in use"),
            "former": ("以前的", "earlier"),
            "offered": ("等待核实", "to be proved"),
        }
    ),
    "state": case_state,
    "step": step_words,
    "told_as": duty_words,
    "told_how": way_words,
    "verified_how": _named(HOWS),
    "way": _named(WAYS),
    "what": lambda what: look_words(what)[0],
    "why": why_words,
}
"""The columns that hold codes, some of them of one section, and their words for the page to read."""


@bp.get("")
@open_to_signed_in
def page() -> str:
    """What is in the download, and its button."""
    return render_template("signin/own_data.html", student=me().actor.role == "student")


@bp.post("")
@open_to_signed_in
@fresh
@limited("exports")
def download() -> Response:
    """The ZIP. That it was fetched is logged before it leaves."""
    with acting() as it:
        it.note("own_data", record_of_mine() if it.by.role == "student" else it.by.person)
    data = _own_data()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", data.as_json())
        archive.writestr("data.html", render_template("signin/own_data_file.html", it=data, **_WORDING))
        for file in data.files:
            archive.writestr(file.path, file.data, zipfile.ZIP_STORED)
    return attached("kanwu-own-data.zip", packed.getvalue(), "application/zip")


def _own_data() -> OwnData:
    here, installation = me().actor, place()
    cipher, school = installation.cipher, installation.school.title
    with installation.store.reading() as session:
        at = installation.clock.now(session)
        if here.role != "student":
            return own_data_of_staff(session, cipher, school, here.person, here.role, at)
        evidence, record = installation.evidence, record_of_mine()
        return own_data_of_student(session, cipher, evidence, school, here.person, record, at)


def _cell(section: str, column: str, value: Value) -> str | Markup:
    """A value to read: codes in words, yes and no, and a dash for nothing."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return pick("是", "yes") if value else pick("否", "no")
    words = WORDS.get(f"{section}.{column}") or WORDS.get(column)
    return words(value) if words is not None and isinstance(value, str) else str(value)


_WORDING = {"sections": SECTIONS, "columns": COLUMNS, "cell": _cell}
