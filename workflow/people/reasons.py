"""The reasons for which somebody may open a full number, or a paper of a case that they do not handle."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from workflow.verdict import Reason

REASONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "check_identity": ("核对本人身份", "to check who the student is"),
        "check_claim": ("核对更正事项", "to check a correction"),
        "second_review": ("复核", "second review"),
        "complaint": ("处理投诉或申诉", "to handle a complaint or an appeal"),
        "contact": ("联系学生本人", "to get in touch with the student"),
        "platform": ("平台信息比对", "to compare with the platform"),
        "enter": ("录入学信网更正", "to enter a correction on the platform"),
        "audit": ("审计", "audit"),
    }
)
"""By code, in Chinese and English. A code stays for ever: lines of the access log hold it."""


def known_reason(code: str) -> str:
    """The code of a reason as a line of the access log keeps it; '' for what is none of the list."""
    return code if code in REASONS else ""


def why_no_reason(code: str) -> Reason | None:
    """Why a look may not happen for this reason: none was chosen, or none of the list."""
    if code in REASONS:
        return None
    return Reason(
        "look_without_reason",
        "还没有选择查看的理由。",
        remedy="请从列表中选一项理由，再查看。",
        rule="look_reason",
    )
