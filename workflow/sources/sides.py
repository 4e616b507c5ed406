"""The files of a comparison: packed as one while they wait, and read by what their headings stand for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from workflow.records.findings import Finding
from workflow.records.formats import FormatFault, read_roster
from workflow.records.formats.table import label_of
from workflow.records.judge import Judgement, judge
from workflow.records.upload import WaitingUpload
from workflow.sources.mapping import SourceMapping
from workflow.sources.tables import PLATFORM, SCHOOL

TAKEN_AS_IT_IS = frozenset(("unknown_status", "unknown_years", "impossible_date"))
"""What a roster refuses and a comparison takes as it is written: no record is changed by it."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source, and the day its data are of."""

    name: str
    as_of: date
    data: bytes

    @property
    def label(self) -> str:
        """Its name without long numbers."""
        return label_of(self.name)


@dataclass(frozen=True, slots=True)
class TwoFiles:
    """The file of the 教务系统, and that of the platform; without the latter our records are compared."""

    school: SourceFile
    platform: SourceFile | None

    @property
    def by_side(self) -> Mapping[str, SourceFile]:
        """The files that there are, by their side."""
        return {SCHOOL: self.school, **({PLATFORM: self.platform} if self.platform else {})}

    def packed(self) -> bytes:
        """Both as one sequence of bytes, to wait together."""
        other = self.platform
        head = {
            "size": len(self.school.data),
            "platform": [other.name, other.as_of.isoformat()] if other else [],
        }
        return json.dumps(head).encode() + b"\n" + self.school.data + (other.data if other else b"")


def unpacked(waiting: WaitingUpload) -> TwoFiles:
    """The files that wait together."""
    head, _, data = waiting.data.partition(b"\n")
    said = json.loads(head)
    school = SourceFile(waiting.name, waiting.as_of, data[: said["size"]])
    other = said["platform"]
    platform = SourceFile(other[0], date.fromisoformat(other[1]), data[said["size"] :]) if other else None
    return TwoFiles(school, platform)


@dataclass(frozen=True, slots=True)
class SideRead:
    """A source's file as it was read: its rows judged, and what keeps it from being compared."""

    side: str
    label: str
    judged: Judgement

    @property
    def refused(self) -> tuple[Finding, ...]:
        """The cells for which the whole file is refused."""
        return tuple(one for one in self.judged.refused if one.code not in TAKEN_AS_IT_IS)

    @property
    def noted(self) -> tuple[Finding, ...]:
        """The cells that are compared as they are written."""
        return tuple(one for one in self.judged.refused if one.code in TAKEN_AS_IT_IS)


def read_side(file: SourceFile, mapping: SourceMapping) -> SideRead:
    """Read a source's file. Raises FormatFault, which names the file."""
    try:
        table = read_roster(file.name, file.data, mapping.known())
    except FormatFault as fault:
        raise fault.of_file(file.name) from fault
    return SideRead(mapping.side, file.label, judge(table, as_of=file.as_of))
