"""Decode a school's TOML files strictly, by the types of dataclasses. Every fault has a file and a line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import MISSING, fields
from datetime import date, datetime, time
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from config.calendar import SHANGHAI, MonthDay, end_of, month_day, start_of, to_second
from config.policy.lint.draft import Placed
from config.policy.question import YEARS
from config.policy.reading.lines import Fault, Lines
from config.policy.reading.lines import Path as Where
from config.policy.words import UNLESS

T = TypeVar("T")

# -- files and their lines ------------------------------------------------------------------------------


class TomlFile:
    """One file being read. Top tables are taken by name, and faults are noted."""

    def __init__(self, shown: str, text: str, said: dict[str, Any], faults: list[Fault]) -> None:
        self.name, self._shown, self._said, self._faults = shown.rpartition("/")[2], shown, said, faults
        self._lines = Lines(text)
        self._taken: list[str] = []

    def fault(self, where: Where, zh: str, en: str, *, near: Where = ()) -> None:
        """Note a fault at a place in the file. ``near`` is where to look for what is not there."""
        self._faults.append(self.named(where, zh, en, near=near))

    def named(self, where: Where, zh: str, en: str, *, near: Where = ()) -> Fault:
        """A fault at a place in the file."""
        return Fault(self._shown, self._lines.at(near or where), f"{_spelled(where)}：{zh} / {en}")

    def line(self, where: Where) -> int:
        """The line of a place in the file."""
        return self._lines.at(where)

    def text(self, key: str) -> str:
        """A text at the top level of the file."""
        return str(self._value(str, key, ""))

    def number(self, key: str, instead: int) -> int:
        """A whole number at the top level of the file, or ``instead`` if the file does not name it."""
        if key not in self._said:
            return instead
        found = self._value(int, key, instead)
        assert isinstance(found, int)
        return found

    def day(self, key: str) -> date:
        """A date at the top level of the file."""
        found = self._value(date, key, date.min)
        assert isinstance(found, date)
        return found

    def has(self, key: str) -> bool:
        """True if the file names it, whether or not it can be read."""
        return key in self._said

    def one(self, key: str, kind: type[T], *, needed: bool = True) -> Placed[T] | None:
        """A table of the file, or None if it cannot be decoded."""
        self._taken.append(key)
        if key not in self._said:
            if needed:
                self.fault((), f"缺少 [{key}]", f"[{key}] is missing")
            return None
        made = decoded(kind, self._said[key], self, (key,))
        return None if made is None else Placed(self.name, (key,), made)

    def whole(self, kind: type[T]) -> T:
        """The whole file as one table, all of whose fields have defaults."""
        made = decoded(kind, self._said, self, ())
        assert made is not None
        return made

    def each(self, key: str, kind: type[T], *, needed: bool = True) -> list[Placed[T]]:
        """The elements of an array of tables, without those that cannot be decoded."""
        found = []
        for placed in self.tables(key, needed=needed):
            if (made := decoded(kind, placed.value, self, placed.where)) is not None:
                found.append(Placed(self.name, placed.where, made))
        return found

    def tables(self, key: str, *, needed: bool = True) -> list[Placed[dict[str, Any]]]:
        """The elements of an array of tables as plain dictionaries."""
        self._taken.append(key)
        found = self._said.get(key, [])
        if needed and not found:
            self.fault((), f"缺少 [[{key}]]", f"[[{key}]] is missing")
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self.fault((key,), "应写成 [[…]]", "must be an array of tables")
            return []
        return [Placed(self.name, (key, n), one) for n, one in enumerate(found)]

    def table(self, key: str) -> dict[str, Any]:
        """A table of the file as a plain dictionary. Empty if there is none."""
        self._taken.append(key)
        found = self._said.get(key, {})
        if not isinstance(found, dict):
            self.fault((key,), "应为一个表", "must be a table")
            return {}
        return found

    def done(self) -> None:
        """Note every key that was not taken."""
        nothing_else(self._said, self._taken, self, ())

    def _value(self, kind: type, key: str, instead: object) -> object:
        self._taken.append(key)
        if key not in self._said:
            self.fault((), f"缺少 {key}", f"{key} is missing")
            return instead
        try:
            return value_of(kind, self._said[key], self, (key,))
        except WrongValue:
            return instead


def bytes_of(path: Path) -> bytes | None:
    """The bytes of a file, or None if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def read_file(shown: str, data: bytes | None, texts: dict[str, str], faults: list[Fault]) -> TomlFile:
    """A file by its shown name. An unreadable file counts as empty, with one fault."""
    name = shown.rpartition("/")[2]
    if data is None:
        faults.append(Fault(shown, 1, "没有这个文件或无法读取 / cannot be read"))
        return TomlFile(shown, "", {}, [])
    try:
        texts[name] = data.decode("utf-8")
        said = tomllib.loads(texts[name])
    except UnicodeDecodeError as fault:
        line = fault.object[: fault.start].count(b"\n") + 1
        faults.append(Fault(shown, line, "不是 UTF-8 文本 / is not UTF-8 text"))
    except tomllib.TOMLDecodeError as fault:
        at = re.search(r"\(at line (\d+)", str(fault))
        line = int(at[1]) if at else texts[name].count("\n") + 1
        faults.append(Fault(shown, line, f"不是合格的 TOML / is not TOML: {fault}"))
    except RecursionError:
        faults.append(Fault(shown, 1, "嵌套过深，读不了 / is nested too deeply to be read"))
    except ValueError:
        faults.append(Fault(shown, 1, "有一个数太长，读不了 / holds a number too long to be read"))
    else:
        return TomlFile(shown, texts[name], said, faults)
    return TomlFile(shown, "", {}, [])


