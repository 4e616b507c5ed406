"""What a rule's ``when`` can say: of the question, of one of its claims, or of the moment.

To extend the vocabulary, add a class and spell it in ``PREDICATES``. A predicate that depends on the moment
has to say when it turns (``Turning``) or during which stretches it holds (``During``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from types import MappingProxyType
from typing import Any

from config.calendar import end_of, first_moment, last_moment, start_of
from config.policy.asked import MOMENTS, Asked, Unknown
from config.policy.change import PARTS, changed_parts
from config.policy.question import ClaimAsked
from config.policy.windows import (
    SECOND,
    Spans,
    Stretch,
    Yearly,
    months_after,
    months_before,
    spans_of_months,
)
from config.policy.words import (
    CAMPAIGN_KINDS,
    COLUMNS,
    DUTIES,
    PROVINCES,
    STANDINGS,
    FieldWords,
    Statuses,
    Window,
)

# -- of the question ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatusIn:
    """The enrolment status is one of these, or with ``inside`` False none of them."""

    statuses: frozenset[str]
    inside: bool = True

    def holds(self, asked: Asked) -> bool:
        """Whether the student is one of those."""
        return (asked.status in self.statuses) == self.inside


@dataclass(frozen=True, slots=True)
class CategoryIn:
    """The student's level (CC) is one of these, or with ``inside`` False none of them."""

    levels: frozenset[str]
    inside: bool = True

    def holds(self, asked: Asked) -> bool:
        """Whether the student is one of those."""
        return (asked.category in self.levels) == self.inside


@dataclass(frozen=True, slots=True)
class OriginIn:
    """The student was admitted from one of these provinces, or with ``inside`` False from none of them."""

    provinces: frozenset[str]
    inside: bool = True

    def holds(self, asked: Asked) -> bool:
        """Whether the student is from there."""
        return (asked.origin_province in self.provinces) == self.inside


@dataclass(frozen=True, slots=True)
class FiledBy:
    """Somebody files who has one of these roles or duties, or with ``inside`` False none of them."""

    duties: frozenset[str]
    inside: bool = True

    def holds(self, asked: Asked) -> bool:
        """Whether such a person files."""
        return (asked.question.filed_by in self.duties) == self.inside


@dataclass(frozen=True, slots=True)
class DayReached:
    """The student's day of entry or graduation is that day or later, or with ``later`` False earlier."""

    attribute: str
    day: date
    later: bool

    def holds(self, asked: Asked) -> bool:
        """Whether the student's day lies there."""
        known: date | None = getattr(asked.student, self.attribute)
        if known is None:
            raise Unknown(f"student.{self.attribute}")
        return (known >= self.day) == self.later


@dataclass(frozen=True, slots=True)
class Without:
    """The student's record does not have that moment."""

    moment: str

    def holds(self, asked: Asked) -> bool:
        """Whether the moment is lacking."""
        return MOMENTS[self.moment](asked) is None


@dataclass(frozen=True, slots=True)
class FinalCheckAhead:
    """The final check ends more than so many months before the expected graduation date."""

    months: int

    def holds(self, asked: Asked) -> bool:
        """Whether it ends that early."""
        check = asked.check
        return check.closes.date() < months_before(check.expected_graduation, self.months)


@dataclass(frozen=True, slots=True)
class ClaimedAny:
    """Something is claimed, and one of these groups of fields is, now or in another open request."""

    groups: frozenset[str]

    def holds(self, asked: Asked) -> bool:
        """Whether one of them is."""
        return bool(asked.claimed) and not self.groups.isdisjoint(asked.claimed | asked.pending)


@dataclass(frozen=True, slots=True)
class ClaimedAll:
    """All these groups of fields are claimed, in this request and the person's other open ones together.

    At least one of them is claimed now: what the others have done already is not held against a new claim.
    """

    groups: frozenset[str]

    def holds(self, asked: Asked) -> bool:
        """Whether all of them are."""
        return not self.groups.isdisjoint(asked.claimed) and self.groups <= asked.claimed | asked.pending


@dataclass(frozen=True, slots=True)
class ClaimedOver:
    """More than so many groups of fields are claimed, the person's other open requests included."""

    count: int

    def holds(self, asked: Asked) -> bool:
        """Whether there are more."""
        return bool(asked.claimed) and len(asked.claimed | asked.pending) > self.count


# -- of a claim -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldIn:
    """The claim names one of these columns, or with ``inside`` False none of them."""

    fields: frozenset[str]
    inside: bool = True

    def holds(self, claim: ClaimAsked, asked: Asked) -> bool:
        """Whether the claim is about one of those."""
        return (claim.field in self.fields) == self.inside


