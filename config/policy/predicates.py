"""The predicates of a rule's ``when``: on the question, on one of its claims, or on time.

To extend the vocabulary, add a class and name it in ``PREDICATES``. A predicate that depends on time must say
when it turns (``Turning``) or during which time spans it holds (``During``).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any

from config.calendar import end_of, first_moment, last_moment, start_of
from config.policy.asked import ENDINGS, MOMENTS, PolicyContext, Unknown
from config.policy.change import PARTS, changed_parts
from config.policy.question import ClaimAsked, DoneRequest
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

# -- on the question ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatusIn:
    """The enrolment status is one of these or, with ``inside`` False, none of them."""

    statuses: frozenset[str]
    inside: bool = True

    def holds(self, asked: PolicyContext) -> bool:
        """True if the status matches. Raises Unknown without one."""
        return (asked.text("enrolment_status") in self.statuses) == self.inside


@dataclass(frozen=True, slots=True)
class CategoryIn:
    """The student's level (CC) is one of these or, with ``inside`` False, none of them."""

    levels: frozenset[str]
    inside: bool = True

    def holds(self, asked: PolicyContext) -> bool:
        """True if the level matches. Raises Unknown without one."""
        return (asked.text("category") in self.levels) == self.inside


@dataclass(frozen=True, slots=True)
class OriginIn:
    """The student was admitted from one of these provinces or, with ``inside`` False, from none of them."""

    provinces: frozenset[str]
    inside: bool = True

    def holds(self, asked: PolicyContext) -> bool:
        """True if the province matches. Raises Unknown without one."""
        return (asked.text("origin_province") in self.provinces) == self.inside


@dataclass(frozen=True, slots=True)
class FiledBy:
    """The filing person has one of these roles or duties or, with ``inside`` False, none of them."""

    duties: frozenset[str]
    inside: bool = True

    def holds(self, asked: PolicyContext) -> bool:
        """True if the filing person matches."""
        return (asked.question.filed_by in self.duties) == self.inside


@dataclass(frozen=True, slots=True)
class DayReached:
    """The entry or graduation day is that day or later or, with ``later`` False, earlier."""

    attribute: str
    day: date
    later: bool

    def holds(self, asked: PolicyContext) -> bool:
        """True if the student's day matches. Raises Unknown without one."""
        return (asked.day(self.attribute) >= self.day) == self.later


@dataclass(frozen=True, slots=True)
class Without:
    """The student's record does not have that moment."""

    moment: str

    def holds(self, asked: PolicyContext) -> bool:
        """True if the moment is missing."""
        return MOMENTS[self.moment](asked) is None


@dataclass(frozen=True, slots=True)
class FinalCheckAhead:
    """The final check ends more than ``months`` months before the expected graduation date."""

    months: int

    def holds(self, asked: PolicyContext) -> bool:
        """True if it ends that early."""
        check = asked.check
        return check.closes.date() < months_before(check.expected_graduation, self.months)


@dataclass(frozen=True, slots=True)
class ClaimedAny:
    """At least one field is claimed, and one of these groups is, now or in another open request."""

    groups: frozenset[str]

    def holds(self, asked: PolicyContext) -> bool:
        """True if one of the groups is claimed."""
        return bool(asked.claimed) and not self.groups.isdisjoint(asked.claimed | asked.pending)


@dataclass(frozen=True, slots=True)
class ClaimedAll:
    """All these groups of fields are claimed, counting this request and the person's other open ones.

    At least one of them is claimed now: other requests alone do not count against a new claim.
    """

    groups: frozenset[str]

    def holds(self, asked: PolicyContext) -> bool:
        """True if all groups are claimed."""
        return not self.groups.isdisjoint(asked.claimed) and self.groups <= asked.claimed | asked.pending


