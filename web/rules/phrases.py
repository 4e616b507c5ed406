"""Every word of the rules' vocabulary as a phrase, in Chinese and English.

A rule's ``when`` and ``then`` are read as the school wrote them, so that a page says "counts as enrolled" and
not the statuses that follow from it. A word without a phrase fails a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date, get_month_names

from config.calendar import MonthDay
from config.policy import School
from config.policy.change import PARTS
from config.policy.words import COLUMNS, DUTIES, STEP_KINDS
from web.shared.labels import CHECKS

Pair = tuple[str, str]
"""One phrase in Chinese and in English."""
Phrase = Callable[[School, Any], Pair]

NO_WORDS: Pair = ("", "")

STANDING: Mapping[str, Pair] = {
    "enrolled": ("学籍状态算作在籍", "the enrolment status counts as enrolled"),
    "retained": ("保留入学资格、还没有学籍", "the place is retained and there is no student status yet"),
    "left": ("学籍状态算作已离校", "the enrolment status counts as having left"),
    "other": ("学籍状态不在学校列出的任何一类", "the enrolment status is in none of the school's lists"),
}
"""The meanings of an enrolment status."""

MOMENT: Mapping[str, Pair] = {
    "entry": ("入学", "entry"),
    "registration": ("学籍注册", "the registration of the student status"),
    "final_check_over": ("末次自查截止", "the end of the final check"),
    "graduation": ("预计毕业", "the expected graduation"),
    "degree_registration": ("学历注册", "the registration of the degree"),
    "supplement_over": ("补正期限届满", "the end of the time for bringing papers"),
}
"""The moments of a student's record."""

ACTION: Mapping[str, Pair] = {
    "raise": ("申请更正", "asking for a correction"),
    "confirm": ("确认无误", "confirming the record"),
    "supplement": ("补交材料", "bringing papers"),
    "dispute": ("对更正结果有异议", "disputing a correction"),
    "reopen": ("复核已办结的申请", "reviewing a decided case again"),
}
"""The actions that a rule may be about."""

VOIDS: Mapping[str, Pair] = {
    "value": ("新的内容", "a new value"),
    "paper": ("新的材料", "a new paper"),
    "explanation": ("说明", "an explanation"),
}
"""What a student's answer can bring."""

FACT: Mapping[str, Pair] = {
    "enrolment_status": ("学籍状态", "enrolment status"),
    "category": ("层次", "level"),
    "entry_date": ("入学日期", "entry date"),
    "origin_province": ("生源省份", "province of origin"),
    "registered_on": ("学籍注册日期", "day of registration"),
    "degree_registered_on": ("学历注册日期", "day of the degree's registration"),
    "expected_graduation": ("预计毕业日期", "expected graduation date"),
    "class_year": ("届别", "class year"),
    "last_day": ("末次自查截止时间", "end of the final check"),
    "basis": ("推算依据", "how it was derived"),
    "pending": ("在办的申请", "open requests"),
    "supplement_until": ("补正截止时间", "end of the time for papers"),
    "filed_by": ("办理人的身份", "role of the person filing"),
    "field": ("项目", "field"),
    "cause": ("原因", "cause"),
    "event_date": ("材料上的变更日期", "day of the change"),
    "variant": ("情形", "circumstance"),
    "paper": ("所需材料", "papers needed"),
    "office": ("办理部门", "office"),
    "window": ("受理时间", "time for filing"),
    "opens": ("下次开始时间", "next opening"),
    "closes": ("截止时间", "end"),
    "blank": ("空着的项目", "empty fields"),
    "finished": ("此前更正的项目和日期", "earlier corrections and their days"),
    "confirmed_on": ("确认日期", "day of the confirmation"),
    "extended_until": ("延长到的时间", "end of the extension"),
    "opened_until": ("重新开放到的时间", "end of the reopening"),
    "frozen_on": ("冻结日期", "day of the freeze"),
    "frozen_until": ("冻结到的时间", "end of the freeze"),
}
"""What a text of a rule may name in braces. The name in English texts ends in ``_en``."""


# -- names ----------------------------------------------------------------------------------------------


