"""Official letters 公函 to the police, a school or an exam authority: what one must say, and its number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace

from sqlalchemy.orm import Session

from config.profile import Profile
from workflow.cases.attempt import Attempt
from workflow.cases.facts import StepFacts
from workflow.cases.letter_numbers import is_given_already
from workflow.cases.letters import facts_of
from workflow.cases.load import whole_of_case
from workflow.cases.review.steps import the_step
from workflow.engine import Asking, Entropy, by_name, in_words
from workflow.letters.facts import LetterFacts
from workflow.letters.register import give
from workflow.letters.tables import ADDRESSEES
from workflow.people.cipher import Cipher
from workflow.records.texts import WORDS_LIMIT, clean_text, clean_words
from workflow.records.values import values_of
from workflow.values import step_named
from workflow.verdict import Reason

INQUIRY = "inquiry"
WRITTEN_FOR = ("letter", "external")
"""The kinds of steps for which an official letter can be written."""
ADDRESSEE_LIMIT = 60


class Inquiries:
    """The checks on official letters, and their giving. ``sender`` is the school as its letters name it."""

    def __init__(self, cipher: Cipher, entropy: Entropy, sender: Callable[[Session], Profile]) -> None:
        self._cipher, self._entropy, self._sender = cipher, entropy, sender

    def checks(self) -> dict[str, Asking]:
        """Every check by the name lifecycles use."""
        return by_name(number_is_new, self.inquiry_is_whole)

    @in_words("公函写明发给谁、请对方核实什么", "an official letter says whom it goes to and what it asks")
    def inquiry_is_whole(self, attempt: Attempt) -> Iterator[Reason]:
        """A letter written here has an addressee and a question; its number is the register's or typed."""
        step, said = the_step(attempt), attempt.details
        if step is None or not said.get("whom"):
            return
        if step.kind not in WRITTEN_FOR:
            yield Reason(
                "no_letter_here",
                "“{step}”不发公函。",
                {"step": step_named(step.kind)},
                remedy="请登记发出的日期和编号。",
            )
        if said["whom"] not in ADDRESSEES:
            yield Reason("addressee_unknown", "请选择函件发给哪一类单位。", remedy="请从列出的单位中选择。")
        if not _addressee(attempt):
            yield Reason("addressee_missing", "请填写收函单位的全称。", remedy="照对方公章上的名称写。")
        elif len(_addressee(attempt)) > ADDRESSEE_LIMIT:
            yield Reason(
                "addressee_too_long",
                "收函单位最多 {limit} 字。",
                {"limit": ADDRESSEE_LIMIT},
                remedy="请写对方的规范简称。",
            )
        if not _asks(attempt):
            yield Reason("asks_missing", "请写明请对方核实什么。", remedy="写一两句，让对方知道要查什么。")
        elif len(_asks(attempt)) > WORDS_LIMIT:
            yield Reason(
                "asks_too_long",
                "请对方核实的内容最多 {limit} 字。",
                {"limit": WORDS_LIMIT},
                remedy="请缩短。",
            )
        yield from self._numbered(attempt)

    def _numbered(self, attempt: Attempt) -> Iterator[Reason]:
        word = self._sender(attempt.session).document_word
        typed = clean_text(attempt.details.get("number") or "")
        if word and typed:
            yield Reason(
                "number_from_register",
                "在这里写的公函由本系统编号（{word}）。",
                {"word": word},
                remedy="请把函件编号留空；函件已在别处编号的，请改为只登记发出。",
            )
        if not word and not typed:
            yield Reason("number_missing", "请填写函件的编号。", remedy="编号写在函件上，回函时用得到。")

    def give(self, attempt: Attempt, step: StepFacts, claims: Collection[str]) -> str:
        """Give the letter that a sending asks for, with its number; '' if it asks for none."""
        if not attempt.details.get("whom"):
            return ""
        sender = self._sender(attempt.session)
        spoken = give(
            attempt.session,
            self._cipher,
            self._entropy,
            case=attempt.subject.id,
            step=step.id,
            version=attempt.subject.version + 1,
            kind=INQUIRY,
            word=sender.document_word,
            facts=self._facts(attempt, claims, sender),
        )
        return spoken or clean_text(attempt.details.get("number") or "")

    def _facts(self, attempt: Attempt, claims: Collection[str], sender: Profile) -> LetterFacts:
        session, case, said = attempt.session, attempt.subject, attempt.details
        whole = whole_of_case(session, case.id)
        assert whole is not None
        asked = replace(case, claims_of_record=tuple(one for one in case.claims if one.id in claims))
        facts = facts_of(self._cipher, whole.values, asked, {}, at=attempt.at, sender=sender, names={})
        return replace(
            facts,
            whom=said["whom"],
            addressee=_addressee(attempt),
            asks=_asks(attempt),
            due=said.get("due"),
            document=values_of(session, self._cipher, case.record.id, ("SFZH",))["SFZH"],
            typed="" if sender.document_word else clean_text(said.get("number") or ""),
        )


@in_words("函件编号没有用过", "the number of the letter was not given before")
def number_is_new(attempt: Attempt) -> Reason | None:
    """A number that is typed for a letter is not that of a letter about another case.

    An external body's step may bear one number for several cases, unless its letter is written here.
    """
    step, number = the_step(attempt), clean_text(attempt.details.get("number") or "")
    is_letter = step is not None and (step.kind == "letter" or bool(attempt.details.get("whom")))
    if not is_letter or not number:
        return None
    if not is_given_already(attempt.session, number, case=attempt.subject.id):
        return None
    return Reason(
        "number_given_already",
        "编号 {number} 已用于另一份申请的函件。",
        {"number": number},
        remedy="请核对函件上的编号。",
    )


def _addressee(attempt: Attempt) -> str:
    return clean_text(attempt.details.get("addressee") or "")


def _asks(attempt: Attempt) -> str:
    return clean_words((attempt.details.get("asks") or "").replace("\r\n", "\n"))
