"""What bars a filing, and the checks of its claims and papers. They report every fault at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from workflow.cases import rules
from workflow.cases.attempt import Attempt
from workflow.cases.checking.confirm import campaign_is_open
from workflow.cases.claims import ClaimFiled, following
from workflow.cases.review.locks import locked_reason
from workflow.engine import Asking, by_name, guards, in_words
from workflow.evidence.papers import Paper, papers_by_id
from workflow.people.cipher import Cipher
from workflow.records import identity
from workflow.records.claimed import value_fault
from workflow.records.values import value_of
from workflow.values import Sentence
from workflow.verdict import Reason

PAPER_NOT_THERE = Reason(
    "paper_not_there", "有一份材料已不在草稿中。", remedy="请重新上传后再提交。", rule="papers_are_there"
)


@in_words(
    "自查开放且没有按“视为无误”办结，或重新开放", "the campaign is open and nothing deemed, or opened again"
)
def campaign_takes_filings(attempt: Attempt) -> Iterator[Reason]:
    """A campaign's case takes filings while the campaign is open, a deemed one only if opened again."""
    case = attempt.subject
    if case.manner == "deemed" and case.opened(attempt.at) is None:
        yield Reason(
            "deemed_at_rest",
            "本次自查已按“视为无误”办结。",
            remedy="发现有误的，请查看现在能否另行提出更正。",
        )
    if case.campaign is not None:
        yield from campaign_is_open(attempt)


@in_words("学校规则允许提出", "the school's rules let the student file")
def policy_lets_file(attempt: Attempt) -> Iterable[Reason]:
    """The school's filing rule: whether anything may be filed at all."""
    return rules.filing_reasons(attempt)


class ClaimChecks:
    """The checks of a filing. They read the record's present values and so need the cipher."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def all(self) -> dict[str, Asking]:
        """Every check by its name in the lifecycles."""
        return by_name(
            claims_are_whole,
            self.claims_fit_together,
            fields_are_free,
            self.claims_change_something,
            papers_are_there,
            self.policy_accepts_claims,
        )

    @in_words("各项互不矛盾", "the claims fit together")
    def claims_fit_together(self, attempt: Attempt) -> Iterator[Reason]:
        """Document number, birth date and sex belong together: one consistent claim covers them."""
        groups: dict[str, str] = {}
        for claim in _known(attempt):
            group = rules.group_of(attempt.policy, claim.field)
            if group in groups:
                yield Reason(
                    "one_matter_two_claims",
                    "{one}和{two}是同一件事，请合为一项提出。",
                    {
                        "one": rules.field_name(attempt.policy, groups[group]),
                        "two": rules.field_name(attempt.policy, claim.field),
                    },
                    remedy="请只提出“证件号码”一项，出生日期和性别会随号码一并更正。",
                )
            groups[group] = claim.field
        yield from self._against_the_number(attempt)

    @in_words("与现在的记录不同", "something would change")
    def claims_change_something(self, attempt: Attempt) -> Iterator[Reason]:
        """A claim must change something: its value differs from the present one."""
        for claim in _known(attempt):
            if claim.field == "PHOTO":
                continue
            follows = following(claim)
            present = {field: self.present(attempt.session, attempt, field) for field in follows}
            if follows == present:
                yield Reason(
                    "nothing_changes",
                    "{field}与现在的记录相同。",
                    {"field": rules.field_name(attempt.policy, claim.field)},
                    remedy="请填写正确的内容；没有错就不必提出。",
                )

    @in_words("学校规则接受这些事项和材料", "the school's rules accept claims and papers")
    def policy_accepts_claims(self, attempt: Attempt) -> Iterator[Reason]:
        """The school's whole policy, asked about these claims with these papers."""
        general = {(reason.rule, reason.code) for reason in rules.filing_reasons(attempt)}
        claims = tuple({claim.field: claim for claim in _known(attempt)}.values())
        olds = {claim.field: self.present(attempt.session, attempt, claim.field) for claim in claims}
        kinds = tuple(paper.kind for paper in papers_named(attempt) if paper is not None)
        for reason in rules.claim_reasons(attempt, claims, olds, kinds):
            if (reason.rule, reason.code) not in general:
                yield reason

    def present(self, session: Session, attempt: Attempt, field: str) -> str:
        """The record's present value of a field, as text."""
        return value_of(session, self._cipher, attempt.subject.record.id, field)

    def _against_the_number(self, attempt: Attempt) -> Iterator[Reason]:
        """A birth date or sex that contradicts the number can be right only if the number is wrong."""
        claims = {claim.field: claim for claim in _known(attempt)}
        if "SFZH" in claims or not claims.keys() & {"CSRQ", "XB"}:
            return
        number = identity.read_number(self.present(attempt.session, attempt, "SFZH"))
        for field, carried in (
            ("CSRQ", number.birth.isoformat() if number.birth else None),
            ("XB", number.sex),
        ):
            if field in claims and carried and claims[field].new != carried:
                yield Reason(
                    "denied_by_the_number",
                    "填写的{field}与证件号码不一致。",
                    {"field": rules.field_name(attempt.policy, field)},
                    remedy="如果证件号码有误，请改为提出“证件号码”一项；否则请核对填写的内容。",
                )


