"""Effects of a filing: claims, their steps, the papers, a receipt, and the notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import bindparam, insert, update

from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.claims import ClaimFiled
from workflow.cases.common import keep_words
from workflow.cases.filing.checks import PAPER_NOT_THERE
from workflow.cases.filing.proxy import FILED, FILED_FOR_YOU, by_whom
from workflow.cases.filing.receipts import new_receipt
from workflow.cases.review.step_making import ClaimTerms, Steps, in_order, terms_of
from workflow.cases.tables import Claim, Draft
from workflow.engine import Barred, Change, Effect, Entropy, by_name
from workflow.evidence.tables import Evidence
from workflow.history.codes import DUTY, Code
from workflow.notices.outbox import Outbox
from workflow.people.access import duty_here
from workflow.people.cipher import Cipher
from workflow.records.values import value_of
from workflow.store import Prepared, as_text, table_of

_CLAIM_COLUMNS = (
    "id",
    "case_id",
    "record_id",
    "field",
    "field_group",
    "cause",
    "event_date",
    "variant",
    "old",
    "new",
    "filed_at",
    "office",
    "locks",
)
_WRITE_CLAIM = Prepared(insert(table_of(Claim)).values({name: bindparam(name) for name in _CLAIM_COLUMNS}))
_DROP_DRAFT = Prepared(
    table_of(Draft)
    .delete()
    .where(Draft.record_id == bindparam("record"), Draft.person == bindparam("person"))
)
_BIND_PAPERS = Prepared(
    update(table_of(Evidence))
    .where(
        Evidence.id.in_(bindparam("ids", expanding=True)),
        Evidence.case_id.is_(None),
        Evidence.record_id == bindparam("record"),
    )
    .values(case_id=bindparam("case"))
    .returning(Evidence.digest)
)


class FilingEffects:
    """The effects of a filing. They seal the claimed values and create ids."""

    def __init__(self, cipher: Cipher, entropy: Entropy, steps: Steps) -> None:
        self._cipher, self._entropy, self._steps = cipher, entropy, steps

    def all(self) -> dict[str, Effect]:
        """Every effect by its name in the lifecycles."""
        return by_name(self.write_claims, self.mark_filed, self.build_steps, bind_papers, self.give_receipt)

    def write_claims(self, attempt: Attempt, change: Change) -> None:
        """Write one row and two commitments for each claim. The old value is the disputed one."""
        change.columns |= {
            "manner": "",
            "confirmed_on": None,
            "filed_at": as_text(attempt.at),
            "ruling": "",
            "policy": attempt.policy.digest,
        }
        claims: tuple[ClaimFiled, ...] = attempt.details["claims"]
        terms = terms_of(attempt.policy, attempt.found.answer)
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
                    "variant": claim.variant,
                    "old": self._cipher.seal(old, table="claim", column="old", row=name),
                    "new": self._cipher.seal(claim.new, table="claim", column="new", row=name),
                    "filed_at": as_text(attempt.at),
                    **asdict(terms.get(claim.field, ClaimTerms())),
                },
            )
            change.claims.append(name)
            change.codes.append(Code(claim.field, claim.cause))
            change.values |= {f"{claim.field}.old": old, f"{claim.field}.new": claim.new}
            if claim.variant:
                change.values[f"{claim.field}.variant"] = claim.variant

    def mark_filed(self, attempt: Attempt, change: Change) -> None:
        """Record the proxy, if any, with role and absent person. The student gets a notice either way."""
        by, proxy = attempt.by, attempt.by.role != "student"
        duty = duty_here(attempt) if proxy else ""
        change.columns |= {
            "proxy": by.person if proxy else None,
            "proxy_role": rules.filed_as(by.role, duty) if proxy else "",
            "proxy_for": (by.on_behalf_of or None) if proxy else None,
        }
        if proxy:
            keep_words(attempt, change)
        if duty:
            change.codes.append(Code(DUTY, duty))
        if proxy:
            Outbox(self._entropy).owe(attempt, (FILED_FOR_YOU,), by_whom(attempt))
        else:
            Outbox(self._entropy).owe(attempt, (FILED,))
        draft = {"record": attempt.subject.record.id, "person": by.person if proxy else ""}
        _DROP_DRAFT.run(attempt.session, draft)

    def give_receipt(self, attempt: Attempt, change: Change) -> None:
        """Create a receipt number that can be read out on the phone."""
        change.columns["receipt"] = new_receipt(attempt.session, self._entropy)

    def build_steps(self, attempt: Attempt, change: Change) -> None:
        """Write the steps that the policy's answer requires, for the claims just written."""
        claims: Sequence[ClaimFiled] = attempt.details["claims"]
        answer = attempt.found.answer
        ids = {claim.field: id for claim, id in zip(claims, change.claims, strict=True)}
        for position, step in in_order(answer) if answer else ():
            change.steps.append(
                self._steps.write(attempt, position, step, [ids[field] for field in step.claims])
            )


def bind_papers(attempt: Attempt, change: Change) -> None:
    """Bind the papers to the case. The entry names the digest of each."""
    ids = set(attempt.details.get("papers", ()))
    if not ids:
        return
    values = {"ids": sorted(ids), "record": attempt.subject.record.id, "case": attempt.subject.id}
    bound = [digest for (digest,) in _BIND_PAPERS.run(attempt.session, values).fetchall()]
    if len(bound) != len(ids):  # removed or filed in another window after the check
        raise Barred(PAPER_NOT_THERE)
    change.evidence += sorted(bound)