@dataclass(frozen=True, slots=True)
class ClaimedOver:
    """More than ``count`` groups of fields are claimed, counting the person's other open requests."""

    count: int

    def holds(self, asked: PolicyContext) -> bool:
        """True if there are more."""
        return bool(asked.claimed) and len(asked.claimed | asked.pending) > self.count


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The check in question is confirmed or, with ``yes`` False, is not."""

    yes: bool

    def holds(self, asked: PolicyContext) -> bool:
        """True if that is so."""
        return (asked.question.confirmed_on is not None) == self.yes


@dataclass(frozen=True, slots=True)
class BlankAny:
    """The record has no value in at least one of these columns."""

    columns: tuple[str, ...]

    def holds(self, asked: PolicyContext) -> bool:
        """True if one of them is blank."""
        return any(column in asked.question.blank for column in self.columns)

    def found(self, asked: PolicyContext) -> list[str]:
        """The blank columns among these, in their order."""
        return [column for column in self.columns if column in asked.question.blank]


@dataclass(frozen=True, slots=True)
class Finished:
    """An earlier request of the same person on one of these groups of fields was corrected."""

    wanted: frozenset[str]

    def holds(self, asked: PolicyContext) -> bool:
        """True if there is one."""
        return bool(self.found(asked))

    def found(self, asked: PolicyContext) -> list[DoneRequest]:
        """Those requests, each with its fields of these groups alone."""
        groups, found = asked.terms.groups, []
        for one in asked.question.done_requests:
            fields = tuple([field for field in one.fields if groups.get(field, field) in self.wanted])
            if fields and one.state == "corrected":
                found.append(replace(one, fields=fields))
        return found


# -- on a claim -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldIn:
    """The claim names one of these columns or, with ``inside`` False, none of them."""

    fields: frozenset[str]
    inside: bool = True

    def holds(self, claim: ClaimAsked, asked: PolicyContext) -> bool:
        """True if the claim's field matches."""
        return (claim.field in self.fields) == self.inside


@dataclass(frozen=True, slots=True)
class CauseIn:
    """The claim gives one of these causes."""

    causes: frozenset[str]

    def holds(self, claim: ClaimAsked, asked: PolicyContext) -> bool:
        """True if the claim's cause matches."""
        return claim.cause in self.causes


@dataclass(frozen=True, slots=True)
class VariantIn:
    """The claim names one of these circumstances."""

    variants: frozenset[str]

    def holds(self, claim: ClaimAsked, asked: PolicyContext) -> bool:
        """True if the claim's circumstance matches."""
        return claim.variant in self.variants


@dataclass(frozen=True, slots=True)
class CauseFits:
    """The school lists the claim's cause for the field or, with ``fits`` False, does not."""

    fitting: frozenset[tuple[str, str]]
    fits: bool

    def holds(self, claim: ClaimAsked, asked: PolicyContext) -> bool:
        """True if the pair of field and cause matches."""
        return ((claim.field, claim.cause) in self.fitting) == self.fits


@dataclass(frozen=True, slots=True)
class Changed:
    """The old and new value differ in one of these parts."""

    parts: frozenset[str]

    def holds(self, claim: ClaimAsked, asked: PolicyContext) -> bool:
        """True if a part differs. Raises Unknown without both values."""
        if claim.old is None or claim.new is None:
            raise Unknown(f"{asked.place_of(claim)}.{'old' if claim.old is None else 'new'}")
        return not self.parts.isdisjoint(changed_parts(claim.field, claim.old, claim.new))


@dataclass(frozen=True, slots=True)
class EventReached:
    """The day on the evidence is that of a moment or later or, with ``later`` False, earlier.

    If the record does not have the moment, neither holds. Raises Unknown without a day.
    """

    moment: str
    later: bool

    def holds(self, claim: ClaimAsked, asked: PolicyContext) -> bool:
        """True if the day on the evidence matches."""
        if claim.event_date is None:
            raise Unknown(f"{asked.place_of(claim)}.event_date")
        turn = MOMENTS[self.moment](asked)
        return turn is not None and (start_of(claim.event_date) >= start_of(turn.date())) == self.later


@dataclass(frozen=True, slots=True)
class CorrectedTimes:
    """The field, or another of its group, was corrected at least ``times`` times before."""

    times: int

    def holds(self, claim: ClaimAsked, asked: PolicyContext) -> bool:
        """True if it was."""
        groups = asked.terms.groups
        group = groups.get(claim.field, claim.field)
        done = [
            one
            for one in asked.question.done_requests
            if one.state == "corrected" and any(groups.get(field, field) == group for field in one.fields)
        ]
        return len(done) >= self.times


