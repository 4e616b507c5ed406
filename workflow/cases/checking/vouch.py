"""Items said to be right: with a filing, or on their own while its campaign is open; each kept with its date.

What is said of an item counts for nothing else: not in the numbers, not in how the case was answered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ClauseElement

from config.policy import FieldWords
from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.claims import ClaimFiled
from workflow.cases.tables import Vouch
from workflow.engine import Change, Effect, by_name, in_words
from workflow.history.codes import RIGHT, Code
from workflow.people.cipher import Cipher
from workflow.records.values import values_of
from workflow.store import Prepared, as_text, table_of
from workflow.verdict import Reason

NOT_ASKED = Reason(
    "field_not_asked", "所选的项目中，有的不在本次核对范围内。", remedy="请刷新页面后重新选择。"
)
NOTHING_TO_VOUCH = Reason("nothing_to_vouch", "没有选择确认无误的项目。", remedy="请至少选择一项。")


def _said_right(dialect: str) -> ClauseElement:
    """An item that is said to be right again is right since the later moment."""
    table = table_of(Vouch)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    made = insert(table).values({one.name: bindparam(one.name) for one in table.c})
    later = {name: made.excluded[name] for name in ("vouched_at", "seen")}
    return made.on_conflict_do_update(index_elements=[table.c.case_id, table.c.field], set_=later)


_SAY_RIGHT = Prepared(_said_right)
_TAKE_BACK = Prepared(
    table_of(Vouch)
    .delete()
    .where(Vouch.case_id == bindparam("case"), Vouch.field.in_(bindparam("fields", expanding=True)))
)


class SaidRight(NamedTuple):
    """One item said to be right: since when, and the keyed digest of the value that was seen."""

    field: str
    at: datetime
    seen: str


def seen_value(cipher: Cipher, record: str, field: str, value: str) -> str:
    """The keyed digest of one value of a record: what somebody saw who says that it is right."""
    said = json.dumps([record, field, value], ensure_ascii=False, separators=(",", ":"))
    return cipher.digest("vouched", said.encode())


def still_as_seen(cipher: Cipher, record: str, said: SaidRight, values: Mapping[str, str]) -> bool:
    """Whether the record has still the value that was said to be right."""
    return said.seen == seen_value(cipher, record, said.field, values.get(said.field, ""))


@in_words("选了确认无误的项目", "some item is said to be right")
def some_item_is_right(attempt: Attempt) -> Reason | None:
    """Whoever says nothing of any item says nothing."""
    if _fields(attempt):
        return None
    return NOTHING_TO_VOUCH


@in_words("确认无误的各项没有争议", "no item said to be right is disputed")
def right_fields_are_free(attempt: Attempt) -> Iterator[Reason]:
    """Only an item of the campaign, and none that is said to be wrong: now, or in a claim under way."""
    open_now = {claim.field: claim for claim in attempt.subject.claims_of_record if claim.ended_at is None}
    claimed = _claimed(attempt)
    for field in _fields(attempt):
        words = _asked(attempt, field)
        if words is None:
            yield NOT_ASKED
        elif field in claimed:
            yield Reason(
                "said_both_ways",
                "{field}同时标为无误和有误。",
                {"field": words},
                remedy="请只选择其中一种。",
            )
        elif field in open_now:
            yield Reason(
                "field_has_open_claim",
                "{field}已有更正事项在办理（{filed} 提交）。",
                {"field": words, "filed": open_now[field].filed_at.date()},
                remedy="请等待办结，或先撤回那一次申请。",
            )


class Vouching:
    """The effect of saying that items are right. It reads the record's present values."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def effects(self) -> dict[str, Effect]:
        """The effect by its name in the lifecycles."""
        return by_name(self.vouch)

    def vouch(self, attempt: Attempt, change: Change) -> None:
        """Keep each item with its date; the entry commits to the values. A disputed item is right no more."""
        case, claimed, fields = attempt.subject, _claimed(attempt), _fields(attempt)
        if claimed and any(claim.case_id == case.id for claim in case.claims_of_record):
            _TAKE_BACK.run(attempt.session, {"case": case.id, "fields": sorted(claimed)})
        if not fields:
            return
        values = values_of(attempt.session, self._cipher, case.record.id, fields)
        _SAY_RIGHT.run_many(
            attempt.session,
            [
                {
                    "case_id": case.id,
                    "field": field,
                    "vouched_at": as_text(attempt.at),
                    "seen": seen_value(self._cipher, case.record.id, field, value),
                }
                for field, value in values.items()
            ],
        )
        change.values["right"] = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        change.codes += [Code(field, RIGHT) for field in fields]


def _fields(attempt: Attempt) -> tuple[str, ...]:
    """What is said to be right, each item once: by an act of its own, or with a filing."""
    said: Iterable[Any] = attempt.details.get("fields") or attempt.details.get("right") or ()
    return tuple(dict.fromkeys(said))


def _claimed(attempt: Attempt) -> set[str]:
    claims: tuple[ClaimFiled, ...] = tuple(attempt.details.get("claims") or ())
    return {claim.field for claim in claims}


def _asked(attempt: Attempt, field: str) -> FieldWords | None:
    """The field, if the campaign asks about it and something could be filed on it."""
    campaign, words = attempt.subject.campaign, rules.field_words(attempt.policy, field)
    asked = campaign is not None and field in campaign.fields
    return words if asked and words is not None and words.claimable else None


CHECKS = by_name(some_item_is_right, right_fields_are_free)
