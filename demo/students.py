"""The invented students as roster rows, in the platform's columns. The same on every run."""

from __future__ import annotations

import csv
import io
import random
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from demo import names
from workflow.records.identity import check_character

SEED = 20241023
SIZE = 6000
CLASS = 36

COLLEGES: Mapping[str, tuple[str, ...]] = {
    "材料学院": ("材料成型及控制工程", "焊接技术与工程", "高分子材料与工程"),
    "环境与化学学院": ("环境工程", "应用化学"),
    "航空制造学院": ("机械设计制造及其自动化", "飞行器制造工程", "工业设计"),
    "信息工程学院": ("电子信息工程", "通信工程", "计算机科学与技术", "自动化"),
    "外国语学院": ("英语", "日语"),
    "飞行器工程学院": ("飞行器动力工程", "飞行器设计与工程"),
    "仪器与光电学院": ("测控技术与仪器", "光电信息科学与工程"),
    "数学与信息科学学院": ("信息与计算科学", "数学与应用数学"),
    "经济管理学院": ("会计学", "工商管理", "国际经济与贸易", "工业工程"),
    "艺术与设计学院": ("视觉传达设计", "环境设计", "数字媒体艺术"),
    "软件学院": ("软件工程", "网络工程", "物联网工程"),
    "土木与建筑学院": ("土木工程", "建筑学", "工程管理"),
    "文法学院": ("法学", "汉语言文学"),
    "体育学院": ("社会体育指导与管理",),
}
FIVE_YEARS = "建筑学"

COLUMNS = (
    "KSH", "XH", "XM", "XB", "CSRQ", "SFZH", "ZJLX", "MZ", "ZYMC", "FY", "BH", "CC", "XXXS", "XZ",
    "RXRQ", "YJBYRQ", "XJZT",
)  # fmt: skip
WIDTHS = dict.fromkeys(COLUMNS, 60) | {
    "XM": 40, "XB": 6, "CSRQ": 10, "RXRQ": 10, "YJBYRQ": 10, "XZ": 4, "SFZH": 20, "KSH": 16, "XH": 16,
}  # fmt: skip
"""The field widths of the platform's table in bytes."""

Row = dict[str, str]
Befall = Callable[[Row, Row, random.Random], None]

PROVINCES = ("36",) * 14 + ("41", "34", "43", "37", "45", "52", "65", "62")
"""The provinces of the entrance examination: mostly the school's own."""


@dataclass(frozen=True, slots=True)
class Strange:
    """One kind of strangeness: how often in 6,000 students, and its change to a row and to the truth."""

    kind: str
    often: int
    befall: Befall


@dataclass(frozen=True, slots=True)
class Invented:
    """One student: the roster's row, its strangeness ('' if none), and the true values."""

    row: Row
    strangeness: str
    truth: Row


def invented(size: int = SIZE, seed: int = SEED) -> list[Invented]:
    """Invent ``size`` students of 2024, with the cases of a real roster: long names, leave, wrong data."""
    chance = random.Random(seed)
    healthy = list(_healthy(size, chance))
    students = [Invented(row, "", row) for row in healthy]
    order = list(range(size))
    chance.shuffle(order)
    places = iter(order)
    for one in STRANGE:
        for _ in range(_share(one.often, size)):
            place = next(places)
            row, truth = dict(healthy[place]), dict(healthy[place])
            one.befall(row, truth, chance)
            students[place] = Invented(row, one.kind, truth)
    return students


def as_dbf(rows: Sequence[Row], widths: Mapping[str, int] = WIDTHS) -> bytes:
    """The rows in the platform's format: a FoxPro table in GB18030 with fixed-width fields."""
    head, width = 33 + 32 * len(widths), 1 + sum(widths.values())
    made = [struct.pack("<BBBBIHH20x", 3, 124, 10, 16, len(rows), head, width)]
    made += [struct.pack("<11scxxxxB15x", name.encode(), b"C", size) for name, size in widths.items()]
    made.append(b"\r")
    for row in rows:
        made.append(b" ")
        made += [row[name].encode("gb18030").ljust(size) for name, size in widths.items()]
    return b"".join([*made, b"\x1a"])