# -- on time --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turning:
    """A moment has come (``come``) or has not. It never holds if the record does not have the moment."""

    moment: str
    come: bool

    def turn(self, asked: PolicyContext) -> datetime | None:
        """The second from which the moment has come."""
        return MOMENTS[self.moment](asked)


@dataclass(frozen=True, slots=True)
class WithinWindows:
    """The time is within one of these windows or, with ``inside`` False, within none of them."""

    windows: tuple[Window, ...]
    inside: bool

    def spans(self, asked: PolicyContext) -> Spans:
        """The time spans of all windows."""
        stretches = [one for window in self.windows for one in stretches_of(window, asked)]
        yearly = tuple(one for window in self.windows for one in yearly_of(window, asked))
        return Spans(tuple(stretches), yearly, self.inside)


@dataclass(frozen=True, slots=True)
class WithinCampaigns:
    """A campaign of these kinds with the student in it is running or, with ``inside`` False, none is."""

    kinds: frozenset[str]
    inside: bool

    def spans(self, asked: PolicyContext) -> Spans:
        """The windows of those campaigns."""
        stretches = tuple(
            (first_moment(one.opens), last_moment(one.closes) + SECOND)
            for one in asked.question.campaigns
            if one.kind in self.kinds
        )
        return Spans(stretches, (), self.inside)


@dataclass(frozen=True, slots=True)
class StudyYear:
    """The student is in one of these years of study. Each begins on the anniversary of the entry day."""

    years: tuple[int, ...]

    def spans(self, asked: PolicyContext) -> Spans:
        """The time spans of those years. Raises Unknown without an entry day."""
        day = asked.day("entry_date")
        return Spans(
            tuple(
                (start_of(months_after(day, 12 * (year - 1))), start_of(months_after(day, 12 * year)))
                for year in self.years
            )
        )


@dataclass(frozen=True, slots=True)
class WithinPermission:
    """A permission for this student lasts or, with ``inside`` False, none does: there is none, or it is over.

    ``attribute`` is that of the question in which its end stands.
    """

    attribute: str
    inside: bool

    def spans(self, asked: PolicyContext) -> Spans:
        """The time until its end."""
        until = getattr(asked.question, self.attribute)
        return Spans(() if until is None else ((None, last_moment(until) + SECOND),), (), self.inside)


@dataclass(frozen=True, slots=True)
class ClaimsFrozen:
    """The registrar has frozen the student's claims or, with ``inside`` False, has not, or not any more."""

    inside: bool

    def spans(self, asked: PolicyContext) -> Spans:
        """The time until the freeze ends; all time if no end is known."""
        question = asked.question
        if question.frozen_on is None and question.frozen_until is None:
            return Spans((), (), self.inside)
        until = question.frozen_until
        return Spans(((None, None if until is None else last_moment(until) + SECOND),), (), self.inside)


def stretches_of(window: Window, asked: PolicyContext) -> list[Stretch]:
    """The time spans of a window at fixed dates or moments of the student. Empty for other windows."""
    if window.opens is not None or window.closes is not None:
        return [
            (window.opens, None if window.closes is None else _rolled(window.closes + SECOND, window, asked))
        ]
    return [] if window.after is None and window.until is None else _by_moments(window, asked)


def _by_moments(window: Window, asked: PolicyContext) -> list[Stretch]:
    """The time span that begins or ends at moments of the student. Empty if the moment never comes."""
    opens = MOMENTS[window.after](asked) if window.after else None
    over = MOMENTS[window.until](asked) if window.until else None
    if opens is None and window.after:
        return []
    if over is None and window.until and not window.after:
        return []
    opens, over = _as_long_as_said(window, opens, over, asked)
    return [(opens, over)] if opens is None or over is None or opens < over else []


def _as_long_as_said(
    window: Window, opens: datetime | None, over: datetime | None, asked: PolicyContext
) -> Stretch:
    """The time span between two moments or, if the window has a length, after or before one."""
    if (window.for_months or window.for_days) and opens is not None:
        return opens, _rolled(_end_of_length(opens, window, asked), window, asked)
    if (window.for_months or window.for_days) and over is not None:
        return _moved(over, window, -1), over
    return opens, over


