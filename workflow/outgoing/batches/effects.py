"""What an act on a batch writes: the batch, its lines, its number, and who is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from states.batch import BATCH, SENT
from workflow.cases.batches import AGREED, MORE, REFUSED, VERDICTS, BatchLine
from workflow.cases.letter_numbers import is_given_already
from workflow.cases.letters import Sender
from workflow.engine import Change, Effect, Entropy, Ref, by_name
from workflow.history import codes
from workflow.history.codes import Code
from workflow.letters.register import next_number, spoken_number
from workflow.notices.outbox import Outbox
from workflow.outgoing.batches.attempt import (
    Attempt,
    LineAnswer,
    lines_named,
    typed_number,
    waiting_here,
)
from workflow.outgoing.batches.facts import LineFacts, look_at_batch
from workflow.outgoing.jobs.job import approvers
from workflow.people.access import people_at_the_door
from workflow.records.texts import clean_words
from workflow.store import as_text, table_of, write_rows

COUNTED = {AGREED: codes.LINES_AGREED, REFUSED: codes.LINES_REFUSED, MORE: codes.LINES_MORE}
"""Under which code an entry counts the lines of each verdict."""


def keep_batch(attempt: Attempt, change: Change) -> None:
    """Where it goes, and with which intake."""
    mine = attempt.subject
    change.columns |= {
        "office": mine.office,
        "month": mine.month,
        "opened_at": as_text(attempt.at),
        "opened_by": attempt.by.person,
        "number": "",
    }
    change.codes.append(Code(codes.OFFICE, mine.office))
    if mine.month:
        change.codes.append(Code(codes.MONTH, mine.month))


def end_these_lines(attempt: Attempt, change: Change) -> None:
    """The lines leave the batch; they keep their numbers, and their claims wait for the body again."""
    lines = lines_named(attempt)
    _write(
        attempt,
        lines,
        out_at=attempt.at,
        out_by=attempt.by.person,
        out_for=attempt.by.on_behalf_of or None,
        over_at=attempt.at,
    )
    change.claims += [line.claim for line in lines]


def end_lines(attempt: Attempt, change: Change) -> None:
    """The batch is over, and with it every line that was in it."""
    _write(attempt, [line for line in attempt.subject.lines if not line.over], over_at=attempt.at)
    change.columns["ended_at"] = as_text(attempt.at)


def note_frozen(attempt: Attempt, change: Change) -> None:
    """Who froze it, and when."""
    change.columns |= {
        "frozen_at": as_text(attempt.at),
        "frozen_by": attempt.by.person,
        "frozen_for": attempt.by.on_behalf_of or None,
    }


def note_agreed(attempt: Attempt, change: Change) -> None:
    """Who agreed last, and when."""
    change.columns |= {
        "agreed_at": as_text(attempt.at),
        "agreed_by": attempt.by.person,
        "agreed_for": attempt.by.on_behalf_of or None,
    }


def name_lines(attempt: Attempt, change: Change) -> None:
    """The entry names every claim that goes."""
    change.claims += [line.claim for line in attempt.subject.standing]


def note_letter(attempt: Attempt, change: Change) -> None:
    """The day on which it was sent, and the number of its letter."""
    day, number = attempt.details["sent_on"], typed_number(attempt) or attempt.subject.number
    change.columns |= {"number": number, "sent_on": day.isoformat()}
    change.codes.append(Code.on_day(codes.SENT_ON, day))
    change.values["number"] = number


def note_asked_out(attempt: Attempt, change: Change) -> None:
    """Who asked for the lines to leave; the reason is in the entry that this makes."""
    lines, by = lines_named(attempt), attempt.by
    _write(
        attempt,
        lines,
        asked_at=attempt.at,
        asked_by=by.person,
        asked_for=by.on_behalf_of or None,
        asked_entry=attempt.subject.version + 1,
    )
    change.claims += [line.claim for line in lines]


def forget_asked_out(attempt: Attempt, change: Change) -> None:
    """The lines stay; what was asked stands in the history."""
    lines = lines_named(attempt)
    _write(attempt, lines, asked_at=None, asked_by=None, asked_for=None, asked_entry=None)
    change.claims += [line.claim for line in lines]


def keep_reason(attempt: Attempt, change: Change) -> None:
    """The registrar's reason, sealed."""
    change.values["words"] = clean_words(attempt.details["words"])


