"""Check that a running case obeys each word of a rule, in some action that the rule names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.policy.effects import AddStep, Assign, Effect, Lock, Reconfirm, Require
from config.policy.lint.draft import Finding, SchoolDraft, Written, inside
from config.policy.predicates import FiledBy
from config.policy.school import Rule, named_to_act
from config.policy.words import ACTIONS, AFTER_DECISION, DONE_BY, DUTIES, OFFICE_DUTIES

WITH_CLAIMS = ("raise", *AFTER_DECISION)
"""The actions whose question has claims. Nothing is said of a claim when one confirms or supplements."""

OBEYED: Mapping[type[Effect], tuple[str, ...]] = {
    AddStep: WITH_CLAIMS,
    Require: WITH_CLAIMS,
    Assign: ("raise",),
    Lock: ("raise",),
    Reconfirm: ("raise",),
}
"""Effects on a claim, by the actions in which a running case obeys them."""


def check_obeyed(draft: SchoolDraft) -> Iterator[Finding]:
    """The rules of the second vocabulary whose effect no running case obeys in any action they name."""
    for rule in draft.rules if draft.vocabulary > 1 else ():
        obeyed = OBEYED.get(type(rule.value.effect))
        actions = [one for one in rule.value.actions if one in ACTIONS]
        if obeyed is not None and actions and not set(obeyed).intersection(actions):
            yield (
                inside(rule, "then"),
                f"{'、'.join(actions)} 不这样办理，这条规则没有作用；它只用于 {'、'.join(obeyed)}",
                f"has no effect in these actions, only in {', '.join(obeyed)}",
            )


def unasked(draft: SchoolDraft) -> Iterator[Finding]:
    """The rules of the second vocabulary about claims or people that no action they name has."""
    for rule in draft.rules if draft.vocabulary > 1 else ():
        if rule.value.of_claim and rule.value.actions and not set(WITH_CLAIMS) & set(rule.value.actions):
            yield (
                inside(rule, "when"),
                "这些动作里没有更正事项，这条规则从不适用",
                "is about claims, which these actions do not have: it never holds",
            )
        elif rule.value.actions and not _somebody(rule, draft):
            yield (
                inside(rule, "when"),
                "办理这些动作的人没有一个符合，这条规则从不适用；审核人代学生办理，"
                "要有一条不予接受的规则用 filed_by_other_than 写明",
                "nobody who does this fits; a reviewer does it for students where a rule bars all others",
            )


def _somebody(rule: Written, draft: SchoolDraft) -> bool:
    """Whether anybody who can do what the rule is about is among those of whom it speaks.

    A rule that leaves no role at all is named elsewhere.
    """
    said = [one for one in rule.value.of_question if isinstance(one, FiledBy)]
    meant = {duty for duty in DUTIES if all((duty in one.duties) == one.inside for one in said)}
    rules = [one.value for one in draft.rules]
    return not meant or any(meant & _doers(rules, action) for action in rule.value.actions)


def _doers(rules: list[Rule], action: str) -> set[str]:
    """Who can do something, in the words of the rules."""
    if action in DONE_BY:
        return {DONE_BY[action]}
    return set(DUTIES) - (set(OFFICE_DUTIES) - named_to_act(rules, action))
