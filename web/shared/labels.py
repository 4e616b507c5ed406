"""Labels in the page's language for reasons, roles, states, fields, papers and codes of the lower layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from flask import Flask, g
from flask_babel import gettext
from markupsafe import Markup

from config.policy import FieldWords, School
from config.policy.words import BASES, DUTIES, STEP_KINDS, Refusal
from config.profile import PARTS
from states import ROLES, Lifecycle
from states.batch import BATCH
from states.campaign import CAMPAIGN
from states.case import CASE
from states.help import HELP
from states.permission import PERMISSION
from web.shared.cases.endings import basis_of, notice_words, outcome_sentence
from web.shared.security import place
from web.shared.words import day, gettext_plain, in_english, in_list, pick, until
from workflow.campaigns.colleges.roll import Entrant
from workflow.campaigns.tables import RESULTS, SILENCES, WAYS
from workflow.cases.claims import ClaimFiled
from workflow.cases.facts import ClaimFacts
from workflow.cases.filing.receipts import spoken
from workflow.cases.rules import Rules
from workflow.cases.rules.names import SchoolNames, causes, fields, offices, variants
from workflow.cases.tables import (
    EXCLUSIONS,
    FLAG_KINDS,
    HOWS,
    MANNERS,
    OUTCOMES,
    QUESTION_KINDS,
    QUESTION_OUTCOMES,
    STEP_OUTCOMES,
)
from workflow.cases.views.whose_turn import Turn, turn_named
from workflow.help.asking import spoken_number
from workflow.help.tables import CALLS
from workflow.help.tables import KINDS as HELP_KINDS
from workflow.letters.facts import LetterItem
from workflow.letters.tables import ADDRESSEES
from workflow.letters.tables import ENDS as LETTER_ENDS
from workflow.letters.tables import KINDS as LETTERS
from workflow.notices.tables import CHANNELS
from workflow.notices.texts import TITLES as EVENTS
from workflow.outgoing.batches.facts import STANDINGS
from workflow.outgoing.files.tables import FILES
from workflow.outgoing.jobs.tables import APART, CONTENTS, ENDINGS, PURPOSES
from workflow.people.presences import SignedIn
from workflow.people.reasons import REASONS
from workflow.people.scopes import Held, Scope
from workflow.permissions.tables import KINDS as PERMISSIONS
from workflow.records.claimed import choices, is_day
from workflow.values import Because, Fact, Happened, OneOf, Sentence, in_chinese
from workflow.verdict import Reason


def give_labels(app: Flask) -> None:
    """Let the pages of an app call things by these names."""
    app.jinja_env.filters.update(said=said, receipt=_spoken, help_number=spoken_number)
    app.jinja_env.globals.update(
        role_words=role_words, case_state=case_state, standing_words=standing_words,
        campaign_state=partial(state_of, CAMPAIGN),
        outcome_words=outcome_words, manner_words=manner_words, event_words=_names_of(EVENTS),
        field_words=field_words, cause_words=cause_words, kind_words=kind_words,
        grounds_words=grounds_words, variant_options=variant_options, our_office=our_office,
        kinds_in_list=kinds_in_list, cause_options=cause_options, refusal_words=refusal_words,
        state_of=state_of, value_name=value_name, basis_words=_names_of(BASES), action_words=action_words,
        profile_words=profile_words,
        exclusion_words=exclusion_words, question_kind=_names_of(QUESTION_KINDS), turn_words=turn_words,
        question_outcome=question_outcome_words, step_words=step_words, office_words=office_words,
        step_outcome_words=_names_of(STEP_OUTCOMES), silence_words=silence_words, way_words=way_words,
        held_words=held_words, scope_words=scope_words, checks_in_list=checks_in_list,
        result_words=result_words, channel_words=_names_of(CHANNELS), places_words=places_words,
        purpose_words=purpose_words, content_words=content_words, export_ending=_names_of(ENDINGS),
        batch_file=batch_file_words, batch_state=partial(state_of, BATCH), line_standing=_names_of(STANDINGS),
        help_state=partial(state_of, HELP), help_kind=_names_of(HELP_KINDS), call_words=_names_of(CALLS),
        duty_words=duty_words, whose_words=whose_words, limits_words=limits_words, look_reasons=look_reasons,
        outcome_sentence=outcome_sentence, notice_words=notice_words, letter_words=letter_words,
        how_verified=how_verified, addressee_words=addressee_words,
        letter_end_words=letter_end_words, value_choices=value_choices, is_day=is_day,
        permission_words=permission_words, permission_state=partial(state_of, PERMISSION),
        flag_words=_names_of(FLAG_KINDS),
    )  # fmt: skip


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
    template, remedy = reason.template, reason.remedy
    if in_english():
        template = reason.template_en or gettext_plain(template)
        remedy = reason.remedy_en or gettext_plain(remedy)
    facts = _Facts((name, fact_words(fact)) for name, fact in reason.facts.items())
    return Message(
        reason.code,
        template.format_map(facts),
        remedy.format_map(facts),
        reason.rule,
        basis_of(reason.source),
        until(reason.until),
    )


def fact_words(fact: Fact) -> str:
    """A fact of a reason as it stands in a sentence of the page's language."""
    return _in_english(fact) if in_english() else in_chinese(fact)


