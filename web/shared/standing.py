"""Who has to do with what an address names: one predicate for each kind of thing, asked before any view.

A view says with ``about`` which thing each variable of its address names. Whoever has nothing to do with it
is told that it is not there, with the same work and the same line of the access log as for what does not
exist. Variables that name nothing of anybody stand in ``OF_NOBODY``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, g
from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from config.policy.words import COLLEGE
from states.case import CASE, DECIDERS, REVIEW
from web.shared.security import (
    View,
    actor,
    looking,
    me,
    my_cases,
    my_students,
    not_found_for,
    place,
    record_of_mine,
    view_here,
)
from workflow.cases.batches import Batch
from workflow.cases.review.conflicts import related_rows
from workflow.cases.review.papers import is_open_in_draft
from workflow.cases.tables import Campaign, Case, Question, Step
from workflow.cases.views.queue.desk import TAKING, concerning
from workflow.evidence.tables import Evidence
from workflow.help.tables import HelpItem
from workflow.letters.tables import LetterRow
from workflow.outgoing.jobs.tables import ExportJob
from workflow.people.access import people_at_the_door
from workflow.people.tables import Grant, Relation, Substitution
from workflow.records.tables import Record
from workflow.signin.strips import is_run_for
from workflow.signin.tables import StaffProposal
from workflow.sources.tables import SourceComparison

Asks = Callable[[Session, str], "ColumnElement[bool] | bool"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What one kind of thing asks of whoever names it: is it there, and has the person to do with it?

    ``asks`` answers, or says what the database is to be asked. ``what`` names the thing in the access log.
    The sentence says the predicate in Chinese and English.
    """

    what: str
    zh: str
    en: str
    asks: Asks


OF_NOBODY: Mapping[str, str] = {
    "plan": "a campaign is the school's, and everybody knows that it runs; what it shows keeps to the scope",
    "field": "a field of the record is a word of the rules",
    "column": "a column of the record is a word of the rules",
    "kind": "a kind of paper is a word of the rules",
    "form": "a kind of form is a word of the school's list; which college's it is keeps to the scope",
    "question": "one of three questions about a field",
    "action": "a word of the lifecycle",
    "edit": "what is done to a kept sentence of one's own",
    "sheet": "which print page of a run; the run is asked",
    "number": "which entry of a subject; the subject is asked",
    "code": "a code is shown once, to who gave it to this student; any other is answered as one shown before",
    "filename": "a file of the pages' design",
    "digest": "a bulletin, a text of the rules, or a waiting file of an office; gone is as never there",
    **dict.fromkeys(("situation", "step", "ending", "link"), "a word of the guide, which everybody reads"),
    **dict.fromkeys(("colours", "shades", "crest"), "the school's colour or crest, which every page shows"),
    "token": "a one-time link: whoever has it was given it",
    "short": "the address of a notice: nobody finds one who was not sent it",
    "press": "a kept press is read only for its own person; any other is answered as one that is gone",
    "id": "a sign-in is ended only for its own person; any other is answered as one that has ended",
}
"""The variables that name nothing that a person could have to do with or not, and why."""


def about(**named: Standing) -> Callable[[View], View]:
    """Declare which thing each variable of a view's address names."""

    def declare(view: View) -> View:
        view.about = named  # type: ignore[attr-defined]
        return view

    return declare


def guard(app: Flask) -> None:
    """Ask for standing after everything else that a request must pass, and before its view."""
    app.url_value_preprocessor(_keep_what_is_named)
    app.before_request(_ask_for_standing)


