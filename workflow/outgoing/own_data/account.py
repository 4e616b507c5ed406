"""What is held about any person who can sign in: account, roles, sign-ins, codes, addresses, own looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from workflow.cases.sentences.own import sentences_of
from workflow.cases.views.own_looks import looks_by
from workflow.cases.views.queue.saved import views_of
from workflow.engine import SYSTEM
from workflow.notices.contacts import Owner, beside, present
from workflow.notices.tables import Address, Delivery, Notice
from workflow.outgoing.own_data.layout import OwnData, Row, row
from workflow.people.accounts import OPERATOR
from workflow.people.cipher import Cipher
from workflow.people.tables import Grant, Person, Presence, Relation, Substitution
from workflow.signin.tables import KnownBrowser, Password, SignInCode

MOST = 10_000
"""So many lines of the access log are in a download. The page of looks has all of them."""


def own_data_of_staff(
    session: Session, cipher: Cipher, school: str, person: str, role: str, at: datetime
) -> OwnData:
    """What is held of a member of staff's account. Other persons are not named, and no student is."""
    looked, looks = looks_by(session, person, skip=0, limit=MOST)
    sections: dict[str, Sequence[Row]] = {
        **of_the_account(session, cipher, person, Owner(person=person), at),
        "substitutions": _substitutions(session, person),
        "relations": _relations(session, person),
        "sentences": [
            row("sentences", one.kept.outcome, one.kept.cause, one.kept.says, one.kept.says_en)
            for one in sentences_of(session, cipher, person)
        ],
        "views": [row("views", one.name, urlencode(one.said)) for one in views_of(session, person)],
        "looks": [row("looks", one.at, one.role, one.what, one.why, one.allowed) for one in looks],
    }
    left_out = {"looks": looked - len(looks)} if looked > len(looks) else {}
    return OwnData(role, at, school, sections, left_out=left_out)


def of_the_account(
    session: Session, cipher: Cipher, person: str, owner: Owner, at: datetime
) -> dict[str, Sequence[Row]]:
    """The sections that students and staff have alike."""
    return {
        "account": [_account(session, person)],
        "roles": _roles(session, person),
        "addresses": _addresses(session, cipher, owner),
        "notices": _notices(session, owner, at),
        "sign_ins": _sign_ins(session, person),
        "codes": _codes(session, person),
    }


def _account(session: Session, person: str) -> Row:
    browsers = select(func.count()).where(KnownBrowser.person_id == person).scalar_subquery()
    found = session.execute(
        select(
            Person.name,
            Person.number,
            Person.made_at,
            Person.opened_at,
            Person.closed_at,
            Password.set_at,
            browsers,
        )
        .outerjoin(Password, Password.person_id == Person.id)
        .where(Person.id == person)
    ).one()
    return row("account", *found)


def _roles(session: Session, person: str) -> list[Row]:
    found = session.scalars(select(Grant).where(Grant.person_id == person).order_by(Grant.given_at, Grant.id))
    return [
        row(
            "roles",
            one.role,
            one.duty,
            one.college,
            one.level,
            one.entry_year,
            one.class_name,
            one.office,
            one.given_at,
            _giver(one),
            one.last_on,
            one.ended_at,
        )
        for one in found
    ]


def _giver(grant: Grant) -> str:
    """How a grant came about, without a name."""
    if grant.given_by in (OPERATOR, SYSTEM.person):
        return grant.given_by
    return "two" if grant.confirmed_by else "one"


def _addresses(session: Session, cipher: Cipher, owner: Owner) -> list[Row]:
    """Present addresses, earlier ones that are still kept, and one that waits for its proof."""
    found = session.scalars(
        select(Address)
        .where(Address.record_id == owner.record, Address.person_id == owner.person)
        .order_by(Address.channel)
    )
    rows: list[Row] = []
    for one in found:
        near = beside(cipher, one.id, one.former)
        said = [(present(cipher, one.id, one.sealed), "present"), (near.offered, "offered")]
        said += [(was, "former") for was in near.former.values()]
        rows += [
            row("addresses", one.channel, address, standing, one.vouched, one.proved, one.at)
            for address, standing in said
            if address
        ]
    return rows


def _notices(session: Session, owner: Owner, at: datetime) -> list[Row]:
    """What was to be told by now. What is held back while it can be undone is not told here either."""
    found = session.execute(
        select(Notice.event, Notice.due_at, Notice.act_by, Notice.seen_at, Delivery.channel, Delivery.sent_at)
        .outerjoin(Delivery, (Delivery.notice_id == Notice.id) & (Delivery.status == "sent"))
        .where(Notice.record_id == owner.record, Notice.person_id == owner.person)
        .where(Notice.due_at <= at, Notice.cancelled_at.is_(None))
        .order_by(Notice.due_at, Notice.id)
    )
    return [row("notices", *one) for one in found]


def _sign_ins(session: Session, person: str) -> list[Row]:
    found = session.scalars(
        select(Presence).where(Presence.person_id == person).order_by(Presence.begun_at, Presence.seen_at)
    )
    return [
        row(
            "sign_ins",
            one.begun_at,
            one.seen_at,
            one.ended_at,
            one.ended_because,
            one.role,
            one.way,
            one.browser,
        )
        for one in found
    ]


def _codes(session: Session, person: str) -> list[Row]:
    found = session.execute(
        select(
            SignInCode.kind, SignInCode.made_at, SignInCode.ends_at, SignInCode.used_at, SignInCode.ended_at
        )
        .where(SignInCode.person_id == person)
        .order_by(SignInCode.made_at, SignInCode.id)
    )
    return [row("codes", *one) for one in found]


def _substitutions(session: Session, person: str) -> list[Row]:
    found = session.scalars(
        select(Substitution)
        .where(or_(Substitution.absent == person, Substitution.stand_in == person))
        .order_by(Substitution.first, Substitution.id)
    )
    return [
        row(
            "substitutions",
            "absent" if one.absent == person else "stand_in",
            one.first,
            one.last,
            one.ended_at,
        )
        for one in found
    ]


def _relations(session: Session, person: str) -> list[Row]:
    """That a relation was declared, and when; not to which student."""
    found = session.execute(
        select(Relation.made_at, Relation.ended_at)
        .where(Relation.person_id == person)
        .order_by(Relation.made_at, Relation.id)
    )
    return [row("relations", *one) for one in found]