def as_csv(rows: Iterable[Row]) -> bytes:
    """The rows as a roster file in UTF-8."""
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def _share(often: int, size: int) -> int:
    return max(1, round(often * size / SIZE))


def _healthy(size: int, chance: random.Random) -> Iterator[Row]:
    common = names.common(chance)
    classes = _classes()
    clazz, left = next(classes), CLASS
    for n in range(size):
        if not left:
            clazz, left = next(classes), CLASS - chance.randrange(7)
        left -= 1
        yield _row(n, next(common), clazz, chance)


def _classes() -> Iterator[tuple[str, str, str, str]]:
    """College, major, class and level, in rounds: one class of every major, then the next."""
    majors = [
        (number, college, major)
        for number, college in enumerate(COLLEGES, start=1)
        for major in COLLEGES[college]
    ]
    round_ = 0
    while True:
        round_ += 1
        for order, (number, college, major) in enumerate(majors, start=1):
            level = "专升本" if round_ % 5 == 0 and order % 2 else "本科"
            yield college, major, f"24{number:02d}{order:02d}{round_:02d}", level


def _row(n: int, name: str, clazz: tuple[str, str, str, str], chance: random.Random) -> Row:
    college, major, number, level = clazz
    birth = (
        date(2005, 9, 1) + timedelta(days=chance.randrange(700)) - timedelta(days=700 * (level == "专升本"))
    )
    sex = chance.choice("男女")
    years = 2 if level == "专升本" else 5 if major == FIVE_YEARS else 4
    return {
        "KSH": f"24{chance.choice(PROVINCES)}{n:010d}",
        "XH": f"24{number[2:4]}{n:05d}",
        "XM": name,
        "XB": sex,
        "CSRQ": birth.isoformat(),
        "SFZH": number_of(birth, sex, n),
        "ZJLX": "1",
        "MZ": "汉族",
        "ZYMC": major,
        "FY": college,
        "BH": number,
        "CC": level,
        "XXXS": "普通全日制",
        "XZ": str(years),
        "RXRQ": "2024-09-15",
        "YJBYRQ": f"{2024 + years}-07-01",
        "XJZT": "注册学籍",
    }


def number_of(birth: date, sex: str, n: int) -> str:
    """An ID number with a non-existent area code (88) and a valid check character."""
    body = f"88{n % 10_000:04d}{birth:%Y%m%d}{n % 499 * 2 + (sex == '男'):03d}"
    return body + check_character(body)


# -- cases of real rosters that few demonstrations have -------------------------------------------------


def _another_people(row: Row, truth: Row, chance: random.Random) -> None:
    said = {"XM": names.long_name(chance), "MZ": "维吾尔族", "KSH": f"2465{row['KSH'][4:]}"}
    row |= said
    truth |= said


def _rare_character(row: Row, truth: Row, chance: random.Random) -> None:
    row["XM"] = truth["XM"] = names.with_rare(row["XM"], chance)


def _document(kind: str, letter: str) -> Befall:
    def give(row: Row, truth: Row, chance: random.Random) -> None:
        number = f"{letter}{chance.randrange(10**7, 10**8)}"
        for one in (row, truth):
            one |= {"SFZH": number, "ZJLX": kind}

    return give


def _status(status: str) -> Befall:
    def give(row: Row, truth: Row, chance: random.Random) -> None:
        row["XJZT"] = truth["XJZT"] = status

    return give


def _wrong_check(row: Row, truth: Row, chance: random.Random) -> None:
    number = row["SFZH"]
    row["SFZH"] = number[:-1] + ("0" if number[-1] != "0" else "1")


