"""One case, driven at random by everybody at once, against a table written by hand from the design."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, update

from config.policy import School
from config.settings import Settings
from tests.conftest import APPLICATION, BOTH, CHECK_DAY, nchu_folder
from tests.throwaway_postgres import ThrowawayPostgres
from tests.world import NAME, World
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Case, Claim
from workflow.clock import SetClock
from workflow.engine import SYSTEM, Actor, Ref
from workflow.history.entry import Entry
from workflow.history.replay import verify
from workflow.history.tables import EntryRow
from workflow.notices.tables import Notice
from workflow.people.cipher import Cipher
from workflow.records.tables import Record
from workflow.store import Store
from workflow.upkeep.installation import assemble, keep_rules
from workflow.verdict import Refused

# The model: where each action leads from each state. Anything else must be refused.
LEADS = {
    ("not_checked", "confirm"): "checked_ok", ("checked_ok", "recheck"): "not_checked",
    ("not_checked", "raise"): "discrepancy_raised", ("checked_ok", "raise"): "discrepancy_raised",
    ("discrepancy_raised", "withdraw"): "not_checked", ("under_review", "withdraw"): "not_checked",
    ("discrepancy_raised", "take_up"): "under_review", ("under_review", "settle"): "under_review",
    ("under_review", "lapse_rest"): "under_review", ("under_review", "hold"): "under_review", ("under_review", "release"): "under_review",
    ("under_review", "hand_over"): "under_review",
    ("under_review", "correct"): "corrected", ("under_review", "reject"): "rejected",
    ("discrepancy_raised", "lapse"): "rejected", ("under_review", "lapse"): "rejected",
    ("corrected", "dispute"): "under_review", ("corrected", "reopen"): "under_review",
    ("rejected", "reopen"): "under_review", ("corrected", "undo"): "under_review",
    ("rejected", "undo"): "under_review", ("not_checked", "exclude"): "not_checked",
    ("checked_ok", "exclude"): "checked_ok", ("not_checked", "include"): "not_checked",
    ("checked_ok", "include"): "checked_ok",
}  # fmt: skip
CLAIMS = (NAME, ClaimFiled("XH", "school_data", "240199999"), ClaimFiled("PHOTO", "photo", ""))
ACTIONS = sorted({action for _, action in LEADS})
WITH_WORDS = ("correct", "reject", "dispute", "reopen", "exclude", "include")
OUTCOMES = st.sampled_from(["corrected", "refused", "already_right"])


class OneCase(RuleBasedStateMachine):
    """Students, reviewers, the registrar, the system and the clock, in random order."""

    opened: Callable[[], Any]

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.world: World = self.stack.enter_context(self.opened())
        self.record = self.world.record()
        self.world.open_campaign()
        self.case = self.world.case_of(self.record)
        self.student = self.world.student(self.record)
        self.state, self.version = "not_checked", 1

    def teardown(self) -> None:
        self.stack.close()

    def attempt(self, action: str, by: Actor, **details: Any) -> None:
        """Perform, or be refused, as the model says. A refusal changes nothing."""
        leads = LEADS.get((self.state, action))
        try:
            entry = self.world.do(self.case, action, by, **details)
        except Refused as no:
            assert no.codes
            assert no.verdict.stranger or ("wrong_state" in no.codes) == (leads is None)
        else:
            assert leads is not None
            assert entry.target == leads
            self.state, self.version = leads, self.version + 1
        self.all_agrees()

    @rule(dice=st.integers(0, 2**32))
    def what_the_state_invites(self, dice: int) -> None:
        """Ten times, a person whose turn it is does a possible action with all that it needs."""
        thrown = random.Random(dice)
        for _ in range(10):
            possible = sorted(action for state, action in LEADS if state == self.state)
            action = thrown.choice(possible)
            claims = set(thrown.sample(CLAIMS, thrown.randint(1, len(CLAIMS))))
            outcome = thrown.choice(["corrected", "refused", "already_right"])
            if action in ("correct", "reject"):
                for n in range(len(self.world.case(self.case).claims)):
                    settled = self.handed_in("settle", claims, outcome, n)
                    self.attempt("settle", self.world.staff["reviewer"], **settled)
            handed_in = self.handed_in(action, claims, outcome, thrown.randrange(3))
            self.attempt(action, self.whose(action), **handed_in)

    @rule(
        action=st.sampled_from(ACTIONS), claims=st.sets(st.sampled_from(CLAIMS)), outcome=OUTCOMES,
        who=st.sampled_from(["whose it is", "other_reviewer", "auditor", "administrator", "officer"]),
    )  # fmt: skip
    def whatever_comes_to_mind(self, action: str, claims: set[ClaimFiled], outcome: str, who: str) -> None:
        """Anyone tries any action, with any details."""
        by = self.whose(action) if who == "whose it is" else self.world.staff[who]
        self.attempt(action, by, **self.handed_in(action, claims, outcome, 0))

    def whose(self, action: str) -> Actor:
        """A person with a role of the action."""
        if action in ("raise", "confirm", "withdraw", "dispute"):
            return self.student
        if action in ("recheck", "lapse", "lapse_rest"):
            return SYSTEM
        staff = {"reopen": "second_reviewer", "exclude": "registrar", "include": "registrar"}
        return self.world.staff[staff.get(action, "reviewer")]

    def handed_in(self, action: str, claims: set[ClaimFiled], outcome: str, n: int) -> dict[str, Any]:
        """The details that the form of an action sends."""
        if action == "raise":
            filed = tuple(sorted(claims, key=lambda claim: claim.field))
            return {"claims": filed, "papers": (self.world.paper(self.record),) if filed else ()}
        if action == "settle":
            standing = self.world.case(self.case).claims
            claim = standing[n % len(standing)].id if standing else "0" * 32
            seen = self.world.clock.moment.date()
            return {"claim": claim, "outcome": outcome, "seen_on": seen, "words": "看过"}
        if action == "hand_over":
            return {"to": self.world.staff["other_reviewer"].person}
        words = {"words": "看过"} if action in WITH_WORDS else {}
        return words | ({"refusal": "record_is_right"} if action == "reject" else {})

    @rule(status=st.sampled_from(["注册学籍", "注册学籍", "退学"]))
    def an_import(self, status: str) -> None:
        with self.world.place.store.writing() as session:
            session.execute(update(Record).where(Record.id == self.record).values(xjzt=status))

    @rule(
        wait=st.sampled_from([timedelta(0), timedelta(minutes=9), timedelta(minutes=31), timedelta(days=3)])
    )
    def time_passes(self, wait: timedelta) -> None:
        self.world.at(self.world.clock.moment + wait)

    @precondition(lambda self: self.state not in ("discrepancy_raised", "under_review"))
    @rule()
    def another_case_of_the_same_record(self) -> None:
        """Another filing of the same record. From now on newer claims may block actions."""
        with self.world.place.store.reading() as session:
            if session.scalar(select(func.count()).where(Claim.ended_at.is_(None))):
                return
        try:
            own = self.world.do(Ref("case"), "open", SYSTEM, record=self.record, campaign=None).subject
            papers = (self.world.paper(self.record),)
            claim = replace(NAME, new="测试庚")
            self.world.do(Ref("case", own), "raise", self.student, claims=(claim,), papers=papers)
        except Refused as no:
            assert set(no.codes) <= {"LEFT", "nothing_changes"}

    @invariant()
    def all_agrees(self) -> None:
        """What holds after every step."""
        self.the_row_is_where_the_model_is()
        self.a_record_has_one_open_claim_in_a_group()
        self.only_a_checked_case_has_a_manner()
        self.claims_are_open_while_the_case_is()
        self.a_standing_decision_is_owed_to_the_student_once()

    def the_row_is_where_the_model_is(self) -> None:
        row = self.world.row(self.case)
        assert (row.state, row.version) == (self.state, self.version)

    @invariant()
    def the_history_folds_to_the_present(self) -> None:
        tables = {name: binding.table for name, binding in self.world.place.engine.bindings.items()}
        with self.world.place.store.reading() as session:
            proof = verify(session, tables, self.world.place.cipher)
            rows = session.execute(
                select(EntryRow.number, EntryRow.body)
                .where(EntryRow.subject == self.case.id, EntryRow.kind == "done")
                .order_by(EntryRow.number)
            ).all()
        assert proof.holds, proof.faults
        assert [row.number for row in rows] == list(range(1, self.version + 1))
        state = "-"
        for entry in (Entry.from_body(row.body) for row in rows[1:]):
            state = LEADS[entry.origin, entry.action]
            assert entry.target == state

    def a_record_has_one_open_claim_in_a_group(self) -> None:
        with self.world.place.store.reading() as session:
            groups = session.execute(
                select(Claim.record_id, Claim.field_group, func.count())
                .where(Claim.ended_at.is_(None))
                .group_by(Claim.record_id, Claim.field_group)
            ).all()
        assert all(n == 1 for _, _, n in groups)

    def only_a_checked_case_has_a_manner(self) -> None:
        with self.world.place.store.reading() as session:
            for state, manner in session.execute(select(Case.state, Case.manner)):
                assert (manner == "confirmed") == (state == "checked_ok")
                assert manner in ("", "confirmed")

    def claims_are_open_while_the_case_is(self) -> None:
        claims = self.world.case(self.case).claims
        if self.state in ("discrepancy_raised", "under_review"):
            assert claims
            assert all(claim.ended_at is None for claim in claims)
        else:
            assert all(claim.ended_at is not None and claim.outcome for claim in claims)
        if self.state == "corrected":
            assert "corrected" in {claim.outcome for claim in claims}
        if self.state == "rejected":
            assert "corrected" not in {claim.outcome for claim in claims}

    def a_standing_decision_is_owed_to_the_student_once(self) -> None:
        with self.world.place.store.reading() as session:
            waiting = session.scalars(
                select(Notice.event).where(
                    Notice.subject == self.case.id,
                    Notice.event.in_(("decided_corrected", "decided_rejected")),
                    Notice.cancelled_at.is_(None),
                    Notice.due_at > self.world.clock.moment,
                )
            ).all()
        assert len(waiting) <= 1
        if waiting and self.state in ("corrected", "rejected"):
            assert waiting[0] in (f"decided_{self.state}",)


@pytest.mark.parametrize(("database", "examples"), [("sqlite", 12), ("postgresql", 2)])
def test_a_case_never_leaves_its_table(
    request: pytest.FixtureRequest, tmp_path: Path, nchu: School, cipher: Cipher, database: str, examples: int
) -> None:
    """Whatever everybody tries, in whatever order and at whatever time, state, history and claims agree."""
    assert database in BOTH
    numbers = iter(range(10_000))

    @contextmanager
    def opened() -> Iterator[World]:
        folder = tmp_path / str(next(numbers))
        (folder / "evidence").mkdir(parents=True)
        with ExitStack() as stack:
            if database == "sqlite":
                shutil.copy(request.getfixturevalue("sqlite_model"), folder / "kanwu.db")
                store = Store(f"sqlite:///{folder / 'kanwu.db'}")
            else:
                server: ThrowawayPostgres = request.getfixturevalue("postgres")
                name = server.clone("model")
                stack.callback(server.drop, name)
                store = Store(server.url(name, user=APPLICATION))
            stack.callback(store.close)
            clock = SetClock(CHECK_DAY)
            where = Settings(folder, store.url.render_as_string(hide_password=False), "", nchu_folder())
            rules = keep_rules(store, clock, nchu)
            place = assemble(where, store, cipher, rules, clock, random.Random(8).randbytes)
            yield World(place, clock)

    machine = type("OneCase", (OneCase,), {"opened": staticmethod(opened)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