@in_words("每一项填写完整", "every claim is whole")
def claims_are_whole(attempt: Attempt) -> Iterator[Reason]:
    """Each claim needs a claimable field, a cause that fits it, a value, and the event date if required."""
    if not _claims(attempt):
        yield Reason("no_claims", "没有标出任何有误的信息。", remedy="请先在有误的项目上选择“有误”。")
    for claim in _claims(attempt):
        yield from _one_claim(attempt, claim)


@in_words("各项没有在办的申请", "no open claim on the fields")
def fields_are_free(attempt: Attempt) -> Iterator[Reason]:
    """One open claim for each record and field group, in whatever case, and none on what another locks."""
    taken = {claim.field_group: claim for claim in attempt.subject.open_elsewhere}
    for claim in _known(attempt):
        other = taken.get(rules.group_of(attempt.policy, claim.field))
        if other is not None:
            yield Reason(
                "field_has_open_claim",
                "{field}已有更正事项在办理（{filed} 提交）。",
                {"field": rules.field_name(attempt.policy, claim.field), "filed": other.filed_at.date()},
                remedy="请等待办结，或先撤回那一次申请。",
            )
        elif (reason := locked_reason(attempt, [claim.field])) is not None:
            yield reason


@in_words("所附材料都在", "the papers are there")
def papers_are_there(attempt: Attempt) -> Iterator[Reason]:
    """Every named paper is of this student, from the person filing now, and not part of another filing."""
    record = attempt.subject.record.id
    hand = None if attempt.by.role == "student" else attempt.by.person
    for paper in papers_named(attempt):
        if paper is None or (paper.record_id, paper.case_id, paper.added_by) != (record, None, hand):
            yield PAPER_NOT_THERE


def _one_claim(attempt: Attempt, claim: ClaimFiled) -> Iterator[Reason]:
    words = rules.field_words(attempt.policy, claim.field)
    if words is None or not words.claimable:
        yield Reason(
            "field_not_claimable",
            "“{field}”不能在这里提出更正。",
            {"field": words or claim.field},
            remedy="请联系学籍管理部门。",
        )
        return
    if claim.cause not in words.causes:
        yield Reason(
            "cause_does_not_fit",
            "请为{field}选择错误的原因。",
            {"field": words},
            remedy="从列出的原因中选择一个。",
        )
    if claim.variant and claim.variant not in attempt.policy.school.policy.variants:
        yield Reason(
            "variant_unknown",
            "请从列出的情形中选择一个。",
            {"field": words},
            remedy="没有列出的情形的，请选“没有以上情形”。",
        )
    fault = value_fault(claim.field, claim.new, attempt.at.date())
    if fault:
        yield Reason(
            "value_is_not_whole",
            "{field}：{fault}",
            {"field": words, "fault": Sentence(fault)},
            remedy="请按证件上的内容填写。",
        )
    if claim.cause == "legal_change" and claim.event_date is None:
        yield Reason(
            "event_date_missing",
            "请填写{field}在公安机关变更的日期。",
            {"field": words},
            remedy="日期写在户口簿或公安证明上。",
        )
    if claim.event_date is not None and claim.event_date > attempt.at.date():
        yield Reason(
            "event_in_the_future",
            "变更日期 {day} 还没有到。",
            {"day": claim.event_date},
            remedy="请填写材料上的日期。",
        )


def _claims(attempt: Attempt) -> tuple[ClaimFiled, ...]:
    return tuple(attempt.details.get("claims", ()))


def _known(attempt: Attempt) -> tuple[ClaimFiled, ...]:
    """The claims whose field and cause exist. ``claims_are_whole`` reports the others."""
    found = [(claim, rules.field_words(attempt.policy, claim.field)) for claim in _claims(attempt)]
    variants = ("", *attempt.policy.school.policy.variants)
    return tuple(
        claim
        for claim, words in found
        if words and words.claimable and claim.cause in words.causes and claim.variant in variants
    )


def papers_named(attempt: Attempt) -> list[Paper | None]:
    """The papers named in the filing, None for those that are not there."""
    return papers_by_id(attempt.session, attempt.details.get("papers", ()))


GUARDS = guards(campaign_takes_filings, policy_lets_file)
