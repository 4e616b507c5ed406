"""Under which licences the packages of a lock file are given, and which of them Kanwu may run with."""

from __future__ import annotations

import tomllib
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
ADVICE = (
    "is given under {given}, which pyproject.toml does not allow. Read the licence. If a school may run Kanwu "
    "with it and pass it on, add it to tool.kanwu.licences and say why in "
    "docs/decisions/0120-licences-we-run-with.md; otherwise take another package."
)


def allowed() -> frozenset[str]:
    """The licences that a package may have, in the words of package metadata."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return frozenset(project["tool"]["kanwu"]["licences"])


def locked(lock: str) -> list[Distribution]:
    """The packages that a lock file names for this machine, as they are installed."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="ascii")
    pins = [line.rstrip(" \\") for line in text.splitlines() if "==" in line]
    wanted = [Requirement(pin) for pin in pins]
    return [distribution(one.name) for one in wanted if one.marker is None or one.marker.evaluate()]


def licence(package: Distribution) -> str:
    """What a package says: its expression, or its classifiers, or else the line named License."""
    about = package.metadata
    named = [
        line.split(" :: ")[-1] for line in about.get_all("Classifier", []) if line.startswith("License ::")
    ]
    return about.get("License-Expression") or " AND ".join(named) or about.get("License") or "no licence"


def may_run_with(given: str, allowed: frozenset[str]) -> bool:
    """Whether some choice that a licence leaves consists of allowed licences only."""
    return any(set(choice.split(" AND ")) <= allowed for choice in given.split(" OR "))


def objections(packages: list[Distribution], allowed: frozenset[str]) -> list[str]:
    """What is to be done about each package that has another licence."""
    given = {package.name: licence(package) for package in packages}
    return [
        f"{name} {ADVICE.format(given=one)}" for name, one in given.items() if not may_run_with(one, allowed)
    ]