def write_answers(attempt: Attempt, change: Change) -> None:
    """What the body said to each line, and when. Its words stand in each case's own history.

    The line is over: where the body wants more, or another body follows, the claim goes into another batch.
    """
    answers: Sequence[LineAnswer] = attempt.details["answers"]
    lines = {line.id: line for line in attempt.subject.lines}
    for one in answers:
        said = {"verdict": one.verdict, "answered_on": one.answered_on, "over_at": attempt.at}
        _write(attempt, [lines[one.line]], **said)
    change.claims += [lines[one.line].claim for one in answers]
    counted = Counter(one.verdict for one in answers)
    change.codes += [
        Code.count(COUNTED[verdict], counted[verdict]) for verdict in VERDICTS if counted[verdict]
    ]


def end_when_all_is_answered(attempt: Attempt, change: Change) -> None:
    """With the last answer the batch is answered, in the same unit of work."""
    now = look_at_batch(attempt.session, attempt.subject.id)
    assert now is not None
    if attempt.subject.state == SENT and not now.waiting:
        change.then.append((Ref(BATCH.name, now.id), "end_answers"))


def _write(attempt: Attempt, lines: Iterable[LineFacts], **values: Any) -> None:
    write_rows(attempt.session, table_of(BatchLine), [line.id for line in lines], values)


EFFECTS = by_name(
    keep_batch,
    end_these_lines,
    end_lines,
    note_frozen,
    note_agreed,
    name_lines,
    note_letter,
    note_asked_out,
    forget_asked_out,
    keep_reason,
    write_answers,
    end_when_all_is_answered,
)


class BatchEffects:
    """The effects that draw ids, give the letter its number, or tell staff."""

    def __init__(self, entropy: Entropy, sender: Sender) -> None:
        self._entropy, self._sender, self._outbox = entropy, sender, Outbox(entropy)

    def effects(self) -> dict[str, Effect]:
        """Every effect by its name in the lifecycle."""
        return by_name(
            self.write_lines,
            self.give_number,
            self.tell_who_may_agree,
            self.tell_who_may_let_go,
            self.tell_the_freezer,
        )

    def write_lines(self, attempt: Attempt, change: Change) -> None:
        """Each claim gets a line under the next number."""
        mine, found = attempt.subject, waiting_here(attempt)
        first = max((line.number for line in mine.every_line), default=0) + 1
        attempt.session.add_all(
            BatchLine(
                id=self._entropy(16).hex(),
                batch_id=mine.id,
                case_id=one.case,
                record_id=one.record,
                claim_id=one.claim,
                step_id=one.step,
                number=first + at,
                put_at=attempt.at,
                put_by=attempt.by.person,
            )
            for at, one in enumerate(found)
        )
        attempt.session.flush()
        change.claims += [one.claim for one in found]

    def give_number(self, attempt: Attempt, change: Change) -> None:
        """The register gives the letter its number at the first agreement, where the school has a word.

        A number that somebody has typed for another letter is left out.
        """
        session, year, word = attempt.session, attempt.at.year, self._sender(attempt.session).document_word
        if word and not attempt.subject.number:
            number = spoken_number(word, year, next_number(session, year))
            while is_given_already(session, number):
                number = spoken_number(word, year, next_number(session, year))
            change.columns["number"] = change.values["number"] = number

    def _tell(self, attempt: Attempt, event: str, people: Iterable[str]) -> None:
        """Owe staff a notice about this batch, once for each entry."""
        addressees = [(attempt.subject.id, "", person) for person in people]
        occasion = str(attempt.subject.version + 1)
        if addressees:
            self._outbox.owe_on(attempt.session, event, addressees, attempt.at, occasion=occasion)

    def tell_who_may_agree(self, attempt: Attempt, change: Change) -> None:
        """Whoever may be the second person of the batch is told that it waits."""
        self._tell(
            attempt, "batch_waits", approvers(attempt.session, people_at_the_door(attempt.by), attempt.at)
        )

    def tell_who_may_let_go(self, attempt: Attempt, change: Change) -> None:
        """Whoever may agree that a line leaves is told that somebody asks for it."""
        here = people_at_the_door(attempt.by)
        self._tell(attempt, "batch_line_waits", approvers(attempt.session, here, attempt.at))

    def tell_the_freezer(self, attempt: Attempt, change: Change) -> None:
        """Whoever froze the batch is told that a second person agreed to it."""
        self._tell(attempt, "batch_agreed", sorted(attempt.subject.frozen_by))
