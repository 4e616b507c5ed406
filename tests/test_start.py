"""start.py, really run: in its own project, with packages built here, without a network."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import start

ROOT = Path(__file__).parents[1]

HOUSE = list(start.CHECKS)[-1]

# The project's command line prints its folder, its arguments, and the package versions it sees.
COMMAND_LINE = """
import json, os, sys
from importlib.metadata import distributions
bricks = sorted(f"{d.name} {d.version}" for d in distributions() if d.name.startswith("brick"))
print(json.dumps({"words": sys.argv[1:], "folder": os.getcwd(), "code": __file__, "bricks": bricks}))
"""


@dataclass(frozen=True)
class Project:
    """A folder with start.py, lock files, and a command line that describes itself."""

    root: Path
    wheels: Path
    environment: dict[str, str]

    def lock(self, name: str, *bricks: tuple[str, str]) -> None:
        """Write a lock file for these packages. Each is built here in its version."""
        lines = [
            f"{brick}=={version} --hash=sha256:{self.build(brick, version)}" for brick, version in bricks
        ]
        (self.root / "requirements" / f"{name}.txt").write_text("\n".join(lines) + "\n")

    def build(self, brick: str, version: str) -> str:
        """Build a wheel where pip and uv look for it. Returns its digest."""
        file = self.wheels / f"{brick}-{version}-py3-none-any.whl"
        about = f"{brick}-{version}.dist-info"
        with zipfile.ZipFile(file, "w") as wheel:
            stamp = (2026, 1, 1, 0, 0, 0)
            for name, text in (
                (f"{brick}.py", ""),
                (f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {brick}\nVersion: {version}\n"),
                (f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
                (f"{about}/RECORD", ""),
            ):
                wheel.writestr(zipfile.ZipInfo(name, stamp), text)
        return hashlib.sha256(file.read_bytes()).hexdigest()

    def begin(self, *words: str, folder: Path | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.root / "start.py"), *words],
            cwd=folder or self.root,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def start(self, *words: str, folder: Path | None = None) -> Ran:
        return finish(self.begin(*words, folder=folder))

    def set_up_for_development(self) -> Ran:
        """The set-up part of `start.py test`, before pytest starts."""
        done = subprocess.run(
            [sys.executable, "-P", "-c", "import start; start.set_up('dev')"],
            env={**self.environment, "PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def said(self) -> dict[str, Any]:
        """The output of the command line."""
        assert self.code == 0, self.err
        return json.loads(self.out)  # type: ignore[no-any-return]

    @property
    def bricks(self) -> list[str]:
        return list(self.said["bricks"])


def finish(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate()
    return Ran(process.returncode, out, err)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project for all tests, because an environment takes seconds. Each test leaves it usable."""
    root = tmp_path_factory.mktemp("a school's server")  # spaces and an apostrophe in its path
    wheels = tmp_path_factory.mktemp("wheels")
    for folder in ("requirements", "tools", "web/commands"):
        (root / folder).mkdir(parents=True)
    shutil.copy(ROOT / "start.py", root)
    (root / "web" / "commands" / "__main__.py").write_text(COMMAND_LINE)
    for tool in ("uv", "fc-list"):
        if found := shutil.which(tool):
            (root / "tools" / tool).symlink_to(found)
    elsewhere = str(root / "elsewhere")
    made = Project(
        root,
        wheels,
        {
            "PATH": str(root / "tools"),
            "HOME": str(root),
            # the only source of packages
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(wheels),
            "UV_OFFLINE": "1",
            "UV_FIND_LINKS": str(wheels),
            "UV_NO_CACHE": "1",
            # settings of a user who installs packages differently
            "PIP_USER": "1",
            "PIP_TARGET": elsewhere,
            "PIP_PREFIX": elsewhere,
            "PYTHONPATH": elsewhere,
        },
    )
    made.lock("run", ("brick", "1"))
    return made


# ---- the words


