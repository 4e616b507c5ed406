"""Every Chinese string on the pages that does not carry its own English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.extract import extract_from_dir

from config.settings import ROOT
from workflow.cases.filing.checks import NAME_LIMIT
from workflow.records import identity, names

KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2)}
HAN = re.compile(r"[\u3400-\u9fff]")


def of_pages() -> set[str]:
    """Strings in templates and views."""
    found: set[str] = set()
    methods = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
    for _, _, message, _, _ in extract_from_dir(ROOT / "web", methods, {}, KEYWORDS):
        found.add(message if isinstance(message, str) else message[0])
    return found


def of_reasons() -> set[str]:
    """Templates and remedies of every Reason in the lower layers, and the faults used as their facts."""
    found: set[str] = set()
    for folder in ("workflow", "web"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            found |= set(_reasons_in(file))
    found |= set(names._SAID.values()) | set(identity._SAID.values())
    found |= set(
        _returned_in(ROOT / "workflow" / "cases" / "filing" / "checks.py", ("value_fault", "_birth_fault"))
    )
    return found | {f"姓名最多 {NAME_LIMIT} 个字。"}


def _reasons_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reason":
            said = [
                *node.args[1:2],
                *(word.value for word in node.keywords if word.arg in ("template", "remedy")),
            ]
            yield from (one.value for one in said if isinstance(one, ast.Constant) and one.value)


def _returned_in(file: Path, functions: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            for inner in ast.walk(node):
                if isinstance(inner, ast.Return) and inner.value is not None:
                    yield from _han_constants(inner.value)


def _han_constants(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.JoinedStr):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and HAN.search(node.value):
        yield node.value
    for inner in ast.iter_child_nodes(node):
        yield from _han_constants(inner)
