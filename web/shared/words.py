"""The two languages: the language of a page, and labels for codes from the lower layers.

Source strings are Chinese. The English catalogue is read from its .po file when the app is created.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale, gettext

from config.policy import FieldWords, School
from config.policy.words import BASES, STEP_KINDS
from states import ROLES
from states.campaign import CAMPAIGN
from states.case import CASE
from web.shared.security import cookie_name, place
from workflow.campaigns.tables import RESULTS, SILENCES, WAYS
from workflow.cases.filing.receipts import spoken
from workflow.cases.rules import Rules
from workflow.cases.tables import (
    EXCLUSIONS,
    MANNERS,
    OUTCOMES,
    QUESTION_KINDS,
    QUESTION_OUTCOMES,
    STEP_OUTCOMES,
)
from workflow.cases.views.whose_turn import WHAT, WHO, Turn
from workflow.notices.outbox import WORDS as EVENTS
from workflow.verdict import Reason

CHINESE = "zh_Hans_CN"
ENGLISH = "en_GB"
LANGUAGES = {"zh": CHINESE, "en": ENGLISH}
CATALOGUE = Path(__file__).parents[1] / "translations" / "en" / "LC_MESSAGES" / "messages.po"


class Catalogue(Domain):
    """The catalogue, read from its .po source. There is no compiled file that could be outdated."""

    def get_translations(self) -> NullTranslations:
        """English texts on an English page. On a Chinese page the source string is the text."""
        return _english() if in_english() else _NOTHING


_NOTHING = NullTranslations()


@cache
def _english() -> Translations:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    written = io.BytesIO()
    write_mo(written, catalogue)
    written.seek(0)
    return Translations(written)


def speak(app: Flask) -> None:
    """Register both languages in an app."""
    babel = Babel()
    babel.init_app(app, default_locale=CHINESE, default_timezone="Asia/Shanghai", locale_selector=_chosen)
    babel.domain_instance = Catalogue()
    app.jinja_env.filters.update(
        said=said,
        day=day,
        moment=moment,
        until=until,
        receipt=_spoken,
        in_list=in_list,
        each=each,
        named=named,
        counted=counted,
        instant=instant,
        clock=clock,
        in_one=in_one,
    )
    app.jinja_env.globals.update(
        in_english=in_english,
        pick=pick,
        role_words=role_words,
        case_state=case_state,
        campaign_state=campaign_state,
        outcome_words=outcome_words,
        manner_words=manner_words,
        event_words=event_words,
        field_words=field_words,
        cause_words=cause_words,
        kind_words=kind_words,
        kinds_in_list=kinds_in_list,
        cause_options=cause_options,
        refusal_words=refusal_words,
        state_of=state_of,
        value_name=value_name,
        basis_words=basis_words,
        action_words=action_words,
        exclusion_words=exclusion_words,
        question_kind=question_kind,
        question_outcome=question_outcome,
        turn_words=turn_words,
        step_words=step_words,
        office_words=office_words,
        step_outcome_words=step_outcome_words,
        silence_words=silence_words,
        checks_in_list=checks_in_list,
        way_words=way_words,
        result_words=result_words,
    )


def _chosen() -> str:
    if not has_request_context():
        return CHINESE
    return LANGUAGES.get(request.cookies.get(cookie_name("lang"), ""), CHINESE)


def in_english() -> bool:
    """True when this page is in English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def pick(zh: str, en: str) -> str:
    """One of two texts that are defined together."""
    return en if in_english() and en else zh


def in_one(both: str) -> str:
    """The page's half of a bilingual text: 中文 / English."""
    halves = both.split(" / ")
    middle = len(halves) // 2
    return pick(" / ".join(halves[:middle]), " / ".join(halves[middle:])) if middle else both


# -- reasons --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One reason in the page's language."""

    code: str
    says: str
    remedy: str
    rule: str
    source: str
    until: str


def said(reason: Reason) -> Message:
    """A reason in the page's language. Policy reasons carry English; the catalogue has the others."""
    template, remedy, facts = reason.template, reason.remedy, reason.facts
    if in_english():
        template = reason.template_en or gettext_plain(template)
        remedy = reason.remedy_en or gettext_plain(remedy)
        facts = facts if reason.template_en else {name: _fact(value) for name, value in facts.items()}
    return Message(
        reason.code,
        template.format_map(_Facts(facts)),
        remedy.format_map(_Facts(facts)),
        reason.rule,
        reason.source,
        until(reason.until),
    )


class _Facts(dict[str, Any]):
    """The facts of a sentence. An unknown name in braces stays as it is."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def gettext_plain(text: str) -> str:
    """The catalogue's text for a string that may contain a percent sign."""
    return str(gettext(text)) if text else ""


