"""People sign in by a link that works once; what was granted can be ended at any moment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import CHECK_DAY
from workflow.engine import SYSTEM
from workflow.people.accounts import (
    LINK_LIFE,
    LONGEST,
    STAFF_IDLE,
    SignedIn,
    SignInRefused,
    UnknownRole,
    add_person,
    change_role,
    digest,
    end_role,
    give_role,
    grants_of,
    make_link,
    seen_again,
    sign_in,
    sign_out,
    student_of,
    who_is,
    whose_link,
)
from workflow.people.tables import Grant, Person, Presence, SignInLink
from workflow.store import Store

SECOND = timedelta(seconds=1)
Entropy = Callable[[int], bytes]


@pytest.fixture
def person(store: Store, entropy: Entropy) -> str:
    """A reviewer."""
    return added(store, entropy, "reviewer")


def added(store: Store, entropy: Entropy, role: str, scope: str = "") -> str:
    with store.writing() as session:
        return add_person(session, "李测试", role, scope, SYSTEM.person, CHECK_DAY, entropy).id


def link(store: Store, entropy: Entropy, person: str, at: datetime = CHECK_DAY) -> str:
    with store.writing() as session:
        return make_link(session, person, at, entropy)


def enter(store: Store, entropy: Entropy, token: str, at: datetime = CHECK_DAY) -> str:
    """Use a link. Returns the digest of the session's token."""
    with store.writing() as session:
        return digest(sign_in(session, token, at, entropy))


def here(store: Store, browser: str, at: datetime = CHECK_DAY) -> SignedIn | None:
    with store.reading() as session:
        return who_is(session, browser, at)


# -- links ----------------------------------------------------------------------------------------------


def test_a_link_signs_its_person_in_under_their_role(store: Store, entropy: Entropy, person: str) -> None:
    """The browser is the person's, in the role they were granted."""
    found = here(store, enter(store, entropy, link(store, entropy, person)))
    assert found is not None
    assert (found.actor.person, found.actor.role, found.name, found.scope) == (
        person,
        "reviewer",
        "李测试",
        "",
    )


def test_a_link_works_once(store: Store, entropy: Entropy, person: str) -> None:
    """Who finds a used link in a chat finds nothing."""
    token = link(store, entropy, person)
    enter(store, entropy, token)
    with pytest.raises(SignInRefused):
        enter(store, entropy, token)


def test_looking_at_a_link_does_not_use_it_up(store: Store, entropy: Entropy, person: str) -> None:
    """A messenger that fetches the page to draw a preview signs nobody in."""
    token = link(store, entropy, person)
    for _ in range(3):
        with store.writing() as session:
            assert whose_link(session, token, CHECK_DAY).id == person
    assert here(store, enter(store, entropy, token)) is not None


def test_a_link_lives_three_days_to_the_second(store: Store, entropy: Entropy, person: str) -> None:
    """Its last second is good, the next one is not."""
    token = link(store, entropy, person)
    with store.reading() as session:
        assert whose_link(session, token, CHECK_DAY + LINK_LIFE - SECOND).id == person
        with pytest.raises(SignInRefused):
            whose_link(session, token, CHECK_DAY + LINK_LIFE)
    with pytest.raises(SignInRefused):
        enter(store, entropy, token, CHECK_DAY + LINK_LIFE)


def test_a_new_link_ends_the_older_ones(store: Store, entropy: Entropy, person: str) -> None:
    """Only the last link that was sent opens the door."""
    older, newer = link(store, entropy, person), link(store, entropy, person)
    with pytest.raises(SignInRefused):
        enter(store, entropy, older)
    assert here(store, enter(store, entropy, newer)) is not None


def test_a_new_link_leaves_other_peoples_links_alone(store: Store, entropy: Entropy, person: str) -> None:
    """Each has their own."""
    token = link(store, entropy, person)
    link(store, entropy, added(store, entropy, "auditor"))
    assert here(store, enter(store, entropy, token)) is not None


