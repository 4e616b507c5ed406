"""Load a school's folder: its rules, notices and profile, decoded strictly, every fault with file and line.

Loading continues after a fault, so that a registrar sees all faults at once: an unreadable value is replaced
by a neutral one, and no school is returned in the end.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from config.calendar import (
    Calendar,
    OwnDay,
    Registration,
    Year,
)
from config.guide.flow import GuideDraft, faults_of
from config.guide.scenarios import GuideScenario, WrongScenario, walk
from config.guide.words import Guide, GuideGroup, GuideHead, GuideLink, GuidePhoto, Situation
from config.notice import NoticeHead, NoticePart, NoticeSection, SchoolNotice
from config.policy.effects import EFFECTS, PER_CLAIM, Effect
from config.policy.lint import lint, unsure
from config.policy.lint.draft import Placed, SchoolDraft, Written
from config.policy.predicates import PREDICATES, During, Lists, OfClaim, OfQuestion, Predicate, Turning
from config.policy.privacy import PrivacyContact, PrivacyNotice, PrivacySection, filled
from config.policy.reading.decoding import (
    TomlFile,
    WrongValue,
    bytes_of,
    decoded,
    nothing_else,
    read_file,
    value_of,
)
from config.policy.reading.lines import Fault
from config.policy.reading.lines import Path as Where
from config.policy.school import Policy, Rule, School
from config.policy.ties import faults_of_ties, untied
from config.policy.windows import graduates_of
from config.policy.words import (
    EVERYDAY,
    CampaignPlan,
    FieldWords,
    FinalCheckDay,
    Intake,
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
    named_in_braces,
)
from config.profile import Profile, in_the_other_language

FILES = ("school.toml", "policy.toml", "campaigns.toml", "calendar.toml")
HOLIDAYS = "holidays.toml"
NATIONAL = Path(__file__).parents[2] / HOLIDAYS
"""The national holidays. A copy in a school's folder replaces it."""
PRIVACY = "privacy.toml"
GUIDE, GUIDE_HEAD, SCENARIOS = "guide", "guide.toml", "scenarios.toml"
"""The folder of the school's guide, the file with its head, and what proves it. It is no rule either."""
PROFILE = "profile.toml"
"""The first filling of the school's profile. It is no rule either."""
NOTICE = "notice.toml"
"""The school's notice to its students, sentence by sentence. It is no rule either."""
DEFAULT_NOTICE = NATIONAL.parent / PRIVACY
"""The privacy notice of a school that has none of its own. It is no rule: no digest of a policy covers it."""


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
    draft = _draft(files)
    for placed, zh, en in lint(draft):
        files[placed.file].fault(placed.where, zh, en)
    privacy = _privacy(folder / PRIVACY, draft, faults)
    profile = _profile(folder / PROFILE, faults)
    guide = _guide(folder / GUIDE, profile.phone if profile else "", faults)
    told = _notice(folder / NOTICE, faults)
    if faults:
        raise PolicyFaults(faults)
    warnings = [files[placed.file].named(placed.where, zh, en) for placed, zh, en in unsure(draft)]
    school = replace(_school(draft, texts, privacy, tuple(warnings)), profile=profile, guide=guide)
    return school if told is None else _with_notice(school, *told)


def kept_school(text: bytes) -> School:
    """The school of the canonical bytes of ``School.text``, as the Rulebook stores them.

    It was checked when it was loaded, so only its form is read again. Its privacy notice is not among these
    bytes: it has the default one. Raises PolicyFaults if this version cannot read it.
    """
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    said: dict[str, str] = json.loads(text)["texts"]
    files = {
        name: read_file(name, said[name].encode() if name in said else None, texts, faults)
        for name in (*FILES, HOLIDAYS)
    }
    draft = _draft(files)
    privacy = _privacy(DEFAULT_NOTICE, draft, faults)
    if faults:
        raise PolicyFaults(faults)
    return _school(draft, texts, privacy, ())


# -- rules ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A [[rule]] as written, without its ``when`` and ``then``."""

    id: str
    source: str
    says: str
    says_en: str
    remedy: str = ""
    remedy_en: str = ""
    actions: tuple[str, ...] = EVERYDAY


