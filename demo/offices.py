"""The offices' work beside review: colleges chase students, the registrar imports the platform's export."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.students import SEED
from states.case import CHECKED_OK, NOT_CHECKED
from workflow.campaigns.colleges.chase import chase
from workflow.campaigns.colleges.reminders import owe_digests, remind, remind_before_the_close
from workflow.campaigns.platform_export import read_export, take_in_export
from workflow.cases.tables import Case
from workflow.clock import SHANGHAI
from workflow.engine import Actor
from workflow.records.tables import Record
from workflow.upkeep.installation import Installation
from workflow.upkeep.scheduled import run_scheduled

Doing = Callable[[Session], None]
"""One action, performed in the given unit of work."""

NOTING = datetime(2024, 10, 28, 14, 20, tzinfo=SHANGHAI)
REMINDING = datetime(2024, 10, 29, 16, 5, tzinfo=SHANGHAI)
EXPORTED = datetime(2024, 10, 29, 17, 0, tzinfo=SHANGHAI)
TAKEN_IN = datetime(2024, 10, 29, 17, 40, tzinfo=SHANGHAI)

FOUND = (
    ("unreachable", "phone", "no_answer", 4),
    ("promised", "phone", "reached", 9),
    ("no_account", "message", "reached", 3),
    ("unreachable", "classmate", "passed_on", 2),
)
"""An officer's findings of one afternoon: reason, way, result, and number of students."""

LOOKED_OF_CONFIRMED, LOOKED_OF_SILENT = 0.94, 0.2
"""The shares of students who looked on the platform: of those who confirmed here, and of the others."""


@dataclass(frozen=True, slots=True)
class Offices:
    """The officers by their college, and the registrar, in one campaign."""

    place: Installation
    registrar: Actor
    officers: dict[str, Actor]
    campaign: str

    def doings(self) -> Iterator[tuple[datetime, Doing]]:
        """The offices' actions with their times."""
        for n, college in enumerate(self.officers):
            yield NOTING + timedelta(minutes=25 * n), self._noting(college)
            yield REMINDING + timedelta(minutes=8 * n), self._reminding(college)
        yield TAKEN_IN, self._take_in

    def morning(self, at: datetime) -> None:
        """Run the scheduled jobs of a day: bulletins, reminders, digests, and the closing when due."""
        run_scheduled(self.place)
        with self.place.store.writing() as session:
            remind_before_the_close(self.place.engine, session, at)
            owe_digests(self.place.engine, session, at)

    def _noting(self, college: str) -> Doing:
        def do(session: Session) -> None:
            silent = iter(self._silent(session, college))
            by, on = self.officers[college], NOTING.date()
            for reason, how, result, many in FOUND:
                cases = [case for case, _ in zip(silent, range(many), strict=False)]
                chase(self.place.engine, session, cases, "contact", by, how=how, result=result, on=on)
                chase(self.place.engine, session, cases, "give_reason", by, reason=reason)

        return do

    def _reminding(self, college: str) -> Doing:
        def do(session: Session) -> None:
            if silent := self._silent(session, college):
                remind(self.place.engine, session, self.campaign, silent, self.officers[college])

        return do

    def _silent(self, session: Session, college: str) -> Sequence[str]:
        return session.scalars(
            select(Case.id)
            .join(Record, Record.id == Case.record_id)
            .where(Case.campaign_id == self.campaign, Case.state == NOT_CHECKED, Case.excluded == "")
            .where(Record.fy == college)
            .order_by(Record.bh, Record.xh)
        ).all()

    def _take_in(self, session: Session) -> None:
        rows = session.execute(
            select(Record.xh, Record.xm, Record.fy, Record.bh, Case.state)
            .join(Case, Case.record_id == Record.id)
            .where(Case.campaign_id == self.campaign)
            .order_by(Record.xh)
        ).all()
        export = read_export(
            "学信网自查情况（10月29日）.xlsx", self_check_export([tuple(row) for row in rows])
        )
        place = self.place
        take_in_export(
            place.engine, session, place.cipher, self.campaign, export, EXPORTED.date(), self.registrar
        )


def self_check_export(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook like the platform's, with who has looked there. Its last row matches no student."""
    chance, data = random.Random(f"{SEED}platform"), io.BytesIO()
    with xlsxwriter.Workbook(data, {"in_memory": True, "constant_memory": True}) as book:
        sheet = book.add_worksheet("自查情况")
        sheet.write_row(0, 0, ("学号", "姓名", "学院", "班级", "自查状态", "自查时间"))
        for n, (*known, state) in enumerate(rows, 1):
            looked = chance.random() < (LOOKED_OF_CONFIRMED if state == CHECKED_OK else LOOKED_OF_SILENT)
            at = EXPORTED - timedelta(seconds=chance.randrange(5 * 24 * 3600))
            seen = ("已自查", f"{at:%Y-%m-%d %H:%M:%S}") if looked else ("未自查", "")
            sheet.write_row(n, 0, (*known, *seen))
        unknown = ("249999999", "某学生", "", "", "已自查", f"{EXPORTED:%Y-%m-%d %H:%M:%S}")
        sheet.write_row(len(rows) + 1, 0, unknown)
    return data.getvalue()