@pytest.mark.parametrize("token", ["", "x", "A" * 43])
def test_an_unknown_token_is_refused_like_a_used_one(store: Store, person: str, token: str) -> None:
    """From outside nobody can tell whether a link ever was one."""
    with store.reading() as session, pytest.raises(SignInRefused) as refused:
        whose_link(session, token, CHECK_DAY)
    assert str(refused.value) == ""


def test_a_link_of_somebody_without_any_role_is_refused_and_stays(
    store: Store, entropy: Entropy, person: str
) -> None:
    """Whose roles have all ended cannot come in, even with a good link."""
    token = link(store, entropy, person)
    with store.writing() as session:
        end_role(session, person, "reviewer", CHECK_DAY)
    with pytest.raises(SignInRefused):
        enter(store, entropy, token)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Presence)) == 0


def test_no_token_is_kept_anywhere(store: Store, entropy: Entropy, person: str) -> None:
    """Of links and browsers only digests are kept: a stolen dump signs nobody in."""
    token = link(store, entropy, person)
    with store.writing() as session:
        browser = sign_in(session, token, CHECK_DAY, entropy)
    with store.reading() as session:
        kept = [*session.scalars(select(SignInLink.digest)), *session.scalars(select(Presence.digest))]
    assert kept == [hashlib.sha256(secret.encode()).hexdigest() for secret in (token, browser)]
    assert token != browser
    assert min(len(token), len(browser)) == 43  # 256 bits


# -- presences ------------------------------------------------------------------------------------------


def test_a_browser_idles_out(store: Store, entropy: Entropy, person: str) -> None:
    """A desk that was left is signed out after a quarter of an hour, to the second."""
    browser = enter(store, entropy, link(store, entropy, person))
    assert here(store, browser, CHECK_DAY + STAFF_IDLE - SECOND) is not None
    assert here(store, browser, CHECK_DAY + STAFF_IDLE) is None


def test_a_student_has_more_time_to_find_the_papers(store: Store, entropy: Entropy) -> None:
    """Half an hour, since photographing a household book takes longer than a click."""
    browser = enter(store, entropy, link(store, entropy, added(store, entropy, "student", "1" * 32)))
    assert here(store, browser, CHECK_DAY + timedelta(minutes=30) - SECOND) is not None
    assert here(store, browser, CHECK_DAY + timedelta(minutes=30)) is None


def test_who_works_on_stays_and_nobody_stays_for_ever(store: Store, entropy: Entropy, person: str) -> None:
    """Each click puts the idle limit off, until twelve hours after signing in."""
    browser = enter(store, entropy, link(store, entropy, person))
    at = CHECK_DAY
    while at + STAFF_IDLE < CHECK_DAY + LONGEST:
        at += STAFF_IDLE - SECOND
        assert here(store, browser, at) is not None
        with store.writing() as session:
            seen_again(session, browser, at)
    assert here(store, browser, CHECK_DAY + LONGEST - SECOND) is not None
    assert here(store, browser, CHECK_DAY + LONGEST) is None


def test_signing_out_ends_the_browser(store: Store, entropy: Entropy, person: str) -> None:
    """Afterwards the cookie is worth nothing, and another browser of the same person is untouched."""
    one = enter(store, entropy, link(store, entropy, person))
    two = enter(store, entropy, link(store, entropy, person))
    with store.writing() as session:
        sign_out(session, one, CHECK_DAY)
    assert here(store, one) is None
    assert here(store, two) is not None


def test_a_role_that_ends_ends_its_browsers_at_once(store: Store, entropy: Entropy, person: str) -> None:
    """Nobody goes on as a reviewer because they signed in as one in the morning."""
    browser = enter(store, entropy, link(store, entropy, person))
    with store.writing() as session:
        assert end_role(session, person, "reviewer", CHECK_DAY) == 1
    assert here(store, browser) is None


def test_a_role_given_again_does_not_revive_a_browser(store: Store, entropy: Entropy, person: str) -> None:
    """What was ended stays ended; the person signs in anew."""
    browser = enter(store, entropy, link(store, entropy, person))
    with store.writing() as session:
        end_role(session, person, "reviewer", CHECK_DAY)
        give_role(session, person, "reviewer", "", SYSTEM.person, CHECK_DAY, entropy)
    assert here(store, browser) is None
    assert here(store, enter(store, entropy, link(store, entropy, person))) is not None


