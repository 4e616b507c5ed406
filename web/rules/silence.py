"""What silence means, in words: whose counts in which campaigns, what counts as an answer and as notice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from config.policy.words import Silence
from web.rules.phrases import Pair, all_of, any_of
from web.shared.labels import CHECKS

TOLD: Mapping[str, Pair] = {
    "page": ("本人登录后看到", "the student saw it on a page"),
    "email": ("邮件已送达", "an e-mail was delivered"),
    "wecom": ("企业微信已送达", "a WeCom message was delivered"),
    "counsellor": ("辅导员登记已告知", "the counsellor attested to having told them"),
    "class_teacher": ("班主任登记已告知", "the class teacher attested to having told them"),
}
"""What may count as notice."""


def silence_said(silence: Silence) -> list[tuple[Pair, list[Pair]]]:
    """What a school's rules say of silence: subject, and one sentence or more."""
    return [
        (("学生没有作答", "Students who do not answer"), _students(silence)),
        (("学院没有签认", "Colleges that do not sign"), _colleges(silence)),
        (("算作通知到学生", "What counts as notice"), [_told(silence)]),
    ]


def _students(silence: Silence) -> list[Pair]:
    said = [("没有作答不等于无误。", "Silence does not mean that the record is right.")]
    if silence.deems:
        zh, en = _checks(silence.deems)
        said = [
            (
                f"{zh}：没有作答、收到过通知的，视为无误。",
                f"In {en}, whoever was told and gave no answer is deemed correct.",
            )
        ]
    if silence.deferred_counts:
        said.append(
            (
                "发现有误、按规则现在还不能提出更正的，记下以后算已核对。",
                "A student who notes an error that the rules take only later has checked.",
            )
        )
    return said


def _colleges(silence: Silence) -> list[Pair]:
    said = [
        ("没有签认名单不等于无异议。", "A list that is not signed does not mean that there is no objection.")
    ]
    if silence.deems_colleges:
        zh, en = _checks(silence.deems_colleges)
        said = [
            (
                f"{zh}：到学院截止没有签认名单、经办人收到过通知的，视为无异议，不算签认。",
                f"In {en}, a college that has not signed by its deadline and whose officer was told is "
                "deemed to have no objection. It has not signed.",
            )
        ]
    if silence.colleges_deem_students:
        zh, en = _checks(silence.colleges_deem_students)
        said.append(
            (
                f"{zh}：学院因此视为无异议的，没有作答、收到过通知的学生视为无误。",
                f"In {en}, students of such a college who were told and gave no answer are deemed correct.",
            )
        )
    return said


def _told(silence: Silence) -> Pair:
    zh, en = any_of(TOLD[way] for way in silence.told_by)
    return f"{zh}。", f"{en[0].upper()}{en[1:]}."


def _checks(kinds: Iterable[str]) -> Pair:
    return all_of(CHECKS[kind] for kind in kinds)
