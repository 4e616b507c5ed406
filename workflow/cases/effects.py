"""What follows from an action on a case. Effects add rows and name columns; the engine moves the state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, insert, null, select, update

from workflow.cases import rules
from workflow.cases.ending.after_decision import AFRESH, cause_to_lapse
from workflow.cases.filing.checks import PAPER_NOT_THERE, following, shown
from workflow.cases.filing.file import ClaimFiled, new_receipt
from workflow.cases.filing.proxy import CONFIRMED_FOR_YOU, FILED, FILED_FOR_YOU
from workflow.cases.review import holds
from workflow.cases.review.step_effects import Steps
from workflow.cases.tables import Claim, Draft
from workflow.engine import Attempt, Barred, Change, Effect, Entropy
from workflow.evidence.tables import Evidence
from workflow.notices.outbox import HELD_BACK, Outbox, take_back
from workflow.people.cipher import Cipher
from workflow.records import corrections
from workflow.records.texts import clean_words
from workflow.records.values import value_of
from workflow.store import Prepared, as_text

_CLAIM_COLUMNS = (
    "id",
    "case_id",
    "record_id",
    "field",
    "field_group",
    "cause",
    "event_date",
    "old",
    "new",
    "filed_at",
)
_WRITE_CLAIM = Prepared(insert(Claim.__table__).values({name: bindparam(name) for name in _CLAIM_COLUMNS}))  # type: ignore[arg-type]
_DROP_DRAFT = Prepared(
    Draft.__table__.delete().where(  # type: ignore[attr-defined]
        Draft.record_id == bindparam("record"), Draft.person == bindparam("person")
    )
)
_BIND_PAPERS = Prepared(
    update(Evidence.__table__)  # type: ignore[arg-type]
    .where(
        Evidence.id.in_(bindparam("ids", expanding=True)),
        Evidence.case_id.is_(None),
        Evidence.record_id == bindparam("record"),
    )
    .values(case_id=bindparam("case"))
    .returning(Evidence.digest)
)
_NEW_VALUE = Prepared(select(Claim.new).where(Claim.id == bindparam("claim")))


BY_HAND = "by_hand"
"""The code of a case that was added to its campaign by hand."""


def _of_claim(**values: Any) -> Prepared:
    return Prepared(update(Claim.__table__).where(Claim.id == bindparam("claim")).values(values))  # type: ignore[arg-type]


_SETTLE_CLAIM = _of_claim(
    outcome=bindparam("outcome"), ruling=bindparam("ruling"), seen_on=bindparam("seen_on")
)
_END_CLAIM = _of_claim(ended_at=bindparam("ended_at"))
_END_CLAIM_AS = _of_claim(ended_at=bindparam("ended_at"), outcome=bindparam("outcome"))
_LAPSE_CLAIM = _of_claim(outcome="lapsed", ruling=bindparam("ruling"))
_REOPEN_CLAIM = _of_claim(outcome="", ruling="", seen_on=null(), ended_at=null())


def _each(claims: Sequence[str], **values: str | None) -> list[dict[str, str | None]]:
    return [{"claim": claim, **values} for claim in claims]


class CaseEffects:
    """The effects of the case lifecycle; some seal or open values and mint ids."""

    def __init__(self, cipher: Cipher, entropy: Entropy, steps: Steps) -> None:
        self._cipher, self._entropy, self._steps = cipher, entropy, steps

    def all(self) -> dict[str, Effect]:
        """Every effect by the name lifecycles use."""
        holding: dict[str, Effect] = {
            "hold_it": holds.hold_it,
            "hand_over": holds.hand_over,
            "let_go": holds.let_go,
        }
        return (
            holding
            | self._steps.effects()
            | {
                name: getattr(self, name)
                for name in (
                    "mark_confirmed",
                    "mark_deemed",
                    "forget_confirmation",
                    "write_claims",
                    "mark_filed",
                    "bind_papers",
                    "give_receipt",
                    "close_claims_withdrawn",
                    "close_claims_lapsed",
                    "reopen_claims",
                    "settle_claim",
                    "take_back_refused",
                    "close_unsettled_lapsed",
                    "write_corrections",
                    "mark_decided",
                    "mark_lapsed",
                    "take_back_decision",
                    "mark_excluded",
                    "mark_included",
                    "say_why_added",
                )
            }
        )

    # -- checking ---------------------------------------------------------------------------------------

    def mark_confirmed(self, attempt: Attempt, change: Change) -> None:
        """The student said so, or somebody for them, of these values: the entry commits to them."""
        proxy = attempt.by.role != "student"
        change.columns["manner"] = "proxy" if proxy else "confirmed"
        if proxy:
            Outbox(self._entropy).owe(attempt, (CONFIRMED_FOR_YOU,))
            self._words(attempt, change)
        change.values["confirmed"] = shown(attempt.session, self._cipher, attempt.subject)[0]

    def mark_deemed(self, attempt: Attempt, change: Change) -> None:
        """The student said nothing; that is not the same."""
        change.columns["manner"] = "deemed"

    def forget_confirmation(self, attempt: Attempt, change: Change) -> None:
        """What was confirmed has changed, so it is not confirmed any more."""
        change.columns["manner"] = ""

    def mark_excluded(self, attempt: Attempt, change: Change) -> None:
        """Out of the denominator, with the reason code and the words."""
        code = attempt.details.get("code") or "other"
        change.columns["excluded"] = code
        change.codes.append(code)
        self._words(attempt, change)

    def mark_included(self, attempt: Attempt, change: Change) -> None:
        """Back in the denominator."""
        change.columns["excluded"] = ""
        self._words(attempt, change)

    def say_why_added(self, attempt: Attempt, change: Change) -> None:
        """A record that no rule named: the entry says that somebody added it, and why."""
        if attempt.by.role == "registrar":
            change.codes.append(BY_HAND)
            self._words(attempt, change)

    # -- filing -----------------------------------------------------------------------------------------

    def write_claims(self, attempt: Attempt, change: Change) -> None:
        """One row and two commitments for each claim; the old value is the one that was disputed."""
        change.columns |= {
            "manner": "",
            "filed_at": as_text(attempt.at),
            "ruling": "",
            "policy": attempt.policy.digest,
        }
        claims: tuple[ClaimFiled, ...] = attempt.details["claims"]
        for claim in claims:
            name = self._entropy(16).hex()
            old = value_of(attempt.session, self._cipher, attempt.subject.record.id, claim.field)
            _WRITE_CLAIM.run(
                attempt.session,
                {
                    "id": name,
                    "case_id": attempt.subject.id,
                    "record_id": attempt.subject.record.id,
                    "field": claim.field,
                    "field_group": rules.group_of(attempt.policy, claim.field),
                    "cause": claim.cause,
                    "event_date": claim.event_date.isoformat() if claim.event_date else None,
                    "old": self._cipher.seal(old, table="claim", column="old", row=name),
                    "new": self._cipher.seal(claim.new, table="claim", column="new", row=name),
                    "filed_at": as_text(attempt.at),
                },
            )
            change.claims.append(name)
            change.codes.append(f"{claim.field}:{claim.cause}")
            change.values |= {f"{claim.field}.old": old, f"{claim.field}.new": claim.new}

    def mark_filed(self, attempt: Attempt, change: Change) -> None:
        """Who filed it, if not the student, in which role and whose place; the student is told either way."""
        by, proxy = attempt.by, attempt.by.role != "student"
        change.columns |= {
            "proxy": by.person if proxy else None,
            "proxy_role": by.role if proxy else "",
            "proxy_for": (by.on_behalf_of or None) if proxy else None,
        }
        if proxy:
            self._words(attempt, change)
        Outbox(self._entropy).owe(attempt, (FILED_FOR_YOU if proxy else FILED,))
        draft = {"record": attempt.subject.record.id, "person": by.person if proxy else ""}
        _DROP_DRAFT.run(attempt.session, draft)

    def bind_papers(self, attempt: Attempt, change: Change) -> None:
        """The papers belong to the case from now on; the entry names the digest of each."""
        ids = set(attempt.details.get("papers", ()))
        if not ids:
            return
        values = {"ids": sorted(ids), "record": attempt.subject.record.id, "case": attempt.subject.id}
        bound = [digest for (digest,) in _BIND_PAPERS.run(attempt.session, values).fetchall()]
        if len(bound) != len(ids):  # taken away or filed in another window, after the check looked
            raise Barred(PAPER_NOT_THERE)
        change.evidence += sorted(bound)

    def give_receipt(self, attempt: Attempt, change: Change) -> None:
        """A number that can be said on the phone."""
        change.columns["receipt"] = new_receipt(attempt.session, self._entropy)

    def close_claims_withdrawn(self, attempt: Attempt, change: Change) -> None:
        """The claims end without having been judged."""
        self._end_claims(attempt, change, outcome="withdrawn")

    def close_claims_lapsed(self, attempt: Attempt, change: Change) -> None:
        """The claims end because the case does, for the same cause; this is no refusal."""
        standing = [claim.id for claim in attempt.subject.claims]
        _LAPSE_CLAIM.run_many(attempt.session, _each(standing, ruling=cause_to_lapse(attempt)))
        self._end_claims(attempt, change)

    def reopen_claims(self, attempt: Attempt, change: Change) -> None:
        """The claims stand again, without their outcome; what was not told yet is not told."""
        take_back(attempt.session, attempt.subject.id, HELD_BACK, attempt.at)
        for claim in attempt.subject.claims:
            change.claims.append(claim.id)
        _REOPEN_CLAIM.run_many(attempt.session, _each(change.claims))
        change.columns |= {"ruling": "", "decided_by": None, "decided_at": None, **AFRESH}
        self._words(attempt, change)

    # -- reviewing --------------------------------------------------------------------------------------

    def settle_claim(self, attempt: Attempt, change: Change) -> None:
        """One claim gets its outcome, and the case stays where it is."""
        details = attempt.details
        claim = next(claim for claim in attempt.subject.claims if claim.id == details["claim"])
        seen_on = details["seen_on"].isoformat() if details["outcome"] == "corrected" else None
        ruling = str(details.get("refusal") or "") if details["outcome"] == "refused" else ""
        _SETTLE_CLAIM.run(
            attempt.session,
            {"claim": claim.id, "outcome": details["outcome"], "ruling": ruling, "seen_on": seen_on},
        )
        change.claims.append(claim.id)
        change.codes.append(f"{claim.field}:{details['outcome']}")
        if details["outcome"] == "corrected":
            change.codes.append(f"seen_on:{seen_on}")
        if ruling:
            change.codes.append(ruling)
        self._words(attempt, change)

    def take_back_refused(self, attempt: Attempt, change: Change) -> None:
        """What an earlier decision of this case wrote and this one does not bear out goes back."""
        standing = {field for values in self._corrected(attempt) for field in values}
        corrections.take_back(
            attempt.session,
            self._cipher,
            attempt.subject.record.id,
            attempt.subject.id,
            attempt.subject.filed_at,
            attempt.at,
            self._entropy,
            except_for=standing,
        )

    def write_corrections(self, attempt: Attempt, change: Change) -> None:
        """The record takes the values of the corrected claims; the old ones stay in the record's history."""
        for values in self._corrected(attempt):
            corrections.correct(
                attempt.session,
                self._cipher,
                attempt.subject.record.id,
                values,
                attempt.subject.id,
                attempt.at,
                self._entropy,
            )
            change.values |= {f"{field}.new": value for field, value in values.items()}

    def mark_decided(self, attempt: Attempt, change: Change) -> None:
        """Who decided and when; every claim ends with the case."""
        change.columns |= {
            "decided_by": attempt.by.person,
            "decided_at": as_text(attempt.at),
            "ruling": str(attempt.details.get("refusal", "")),
        }
        self._end_claims(attempt, change)
        if attempt.details.get("refusal"):
            change.codes.append(str(attempt.details["refusal"]))
        self._words(attempt, change)

    def mark_lapsed(self, attempt: Attempt, change: Change) -> None:
        """Ended by the system, for a cause that the entry names."""
        cause = cause_to_lapse(attempt)
        change.columns |= {"decided_at": as_text(attempt.at), "ruling": f"lapsed:{cause}"}
        change.codes.append(cause)

    def take_back_decision(self, attempt: Attempt, change: Change) -> None:
        """As if the decision had not been made, except that the history shows that it was."""
        corrections.take_back(
            attempt.session,
            self._cipher,
            attempt.subject.record.id,
            attempt.subject.id,
            attempt.subject.decided_at,
            attempt.at,
            self._entropy,
        )
        take_back(attempt.session, attempt.subject.id, HELD_BACK, attempt.at)
        standing = [claim.id for claim in attempt.subject.claims]
        _END_CLAIM.run_many(attempt.session, _each(standing, ended_at=None))
        change.claims += standing
        change.columns |= {"decided_by": None, "decided_at": None, "ruling": "", **AFRESH}

    def close_unsettled_lapsed(self, attempt: Attempt, change: Change) -> None:
        """The claims that have no outcome lapse; those that have one keep it."""
        change.claims += [claim.id for claim in attempt.subject.claims if not claim.outcome]
        cause = cause_to_lapse(attempt)
        _LAPSE_CLAIM.run_many(attempt.session, _each(change.claims, ruling=cause))
        change.codes.append(cause)

    # -- shared -----------------------------------------------------------------------------------------

    def _corrected(self, attempt: Attempt) -> Iterator[dict[str, str]]:
        """The record's values that each corrected claim brings about; a photo is no value."""
        for claim in sorted(attempt.subject.claims, key=lambda claim: claim.id):
            if claim.outcome == "corrected" and claim.field != "PHOTO":
                (sealed,) = _NEW_VALUE.run(attempt.session, {"claim": claim.id}).fetchone()
                new = self._cipher.open(sealed, table="claim", column="new", row=claim.id)
                yield following(ClaimFiled(claim.field, claim.cause, new))

    def _end_claims(self, attempt: Attempt, change: Change, outcome: str = "") -> None:
        standing = [claim.id for claim in attempt.subject.claims]
        values = {"ended_at": as_text(attempt.at)} | ({"outcome": outcome} if outcome else {})
        (_END_CLAIM_AS if outcome else _END_CLAIM).run_many(attempt.session, _each(standing, **values))
        change.claims += standing

    def _words(self, attempt: Attempt, change: Change) -> None:
        words = clean_words(attempt.details.get("words") or "")
        if words:
            change.values["words"] = words