def _wrong_sex(row: Row, truth: Row, chance: random.Random) -> None:
    row["XB"] = "女" if row["XB"] == "男" else "男"


def _wrong_birth(row: Row, truth: Row, chance: random.Random) -> None:
    day = date.fromisoformat(row["CSRQ"])
    row["CSRQ"] = (day + timedelta(days=chance.choice((-1, 1, 9, 30)))).isoformat()


def _lost(sign: str) -> Befall:
    """Replace a rare character in the row, as a system that cannot store it does. The truth keeps it."""

    def lose(row: Row, truth: Row, chance: random.Random) -> None:
        truth["XM"] = names.with_rare(row["XM"], chance)
        row["XM"] = row["XM"][:-1] + sign

    return lose


def _inserted(sign: str) -> Befall:
    """Insert a character behind the surname."""

    def insert(row: Row, truth: Row, chance: random.Random) -> None:
        row["XM"] = row["XM"][0] + sign + row["XM"][1:]

    return insert


def _number(spoil: Callable[[str], str]) -> Befall:
    def give(row: Row, truth: Row, chance: random.Random) -> None:
        row["SFZH"] = spoil(row["SFZH"])

    return give


def _said(column: str, said: str) -> Befall:
    """Put a wrong value into a column."""

    def say(row: Row, truth: Row, chance: random.Random) -> None:
        row[column] = said

    return say


def _too_long(row: Row, truth: Row, chance: random.Random) -> None:
    """A name that fills its field to the last byte, as if it were cut."""
    _another_people(row, truth, chance)
    row["XM"] = names.LONGEST[: WIDTHS["XM"] // 2]
    truth["XM"] = names.LONGEST


def _in_february(number: str) -> str:
    """The number with a birthday on 30 February."""
    body = number[:10] + "0230" + number[14:17]
    return body + check_character(body)


def _odd_key(row: Row, truth: Row, chance: random.Random) -> None:
    row["XH"] = truth["XH"] = row["XH"] + "#"


def _wrong_dot(row: Row, truth: Row, chance: random.Random) -> None:
    _another_people(row, truth, chance)
    row["XM"] = row["XM"].replace("·", chance.choice("•．・"))


STRANGE = (
    Strange("another_people", 60, _another_people),
    Strange("rare_character", 24, _rare_character),
    Strange("hong_kong", 9, _document("6", "H")),
    Strange("macau", 5, _document("7", "M")),
    Strange("taiwan", 6, _document("8", "")),
    Strange("on_leave", 22, _status("休学")),
    Strange("retained", 9, _status("保留学籍")),
    Strange("deferred", 6, _status("暂缓注册")),
    Strange("left", 14, _status("退学")),
    Strange("place_retained", 11, _status("保留入学资格")),
    Strange("checksum", 14, _wrong_check),
    Strange("sex_disagrees", 16, _wrong_sex),
    Strange("birth_disagrees", 18, _wrong_birth),
    Strange("lost_character", 12, _lost("?")),
    Strange("private_use", 7, _lost("\ue863")),
    Strange("mixed_letters", 3, _lost("Y")),
    Strange("wrong_dot", 12, _wrong_dot),
    Strange("space_in_name", 5, _inserted("　")),
    Strange("hidden_character", 2, _inserted("\u200b")),
    Strange("maybe_cut", 1, _too_long),
    Strange("number_shape", 4, _number(lambda number: number[:-1])),
    Strange("number_date", 2, _number(_in_february)),
    Strange("masked", 3, _number(lambda number: number[:6] + "*" * 8 + number[14:])),
    Strange("unknown_sex", 2, _said("XB", "未知")),
    Strange("unknown_type", 2, _said("ZJLX", "一代证")),
    Strange("blank", 3, _said("CSRQ", "")),
    Strange("odd_key", 1, _odd_key),
)
"""Every kind of strangeness. Each gets its own students."""