@dataclass(frozen=True, slots=True)
class CauseIn:
    """The claim gives one of these causes."""

    causes: frozenset[str]

    def holds(self, claim: ClaimAsked, asked: Asked) -> bool:
        """Whether the claim's cause is one of those."""
        return claim.cause in self.causes


@dataclass(frozen=True, slots=True)
class VariantIn:
    """The claim names one of these circumstances."""

    variants: frozenset[str]

    def holds(self, claim: ClaimAsked, asked: Asked) -> bool:
        """Whether the claim's circumstance is one of those."""
        return claim.variant in self.variants


@dataclass(frozen=True, slots=True)
class CauseFits:
    """The claim's cause is, or is not, one that the school lists for the field."""

    fitting: frozenset[tuple[str, str]]
    fits: bool

    def holds(self, claim: ClaimAsked, asked: Asked) -> bool:
        """Whether field and cause go together as said."""
        return ((claim.field, claim.cause) in self.fitting) == self.fits


@dataclass(frozen=True, slots=True)
class Changed:
    """Old and new value differ in one of these parts."""

    parts: frozenset[str]

    def holds(self, claim: ClaimAsked, asked: Asked) -> bool:
        """Whether they do; raises Unknown without both values."""
        if claim.old is None or claim.new is None:
            raise Unknown(f"{asked.place_of(claim)}.{'old' if claim.old is None else 'new'}")
        return not self.parts.isdisjoint(changed_parts(claim.field, claim.old, claim.new))


@dataclass(frozen=True, slots=True)
class EventReached:
    """The day on the evidence is that of a moment or later, or with ``later`` False earlier.

    Where the record does not have the moment it is neither. Raises Unknown without a day.
    """

    moment: str
    later: bool

    def holds(self, claim: ClaimAsked, asked: Asked) -> bool:
        """Whether the day lies there."""
        if claim.event_date is None:
            raise Unknown(f"{asked.place_of(claim)}.event_date")
        turn = MOMENTS[self.moment](asked)
        return turn is not None and (start_of(claim.event_date) >= start_of(turn.date())) == self.later


@dataclass(frozen=True, slots=True)
class CorrectedTimes:
    """The field, or another of its group, was corrected at least so many times before."""

    times: int

    def holds(self, claim: ClaimAsked, asked: Asked) -> bool:
        """Whether it was."""
        groups = asked.terms.groups
        group = groups.get(claim.field, claim.field)
        done = [
            one
            for one in asked.question.done_requests
            if one.state == "corrected" and any(groups.get(field, field) == group for field in one.fields)
        ]
        return len(done) >= self.times


# -- of the moment --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turning:
    """A moment has come (``come``) or has not; it never holds where the record does not have the moment."""

    moment: str
    come: bool

    def turn(self, asked: Asked) -> datetime | None:
        """The second from which on the moment has come."""
        return MOMENTS[self.moment](asked)


@dataclass(frozen=True, slots=True)
class WithinWindows:
    """It is within one of these windows, or with ``inside`` False within none of them."""

    windows: tuple[Window, ...]
    inside: bool

    def spans(self, asked: Asked) -> Spans:
        """All their stretches."""
        stretches = [one for window in self.windows for one in stretches_of(window, asked)]
        yearly = tuple(one for window in self.windows for one in yearly_of(window))
        return Spans(tuple(stretches), yearly, self.inside)


@dataclass(frozen=True, slots=True)
class WithinCampaigns:
    """A campaign of one of these kinds, which takes in the student, runs; or with ``inside`` False none."""

    kinds: frozenset[str]
    inside: bool

    def spans(self, asked: Asked) -> Spans:
        """The windows of those campaigns."""
        stretches = tuple(
            (first_moment(one.opens), last_moment(one.closes) + SECOND)
            for one in asked.question.campaigns
            if one.kind in self.kinds
        )
        return Spans(stretches, (), self.inside)


@dataclass(frozen=True, slots=True)
class StudyYear:
    """The student is in one of these years of study; each begins on the anniversary of the day of entry."""

    years: tuple[int, ...]

    def spans(self, asked: Asked) -> Spans:
        """Those years; raises Unknown without a day of entry."""
        day = asked.student.entry_date
        if day is None:
            raise Unknown("student.entry_date")
        return Spans(
            tuple(
                (start_of(months_after(day, 12 * (year - 1))), start_of(months_after(day, 12 * year)))
                for year in self.years
            )
        )


