"""What the codes of a school's rules are called, in Chinese and English."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from config.policy import School

KINDS_OF_REFUSAL: dict[str, tuple[str, str]] = {
    "inadmissible": ("不予受理", "Inadmissible"),
    "refused": ("驳回", "Refused"),
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

    def refusal(self, code: str) -> tuple[str, str]:
        """Why something was not corrected: the kind of refusal and its text."""
        found = self.found(code, refusals)
        if found is None:
            return code, code
        zh, en = KINDS_OF_REFUSAL[found.kind]
        return f"{zh} · {found.zh}", f"{en} · {found.en or found.zh}"

    def grounds(self, cause: str, variant: str) -> tuple[str, str]:
        """Why a claim is made: its cause, and the circumstance if it names one."""
        zh, en = self.named(cause, causes)
        if not variant:
            return zh, en
        more, more_en = self.named(variant, variants)
        return f"{zh} · {more}", f"{en or zh} · {more_en or more}"