def test_changing_the_role_takes_a_new_token(store: Store, entropy: Entropy, person: str) -> None:
    """Going on under another of one's roles ends the old token and begins a new one."""
    with store.writing() as session:
        give_role(session, person, "auditor", "", SYSTEM.person, CHECK_DAY + SECOND, entropy)
    browser = enter(store, entropy, link(store, entropy, person))
    before = here(store, browser)
    assert before is not None
    with store.writing() as session:
        auditor = next(grant for grant in grants_of(session, person) if grant.role == "auditor")
        changed = digest(change_role(session, before, auditor.id, CHECK_DAY, entropy))
    after = here(store, changed)
    assert after is not None
    assert after.actor == replace(before.actor, role="auditor")
    assert here(store, browser) is None


@pytest.mark.parametrize("whose", ["another's", "ended", "unknown"])
def test_a_role_of_somebody_else_cannot_be_put_on(
    store: Store, entropy: Entropy, person: str, whose: str
) -> None:
    """A grant that is another's, ended or unknown is refused, and the browser stays as it is."""
    browser = enter(store, entropy, link(store, entropy, person))
    before = here(store, browser)
    assert before is not None
    with store.writing() as session:
        if whose == "another's":
            other = add_person(session, "另一人", "registrar", "", SYSTEM.person, CHECK_DAY, entropy)
            grant = grants_of(session, other.id)[0].id
        elif whose == "ended":
            give_role(session, person, "registrar", "", SYSTEM.person, CHECK_DAY, entropy)
            grant = next(one.id for one in grants_of(session, person) if one.role == "registrar")
            end_role(session, person, "registrar", CHECK_DAY)
        else:
            grant = "0" * 32
    with pytest.raises(SignInRefused), store.writing() as session:
        change_role(session, before, grant, CHECK_DAY, entropy)
    assert here(store, browser) == before


# -- roles ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["system", "root", ""])
def test_a_role_that_cannot_be_given_is_refused(store: Store, entropy: Entropy, role: str) -> None:
    """Nobody is made the system, nor something that nobody knows."""
    with pytest.raises(UnknownRole):
        added(store, entropy, role)
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == 0


@pytest.mark.parametrize("role", ["system", "root"])
def test_a_further_role_must_be_one_that_can_be_given(
    store: Store, entropy: Entropy, person: str, role: str
) -> None:
    """A second role is asked the same question as the first."""
    with pytest.raises(UnknownRole), store.writing() as session:
        give_role(session, person, role, "", SYSTEM.person, CHECK_DAY, entropy)


def test_grants_are_listed_oldest_first_without_ended_ones(
    store: Store, entropy: Entropy, person: str
) -> None:
    """A person's present roles, in the order in which they came."""
    with store.writing() as session:
        for hours, role in ((2, "auditor"), (1, "registrar"), (3, "officer")):
            give_role(session, person, role, "", SYSTEM.person, CHECK_DAY + timedelta(hours=hours), entropy)
        end_role(session, person, "registrar", CHECK_DAY + timedelta(hours=4))
        assert [grant.role for grant in grants_of(session, person)] == ["reviewer", "auditor", "officer"]


def test_a_student_has_one_account(store: Store, entropy: Entropy) -> None:
    """The account of a record's student is made when it is first needed, and then found."""
    with store.writing() as session:
        first = student_of(session, "1" * 32, "李测试", SYSTEM.person, CHECK_DAY, entropy)
        again = student_of(session, "1" * 32, "李测试", SYSTEM.person, CHECK_DAY, entropy)
        other = student_of(session, "2" * 32, "张测试", SYSTEM.person, CHECK_DAY, entropy)
        assert again.id == first.id != other.id
        assert session.scalars(select(Grant.scope).order_by(Grant.scope)).all() == ["1" * 32, "2" * 32]
