"""What a school runs is given to it under licences that it can live with."""

from __future__ import annotations

from importlib.metadata import Distribution
from pathlib import Path

import pytest

from tests.licences import allowed, locked, objections


def installed(folder: Path, about: str) -> Distribution:
    """A package whose metadata says this."""
    place = folder / "brick-1.dist-info"
    place.mkdir()
    (place / "METADATA").write_text(f"Metadata-Version: 2.4\nName: brick\nVersion: 1\n{about}\n")
    return Distribution.at(place)


def test_every_package_a_school_runs_with_has_an_allowed_licence() -> None:
    """The licence of each package of requirements/run.txt stands in pyproject.toml."""
    packages = locked("run")

    assert {"flask", "sqlalchemy"} <= {package.name.lower() for package in packages}
    assert objections(packages, allowed()) == []


def test_no_licence_is_allowed_that_no_package_has() -> None:
    """The list of allowed licences holds what was decided about packages in use, and nothing in advance."""
    packages = locked("run")

    assert [one for one in sorted(allowed()) if not objections(packages, allowed() - {one})] == []


@pytest.mark.parametrize(
    "about",
    [
        "License-Expression: GPL-3.0-or-later",
        "License-Expression: MIT AND GPL-2.0-only",
        "License-Expression: AGPL-3.0-only OR SSPL-1.0",
        "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
        "Classifier: License :: OSI Approved :: MIT License\n"
        "Classifier: License :: OSI Approved :: GNU Affero General Public License v3",
        "License: GPL",
        "Summary: a package that does not say",
    ],
)
def test_a_package_under_the_gpl_is_refused_with_what_to_do(tmp_path: Path, about: str) -> None:
    """A package whose licence nobody has allowed is named, with its licence and the way to decide."""
    (objection,) = objections([installed(tmp_path, about)], allowed())

    assert objection.startswith("brick is given under ")
    assert "docs/decisions/" in objection


@pytest.mark.parametrize(
    "about",
    ["License-Expression: GPL-2.0-only OR MIT", "Classifier: License :: OSI Approved :: MIT License"],
)
def test_one_allowed_choice_is_enough(tmp_path: Path, about: str) -> None:
    """Of a package that leaves the choice we take the licence that is allowed."""
    assert objections([installed(tmp_path, about)], allowed()) == []
