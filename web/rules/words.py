"""Labels for the policy's answers about cohorts and students, and for differences between two policies.

The command line and the pages use the same labels. Each is a pair, Chinese and English.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from config.policy import School
from config.policy.words import STEP_KINDS
from web.shared.downloads import as_text, harmless
from workflow.engine import RULE_WORDS, Actor
from workflow.people.access import note_access
from workflow.simulation.compare import KINDS, TABLES, Comparison, Effect, RuleDifference
from workflow.simulation.whatif import OUTCOMES, AnswerSummary, RecordListed, Simulation, Stretch, listed
from workflow.upkeep.installation import Installation

Pair = tuple[str, str]
NOTHING: Pair = ("", "")

FACTS: dict[str, Pair] = {
    "enrolment_status": ("学籍状态", "enrolment status"),
    "entry_date": ("入学日期", "entry date"),
    "registered_on": ("学籍注册日期", "registered on"),
    "expected_graduation": ("预计毕业日期", "expected graduation"),
    "degree_registered_on": ("学历注册日期", "degree registered on"),
    "category": ("层次", "level"),
    "origin_province": ("生源省份", "province of origin"),
}
"""The facts of a record that rules use."""


def both(words: Pair) -> str:
    """Both languages in one line."""
    return f"{words[0]} / {words[1]}" if words[0] != words[1] else words[0]


def condition(name: str) -> Pair:
    """What a guard or check requires; one that has no words is shown by its name."""
    return RULE_WORDS.get(name, (name, name))


# -- the school's lists ---------------------------------------------------------------------------------


def _names_by(words: Callable[[School], Mapping[str, Any]]) -> Callable[[School, str], Pair]:
    """A label for the codes of one of the school's lists. An unknown code is its own label."""
    return lambda school, code: _pair(words(school).get(code), code)


code_words = _names_by(lambda school: school.policy.codes)
cause_words = _names_by(lambda school: school.policy.causes)
office_words = _names_by(lambda school: school.offices)
field_words = _names_by(lambda school: {words.code: words for words in school.fields})


def papers_words(school: School, papers: Iterable[tuple[str, ...]]) -> Pair:
    """Papers, each with its accepted alternatives."""
    kinds = school.policy.evidence_kinds
    named = [[_pair(kinds.get(kind), kind) for kind in paper] for paper in papers]
    return (
        "，".join("或".join(zh for zh, _ in paper) for paper in named),
        ", ".join(" or ".join(en for _, en in paper) for paper in named),
    )


def step_words(school: School, kind: str, office: str) -> Pair:
    """A step and the office that completes it."""
    (zh, en), (by, by_en) = STEP_KINDS[kind], office_words(school, office)
    return f"{zh}（{by}）", f"{en} ({by_en})"


def _pair(words: Any, code: str) -> Pair:
    return (words.zh, words.en) if words is not None else (code, code)


# -- counted answers ------------------------------------------------------------------------------------


def codes_words(school: School, said: AnswerSummary) -> Pair:
    """The reasons of an answer, and the missing papers."""
    codes = [code_words(school, code) for code in said.codes]
    papers = papers_words(school, [(kind,) for kind in said.missing])
    return (
        "、".join(filter(None, [*(zh for zh, _ in codes), papers[0]])),
        ", ".join(filter(None, [*(en for _, en in codes), papers[1]])),
    )


def said_words(school: School, said: AnswerSummary) -> Pair:
    """An answer in one line."""
    outcome, codes = OUTCOMES[said.outcome], codes_words(school, said)
    if not codes[0]:
        return outcome
    return f"{outcome[0]}：{codes[0]}", f"{outcome[1]}: {codes[1]}"


class Count(NamedTuple):
    """One count of a simulation: the time span, the answer, the number."""

    stretch: Stretch
    said: AnswerSummary
    n: int


def counts(found: Simulation) -> Iterator[Count]:
    """All counts in display order."""
    for stretch in found.stretches:
        for said in found.answers:
            if said in stretch.counts:
                yield Count(stretch, said, stretch.counts[said])


