"""Staff: a file says who has which role; two administrators give, one takes, and nothing goes unseen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from config.policy import Words
from tests.world import World
from workflow.engine import Actor
from workflow.notices.tables import Address, Notice
from workflow.people.accounts import add_person, end_role, give_role
from workflow.people.clashes import clashes, clashing
from workflow.people.granting import BY_OPERATOR, administrators
from workflow.people.presences import LIVES, Way, begin, who_is, why_ended
from workflow.people.scopes import STAFF_DUTIES, Held, Scope, held
from workflow.people.standing_in import stand_in
from workflow.people.tables import Access, Grant
from workflow.people.tokens import digest
from workflow.records.formats.grid import read_cells
from workflow.signin.codes import find_code
from workflow.signin.numbers import account_of
from workflow.signin.password.proof import has_password, set_password
from workflow.signin.staff.acts import close, end_office, give_number, link_for_staff, reopen
from workflow.signin.staff.listing import grant_lines, staff_members, without_number
from workflow.signin.staff.proposals import StaffPlan, Submitted, confirm, decline, proposal, submit, waiting
from workflow.signin.staff.wanted import (
    HEADINGS,
    STAFF_ROLES,
    Wanted,
    WantedGrant,
    as_json,
    from_json,
    read_staff,
)
from workflow.signin.tables import SignInCode, StaffProposal
from workflow.verdict import Refused

pytestmark = pytest.mark.one_database

HEAD = "工号,姓名,身份,学院,邮箱,企业微信\n"
MINUTE = timedelta(minutes=1)
OFFICES = {
    one.code: one
    for one in (Words("registrar", "学籍科", "Registry"), Words("admission", "招生办", "Admissions"))
}


def plan_of(*lines: str, ends_gone: bool = False) -> tuple[StaffPlan, tuple[object, ...]]:
    """The plan of a staff file with these lines, and the faults of its rows."""
    table = read_staff(read_cells((HEAD + "\n".join(lines)).encode(), HEADINGS), OFFICES)
    return StaffPlan(table.wanted, whole=True, ends_gone=ends_gone, source="staff.csv"), table.faults


def one(number: str, name: str, *offices: tuple[str, str], **addresses: str) -> StaffPlan:
    """A plan for one person, as a form makes it."""
    given = tuple(WantedGrant(held(role, scope)) for role, scope in offices)
    return StaffPlan((Wanted(number, name, given, tuple(addresses.items())),))


def submitted(world: World, plan: StaffPlan, by: Actor) -> Submitted:
    """Submit a plan in a unit of work of its own."""
    with world.place.store.writing() as session:
        place, at = world.place, world.clock.moment
        return submit(session, place.cipher, place.entropy, plan, by, at, OFFICES)


def refused(world: World, plan: StaffPlan, by: Actor = BY_OPERATOR) -> list[str]:
    """The codes with which a plan is refused."""
    with pytest.raises(Refused) as no:
        submitted(world, plan, by)
    return list(no.value.codes)


def confirmed(world: World, id: str, by: Actor, seen: str = "") -> None:
    """Confirm a proposal as it was seen."""
    with world.place.store.writing() as session:
        found = proposal(session, world.place.cipher, id)
        assert found is not None
        place, at = world.place, world.clock.moment
        confirm(session, place.cipher, place.entropy, id, by, at, OFFICES, seen or found.digest)


def roles_held(world: World) -> set[tuple[str, str, str]]:
    """Every present grant of staff: name, role and scope."""
    with world.place.store.reading() as session:
        return {
            (m.name, one.role, one.scope.college)
            for m in staff_members(session, world.clock.moment)
            for one in m.roles
        }


def second_administrator(world: World) -> Actor:
    """Another administrator, whom the operator made."""
    done = submitted(world, one("A2", "二号管理员", ("administrator", "")), BY_OPERATOR).done
    assert done is not None
    return Actor(done.people[0], "administrator")


def lines_and_grants(world: World) -> tuple[int, int]:
    """How many access lines tell of grants and their ends, and how many grants were made and ended by people."""
    with world.place.store.reading() as session:
        lines = session.scalar(select(func.count()).where(Access.what.like("grant%")))
        made = session.scalar(select(func.count()).select_from(Grant).where(Grant.given_by != "system"))
        ended = session.scalar(select(func.count()).select_from(Grant).where(Grant.ended_at.is_not(None)))
    return lines or 0, (made or 0) + (ended or 0)


# -- roles that must not meet ---------------------------------------------------------------------------


@given(st.sets(st.sampled_from(STAFF_ROLES)))
@settings(max_examples=64)
def test_two_roles_meet_in_one_person_only_on_one_side(roles: set[str]) -> None:
    """Who works on cases, who grants and who checks are three: any two sides in one person clash, no other."""
    side = {"administrator": 1, "auditor": 2}
    pairs = {(a, b) for a in roles for b in roles if a < b and side.get(a, 0) != side.get(b, 0)}
    assert len(clashes(roles)) == len(pairs)
    assert {reason.code for reason in clashes(roles)} <= {"roles_clash"}


@pytest.mark.parametrize("lone", [True, False])
def test_no_way_brings_clashing_roles_together(world: World, lone: bool) -> None:
    """A form, a file and the command line say every clash at once, also to a lone administrator."""
    by = world.staff["administrator"] if lone else BY_OPERATOR
    plan = one("S1", "张三丰", ("auditor", ""), ("reviewer", ""), ("administrator", ""))
    assert refused(world, plan, by) == ["roles_clash"] * 3
    file, _ = plan_of(
        "S1,张三丰,审计员,,,", "S1,张三丰,审核人,,,", "S2,李四,系统管理员,,,", "S2,李四,学籍管理员,,,"
    )
    assert refused(world, file, by) == ["roles_clash"] * 2


def test_an_installation_that_has_a_clash_goes_on_and_is_named(world: World) -> None:
    """A grant from before the rule is not ended by itself; the lists name it, and giving more is refused."""
    auditor = world.staff["auditor"].person
    with world.place.store.writing() as session:
        give_role(session, auditor, held("reviewer"), "system", world.clock.moment, world.place.entropy)
        assert set(clashing(session)) == {auditor}
        assert [m.id for m in staff_members(session, world.clock.moment) if m.clashes] == [auditor]
        assert {line.held.role for line in grant_lines(session, ended=False, skip=0, limit=50)[1] if line.clashes} == {
            "auditor", "reviewer",
        }  # fmt: skip
    again = StaffPlan(
        (Wanted("", "", (WantedGrant(Held("auditor")), WantedGrant(Held("reviewer"))), person=auditor),)
    )
    assert refused(world, again) == ["nothing_to_do"]
    more = StaffPlan((Wanted("", "", (WantedGrant(Held("registrar")),), person=auditor),))
    assert set(refused(world, more)) == {"roles_clash"}


@pytest.mark.parametrize(("other", "absent"), [("auditor", "reviewer"), ("administrator", "registrar")])
def test_standing_in_does_not_bring_them_together_either(world: World, other: str, absent: str) -> None:
    """Neither by a substitution for somebody, nor by a role given to who stands in already."""
    today, at = world.clock.moment.date(), world.clock.moment
    with pytest.raises(Refused) as no, world.place.store.writing() as session:
        stand_in(
            session, world.staff[absent].person, world.staff[other].person, today, today,
            world.staff["registrar"], at, world.place.entropy,
        )  # fmt: skip
    assert set(no.value.codes) == {"roles_clash"}
    done = submitted(world, one("S3", "王五", ("officer", "测试学院")), BY_OPERATOR).done
    assert done is not None
    with world.place.store.writing() as session:
        end_office(session, world.place.entropy, BY_OPERATOR, done.people[0], "officer", at)
        give_role(session, done.people[0], held("registrar"), "system", at, world.place.entropy)
        stand_in(
            session, world.staff[absent].person, done.people[0], today + timedelta(days=3),
            today + timedelta(days=9), world.staff["administrator"], at, world.place.entropy,
        )  # fmt: skip
        end_office(session, world.place.entropy, BY_OPERATOR, done.people[0], "registrar", at)
    assert set(
        refused(world, StaffPlan((Wanted("", "", (WantedGrant(Held(other)),), person=done.people[0]),)))
    ) == {"roles_clash"}


def test_a_role_and_a_substitution_at_one_moment_bring_none_together(world: World) -> None:
    """The auditor's role and standing in for a reviewer, given to one person by two hands: one is refused."""
    at, place, refusals = world.clock.moment, world.place, []
    done = submitted(world, one("S3", "王五", ("registrar", "")), BY_OPERATOR).done
    assert done is not None
    whom, ready = done.people[0], threading.Barrier(2)
    with place.store.writing() as session:
        end_office(session, place.entropy, BY_OPERATOR, whom, "registrar", at)
        give_role(session, whom, held("officer", "测试学院"), "system", at, place.entropy)

    def at_once(do: Callable[[], object]) -> None:
        ready.wait()
        try:
            do()
        except Refused as no:
            refusals.append(set(no.codes))

    def stands_in() -> None:
        with place.store.writing() as session:
            reviewer, by = world.staff["reviewer"].person, world.staff["administrator"]
            stand_in(session, reviewer, whom, at.date(), at.date(), by, at, place.entropy)

    def becomes_auditor() -> None:
        with place.store.writing() as session:
            end_office(session, place.entropy, BY_OPERATOR, whom, "officer", at)
            plan = StaffPlan((Wanted("", "", (WantedGrant(Held("auditor")),), person=whom),))
            submit(session, place.cipher, place.entropy, plan, BY_OPERATOR, at, OFFICES)

    both = [threading.Thread(target=at_once, args=(do,)) for do in (stands_in, becomes_auditor)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert len(refusals) == 1


# -- who gives ------------------------------------------------------------------------------------------


def test_while_there_is_one_administrator_they_give_alone_and_it_says_so(world: World) -> None:
    """The grant stands at once, names its giver, and the auditor's list calls it one person's."""
    first = world.staff["administrator"]
    assert submitted(world, one("S1", "张三丰", ("reviewer", "")), first).proposal == ""
    with world.place.store.reading() as session:
        _, lines = grant_lines(session, ended=False, skip=0, limit=50)
    how = {line.name: (line.how, line.given_by, line.confirmed_by) for line in lines}
    assert how["张三丰"] == ("one", "测试系统管理员", "")


@pytest.mark.parametrize("by_file", [True, False])
def test_nobody_alone_takes_an_account_over_that_others_appointed(world: World, by_file: bool) -> None:
    """A number or an address of one's own for the auditor waits for a second; for one's own appointee it stands."""
    only, auditor = world.staff["administrator"], world.staff["auditor"].person
    plan = StaffPlan((Wanted("S9", "", (), (("email", "mine@school.example"),), person=auditor),))
    if by_file:
        plan, _ = plan_of("S9,测试审计员,审计员,,mine@school.example,")
    assert submitted(world, plan, only).proposal
    with world.place.store.reading() as session:
        assert account_of(session, "S9") is None
        assert session.scalars(select(SignInCode)).all() == session.scalars(select(Address)).all() == []
    done = submitted(world, one("S1", "张三丰", ("reviewer", ""), email="zhan@school.example"), only).done
    assert done is not None
    slip = StaffPlan((Wanted("", "", (), (("email", "zhang@school.example"),), person=done.people[0]),))
    assert submitted(world, slip, only).done


def test_once_there_are_two_nothing_is_given_by_one(world: World) -> None:
    """A proposal changes nothing; its maker cannot confirm it; the other one's press makes it stand."""
    first, second = world.staff["administrator"], second_administrator(world)
    before = roles_held(world)
    id = submitted(world, one("S1", "张三丰", ("reviewer", "")), first).proposal
    assert id and roles_held(world) == before
    with pytest.raises(Refused) as no:
        confirmed(world, id, first)
    assert no.value.codes == ("own_proposal",)
    confirmed(world, id, second)
    assert roles_held(world) - before == {("张三丰", "reviewer", "")}
    with world.place.store.reading() as session:
        _, lines = grant_lines(session, ended=False, skip=0, limit=50)
        line = next(line for line in lines if line.name == "张三丰")
        assert (line.how, line.given_by, line.confirmed_by) == ("two", "测试系统管理员", "二号管理员")
        assert waiting(session, world.place.cipher) == []
    with pytest.raises(Refused) as no:
        confirmed(world, id, second)
    assert no.value.codes == ("proposal_settled",)


def test_who_takes_the_other_administrators_role_back_does_not_give_alone(world: World) -> None:
    """Once there were two, what one of them gives waits for a second, until the operator makes one."""
    first, second, at = world.staff["administrator"], second_administrator(world), world.clock.moment
    with world.place.store.writing() as session:
        end_office(session, world.place.entropy, first, second.person, "administrator", at)
    before = roles_held(world)
    id = submitted(world, one("S1", "张三丰", ("auditor", "")), first).proposal
    assert id and roles_held(world) == before
    done = submitted(world, one("A3", "三号管理员", ("administrator", "")), BY_OPERATOR).done
    assert done is not None
    confirmed(world, id, Actor(done.people[0], "administrator"))
    assert ("张三丰", "auditor", "") in roles_held(world)


def test_the_one_who_follows_the_only_administrator_gives_alone_again(world: World) -> None:
    """An administrator whose role ended before theirs began was never a second one beside them."""
    first, at = world.staff["administrator"], world.clock.moment
    with world.place.store.writing() as session:
        end_role(session, first.person, "administrator", at)
    world.clock.moment = at + MINUTE
    assert submitted(world, one("S1", "张三丰", ("reviewer", "")), second_administrator(world)).done


def test_a_second_administrator_confirms_what_they_saw_and_nothing_else(world: World) -> None:
    """Another digest, a change meanwhile, or a maker who is no administrator any more: refused, nothing given."""
    first, second = world.staff["administrator"], second_administrator(world)
    id = submitted(world, one("S1", "张三丰", ("reviewer", "")), first).proposal
    before = roles_held(world)
    with pytest.raises(Refused) as no:
        confirmed(world, id, second, seen="0" * 64)
    assert no.value.codes == ("proposal_changed",)
    submitted(world, one("S1", "张三丰", ("auditor", "")), BY_OPERATOR)
    with pytest.raises(Refused) as no:
        confirmed(world, id, second)
    assert set(no.value.codes) == {"proposal_changed", "roles_clash"}
    with world.place.store.writing() as session:
        close(session, world.place.entropy, second, first.person, world.clock.moment)
    with pytest.raises(Refused) as no:
        confirmed(world, id, second)
    assert "proposer_gone" in no.value.codes
    assert roles_held(world) - before == {("张三丰", "auditor", "")}


def test_a_proposal_that_is_declined_gives_nothing(world: World) -> None:
    """The other one refuses it, or the maker takes it back; afterwards nobody can confirm it."""
    first, second = world.staff["administrator"], second_administrator(world)
    before = roles_held(world)
    for by in (first, second):
        id = submitted(world, one("S1", "张三丰", ("reviewer", "")), first).proposal
        with world.place.store.writing() as session:
            decline(session, id, by, world.clock.moment)
        with pytest.raises(Refused):
            confirmed(world, id, second)
    assert roles_held(world) == before


def test_a_proposal_is_sealed(world: World) -> None:
    """Who reads the database finds neither names nor addresses in it."""
    first, _ = world.staff["administrator"], second_administrator(world)
    submitted(world, one("S1", "张三丰", ("reviewer", ""), email="zhang@school.example"), first)
    with world.place.store.reading() as session:
        sealed = bytes(session.scalars(select(StaffProposal.sealed)).one())
    assert "张三丰".encode() not in sealed and b"zhang@" not in sealed


SCOPES = st.builds(Scope, *(st.text(max_size=3) for _ in fields(Scope)))
GRANTS = st.builds(
    WantedGrant,
    st.builds(held, st.sampled_from(STAFF_ROLES), SCOPES, st.sampled_from(["", *STAFF_DUTIES])),
    st.none() | st.dates(),
    st.integers(0, 9),
)


@given(
    st.lists(
        st.builds(
            Wanted,
            st.text(max_size=5), st.text(max_size=5),
            st.lists(GRANTS, max_size=3).map(tuple),
            st.lists(st.tuples(st.sampled_from(["email", "wecom"]), st.text(max_size=5)), max_size=2).map(tuple),
            st.integers(0, 9), st.text(max_size=3),
        ),
        max_size=4,
    ).map(tuple)
)  # fmt: skip
def test_what_was_proposed_is_read_back_as_it_was_written(wanted: tuple[Wanted, ...]) -> None:
    """Sealing and opening change nothing of it."""
    assert from_json(as_json(wanted)) == wanted


# -- taking away ----------------------------------------------------------------------------------------


def test_taking_away_waits_for_nobody(world: World) -> None:
    """A stolen account is closed by one administrator: sessions, codes and roles end in the same moment."""
    _, second, at = world.staff["administrator"], second_administrator(world), world.clock.moment
    submitted(world, one("S1", "张三丰", ("reviewer", ""), email="zhang@school.example"), BY_OPERATOR)
    with world.place.store.writing() as session:
        account = account_of(session, "S1")
        assert account is not None
        grant = session.scalars(select(Grant).where(Grant.person_id == account.person)).one()
        token = digest(begin(session, grant, Way("password"), at, world.place.entropy))
    with world.place.store.writing() as session:
        close(session, world.place.entropy, second, account.person, at + MINUTE)
    with world.place.store.reading() as session:
        assert who_is(session, token, at + MINUTE) is None
        ended = session.scalars(
            select(SignInCode.ended_at).where(SignInCode.person_id == account.person)
        ).all()
        assert ended == [at + MINUTE]
    with world.place.store.writing() as session:
        why = why_ended(session, token, at + MINUTE, LIVES["workday"])
        assert why is not None and why.because == "closed"
    assert ("张三丰", "reviewer", "") not in roles_held(world)


def test_the_last_administrator_is_neither_closed_nor_ended(world: World) -> None:
    """Not by a press, not by the operator, not by a file that forgets them."""
    only, at = world.staff["administrator"].person, world.clock.moment
    for act in (
        lambda session: close(session, world.place.entropy, BY_OPERATOR, only, at),
        lambda session: end_office(session, world.place.entropy, BY_OPERATOR, only, "administrator", at),
    ):
        with pytest.raises(Refused) as no, world.place.store.writing() as session:
            act(session)
        assert no.value.codes == ("last_administrator",)
    plan, _ = plan_of("S1,张三丰,审核人,,,", ends_gone=True)
    assert "last_administrator" in refused(world, plan)
    with world.place.store.reading() as session:
        assert administrators(session, world.clock.moment) == 1


def test_two_administrators_who_close_each_other_in_one_moment_leave_one(world: World) -> None:
    """Whoever comes second is not an administrator any more, or would be the last to go."""
    first, second = world.staff["administrator"], second_administrator(world)
    ready, refusals = threading.Barrier(2), []

    def closes(by: Actor, whom: Actor) -> None:
        ready.wait()
        try:
            with world.place.store.writing() as session:
                close(session, world.place.entropy, by, whom.person, world.clock.moment)
        except Refused as no:
            refusals.append(no.codes)

    both = [threading.Thread(target=closes, args=pair) for pair in ((first, second), (second, first))]
    for one_of_them in both:
        one_of_them.start()
    for one_of_them in both:
        one_of_them.join()
    with world.place.store.reading() as session:
        assert administrators(session, world.clock.moment) == 1
    assert refusals == [("last_administrator",)]


def test_a_closed_account_comes_back_without_its_roles_and_password(world: World) -> None:
    """The file does not revive it; the operator does, and the person begins anew."""
    at = world.clock.moment
    done = submitted(world, one("S1", "张三丰", ("reviewer", "")), BY_OPERATOR).done
    assert done is not None
    with world.place.store.writing() as session:
        close(session, world.place.entropy, BY_OPERATOR, done.people[0], at)
    plan = one("S1", "张三丰", ("reviewer", ""))
    assert refused(world, plan) == ["account_closed"]
    with world.place.store.writing() as session:
        reopen(session, done.people[0], at)
    assert ("张三丰", "reviewer", "") not in roles_held(world)
    submitted(world, plan, BY_OPERATOR)
    assert ("张三丰", "reviewer", "") in roles_held(world)


def test_the_number_of_somebody_who_left_gives_nobody_their_account(world: World) -> None:
    """A newcomer under that number would share the leaver's password; who is still there may change names."""
    done = submitted(world, one("S1", "张三丰", ("reviewer", "")), BY_OPERATOR).done
    assert done is not None
    person, at = done.people[0], world.clock.moment
    with world.place.store.writing() as session:
        set_password(session, person, "云在青天水在瓶，慢慢走路看远山", at)
    submitted(world, StaffPlan((Wanted("", "张三峰", person=person),)), BY_OPERATOR)
    with world.place.store.writing() as session:
        end_office(session, world.place.entropy, BY_OPERATOR, person, "reviewer", at)
    newcomer, _ = plan_of("S1,李四,复核人,,,")
    assert refused(world, newcomer) == ["number_of_a_leaver"]
    with world.place.store.writing() as session:
        close(session, world.place.entropy, BY_OPERATOR, person, at)
        reopen(session, person, at)
    submitted(world, newcomer, BY_OPERATOR)
    with world.place.store.reading() as session:
        assert not has_password(session, person)


# -- the file -------------------------------------------------------------------------------------------


def test_a_staff_file_makes_what_it_says_and_the_second_time_nothing(world: World) -> None:
    """Several rows make several roles of one person; read again it changes not a row."""
    world.record()
    plan, faults = plan_of(
        "S1,张三丰,学院经办人,测试学院,zhang@school.example,", "S1,张三丰,审核人,,,", "S2,李四,auditor,,,li4"
    )
    assert faults == ()
    before = roles_held(world)
    done = submitted(world, plan, BY_OPERATOR).done
    assert done is not None and (len(done.people), done.given, done.codes) == (2, 3, 2)
    assert roles_held(world) - before == {
        ("张三丰", "officer", "测试学院"), ("张三丰", "reviewer", ""), ("李四", "auditor", ""),
    }  # fmt: skip
    assert refused(world, plan) == ["nothing_to_do"]


def test_every_fault_of_a_file_is_said_with_its_row(world: World) -> None:
    """No number, no name, no such role, a college too many or misspelt, a bad address, a student's number."""
    record = world.record()
    assert record
    plan, faults = plan_of(
        ",张三,审核人,,,", "S2,,审核人,,,", "S3,李四,校长,,,", "S4,王五,复核人,测试学院,,",
        "S5,赵六,学院经办人,测试学园,,", "S6,钱七,审核人,,没有邮箱,,", "240100001,孙八,审核人,,,",
        "S7,周九,审核人,,,", "S7,周九,审核人,,,", "S7,吴十,复核人,,,",
    )  # fmt: skip
    with world.place.store.reading() as session:
        outlook = plan.outlook(session, world.place.cipher, world.clock.moment, OFFICES, faults)  # type: ignore[arg-type]
    assert [(fault.row, fault.reason.code) for fault in outlook.faults] == [
        (2, "number_missing"), (3, "name_missing"), (4, "role_missing"), (5, "scope_of_no_use"),
        (6, "college_misspelt"), (7, "email_misfit"), (8, "number_of_a_student"), (10, "row_twice"),
        (11, "two_names"),
    ]  # fmt: skip
    near = next(fault.reason for fault in outlook.faults if fault.reason.code == "college_misspelt")
    assert "测试学院" in near.says and near.remedy


def test_an_officer_is_of_a_college_that_records_name(world: World) -> None:
    """Before a roster was taken in no name can be checked, and that is said; afterwards it is refused."""
    plan = one("S1", "张三丰", ("officer", "没有这个学院"))
    with world.place.store.reading() as session:
        outlook = plan.outlook(session, world.place.cipher, world.clock.moment, OFFICES)
    assert (outlook.faults, outlook.scopes_checked) == ((), False)
    world.record()
    assert refused(world, plan) in (["college_unknown"], ["college_misspelt"])


def test_who_is_gone_is_listed_and_ends_only_when_asked(world: World) -> None:
    """A role that the file does not name stays, unless the box is ticked; then it ends and is told."""
    everybody = roles_held(world)
    plan, _ = plan_of("S1,测试系统管理员,系统管理员,,,")
    with world.place.store.reading() as session:
        outlook = plan.outlook(session, world.place.cipher, world.clock.moment, OFFICES)
    assert {(one.name, one.held.role, one.held.scope.college) for one in outlook.gone} == {
        one for one in everybody if one[1] != "administrator"
    }
    submitted(world, plan, BY_OPERATOR)
    assert roles_held(world) == everybody
    ending, _ = plan_of("S1,测试系统管理员,系统管理员,,,", ends_gone=True)
    submitted(world, ending, BY_OPERATOR)
    assert roles_held(world) == {("测试系统管理员", "administrator", "")}
    with world.place.store.reading() as session:
        told = session.scalar(select(func.count()).where(Notice.event == "role_ended"))
    assert told == len(everybody) - 1


def test_a_file_gives_numbers_to_those_who_had_none(world: World) -> None:
    """Who is the only one of that name keeps their account; two of one name are not guessed at."""
    with world.place.store.writing() as session:
        assert {name for _, name in without_number(session)} >= {"测试审核人", "测试审计员"}
        add_person(session, "测试审核人", "reviewer", "", "system", world.clock.moment, world.place.entropy)
    plan, _ = plan_of("S1,测试审计员,审计员,,,")
    submitted(world, plan, BY_OPERATOR)
    with world.place.store.reading() as session:
        account = account_of(session, "S1")
        assert account is not None and account.person == world.staff["auditor"].person
    plan, _ = plan_of("S2,测试审核人,审核人,,,")
    assert refused(world, plan) == ["several_of_that_name"]


def test_a_number_is_one_persons_and_no_students(world: World) -> None:
    """The operator gives it; another's, a student's or a misfit is refused with its reason."""
    world.record()
    at = world.clock.moment
    reviewer, auditor = world.staff["reviewer"].person, world.staff["auditor"].person
    with world.place.store.writing() as session:
        give_number(session, reviewer, "20010001", at)
    for number, code in (
        ("20010001", "number_taken"), ("240100001", "number_of_a_student"),
        ("24360000000001", "number_of_a_student"), ("工号", "number_missing"),
    ):  # fmt: skip
        with pytest.raises(Refused) as no, world.place.store.writing() as session:
            give_number(session, auditor, number, at)
        assert no.value.codes == (code,)


def test_a_new_members_code_goes_to_their_address_and_nowhere_else(world: World) -> None:
    """Who is added with a vouched address gets one code of the kind that is sent; without one, none is made."""
    done = submitted(
        world, one("S1", "张三丰", ("reviewer", ""), email="zhang@school.example"), BY_OPERATOR
    ).done
    none = submitted(world, one("S2", "李四", ("reviewer", "")), BY_OPERATOR).done
    assert done is not None and none is not None
    assert (done.codes, none.codes, none.unreached) == (1, 0, none.people)
    with world.place.store.reading() as session:
        code = session.scalars(select(SignInCode)).one()
        address = session.scalars(select(Address)).one()
        assert (code.kind, code.person_id, code.address_id) == ("message", done.people[0], address.id)
        assert address.vouched
        typed = world.place.cipher.code(code.id)
        found = find_code(
            session, world.place.cipher, done.people[0], typed, world.clock.moment, ("message",)
        )
        assert found is not None and found.person == done.people[0]


# -- written down and told ------------------------------------------------------------------------------


def test_every_grant_and_every_end_has_its_line(world: World) -> None:
    """Over a walk of all the acts, the lines number the grants made and ended, and each names who did it."""
    first, second, at = world.staff["administrator"], second_administrator(world), world.clock.moment
    world.record()
    id = submitted(
        world, plan_of("S1,张三丰,审核人,,,", "S1,张三丰,复核人,,,", "S2,李四,审计员,,,")[0], first
    ).proposal
    confirmed(world, id, second)
    with world.place.store.writing() as session:
        account = account_of(session, "S1")
        assert account is not None
        end_office(session, world.place.entropy, first, account.person, "reviewer", at)
    with world.place.store.writing() as session:
        close(session, world.place.entropy, second, account.person, at)
        link_for_staff(session, world.place.entropy, world.staff["auditor"].person, at)
    ending, _ = plan_of("A2,二号管理员,系统管理员,,,", ends_gone=True)
    submitted(world, ending, BY_OPERATOR)
    lines, acts = lines_and_grants(world)
    assert lines == acts
    with world.place.store.reading() as session:
        said = session.execute(select(Access.person_id, Access.role, Access.what).order_by(Access.id)).all()
        assert {row.person_id for row in said} == {first.person, second.person, "operator"}
        assert {row.role for row in said if row.person_id == "operator"} == {"system"}
        whats = {row.what for row in said}
        assert {"grant:reviewer", "grant_end:reviewer", "closed", "link", "staff_confirmed"} <= whats
        told = set(session.scalars(select(Notice.event)))
    assert told >= {"role_given", "role_ended", "account_closed", "link_made"}
