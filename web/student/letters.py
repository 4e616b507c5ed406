"""What a student reads where there is no letter: the receipt, or a decision of before there were any."""

from __future__ import annotations

from dataclasses import replace

from config.profile import Profile
from web.shared.cases.letters import RECEIPT
from web.shared.security import place
from web.student.story import Story
from workflow.cases.letters import facts_of
from workflow.history.codes import LAPSED
from workflow.letters.facts import LetterFacts


def without_a_letter(story: Story, sender: Profile) -> tuple[LetterFacts, str]:
    """What is shown where no letter was given: the receipt, or a decision of before there were letters."""
    case = story.case.facts
    decided = case.decided_at if story.case.told else None
    words = {it.claim.id: it.words for it in story.matters}
    at = decided or case.filed_at or story.mine.at
    names = {case.proxy: story.case.proxy, case.proxy_for: story.case.proxy_for}
    facts = facts_of(place().cipher, story.mine.whole.values, case, words, at=at, sender=sender, names=names)
    if decided is None:
        return facts, RECEIPT
    said = replace(facts, words=story.words, replies=story.replies, dispute_until=story.dispute_until)
    return said, "termination" if story.ending and story.ending.kind == LAPSED else "decision"