def _in_english(fact: Fact) -> str:
    match fact:
        case str() | int():
            return str(fact)
        case datetime():
            return f"{day(fact.date())} {fact:%H:%M:%S}"
        case date():
            return day(fact)
        case tuple():
            *most, last = map(_in_english, fact or ("—",))
            return f"{', '.join(most)} and {last}" if most else last
        case Sentence(says):
            return gettext_plain(says)
        case Because(reason):
            return said(reason).says
        case OneOf(names):
            return " / ".join(name.en for name in names)
        case Happened(at, role, action):
            return f"{at} {role.en}: {action.en}"
    return fact.en


class _Facts(dict[str, str]):
    """The facts of a sentence. An unknown name in braces stays as it is."""

    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


# -- labels ---------------------------------------------------------------------------------------------


def _names_of(words: Mapping[str, tuple[str, str]]) -> Callable[[str], str]:
    """A label for the codes of a list; '' has none, and a code that is not in the list is its own."""

    def label(code: str) -> str:
        return pick(*words.get(code, (code, code)))

    return label


def _names_by(words: Callable[[School], Mapping[str, Any]]) -> Callable[[str], str]:
    """A label for the codes of a list of the school; a code that no text of it has is its own."""

    def label(code: str) -> str:
        return pick(*_names().named(code, words))

    return label


role_words = _names_of(ROLES)
duty_words = _names_of({**DUTIES, **ROLES})
outcome_words = _names_of(OUTCOMES)
step_words = _names_of(STEP_KINDS)
silence_words = _names_of(SILENCES)
way_words = _names_of(WAYS)
purpose_words = _names_of(PURPOSES)
content_words = _names_of({**CONTENTS, **APART})
batch_file_words = _names_of(FILES)
result_words = _names_of(RESULTS)
manner_words = _names_of(MANNERS)
exclusion_words = _names_of(EXCLUSIONS)
profile_words = _names_of(PARTS)
letter_words = _names_of(LETTERS)
addressee_words = _names_of(ADDRESSEES)
how_verified = _names_of(HOWS)
letter_end_words = _names_of(LETTER_ENDS)
permission_words = _names_of(PERMISSIONS)
question_outcome_words = _names_of(QUESTION_OUTCOMES)


def held_words(held: Held) -> Markup:
    """A grant in words: the duty or else the role, and what it is limited to."""
    said = pick(*DUTIES[held.duty]) if held.duty else role_words(held.role)
    return Markup("{}{}").format(said, _limits(held.scope) if held.scope else "")


def places_words(places: Iterable[Scope]) -> Markup:
    """Colleges and offices in words, to stand behind a role."""
    return Markup("").join(map(_limits, places))


def whose_words(here: SignedIn) -> Markup:
    """Whose students an officer's page shows: their college, and what in it if not all."""
    said = [Markup('<span lang="zh-CN">{}</span>').format(here.college)] if here.college else []
    return Markup("\xa0· ").join([*said, *filter(None, [narrowed_words(here.narrowed_to)])])


def narrowed_words(scopes: Iterable[Scope]) -> Markup:
    """What several scopes of one college are limited to in it. '' if there are none."""
    return limits_words(replace(one, college="", office="") for one in scopes)


def limits_words(scopes: Iterable[Scope]) -> Markup:
    """What several scopes are limited to, as a list. '' if they set no limit."""
    return Markup(in_list(list(filter(None, map(scope_words, scopes)))))


def scope_words(scope: Scope) -> Markup:
    """A scope in words."""
    return _limits(scope).strip()


def _limits(scope: Scope) -> Markup:
    office = str(office_words(scope.office)) if scope.office else ""
    year = gettext("%(year)s 级", year=scope.entry_year) if scope.entry_year else ""
    of_the_records = " · ".join(filter(None, (scope.college, scope.level, scope.class_name)))
    named = Markup(' <span lang="zh-CN">{}</span>').format(of_the_records) if of_the_records else ""
    return Markup("{}{}{}").format(named, year and f" {year}", office and f" {office}")


def state_of(life: Lifecycle, name: str) -> str:
    """The label of a state of any lifecycle."""
    if not name or name == "-":
        return "—"
    state = life.state(name)
    return pick(state.zh, state.en)


case_state = partial(state_of, CASE)


def standing_words(one: Entrant) -> str:
    """How a student's case stands; a decision of several outcomes names each of them."""
    mixed = len(set(one.outcomes)) > 1
    return outcome_sentence(one.outcomes) if mixed else case_state(one.state)