@pytest.mark.parametrize(
    ("words", "command"),
    [
        ([], ["serve"]),
        (["--port", "8080"], ["serve", "--port", "8080"]),
        (["--at", "2024-10-25"], ["serve", "--at", "2024-10-25"]),
        (["screenshots"], ["screenshots"]),
        (["--help"], ["--help"]),
        (["-h"], ["-h"]),
        (["serve"], ["serve"]),
        (["roster", "import", "a b.csv", "--dry-run"], ["roster", "import", "a b.csv", "--dry-run"]),
        (["policy", "ask", ""], ["policy", "ask", ""]),
    ],
)
def test_words_reach_the_command_line_and_none_means_serve(words: list[str], command: list[str]) -> None:
    """All words are passed on unaltered, and where no command is named the command is to serve."""
    assert start.command(words) == command


def test_all_tests_run_from_wherever_one_stands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The test command runs all tests whatever folder it is called from, unless a path names some of them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "test_one.py").touch()
    every = str(ROOT / "tests")

    assert start.tests_to_run([])[2:] == ["-n", "2", "--dist", "worksteal", every]
    assert start.tests_to_run(["-k", "roster"])[2:] == ["-k", "roster", every]
    assert start.tests_to_run(["test_one.py::test_it", "-x"])[2:] == ["test_one.py::test_it", "-x"]


@pytest.mark.parametrize(
    ("words", "lock"),
    [
        ([], "run"),
        (["--at", "2024-10-25"], "run"),
        (["serve"], "run"),
        (["test", "-x"], "dev"),
        (["check"], "dev"),
        (["screenshots", "pictures"], "dev"),
    ],
)
def test_what_drives_a_browser_is_set_up_for_development(words: list[str], lock: str) -> None:
    """Tests and screenshots need more packages and a browser, and nobody else has to install them."""
    assert start.lock_for(words) == lock


def test_help_is_the_command_lines_own_and_mentions_the_tests(project: Project) -> None:
    """Help tells of the test command, which the command line does not know, and then of everything else."""
    first, blank, rest = project.start("--help").out.split("\n", 2)

    assert "start.py test" in first
    assert blank == ""
    assert json.loads(rest)["words"] == ["--help"]


def test_a_command_runs_where_its_caller_stands(project: Project, tmp_path: Path) -> None:
    """Relative paths mean what they meant to the caller, and no folder there passes for the project's."""
    (tmp_path / "web" / "commands").mkdir(parents=True)
    (tmp_path / "web" / "commands" / "__main__.py").write_text("raise SystemExit('not the project')")

    said = project.start("roster", "import", "roster.csv", folder=tmp_path).said

    assert said["words"] == ["roster", "import", "roster.csv"]
    assert said["folder"] == str(tmp_path)
    assert said["code"] == str(project.root / "web" / "commands" / "__main__.py")


# ---- setting up


def test_once_the_environment_stands_nothing_more_is_said(project: Project) -> None:
    """Only what a command prints is on stdout, and from the second time on nothing is on stderr."""
    first, second = project.start(), project.start()

    assert second.err == ""
    assert second.said == first.said


def test_a_changed_lock_makes_a_new_environment(project: Project) -> None:
    """A package that the lock no longer names is no longer there."""
    before = project.start()
    project.lock("run", ("brickyard", "1"))

    after = project.start()

    assert before.bricks != ["brickyard 1"]
    assert "setting up" in after.err
    assert after.bricks == ["brickyard 1"]


def test_a_set_up_that_was_killed_begins_afresh(project: Project) -> None:
    """An environment that was left half-made is never taken for a whole one."""
    project.lock("run", ("brick", "2"))
    process = project.begin()
    assert process.stderr is not None
    assert "setting up" in process.stderr.readline()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    after = project.start()

    assert "setting up" in after.err
    assert after.bricks == ["brick 2"]


def test_an_environment_whose_python_is_gone_is_made_anew(project: Project) -> None:
    """After an upgrade of the system's python, or a move of the folder, the environment is made again."""
    before = project.start()
    python = project.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")

    after = project.start()

    assert "setting up" in after.err
    assert after.said == before.said


