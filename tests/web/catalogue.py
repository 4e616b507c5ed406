"""Every Chinese string on the pages that does not carry its own English, and the catalogue that translates them.

``python3 start.py words`` runs this module: it writes the catalogue again, with new strings and without those
that nothing says any more, and lists what still lacks its English.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from config.settings import ROOT
from web.shared.words import CATALOGUE
from workflow.records import claimed, identity, names

KEYWORDS: dict[str, Any] = {"_": None, "gettext": None, "ngettext": (1, 2)}
HAN = re.compile(r"[\u3400-\u9fff]")


def extracted() -> Iterator[str | tuple[str, ...]]:
    """What templates and views say, singular and plural together."""
    methods = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
    for _, _, message, _, _ in extract_from_dir(ROOT / "web", methods, {}, KEYWORDS):
        yield message


def of_pages() -> set[str]:
    """Strings in templates and views."""
    return {message if isinstance(message, str) else message[0] for message in extracted()}


def of_reasons() -> set[str]:
    """Templates and remedies of every Reason in the lower layers, and the faults used as their facts."""
    found: set[str] = set()
    for folder in ("workflow", "web"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            found |= set(_reasons_in(file))
    found |= set(names._SAID.values()) | set(identity._SAID.values())
    found |= set(
        _returned_in(
            ROOT / "workflow" / "records" / "claimed.py", ("value_fault", "_day_fault", "_text_fault")
        )
    )
    found |= {fault for _, fault in claimed._FORMS.values()}
    return found | {f"姓名最多 {claimed.NAME_LIMIT} 个字。", f"最多 {claimed.TEXT_LIMIT} 个字。"}


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


def read_catalogue() -> Catalog:
    """The catalogue as it is."""
    with CATALOGUE.open("rb") as file:
        return read_po(file, abort_invalid=True)


def brought_up_to_date(catalogue: Catalog, wanted: set[str]) -> Catalog:
    """The same translations for exactly the wanted strings; a new one has no English yet."""
    fresh = Catalog(locale="en")
    plural = {message[0]: message for message in extracted() if not isinstance(message, str)}
    for source in wanted:
        id, known = plural.get(source, source), catalogue.get(source)
        fresh.add(id, known.string if known else "")
    return fresh


def printed(catalogue: Catalog) -> bytes:
    """The catalogue as its file holds it: the head that stands there, then every string in order."""
    head = CATALOGUE.read_bytes().partition(b"\n\n")[0]
    body = io.BytesIO()
    write_po(body, catalogue, width=0, no_location=True, sort_output=True, omit_header=True)
    return head + b"\n\n" + body.getvalue()


def main() -> str | None:
    """Write the catalogue again; returns what lacks its English, or None."""
    catalogue = brought_up_to_date(read_catalogue(), of_pages() | of_reasons())
    CATALOGUE.write_bytes(printed(catalogue))
    missing = sorted(str(one.id) for one in catalogue if one.id and not one.string)
    if not missing:
        return None
    return f"{CATALOGUE.relative_to(ROOT)}: write the English (msgstr) of\n  " + "\n  ".join(missing)


if __name__ == "__main__":
    sys.exit(main())