def stretches_of(window: Window, asked: Asked) -> list[Stretch]:
    """When a window lies by the student's own moments or on days of one year; nothing where it is not."""
    if window.opens is not None or window.closes is not None:
        return [(window.opens, None if window.closes is None else window.closes + SECOND)]
    return [] if window.after is None and window.until is None else _by_moments(window, asked)


def _by_moments(window: Window, asked: Asked) -> list[Stretch]:
    """The stretch that begins or ends with one of the student's moments; none where that never comes."""
    opens = MOMENTS[window.after](asked) if window.after else None
    over = MOMENTS[window.until](asked) if window.until else None
    if opens is None and window.after:
        return []
    if over is None and window.until and not window.after:
        return []
    opens, over = _as_long_as_said(window, opens, over)
    return [(opens, over)] if opens is None or over is None or opens < over else []


def _as_long_as_said(window: Window, opens: datetime | None, over: datetime | None) -> Stretch:
    """The stretch between two moments, or where the window has a length, that long after or before one."""
    if (window.for_months or window.for_days) and opens is not None:
        return opens, _moved(opens, window, 1)
    if (window.for_months or window.for_days) and over is not None:
        return _moved(over, window, -1), over
    return opens, over


def yearly_of(window: Window) -> tuple[Yearly, ...]:
    """When a window lies in every year; nothing where it does not."""
    if window.months:
        return spans_of_months(window.months)
    if window.first is None or window.last is None:
        return ()
    return (Yearly(window.first, window.last, window.last_at or end_of(date.min).time()),)


def _moved(moment: datetime, window: Window, sign: int) -> datetime:
    day = months_after(moment.date(), sign * window.for_months) + timedelta(days=sign * window.for_days)
    return datetime.combine(day, moment.time(), moment.tzinfo)


OfQuestion = (
    StatusIn
    | CategoryIn
    | OriginIn
    | FiledBy
    | DayReached
    | Without
    | FinalCheckAhead
    | ClaimedAny
    | ClaimedAll
    | ClaimedOver
)
OfClaim = FieldIn | CauseIn | VariantIn | CauseFits | Changed | EventReached | CorrectedTimes
During = WithinWindows | WithinCampaigns | StudyYear
Predicate = OfQuestion | OfClaim | Turning | During

BY_NAMES = (FieldIn, CauseIn, VariantIn, CauseFits)
"""Of a claim only its field, cause and circumstance matter to these: names that the school has listed."""
BY_STANDING = (StatusIn, FiledBy)
"""Of a question only the enrolment status and who files matter to these."""


# -- how they are written -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lists:
    """What a predicate may need of the school's lists when it is made."""

    statuses: Statuses
    fields: tuple[FieldWords, ...]
    causes: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    windows: Mapping[str, Window] = field(default_factory=dict)

    def standing(self, name: str) -> StatusIn:
        """Those whose enrolment status stands in that list, or for ``other`` in none."""
        lists = {
            "enrolled": self.statuses.enrolled,
            "retained": self.statuses.retained,
            "left": self.statuses.left,
        }
        if name in lists:
            return StatusIn(frozenset(lists[name]))
        return StatusIn(frozenset(chain.from_iterable(lists.values())), inside=False)

    def claimable(self, yes: bool) -> FieldIn:
        """The fields that the school's students can claim to be wrong, or all others."""
        return FieldIn(frozenset(one.code for one in self.fields if one.claimable), inside=yes)

    def cause_fits(self, yes: bool) -> CauseFits:
        """The causes that the school lists for each field, or all others."""
        return CauseFits(
            frozenset((one.code, cause) for one in self.fields for cause in one.causes), fits=yes
        )

    def within(self, names: tuple[str, ...], inside: bool) -> WithinWindows:
        """Those windows, or all other time."""
        return WithinWindows(tuple(self.windows[name] for name in names), inside)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the school's fields; any other column is its own. None if no field could be read."""
        if not self.fields:
            return ()
        own = {one.group for one in self.fields}
        taken = {one.code for one in self.fields}
        return (*sorted(own), *(column for column in COLUMNS if column not in taken | own))