def _fact(value: Any) -> Any:
    """A fact in English: a whole catalogue sentence, or known Chinese terms inside the text."""
    if not isinstance(value, str) or value.isascii():
        return value
    glossary, pattern = _glossary()
    whole = glossary.get(value) or gettext_plain(value)
    if whole != value:
        return whole
    spoken = pattern.sub(lambda found: f" {glossary[found.group()]} ", value)
    spoken = re.sub(r"\s*”“\s*", " / ", re.sub(r"\s*、\s*", ", ", spoken))
    return re.sub(r"\s+", " ", spoken).strip()


def _glossary() -> tuple[dict[str, str], re.Pattern[str]]:
    """All Chinese terms that can occur in a fact, longest first. Built once for each app."""
    known = current_app.extensions.get("kanwu_glossary")
    if known is None:
        words: dict[str, str] = dict(ROLES.values()) | dict(OUTCOMES.values()) | dict(MANNERS.values())
        for binding in place().engine.bindings.values():
            words |= {state.zh: state.en for state in binding.lifecycle.states}
            words |= {action.zh: action.en for action in binding.lifecycle.actions}
        words |= dict(STEP_KINDS.values())
        for rules in reversed(place().rules.latest_first()):
            fields = (*rules.school.fields, rules.school.status_field)
            words |= {field.zh: field.en for field in fields}
            words |= {office.zh: office.en for office in rules.school.offices.values()}
        words["尚未建立"] = "not made yet"
        longest = sorted(words, key=len, reverse=True)
        known = words, re.compile("|".join(map(re.escape, longest)))
        current_app.extensions["kanwu_glossary"] = known
    return cast(tuple[dict[str, str], re.Pattern[str]], known)


# -- labels ---------------------------------------------------------------------------------------------


def role_words(role: str) -> str:
    """The label of a role."""
    return pick(*ROLES.get(role, (role, role)))


def case_state(name: str) -> str:
    """The label of a case's state. '' before its first state."""
    return _state(CASE, name)


def campaign_state(name: str) -> str:
    """The label of a campaign's state."""
    return _state(CAMPAIGN, name)


def _state(life: Any, name: str) -> str:
    if not name or name == "-":
        return "—"
    state = life.state(name)
    return pick(state.zh, state.en)


def state_of(life: Any, name: str) -> str:
    """The label of a state of any lifecycle."""
    return _state(life, name)


def value_name(name: str) -> str:
    """The label of a value beside an entry: ``XM.new`` is the new name."""
    field, _, which = name.partition(".")
    if name in ("words", "number"):
        return str(gettext("理由") if name == "words" else gettext("函件编号"))
    if name == "list":
        return str(gettext("名单"))
    if field == "asked":
        return str(gettext("第 %(n)s 项补正", n=which))
    side = gettext("新值") if which == "new" else gettext("旧值")
    return f"{field_words(field)} · {side}"


def action_words(life: Any, name: str) -> str:
    """The label of a move or act."""
    action = life.action(name)
    return pick(action.zh, action.en)


def outcome_words(outcome: str) -> str:
    """The label of a claim's outcome."""
    return pick(*OUTCOMES[outcome]) if outcome else ""


def step_words(kind: str) -> str:
    """The label of a kind of step."""
    return pick(*STEP_KINDS.get(kind, (kind, kind)))


def office_words(office: str) -> str:
    """The label of an office."""
    return _said(office, lambda school: school.offices)


def step_outcome_words(outcome: str) -> str:
    """The label of a step's outcome."""
    return pick(*STEP_OUTCOMES[outcome]) if outcome else ""


def silence_words(code: str) -> str:
    """The label of a college's noted reason of silence."""
    return pick(*SILENCES[code]) if code else ""


CHECKS: dict[str, tuple[str, str]] = {
    "freshman": ("新生自查", "the freshmen's check"),
    "yearly": ("每年的自查", "the yearly check"),
    "final": ("毕业前最后一次自查", "the last check before graduation"),
}
"""The kinds of campaign."""


def checks_in_list(kinds: Iterable[str]) -> str:
    """Kinds of campaign as a list in one text."""
    return in_list([pick(*CHECKS[kind]) for kind in kinds])


def way_words(code: str) -> str:
    """The label of a way to contact a student."""
    return pick(*WAYS[code]) if code else ""


def result_words(code: str) -> str:
    """The label of a contact's result."""
    return pick(*RESULTS[code]) if code else ""


def manner_words(manner: str) -> str:
    """The label of the manner in which a case reached checked_ok."""
    return pick(*MANNERS[manner]) if manner else ""


def exclusion_words(code: str) -> str:
    """The label of an exclusion."""
    return pick(*EXCLUSIONS.get(code, (code, code)))


def question_kind(kind: str) -> str:
    """The label of a kind of question."""
    return pick(*QUESTION_KINDS[kind])


def question_outcome(outcome: str) -> str:
    """The label of a question's outcome."""
    return pick(*QUESTION_OUTCOMES[outcome]) if outcome else ""