def _end_of_length(opens: datetime, window: Window, asked: PolicyContext) -> datetime:
    """The second after a length that begins at a moment.

    From vocabulary 2 on, the last day of a length in months has the number of the moment's day, or is the
    month's last day if the month is shorter. The day of a moment that is an ending is the last one before it.
    """
    if not window.for_months or asked.terms.vocabulary == 1:
        return _moved(opens, window, 1)
    day = (opens - SECOND).date() if window.after in ENDINGS else opens.date()
    return end_of(months_after(day, window.for_months)) + SECOND


def _rolled(over: datetime, window: Window, asked: PolicyContext) -> datetime:
    """The second after an end, moved to the next working day if the window says so."""
    if not window.rolls:
        return over
    last = (over - SECOND).date()
    return over + (asked.rolled(last) - last)


def yearly_of(window: Window, asked: PolicyContext | None = None) -> tuple[Yearly, ...]:
    """The yearly time spans of a window, for a question or as written. Empty for other windows."""
    if window.months:
        return spans_of_months(window.months)
    if window.first is None or window.last is None:
        return ()
    yearly = Yearly(window.first, window.last, window.last_at or end_of(date.min).time())
    if not window.rolls or asked is None:
        return (yearly,)
    asked.rolled(date(asked.at.year, *window.last))
    return (replace(yearly, calendar=asked.terms.calendar),)


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
    | Confirmed
    | BlankAny
    | Finished
)
OfClaim = FieldIn | CauseIn | VariantIn | CauseFits | Changed | EventReached | CorrectedTimes
During = WithinWindows | WithinCampaigns | StudyYear | WithinPermission | ClaimsFrozen
Predicate = OfQuestion | OfClaim | Turning | During

BY_NAMES = (FieldIn, CauseIn, VariantIn, CauseFits)
"""Predicates that depend only on a claim's field, cause and circumstance, which are declared names."""
BY_STANDING = (StatusIn, FiledBy)
"""Predicates that depend only on the question's enrolment status and filing role."""


# -- notation -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lists:
    """The school's lists that predicates need when they are made."""

    statuses: Statuses
    fields: tuple[FieldWords, ...]
    causes: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    windows: Mapping[str, Window] = field(default_factory=dict)

    def standing(self, name: str) -> StatusIn:
        """Students whose enrolment status is in that list or, for ``other``, in none."""
        lists = {
            "enrolled": self.statuses.enrolled,
            "retained": self.statuses.retained,
            "left": self.statuses.left,
        }
        if name in lists:
            return StatusIn(frozenset(lists[name]))
        return StatusIn(frozenset(chain.from_iterable(lists.values())), inside=False)

    def claimable(self, yes: bool) -> FieldIn:
        """The fields that students can claim or, with ``yes`` False, all others."""
        return FieldIn(frozenset(one.code for one in self.fields if one.claimable), inside=yes)

    def cause_fits(self, yes: bool) -> CauseFits:
        """The causes that the school lists for each field or, with ``yes`` False, all others."""
        return CauseFits(
            frozenset((one.code, cause) for one in self.fields for cause in one.causes), fits=yes
        )

    def within(self, names: tuple[str, ...], inside: bool) -> WithinWindows:
        """The time within those windows or, with ``inside`` False, outside them."""
        return WithinWindows(tuple(self.windows[name] for name in names), inside)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of the school's fields and other columns. Empty if no field was readable."""
        if not self.fields:
            return ()
        own = {one.group for one in self.fields}
        taken = {one.code for one in self.fields}
        return (*sorted(own), *(column for column in COLUMNS if column not in taken | own))


def anything(lists: Lists) -> Collection[str]:
    """No names, for a predicate that accepts any."""
    return ()


@dataclass(frozen=True, slots=True)
class Spelling:
    """The notation of a predicate: the type of its value, its allowed names, and its constructor.

    ``listed``: a name in no list is a fault even if the school has no such list.
    """

    takes: Any
    among: Callable[[Lists], Collection[str]]
    make: Callable[[Any, Lists], Predicate]
    listed: bool = False


