"""Read a [[rule]]: its words, the conditions of its ``when`` and the effect of its ``then``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from config.policy.effects import EFFECTS, PER_CLAIM, Effect
from config.policy.lint.draft import Placed, Written
from config.policy.predicates import PREDICATES, During, Lists, OfClaim, OfQuestion, Predicate, Turning
from config.policy.reading.decoding import TomlFile, WrongValue, decoded, nothing_else, value_of
from config.policy.reading.lines import Path as Where
from config.policy.school import Rule
from config.policy.words import EVERYDAY, named_in_braces


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


def rule_of(placed: Placed[dict[str, Any]], file: TomlFile, lists: Lists) -> Written | None:
    """The rule of a table, or None if it cannot be read."""
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


def words_of(rules: Iterable[Placed[dict[str, Any]]]) -> Iterator[Placed[Collection[str]]]:
    """The words of each rule's ``when`` and ``then``, with their place."""
    for rule in rules:
        for table in ("when", "then"):
            if isinstance(said := rule.value.get(table), dict):
                yield Placed(rule.file, (*rule.where, table), said)


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
