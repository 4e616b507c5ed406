"""What the two sides of a claim show, in sentences: each holds, does not hold, or could not be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from web.shared.words import day, pick
from workflow.records.fields import COLUMNS
from workflow.records.identity import (
    Reading,
    document_code,
    parts_of,
    read_number,
    readings,
    slip,
    widen,
)

BESIDE = ("SFZH", "ZJLX", "CSRQ", "XB")
"""The columns of a record that say something of each other."""
ALIKE = ("birth", "sex", "date")
"""Readings that are said once where they are the same of both numbers."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One sentence. ``holds`` is None for what speaks neither for nor against. ``basis`` is its ground."""

    holds: bool | None
    says: str
    basis: str = ""


def remarks_of(field: str, old: str, new: str, record: Mapping[str, str], whole: str) -> tuple[Remark, ...]:
    """What a claim's two values show beside the record's values of BESIDE.

    ``whole`` is the side of a number that is shown whole. Of a masked one no sentence names a hidden digit.
    """
    if field == "SFZH":
        return tuple(_of_numbers(old, new, record, whole))
    if field in ("CSRQ", "XB") and record["SFZH"]:
        return tuple(_of_what_a_number_says(field, old, new, record["SFZH"]))
    return ()


def _of_numbers(old: str, new: str, record: Mapping[str, str], whole: str) -> Iterator[Remark]:
    beside = {"born": record["CSRQ"], "sex": record["XB"]}
    read_new = readings(new, **beside)
    read_old = readings(old, **beside, kind=document_code(record["ZJLX"])) if old else ()
    if old[:6] == new[:6]:  # nobody disputes the area
        read_new, read_old = (
            tuple(one for one in read if one.code != "area") for read in (read_new, read_old)
        )
    both = [one for one in read_new if one in read_old and one.code in ALIKE and len(old) == len(new)]
    for side, number, read, shown in (
        (_("两个号码"), new, both, False),
        (_("申请的号码"), new, [one for one in read_new if one not in both], whole == "new"),
        (_("原号码"), old, [one for one in read_old if one not in both], whole == "old"),
    ):
        yield from _sentences(side, number, read, record, shown)
    yield from _compared(old, new, read_old, read_new)


def _compared(
    old: str, new: str, read_old: tuple[Reading, ...], read_new: tuple[Reading, ...]
) -> Iterator[Remark]:
    """How one number became the other."""
    if len(old) == 15 and len(new) == 18 and parts_of(old) and parts_of(new):
        same = widen(old) == new
        said = _("原号码升为 18 位，就是申请的号码") if same else _("原号码升为 18 位，不是申请的号码")
        yield Remark(same, said)
    elif places := slip(old, new):
        yield Remark(None, _slipped(places, old=_fails(read_old), new=_fails(read_new)))


def _fails(read: Iterable[Reading]) -> bool:
    return any(one.code == "check" and not one.holds for one in read)


def _slipped(places: tuple[int, ...], *, old: bool, new: bool) -> str:
    """By which slip one number became the other; ``old`` and ``new`` say whose check character is wrong."""
    said = str(_("两个号码只差第 %(n)d 位", n=places[0]))
    if len(places) == 2:
        said = str(_("两个号码只是第 %(n)d、%(m)d 位对调", n=places[0], m=places[1]))
    if old == new:
        return said
    return said + str(_("：原号码疑为录入错误") if old else _("：申请的号码疑为填错"))


def _sentences(
    side: str, number: str, read: Iterable[Reading], record: Mapping[str, str], whole: bool
) -> Iterator[Remark]:
    """What holds of one number in one sentence, what does not in another, and what is neither.

    The province is named of a number that is shown whole.
    """
    of: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for one in read:
        if (one.code, one.holds) != ("area", True):
            of[one.holds].append(_reading_words(one, number, record))
        elif whole:
            yield Remark(None, _("%(side)s：首次登记地", side=side), one.said)
    for holds, words in of.items():
        if words:
            yield Remark(holds, _("%(side)s：%(said)s", side=side, said=_("；").join(words)))


def _reading_words(one: Reading, number: str, record: Mapping[str, str]) -> str:
    """One reading as a part of a sentence, without a digit that a masked number hides."""
    birth, sex = _places(number)
    day_of_birth, found = _day(record["CSRQ"]), number[-1:]
    said: dict[tuple[str, bool | None], str] = {
        ("check", True): _("校验码相符"),
        ("check", False): _("校验码应为 %(right)s，实为 %(found)s", right=one.said, found=found),
        ("area", False): _("前两位不是省级地区的代码"),
        ("date", False): _("第 %(places)s 位不是一个日期", places=birth),
        ("birth", True): _("第 %(places)s 位与出生日期一致", places=birth),
        ("birth", False): _("第 %(places)s 位与出生日期 %(day)s 不符", places=birth, day=day_of_birth),
        ("sex", True): _("第 %(places)s 位与性别一致", places=sex),
        ("sex", False): _("第 %(places)s 位与性别不符", places=sex),
        ("mended", None): _("按出生日期改第 %(places)s 位，校验码即相符", places=birth),
        ("fifteen", None): _("15 位的旧号码，没有校验码"),
        ("shape", False): _("不像任何一种证件的号码"),
        ("other", None): _("不是居民身份证的号码，不带出生日期、性别和校验码，请与证件逐位核对"),
    }
    return said[one.code, one.holds]


def _places(number: str) -> tuple[str, str]:
    """The places of the birth date and of the sex in a number, counted from 1."""
    return ("7—12", "15") if len(number) == 15 else ("7—14", "17")


def _of_what_a_number_says(field: str, old: str, new: str, number: str) -> Iterator[Remark]:
    """A claimed birth date or sex beside the recorded number."""
    says = read_number(number)
    carried = says.sex if field == "XB" else says.birth.isoformat() if says.birth else None
    place = _places(number)[field == "XB"]
    if not parts_of(number) or carried is None:
        yield Remark(None, _("记录的证件号码不带%(field)s，不能对照", field=pick(*_named(field))))
    elif carried == new:
        yield Remark(True, _("记录的证件号码第 %(places)s 位与申请的内容一致", places=place))
    elif carried == old:
        yield Remark(False, _("记录的证件号码第 %(places)s 位与原内容一致，与申请的不符", places=place))
    else:
        yield Remark(False, _("记录的证件号码第 %(places)s 位与原内容、申请的内容都不符", places=place))
    if _fails(readings(number, born="", sex="")):
        yield Remark(False, _("记录的证件号码校验码不符，号码本身可疑"))


def _named(field: str) -> tuple[str, str]:
    return COLUMNS[field].zh, COLUMNS[field].en


def _day(iso: str) -> str:
    return day(date.fromisoformat(iso)) if iso else ""
