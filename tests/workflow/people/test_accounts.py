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
    OPERATOR,
    UnknownRole,
    add_person,
    end_role,
    give_role,
    grants_of,
    student_of,
)
from workflow.people.links import LINK_LIFE, SignInRefused, make_link, use_link, whose_link
from workflow.people.presences import (
    FRESH,
    FRESH_LONGEST,
    LIVES,
    Lives,
    SignedIn,
    Way,
    begin,
    change_role,
    end_expired,
    end_presences,
    own_presences,
    prove,
    seen_again,
    sign_out,
    who_is,
    why_ended,
)
from workflow.people.scopes import held
from workflow.people.tables import Grant, Person, Presence, SignInLink
from workflow.people.tokens import digest
from workflow.store import Store

pytestmark = pytest.mark.one_database

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
        return make_link(session, person, OPERATOR, at, entropy)


def enter(store: Store, entropy: Entropy, token: str, at: datetime = CHECK_DAY) -> str:
    """Use a link. Returns the digest of the session's token."""
    with store.writing() as session:
        linked = use_link(session, token, at)
        held = grants_of(session, linked.person)
        if not held:
            raise SignInRefused
        return digest(begin(session, held[0], Way("link", linked.made_by), at, entropy))


def here(
    store: Store, browser: str, at: datetime = CHECK_DAY, lives: Lives = LIVES["workday"]
) -> SignedIn | None:
    with store.reading() as session:
        return who_is(session, browser, at, lives)


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
            assert whose_link(session, token, CHECK_DAY).person == person
    assert here(store, enter(store, entropy, token)) is not None


def test_a_link_lives_three_days_to_the_second(store: Store, entropy: Entropy, person: str) -> None:
    """Its last second is good, the next one is not."""
    token = link(store, entropy, person)
    with store.reading() as session:
        assert whose_link(session, token, CHECK_DAY + LINK_LIFE - SECOND).person == person
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
        use_link(session, token, CHECK_DAY)
        browser = begin(session, grants_of(session, person)[0], Way("link"), CHECK_DAY, entropy)
    with store.reading() as session:
        kept = [*session.scalars(select(SignInLink.digest)), *session.scalars(select(Presence.digest))]
    assert kept == [hashlib.sha256(secret.encode()).hexdigest() for secret in (token, browser)]
    assert token != browser
    assert min(len(token), len(browser)) == 43  # 256 bits


# -- presences ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", sorted(LIVES))
@pytest.mark.parametrize("role", ["student", "reviewer"])
def test_a_browser_that_nobody_uses_ends_to_the_second(
    store: Store, entropy: Entropy, setting: str, role: str
) -> None:
    """A phone or a desk that was left is signed out after the time that the setting gives its role."""
    lives, scope = LIVES[setting], "1" * 32 if role == "student" else ""
    browser = enter(store, entropy, link(store, entropy, added(store, entropy, role, scope)))
    assert here(store, browser, CHECK_DAY + lives.idle(role) - SECOND, lives) is not None
    assert here(store, browser, CHECK_DAY + lives.idle(role), lives) is None


@pytest.mark.parametrize("setting", sorted(LIVES))
def test_who_works_on_stays_and_nobody_stays_for_ever(
    store: Store, entropy: Entropy, person: str, setting: str
) -> None:
    """Each request puts the idle limit off, until the longest time after signing in."""
    lives, at = LIVES[setting], CHECK_DAY
    browser = enter(store, entropy, link(store, entropy, person))
    while at + lives.staff_idle < CHECK_DAY + lives.staff_longest:
        at += lives.staff_idle - SECOND
        assert here(store, browser, at, lives) is not None
        with store.writing() as session:
            seen_again(session, browser, at)
    assert here(store, browser, CHECK_DAY + lives.staff_longest - SECOND, lives) is not None
    assert here(store, browser, CHECK_DAY + lives.staff_longest, lives) is None


def test_a_clock_that_goes_back_revives_nothing(store: Store, entropy: Entropy, person: str) -> None:
    """What has expired has ended once the time was noticed, by a round or at the door, whatever the clock says."""
    lives = LIVES["workday"]
    swept, asked = (enter(store, entropy, link(store, entropy, person)) for _ in range(2))
    late = CHECK_DAY + lives.staff_idle
    with store.writing() as session:
        ended = why_ended(session, asked, late, lives)
        assert ended is not None and not ended.noted
        sign_out(session, asked, late, ended.because)
        assert end_expired(session, late, lives) == 1
    assert here(store, swept) is None and here(store, asked) is None


