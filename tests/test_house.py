"""The architecture: imports run one way, the state is written in one place, and every law has a test."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from states import Lifecycle
from states.attestation import ATTESTATION
from states.batch import BATCH
from states.campaign import CAMPAIGN
from states.case import CASE
from states.chase import CHASE
from states.drawing import mermaid
from states.graduation import GRADUATION
from states.help import HELP
from states.permission import PERMISSION
from workflow.campaigns.colleges.unsigned import silent_colleges
from workflow.cases.binding import case_room
from workflow.people.cipher import Cipher

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "states", "workflow", "demo", "web")
MAY_IMPORT = {
    "config": {"config"},
    "states": {"states"},
    "workflow": {"config", "states", "workflow"},
    "demo": {"config", "states", "workflow", "demo"},
    "web": {"config", "states", "workflow", "web"},
}
ROOMS = (
    "history", "people", "school", "records", "notices", "signin", "evidence", "letters", "permissions", "cases",
    "simulation", "campaigns", "guide", "help", "sources", "outgoing", "upkeep",
)  # fmt: skip
LIFECYCLES = (CASE, CAMPAIGN, GRADUATION, CHASE, ATTESTATION, HELP, PERMISSION, BATCH)
OURS = {"bench", "config", "demo", "states", "tests", "web", "workflow", "wsgi", "start"}
SUBJECTS = "cases|campaign|graduating_class|chase|attestation|help_item|permission|batch"


@cache
def tree(file: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def modules(*packages: str) -> list[Path]:
    """Every module of some packages."""
    return [file for package in packages for file in sorted((ROOT / package).rglob("*.py"))]


def name_of(file: Path) -> str:
    """A module's dotted name."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts)


def imports(file: Path) -> Iterator[str]:
    """The dotted names of all imports in a module, at any depth."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports by dots"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(module: str) -> int:
    """The layer of a workflow module. The engine and the store are below all others."""
    parts = module.split(".")
    if len(parts) > 1 and parts[1] == "migrations":
        return len(ROOMS)
    return ROOMS.index(parts[1]) + 1 if len(parts) > 1 and parts[1] in ROOMS else 0


# -- who may know whom ----------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_one_way(package: str) -> None:
    """Rules and states know nothing of ours, workflow knows them, web knows workflow, and never the other way."""
    strangers = [
        (name_of(file), found)
        for file in modules(package)
        for found in imports(file)
        if found.split(".")[0] in OURS - MAY_IMPORT[package]
        if not (name_of(file).startswith("web.commands.") and found.startswith(("bench.", "demo.", "start.")))
    ]
    assert strangers == []


def test_rooms_import_one_way() -> None:
    """Inside workflow each room knows the ones before it; the engine knows none of them."""
    upward = [
        (name_of(file), found)
        for file in modules("workflow")
        for found in imports(file)
        if found.startswith("workflow.") and room_of(found) > room_of(name_of(file))
    ]
    assert upward == []
    rooms = {path.name for path in (ROOT / "workflow").iterdir() if (path / "__init__.py").exists()}
    assert rooms == {"engine", "store", *ROOMS}


@pytest.mark.parametrize(
    ("library", "known_to"),
    [
        ("flask", ("web",)),
        ("werkzeug", ("web",)),
        ("wtforms", ("web",)),
        ("sqlalchemy", ("workflow", "demo", "web")),
        ("alembic", ("workflow",)),
        ("click", ("web",)),
    ],
)
def test_libraries_are_known_where_they_belong(library: str, known_to: tuple[str, ...]) -> None:
    """Flask is unknown below the web, SQLAlchemy unknown to rules and states."""
    knowing = {
        file.relative_to(ROOT).parts[0]
        for file in modules(*PACKAGES)
        for found in imports(file)
        if found.split(".")[0].split("_")[0] == library
    }
    assert knowing <= set(known_to)
    assert knowing


def test_transitions_is_known_to_one_file() -> None:
    """The graph library could be replaced in an afternoon."""
    knowing = {
        name_of(file)
        for file in modules(*PACKAGES)
        for found in imports(file)
        if found.split(".")[0] == "transitions"
    }
    assert knowing == {"workflow.engine.door"}


def test_the_first_command_needs_nothing_but_python() -> None:
    """Start.py imports the standard library alone, so that a bare machine can run it."""
    assert {found.split(".")[0] for found in imports(ROOT / "start.py")} <= set(sys.stdlib_module_names)


# -- one engine -----------------------------------------------------------------------------------------


def states_written(file: Path) -> Iterator[int]:
    """The lines of a module that assign a column or attribute named state."""
    for node in ast.walk(tree(file)):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        if any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets):
            yield node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values":
            named = {word.arg for word in node.keywords}
            named |= {key.value for arg in node.args if isinstance(arg, ast.Dict) for key in arg.keys
                      if isinstance(key, ast.Constant)}  # fmt: skip
            if "state" in named:
                yield node.lineno
        words = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if re.search(rf"(?i)\b(update|insert into|delete from)\s+({SUBJECTS})\b", words):
            yield node.lineno


def test_the_state_is_written_by_the_engine_alone() -> None:
    """Neither a page nor a room sets the state of a case, a campaign or a class."""
    writing = {name_of(file) for file in modules("workflow", "web") if list(states_written(file))}
    assert writing - {"workflow.migrations.versions.0001_first_tables"} == {"workflow.engine.door"}


def test_only_the_unit_of_work_commits() -> None:
    """A room that committed by itself could leave half of a deed."""
    committing = {
        name_of(file)
        for file in modules("workflow", "web")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert committing == set()


SQL_IN_WORDS = {"text", "literal_column", "exec_driver_sql"}
"""What takes SQL as words."""


def test_no_page_writes_sql_in_words() -> None:
    """What somebody typed reaches the database as a bound value: pages and rules have no words to build it into."""
    wordy = {
        name_of(file)
        for file in modules("config", "states", "web", "demo")
        if {f"sqlalchemy.{name}" for name in SQL_IN_WORDS} & set(imports(file))
        or any(
            isinstance(node, ast.Attribute) and node.attr in SQL_IN_WORDS - {"text"}
            for node in ast.walk(tree(file))
        )
    }
    assert wordy == set()


def test_sql_in_words_is_put_together_from_names_of_our_own_alone() -> None:
    """Below the pages only the schema, and columns written in bulk, are built; everything else is a fixed text."""
    built = {
        name_of(file)
        for file in modules("workflow")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
        if getattr(node.func, "id", getattr(node.func, "attr", "")) in SQL_IN_WORDS
        if not name_of(file).startswith("workflow.migrations.")
    }
    assert built == {
        "workflow.notices.tables",
        "workflow.records.rows",
        "workflow.records.values",
        "workflow.upkeep.schema",
    }


def test_the_time_comes_from_the_engines_clock() -> None:
    """Nobody below the web asks the machine what time it is, except the clock and who makes it."""
    asking = {
        name_of(file)
        for file in modules("config", "states", "workflow")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute) and node.attr in ("now", "today", "utcnow", "time")
        if isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date", "time")
    }
    assert asking <= {"workflow.clock", "workflow.upkeep.installation"}


def test_nothing_secret_comes_from_a_predictable_source() -> None:
    """The module ``random`` is for tests, and for the demonstration's people, who are no secret."""
    earnest = [package for package in PACKAGES if package != "demo"]
    assert not [
        name_of(f) for f in modules(*earnest) for found in imports(f) if found.split(".")[0] == "random"
    ]


