"""What a grant says of its holder: a role, perhaps a duty, and for which students and which office."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass

from config.policy.words import COLLEGE_DUTIES

SCOPED = ("officer", "reviewer")
"""The roles that see and do only what is in the scope of their grants."""
NO_DUTY = ""
STAFF_DUTIES = tuple(duty for duty in COLLEGE_DUTIES if duty != "officer")
"""What an officer may be there for, beside being the college's. The rules know them as ``filed_by``."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """The students and the office that a grant is for. An empty part sets no limit.

    ``class_name`` is the class's code in the records, ``entry_year`` has four digits, ``level`` is the
    records' level of study. ``office`` is the code of an office of the policy.
    """

    college: str = ""
    class_name: str = ""
    entry_year: str = ""
    level: str = ""
    office: str = ""

    def __bool__(self) -> bool:
        return self != Scope()

    @property
    def of_whole_colleges(self) -> bool:
        """Whether it names no class, no entry year and no level."""
        return not (self.class_name or self.entry_year or self.level)

    @property
    def of_students(self) -> bool:
        """Whether it limits the students, and not the office alone."""
        return bool(self.college) or not self.of_whole_colleges

    def holds(self, other: Scope) -> bool:
        """Whether all that is in another scope is in this one."""
        return all(mine in ("", theirs) for mine, theirs in zip(astuple(self), astuple(other), strict=True))

    @property
    def parts(self) -> tuple[str, ...]:
        """What it names, from the largest part to the smallest."""
        said = self.college, self.level, self.entry_year, self.class_name, self.office
        return tuple(filter(None, said))


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """One present grant. ``record`` is a student's; staff have a scope instead."""

    role: str
    duty: str = NO_DUTY
    record: str = ""
    scope: Scope = Scope()

    @property
    def capacity(self) -> str:
        """The capacity in which its holder signs in with it.

        Grants of one person that agree in role, duty, college and office are one capacity: two classes of a
        counsellor need no switching, two colleges do.
        """
        if self.record:
            return self.record
        said = (self.duty, self.scope.college, self.scope.office)
        return json.dumps(said, ensure_ascii=False, separators=(",", ":")) if any(said) else ""

    @property
    def known_as(self) -> str:
        """What the rules know its holder as: the duty or, without one, the role."""
        return self.duty or self.role

    @property
    def of_whole_college(self) -> bool:
        """Whether it is an officer's for all students of a college. Only such a grant signs its list."""
        return self.role == "officer" and bool(self.scope.college) and self.scope.of_whole_colleges


def in_capacity(role: str, capacity: str) -> Held:
    """What a capacity says of its grants: the role, the duty, the college and the office, or the record."""
    if not capacity.startswith("["):
        return Held(role, record=capacity)
    duty, college, office = json.loads(capacity)
    return Held(role, duty, scope=Scope(college=college, office=office))


def held(role: str, scope: Scope | str = "", duty: str = NO_DUTY) -> Held:
    """A grant as it is given. A plain text names what the role is mostly for.

    That is a student's record, an officer's college or a reviewer's office.
    """
    if isinstance(scope, Scope):
        return Held(role, duty, scope=scope)
    if role == "student":
        return Held(role, duty, record=scope)
    return Held(role, duty, scope=Scope(college=scope) if role == "officer" else Scope(office=scope))
