"""Load a school's folder: its rules, notices and profile, decoded strictly, every fault with file and line.

Loading continues after a fault, so that a registrar sees all faults at once: an unreadable value is replaced
by a neutral one, and no school is returned in the end.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

from config.calendar import (
    Calendar,
    OwnDay,
    Registration,
    Year,
)
from config.notice import SchoolNotice
from config.policy.deciding import BatchRule, ChecklistItem, Decisions, Escalation
from config.policy.lint import lint, unsure
from config.policy.lint.draft import Placed, SchoolDraft
from config.policy.predicates import Lists
from config.policy.privacy import PrivacyNotice
from config.policy.reading.beside import (
    DEFAULT_FORMS,
    DEFAULT_LETTERS,
    DEFAULT_NOTICE,
    DEFAULT_SENTENCES,
    FORMS_FILE,
    GUIDE,
    LETTERS,
    NOTICE,
    PRIVACY,
    PROFILE,
    SENTENCES,
    forms_of,
    guide_of,
    letters_of,
    notice_of,
    privacy_of,
    profile_of,
    sentences_of,
)
from config.policy.reading.decoding import (
    TomlFile,
    bytes_of,
    read_file,
)
from config.policy.reading.examples import EXAMPLES, Plans, examples_of
from config.policy.reading.lines import Fault
from config.policy.reading.rules import rule_of, words_of
from config.policy.school import Policy, School
from config.policy.submissions import Submission
from config.policy.templates import plan_named
from config.policy.ties import faults_of_ties, loose_ties
from config.policy.windows import graduates_of
from config.policy.words import (
    CampaignPlan,
    FieldWords,
    FinalCheckDay,
    Intake,
    KeptBy,
    Periods,
    Refusal,
    Sending,
    Silence,
    Statuses,
    StudentAdvice,
    Template,
    Unsupported,
    Window,
    Words,
)

FILES = ("school.toml", "policy.toml", "campaigns.toml", "calendar.toml")
HOLIDAYS = "holidays.toml"
NATIONAL = Path(__file__).parents[2] / HOLIDAYS
"""The national holidays. A copy in a school's folder replaces it."""