# -- laws and their tests -------------------------------------------------------------------------------


def named_in(life: Lifecycle) -> set[str]:
    """Every guard, check and effect that a lifecycle names."""
    names = set(life.guards)
    for action in life.actions:
        names |= {*action.guards, *action.checks, *action.effects}
    return names


@cache
def held() -> frozenset[str]:
    """Every name that a test declares with ``holds``."""
    return frozenset(
        argument.value
        for file in modules("tests")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "holds"
        for argument in decorator.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    )


def test_every_guard_check_and_effect_has_a_test_of_its_own() -> None:
    """A rule of a lifecycle that no test shows at work is not a rule."""
    assert {life.name: sorted(named_in(life) - held()) for life in LIFECYCLES} == {
        life.name: [] for life in LIFECYCLES
    }


def test_no_test_holds_what_is_not_there() -> None:
    """A test of a rule that no lifecycle names any more tests nothing."""
    assert held() == frozenset().union(*(named_in(life) for life in LIFECYCLES))


CHAPTERS = {
    "checking": (
        "open", "confirm", "vouch_fields", "say_looked", "recheck", "deem", "defer", "call_back", "exclude", "include",
    ),
    "filing": ("raise", "withdraw"),
    "review": (
        "take_up", "hold", "release", "hand_over", "take_over", "settle", "pass_step", "fail_step", "send", "receive", "see",
        "send_in_batch", "answer_in_batch",
        "object", "note", "verify", "ask", "answer", "supply", "drop_question", "warn", "escalate", "correct", "reject",
    ),
    "ending": (
        "lapse", "lapse_rest", "resume", "dispute", "reopen", "undo", "disagree", "flag", "end_flag", "reconfirm",
        "chase",
    ),
}  # fmt: skip
"""The actions of a case by the chapter of its life; ``workflow/cases`` has a folder for each."""


