"""Batches to a body outside: opened, filled, frozen, agreed to by a second person, sent and closed."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for
from flask_babel import gettext as _

from config.policy.submissions import submission_to
from states.batch import BATCH as LIFE
from web.shared.act import Acting, Answer, No, Page, act, faults_in, press, show
from web.shared.forms import BatchActed, BatchWanted, form_key, seen_version
from web.shared.security import actor, fresh, open_to, place
from web.shared.standing import BATCH, about
from web.shared.words import pick
from workflow.cases import rules
from workflow.engine import Ref
from workflow.history.entry import Entry
from workflow.outgoing.batches.checks import MOST_LINES
from workflow.outgoing.batches.choosing import bodies_that_wait, colleges_that_wait, waiting_claims
from workflow.outgoing.batches.facts import AGREEMENT, look_at_batch
from workflow.outgoing.batches.sending import send_batch
from workflow.outgoing.batches.views import lines_shown, live_batches, past_batches, people_of_batch
from workflow.people.access import people_at_the_door

bp = Blueprint("batches", __name__, url_prefix="/registrar/batches")

REGISTRAR, SECOND = "registrar", "second_reviewer"
ONE = "/<string(length=32):batch>"
MONTHS_AHEAD = 12
NEXT = ("freeze", "agree", "send", "close")
"""The acts of which a page says why they are barred, in the order of a batch's life."""


@bp.get("")
@open_to(REGISTRAR, SECOND)
def listed(no: No | None = None, form: BatchWanted | None = None) -> Page:
    """The batches that have not ended and the last that have, and what waits for which body."""
    with place().store.reading() as session:
        now = place().clock.now(session)
        live, past, waits = live_batches(session), past_batches(session), bodies_that_wait(session)
    policy = place().rules.in_force(now)
    bodies = sorted({*rules.bodies(policy), *waits})
    said = {one: submission_to(policy.school.policy, one) for one in bodies}
    first = now.year * 12 + now.month - 1
    months = [f"{one // 12}-{one % 12 + 1:02}" for one in range(first, first + MONTHS_AHEAD)]
    return show(
        "registrar/batches/list.html",
        no,
        live=live,
        past=past,
        waits=waits,
        bodies=[(one, pick(*_names(one))) for one in bodies],
        intakes=[(one, found, found.next_after(now)) for one, found in said.items() if found],
        months=[(one, one) for one in months],
        form=form or BatchWanted(formdata=None),
        opens=actor().role == REGISTRAR,
    )


@bp.post("")
@open_to(REGISTRAR)
def open_batch() -> Answer:
    """Open a batch to a body, for one of its intakes."""
    form, key = BatchWanted(), form_key()
    office, month = form.office.data or "", form.month.data or ""
    return act(
        lambda it: it.perform(Ref(LIFE.name), "open", key=key, office=office, month=month),
        again=lambda no: listed(no, form),
        onward=lambda entry: url_for(".choose", batch=entry.subject),
        told=_("已新建批次。请加入等待报送的事项。"),
    )


@bp.get(ONE)
@open_to(REGISTRAR, SECOND)
@about(batch=BATCH)
def one(batch: str, no: No | None = None, form: BatchActed | None = None) -> Page:
    """One batch: where it stands, its lines, what can be done now, and what bars the rest."""
    here = place()
    with here.store.reading() as session:
        at = here.clock.now(session)
        it = look_at_batch(session, batch) or abort(404)
        lines = lines_shown(session, here.cipher, it, people_at_the_door(actor()))
        people = people_of_batch(session, batch)
        by, check = actor(), here.engine.check_seen
        now = [one.name for one in LIFE.actions if it.state in LIFE.sources(one) and by.role in one.roles]
        verdicts = {name: check(session, it, name, by, None, at) for name in now}
    possible = {name for name, verdict in verdicts.items() if verdict.allowed}
    ahead = (verdicts[name] for name in NEXT if name in verdicts and not (name == "agree" and it.agreed_at))
    barred = next((one for one in ahead if not one.allowed), None)
    return show(
        "registrar/batches/one.html",
        no,
        it=it,
        lines=lines,
        people=people,
        may=possible,
        barred=barred.reasons if barred else (),
        until=it.agreed_at + AGREEMENT if it.agreed_at and it.may_be_taken(at) else None,
        form=form or BatchActed(formdata=None),
        empty=BatchActed(formdata=None),
        today=at.date(),
    )


@bp.get(f"{ONE}/choose")
@open_to(REGISTRAR)
@about(batch=BATCH)
def choose(batch: str, no: No | None = None, ticked: tuple[str, ...] = ()) -> Page:
    """What waits for the batch's body and is in no batch, by college."""
    college = request.args.get("college", "")
    with place().store.reading() as session:
        it = look_at_batch(session, batch) or abort(404)
        people = people_at_the_door(actor())
        colleges = colleges_that_wait(session, it.office, people)
        waiting = waiting_claims(session, it.office, people, college=college)
    return show(
        "registrar/batches/choose.html",
        no,
        it=it,
        waiting=waiting,
        colleges=[(name, number) for name, number in colleges if name],
        whole=sum(number for _name, number in colleges),
        college=college,
        ticked=frozenset(ticked),
        most=MOST_LINES,
    )


@bp.post(f"{ONE}/choose")
@open_to(REGISTRAR)
@about(batch=BATCH)
def put_in(batch: str) -> Answer:
    """Put the ticked claims into the batch."""
    claims = tuple(BatchActed().claim.data or ())
    return act(
        press(Ref(LIFE.name, batch), "put_in", claims=claims),
        again=lambda no: choose(batch, no, claims),
        onward=url_for(".one", batch=batch),
        told=_("已加入批次。"),
    )


@bp.post(f"{ONE}/take_out")
@open_to(REGISTRAR)
@about(batch=BATCH)
def take_out(batch: str) -> Answer:
    """Take a claim out while the batch is being put together."""
    return _acted(batch, "take_out", _("已移出批次。"), claims=_claims())


@bp.post(f"{ONE}/freeze")
@open_to(REGISTRAR)
@about(batch=BATCH)
@fresh
def freeze(batch: str) -> Answer:
    """Freeze it: from now on a line leaves with a reason and a second person."""
    return _acted(batch, "freeze", _("已定稿。请另一位学籍管理员或复核人同意。"))


@bp.post(f"{ONE}/agree")
@open_to(REGISTRAR, SECOND)
@about(batch=BATCH)
@fresh
def agree(batch: str) -> Answer:
    """Agree as the second person: files may be taken for a day, and the batch may be sent."""
    return _acted(batch, "agree", _("已同意。24 小时内可以下载批次的文件。"))


@bp.post(f"{ONE}/ask_out")
@open_to(REGISTRAR)
@about(batch=BATCH)
def ask_out(batch: str) -> Answer:
    """Ask for a line to leave a frozen batch, with the reason."""
    words = BatchActed().words.data or ""
    return _acted(batch, "ask_out", _("已申请移出，等待另一个人答复。"), claims=_claims(), words=words)


@bp.post(f"{ONE}/agree_out")
@open_to(REGISTRAR, SECOND)
@about(batch=BATCH)
@fresh
def agree_out(batch: str) -> Answer:
    """Let a line leave, as the second person."""
    return _acted(batch, "agree_out", _("已同意移出。"), claims=_claims())


@bp.post(f"{ONE}/decline_out")
@open_to(REGISTRAR, SECOND)
@about(batch=BATCH)
def decline_out(batch: str) -> Answer:
    """Leave a line in that somebody asked to leave."""
    return _acted(batch, "decline_out", _("这一行留在批次中。"), claims=_claims())


@bp.post(f"{ONE}/send")
@open_to(REGISTRAR)
@about(batch=BATCH)
def send(batch: str) -> Answer:
    """Enter the batch as sent, with every case in it."""
    form, key, expected = BatchActed(), form_key(), seen_version()
    if no := faults_in(form):
        return one(batch, no, form)
    number, sent_on = form.number.data or "", form.sent_on.data

    def sent(it: Acting) -> Entry:
        return send_batch(
            it.place.engine,
            it.session,
            batch,
            number=number,
            sent_on=sent_on,
            by=it.by,
            key=key,
            expected=expected,
        )

    return act(
        sent,
        again=lambda no: one(batch, no, form),
        onward=url_for(".one", batch=batch),
        told=_("已登记报送，各事项的环节同时登记。"),
    )


@bp.post(f"{ONE}/close")
@open_to(REGISTRAR)
@about(batch=BATCH)
def close(batch: str) -> Answer:
    """Close it: no line waits any more."""
    return _acted(batch, "close", _("已办结批次。"))


@bp.post(f"{ONE}/dissolve")
@open_to(REGISTRAR)
@about(batch=BATCH)
def dissolve(batch: str) -> Answer:
    """Dissolve it: its claims wait for the body again."""
    return _acted(batch, "dissolve", _("已解散批次，事项重新等待报送。"), words=BatchActed().words.data or "")


def _acted(batch: str, action: str, told: str, **said: object) -> Answer:
    form = BatchActed()
    return act(
        press(Ref(LIFE.name, batch), action, **said),
        again=lambda no: one(batch, no, form),
        onward=url_for(".one", batch=batch),
        told=told,
    )


def _claims() -> tuple[str, ...]:
    return tuple(BatchActed().claim.data or ())


def _names(office: str) -> tuple[str, str]:
    named = place().school.offices.get(office)
    return (named.zh, named.en) if named else (office, office)
