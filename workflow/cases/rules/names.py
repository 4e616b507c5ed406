"""What the codes of a school's rules are called, in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from config.policy import School
from config.policy.words import Refusal, Words
from workflow.history.codes import DECIDED_OUTSIDE, Code

INADMISSIBLE, REFUSED = "inadmissible", "refused"
OUTSIDE = "outside"
"""The kind of a refusal that a body outside decided."""
KINDS_OF_REFUSAL: dict[str, tuple[str, str]] = {
    INADMISSIBLE: ("不予受理", "Inadmissible"),
    REFUSED: ("驳回", "Refused"),
}
Named = Callable[[School], Mapping[str, Any]]


def offices(school: School) -> Mapping[str, Any]:
    """The offices of a school."""
    return school.offices


def fields(school: School) -> Mapping[str, Any]:
    """The fields of a record that a school's students check, and its status."""
    return {one.code: one for one in (*school.fields, school.status_field)}


def causes(school: School) -> Mapping[str, Any]:
    """The causes of a claim."""
    return school.policy.causes


def variants(school: School) -> Mapping[str, Any]:
    """The circumstances that rules tell apart."""
    return school.policy.variants


def refusals(school: School) -> Mapping[str, Any]:
    """The codes with which a reviewer refuses."""
    return {one.code: one for one in school.policy.refusals}


def unnamed(office: str) -> Words:
    """An office that no text of the school names."""
    return Words(office, office, office)


def outside(office: Words) -> Refusal:
    """The refusal of a body outside, by the school's own name for it. No list of the school has it."""
    return Refusal(
        code=str(Code(DECIDED_OUTSIDE, office.code)),
        kind=OUTSIDE,
        zh=f"{office.zh}不同意更正",
        en=f"not agreed to by the {office.en}",
        remedy="这是对方的决定，不由学校作出；有新的材料，可以就同一项重新提出。",
        remedy_en="The decision is theirs, not the school's. With new papers you may raise it again.",
    )


class SchoolNames:
    """The names in several texts of a school. The first that has a code names it."""

    def __init__(self, schools: Iterable[School]) -> None:
        self._schools = tuple(schools)

    def found(self, code: str, words: Named) -> Any:
        """What a code is in a list of the rules; None where no text has it."""
        for school in self._schools:
            if (found := words(school).get(code)) is not None:
                return found
        return None

    def named(self, code: str, words: Named) -> tuple[str, str]:
        """What a code of a list is called. One that no text has is its own name."""
        found = self.found(code, words)
        return (found.zh, found.en) if found else (code, code)

    def refusal_of(self, code: str) -> Refusal | None:
        """A refusal by its code; None where no text has it."""
        said = Code.parse(code)
        if said.name == DECIDED_OUTSIDE:
            return outside(self.found(said.value, offices) or unnamed(said.value))
        found: Refusal | None = self.found(code, refusals)
        return found

    def refusal(self, code: str) -> tuple[str, str]:
        """Why something was not corrected: the kind of refusal and its text."""
        found = self.refusal_of(code)
        if found is None:
            return code, code
        if found.kind == OUTSIDE:
            return found.zh, found.en
        zh, en = KINDS_OF_REFUSAL[found.kind]
        return f"{zh} · {found.zh}", f"{en} · {found.en or found.zh}"

    def grounds(self, cause: str, variant: str) -> tuple[str, str]:
        """Why a claim is made: its cause, and the circumstance if it names one."""
        zh, en = self.named(cause, causes)
        if not variant:
            return zh, en
        more, more_en = self.named(variant, variants)
        return f"{zh} · {more}", f"{en or zh} · {more_en or more}"
