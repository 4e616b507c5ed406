"""Policy versions: which one is in force when, each known by its digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from config.calendar import first_moment
from config.forms import CollegeForm
from config.guide.words import Guide
from config.letters import Correspondence
from config.notice import SchoolNotice
from config.policy import PrivacyNotice, School, kept_school
from config.policy.words import Periods
from config.profile import Profile
from config.sentences import SentenceKept
from workflow.cases.facts import CaseFacts
from workflow.history.rulebook import text_of


@dataclass(frozen=True, slots=True)
class Rules:
    """One policy version."""

    school: School

    @property
    def digest(self) -> str:
        """The digest by which an Entry names this version."""
        return self.school.digest

    @property
    def text(self) -> bytes:
        """The canonical bytes that the Rulebook stores."""
        return self.school.text

    @property
    def slug(self) -> str:
        """The school's short name."""
        return self.school.slug

    @property
    def periods(self) -> Periods:
        """The policy's periods."""
        return self.school.policy.periods


class UnknownRules(LookupError):
    """An entry or a case names a policy version that the Rulebook does not have."""


class SchoolRules:
    """The policy versions of one school, each with its start. ``texts`` are in load order.

    A version is in force from ``valid_from`` (or its load time, if later) until the next one starts. A
    version superseded before its start never takes effect. The first version also judges earlier dates.
    ``replaced`` is the text that this start of the program has put another one in the place of, if it has.
    """

    def __init__(self, texts: Sequence[tuple[datetime, School]], replaced: School | None = None) -> None:
        self.replaced = replaced
        self._known = {school.digest: Rules(school) for _, school in texts}
        self._since = [(_begins(at, school), self._known[school.digest]) for at, school in texts]

    def in_force(self, at: datetime) -> Rules:
        """The version that judges a filing at that moment."""
        begun = (rules for since, rules in reversed(self._since) if since <= at)
        return next(begun, self._since[0][1])

    def from_to(self, since: datetime, until: datetime | None = None) -> tuple[tuple[datetime, Rules], ...]:
        """The versions in force from one moment to another, each with its first moment."""
        later = sorted({at for at, _ in self._since if at > since and (until is None or at <= until)})
        found = [(since, self.in_force(since))]
        for at in later:
            if (rules := self.in_force(at)) is not found[-1][1]:
                found.append((at, rules))
        return tuple(found)

    def named(self, session: Session, digest: str) -> Rules:
        """The version with that digest, also if another process loaded it. Raises UnknownRules."""
        if digest not in self._known:
            text = text_of(session, digest)
            if text is None or not text.holds or text.kind != "policy":
                raise UnknownRules(digest)
            self._known[digest] = Rules(kept_school(text.text))
        return self._known[digest]

    @property
    def in_hand(self) -> tuple[Rules, ...]:
        """Every version that this process has read."""
        return tuple(self._known.values())

    def judging(self, session: Session, case: CaseFacts, at: datetime) -> Rules:
        """The version that judges a case: that of its filing, or the one in force while nothing is filed."""
        return self.named(session, case.policy) if case.policy else self.in_force(at)

    @property
    def loaded_last(self) -> School:
        """The school of the folder loaded last, whether or not its rules are in force yet."""
        return self._since[-1][1].school

    @property
    def privacy(self) -> PrivacyNotice:
        """The privacy notice in force: that of the folder loaded last, from when it was loaded."""
        return self._since[-1][1].school.privacy

    @property
    def guide(self) -> Guide | None:
        """The guide to the platform, of the folder loaded last. None if it has none."""
        return self._since[-1][1].school.guide

    @property
    def first_profile(self) -> Profile | None:
        """The first filling of the school's profile, of the folder loaded last. None if it has none."""
        return self._since[-1][1].school.profile

    @property
    def sentences(self) -> tuple[SentenceKept, ...]:
        """The school's kept sentences, of the folder loaded last."""
        return self._since[-1][1].school.sentences

    @property
    def letters(self) -> Correspondence:
        """What the school's letters to others need, of the folder loaded last."""
        return self._since[-1][1].school.letters

    @property
    def forms(self) -> tuple[CollegeForm, ...]:
        """The forms that colleges print and return, of the folder loaded last."""
        return self._since[-1][1].school.forms

    @property
    def notice(self) -> SchoolNotice | None:
        """The school's notice of the folder loaded last. None if it has none."""
        return self._since[-1][1].school.notice

    def latest_first(self) -> tuple[Rules, ...]:
        """Every version once, the last loaded first."""
        return tuple({rules.digest: rules for _, rules in reversed(self._since)}.values())


def _begins(loaded_at: datetime, school: School) -> datetime:
    return max(loaded_at, first_moment(school.policy.valid_from))
