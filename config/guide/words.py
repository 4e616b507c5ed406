"""The guide as frozen values: links, groups, situations with their steps and ways on, and its version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from types import MappingProxyType

ENDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "solved": ("解决了", "solved"),
        "file": ("去申请更正", "to ask for a correction"),
        "platform": ("联系学信网客服", "to the platform's service"),
        "registrar": ("联系学校", "to the registrar"),
    }
)
"""Where a way on may end."""

ABLE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "you": ("您本人", "You"),
        "platform": ("学信网", "CHSI"),
        "school": ("学校", "The school"),
    }
)
"""Who can do what a situation needs."""


@dataclass(frozen=True, slots=True)
class GuideLink:
    """An address outside of this site. Steps call it by its id."""

    id: str
    title: str
    title_en: str
    address: str


@dataclass(frozen=True, slots=True)
class GuideWarning:
    """What everybody should know before they try."""

    title: str
    title_en: str
    says: str
    says_en: str


@dataclass(frozen=True, slots=True)
class WayOn:
    """One answer at a step, and where it leads: an end, a step here, or another situation."""

    says: str
    says_en: str
    end: str = ""
    step: str = ""
    situation: str = ""

    @property
    def targets(self) -> tuple[str, ...]:
        """What it names. A right one names one."""
        return tuple(filter(None, (self.end, self.step, self.situation)))


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One thing to do, and what may come of it. ``tool``: it needs the photo, whose rules stand here too."""

    id: str
    title: str
    title_en: str
    says: tuple[str, ...]
    says_en: tuple[str, ...]
    then: tuple[WayOn, ...]
    links: tuple[str, ...] = ()
    tool: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """What somebody meets, in the platform's words, and the way out.

    ``step`` are its steps, the first one first. ``able`` says who can do it, ``cannot`` what the school
    cannot do here. ``minutes`` is 0 where the time is not in one's own hands.
    """

    id: str
    title: str
    title_en: str
    hint: str
    hint_en: str
    source: str
    able: str
    cannot: str
    cannot_en: str
    step: tuple[GuideStep, ...]
    minutes: int = 0

    def at(self, id: str) -> GuideStep | None:
        """The step of that id, or None."""
        return next((one for one in self.step if one.id == id), None)


@dataclass(frozen=True, slots=True)
class GuideGroup:
    """Situations that belong together on the front page, in this order."""

    id: str
    title: str
    title_en: str
    situations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuidePhoto:
    """What the platform asks of a photo of somebody with their ID card, and the most kilobytes it takes."""

    says: tuple[str, ...]
    says_en: tuple[str, ...]
    source: str
    kilobytes: int


@dataclass(frozen=True, slots=True)
class GuideHead:
    """What the front page says before its situations. ``service`` is the link to the platform's service."""

    title: str
    title_en: str
    lead: str
    lead_en: str
    source: str
    updated: date
    service: str
    warning: GuideWarning | None = None


@dataclass(frozen=True)
class Guide:
    """A school's guide without faults."""

    head: GuideHead
    links: tuple[GuideLink, ...]
    groups: tuple[GuideGroup, ...]
    situations: tuple[Situation, ...]
    photo: GuidePhoto | None = None

    @cached_property
    def text(self) -> bytes:
        """The guide as canonical bytes, as the Rulebook stores it."""
        said = json.dumps(asdict(self), ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)
        return said.encode("ascii")

    @cached_property
    def digest(self) -> str:
        """Its version: the SHA-256 of ``text`` in hex."""
        return hashlib.sha256(self.text).hexdigest()

    @cached_property
    def by_id(self) -> Mapping[str, Situation]:
        """The situations by their ids."""
        return MappingProxyType({one.id: one for one in self.situations})

    @cached_property
    def links_by_id(self) -> Mapping[str, GuideLink]:
        """The links by their ids."""
        return MappingProxyType({one.id: one for one in self.links})

    @property
    def service(self) -> GuideLink:
        """The link to the platform's service."""
        return self.links_by_id[self.head.service]