def anything(lists: Lists) -> Collection[str]:
    """The names of a predicate that may name what it likes."""
    return ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a predicate is written: the type of its value, among which names, and what it makes.

    ``listed``: a name that is in no list is a fault even if the school has no such list at all.
    """

    takes: Any
    among: Callable[[Lists], Collection[str]]
    make: Callable[[Any, Lists], Predicate]
    listed: bool = False


NAMES = tuple[str, ...]


def _among(names: Collection[str]) -> Callable[[Lists], Collection[str]]:
    return lambda lists: names


PREDICATES: Mapping[str, Spelling] = MappingProxyType(
    {
        "standing": Spelling(str, _among(STANDINGS), lambda name, lists: lists.standing(name)),
        "status": Spelling(NAMES, anything, lambda names, lists: StatusIn(frozenset(names))),
        "category": Spelling(NAMES, anything, lambda names, lists: CategoryIn(frozenset(names))),
        "category_other_than": Spelling(
            NAMES, anything, lambda names, lists: CategoryIn(frozenset(names), inside=False)
        ),
        "origin_province": Spelling(
            NAMES, _among(PROVINCES), lambda names, lists: OriginIn(frozenset(names))
        ),
        "origin_province_other_than": Spelling(
            NAMES, _among(PROVINCES), lambda names, lists: OriginIn(frozenset(names), inside=False)
        ),
        "filed_by": Spelling(NAMES, _among(DUTIES), lambda names, lists: FiledBy(frozenset(names))),
        "filed_by_other_than": Spelling(
            NAMES, _among(DUTIES), lambda names, lists: FiledBy(frozenset(names), inside=False)
        ),
        "entered_since": Spelling(
            date, anything, lambda day, lists: DayReached("entry_date", day, later=True)
        ),
        "entered_before": Spelling(
            date, anything, lambda day, lists: DayReached("entry_date", day, later=False)
        ),
        "graduates_since": Spelling(
            date, anything, lambda day, lists: DayReached("expected_graduation", day, later=True)
        ),
        "graduates_before": Spelling(
            date, anything, lambda day, lists: DayReached("expected_graduation", day, later=False)
        ),
        "without": Spelling(str, _among(MOMENTS), lambda moment, lists: Without(moment)),
        "final_check_months_ahead": Spelling(int, anything, lambda months, lists: FinalCheckAhead(months)),
        "fields_any": Spelling(
            NAMES, lambda lists: lists.groups, lambda names, lists: ClaimedAny(frozenset(names))
        ),
        "fields_all": Spelling(
            NAMES, lambda lists: lists.groups, lambda names, lists: ClaimedAll(frozenset(names))
        ),
        "fields_over": Spelling(int, anything, lambda count, lists: ClaimedOver(count)),
        "field": Spelling(NAMES, _among(COLUMNS), lambda names, lists: FieldIn(frozenset(names))),
        "cause": Spelling(NAMES, lambda lists: lists.causes, lambda names, lists: CauseIn(frozenset(names))),
        "variant": Spelling(
            NAMES, lambda lists: lists.variants, lambda names, lists: VariantIn(frozenset(names)), listed=True
        ),
        "claimable": Spelling(bool, anything, lambda yes, lists: lists.claimable(yes)),
        "cause_fits": Spelling(bool, anything, lambda yes, lists: lists.cause_fits(yes)),
        "changed": Spelling(NAMES, _among(PARTS), lambda names, lists: Changed(frozenset(names))),
        "event_before": Spelling(
            str, _among(MOMENTS), lambda moment, lists: EventReached(moment, later=False)
        ),
        "event_since": Spelling(str, _among(MOMENTS), lambda moment, lists: EventReached(moment, later=True)),
        "corrected_times": Spelling(int, anything, lambda times, lists: CorrectedTimes(times)),
        "before": Spelling(str, _among(MOMENTS), lambda moment, lists: Turning(moment, come=False)),
        "since": Spelling(str, _among(MOMENTS), lambda moment, lists: Turning(moment, come=True)),
        "inside": Spelling(
            NAMES,
            lambda lists: lists.windows,
            lambda names, lists: lists.within(names, inside=True),
            listed=True,
        ),
        "outside": Spelling(
            NAMES,
            lambda lists: lists.windows,
            lambda names, lists: lists.within(names, inside=False),
            listed=True,
        ),
        "in_campaign": Spelling(
            NAMES, _among(CAMPAIGN_KINDS), lambda kinds, lists: WithinCampaigns(frozenset(kinds), inside=True)
        ),
        "out_of_campaign": Spelling(
            NAMES,
            _among(CAMPAIGN_KINDS),
            lambda kinds, lists: WithinCampaigns(frozenset(kinds), inside=False),
        ),
        "study_year": Spelling(tuple[int, ...], anything, lambda years, lists: StudyYear(years)),
    }
)
"""What may stand in a rule's ``when``."""
