"""The layout of a person's own data: stable names of sections and columns, in Chinese and English.

A name keeps its meaning. What is new gets a new name; what changes its meaning raises VERSION.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from workflow.store import as_text

FORMAT = "kanwu-own-data"
VERSION = 1

Value = str | int | bool | None
Row = Mapping[str, Value]

COLUMNS: dict[str, tuple[str, str]] = {
    "action": ("办理", "action"),
    "added_at": ("上传时间", "added at"),
    "address": ("地址", "address"),
    "allowed": ("是否看到", "seen"),
    "answer": ("答复", "answer"),
    "as_of": ("数据截至", "data as of"),
    "asked": ("问题", "question"),
    "asked_at": ("提问时间", "asked at"),
    "at": ("时刻", "at"),
    "begun_at": ("开始时间", "begun at"),
    "browser": ("浏览器", "browser"),
    "campaign": ("自查活动", "campaign"),
    "cause": ("错误原因", "cause"),
    "variant": ("情形", "circumstance"),
    "channel": ("渠道", "channel"),
    "class_name": ("班级", "class"),
    "closed_at": ("停用时间", "closed at"),
    "code_kind": ("登录码", "code"),
    "college": ("学院", "college"),
    "contact": ("联系方式", "contact"),
    "contacts": ("联系次数", "contacts"),
    "decided_at": ("办结时间", "decided at"),
    "deferred_fields": ("登记有误、待提出的项目", "wrong by their own word, to be filed later"),
    "deferred_until": ("开始受理的时间", "taken from"),
    "due": ("期限", "due"),
    "duty": ("职责", "duty"),
    "ended_at": ("结束时间", "ended at"),
    "ended_because": ("结束原因", "ended because"),
    "ends_at": ("有效至", "valid until"),
    "entry_year": ("入学年份", "entry year"),
    "event": ("事项", "event"),
    "event_date": ("变更日期", "date of change"),
    "excluded": ("不计入", "not counted"),
    "field": ("项目", "field"),
    "filed_at": ("提出时间", "filed at"),
    "filed_in_role": ("代为提出者的身份", "role of who filed for them"),
    "file": ("文件", "file"),
    "first": ("第一天", "first day"),
    "given_at": ("授予时间", "given at"),
    "given_by": ("授予人", "given by"),
    "how": ("联系方式", "how"),
    "kind": ("种类", "kind"),
    "on_platform": ("学信网平台", "on the platform"),
    "in_school": ("教务系统", "in the school's own system"),
    "known_browsers": ("记住的浏览器", "known browsers"),
    "last": ("最后一天", "last day"),
    "last_on": ("最后一天", "last day"),
    "letter": ("文书", "letter"),
    "letter_number": ("文号", "number of the letter"),
    "level": ("层次", "level"),
    "looked": ("平台上已自查", "checked on the platform"),
    "looked_on": ("自报在学信网查看的日期", "looked on the platform, by their own word"),
    "made_at": ("生成时间", "made at"),
    "manner": ("核对方式", "manner"),
    "mark": ("标记", "mark"),
    "media": ("格式", "format"),
    "name": ("姓名", "name"),
    "new": ("更正后的值", "new value"),
    "number": ("序号", "number"),
    "no_longer_because": ("不再有效的原因", "why no longer in force"),
    "notice": ("告知版本", "privacy notice"),
    "office": ("办公室", "office"),
    "old": ("原来的值", "old value"),
    "opened_at": ("开通时间", "opened at"),
    "outcome": ("结果", "outcome"),
    "paper": ("证明材料", "paper"),
    "part": ("本人的角色", "part"),
    "password_set_at": ("设密码时间", "password set at"),
    "proved": ("本人核实", "proved by its owner"),
    "question": ("问题种类", "kind of question"),
    "receipt": ("申请编号", "receipt"),
    "refusal": ("不予更正的理由", "reason of refusal"),
    "result": ("联系结果", "result"),
    "role": ("身份", "role"),
    "seen_at": ("看到时间", "seen at"),
    "sent_at": ("发出时间", "sent at"),
    "sent_on": ("发出日期", "sent on"),
    "silence": ("未核对原因", "reason of silence"),
    "size": ("字节", "bytes"),
    "source": ("来源", "source"),
    "source_date": ("来源日期", "date of source"),
    "staff_number": ("工号", "staff number"),
    "standing": ("现在", "present"),
    "state": ("状态", "state"),
    "step": ("环节", "step"),
    "told_as": ("告知人的身份", "duty of who told them"),
    "told_how": ("怎样告知本人", "how they were told"),
    "told_on": ("告知本人的日期", "told in person on"),
    "used_at": ("使用时间", "used at"),
    "value": ("值", "value"),
    "vouched": ("学校提供", "given by the school"),
    "way": ("登录方式", "way in"),
    "what": ("看了什么", "what"),
    "why": ("理由", "reason"),
    "words": ("说明", "words"),
    "words_en": ("英文说明", "words in English"),
    "verified_how": ("怎样核验", "how it was verified"),
    "verified_on": ("核验日期", "verified on"),
    "returned_on": ("原件退还日期", "original given back on"),
    "view": ("视图", "view"),
    "filter": ("筛选条件", "filter"),
}
"""Every column of every section. Moments are ISO texts of Asia/Shanghai, days are ISO dates."""

SECTIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "account": (
        "账号", "account",
        ("name", "staff_number", "made_at", "opened_at", "closed_at", "password_set_at", "known_browsers"),
    ),
    "roles": (
        "身份和范围", "roles and scopes",
        (
            "role", "duty", "college", "level", "entry_year", "class_name", "office", "given_at", "given_by",
            "last_on", "ended_at",
        ),
    ),
    "values": ("学籍记录", "record", ("field", "value", "source", "source_date", "receipt")),
    "changes": (
        "学籍记录的变更", "changes", ("field", "old", "new", "at", "source", "source_date", "receipt"),
    ),
    "photos": ("照片", "photos", ("file", "as_of", "at", "media", "size")),
    "cases": (
        "个案", "cases",
        (
            "campaign", "receipt", "state", "manner", "excluded", "filed_at", "filed_in_role", "decided_at",
            "refusal", "looked_on", "deferred_fields", "deferred_until",
        ),
    ),
    "right_items": ("确认无误的项目", "items said to be right", ("campaign", "field", "at")),
    "claims": (
        "更正事项", "claims",
        (
            "receipt", "field", "cause", "variant", "event_date", "old", "new", "filed_at", "outcome",
            "refusal", "ended_at",
        ),
    ),
    "steps": (
        "办理环节", "steps", ("receipt", "step", "office", "made_at", "sent_on", "outcome", "ended_at"),
    ),
    "questions": (
        "询问和答复", "questions",
        (
            "receipt", "question", "field", "paper", "asked", "asked_at", "due", "answer", "outcome",
            "ended_at",
        ),
    ),
    "letters": (
        "通知书和决定书", "letters",
        ("receipt", "letter", "letter_number", "at", "words", "no_longer_because"),
    ),
    "verifications": (
        "核验", "verifications", ("receipt", "field", "paper", "verified_how", "verified_on", "returned_on"),
    ),
    "papers": ("证明材料", "papers", ("file", "receipt", "paper", "media", "size", "added_at", "notice")),
    "entries": ("流转记录", "entries", ("receipt", "number", "at", "action", "role", "words")),
    "draft": (
        "没有提出的草稿", "draft", ("field", "mark", "cause", "variant", "event_date", "new", "begun_at"),
    ),
    "chases": (
        "学院的联系记录", "contacts of the college",
        (
            "campaign", "silence", "contacts", "last_on", "how", "result", "told_on", "told_how",
            "told_as",
        ),
    ),
    "permissions": (
        "学籍管理员的个别处理", "acts of the registrar on the student",
        ("kind", "campaign", "given_at", "due", "standing", "ended_at", "words"),
    ),
    "platform": ("平台自查情况", "check on the platform", ("campaign", "looked", "at", "as_of")),
    "differences": (
        "与教务系统的差异", "what differs from the school's own system",
        ("field", "on_platform", "in_school", "at", "ended_at"),
    ),
    "contacts": ("电话和宿舍", "phone and dormitory", ("contact", "value", "source", "as_of", "at")),
    "addresses": (
        "接收通知的地址", "addresses", ("channel", "address", "standing", "vouched", "proved", "at"),
    ),
    "notices": ("通知", "notices", ("event", "at", "due", "seen_at", "channel", "sent_at")),
    "sign_ins": (
        "登录", "sign-ins",
        ("begun_at", "seen_at", "ended_at", "ended_because", "role", "way", "browser"),
    ),
    "codes": ("登录码", "sign-in codes", ("code_kind", "made_at", "ends_at", "used_at", "ended_at")),
    "substitutions": ("代办", "substitutions", ("part", "first", "last", "ended_at")),
    "relations": ("利害关系申报", "declared relations", ("made_at", "ended_at")),
    "sentences": ("常用语", "kept sentences", ("outcome", "cause", "words", "words_en")),
    "views": ("保存的视图", "saved views", ("view", "filter")),
    "looked_at": (
        "谁看过", "who looked", ("at", "role", "college", "office", "what", "receipt", "why", "allowed"),
    ),
    "looks": ("看过什么", "looks", ("at", "role", "what", "why", "allowed")),
}  # fmt: skip
"""Every section in the order of the file: its name in both languages, and its columns."""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """One file of the download: its path, and its bytes."""

    path: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnData:
    """What is held about one person: sections by name, and files.

    A section has the columns of SECTIONS; an unknown value is None. ``left_out`` says how many lines of a
    section are not in it.
    """

    role: str
    made_at: datetime
    school: str
    sections: Mapping[str, Sequence[Row]] = field(repr=False)
    files: tuple[OwnFile, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """The data as JSON in UTF-8, in the stable layout."""
        said = {
            "format": FORMAT,
            "version": VERSION,
            "school": self.school,
            "role": self.role,
            "made_at": as_text(self.made_at),
            "left_out": dict(self.left_out),
            "sections": {name: [dict(row) for row in rows] for name, rows in self.sections.items()},
        }
        return json.dumps(said, ensure_ascii=False, indent=2).encode()


def row(section: str, *cells: Any) -> Row:
    """One row of a section from its cells in the order of its columns."""
    columns = SECTIONS[section][2]
    return {name: _plain(cell) for name, cell in zip(columns, cells, strict=True)}


def _plain(cell: Any) -> Value:
    """A cell as JSON holds it: moments and days as texts, nothing for an empty text."""
    if isinstance(cell, datetime):
        return as_text(cell)
    if isinstance(cell, date):
        return cell.isoformat()
    if cell is None or isinstance(cell, str | int | bool):
        return None if cell == "" else cell
    raise TypeError(f"no plain value: {type(cell).__name__}")
