"""The binding of help items to the engine: who asks, what is kept of a request, and when it is erased."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from states import NOWHERE
from states.help import HELP
from workflow.cases.common import words_given
from workflow.cases.filing.receipts import check_digit
from workflow.cases.rules import Rules
from workflow.engine import Attempt as AttemptOn
from workflow.engine import Binding, Change, Effect, Entropy, by_name, details, guards, in_words, is_id
from workflow.help.tables import CALLS, KINDS, HelpItem
from workflow.history.codes import ABOUT, RESULT, Code
from workflow.history.ledger import erase_openings
from workflow.people import access
from workflow.records.student_contacts import phone_in
from workflow.records.texts import clean_number, clean_text, clean_words, too_long
from workflow.store import as_text, table_of
from workflow.verdict import Reason

KEPT_FOR = timedelta(days=90)
"""What is personal in an item is erased so long after its end."""
ANSWERED_WITHIN = timedelta(days=180)
"""An item that nobody answered ends by itself after so long."""
NUMBER_DIGITS = 8
LONGEST_NAME = 60
LONGEST_STUDENT_NUMBER = 32


@dataclass(frozen=True, slots=True)
class HelpFacts:
    """A help item as its guards read it."""

    id: str
    state: str
    version: int
    visitor: str = ""
    word: str = ""
    asked_at: datetime | None = None
    ended_at: datetime | None = None
    erased: bool = False
    concerns: str = ""
    lifecycle: str = HELP.name


Attempt: TypeAlias = AttemptOn[HelpFacts, Rules, None]

NOT_YOUR_ITEM = Reason(
    "not_your_item",
    "咨询编号或查询口令不对，或者个人信息已经清除。",
    remedy="请核对后再填一次。口令只在提交时显示一次；忘记了，请打电话询问，或重新提交。",
    rule="asker_or_office",
    stranger=True,
)


@in_words("咨询人凭查询口令；其他人现在仍有这个身份", "a visitor has the one-time word; others hold the role")
def asker_or_office(attempt: Attempt) -> Reason | None:
    """A visitor is whoever has the word of the item, or a new word for a new item. Others hold their role."""
    if attempt.by.role != "visitor":
        return access.holds_the_role(attempt)
    mark, it = attempt.by.capacity or "", attempt.subject
    if is_id(attempt.by.person) and mark:
        same = hmac.compare_digest(mark, it.word) and attempt.by.person == it.visitor
        if it.state == NOWHERE or same:
            return None
    return NOT_YOUR_ITEM


@in_words("已等候 180 天", "180 days have passed")
def waited_too_long(attempt: Attempt) -> Reason | None:
    """An item ends without an answer only after half a year."""
    asked_at = attempt.subject.asked_at
    if asked_at is not None and attempt.at >= asked_at + ANSWERED_WITHIN:
        return None
    return Reason("still_time", "还没有等满 180 天。", remedy="请答复咨询人。")


@in_words("办结已满 90 天", "it ended 90 days ago")
def ended_long_ago(attempt: Attempt) -> Reason | None:
    """What the asker said is kept for 90 days after the end."""
    ended_at = attempt.subject.ended_at
    if ended_at is not None and attempt.at >= ended_at + KEPT_FOR:
        return None
    return Reason("kept_for_now", "办结后 90 天内保存。", remedy="到期后自动清除。")


@in_words("个人信息还没有清除", "not erased yet")
def not_erased_yet(attempt: Attempt) -> Reason | None:
    """What is erased is erased once."""
    if not attempt.subject.erased:
        return None
    return Reason("erased_already", "个人信息已经清除。", remedy="无需再办。")


@in_words("选择了问题的种类", "a kind of trouble is chosen")
def kind_is_known(attempt: Attempt) -> Reason | None:
    """The trouble is one of a list."""
    if attempt.details.get("kind") in KINDS:
        return None
    return Reason(
        "kind_unknown", "请选择遇到了什么问题。", remedy="不能确定的，请选“其他”，并用一两句话说明。"
    )


@in_words("有姓名和能接通的电话", "a name and a telephone number are given")
def asker_can_be_called(attempt: Attempt) -> Iterator[Reason]:
    """The office telephones: it needs somebody to ask for, and a number."""
    name = clean_text(attempt.details.get("name") or "")
    if not name:
        yield Reason("asker_unnamed", "请填写姓名。", remedy="与录取通知书上一致。")
    elif len(name) > LONGEST_NAME or not name.isprintable():
        yield Reason(
            "name_too_long", "姓名最多 {limit} 个字。", {"limit": LONGEST_NAME}, remedy="请只填写姓名。"
        )
    if not phone_in(attempt.details.get("phone") or ""):
        yield Reason(
            "phone_misfit",
            "请填写能接通的电话号码。",
            remedy="手机号码 11 位；固定电话加区号，如 0791-12345678；境外号码以 + 开头。",
        )


@in_words("学号或考生号、说明不超过长度", "number and words have a limit")
def request_fits(attempt: Attempt) -> Iterator[Reason]:
    """Number and words may be left out. What is written has a limit."""
    if len(clean_number(attempt.details.get("number") or "")) > LONGEST_STUDENT_NUMBER:
        yield Reason(
            "number_too_long",
            "学号或考生号最多 {limit} 位。",
            {"limit": LONGEST_STUDENT_NUMBER},
            remedy="请只填写一个号码；不知道的可以不填。",
        )
    if (long := too_long(clean_words(attempt.details.get("words") or ""))) is not None:
        yield long


@in_words("选择了联系结果", "what came of the call is chosen")
def result_is_known(attempt: Attempt) -> Reason | None:
    """A call was answered or not. What was said is not kept."""
    if attempt.details.get("result") in CALLS:
        return None
    return Reason("result_unknown", "请选择联系结果。", remedy="无论是否接通，均请登记。")


def keeping_request(entropy: Entropy) -> Effect:
    """The effect that keeps a request under a new number."""

    def keep_request(attempt: Attempt, change: Change) -> None:
        """What the asker said is committed to, and stands in openings alone."""
        said = attempt.details
        change.columns |= {"number": new_number(attempt.session, entropy), "kind": said["kind"]}
        change.columns |= {"visitor": attempt.by.person, "word": attempt.by.capacity or ""}
        change.columns["asked_at"] = as_text(attempt.at)
        given = {
            "name": clean_text(said["name"]),
            "number": clean_number(said.get("number") or ""),
            "phone": phone_in(said["phone"]),
            "words": clean_words(said.get("words") or ""),
        }
        change.values |= {name: value for name, value in given.items() if value}
        change.codes.append(Code(ABOUT, said["kind"]))

    return keep_request


def keep_reply(attempt: Attempt, change: Change) -> None:
    """The words to the asker."""
    change.values["words"] = clean_words(attempt.details["words"])


def end_item(attempt: Attempt, change: Change) -> None:
    """From now on the days count until what is personal is erased."""
    change.columns["ended_at"] = as_text(attempt.at)


def note_call(attempt: Attempt, change: Change) -> None:
    """The office telephoned: when, and whether it reached the asker."""
    result = attempt.details["result"]
    change.columns |= {"called_at": as_text(attempt.at), "call_result": result}
    change.codes.append(Code(RESULT, result))


def erase_personal(attempt: Attempt, change: Change) -> None:
    """Delete what the asker and the office wrote, and the mark of the word."""
    erase_openings(attempt.session, attempt.subject.id)
    change.columns |= {"erased_at": as_text(attempt.at), "word": ""}


def new_number(session: Session, entropy: Entropy) -> str:
    """An unused number of an item: eight random digits and a check digit, easy to say on the phone."""
    while True:
        digits = f"{int.from_bytes(entropy(8)) % 10**NUMBER_DIGITS:0{NUMBER_DIGITS}d}"
        number = digits + check_digit(digits)
        if session.scalar(select(HelpItem.id).where(HelpItem.number == number)) is None:
            return number


ASKED_ALREADY = Reason(
    "asked_already",
    "这份咨询已经提交过。",
    remedy="改动的内容没有提交。先交的那份请用编号和口令查看或撤回；要另交一份，请再按“提交咨询”。",
    rule="ask",
)


def help_room(entropy: Entropy) -> Binding:
    """Bind the help item to its table and rules."""
    return Binding(
        lifecycle=HELP,
        table=table_of(HelpItem),
        guards=guards(asker_or_office, waited_too_long, ended_long_ago, not_erased_yet),
        checks=by_name(kind_is_known, asker_can_be_called, request_fits, words_given, result_is_known),
        effects=by_name(keeping_request(entropy), keep_reply, end_item, note_call, erase_personal),
        standing=frozenset(("asker_or_office",)),
        read=partial(_look, lock=True),
        look=_look,
        new_subject=_to_be,
        insert_columns=lambda attempt: {},
        judged_by=lambda item, action: "",
        details={
            "kind": details.text,
            "name": details.maybe_text,
            "number": details.maybe_text,
            "phone": details.maybe_text,
            "words": details.maybe_text,
            "result": details.text,
        },
        collisions=dict.fromkeys(("uq_help_item_visitor", "help_item.visitor"), ASKED_ALREADY),
    )


def _look(session: Session, id: str, *, lock: bool = False) -> HelpFacts | None:
    it = session.get(HelpItem, id, with_for_update=lock or None, populate_existing=True)
    if it is None:
        return None
    erased = it.erased_at is not None
    return HelpFacts(it.id, it.state, it.version, it.visitor, it.word, it.asked_at, it.ended_at, erased)


def _to_be(session: Session, id: str, said: Mapping[str, Any]) -> HelpFacts:
    return HelpFacts(id, NOWHERE, 0)
