"""The documents agree with the code: files, functions, classes, decisions and links exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    *sorted(ROOT.glob("*.md")),
    *sorted(file for file in (ROOT / "docs").rglob("*.md")),
]
NAMED = re.compile(r"((?:`\w+`, )*`\w+`) in `((?:\w+/)+\w+\.py)`")
"""``Name`` in ``path/to/file.py``, or several names in one file."""


@cache
def defined_in(file: Path) -> frozenset[str]:
    """The classes, functions, methods and constants of a module."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return frozenset(found)


def names_told() -> Iterator[tuple[str, str, str]]:
    """Every name that a document places in a file, as (document, name, path)."""
    for document in DOCUMENTS:
        for names, path in NAMED.findall(document.read_text(encoding="utf-8")):
            yield from ((document.name, name, path) for name in re.findall(r"\w+", names))


def test_every_name_stands_in_the_file_that_a_document_names() -> None:
    """Whoever follows the glossary or the architecture page finds the class or function where it is said to be."""
    told = list(names_told())
    assert len(told) > 40
    wrong = [
        (document, name, path)
        for document, name, path in told
        if not (ROOT / path).is_file() or name not in defined_in(ROOT / path)
    ]
    assert wrong == []


def test_an_operator_is_told_of_every_folder_whether_it_is_backed_up() -> None:
    """Each folder of an installation that the data inventory names stands among what an operator must do."""
    inventory = (ROOT / "docs" / "data-inventory.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`[\w-]+/`(?:, )?)+) in the home \|", inventory, re.MULTILINE)
    folders = {folder for row in rows for folder in re.findall(r"`[\w-]+/`", row)}
    duties = (ROOT / "SECURITY.md").read_text(encoding="utf-8").split("## What an operator must do")[1]
    assert len(folders) > 3 and sorted(one for one in folders if one not in duties) == []


def test_every_path_that_a_document_names_is_there() -> None:
    """A document sends nobody to a file that has moved."""
    tops = "config|states|workflow|web|tests|docs|demo|bench|requirements"
    path = re.compile(rf"`((?:{tops})/[\w./-]+)`")
    missing = [
        (document.name, named)
        for document in DOCUMENTS
        if document.name != "CHANGELOG.md"
        for named in path.findall(document.read_text(encoding="utf-8"))
        if not (ROOT / named).exists()
    ]
    assert missing == []


def test_every_link_between_documents_leads_somewhere() -> None:
    """A relative link names a file that is there."""
    broken = [
        (document.name, link)
        for document in DOCUMENTS
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
        if not re.match(r"\w+:", link) and not (document.parent / link).exists()
    ]
    assert broken == []


def test_every_threat_is_answered_by_a_test_that_is_there_or_by_what_is_missing() -> None:
    """Nothing is claimed of a threat without a test to look at; each threat of the model has its line."""
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    lines = [line.strip("|").split("|") for line in page.splitlines() if re.match(r"\| T\d+ \|", line)]
    threats = [cells[0].strip() for cells in lines]
    assert threats == [f"T{n}" for n in range(1, 27)]
    model = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\bT\d+\b", model)) == set(threats)
    named = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
    assert [cells[0] for cells in lines if not (named.search(cells[2]) or cells[3].strip())] == []
    tests = [found for line in lines for found in named.findall("|".join(line))]
    assert page.count("::") == len(tests) > 50
    wrong = [(path, name) for path, name in tests if not is_a_test(ROOT / path, name)]
    assert wrong == []


def is_a_test(path: Path, name: str) -> bool:
    """Whether pytest would run a function of that name in that file."""
    return path.is_file() and path.name.startswith("test_") and name in defined_in(path)


def test_the_index_names_every_decision() -> None:
    """No decision is missing from the list, and the list names none that is not there."""
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == sorted(file.name for file in folder.glob("[0-9]*.md"))
