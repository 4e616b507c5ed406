"""Endings without a correction: 不予受理, 驳回 and 终止 are three different things, each with its clause.

The fourth, 退回补正, is not an ending. It is a question, and the case continues after the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext

from config.policy import School
from config.policy.predicates import Turning
from config.policy.school import Policy
from config.policy.words import Refusal
from web.shared.words import pick
from workflow.cases.ending.lapse import LAPSES, MAY_BE_MISTAKEN
from workflow.cases.rules.names import INADMISSIBLE, OUTSIDE, REFUSED, outside, unnamed
from workflow.history.codes import DECIDED_OUTSIDE, LAPSED, Code
from workflow.notices.outbox import NoticeShown
from workflow.notices.outcomes import outcome_words
from workflow.notices.texts import title_of


def outcome_sentence(outcomes: Iterable[str]) -> str:
    """All outcomes of a case's items in one sentence of the page's language; '' before any outcome."""
    return pick(*outcome_words(outcomes))


def notice_words(notice: NoticeShown) -> str:
    """The title of a notice to a student, in the page's language."""
    return pick(*title_of(notice.event, notice.facts))


UNSAID = ("本系统默认", "未作规定", "未规定")
"""A source with one of these says that the school's notice is silent."""


def basis_of(*sources: str) -> str:
    """The school's own rules among some sources, in its words. What the notice does not say is no basis."""
    parts = [part for source in sources for part in source.split("；")]
    return "；".join(dict.fromkeys(part for part in parts if part and not any(no in part for no in UNSAID)))


@dataclass(frozen=True, slots=True)
class Ending:
    """``kind`` in words, the cause, its meaning, its clause, and what the student can still do.

    ``may_raise_again``: the student may file the same matter again.
    """

    kind: str
    name: str
    why: str
    means: str
    source: str
    remains: str
    may_raise_again: bool = True

    @property
    def basis(self) -> str:
        """Its clause, if it is the school's own."""
        return basis_of(self.source)


def ending_of(ruling: str, school: School) -> Ending:
    """The ending for a case's ruling: a code of the policy that judged it, or one that is built in.

    These are ``lapsed:`` and a cause, and ``decided_outside:`` and an office.
    """
    said = Code.parse(ruling)
    if said.name == LAPSED:
        return _lapsed(said.value, school.policy)
    if said.name == DECIDED_OUTSIDE:
        return _decided_outside(outside(school.offices.get(said.value) or unnamed(said.value)))
    found = next((one for one in school.policy.refusals if one.code == ruling), None)
    if found is None:
        return Ending(REFUSED, gettext("不予更正"), ruling, "", "", "")
    inadmissible = found.kind == INADMISSIBLE
    return Ending(
        kind=found.kind,
        name=kind_of(found),
        why=pick(found.zh, found.en),
        means=gettext("这不是对内容的判断：这件事不由这个程序办理。")
        if inadmissible
        else gettext("这是对这次申请的决定；有新的材料，可以就同一项重新提出。"),
        source=found.clause,
        remains=pick(found.remedy, found.remedy_en),
    )


def _decided_outside(refusal: Refusal) -> Ending:
    return Ending(
        kind=OUTSIDE,
        name=kind_of(refusal),
        why=pick(refusal.zh, refusal.en),
        means="",
        source="",
        remains=pick(refusal.remedy, refusal.remedy_en),
    )


def kind_of(refusal: Refusal) -> str:
    """The kind of a refusal: a matter that this procedure does not take, or a request that is refused.

    What a body outside refuses is not granted; the school refused nothing.
    """
    if refusal.kind == OUTSIDE:
        return str(gettext("不予更正"))
    return str(gettext("不予受理") if refusal.kind == INADMISSIBLE else gettext("驳回"))


def _lapsed(cause: str, policy: Policy) -> Ending:
    remains = {
        "left_school": gettext("学籍状态有误的，请联系学籍管理部门；状态改正以后，系统会自动恢复办理。"),
        "degree_registered": gettext("学历信息确有错误的，请向学校咨询学历勘误。"),
        "papers_missing": gettext("仍在提出更正的期限之内的，可以备齐材料后重新提出。"),
    }
    return Ending(
        kind=LAPSED,
        name=gettext("终止"),
        why=pick(*LAPSES.get(cause, (cause, cause))),
        means=gettext("申请不再办理。这不是对内容的否定。"),
        source=_clause(cause, policy),
        remains=remains.get(cause, ""),
        may_raise_again=cause not in MAY_BE_MISTAKEN,
    )


def _clause(cause: str, policy: Policy) -> str:
    """The clause of the school's rules for this cause."""
    if cause == "left_school":
        return policy.statuses.source
    if cause == "papers_missing":
        return policy.periods.source
    registered = Turning("degree_registration", come=True)
    return next((rule.source for rule in policy.rules if registered in rule.of_time), "")