def any_of(names: Iterable[Pair]) -> Pair:
    """One of several things."""
    zh, en = zip(*names, strict=True)
    if len(zh) == 1:
        return zh[0], en[0]
    return f"{'、'.join(zh[:-1])}或{zh[-1]}", f"{', '.join(en[:-1])} or {en[-1]}"


def all_of(names: Iterable[Pair]) -> Pair:
    """All of several things."""
    zh, en = zip(*names, strict=True)
    if len(zh) == 1:
        return zh[0], en[0]
    return f"{'、'.join(zh[:-1])}和{zh[-1]}", f"{', '.join(en[:-1])} and {en[-1]}"


def column(school: School, code: str) -> Pair:
    """A field as the school calls it, or else as the platform does."""
    own = next((one for one in (*school.fields, school.status_field) if one.code == code), None)
    return (own.zh, own.en) if own else COLUMNS.get(code, (code, code))


def group(school: School, name: str) -> Pair:
    """A group of fields that are one matter: any of its fields."""
    fields = [(one.zh, one.en) for one in school.fields if one.group == name]
    return any_of(fields) if fields else column(school, name)


def _one_of(school: School, name: str) -> Pair:
    """A group among others: its fields, of which one is enough."""
    fields = [(one.zh, one.en) for one in school.fields if one.group == name]
    if len(fields) < 2:
        return group(school, name)
    return f"{'、'.join(zh for zh, _ in fields)}之一", f"one of {', '.join(en for _, en in fields)}"


def office(school: School, code: str) -> Pair:
    """An office of the school."""
    return _listed(school.offices, code)


def code(school: School, name: str) -> Pair:
    """What a code of the school's list says."""
    return _listed(school.policy.codes, name)


def paper(school: School, name: str) -> Pair:
    """A kind of paper."""
    return _listed(school.policy.evidence_kinds, name)


def _listed(words: Mapping[str, Any], name: str) -> Pair:
    return (words[name].zh, words[name].en) if name in words else (name, name)


def _same(name: str) -> Pair:
    """A name that is written alike in both languages, such as a status of the platform."""
    return name, name


def day(when: date) -> Pair:
    """A day as people write it."""
    return f"{when.year}年{when.month}月{when.day}日", format_date(when, "d MMMM y", locale="en_GB")


def month_day(when: MonthDay) -> Pair:
    """A day of every year."""
    return f"{when[0]}月{when[1]}日", f"{when[1]} {get_month_names(locale='en_GB')[when[0]]}"


def _quoted(said: Pair) -> Pair:
    return f"“{said[0]}”", f"“{said[1]}”"


# -- when -----------------------------------------------------------------------------------------------


def _of(zh: str, en: str, names: Callable[[School, Any], Pair]) -> Phrase:
    """A phrase with the names of a value in its place."""

    def said(school: School, value: Any) -> Pair:
        named = names(school, value)
        return zh.format(named[0]), en.format(named[1])

    return said


def _each(one: Callable[[School, Any], Pair], *, quoted: bool = False) -> Callable[[School, Any], Pair]:
    """The names of a list, of which one is enough."""
    return lambda school, values: any_of(
        _quoted(one(school, it)) if quoted else one(school, it) for it in values
    )


def _yes_no(yes: Pair, no: Pair) -> Phrase:
    """A phrase for true and one for false."""
    return lambda school, value: yes if value else no


def _plain(names: Mapping[str, Pair]) -> Callable[[School, Any], Pair]:
    return lambda school, name: names[name]


def _count(school: School, value: int) -> Pair:
    return str(value), str(value)


def _campaigns(school: School, kinds: Iterable[str]) -> Pair:
    return any_of(CHECKS[kind] for kind in kinds)


def _windows(school: School, names: Iterable[str]) -> Pair:
    return any_of(_quoted(_listed(school.policy.windows, name)) for name in names)


def _duty(school: School, name: str) -> Pair:
    zh, en = DUTIES[name]
    return zh, en if en.startswith("the ") else f"the {en}"


def _day(school: School, value: date) -> Pair:
    return day(value)


_words = _each(lambda school, name: _same(name), quoted=True)
_provinces = _each(lambda school, name: _same(name))
_duties = _each(_duty)
_columns = _each(column)
_moment = _plain(MOMENT)
_years = _each(_count)


def _all_groups(school: School, names: Iterable[str]) -> Pair:
    groups = [_one_of(school, name) for name in names]
    return "，与".join(zh for zh, _ in groups), "; and ".join(en for _, en in groups)


