"""The verification sheet 核查表 of a case: what was checked against what, by whom, and who signs for it.

It is an official paper for the case's file: Chinese whatever the language of the page, and without a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import force_locale
from sqlalchemy.orm import Session

from config.policy import items_for
from config.policy.school import Policy
from web.desk.letters import masked
from web.desk.verifying import verified_of
from web.shared.cases.outward import values_in
from web.shared.figures.pictures import opening_for
from web.shared.labels import (
    field_words,
    grounds_words,
    how_verified,
    kind_words,
    outcome_words,
    speak_by,
    step_words,
)
from web.shared.security import place
from web.shared.words import CHINESE, day
from workflow.cases.facts import CaseFacts
from workflow.cases.filing.receipts import spoken
from workflow.cases.letters import facts_of, words_of
from workflow.cases.load import look_at_case, whole_record
from workflow.cases.review.verifying import VerificationRead
from workflow.cases.tables import STEP_OUTCOMES
from workflow.cases.views.belongings import Belongings, belongings
from workflow.cases.views.lookup import names_of
from workflow.engine import NoSuchSubject
from workflow.history.codes import TICKED, Code
from workflow.letters.document import Text, data, ours
from workflow.letters.facts import LetterFacts
from workflow.store import from_text

Table = tuple[tuple[Text, ...], ...]
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class VerificationSheet:
    """One sheet. Each table begins with its heads; ``signed_by`` are those whose signatures it asks for.

    ``impersonation`` is the finding by the school's checklist, '' where that asks for none.
    """

    office: str
    receipt: str
    student: Pairs
    claims: Table
    verified: Table
    steps: Table
    impersonation: str
    conclusion: tuple[str, ...]
    signed_by: tuple[str, ...]
    printed_on: str
    masked: bool


def read_sheet(session: Session, id: str) -> VerificationSheet:
    """The sheet of a filed case as it is now. Full numbers are whole for who may open its papers at once."""
    facts, at = look_at_case(session, id), place().clock.now(session)
    if facts is None or facts.filed_at is None:
        raise NoSuchSubject(id)
    policy = speak_by(place().rules.judging(session, facts, at)).school.policy
    opening = opening_for(session, facts, at)
    there, values = belongings(session, place().cipher, facts), whole_record(session, facts.record.id).values
    of_case, of_claim = words_of(there.entries)
    sender = place().profile
    whole = facts_of(place().cipher, values, facts, of_claim, at=at, sender=sender, names={})
    said = whole if opening.at_once else masked(whole)
    verified = verified_of(session, facts, there)
    with force_locale(CHINESE):
        return VerificationSheet(
            office=sender.office or sender.title,
            receipt=spoken(facts.receipt),
            student=(
                ("姓名", said.name),
                ("学号", said.number),
                ("考生号", values["KSH"] or ""),
                ("学院", said.college),
                ("专业", said.major),
                ("提出日期", day(facts.filed_at.date())),
            ),
            claims=tuple(_claims(said)),
            verified=tuple(_verified(facts, there, verified, told=not opening.barred)),
            steps=tuple(_steps(session, facts)),
            impersonation=_impersonation(session, facts, there, policy),
            conclusion=tuple(_conclusion(facts, said, of_case)),
            signed_by=place().rules.letters.sheet.signed_by,
            printed_on=day(at.date()),
            masked=said != whole,
        )


def _row(*cells: str) -> tuple[Text, ...]:
    return tuple(data(cell) for cell in cells)


def _claims(said: LetterFacts) -> Iterator[tuple[Text, ...]]:
    yield _row("核查事项", "学籍记录", "申请改为", "事由")
    for item in said.items:
        grounds = grounds_words(item)
        if item.event_date is not None:
            grounds += f"（{day(item.event_date)}）"
        yield (ours(field_words(item.field)), *values_in(item), ours(grounds))


def _verified(
    facts: CaseFacts, there: Belongings, found: tuple[VerificationRead, ...], *, told: bool
) -> Iterator[tuple[Text, ...]]:
    yield _row("核对依据", "方式", "核验人", "核验日期", "原件退还", "编号、说明")
    papers = {one.id: kind_words(one.kind) for one in there.papers}
    fields = {one.id: field_words(one.field) for one in facts.claims}
    for one in found:
        of = (papers.get(one.facts.paper, ""), fields.get(one.facts.claim, ""))
        returned = day(one.facts.returned_on) if one.facts.returned_on else ""
        if one.facts.how == "original" and not returned:
            returned = "未退还"
        more = "；".join(filter(None, (one.number, one.words))) if told else ""
        yield _row(
            "：".join(filter(None, of)),
            how_verified(one.facts.how),
            one.name,
            day(one.facts.seen_on),
            returned,
            more,
        )
    seen = {one.facts.paper for one in found}
    for paper in there.papers:
        if paper.id not in seen:
            yield _row(kind_words(paper.kind), "电子材料", "", "", "", "未登记原件核验")


def _steps(session: Session, facts: CaseFacts) -> Iterator[tuple[Text, ...]]:
    ended = [one for one in facts.every_step if one.outcome in ("passed", "failed")]
    if not ended:
        return
    names = names_of(session, (one.ended_by for one in ended))
    yield _row("办理环节", "结果", "经办", "日期", "文号")
    for one in ended:
        on = day(one.ended_at.date()) if one.ended_at else ""
        outcome = STEP_OUTCOMES[one.outcome][0]
        yield _row(step_words(one.kind), outcome, names.get(one.ended_by, ""), on, one.number)


def _impersonation(session: Session, facts: CaseFacts, there: Belongings, policy: Policy) -> str:
    """Whether it is one and the same person, where the school's checklist has that looked at."""
    ids = place().rules.letters.sheet.impersonation
    asked = {item.id: item for one in facts.claims for item in items_for(policy, one.field, one.cause)}
    if not (asked.keys() & set(ids)):
        return ""
    ticked = [
        (entry, code.value)
        for entry, _words in there.entries
        for code in map(Code.parse, entry.codes)
        if code.name == TICKED and code.value in ids
    ]
    if not ticked:
        return "尚未认定是否冒名顶替。"
    entry, item = ticked[-1]
    who = names_of(session, (entry.actor,)).get(entry.actor, "")
    says = asked[item].says if item in asked else ""
    return f"经核对，{says}，未发现冒名顶替（{who}，{day(from_text(entry.at).date())}）。"


def _conclusion(facts: CaseFacts, said: LetterFacts, of_case: str) -> Iterator[str]:
    settled = [item for item in said.items if item.outcome]
    if not settled:
        yield "尚未认定。"
    for field, outcome in ((item.field, item.outcome) for item in settled):
        yield f"{field_words(field)}：{outcome_words(outcome)}。"
    if of_case and facts.decided_at is not None:
        yield of_case