def _rule(placed: Placed[dict[str, Any]], file: TomlFile, lists: Lists) -> Written | None:
    said = dict(placed.value)
    when, then = said.pop("when", {}), said.pop("then", None)
    table = decoded(RuleTable, said, file, placed.where)
    predicates = _predicates(when, file, (*placed.where, "when"), lists)
    effect = _effect(then, file, (*placed.where, "then"))
    if table is None or effect is None:
        return None
    if not when and not isinstance(effect, PER_CLAIM):
        file.fault(placed.where, "没有条件：对所有人都成立", "has no condition: it would hold for everybody")
    words = (table.says, table.says_en, table.remedy, table.remedy_en)
    try:
        facts = named_in_braces(*words)
    except ValueError:
        file.fault(placed.where, "文字中的花括号不成对或写法不对", "the braces in its words do not fit")
        facts = ()
    rule = Rule(
        **asdict(table),
        of_question=tuple(one for one in predicates if isinstance(one, OfQuestion)),
        of_claim=tuple(one for one in predicates if isinstance(one, OfClaim)),
        of_time=tuple(one for one in predicates if isinstance(one, Turning)),
        during=tuple(one for one in predicates if isinstance(one, During)),
        effect=effect,
        facts=facts,
    )
    return Placed(placed.file, placed.where, rule)


def _predicates(said: object, file: TomlFile, where: Where, lists: Lists) -> list[Predicate]:
    if not isinstance(said, dict):
        file.fault(where, "应为一个表", "must be a table")
        return []
    nothing_else(said, PREDICATES, file, where)
    found = []
    for word, value in said.items():
        if (spelling := PREDICATES.get(word)) is None:
            continue
        try:
            taken = value_of(spelling.takes, value, file, (*where, word))
        except WrongValue:
            continue
        if taken == ():
            file.fault((*where, word), "至少要写一个", "must name something")
        among = spelling.among(lists)
        if (among or spelling.listed) and not _all_among(taken, among, file, (*where, word)):
            continue
        found.append(spelling.make(taken, lists))
    return found


def _all_among(taken: Any, among: Collection[str], file: TomlFile, where: Where) -> bool:
    """True if all names of a predicate are declared."""
    names = taken if isinstance(taken, tuple) else (taken,)
    unknown = [name for name in names if name not in among]
    for name in unknown:
        file.fault(where, f"不认识 {name}，可用的有 {'、'.join(among) or '（没有）'}", "unknown")
    return not unknown


def _effect(said: object, file: TomlFile, where: Where) -> Effect | None:
    if not isinstance(said, dict):
        file.fault(where, "缺少 then，或它不是一个表", "then is missing or no table")
        return None
    named_here = [word for word in EFFECTS if word in said]
    if len(named_here) != 1:
        file.fault(where, f"应恰有一个效果：{'、'.join(EFFECTS)}", "must name exactly one effect")
        return None
    return decoded(EFFECTS[named_here[0]], said, file, where)


# -- combining the files --------------------------------------------------------------------------------


def _draft(files: Mapping[str, TomlFile]) -> SchoolDraft:
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
    rules = [_rule(one, policy, lists) for one in policy.tables("rule")]
    draft = SchoolDraft(
        slug=school.text("slug"),
        title=school.text("title"),
        title_en=school.text("title_en"),
        offices=school.each("office", Words),
        fields=fields_,
        status_field=school.one("status_field", FieldWords),
        told=school.each("told", StudentAdvice, needed=False),
        vocabulary=policy.number("vocabulary", 1),
        valid_from=policy.day("valid_from"),
        default_office=Placed(policy.name, ("default_office",), policy.text("default_office")),
        statuses=statuses,
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
        campaigns=campaigns.each("campaign", CampaignPlan, needed=False),
        templates=campaigns.each("template", Template, needed=False),
        registrations=calendar.each("registration", Registration, needed=False),
        years=[*files[HOLIDAYS].each("year", Year), *calendar.each("year", Year, needed=False)],
        days=calendar.each("day", OwnDay, needed=False),
    )
    for file in files.values():
        file.done()
    return draft


def _privacy(path: Path, draft: SchoolDraft, faults: list[Fault]) -> PrivacyNotice:
    """The notice of a file. What the file does not have, its sections or its contact, is the default's."""
    own = read_file(f"{path.parent.name}/{PRIVACY}", bytes_of(path), {}, faults) if path.exists() else None
    contact = own.one("contact", PrivacyContact, needed=False) if own else None
    sections = _sections(own, needed=False) if own else ()
    if not sections:
        ours = read_file(PRIVACY, bytes_of(DEFAULT_NOTICE), {}, faults)
        sections = _sections(ours, needed=True)
    if own:
        own.done()
    code = draft.default_office.value
    office = next((one.value for one in draft.offices if one.value.code == code), Words(code, code, code))
    return filled(
        sections,
        {"zh": draft.title, "en": draft.title_en},
        contact.value if contact else PrivacyContact(office.zh, office.en),
    )


