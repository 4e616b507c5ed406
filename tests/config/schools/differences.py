"""Prints where the folders answer otherwise than their texts in the first vocabulary did.

``python -m tests.config.schools.differences`` asks both the same systematic questions. Differences of one kind
are printed once, with their number and the first question that shows them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from config.policy import PolicyQuestion, QuestionFault, School, ask, kept_school
from config.policy.words import EVERYDAY
from tests.config.kept_texts import LATEST, kept_texts
from tests.config.schools.asked import NAMES, school
from tests.config.schools.systematic import questions

SAID = (
    "outcome",
    "reasons",
    "missing",
    "office",
    "steps",
    "flags",
    "effects",
    "accepted_from",
    "next_date",
    "due",
)


def answer_of(school: School, question: Mapping[str, Any]) -> dict[str, str]:
    """Each part of an answer as a text. Without an answer, the faults."""
    try:
        said = ask(school, PolicyQuestion.from_json(question)).as_json()
    except QuestionFault as fault:
        return {"fault": str(fault)}
    said["reasons"] = [f"{one['rule']} {one['code']}: {one['says']}" for one in said["reasons"]]
    return {key: json.dumps(said[key], ensure_ascii=False) for key in SAID}


def differences(old: School, new: School) -> Iterator[str]:
    """The kinds of differences between the answers of two texts. The last line counts the questions."""
    found: dict[str, tuple[int, str]] = {}
    asked, differ = 0, 0
    for question in questions(old, EVERYDAY):
        asked += 1
        before, after = answer_of(old, question), answer_of(new, question)
        kinds = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        differ += bool(kinds)
        if kinds:
            claims = " ".join(f"{one['field']}/{one['cause']}" for one in question["claims"]) or "-"
            entered = question["student"]["entry_date"]
            where = f"{question['action']} {question['at']} by {question['filed_by']}, entered {entered}: {claims}"
            shown = "; ".join(f"{key} {before.get(key)} -> {after.get(key)}" for key in kinds)
            kind = (
                f"{question['action']} {', '.join(kinds)}" if len(kinds) < 5 else "another answer altogether"
            )
            count, first = found.get(kind, (0, f"{where}\n      {shown}"))
            found[kind] = count + 1, first
    for kind, (count, first) in found.items():
        yield f"  {count:>5} x {kind}\n    first: {first}"
    yield f"  {asked} questions, {differ} answered otherwise"


def main() -> None:
    """Print the differences of every folder."""
    old = {kept.school: kept_school(kept.text) for kept in kept_texts() if kept.since == LATEST}
    for name in NAMES:
        print(name)
        for line in differences(old[name], school(name)):
            print(line)


if __name__ == "__main__":
    main()