WHEN: Mapping[str, Phrase] = {
    "standing": lambda school, name: STANDING[name],
    "status": _of("学籍状态是{}", "the enrolment status is {}", _words),
    "category": _of("层次是{}", "the level is {}", _words),
    "category_other_than": _of("层次不是{}", "the level is not {}", _words),
    "origin_province": _of("从{}录取", "the student was admitted from {}", _provinces),
    "origin_province_other_than": _of("不是从{}录取", "the student was not admitted from {}", _provinces),
    "filed_by": _of("由{}办理", "it is done by {}", _duties),
    "filed_by_other_than": _of("不是由{}办理", "it is done by anyone but {}", _duties),
    "entered_since": _of("{}或以后入学", "the student entered on {} or later", _day),
    "entered_before": _of("{}之前入学", "the student entered before {}", _day),
    "graduates_since": _of("预计{}或以后毕业", "graduation is expected on {} or later", _day),
    "graduates_before": _of("预计{}之前毕业", "graduation is expected before {}", _day),
    "without": _of("没有{}的日期", "the record has no date of {}", _moment),
    "final_check_months_ahead": _of(
        "末次自查比预计毕业早{}个月以上截止",
        "the final check ends more than {} months before the expected graduation",
        _count,
    ),
    "fields_any": _of("涉及{}（在办的申请一并计算）", "{} is concerned, open requests counted", _each(group)),
    "fields_all": _of(
        "同时更正{}（在办的申请一并计算）", "these change together, open requests counted: {}", _all_groups
    ),
    "fields_over": _of(
        "同时更正的项目超过{}类（在办的申请一并计算）",
        "more than {} kinds of fields are to change together, open requests counted",
        _count,
    ),
    "field": _of("更正{}", "the correction is about {}", _columns),
    "cause": _of(
        "原因是{}",
        "the cause is {}",
        _each(lambda school, name: _listed(school.policy.causes, name), quoted=True),
    ),
    "variant": _of(
        "情形是{}",
        "the circumstance is {}",
        _each(lambda school, name: _listed(school.policy.variants, name), quoted=True),
    ),
    "claimable": _yes_no(
        ("该项目由学生在这里申请更正", "students ask for corrections of the field here"),
        ("该项目不由学生在这里申请更正", "students do not ask for corrections of the field here"),
    ),
    "cause_fits": _yes_no(
        ("原因是该项目列出的原因", "the cause is one of those listed for the field"),
        ("原因不是该项目列出的原因", "the cause is not one of those listed for the field"),
    ),
    "changed": _of("改动属于{}", "the change is {}", _each(_plain(PARTS), quoted=True)),
    "event_before": _of("材料上的变更日期早于{}", "the change on the paper dates from before {}", _moment),
    "event_since": _of(
        "材料上的变更日期在{}当天或以后", "the change on the paper dates from {} or later", _moment
    ),
    "corrected_times": _of(
        "该项目（或同类项目）已更正过{}次或更多", "the field was corrected {} times or more before", _count
    ),
    "before": _of("在{}之前", "it is before {}", _moment),
    "since": _of("在{}之后", "it is after {}", _moment),
    "inside": _of("在{}之内", "it is within {}", _windows),
    "outside": _of("不在{}之内", "it is not within {}", _windows),
    "in_campaign": _of("{}正在进行，学生在名单内", "{} is running with the student in it", _campaigns),
    "out_of_campaign": _of(
        "没有正在进行、学生在名单内的{}", "no {} is running with the student in it", _campaigns
    ),
    "study_year": _of("在第{}学年", "the student is in year {} of study", _years),
    "confirmed": _yes_no(
        ("本次核对已经确认", "this check has been confirmed"),
        ("本次核对还没有确认", "this check has not been confirmed"),
    ),
    "extended": _yes_no(
        ("已批准该生延长提出时间", "the student's time for filing was extended"),
        ("没有批准该生延长提出时间", "the student's time for filing was not extended"),
    ),
    "opened": _yes_no(
        ("已为该生重新开放核对", "the check was opened again for the student"),
        ("没有为该生重新开放核对", "the check was not opened again for the student"),
    ),
    "frozen": _yes_no(
        ("该生的更正已被冻结", "the student's corrections are frozen"),
        ("该生的更正没有被冻结", "the student's corrections are not frozen"),
    ),
    "blank_any": _of("记录中{}还空着", "the record has nothing for {}", _columns),
    "finished": _of("此前已更正过{}", "{} was corrected before", _each(group)),
}
"""The condition of each word of a ``when``."""


