"""The counter: an officer or the registrar gives one student, whose card they saw, a new code.

The pages are registered beside those of the runs, under /college and under /registrar.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from web.shared.act import Acting, Answer, No, Page, Stop, act, acting, looked_for, show
from web.shared.forms import CardSeen, Sought
from web.shared.security import fresh, full_address, my_students, not_found_for, note_try, place
from web.shared.standing import RECORD_AT_THE_COUNTER, about
from workflow.signin.codes import shown
from workflow.signin.counter import AtTheCounter, code_to_show, find_student, give_code, student_at
from workflow.verdict import Reason

NOT_OURS = Reason(
    "no_such_student",
    "没有找到您可以办理的这名学生。",
    remedy="请核对学号或考生号；别的学院的学生，请到他自己的学院办理。",
    rule="counter",
)
CARD_NOT_SEEN = Reason(
    "card_not_seen",
    "没有确认查看了证件，没有给出登录码。",
    remedy="请查看学生本人的证件，再勾选确认。",
    rule="counter",
)
ACCOUNT_CLOSED = Reason(
    "account_closed",
    "这名学生的账号已停用，没有给出登录码。",
    remedy="如需恢复，请联系系统管理员。",
    rule="counter",
)


def counter(no: No | None = None, said: str = "") -> Page:
    """The form that finds a student by their number."""
    form = Sought(formdata=None)
    form.said.data = said
    return show("codes/counter.html", no, form=form)


def find() -> Answer:
    """Find one of the officer's own students by a number, which is not in the address. It is logged."""
    said = Sought().said.data or ""
    looked_for("counter", said)
    with place().store.reading() as session:
        found = find_student(session, said, my_students())
    if found is None or not found.ours:
        note_try("counter", found.record if found is not None else "")
        return counter(No((NOT_OURS,), status=404), said)
    return redirect(url_for(".student", record=found.record), 303)


@about(record=RECORD_AT_THE_COUNTER)
def student(record: str, no: No | None = None) -> Page:
    """The student before the officer, and the form for a new code. The access is logged first."""
    return show("codes/student.html", no, it=_seen(record, "counter"), form=CardSeen(formdata=None))


@about(record=RECORD_AT_THE_COUNTER)
@fresh
def give(record: str) -> Answer:
    """Give the student a new code, once the card was seen."""
    form = CardSeen()
    form.validate()
    found = _seen(record, "counter")

    def made(it: Acting) -> str:
        against = (CARD_NOT_SEEN, form.seen.data != "card"), (ACCOUNT_CLOSED, found.closed_at is not None)
        for reason, holds in against:
            if holds:
                raise Stop(reason)
        return give_code(it.session, found, it.by, it.now, it.place.entropy)

    return act(
        made,
        again=lambda no: student(record, no),
        onward=lambda code: url_for(".given", record=record, code=code),
    )


@about(record=RECORD_AT_THE_COUNTER)
@fresh
def given(record: str, code: str) -> Page:
    """The code, large, to print or to copy by hand. It is shown once, and to a reader only: not to HEAD."""
    found = _seen(record, "counter")
    with acting() as it:
        read = request.method == "GET"
        once = code_to_show(it.session, it.by, record, code, it.now) if read else None
    return show(
        "codes/given.html",
        it=found,
        code=shown(place().cipher.code(once.id)) if once else "",
        ends_at=once.ends_at if once else None,
        address=activation(),
    )


def _seen(record: str, what: str) -> AtTheCounter:
    """The student of a record, if they are the officer's own. The access is logged first."""
    with acting() as it:
        found = student_at(it.session, record, my_students())
        if found is not None and found.ours:
            it.note(what, record)
    if found is None or not found.ours:
        not_found_for(what, record)
    return found


def activation() -> str:
    """The full address of the page where a code is typed."""
    return full_address("activation.begin")


VIEWS: list[tuple[str, str, Any]] = [
    ("GET", "/counter", counter),
    ("POST", "/counter", find),
    ("GET", "/counter/<string(length=32):record>", student),
    ("POST", "/counter/<string(length=32):record>", give),
    ("GET", "/counter/<string(length=32):record>/<string(length=32):code>", given),
]
