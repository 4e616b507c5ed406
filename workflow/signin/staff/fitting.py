"""Whether a grant fits: duty to role, scope to duty, the last day, and one grant to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from config.policy import Words
from config.policy.question import YEARS
from config.policy.words import COLLEGE
from workflow.people.scopes import SCOPED, STAFF_DUTIES, Held, Scope
from workflow.signin.staff.enrolled import Enrolments, not_among, why_nobody
from workflow.signin.staff.wanted import STAFF_ROLES, Offices, StaffFault, WantedGrant
from workflow.verdict import Reason

LIMITS = {"college": 64, "class_name": 64, "level": 32, "office": 64}
"""The most characters of each part of a scope."""
COLUMNS = {
    "college": "college",
    "class_name": "classes",
    "entry_year": "entry_year",
    "level": "level",
    "office": "office",
}
"""The column of a staff file in which each part of a scope stands."""

NO_ROLE = Reason(
    "role_missing",
    "没有写身份，或者没有这种身份。",
    remedy="可以写：学院经办人、辅导员、班主任、教学秘书、审核人、复核人、学籍管理员、审计员、系统管理员。",
)
NO_SUCH_DUTY = Reason(
    "duty_unknown",
    "没有这种职责，或者写了两种。",
    remedy="可以写：辅导员、班主任、教学秘书，一行一种；普通的学院经办人空着。",
)
DUTY_OF_OFFICERS = Reason(
    "duty_of_officers",
    "只有学院经办人有职责。",
    remedy="请清空职责，或者把身份改为学院经办人。",
)
NO_COLLEGE = Reason(
    "college_missing",
    "学院经办人、辅导员、班主任和教学秘书须写明学院。",
    remedy="学院的写法与学籍名册中一致。",
)
DUTY_WITHOUT_SCOPE = Reason(
    "duty_without_scope",
    "辅导员和班主任须写明班级或入学年份。",
    remedy="请写上班级，多个班级用顿号隔开；或者写入学年份，例如 2021。",
)
SCOPE_OF_NO_USE = Reason(
    "scope_of_no_use",
    "这种身份不分学院、班级、入学年份、层次和部门。",
    remedy="请把这几项空着；只有学院经办人和审核人有范围。",
)
OFFICE_OF_REVIEWERS = Reason(
    "office_of_reviewers",
    "学院经办人不属于学校部门。",
    remedy="请清空部门；部门的工作由审核人办理。",
)
OFFICE_OF_COLLEGES = Reason(
    "office_of_colleges",
    "审核人不能属于学院：学院的环节由学院经办人办理。",
    remedy="请写学校部门，或者把身份改为学院经办人。",
)
TOO_LONG = Reason("scope_too_long", "写得太长了。", remedy="请按学籍名册中的写法填写，最多 64 个字。")
YEAR_MISFIT = Reason("year_misfit", "入学年份没有写成四位数字。", remedy="请写 2021 或 2021级。")
UNTIL_PAST = Reason(
    "until_past",
    "到期日已经过去，身份还没开始就结束了。",
    remedy="请写今天或以后的日期，当天仍然有效；不到期的空着。",
)
UNTIL_OF_ADMINISTRATOR = Reason(
    "until_of_administrator",
    "系统管理员的身份不能设到期日，以免到时没有人能授权。",
    remedy="请把到期空着；不再担任的，由另一位系统管理员收回。",
)
TWICE = Reason("row_twice", "同一个人的同一身份写了两次。", remedy="请只保留一次。")
COVERED = Reason(
    "covered_already",
    "这个人已有同一职责而且范围更大的身份，这一项不增加什么。",
    remedy="要缩小范围的，请先收回范围更大的那一项；否则删去这一项。",
)


def why_not_given(
    asked: WantedGrant, known: Enrolments, offices: Offices, today: date
) -> Iterator[tuple[str, Reason]]:
    """Every reason why a grant cannot be given to anybody, each with the column that it is about."""
    held, scope = asked.held, asked.held.scope
    if held.role not in STAFF_ROLES:
        yield "role", NO_ROLE
        return
    yield from _of_the_duty(held)
    if held.role in SCOPED:
        yield from _of_the_scope(scope, known)
        yield from _of_the_office(held, offices)
    elif scope:
        yield _first_column(scope), SCOPE_OF_NO_USE
    if asked.last_on is not None:
        if held.role == "administrator":
            yield "until", UNTIL_OF_ADMINISTRATOR
        if asked.last_on < today:
            yield "until", UNTIL_PAST


def why_not_together(asked: Sequence[WantedGrant], held: Sequence[Held]) -> Iterator[StaffFault]:
    """The grants asked for one person that are asked twice, or are in a wider one of the same capacity."""
    everything = {one.held for one in asked} | set(held)
    seen: set[Held] = set()
    for one in asked:
        column = _first_column(one.held.scope)
        if one.held in seen:
            yield StaffFault(one.row, TWICE, column)
        elif one.held not in held and any(_wider(other, one.held) for other in everything):
            yield StaffFault(one.row, COVERED, column)
        seen.add(one.held)


def _wider(one: Held, other: Held) -> bool:
    alike = (one.role, one.capacity) == (other.role, other.capacity)
    return alike and one != other and one.scope.holds(other.scope)


def _of_the_duty(held: Held) -> Iterator[tuple[str, Reason]]:
    scope = held.scope
    if held.duty and held.duty not in STAFF_DUTIES:
        yield "duty", NO_SUCH_DUTY
    elif held.duty and held.role != "officer":
        yield "duty", DUTY_OF_OFFICERS
    if held.role != "officer":
        return
    if not scope.college:
        yield "college", NO_COLLEGE
    if held.duty in ("counsellor", "class_teacher") and not (scope.class_name or scope.entry_year):
        yield "classes", DUTY_WITHOUT_SCOPE


def _of_the_scope(scope: Scope, known: Enrolments) -> Iterator[tuple[str, Reason]]:
    long = [part for part, most in LIMITS.items() if len(getattr(scope, part)) > most]
    for part in long:
        yield COLUMNS[part], TOO_LONG
    if scope.entry_year and not _is_year(scope.entry_year):
        yield "entry_year", YEAR_MISFIT
    elif not long:
        yield from why_nobody(scope, known)


def _of_the_office(held: Held, offices: Offices) -> Iterator[tuple[str, Reason]]:
    office = held.scope.office
    if not office:
        return
    if held.role == "officer":
        yield "office", OFFICE_OF_REVIEWERS
    elif office == COLLEGE:
        yield "office", OFFICE_OF_COLLEGES
    elif office not in offices:
        names = [one.zh for code, one in offices.items() if code != COLLEGE]
        yield "office", not_among("office", office, names, Words("office", "部门", "office"))


def _is_year(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) == 4 and int(said) in YEARS


def _first_column(scope: Scope) -> str:
    """The column of the smallest part that a scope names, or that of the role."""
    for part in ("class_name", "entry_year", "level", "office", "college"):
        if getattr(scope, part):
            return COLUMNS[part]
    return "role"