def test_two_that_start_at_once_set_up_once(project: Project) -> None:
    """When two are started at the same moment one sets up, the other waits for it, and both run."""
    project.lock("run", ("brick", "3"))

    processes = [project.begin("one"), project.begin("two")]
    both = [finish(process) for process in processes]

    assert [each.said["words"] for each in both] == [["one"], ["two"]]
    assert [each.bricks for each in both] == [["brick 3"], ["brick 3"]]
    assert sum(" setting up .venv" in each.err for each in both) == 1


def test_personal_settings_send_no_package_elsewhere(project: Project) -> None:
    """Packages go into the project's environment even for somebody whose pip installs into another place."""
    assert project.start().bricks != []
    assert not Path(project.environment["PIP_TARGET"]).exists()


def test_the_development_set_up_is_added_and_serves_for_running_too(project: Project) -> None:
    """Setting up for the tests adds to what is there, and running afterwards neither sets up nor removes."""
    running = project.start().bricks
    project.lock("dev", ("brickwork", "1"))

    assert project.set_up_for_development().code == 0
    after = project.start()

    assert after.err == ""
    assert after.bricks == [*running, "brickwork 1"]


def test_a_package_with_another_digest_is_refused(project: Project) -> None:
    """A package whose bytes are not those of the lock is not installed, however often one tries."""
    before = project.start().bricks
    project.lock("dev", ("brickwall", "1"))
    lock = project.root / "requirements" / "dev.txt"
    lock.write_text(re.sub("sha256:.*", f"sha256:{'0' * 64}", lock.read_text()))

    for refused in (project.set_up_for_development(), project.set_up_for_development()):
        assert refused.code == 1
        assert "setting up failed" in refused.err
    assert project.start().bricks == before


# ---- what the machine lacks


def test_who_may_not_install_is_told_the_line_to_type(project: Project) -> None:
    """Without a browser, and without the right to install one, nothing starts and the remedy is printed."""
    code = "import os, start\nif os.geteuid() == 0: os.setuid(65534)\nstart.main(['test'])"
    with tempfile.TemporaryDirectory(dir="/tmp") as tools:
        os.chmod(tools, 0o755)
        (Path(tools) / "apt-get").touch(mode=0o755)
        ran = subprocess.run(
            [sys.executable, "-P", "-c", code],
            env={"PATH": tools, "PYTHONPATH": str(project.root)},
            capture_output=True,
            text=True,
        )

    assert ran.returncode == 1
    assert ran.stdout == ""
    line = ran.stderr.splitlines()[-1].strip()
    assert line.startswith("sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium")
    assert "fonts-noto-cjk" in line


def test_a_package_installed_for_tests_starts_no_service(tmp_path: Path) -> None:
    """Debian asks this file before it starts nginx, and goes by its exit code; a rule of the machine's own stays."""
    rule = tmp_path / "policy-rc.d"
    with start.without_services(rule):
        assert subprocess.run([rule, "nginx", "start"]).returncode == 101
    assert not rule.exists()
    rule.write_text("#!/bin/sh\nexit 0\n")
    with start.without_services(rule):
        assert "exit 0" in rule.read_text()
    assert rule.exists()


def test_an_old_python_can_read_the_file_and_is_told_what_is_needed() -> None:
    """A python that is too old gets a sentence, not a syntax error."""
    ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 9))

    assert "Python 3.11 or newer is needed" in start.too_old()


# ---- the checks


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project without faults, checked with this environment's own tools."""
    files = {name: "def test_one() -> None:\n    pass\n" for name in start.CHECKS[HOUSE] if "/" in name}
    files["pyproject.toml"] = '[tool.mypy]\nstrict = true\nfiles = ["sum.py"]\n[tool.pytest]\n'
    files["sum.py"] = "def double(number: int) -> int:\n    return 2 * number\n"
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "PYTHON", Path(sys.executable))
    return tmp_path


def test_a_project_in_order_passes_the_checks(checked: Path) -> None:
    """Where style, layout, types and house are in order, the checks end well."""
    assert start.check() is None


