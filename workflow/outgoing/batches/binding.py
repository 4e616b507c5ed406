"""The binding of batches to the engine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from states import NOWHERE
from states.batch import BATCH
from workflow.cases.batches import VERDICTS, Batch
from workflow.cases.letters import Sender
from workflow.engine import Binding, Entropy, details, is_id
from workflow.outgoing.batches.attempt import LineAnswer
from workflow.outgoing.batches.checks import CHECKS, GUARDS, NUMBER_TAKEN
from workflow.outgoing.batches.effects import EFFECTS, BatchEffects
from workflow.outgoing.batches.facts import BatchFacts, look_at_batch
from workflow.store import table_of
from workflow.verdict import Reason


def batch_room(entropy: Entropy, sender: Sender) -> Binding:
    """Bind batches to their tables and rules. ``sender`` has the word of the school's document numbers."""

    in_one = Reason(
        "claim_in_a_batch_now",
        "就在刚才，另一个人把其中的事项加入了一个报送批次。",
        remedy="请刷新页面后重新选择。",
        rule="claims_can_go_in",
    )
    return Binding(
        lifecycle=BATCH,
        table=table_of(Batch),
        guards=GUARDS,
        checks=CHECKS,
        effects={**EFFECTS, **BatchEffects(entropy, sender).effects()},
        standing=frozenset(("holds_the_role",)),
        read=partial(look_at_batch, lock=True),
        look=look_at_batch,
        new_subject=_to_be,
        insert_columns=lambda attempt: {},
        judged_by=lambda batch, action: "",
        details={
            "office": details.text,
            "month": details.text,
            "claims": _ids_given,
            "words": details.maybe_text,
            "number": details.maybe_text,
            "sent_on": lambda said: said is None or details.day(said),
            "answers": _answers,
        },
        collisions={
            **dict.fromkeys(("uq_batch_line_live", "batch_line.claim_id"), in_one),
            **dict.fromkeys(("uq_batch_number", "batch.number"), NUMBER_TAKEN),
        },
    )


def _to_be(session: Session, id: str, said: Mapping[str, Any]) -> BatchFacts | None:
    """The batch to be opened; its office is checked with the rest."""
    return BatchFacts(id, NOWHERE, 0, said.get("office", ""), said.get("month", ""), _NEVER)


def _ids_given(said: Any) -> bool:
    return isinstance(said, tuple | list) and all(is_id(one) for one in said)


def _answers(said: Any) -> bool:
    return isinstance(said, tuple | list) and all(
        isinstance(one, LineAnswer)
        and is_id(one.line)
        and one.verdict in VERDICTS
        and details.day(one.answered_on)
        for one in said
    )


_NEVER = datetime.max
"""What a batch that is not there yet has for a day."""