class PolicyFaults(Exception):
    """A school's files cannot be used. Lists every fault with file and line."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def load_school(folder: Path) -> School:
    """Load the school from a folder. Raises PolicyFaults with all faults at once."""
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    folder = folder.resolve()
    own = (folder / HOLIDAYS).exists()
    places = {**dict.fromkeys(FILES, folder), HOLIDAYS: folder if own else NATIONAL.parent}
    files = {
        name: read_file(f"{place.name}/{name}", bytes_of(place / name), texts, faults)
        for name, place in places.items()
    }
    draft = draft_of(files)
    for placed, zh, en in lint(draft):
        files[placed.file].fault(placed.where, zh, en)
    privacy = privacy_of(folder / PRIVACY, draft, faults)
    profile = profile_of(folder / PROFILE, faults)
    guide = guide_of(folder / GUIDE, profile.phone if profile else "", faults)
    told = notice_of(folder / NOTICE, faults)
    sentences = sentences_of(folder / SENTENCES, draft, faults)
    letters = letters_of(folder / LETTERS, draft, faults)
    forms = forms_of(folder / FORMS_FILE, faults)
    examples = examples_of(folder / EXAMPLES, _plans(draft), faults)
    if faults:
        raise PolicyFaults(faults)
    warnings = [files[placed.file].named(placed.where, zh, en) for placed, zh, en in unsure(draft)]
    school = replace(
        _school(draft, texts, privacy, tuple(warnings)),
        profile=profile,
        guide=guide,
        examples=examples,
        sentences=sentences,
        letters=letters,
        forms=forms,
    )
    return school if told is None else _with_notice(school, *told)


def kept_school(text: bytes) -> School:
    """The school of the canonical bytes of ``School.text``, as the Rulebook stores them.

    It was checked when it was loaded, so only its form is read again. Its privacy notice is not among these
    bytes, nor are its sentences, letters and forms: it has the default ones. The oldest texts have no
    holidays. Raises PolicyFaults if this version cannot read it.
    """
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    said: dict[str, str] = json.loads(text)["texts"]
    files = {
        name: read_file(name, said[name].encode() if name in said else None, texts, faults)
        for name in (*FILES, *([HOLIDAYS] if HOLIDAYS in said else []))
    }
    draft = draft_of({HOLIDAYS: TomlFile(HOLIDAYS, "", {}, []), **files})
    privacy = privacy_of(DEFAULT_NOTICE, draft, faults)
    sentences = sentences_of(DEFAULT_SENTENCES, draft, faults)
    letters = letters_of(DEFAULT_LETTERS, draft, faults)
    forms = forms_of(DEFAULT_FORMS, faults)
    if faults:
        raise PolicyFaults(faults)
    return replace(_school(draft, texts, privacy, ()), sentences=sentences, letters=letters, forms=forms)


# -- combining the files --------------------------------------------------------------------------------


def draft_of(files: Mapping[str, TomlFile]) -> SchoolDraft:
    """What the files say, as far as it can be read. What cannot be is noted as a fault of its file."""
    school, policy, campaigns, calendar = (files[name] for name in FILES)
    statuses = policy.one("statuses", Statuses)
    fields_ = school.each("field", FieldWords)
    causes, variants = policy.each("cause", Words), policy.each("variant", Words, needed=False)
    windows = policy.each("window", Window, needed=False)
    lists = Lists(
        statuses.value if statuses else Statuses((), (), (), ""),
        tuple(one.value for one in fields_),
        tuple(one.value.code for one in causes),
        tuple(one.value.code for one in variants),
        {one.value.id: one.value for one in windows},
    )
    rules = [rule_of(one, policy, lists) for one in policy.tables("rule")]
    draft = SchoolDraft(
        slug=school.text("slug"),
        title=school.text("title"),
        title_en=school.text("title_en"),
        offices=school.each("office", Words),
        fields=fields_,
        status_field=school.one("status_field", FieldWords),
        told=school.each("told", StudentAdvice, needed=False),
        kept_by=school.each("kept_by", KeptBy, needed=False),
        vocabulary=policy.number("vocabulary", 1),
        valid_from=policy.day("valid_from"),
        default_office=Placed(policy.name, ("default_office",), policy.text("default_office")),
        statuses=statuses,
        has_final_check=policy.has("final_check"),
        final_check=policy.one("final_check", FinalCheckDay, needed=False),
        silence=policy.one("silence", Silence),
        periods=policy.one("periods", Periods),
        sending=policy.one("sending", Sending, needed=False),
        intake=policy.one("intake", Intake),
        codes=policy.each("code", Words),
        causes=causes,
        evidence=policy.each("evidence", Words),
        refusals=policy.each("refusal", Refusal),
        variants=variants,
        windows=windows,
        rules=[one for one in rules if one is not None],
        unsupported=policy.each("unsupported", Unsupported, needed=False),
        decisions=policy.one("decisions", Decisions, needed=False),
        checklist=policy.each("checklist", ChecklistItem, needed=False),
        batches=policy.each("batch", BatchRule, needed=False),
        escalations=policy.each("escalation", Escalation, needed=False),
        submissions=policy.each("submission", Submission, needed=False),
        campaigns=campaigns.each("campaign", CampaignPlan, needed=False),
        templates=campaigns.each("template", Template, needed=False),
        registrations=calendar.each("registration", Registration, needed=False),
        years=[*files[HOLIDAYS].each("year", Year), *calendar.each("year", Year, needed=False)],
        days=calendar.each("day", OwnDay, needed=False),
        written=[*policy.tables("window", needed=False), *words_of(policy.tables("rule"))],
    )
    for file in files.values():
        file.done()
    return draft


def _school(
    draft: SchoolDraft, texts: Mapping[str, str], privacy: PrivacyNotice, warnings: tuple[Fault, ...]
) -> School:
    """The school of a draft without faults."""
    assert draft.status_field and draft.statuses and draft.silence
    assert draft.periods and draft.intake
    return School(
        slug=draft.slug,
        title=draft.title,
        title_en=draft.title_en,
        fields=tuple(one.value for one in draft.fields),
        status_field=draft.status_field.value,
        offices=_by_code(draft.offices),
        told=tuple(one.value for one in draft.told),
        kept_by=tuple(one.value for one in draft.kept_by),
        policy=Policy(
            vocabulary=draft.vocabulary,
            valid_from=draft.valid_from,
            default_office=draft.default_office.value,
            statuses=draft.statuses.value,
            final_check=draft.final_check.value if draft.final_check else None,
            silence=draft.silence.value,
            periods=draft.periods.value,
            sending=draft.sending.value if draft.sending else Sending(source="本系统默认"),
            intake=draft.intake.value,
            codes=_by_code(draft.codes),
            causes=_by_code(draft.causes),
            evidence_kinds=_by_code(draft.evidence),
            refusals=tuple(one.value for one in draft.refusals),
            variants=_by_code(draft.variants),
            windows=MappingProxyType({one.value.id: one.value for one in draft.windows}),
            rules=tuple(one.value for one in draft.rules),
            unsupported=tuple(one.value for one in draft.unsupported),
            decisions=draft.decisions.value if draft.decisions else Decisions(source="本系统默认"),
            checklist=tuple(one.value for one in draft.checklist),
            batches=tuple(one.value for one in draft.batches),
            escalations=tuple(one.value for one in draft.escalations),
            submissions=tuple(one.value for one in draft.submissions),
        ),
        campaigns=tuple(_with_its_graduates(one.value, draft) for one in draft.campaigns),
        templates=tuple(one.value for one in draft.templates),
        calendar=_calendar(draft),
        texts=MappingProxyType(dict(texts)),
        privacy=privacy,
        warnings=tuple(sorted(set(warnings))),
    )


def _plans(draft: SchoolDraft) -> Plans:
    """The campaigns of a draft, by their id."""
    last_day = draft.final_check.value.last_day if draft.final_check else None
    return partial(
        plan_named, [one.value for one in draft.campaigns], [one.value for one in draft.templates], last_day
    )


def _with_its_graduates(plan: CampaignPlan, draft: SchoolDraft) -> CampaignPlan:
    """A ``last_check`` campaign takes its range of graduation dates from the policy."""
    if not plan.cohort.last_check or draft.final_check is None:
        return plan
    since, until = graduates_of(plan.closes.year, draft.final_check.value.last_day)
    return replace(plan, cohort=replace(plan.cohort, graduates_since=since, graduates_until=until))


def _with_notice(school: School, notice: SchoolNotice, file: TomlFile) -> School:
    """The school with its notice. Raises PolicyFaults for ties that are none."""
    if wrong := [file.named(*fault) for fault in faults_of_ties(notice)]:
        raise PolicyFaults(wrong)
    unsure = [file.named(*one) for one in loose_ties(school, notice)]
    return replace(school, notice=notice, warnings=tuple(sorted({*school.warnings, *unsure})))


def _calendar(draft: SchoolDraft) -> Calendar:
    """The school's own table of a year replaces the national one."""
    years = {one.value.year: one.value for one in draft.years}
    return Calendar(
        tuple(one.value for one in draft.registrations),
        tuple(years.values()),
        tuple(one.value for one in draft.days),
    )


def _by_code(words: Collection[Placed[Words]]) -> Mapping[str, Words]:
    return MappingProxyType({one.value.code: one.value for one in words})