# -- then -----------------------------------------------------------------------------------------------


def _barred(zh: str, en: str, key: str) -> Phrase:
    """An effect that bars, with its code."""
    return _of(zh, en, lambda school, then: code(school, then[key]))


def _route(school: School, then: Mapping[str, Any]) -> Pair:
    (zh, en), (why, why_en) = office(school, then["route"]), code(school, then["code"])
    return f"由{zh}办理，不走这里的流程：{why}", f"it is not handled here ({en}): {why_en}"


def _require(school: School, then: Mapping[str, Any]) -> Pair:
    zh, en = paper(school, then["require"])
    why, why_en = code(school, then["code"])
    instead = [paper(school, kind) for kind in then.get("instead", ())]
    if instead:
        other, other_en = "；".join(one for one, _ in instead), "; or ".join(one for _, one in instead)
        zh, en = f"{zh}（也可以用：{other}）", f"{en} (or {other_en})"
    return f"须交{zh}，否则：{why}", f"this paper is needed: {en}; otherwise: {why_en}"


def _until(zh: str, en: str) -> Phrase:
    return lambda school, n: (zh.format(n), en.format(n))


STEP: Mapping[str, Phrase] = {
    "working_days": _until("提出后 {} 个工作日内办完", "within {} working days of filing"),
    "days": _until("提出后 {} 天内办完", "within {} days of filing"),
    "months": _until("提出后 {} 个月内办完", "within {} months of filing"),
    "by": _of("在{}截止之前办完", "before the end of {}", lambda school, name: _windows(school, [name])),
    "rolls": _yes_no(
        ("期限末日不办公的，顺延到下一个办公日", "an end on a day off moves to the next working day"),
        NO_WORDS,
    ),
    "duty": _of("只能由{}办", "only by {}", _duty),
    "four_eyes": _yes_no(
        ("办的人没有办过该项的其他环节", "by somebody who took no other step of it"), NO_WORDS
    ),
    "once": _yes_no(("几条规则都要求的，只办一次", "once only, however many rules ask for it"), NO_WORDS),
    "void_by": _of(
        "学生后来提供{}的，要重新办", "again if the student later brings {}", _each(_plain(VOIDS))
    ),
}
"""The further keys of a step."""


def _step(school: School, then: Mapping[str, Any]) -> Pair:
    (kind, kind_en), (by, by_en) = STEP_KINDS[then["add_step"]], office(school, then["office"])
    more = [said(school, then[key]) for key, said in STEP.items() if then.get(key)]
    zh, en = f"要经{kind}（{by}）", f"it takes the step “{kind_en}” ({by_en})"
    return "，".join([zh, *(one for one, _ in more)]), ", ".join([en, *(one for _, one in more)])


THEN: Mapping[str, Phrase] = {
    "refuse": _barred("不能办理：{}", "it is not accepted: {}", "refuse"),
    "route": _route,
    "defer": _barred("还不能办理：{}", "it has to wait: {}", "defer"),
    "require": _require,
    "add_step": _step,
    "assign": _of(
        "由{}负责办理", "the office responsible is {}", lambda school, then: office(school, then["assign"])
    ),
    "warn": _of("提醒审核人：{}", "reviewers are told: {}", lambda school, then: code(school, then["warn"])),
    "lock": _of(
        "在办期间，{}不从别处改动",
        "while it is open, {} is not changed elsewhere",
        lambda school, then: all_of(column(school, one) for one in then["lock"]),
    ),
    "reconfirm": _of(
        "更正后 {} 天内由学生再确认一次",
        "the student confirms the correction within {} days",
        lambda school, then: _count(school, then["reconfirm"]),
    ),
    "lift": _of(
        "不再因为{}而不能办理",
        "{} no longer bars it",
        lambda school, then: any_of(_quoted(code(school, one)) for one in then["lift"]),
    ),
}
"""What each effect of a ``then`` does."""