def _spelled(where: Where) -> str:
    """A place in people's notation: ``rule[3].when``, counted from 1."""
    spelled = ""
    for part in where:
        spelled += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if spelled else part
    return spelled or "文件"


# -- decoding a table by the types of a dataclass -------------------------------------------------------


A_YEAR = 366 * 24 * 60
MOST: Mapping[int | str, int] = {
    "max_bytes": 10**9, "max_pixels": 10**9,
    "hold_minutes": A_YEAR, "undo_minutes": A_YEAR, "grace_minutes": A_YEAR,
}  # fmt: skip
"""The largest numbers by key. Others are days or months, whose sum with a date must be a date."""

CLOSING = ("closes", "colleges_close")
"""Keys whose date means the last second of that day."""


def decoded(kind: type[T], said: object, source: TomlFile, where: Where) -> T | None:
    """Decode a table into a dataclass. Its fields are the only keys; those without a default are required.

    A wrong text, number or list is noted and left empty. For any other wrong value the result is None.
    """
    if not isinstance(said, dict):
        source.fault(where, "应为一个表", "must be a table")
        return None
    known = fields(kind)  # type: ignore[arg-type]
    nothing_else(said, [one.name for one in known], source, where)
    hints, values = get_type_hints(kind), {}
    for one in known:
        place, hint = (*where, one.name), hints[one.name]
        if one.name in said:
            try:
                values[one.name] = value_of(hint, said[one.name], source, place, closing=one.name in CLOSING)
            except WrongValue:
                values[one.name] = _harmless(hint)
        elif one.default is MISSING:
            if not said.get(one.metadata.get(UNLESS, "")):
                source.fault(where, f"缺少 {one.name}", f"{one.name} is missing")
            values[one.name] = _harmless(hint)
    lacking = [name for name, made in values.items() if made is None]
    return None if any(get_origin(hints[name]) is not UnionType for name in lacking) else kind(**values)


def _harmless(hint: Any) -> Any:
    """A neutral value in place of a wrong one. None if the type has none."""
    if hint == MonthDay:
        return None
    if get_origin(hint) is tuple:
        return ()
    return {str: "", int: 1, bool: False}.get(hint)


class WrongValue(Exception):
    """A wrong value. Its fault is already noted."""


def nothing_else(said: Mapping[str, Any], known: Collection[str], source: TomlFile, where: Where) -> None:
    """Note every key of a table that is not known."""
    for key in said:
        if key not in known:
            source.fault((*where, key), f"没有这一项，可用的有 {'、'.join(sorted(known))}", "unknown key")


def value_of(kind: Any, said: Any, source: TomlFile, where: Where, *, closing: bool = False) -> Any:
    """Decode one value. Raises WrongValue, with the fault noted."""
    if get_origin(kind) is UnionType:  # an optional type: a written value is not None
        kind = get_args(kind)[0]
    if get_origin(kind) is tuple:
        return _tuple(kind, said, source, where)
    if kind is datetime:
        return _moment(said, source, where, closing=closing)
    if hasattr(kind, "__dataclass_fields__"):
        if (made := decoded(kind, said, source, where)) is None:
            raise WrongValue
        return made
    if type(said) is not kind:
        source.fault(where, f"应为{_KINDS[kind][0]}", f"must be {_KINDS[kind][1]}")
        raise WrongValue
    if kind is str and not said.strip():
        source.fault(where, "不能是空的", "must not be empty")
        raise WrongValue
    if kind is int and abs(said) > (most := MOST.get(where[-1], 10_000)):
        source.fault(where, f"数太大，最大 {most}", f"is too large a number, at most {most}")
        raise WrongValue
    if kind is date:
        _within(said, source, where)
    return said


def _within(day: date, source: TomlFile, where: Where) -> None:
    """Check that a day and those computed from it are days of the calendar."""
    if day.year not in YEARS:
        between = f"{YEARS[0]}–{YEARS[-1]}"
        source.fault(where, f"年份应在 {between} 之间", f"must be in a year of {between}")
        raise WrongValue


_KINDS: Mapping[type, tuple[str, str]] = {
    str: ("文字", "a text"),
    int: ("整数", "a whole number"),
    bool: ("true 或 false", "true or false"),
    date: ("日期 YYYY-MM-DD", "a date, YYYY-MM-DD"),
    time: ("时刻 17:00:00", "a time of day, 17:00:00"),
}


def _tuple(kind: Any, said: Any, source: TomlFile, where: Where) -> tuple[Any, ...]:
    if kind == MonthDay:
        return _month_day(said, source, where)
    if not isinstance(said, list):
        source.fault(where, "应为列表", "must be a list")
        raise WrongValue
    inner = get_args(kind)[0]
    values = tuple(value_of(inner, one, source, (*where, n)) for n, one in enumerate(said))
    if len(set(values)) != len(values):
        source.fault(where, "有重复", "names something twice")
        raise WrongValue
    return values


def _month_day(said: Any, source: TomlFile, where: Where) -> tuple[int, int]:
    """A day of every year, written as "04-30"."""
    if isinstance(said, str) and (day := month_day(said)):
        return day
    source.fault(where, '应为每年都有的月日，如 "04-30"', 'must be a day of every year, such as "04-30"')
    raise WrongValue


def _moment(said: Any, source: TomlFile, where: Where, *, closing: bool) -> datetime:
    """A date (the whole day belongs to the window) or an instant, in Asia/Shanghai unless it has a zone."""
    if isinstance(said, date):
        _within(said, source, where)
    if isinstance(said, datetime):
        return said.replace(tzinfo=SHANGHAI) if said.tzinfo is None else to_second(said)
    if isinstance(said, date):
        return end_of(said) if closing else start_of(said)
    source.fault(where, "应为日期或时刻", "must be a date or a moment")
    raise WrongValue