def test_a_proof_lasts_a_quarter_of_an_hour_and_acts_renew_it_for_two_hours(
    store: Store, entropy: Entropy, person: str
) -> None:
    """Each act that needs it renews the proof, until two hours after the proof itself; then it is asked anew."""
    browser, at = enter(store, entropy, link(store, entropy, person)), CHECK_DAY
    found = here(store, browser)
    assert found is not None
    assert found.is_fresh(CHECK_DAY + FRESH - SECOND) and not found.is_fresh(CHECK_DAY + FRESH)
    while at + FRESH < CHECK_DAY + FRESH_LONGEST:
        at += FRESH - SECOND
        with store.writing() as session:
            seen_again(session, browser, at, fresh_act=True)
    found = here(store, browser, at)
    assert found is not None
    assert found.is_fresh(CHECK_DAY + FRESH_LONGEST - SECOND)
    assert not found.is_fresh(CHECK_DAY + FRESH_LONGEST)
    with store.writing() as session:
        prove(session, browser, CHECK_DAY + FRESH_LONGEST)
    found = here(store, browser, CHECK_DAY + FRESH_LONGEST)
    assert found is not None and found.is_fresh(CHECK_DAY + FRESH_LONGEST)


def test_an_ended_browser_says_why(store: Store, entropy: Entropy, person: str) -> None:
    """Signed out, idle, over, role taken or ended from elsewhere: each has its code; a stranger has none."""
    lives = LIVES["workday"]
    browsers = [enter(store, entropy, link(store, entropy, person)) for _ in range(4)]
    with store.writing() as session:
        sign_out(session, browsers[0], CHECK_DAY)
        end_presences(session, person, CHECK_DAY, "password_changed", but=browsers[2])
        reasons = [why_ended(session, one, CHECK_DAY, lives) for one in browsers[:2]]
        reasons.append(why_ended(session, browsers[2], CHECK_DAY + lives.staff_idle, lives))
        assert [one.because for one in reasons if one] == ["signed_out", "password_changed", "idle"]
        assert why_ended(session, "0" * 64, CHECK_DAY, lives) is None
    lasting = enter(store, entropy, link(store, entropy, person))
    with store.writing() as session:
        seen_again(session, lasting, CHECK_DAY + lives.staff_longest - SECOND)
        ended = why_ended(session, lasting, CHECK_DAY + lives.staff_longest, lives)
        assert ended is not None and ended.because == "over"
    taken = enter(store, entropy, link(store, entropy, person))
    with store.writing() as session:
        end_role(session, person, "reviewer", CHECK_DAY)
        ended = why_ended(session, taken, CHECK_DAY, lives)
        assert ended is not None and ended.because == "role_ended"


def test_a_person_sees_their_own_open_browsers_without_their_tokens(
    store: Store, entropy: Entropy, person: str
) -> None:
    """Each with its way, last use and kind, the present one marked; ended ones and those of others are not there."""
    mine = [enter(store, entropy, link(store, entropy, person)) for _ in range(3)]
    enter(store, entropy, link(store, entropy, added(store, entropy, "auditor")))
    with store.writing() as session:
        sign_out(session, mine[0], CHECK_DAY)
    found = here(store, mine[1])
    assert found is not None
    with store.reading() as session:
        listed = own_presences(session, found, CHECK_DAY, LIVES["workday"])
    assert sorted(one.here for one in listed) == [False, True]
    assert not {one.id for one in listed} & {token[:16] for token in mine}


def test_nobody_goes_on_with_a_closed_account(store: Store, entropy: Entropy, person: str) -> None:
    """Neither an open browser nor a good link lets a person in whose account was closed."""
    browser, token = enter(store, entropy, link(store, entropy, person)), link(store, entropy, person)
    with store.writing() as session:
        session.get_one(Person, person).closed_at = CHECK_DAY
    assert here(store, browser) is None
    with pytest.raises(SignInRefused):
        enter(store, entropy, token)


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
        give_role(session, person, held("reviewer"), SYSTEM.person, CHECK_DAY, entropy)
    assert here(store, browser) is None
    assert here(store, enter(store, entropy, link(store, entropy, person))) is not None


def test_changing_the_role_takes_a_new_token(store: Store, entropy: Entropy, person: str) -> None:
    """Going on under another of one's roles ends the old token and begins a new one."""
    with store.writing() as session:
        give_role(session, person, held("auditor"), SYSTEM.person, CHECK_DAY + SECOND, entropy)
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
            give_role(session, person, held("registrar"), SYSTEM.person, CHECK_DAY, entropy)
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
        give_role(session, person, held(role), SYSTEM.person, CHECK_DAY, entropy)


def test_grants_are_listed_oldest_first_without_ended_ones(
    store: Store, entropy: Entropy, person: str
) -> None:
    """A person's present roles, in the order in which they came."""
    with store.writing() as session:
        for hours, role in ((2, "auditor"), (1, "registrar"), (3, "officer")):
            give_role(session, person, held(role), SYSTEM.person, CHECK_DAY + timedelta(hours=hours), entropy)
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