@pytest.mark.parametrize(
    ("file", "text", "failing"),
    [
        ("tests/test_vendor.py", "def test_one() -> None:\n    raise AssertionError\n", HOUSE),
        ("sum.py", "import os\ndouble: str = 2*3\n", "style; layout; types"),
    ],
)
def test_the_checks_go_on_after_a_fault_and_name_each(
    checked: Path, file: str, text: str, failing: str
) -> None:
    """Everything that a change must pass is looked at, and what is not in order is named at the end."""
    (checked / file).write_text(text)

    assert start.check() == f"kanwu: not in order: {failing}"


def test_the_checks_are_of_files_that_are_there() -> None:
    """The laws that the checks run stand where the checks look for them."""
    assert [name for name in start.CHECKS[HOUSE] if "/" in name and not (ROOT / name).exists()] == []


def test_the_checks_keep_what_they_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of processes run the same modules, so the first keeps them compiled, whatever the caller's shell says."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setattr(start, "prepare", lambda *_, **__: None)
    monkeypatch.setattr(start, "CHECKS", {})

    with pytest.raises(SystemExit) as end:
        start.main(["check"])

    assert end.value.code is None and "PYTHONDONTWRITEBYTECODE" not in os.environ


def test_checking_needs_no_browser(project: Project) -> None:
    """Where there is no browser, and nobody who may install one, the checks run all the same."""
    project.lock("dev", ("brickwork", "2"))

    ran = project.start("check")

    assert ran.err.splitlines()[-1] == f"kanwu: not in order: {'; '.join(start.CHECKS)}"


@pytest.mark.parametrize("command", ["check", "words"])
def test_the_checks_and_the_words_take_no_arguments(project: Project, command: str) -> None:
    """Who asks for one check is not told that all are in order."""
    ran = project.start(command, "types")

    assert ran.code == 1
    assert "takes no arguments" in ran.err


# ---- the locks


def requirements(lock: str) -> dict[str, str]:
    """The pinned packages of a lock file, each with its markers and digests."""
    entries = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="ascii").replace("\\\n", " ")
    return {line.split("==")[0]: " ".join(line.split()) for line in entries.splitlines() if line.strip()}


@pytest.mark.parametrize("lock", ["run", "pdf", "dev"])
def test_every_package_is_pinned_by_digest_and_by_no_address(lock: str) -> None:
    """The locks name packages, versions and digests, and never a place to fetch them from."""
    pins = requirements(lock)

    assert all("--hash=sha256:" in pin for pin in pins.values())
    assert not [pin for pin in pins.values() if "://" in pin or pin.startswith("-")]


def test_the_development_lock_contains_the_running_lock() -> None:
    """What the tests run with is what a school runs with, pin for pin, with or without PDF."""
    assert requirements("run").items() < requirements("pdf").items() < requirements("dev").items()


@pytest.mark.parametrize(
    ("file", "said", "lock"),
    [
        ("", "", "run"),
        ("pdf = true", "", "pdf"),
        ("pdf = true", "false", "run"),
        ("pdf = ", "", "run"),
        ("", "true", "pdf"),
    ],
)
def test_what_sets_pdf_is_installed_where_the_settings_ask_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, said: str, lock: str
) -> None:
    """The environment goes before kanwu.toml, and a file that cannot be read is left to the program to name."""
    (tmp_path / "kanwu.toml").write_text(file, encoding="utf-8")
    monkeypatch.setenv("KANWU_HOME", str(tmp_path))
    monkeypatch.setenv("KANWU_PDF", said)

    assert start.lock_for(["serve"]) == lock


def test_the_locks_hold_what_the_project_asks_for() -> None:
    """Every dependency that pyproject.toml names stands in its lock, in a version that it allows."""
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    running = [*asked["project"]["dependencies"], *asked["project"]["optional-dependencies"]["postgres"]]
    setting = asked["project"]["optional-dependencies"]["pdf"]
    for lock, wanted in (("run", running), ("pdf", setting), ("dev", asked["dependency-groups"]["dev"])):
        pins = {
            canonicalize_name(name): pin.split()[0].split("==")[1] for name, pin in requirements(lock).items()
        }
        for requirement in map(Requirement, wanted):
            assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement
