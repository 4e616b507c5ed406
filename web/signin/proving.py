"""Proofs of the signed-in person: their password, or a code that they asked for. Wrong tries are slowed."""

from __future__ import annotations

import math

from flask import request

from web.shared.act import No
from web.shared.security import me, place
from workflow.notices.contacts import owner_of
from workflow.people.access import note_access
from workflow.signin.codes import find_code, use_code
from workflow.signin.password.proof import check_password
from workflow.signin.telling import ask_for_code
from workflow.signin.throttle import Knock, count_wrong, forgive
from workflow.upkeep.leaving import channel_names
from workflow.verdict import Reason

WRONG_PASSWORD = Reason("wrong_password", "密码不对。", remedy="请再输入一次。", rule="proof")
WRONG_CODE = Reason("wrong_code", "登录码不对，或者已经失效。", remedy="请核对，或者再发一个。", rule="proof")


def against_password(typed: str) -> No | None:
    """Why a password proves nothing, or None if it is the person's. Hashed outside of any unit of work."""
    if wait := _wait():
        return wait
    with place().store.reading() as session:
        right = check_password(session, me().actor.person, typed, place().clock.now(session))
    return _settled(right, WRONG_PASSWORD)


def against_code(typed: str) -> No | None:
    """Why a code proves nothing, or None if it is the person's. Then it is used up."""
    if wait := _wait():
        return wait
    with place().store.writing() as session:
        at = place().clock.now(session)
        found = find_code(session, place().cipher, me().actor.person, typed, at, ("return",))
        right = found is not None and use_code(session, found.id, at)
    return _settled(right, WRONG_CODE)


def channels_for_codes() -> tuple[str, ...]:
    """The channels by which a code leaves this installation. None where nothing leaves it at all."""
    return channel_names(place())


def send_code() -> bool:
    """Send the person a code to their own address. False if there is none, or one has just been sent."""
    installation, person = place(), me().actor.person
    with installation.store.writing() as session:
        at = installation.clock.now(session)
        owner = owner_of(session, person)
        return ask_for_code(session, installation.entropy, person, owner, at, channels_for_codes())


def _wait() -> No | None:
    """Count a try as wrong before it is looked at, or say how long it must wait."""
    installation = place()
    with installation.store.writing() as session:
        at = installation.clock.now(session)
        wait = count_wrong(session, installation.cipher, _knock(), at, installation.settings.campus)
    if not wait:
        return None
    reason = Reason(
        "must_wait",
        "试错的次数太多，请在 {seconds} 秒后再试。",
        {"seconds": math.ceil(wait.total_seconds())},
        remedy="您填写的内容还在，到时候只需再填密码或登录码。",
        rule="proof",
    )
    return No((reason,), status=429)


def _settled(right: bool, wrong: Reason) -> No | None:
    """Forgive the try that was right, and note the one that was wrong."""
    installation = place()
    with installation.store.writing() as session:
        at = installation.clock.now(session)
        if not right:
            note_access(session, me().actor, "proof", "", at, allowed=False)
            return No((wrong,))
        forgive(session, installation.cipher, _knock(), at, installation.settings.campus)
    return None


def _knock() -> Knock:
    """The try of a session, whose person is known. It is counted apart from the front door."""
    return Knock(me().actor.person, request.remote_addr or "")
