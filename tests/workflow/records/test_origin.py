"""The province a student was admitted from."""

from __future__ import annotations

import pytest

from config.policy.words import PROVINCES
from workflow.records.origin import origin_province


@pytest.mark.parametrize(
    ("ksh", "province"),
    [
        ("24360100000001", "江西"),
        ("24110100000001", "北京"),
        ("24650100000001", "新疆"),
        ("24990100000001", None),
        ("2436010000000", None),
        ("243601000000012", None),
        ("24３60100000001", None),
        ("TG240600000001", None),
        (None, None),
    ],
)
def test_province_stands_in_digits_three_and_four(ksh: str | None, province: str | None) -> None:
    """A candidate number of fourteen digits names its province; one of another making names none."""
    assert origin_province(ksh) == province


def test_every_province_is_known() -> None:
    """The mainland's 31 provinces, Taiwan, Hong Kong and Macau are all there."""
    assert len(PROVINCES) == 34