def look_reasons() -> list[tuple[str, str]]:
    """The reasons for a look of which one is chosen: code and words."""
    return [(code, pick(*words)) for code, words in REASONS.items()]


def value_name(name: str) -> str:
    """The label of a value beside an entry: ``XM.new`` is the new name."""
    field, _, which = name.partition(".")
    if field == "asked":
        return str(gettext("第 %(n)s 项补正", n=which))
    whole = {
        "words": gettext("理由"), "number": gettext("函件编号"), "list": gettext("名单"),
        "note": gettext("内部备注"), "confirmed": gettext("确认的信息"), "right": gettext("确认无误的项目"),
        "found": gettext("核验情况"), "person": gettext("答复人"), "file": gettext("文件"),
    }  # fmt: skip
    if name in whole:
        return str(whole[name])
    sides = {"new": gettext("新值"), "old": gettext("旧值"), "variant": gettext("情形")}
    return f"{field_words(field)} · {sides.get(which, which)}"


def action_words(life: Lifecycle, name: str) -> str:
    """The label of a move or act."""
    action = life.action(name)
    return pick(action.zh, action.en)


office_words = _names_by(offices)


def our_office() -> str:
    """The school's name for the office of everything that no rule gives to another."""
    return office_words(school_spoken().policy.default_office)


field_words = _names_by(fields)
cause_words = _names_by(causes)
variant_words = _names_by(variants)
kind_words = _names_by(lambda school: school.policy.evidence_kinds)

CHECKS: dict[str, tuple[str, str]] = {
    "freshman": ("新生自查", "the freshmen's check"),
    "yearly": ("每年的自查", "the yearly check"),
    "final": ("毕业前最后一次自查", "the last check before graduation"),
}
"""The kinds of campaign."""


def checks_in_list(kinds: Iterable[str]) -> str:
    """Kinds of campaign as a list in one text."""
    return in_list([pick(*CHECKS[kind]) for kind in kinds])


def turn_words(turn: Turn) -> str:
    """Who must act, and on what."""
    return pick(*turn_named(turn))


def _spoken(receipt: str | None) -> str:
    return spoken(receipt) if receipt else "—"


def kinds_in_list(codes: Iterable[str]) -> str:
    """Several papers as one phrase, each kind once."""
    return in_list([kind_words(code) for code in dict.fromkeys(codes)])


def grounds_words(claim: ClaimFiled | ClaimFacts | LetterItem) -> str:
    """Why a claim is made: its cause, and the circumstance if it names one."""
    return pick(*_names().grounds(claim.cause, claim.variant))


def variant_options(variants: Iterable[str]) -> list[tuple[str, str]]:
    """The circumstances that rules tell apart, and none of them, as (code, label)."""
    none = gettext("没有以上情形")
    return [*((one, variant_words(one)) for one in variants), ("", str(none))]


def cause_options(field: FieldWords) -> list[tuple[str, str, str]]:
    """The causes allowed for a field, as (code, label, hint)."""
    hints = {
        "admission_error": gettext("入学以来就与证件不一致。"),
        "legal_change": gettext("入学以后，户口簿上的内容变了。"),
        "school_data": gettext("证件内容未变，学校登记有误。"),
        "rendering": gettext("是同一个名字，只是字形或符号不同。"),
    }
    return [(cause, cause_words(cause), str(hints.get(cause, ""))) for cause in field.causes]


def value_choices(field: str) -> list[tuple[str, str]]:
    """The values of a code list, each with its label. Empty for a field that is typed."""
    return [(value, value) for value in choices(field)]


def checklist_words(id: str) -> str:
    """An item of the checklist by its id."""
    found = _names().found(id, lambda school: {one.id: one for one in school.policy.checklist})
    return pick(found.says, found.says_en) if found is not None else id


def refusal_words(code: str) -> str:
    """Why something was not corrected: the kind of refusal and its text."""
    return pick(*_names().refusal(code))


def refusal_of(code: str) -> Refusal | None:
    """A refusal by its code, as the policy of this page words it; None if no text of the school has it.

    That of a body outside is built in, and bears the school's own name for the body.
    """
    return _names().refusal_of(code)


def policy_code_words(code: str) -> str:
    """The label of a policy's own code. '' if no text of the school has it."""
    found = _names().found(code, lambda school: school.policy.codes)
    return pick(found.zh, found.en) if found else ""


def speak_by(rules: Rules) -> Rules:
    """Make this page use the labels of a policy text, so that a decided case always reads the same."""
    g.spoken = rules
    return rules


def school_spoken() -> School:
    """The school whose labels this page uses."""
    spoken: Rules | None = g.get("spoken")
    return spoken.school if spoken else place().school


def _names() -> SchoolNames:
    """The names in the text this page uses, then in the latest loaded one that has a code."""
    return SchoolNames((school_spoken(), *(rules.school for rules in place().rules.latest_first())))
