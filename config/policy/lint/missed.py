"""Ask a school's examples, and name those whose answer is not the one expected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from config.policy.ask import ask
from config.policy.examples import NEVER, Comparable, Example, got
from config.policy.question import QuestionFault
from config.policy.reading.lines import Fault
from config.policy.school import School


def missed(school: School) -> tuple[Fault, ...]:
    """Each expectation that an answer does not meet, with file and line, expected against got."""
    return tuple(fault for example in school.examples for fault in _of(school, example))


def _of(school: School, example: Example) -> Iterator[Fault]:
    try:
        answer = ask(school, example.question)
    except QuestionFault as no:
        says = f"例子“{example.name}”问不成 / cannot be asked：{'；'.join(no.faults)}"
        yield Fault(example.file, example.lines[""], says)
        return
    for key, expected in example.expect.items():
        if (said := got(key, answer, expected)) != expected:
            wanted, found = _spelled(expected), _spelled(said)
            says = (
                f"例子“{example.name}”的 {key}：应为 {wanted}，得到 {found} / expected {wanted}, got {found}"
            )
            yield Fault(example.file, example.lines[key], says)


def _spelled(value: Comparable) -> str:
    """A value in the notation of the file."""
    if value is None:
        return NEVER
    if isinstance(value, tuple):
        return f"[{'、'.join(value)}]"
    return value.isoformat() if isinstance(value, date) else str(value)