def turn_words(turn: Turn) -> str:
    """Who must act, and on what."""
    if turn.who == "nobody":
        return pick(*WHAT[turn.what])
    return f"{pick(*WHO[turn.who])} · {pick(*WHAT[turn.what])}"


def event_words(event: str) -> str:
    """The label of a notice's event."""
    return pick(*EVENTS[event])


def day(value: date | None) -> str:
    """A day as people write it."""
    return format_date(value, "long", locale=get_locale()) if value else "—"


def moment(value: datetime | None) -> str:
    """A moment as people write it. Seconds only at the end of an hour, as in 23:59:59."""
    if value is None:
        return "—"
    clock = f"{value:%H:%M:%S}" if value.second == 59 and value.minute == 59 else f"{value:%H:%M}"
    return f"{day(value.date())} {clock}"


def clock(value: datetime) -> str:
    """The time of day alone, for moments of today."""
    return f"{value:%H:%M}"


def instant(stored: str) -> str:
    """A stored instant as people write it, to the second."""
    return f"{day(datetime.fromisoformat(stored).date())} {stored[11:19]}"


def until(iso: str) -> str:
    """A date or instant in ISO form as people write it."""
    if not iso:
        return ""
    return moment(datetime.fromisoformat(iso)) if "T" in iso else day(date.fromisoformat(iso))


def each(codes: Iterable[str], words: Callable[[str], str]) -> list[str]:
    """The labels of several codes."""
    return [words(code) for code in codes]


def named(codes: Iterable[str], words: Callable[[str], str]) -> list[tuple[str, str]]:
    """Codes with their labels, as choices."""
    return [(code, words(code)) for code in codes]


def counted(counts: Mapping[str, int], words: Callable[[str], str], without: str = "") -> str:
    """The number of each code as one phrase. ``without`` is the label for codes that have none."""
    return in_list([f"{words(code) or without} {n}" for code, n in counts.items()])


def in_list(words: list[str]) -> str:
    """Several words as one phrase."""
    return (", " if in_english() else "、").join(words)


def _spoken(receipt: str | None) -> str:
    return spoken(receipt) if receipt else "—"


def field_words(code: str) -> str:
    """The label of a field."""
    return _said(code, lambda school: {one.code: one for one in (*school.fields, school.status_field)})


def cause_words(code: str) -> str:
    """The label of a cause."""
    return _said(code, lambda school: school.policy.causes)


def kind_words(code: str) -> str:
    """The label of a kind of paper."""
    return _said(code, lambda school: school.policy.evidence_kinds)


def kinds_in_list(codes: Iterable[str]) -> str:
    """Several papers as one phrase, each kind once."""
    return in_list([kind_words(code) for code in dict.fromkeys(codes)])


def cause_options(field: FieldWords) -> list[tuple[str, str, str]]:
    """The causes allowed for a field, as (code, label, hint)."""
    hints = {
        "admission_error": gettext("入学以来就与证件不一致。"),
        "legal_change": gettext("入学以后，户口簿上的内容变了。"),
        "school_data": gettext("证件没有变，是学校登记错了。"),
        "rendering": gettext("是同一个名字，只是字形或符号不同。"),
    }
    return [(cause, cause_words(cause), str(hints.get(cause, ""))) for cause in field.causes]


def refusal_words(code: str) -> str:
    """Why something was not corrected: the kind of refusal and its text."""
    found = _found(code, lambda school: {one.code: one for one in school.policy.refusals})
    if found is None:
        return code
    kind = {"inadmissible": gettext("不予受理"), "refused": gettext("驳回")}[found.kind]
    return f"{kind} · {pick(found.zh, found.en)}"


def basis_words(basis: str) -> str:
    """How the last filing day was derived."""
    return pick(*BASES[basis])


def policy_code_words(code: str) -> str:
    """The label of a policy's own code. '' if no text of the school has it."""
    found = _found(code, lambda school: school.policy.codes)
    return pick(found.zh, found.en) if found else ""


def speak_by(rules: Rules) -> Rules:
    """Make this page use the labels of a policy text, so that a decided case always reads the same."""
    g.spoken = rules
    return rules


def school_spoken() -> School:
    """The school whose labels this page uses."""
    spoken: Rules | None = g.get("spoken")
    return spoken.school if spoken else place().school


def _found(code: str, words: Callable[[School], Mapping[str, Any]]) -> Any:
    """The code in the text this page uses, else in the latest loaded text that has it."""
    for school in (school_spoken(), *(rules.school for rules in place().rules.latest_first())):
        if (found := words(school).get(code)) is not None:
            return found
    return None


def _said(code: str, words: Callable[[School], Mapping[str, Any]]) -> str:
    found = _found(code, words)
    return pick(found.zh, found.en) if found else code
