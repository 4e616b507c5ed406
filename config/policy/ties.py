"""What carries a sentence of the notice: each tie names something of the folder that runs or is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from config.notice import NoticeFault, NoticeSentence, SchoolNotice
from config.policy.school import School
from config.policy.words import CampaignPlan, Template
from config.profile import PARTS

KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "rule": ("规则", "rule"),
        "date": ("日期", "date"),
        "field": ("核对项目", "field"),
        "campaign": ("自查活动", "campaign"),
        "guide": ("操作指引", "guide"),
        "told": ("核对前告知", "told beforehand"),
        "profile": ("学校资料", "school profile"),
    }
)
"""The kinds of things that may carry a sentence, in both languages."""


class Tie(NamedTuple):
    """One reference: ``rule:ID``, ``date:KEY``, ``field:CODE``, ``campaign:ID``, ``guide:SITUATION[/STEP]``,
    ``told:N`` counted from 1, ``profile:KEY``."""

    kind: str
    name: str


def tie_of(written: str) -> Tie:
    """The reference as it is written in the file."""
    kind, _colon, name = written.partition(":")
    return Tie(kind, name)


class Figures(NamedTuple):
    """How many sentences something that runs carries, how many are unsupported, and how many nobody tied."""

    carried: int
    unsupported: int
    untied: int

    @property
    def sentences(self) -> int:
        """All sentences of the notice."""
        return sum(self)

    @property
    def said(self) -> str:
        """The figures in both languages in one line."""
        zh = f"通知 {self.sentences} 句中 {self.carried} 句有承接，{self.unsupported} 句不支持"
        return f"{zh} / {self.carried} of {self.sentences} sentences carried, {self.unsupported} not"


def figures(school: School) -> Figures:
    """The figures of the school's notice, all 0 without one. A sentence whose ties are all dead is untied."""
    if school.notice is None:
        return Figures(0, 0, 0)
    known = carriers(school)
    sentences = [one for _, one in school.notice.sentences()]
    carried = sum(any(_is_alive(tie_of(tie), known) for tie in one.carried_by) for one in sentences)
    unsupported = sum(bool(one.unsupported) for one in sentences)
    return Figures(carried, unsupported, len(sentences) - carried - unsupported)


def alive(school: School, sentence: NoticeSentence) -> list[Tie]:
    """The ties of a sentence that name something of this school."""
    known = carriers(school)
    return [tie for tie in map(tie_of, sentence.carried_by) if _is_alive(tie, known)]


def faults_of_ties(notice: SchoolNotice) -> Iterator[NoticeFault]:
    """Ties that are no references, and sentences that say both or only half."""
    for place, sentence in notice.sentences():
        for n, written in enumerate(sentence.carried_by):
            if tie_of(written).kind not in KINDS:
                allowed = "、".join(f"{kind}:" for kind in KINDS)
                yield (*place, "carried_by", n), f"{written} 应以 {allowed} 之一开头", "is no reference"
        yield from _halves(place, sentence)


def loose_ties(school: School, notice: SchoolNotice) -> Iterator[NoticeFault]:
    """Ties that name nothing of this school, and sentences that nothing carries and nobody calls unsupported.

    A school that changes its rules or its campaigns is not stopped by what its notice said of the old ones.
    """
    known = carriers(school)
    for place, sentence in notice.sentences():
        for n, written in enumerate(sentence.carried_by):
            if not _is_alive(tie_of(written), known):
                zh = f"没有 {written} 这一{KINDS[tie_of(written).kind][0]}"
                yield (*place, "carried_by", n), zh, "names nothing in this folder"
        if not sentence.carried_by and not sentence.unsupported:
            zh = f"没有写明由什么承接（carried_by），也没有写 unsupported：{sentence.zh}"
            yield place, zh, "nothing carries this sentence, and it is not called unsupported"


def _is_alive(tie: Tie, known: Mapping[str, Collection[str]]) -> bool:
    return tie.name in known[tie.kind]


def carriers(school: School) -> Mapping[str, Collection[str]]:
    """The names that may stand after each kind, in this school's folder."""
    return {
        "rule": {rule.id for rule in school.policy.rules},
        "date": set(_dates(school)),
        "field": {one.code for one in (*school.fields, school.status_field)},
        "campaign": {one.id for one in school.campaigns} | {one.id for one in school.templates},
        "guide": set(_of_guide(school)),
        "told": {str(n) for n in range(1, len(school.told) + 1)},
        "profile": {key for key in PARTS if school.profile is not None and getattr(school.profile, key)},
    }


def _halves(place: tuple[str | int, ...], sentence: NoticeSentence) -> Iterator[NoticeFault]:
    if sentence.carried_by and sentence.unsupported:
        yield (*place, "unsupported"), "不能同时写 carried_by 和 unsupported", "is carried and unsupported"
    if bool(sentence.unsupported) != bool(sentence.unsupported_en):
        lacking = "unsupported_en" if sentence.unsupported else "unsupported"
        yield (*place, "unsupported"), f"缺少 {lacking}", f"{lacking} is missing"


def _dates(school: School) -> Iterator[str]:
    policy = school.policy
    if policy.final_check:
        yield "final_check"
    if policy.periods.supplement_working_days:
        yield "supplement"
    yield "dispute"
    if policy.sending.remind_days:
        yield "reminders"
    yield from (f"registration.{one.entry_year}" for one in school.calendar.registrations)
    yield from (f"window.{id}" for id in policy.windows)
    plans: list[CampaignPlan | Template] = [*school.campaigns, *school.templates]
    yield from (f"{plan.id}.{end}" for plan in plans for end in ends_of(plan))


def ends_of(plan: CampaignPlan | Template) -> Iterator[str]:
    """The dates of a campaign, announced or yearly, that a tie may name."""
    yield from ("opens", "closes")
    if plan.bulletins:
        yield "bulletins"
    if plan.colleges_close if isinstance(plan, CampaignPlan) else plan.colleges_last:
        yield "colleges_close"


def _of_guide(school: School) -> Iterator[str]:
    for one in school.guide.situations if school.guide else ():
        yield one.id
        yield from (f"{one.id}/{step.id}" for step in one.step)
