"""The licences of a lock file's packages, and the licences that Kanwu accepts."""

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
    """The accepted licences, in the words of package metadata."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return frozenset(project["tool"]["kanwu"]["licences"])


def locked(lock: str) -> list[Distribution]:
    """The packages of a lock file for this machine, as installed."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="ascii")
    pins = [line.rstrip(" \\") for line in text.splitlines() if "==" in line]
    wanted = [Requirement(pin) for pin in pins]
    return [distribution(one.name) for one in wanted if one.marker is None or one.marker.evaluate()]


def licence(package: Distribution) -> str:
    """The licence in a package's metadata: its expression, else its classifiers, else its License field."""
    about = package.metadata
    named = [
        line.split(" :: ")[-1] for line in about.get_all("Classifier", []) if line.startswith("License ::")
    ]
    return about.get("License-Expression") or " AND ".join(named) or about.get("License") or "no licence"


def may_run_with(given: str, allowed: frozenset[str]) -> bool:
    """True when one choice under a licence expression has accepted licences only."""
    return any(set(choice.split(" AND ")) <= allowed for choice in given.split(" OR "))


def objections(packages: list[Distribution], allowed: frozenset[str]) -> list[str]:
    """What to do about each package with another licence."""
    given = {package.name: licence(package) for package in packages}
    return [
        f"{name} {ADVICE.format(given=one)}" for name, one in given.items() if not may_run_with(one, allowed)
    ]
