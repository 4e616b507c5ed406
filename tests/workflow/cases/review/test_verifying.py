"""What was verified of a case: originals seen and returned, registers, letters and people asked."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.laws import holds
from tests.world import NAME, World
from workflow.cases.review.verifying import VerificationFacts, verifications_read
from workflow.cases.views.belongings import belongings
from workflow.engine import Ref
from workflow.history.ledger import erase_openings
from workflow.history.replay import verify
from workflow.people.standing_in import declare

pytestmark = pytest.mark.one_database
SEEN, BACK = date(2024, 10, 23), date(2024, 10, 24)
PLANTED = "王五，招生办，称档案与原件一致"


@pytest.fixture
def case(world: World) -> Ref:
    """A case with a paper that the reviewer has taken up."""
    record = world.record()
    world.open_campaign()
    world.file(record, NAME)
    case = world.case_of(record)
    world.do(case, "take_up", world.staff["reviewer"])
    return case


def told(world: World, case: Ref) -> list[tuple[VerificationFacts, str, str]]:
    """What was verified, with its number and words."""
    with world.place.store.reading() as session:
        there = belongings(session, world.place.cipher, world.case(case))
        read = verifications_read(world.place.cipher, case.id, there.verified, there.sealed, {})
    return [(one.facts, one.number, one.words) for one in read]


@holds("verification_is_whole", "keep_verification")
def test_an_original_is_seen_by_somebody_on_a_day_and_goes_back_on_another(world: World, case: Ref) -> None:
    """The second act gives the day on which it went back, not before it was seen; each entry has the codes and days."""
    reviewer, claim = world.staff["reviewer"], world.case(case).claims[0].id
    with world.place.store.reading() as session:
        (paper, *_more) = belongings(session, world.place.cipher, world.case(case)).papers
    world.at(world.clock.moment.replace(day=25))
    of: dict[str, Any] = {"claim": claim, "paper": paper.id, "how": "original"}
    assert world.may(case, "verify", reviewer, **of, returned_on=BACK).codes == ("nothing_to_return",)
    first = world.do(case, "verify", reviewer, **of, seen_on=BACK)
    early = world.may(case, "verify", reviewer, **of, returned_on=SEEN).codes
    assert early == ("returned_before_seen",)
    long = world.may(case, "verify", reviewer, **of, returned_on=BACK, words="字" * 501, number="1" * 65)
    assert long.codes == ("number_too_long", "words_too_long")
    back = world.do(case, "verify", reviewer, **of, returned_on=BACK)
    assert first.codes == ("verified:original", "verified_on:2024-10-24")
    assert back.codes == ("verified:original", "returned_on:2024-10-24")
    assert first.claims == (claim,) and first.evidence == (paper.digest,)
    ((facts, _number, _words),) = told(world, case)
    assert (facts.seen_on, facts.returned_on, facts.seen_by) == (BACK, BACK, reviewer.person)
    assert (facts.claim, facts.paper) == (claim, paper.id)


@holds("verification_is_whole", "keep_verification")
def test_how_something_was_verified_is_kept_by_commitment(world: World, case: Ref) -> None:
    """Number and words of a third person lie in no entry, and once erased are gone while the history verifies."""
    reviewer, claim = world.staff["reviewer"], world.case(case).claims[0].id

    def no(**said: Any) -> tuple[str, ...]:
        return world.may(case, "verify", reviewer, **said).codes

    assert no(how="letter", seen_on=SEEN) == ("nothing_verified", "number_missing")
    assert no(claim="0" * 32, how="guess") == ("no_such_claim", "how_missing")
    assert no(claim=claim, how="person", seen_on=date(2030, 1, 1)) == ("day_ahead", "source_missing")
    assert no(claim=claim, how="register", returned_on=SEEN) == (
        "day_missing",
        "source_missing",
        "no_original",
    )
    said = {"claim": claim, "how": "person", "number": "0791-1", "words": PLANTED, "seen_on": SEEN}
    entry = world.do(case, "verify", reviewer, **said)
    assert PLANTED not in entry.body.decode() and set(entry.values) == {"number", "found"}
    assert [one[1:] for one in told(world, case)] == [("0791-1", PLANTED)]
    with world.place.store.writing() as session:
        erase_openings(session, case.id)
        tables = {name: one.table for name, one in world.place.engine.bindings.items()}
        assert verify(session, tables, world.place.cipher).holds
    assert [one[1:] for one in told(world, case)] == [("", "")]
    record, other = world.case(case).record.id, world.staff["other_reviewer"]
    with world.place.store.writing() as session:
        declare(session, other, record, world.clock.moment, world.place.entropy)
    assert world.refused(case, "verify", other, **said).stranger