COUNT_HEADER = (
    "从 since", "到 until", "答复", "理由", "answer", "reasons", "人数 count", "outcome", "codes", "missing",
)  # fmt: skip


def count_rows(school: School, found: Simulation) -> Iterator[Sequence[str]]:
    """The counts as a table in both languages, header first."""
    yield COUNT_HEADER
    for stretch, said, n in counts(found):
        (zh, en), (why, why_en) = OUTCOMES[said.outcome], codes_words(school, said)
        yield (
            f"{stretch.since:%Y-%m-%d %H:%M:%S}",
            f"{stretch.until:%Y-%m-%d %H:%M:%S}",
            zh,
            why,
            en,
            why_en,
            str(n),
            said.outcome,
            "+".join(said.codes),
            "+".join(said.missing),
        )


# -- two policies ---------------------------------------------------------------------------------------


class EffectSaid(NamedTuple):
    """A change for students in words: its kind, field, cause, old and new value."""

    kind: Pair
    field: Pair
    cause: Pair
    old: Pair
    new: Pair


def effect_said(old: School, new: School, effect: Effect) -> EffectSaid:
    """One change for students, in words."""
    return EffectSaid(
        KINDS[effect.kind],
        field_words(new, effect.field) if effect.field else NOTHING,
        cause_words(new, effect.cause) if effect.cause else NOTHING,
        _value(old, effect.kind, effect.old),
        _value(new, effect.kind, effect.new),
    )


EFFECT_HEADER = (
    "变化", "change", "项目 field", "原因 cause", "原来", "改后", "before", "after", "人数 count",
)  # fmt: skip


def effect_rows(old: School, new: School, found: Comparison) -> Iterator[Sequence[str]]:
    """The changes for students as a table in both languages, its header first."""
    yield EFFECT_HEADER
    for effect in found.effects:
        said = effect_said(old, new, effect)
        about = (*said.kind, both(said.field), both(said.cause))
        yield (*about, said.old[0], said.new[0], said.old[1], said.new[1], str(found.count(effect)))


def _value(school: School, kind: str, said: str) -> Pair:
    if kind in ("earlier", "later"):
        moment = said[:19].replace("T", " ")
        return (moment, moment) if said else ("没有期限", "no limit")
    if not said:
        return "—", "—"
    if kind.startswith("papers"):
        return papers_words(school, [tuple(paper.split("|")) for paper in said.split("+")])
    if kind.startswith("step"):
        step, _, office = said.partition(":")
        return step_words(school, step, office)
    if kind == "office":
        return office_words(school, said)
    outcome, _, codes = said.partition(":")
    return said_words(school, AnswerSummary(outcome, tuple(filter(None, codes.split("+")))))


# -- lists of people ------------------------------------------------------------------------------------


def looked_at(place: Installation, by: Actor, what: str, records: Sequence[str]) -> list[RecordListed]:
    """The people behind a count: one line of the access log, written before they leave."""
    with place.store.writing() as session:
        note_access(session, by, what, "", place.clock.now(session))
    with place.store.reading() as session:
        return listed(session, records)


def people_row(one: RecordListed) -> Sequence[str]:
    """A person of a list as a line of a file: college, class, number and name."""
    return harmless(one.college), as_text(one.group), as_text(one.number), harmless(one.name)


# -- files of rules -------------------------------------------------------------------------------------


def table_words(changed: RuleDifference) -> Pair:
    """The label of a changed table in a rules file."""
    return TABLES.get(changed.table, (changed.table, changed.table))


def plain(said: Any) -> str:
    """A piece of TOML in one line, readable for a registrar."""
    if isinstance(said, dict):
        return "；".join(f"{key} = {plain(value)}" for key, value in said.items())
    if isinstance(said, list):
        return f"[{'、'.join(plain(one) for one in said)}]"
    return str(said).lower() if isinstance(said, bool) else str(said)