def _profile(path: Path, faults: list[Fault]) -> Profile | None:
    """The profile of a file, or None if there is no file."""
    if not path.exists():
        return None
    file = read_file(f"{path.parent.name}/{PROFILE}", bytes_of(path), {}, faults)
    profile = file.whole(Profile)
    for key, zh, en in profile.faults():
        near = key if getattr(profile, key) else in_the_other_language(key)
        file.fault((key,), zh, en, near=(near,))
    if profile.crest:
        file.fault(("crest",), "校徽在“学校资料”页面上传", "the crest is uploaded on the registrar's page")
    return profile


def _guide(folder: Path, phone: str, faults: list[Fault]) -> Guide | None:
    """The guide of a folder, or None if there is no folder. Its scenarios are walked once it has no fault."""
    if not folder.is_dir():
        return None
    before = len(faults)
    files = {
        name: read_file(f"{folder.parent.name}/{GUIDE}/{name}", bytes_of(folder / name), {}, faults)
        for name in sorted({GUIDE_HEAD, SCENARIOS} | {one.name for one in folder.glob("*.toml")})
    }
    draft = GuideDraft(
        files[GUIDE_HEAD].one("guide", GuideHead),
        [one for file in files.values() for one in file.each("link", GuideLink, needed=False)],
        [one for file in files.values() for one in file.each("group", GuideGroup, needed=False)],
        [one for file in files.values() for one in file.each("situation", Situation, needed=False)],
        files[GUIDE_HEAD].one("photo", GuidePhoto, needed=False),
        phone,
    )
    scenarios = files[SCENARIOS].each("scenario", GuideScenario)
    for file in files.values():
        file.done()
    for name, where, zh, en in faults_of(draft):
        files[name].fault(where, zh, en)
    if draft.head is None or len(faults) > before:
        return None
    guide = Guide(
        draft.head.value,
        tuple(one.value for one in draft.links),
        tuple(one.value for one in draft.groups),
        tuple(one.value for one in draft.situations),
        draft.photo.value if draft.photo else None,
    )
    for scenario in scenarios:
        try:
            walk(guide, scenario.value)
        except WrongScenario as no:
            files[SCENARIOS].fault((*scenario.where, no.key), no.zh, no.en)
    return guide


def _notice(path: Path, faults: list[Fault]) -> tuple[SchoolNotice, TomlFile] | None:
    """The notice of a file and the file, or None if there is no file."""
    if not path.exists():
        return None
    file = read_file(f"{path.parent.name}/{NOTICE}", bytes_of(path), {}, faults)
    head = file.one("notice", NoticeHead)
    parts, sections = file.each("part", NoticePart), file.each("section", NoticeSection)
    file.done()
    if head is None:
        return None
    notice = SchoolNotice(head.value, tuple(one.value for one in parts), tuple(one.value for one in sections))
    for where, zh, en in notice.faults():
        file.fault(where, zh, en)
    return notice, file


def _with_notice(school: School, notice: SchoolNotice, file: TomlFile) -> School:
    """The school with its notice. Raises PolicyFaults for ties that name nothing."""
    if wrong := [file.named(*fault) for fault in faults_of_ties(school, notice)]:
        raise PolicyFaults(wrong)
    unsure = [file.named(*one) for one in untied(notice)]
    return replace(school, notice=notice, warnings=tuple(sorted({*school.warnings, *unsure})))


def _sections(file: TomlFile, *, needed: bool) -> tuple[PrivacySection, ...]:
    found = file.each("section", PrivacySection, needed=needed)
    wrong = [(placed, *fault) for placed in found for fault in placed.value.faults()]
    for placed, key, zh, en in wrong:
        file.fault((*placed.where, key), zh, en)
    return () if wrong else tuple(placed.value for placed in found)


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
        ),
        campaigns=tuple(_with_its_graduates(one.value, draft) for one in draft.campaigns),
        templates=tuple(one.value for one in draft.templates),
        calendar=_calendar(draft),
        texts=MappingProxyType(dict(texts)),
        privacy=privacy,
        warnings=tuple(sorted(set(warnings))),
    )


def _with_its_graduates(plan: CampaignPlan, draft: SchoolDraft) -> CampaignPlan:
    """A ``last_check`` campaign takes its range of graduation dates from the policy."""
    if not plan.cohort.last_check or draft.final_check is None:
        return plan
    since, until = graduates_of(plan.closes.year, draft.final_check.value.last_day)
    return replace(plan, cohort=replace(plan.cohort, graduates_since=since, graduates_until=until))


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