def chapters_of(name: str) -> set[str]:
    """The chapters whose actions name a guard, check or effect of the case lifecycle."""
    return {
        chapter
        for chapter, actions in CHAPTERS.items()
        for action in map(CASE.action, actions)
        if name in (*action.guards, *action.checks, *action.effects)
    }


def test_each_action_of_a_case_belongs_to_one_chapter() -> None:
    """The life of a case is told in four chapters, and no action is left out or told twice."""
    told = [action for actions in CHAPTERS.values() for action in actions]
    assert sorted(told) == sorted(action.name for action in CASE.actions)


def test_each_guard_check_and_effect_stands_in_the_chapter_of_its_action(cipher: Cipher) -> None:
    """Whoever reads an action finds its rules in the folder of its chapter, or in common.py if two share them."""
    binding = case_room(cipher, lambda size: bytes(size), silent_colleges)
    functions = {
        **{name: guard.ask for name, guard in binding.guards.items() if name not in CASE.guards},
        **binding.checks,
        **binding.effects,
    }
    astray = [
        (name, function.__module__)
        for name, function in functions.items()
        if not function.__module__.startswith(
            tuple(f"workflow.cases.{chapter}." for chapter in chapters_of(name))
        )
        and not (function.__module__ == "workflow.cases.common" and len(chapters_of(name)) > 1)
    ]
    assert astray == []


def test_the_engine_never_imports_the_simulation() -> None:
    """What-if asks the rules of the cases, and a decision is never made of what a simulation says."""
    asking = {
        name_of(file).split(".")[1]
        for file in modules("workflow")
        for found in imports(file)
        if found.startswith("workflow.simulation")
    }
    assert asking == {"simulation"}


def each_test(file: Path) -> Iterator[ast.FunctionDef]:
    """Every test function of a file."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def test_every_test_says_its_law_in_one_sentence() -> None:
    """The suite reads as the specification: each test has one sentence, in plain English."""
    silent = []
    for file in modules("tests"):
        for test in each_test(file):
            said = " ".join((ast.get_docstring(test) or "").split())
            if not said.endswith(".") or re.search(r"[.!?] +[A-Z]", said):
                silent.append(f"{name_of(file)}:{test.name}")
    assert silent == []


def test_no_two_tests_of_a_file_share_a_name() -> None:
    """The second would hide the first."""
    doubled = []
    for file in modules("tests"):
        names = [test.name for test in each_test(file)]
        doubled += [f"{name_of(file)}:{name}" for name in set(names) if names.count(name) > 1]
    assert doubled == []


def test_no_two_public_classes_share_a_name() -> None:
    """A name means one thing wherever it is read."""
    homes: dict[str, list[str]] = {}
    for file in modules(*PACKAGES, "bench"):
        for node in tree(file).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                homes.setdefault(node.name, []).append(name_of(file))
    assert len(homes) > 300
    assert {name: shared for name, shared in homes.items() if len(shared) > 1} == {}


def test_types_are_seldom_ignored() -> None:
    """In workflow at most five lines keep a finding of the type checker from being told."""
    ignoring = [
        f"{name_of(file)}:{number}"
        for file in modules("workflow")
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if "# type: ignore" in line
    ]
    assert len(ignoring) <= 5, ignoring


# -- what is drawn and written --------------------------------------------------------------------------


def test_the_drawn_lifecycle_is_the_declared_one() -> None:
    """The drawing in the README is made from the definition, and shows every move there is."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    drawings = re.findall(r"```mermaid\n(.*?)```", text, re.DOTALL)
    assert mermaid(CASE) in drawings
    assert all(drawing in {mermaid(life) for life in LIFECYCLES} for drawing in drawings)


def test_every_module_says_what_it_is_for() -> None:
    """The first line of a module is a sentence about it; an empty module has nothing to say."""
    silent = [
        name_of(file)
        for file in modules(*PACKAGES, "tests")
        if file.stat().st_size and not ast.get_docstring(tree(file))
    ]
    assert silent == []


def test_nothing_is_left_for_later() -> None:
    """What is not done stands in an issue, not in the code."""
    marks = re.compile(
        "|".join(rf"\b{mark}\b" for mark in ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"))
    )
    files = [
        file
        for package in (*PACKAGES, "tests", "docs", "bench")
        for file in (ROOT / package).rglob("*")
        if file.suffix in (".py", ".toml", ".html", ".css", ".js", ".md", ".mako")
        and "vendor" not in file.parts
    ]
    assert len(files) > 100
    assert [
        str(file.relative_to(ROOT)) for file in files if marks.search(file.read_text(encoding="utf-8"))
    ] == []