def _keep_what_is_named(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.named = dict(values or {})


def _ask_for_standing() -> None:
    """Ask about all that the address names. Answers 404 where it is not there for the person."""
    declared: Mapping[str, Standing] = getattr(view_here(), "about", {})
    asked = [(one, str(g.named[name])) for name, one in declared.items() if name in g.named]
    if not asked:
        return
    with looking() as session:
        found = _answered(session, [one.asks(session, said) for one, said in asked])
    for (one, said), stands in zip(asked, found, strict=True):
        if not stands:
            not_found_for(one.what, said)


def is_there(session: Session, one: Standing, said: str) -> bool:
    """Whether a page that names this thing would be there for the person."""
    return _answered(session, [one.asks(session, said)])[0]


def _answered(session: Session, asked: list[ColumnElement[bool] | bool]) -> list[bool]:
    """The answers; the database gives all of its own in one statement."""
    of_rows = [one for one in asked if not isinstance(one, bool)]
    told = iter(session.execute(select(*of_rows)).one() if of_rows else ())
    return [one if isinstance(one, bool) else bool(next(told)) for one in asked]


# -- cases ----------------------------------------------------------------------------------------------


def concerns_me(session: Session) -> ColumnElement[bool]:
    """The cases that a reviewer has to do with at all: those of which their lists are made."""
    engine, at = place().engine, place().clock.now(session)
    attempt = engine.of_rows(session, CASE.name, TAKING[REVIEW], actor(), at, "", frozenset(me().used))
    return concerning(engine, attempt)


def _case_at_the_desk(session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(Case.id == id, Case.filed_at.is_not(None), concerns_me(session))


def _unrelated() -> ColumnElement[bool]:
    """No relation was declared to the student of a case: to a relative there is no case."""
    return ~related_rows(people_at_the_door(actor()))


def _case_of_a_proxy(session: Session, id: str) -> bool:
    """Keeps the record of the case, from which the pages go on."""
    theirs = concerns_me(session) if actor().role in DECIDERS else my_cases()
    asked = select(Case.record_id).where(Case.id == id, theirs, _unrelated())
    g.record_of_case = session.scalar(asked)
    return g.record_of_case is not None


def _case_in_campaign(_session: Session, id: str) -> ColumnElement[bool]:
    plan = select(Campaign.id).where(Campaign.plan == g.named["plan"]).scalar_subquery()
    return exists().where(Case.id == id, Case.campaign_id == plan, my_cases(), _unrelated())


def _checked_by_the_college(case: ColumnElement[bool]) -> ColumnElement[bool]:
    has_step = exists().where(Step.case_id == Case.id, Step.office == COLLEGE).correlate(Case)
    return exists().where(case, my_cases(), has_step, _unrelated())


def _case_to_check(_session: Session, id: str) -> ColumnElement[bool]:
    return _checked_by_the_college(Case.id == id)


def _own_case(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(Case.id == id, Case.record_id == record_of_mine())


def _own_question(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(Question.id == id, Question.case_id == g.named["case"])


CASE_AT_THE_DESK = Standing(
    "case",
    "已提出的申请，学生和环节在审核人的职责范围内，没有申报过利害关系",
    "a filed case whose student and step are in the reviewer's scope, and no declared relative's",
    _case_at_the_desk,
)
PHOTO_AT_THE_DESK = Standing("photo", CASE_AT_THE_DESK.zh, CASE_AT_THE_DESK.en, _case_at_the_desk)
CASE_IN_CAMPAIGN = Standing(
    "student",
    "这次自查里的学生，在经办人的职责范围内，没有申报过利害关系",
    "a student of this campaign, in the officer's scope, and no declared relative",
    _case_in_campaign,
)
CASE_TO_CHECK = Standing(
    "case",
    "经办人职责范围内的学生，没有申报过利害关系，申请有学院的环节",
    "a case of a student in the officer's scope, no declared relative, with a step of the college",
    _case_to_check,
)
CASE_OF_A_PROXY = Standing(
    "proxy",
    "代为办理的人职责范围内的学生，没有申报过利害关系",
    "a student in the scope of whoever acts for them, and no declared relative of theirs",
    _case_of_a_proxy,
)
OWN_CASE = Standing("case", "学生本人的申请", "the student's own case", _own_case)
OWN_QUESTION = Standing(
    "question", "就本人的申请提出的问题", "a question about the student's own case", _own_question
)


def _letter_at_the_desk(session: Session, id: str) -> ColumnElement[bool]:
    filed = Case.id == LetterRow.case_id, Case.filed_at.is_not(None)
    return exists().where(LetterRow.id == id, *filed, concerns_me(session))


LETTER_AT_THE_DESK = Standing(
    "letter",
    "已提出的申请的公文，申请在审核人的职责范围内；证件号码只给能打开材料的人看全",
    "a letter about a filed case in the reviewer's scope; full numbers show to who may open its papers",
    _letter_at_the_desk,
)


# -- papers ---------------------------------------------------------------------------------------------


def _paper_at_the_desk(session: Session, id: str) -> ColumnElement[bool]:
    filed = Case.id == Evidence.case_id, Case.filed_at.is_not(None)
    return exists().where(Evidence.id == id, *filed, concerns_me(session))


def _paper_to_check(_session: Session, id: str) -> ColumnElement[bool]:
    of_paper = select(Evidence.case_id).where(Evidence.id == id).scalar_subquery()
    return _checked_by_the_college(Case.id == of_paper)


def _paper_of_a_draft(session: Session, id: str) -> bool:
    found = session.get(Evidence, id)
    own = "case" not in g.named
    record, person = (record_of_mine(), "") if own else (g.record_of_case, actor().person)
    return found is not None and is_open_in_draft(found, record, person)


PAPER_AT_THE_DESK = Standing(
    "paper",
    "已提出的申请所附的材料，申请在审核人的职责范围内；打开还要正在办理、轮到办理、办过或作过决定",
    "a paper of a filed case in the reviewer's scope; it opens to who has the case, its step or decision",
    _paper_at_the_desk,
)
PAPER_TO_CHECK = Standing(
    "paper", "学院要核对的申请所附的材料", "a paper of a case that the college checks", _paper_to_check
)
PAPER_OF_A_DRAFT = Standing(
    "paper",
    "学生本人的材料；代为办理的，只是自己放进这名学生草稿里的材料",
    "the student's own paper; of a proxy only what they put into this student's draft",
    _paper_of_a_draft,
)


# -- codes ----------------------------------------------------------------------------------------------


def _record_at_the_counter(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(Record.id == id, my_students())


def _run_of_codes(session: Session, id: str) -> bool:
    return is_run_for(session, id, me().used)


RECORD_AT_THE_COUNTER = Standing(
    "counter", "职责范围内的学生", "a student in the person's scope", _record_at_the_counter
)
RECORD_TO_PERMIT = Standing("permission", "在册的学生", "a student of the school", _record_at_the_counter)
RECORD_OF_A_CARD = Standing("card", "在册的学生", "a student of the school", _record_at_the_counter)
RUN_OF_CODES = Standing(
    "codes:run",
    "一批登录码，只给职责范围内的学生",
    "a run of codes that is only for students in the person's scope",
    _run_of_codes,
)


# -- subjects, staff and what they declared -------------------------------------------------------------


def _subject_to_audit(_session: Session, id: str) -> ColumnElement[bool]:
    tables = {name: binding.table for name, binding in place().engine.bindings.items()}
    case = exists().where(Case.id == id, _unrelated())
    return or_(
        case, *(exists().where(table.c.id == id) for name, table in tables.items() if name != CASE.name)
    )


def _member_of_staff(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(Grant.person_id == id, Grant.role != "student")


def _proposal(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(StaffProposal.id == id)


def _substitution(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(Substitution.id == id)


def _own_relation(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(Relation.id == id, Relation.person_id == actor().person)


def _help_item(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(HelpItem.id == id)


def _comparison(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(SourceComparison.id == id)


def _export_job(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(ExportJob.id == id)


def _batch(_session: Session, id: str) -> ColumnElement[bool]:
    return exists().where(Batch.id == id)


SUBJECT_TO_AUDIT = Standing(
    "timeline",
    "有历史记录的事项，不是申报过利害关系的学生的",
    "a subject with a history, no relative's",
    _subject_to_audit,
)
MEMBER_OF_STAFF = Standing(
    "person", "工作人员的账号，不是学生的", "an account of staff, not of a student", _member_of_staff
)
PROPOSAL = Standing("proposal", "关于工作人员的提议", "a proposal about staff", _proposal)
SUBSTITUTION = Standing("substitution", "已登记的代理", "a recorded substitution", _substitution)
HELP_ITEM = Standing("help", "咨询事项", "a help item", _help_item)
COMPARISON = Standing("sources", "平台与教务系统的一次对照", "a comparison of two sources", _comparison)
EXPORT_JOB = Standing("export", "导出任务", "an export job", _export_job)
BATCH = Standing("batch", "报送批次", "a batch to a body outside", _batch)
OWN_RELATION = Standing("relation", "本人申报的关系", "a relation that the person declared", _own_relation)