NAMES = tuple[str, ...]


def _among(names: Collection[str]) -> Callable[[Lists], Collection[str]]:
    return lambda lists: names


def _names(
    make: Callable[[frozenset[str]], Predicate], among: Callable[[Lists], Collection[str]] = anything
) -> Spelling:
    """A predicate of a list of names."""
    return Spelling(NAMES, among, lambda names, lists: make(frozenset(names)))


def _one(
    takes: Any, make: Callable[[Any], Predicate], among: Callable[[Lists], Collection[str]] = anything
) -> Spelling:
    """A predicate of one value, whatever the school's lists are."""
    return Spelling(takes, among, lambda value, lists: make(value))


def _windows(*, inside: bool) -> Spelling:
    """A predicate of the school's windows."""
    return Spelling(
        NAMES, lambda lists: lists.windows, lambda names, lists: lists.within(names, inside), listed=True
    )


PREDICATES: Mapping[str, Spelling] = MappingProxyType(
    {
        "standing": Spelling(str, _among(STANDINGS), lambda name, lists: lists.standing(name)),
        "status": _names(StatusIn),
        "category": _names(CategoryIn),
        "category_other_than": _names(partial(CategoryIn, inside=False)),
        "origin_province": _names(OriginIn, _among(PROVINCES)),
        "origin_province_other_than": _names(partial(OriginIn, inside=False), _among(PROVINCES)),
        "filed_by": _names(FiledBy, _among(DUTIES)),
        "filed_by_other_than": _names(partial(FiledBy, inside=False), _among(DUTIES)),
        "entered_since": _one(date, partial(DayReached, "entry_date", later=True)),
        "entered_before": _one(date, partial(DayReached, "entry_date", later=False)),
        "graduates_since": _one(date, partial(DayReached, "expected_graduation", later=True)),
        "graduates_before": _one(date, partial(DayReached, "expected_graduation", later=False)),
        "without": _one(str, Without, _among(MOMENTS)),
        "final_check_months_ahead": _one(int, FinalCheckAhead),
        "fields_any": _names(ClaimedAny, lambda lists: lists.groups),
        "fields_all": _names(ClaimedAll, lambda lists: lists.groups),
        "fields_over": _one(int, ClaimedOver),
        "field": _names(FieldIn, _among(COLUMNS)),
        "cause": _names(CauseIn, lambda lists: lists.causes),
        "variant": replace(_names(VariantIn, lambda lists: lists.variants), listed=True),
        "claimable": Spelling(bool, anything, lambda yes, lists: lists.claimable(yes)),
        "cause_fits": Spelling(bool, anything, lambda yes, lists: lists.cause_fits(yes)),
        "changed": _names(Changed, _among(PARTS)),
        "event_before": _one(str, partial(EventReached, later=False), _among(MOMENTS)),
        "event_since": _one(str, partial(EventReached, later=True), _among(MOMENTS)),
        "corrected_times": _one(int, CorrectedTimes),
        "before": _one(str, partial(Turning, come=False), _among(MOMENTS)),
        "since": _one(str, partial(Turning, come=True), _among(MOMENTS)),
        "inside": _windows(inside=True),
        "outside": _windows(inside=False),
        "in_campaign": _names(partial(WithinCampaigns, inside=True), _among(CAMPAIGN_KINDS)),
        "out_of_campaign": _names(partial(WithinCampaigns, inside=False), _among(CAMPAIGN_KINDS)),
        "study_year": _one(tuple[int, ...], StudyYear),
        "confirmed": _one(bool, Confirmed),
        "frozen": _one(bool, ClaimsFrozen),
        "extended": _one(bool, partial(WithinPermission, "extended_until")),
        "opened": _one(bool, partial(WithinPermission, "opened_until")),
        "blank_any": _one(NAMES, BlankAny, _among(COLUMNS)),
        "finished": _names(Finished, lambda lists: lists.groups),
    }
)
"""The predicates of a rule's ``when``, by their key."""

SINCE_2 = frozenset({"confirmed", "frozen", "extended", "opened", "blank_any", "finished"})
"""The predicates that a text of the first vocabulary does not have."""
