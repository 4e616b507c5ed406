"""Load a school's folder: four TOML files and a notice, decoded strictly, every fault with file and line.

Loading continues after a fault, so that a registrar sees all faults at once: an unreadable value is replaced
by a neutral one, and no school is returned in the end.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import MISSING, asdict, dataclass, fields, replace
from datetime import date, datetime, time
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from config.calendar import (
    SHANGHAI,
    Calendar,
    MonthDay,
    OwnDay,
    Registration,
    Year,
    end_of,
    month_day,
    start_of,
    to_second,
)
from config.policy.effects import EFFECTS, PER_CLAIM, Effect
from config.policy.lines import Fault, Lines
from config.policy.lines import Path as Where
from config.policy.lint import Placed, SchoolDraft, Written, lint, unsure
from config.policy.predicates import PREDICATES, During, Lists, OfClaim, OfQuestion, Predicate, Turning
from config.policy.privacy import PrivacyContact, PrivacyNotice, PrivacySection, filled
from config.policy.question import YEARS
from config.policy.school import Policy, Rule, School
from config.policy.windows import APRIL_30, graduates_of
from config.policy.words import (
    ACTIONS,
    CampaignPlan,
    FieldWords,
    FinalCheckDay,
    Intake,
    Periods,
    Refusal,
    Sending,
    Silence,
    Statuses,
    StudentAdvice,
    Template,
    Unsupported,
    Window,
    Words,
    named_in_braces,
)

T = TypeVar("T")

FILES = ("school.toml", "policy.toml", "campaigns.toml", "calendar.toml")
HOLIDAYS = "holidays.toml"
NATIONAL = Path(__file__).parents[1] / HOLIDAYS
"""The national holidays. A copy in a school's folder replaces it."""
PRIVACY = "privacy.toml"
DEFAULT_NOTICE = NATIONAL.parent / PRIVACY
"""The privacy notice of a school that has none of its own. It is no rule: no digest of a policy covers it."""


class PolicyFaults(Exception):
    """A school's files cannot be used. Lists every fault with file and line."""

    def __init__(self, faults: Collection[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


def load_school(folder: Path) -> School:
    """Load the school from a folder. Raises PolicyFaults with all faults at once."""
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    folder = folder.resolve()
    own = (folder / HOLIDAYS).exists()
    places = {**dict.fromkeys(FILES, folder), HOLIDAYS: folder if own else NATIONAL.parent}
    files = {
        name: _file(f"{place.name}/{name}", _bytes(place / name), texts, faults)
        for name, place in places.items()
    }
    draft = _draft(files)
    for placed, zh, en in lint(draft):
        files[placed.file].fault(placed.where, zh, en)
    privacy = _privacy(folder / PRIVACY, draft, faults)
    if faults:
        raise PolicyFaults(faults)
    warnings = [files[placed.file].named(placed.where, zh, en) for placed, zh, en in unsure(draft)]
    return _school(draft, texts, privacy, tuple(warnings))


def kept_school(text: bytes) -> School:
    """The school of the canonical bytes of ``School.text``, as the Rulebook stores them.

    It was checked when it was loaded, so only its form is read again. Its privacy notice is not among these
    bytes: it has the default one. Raises PolicyFaults if this version cannot read it.
    """
    faults: list[Fault] = []
    texts: dict[str, str] = {}
    said: dict[str, str] = json.loads(text)["texts"]
    files = {
        name: _file(name, said[name].encode() if name in said else None, texts, faults)
        for name in (*FILES, HOLIDAYS)
    }
    draft = _draft(files)
    privacy = _privacy(DEFAULT_NOTICE, draft, faults)
    if faults:
        raise PolicyFaults(faults)
    return _school(draft, texts, privacy, ())


# -- files and their lines ------------------------------------------------------------------------------


class _File:
    """One file being read. Top tables are taken by name, and faults are noted."""

    def __init__(self, shown: str, text: str, said: dict[str, Any], faults: list[Fault]) -> None:
        self.name, self._shown, self._said, self._faults = shown.rpartition("/")[2], shown, said, faults
        self._lines = Lines(text)
        self._taken: list[str] = []

    def fault(self, where: Where, zh: str, en: str) -> None:
        """Note a fault at a place in the file."""
        self._faults.append(self.named(where, zh, en))

    def named(self, where: Where, zh: str, en: str) -> Fault:
        """A fault at a place in the file."""
        return Fault(self._shown, self._lines.at(where), f"{_spelled(where)}：{zh} / {en}")

    def text(self, key: str) -> str:
        """A text at the top level of the file."""
        return str(self._value(str, key, ""))

    def day(self, key: str) -> date:
        """A date at the top level of the file."""
        found = self._value(date, key, date.min)
        assert isinstance(found, date)
        return found

    def one(self, key: str, kind: type[T], *, needed: bool = True) -> Placed[T] | None:
        """A table of the file, or None if it cannot be decoded."""
        self._taken.append(key)
        if key not in self._said:
            if needed:
                self.fault((), f"缺少 [{key}]", f"[{key}] is missing")
            return None
        made = decoded(kind, self._said[key], self, (key,))
        return None if made is None else Placed(self.name, (key,), made)

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

    def done(self) -> None:
        """Note every key that was not taken."""
        _nothing_else(self._said, self._taken, self, ())

    def _value(self, kind: type, key: str, instead: object) -> object:
        self._taken.append(key)
        if key not in self._said:
            self.fault((), f"缺少 {key}", f"{key} is missing")
            return instead
        try:
            return _value(kind, self._said[key], self, (key,))
        except _Wrong:
            return instead


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _file(shown: str, data: bytes | None, texts: dict[str, str], faults: list[Fault]) -> _File:
    """A file by its shown name. An unreadable file counts as empty, with one fault."""
    name = shown.rpartition("/")[2]
    if data is None:
        faults.append(Fault(shown, 1, "没有这个文件或无法读取 / cannot be read"))
        return _File(shown, "", {}, [])
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
        return _File(shown, texts[name], said, faults)
    return _File(shown, "", {}, [])


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


def decoded(kind: type[T], said: object, source: _File, where: Where) -> T | None:
    """Decode a table into a dataclass. Its fields are the only keys; those without a default are required.

    A wrong text, number or list is noted and left empty. For any other wrong value the result is None.
    """
    if not isinstance(said, dict):
        source.fault(where, "应为一个表", "must be a table")
        return None
    known = fields(kind)  # type: ignore[arg-type]
    _nothing_else(said, [one.name for one in known], source, where)
    hints, values = get_type_hints(kind), {}
    for one in known:
        place, hint = (*where, one.name), hints[one.name]
        if one.name in said:
            try:
                values[one.name] = _value(hint, said[one.name], source, place, closing=one.name in CLOSING)
            except _Wrong:
                values[one.name] = _harmless(hint)
        elif one.default is MISSING:
            source.fault(where, f"缺少 {one.name}", f"{one.name} is missing")
            values[one.name] = _harmless(hint)
    lacking = [name for name, made in values.items() if made is None]
    return None if any(get_origin(hints[name]) is not UnionType for name in lacking) else kind(**values)


def _harmless(hint: Any) -> Any:
    """A neutral value in place of a wrong one. None if the type has none."""
    if hint == MonthDay:
        return APRIL_30
    if get_origin(hint) is tuple:
        return ()
    return {str: "", int: 1, bool: False}.get(hint)


class _Wrong(Exception):
    """A wrong value. Its fault is already noted."""


def _nothing_else(said: Mapping[str, Any], known: Collection[str], source: _File, where: Where) -> None:
    for key in said:
        if key not in known:
            source.fault((*where, key), f"没有这一项，可用的有 {'、'.join(sorted(known))}", "unknown key")


def _value(kind: Any, said: Any, source: _File, where: Where, *, closing: bool = False) -> Any:
    if get_origin(kind) is UnionType:  # an optional type: a written value is not None
        kind = get_args(kind)[0]
    if get_origin(kind) is tuple:
        return _tuple(kind, said, source, where)
    if kind is datetime:
        return _moment(said, source, where, closing=closing)
    if hasattr(kind, "__dataclass_fields__"):
        if (made := decoded(kind, said, source, where)) is None:
            raise _Wrong
        return made
    if type(said) is not kind:
        source.fault(where, f"应为{_KINDS[kind][0]}", f"must be {_KINDS[kind][1]}")
        raise _Wrong
    if kind is str and not said.strip():
        source.fault(where, "不能是空的", "must not be empty")
        raise _Wrong
    if kind is int and abs(said) > (most := MOST.get(where[-1], 10_000)):
        source.fault(where, f"数太大，最大 {most}", f"is too large a number, at most {most}")
        raise _Wrong
    if kind is date:
        _within(said, source, where)
    return said


def _within(day: date, source: _File, where: Where) -> None:
    """Check that a day and those computed from it are days of the calendar."""
    if day.year not in YEARS:
        between = f"{YEARS[0]}–{YEARS[-1]}"
        source.fault(where, f"年份应在 {between} 之间", f"must be in a year of {between}")
        raise _Wrong


_KINDS: Mapping[type, tuple[str, str]] = {
    str: ("文字", "a text"),
    int: ("整数", "a whole number"),
    bool: ("true 或 false", "true or false"),
    date: ("日期 YYYY-MM-DD", "a date, YYYY-MM-DD"),
    time: ("时刻 17:00:00", "a time of day, 17:00:00"),
}


def _tuple(kind: Any, said: Any, source: _File, where: Where) -> tuple[Any, ...]:
    if kind == MonthDay:
        return _month_day(said, source, where)
    if not isinstance(said, list):
        source.fault(where, "应为列表", "must be a list")
        raise _Wrong
    inner = get_args(kind)[0]
    values = tuple(_value(inner, one, source, (*where, n)) for n, one in enumerate(said))
    if len(set(values)) != len(values):
        source.fault(where, "有重复", "names something twice")
        raise _Wrong
    return values


def _month_day(said: Any, source: _File, where: Where) -> tuple[int, int]:
    """A day of every year, written as "04-30"."""
    if isinstance(said, str) and (day := month_day(said)):
        return day
    source.fault(where, '应为每年都有的月日，如 "04-30"', 'must be a day of every year, such as "04-30"')
    raise _Wrong


def _moment(said: Any, source: _File, where: Where, *, closing: bool) -> datetime:
    """A date (the whole day belongs to the window) or an instant, in Asia/Shanghai unless it has a zone."""
    if isinstance(said, date):
        _within(said, source, where)
    if isinstance(said, datetime):
        return said.replace(tzinfo=SHANGHAI) if said.tzinfo is None else to_second(said)
    if isinstance(said, date):
        return end_of(said) if closing else start_of(said)
    source.fault(where, "应为日期或时刻", "must be a date or a moment")
    raise _Wrong


# -- rules ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A [[rule]] as written, without its ``when`` and ``then``."""

    id: str
    source: str
    says: str
    says_en: str
    remedy: str = ""
    remedy_en: str = ""
    actions: tuple[str, ...] = ACTIONS


def _rule(placed: Placed[dict[str, Any]], file: _File, lists: Lists) -> Written | None:
    said = dict(placed.value)
    when, then = said.pop("when", {}), said.pop("then", None)
    table = decoded(RuleTable, said, file, placed.where)
    predicates = _predicates(when, file, (*placed.where, "when"), lists)
    effect = _effect(then, file, (*placed.where, "then"))
    if table is None or effect is None:
        return None
    if not when and not isinstance(effect, PER_CLAIM):
        file.fault(placed.where, "没有条件：对所有人都成立", "has no condition: it would hold for everybody")
    words = (table.says, table.says_en, table.remedy, table.remedy_en)
    try:
        facts = named_in_braces(*words)
    except ValueError:
        file.fault(placed.where, "文字中的花括号不成对或写法不对", "the braces in its words do not fit")
        facts = ()
    rule = Rule(
        **asdict(table),
        of_question=tuple(one for one in predicates if isinstance(one, OfQuestion)),
        of_claim=tuple(one for one in predicates if isinstance(one, OfClaim)),
        of_time=tuple(one for one in predicates if isinstance(one, Turning)),
        during=tuple(one for one in predicates if isinstance(one, During)),
        effect=effect,
        facts=facts,
    )
    return Placed(placed.file, placed.where, rule)


def _predicates(said: object, file: _File, where: Where, lists: Lists) -> list[Predicate]:
    if not isinstance(said, dict):
        file.fault(where, "应为一个表", "must be a table")
        return []
    _nothing_else(said, PREDICATES, file, where)
    found = []
    for word, value in said.items():
        if (spelling := PREDICATES.get(word)) is None:
            continue
        try:
            taken = _value(spelling.takes, value, file, (*where, word))
        except _Wrong:
            continue
        if taken == ():
            file.fault((*where, word), "至少要写一个", "must name something")
        among = spelling.among(lists)
        if (among or spelling.listed) and not _all_among(taken, among, file, (*where, word)):
            continue
        found.append(spelling.make(taken, lists))
    return found


def _all_among(taken: Any, among: Collection[str], file: _File, where: Where) -> bool:
    """True if all names of a predicate are declared."""
    names = taken if isinstance(taken, tuple) else (taken,)
    unknown = [name for name in names if name not in among]
    for name in unknown:
        file.fault(where, f"不认识 {name}，可用的有 {'、'.join(among) or '（没有）'}", "unknown")
    return not unknown


def _effect(said: object, file: _File, where: Where) -> Effect | None:
    if not isinstance(said, dict):
        file.fault(where, "缺少 then，或它不是一个表", "then is missing or no table")
        return None
    named_here = [word for word in EFFECTS if word in said]
    if len(named_here) != 1:
        file.fault(where, f"应恰有一个效果：{'、'.join(EFFECTS)}", "must name exactly one effect")
        return None
    return decoded(EFFECTS[named_here[0]], said, file, where)


# -- combining the files --------------------------------------------------------------------------------


def _draft(files: Mapping[str, _File]) -> SchoolDraft:
    school, policy, campaigns, calendar = (files[name] for name in FILES)
    statuses = policy.one("statuses", Statuses)
    fields_ = school.each("field", FieldWords)
    causes, variants = policy.each("cause", Words), policy.each("variant", Words, needed=False)
    windows = policy.each("window", Window, needed=False)
    lists = Lists(
        statuses.value if statuses else Statuses((), (), (), ""),
        tuple(one.value for one in fields_),
        tuple(one.value.code for one in causes),
        tuple(one.value.code for one in variants),
        {one.value.id: one.value for one in windows},
    )
    rules = [_rule(one, policy, lists) for one in policy.tables("rule")]
    draft = SchoolDraft(
        slug=school.text("slug"),
        title=school.text("title"),
        title_en=school.text("title_en"),
        offices=school.each("office", Words),
        fields=fields_,
        status_field=school.one("status_field", FieldWords),
        told=school.each("told", StudentAdvice, needed=False),
        valid_from=policy.day("valid_from"),
        default_office=Placed(policy.name, ("default_office",), policy.text("default_office")),
        statuses=statuses,
        final_check=policy.one("final_check", FinalCheckDay, needed=False),
        silence=policy.one("silence", Silence),
        periods=policy.one("periods", Periods),
        sending=policy.one("sending", Sending, needed=False),
        intake=policy.one("intake", Intake),
        codes=policy.each("code", Words),
        causes=causes,
        evidence=policy.each("evidence", Words),
        refusals=policy.each("refusal", Refusal),
        variants=variants,
        windows=windows,
        rules=[one for one in rules if one is not None],
        unsupported=policy.each("unsupported", Unsupported, needed=False),
        campaigns=campaigns.each("campaign", CampaignPlan, needed=False),
        templates=campaigns.each("template", Template, needed=False),
        registrations=calendar.each("registration", Registration, needed=False),
        years=[*files[HOLIDAYS].each("year", Year), *calendar.each("year", Year, needed=False)],
        days=calendar.each("day", OwnDay, needed=False),
    )
    for file in files.values():
        file.done()
    return draft


def _privacy(path: Path, draft: SchoolDraft, faults: list[Fault]) -> PrivacyNotice:
    """The notice of a file. What the file does not have, its sections or its contact, is the default's."""
    own = _file(f"{path.parent.name}/{PRIVACY}", _bytes(path), {}, faults) if path.exists() else None
    contact = own.one("contact", PrivacyContact, needed=False) if own else None
    sections = _sections(own, needed=False) if own else ()
    if not sections:
        ours = _file(PRIVACY, _bytes(DEFAULT_NOTICE), {}, faults)
        sections = _sections(ours, needed=True)
    if own:
        own.done()
    code = draft.default_office.value
    office = next((one.value for one in draft.offices if one.value.code == code), Words(code, code, code))
    return filled(
        sections,
        {"zh": draft.title, "en": draft.title_en},
        contact.value if contact else PrivacyContact(office.zh, office.en),
    )


def _sections(file: _File, *, needed: bool) -> tuple[PrivacySection, ...]:
    found = file.each("section", PrivacySection, needed=needed)
    wrong = [(placed, *fault) for placed in found for fault in placed.value.faults()]
    for placed, key, zh, en in wrong:
        file.fault((*placed.where, key), zh, en)
    return () if wrong else tuple(placed.value for placed in found)


def _school(
    draft: SchoolDraft, texts: Mapping[str, str], privacy: PrivacyNotice, warnings: tuple[Fault, ...]
) -> School:
    """The school of a draft without faults."""
    assert draft.status_field and draft.statuses and draft.silence
    assert draft.periods and draft.intake
    return School(
        slug=draft.slug,
        title=draft.title,
        title_en=draft.title_en,
        fields=tuple(one.value for one in draft.fields),
        status_field=draft.status_field.value,
        offices=_by_code(draft.offices),
        told=tuple(one.value for one in draft.told),
        policy=Policy(
            valid_from=draft.valid_from,
            default_office=draft.default_office.value,
            statuses=draft.statuses.value,
            final_check=draft.final_check.value if draft.final_check else None,
            silence=draft.silence.value,
            periods=draft.periods.value,
            sending=draft.sending.value if draft.sending else Sending(source="本系统默认"),
            intake=draft.intake.value,
            codes=_by_code(draft.codes),
            causes=_by_code(draft.causes),
            evidence_kinds=_by_code(draft.evidence),
            refusals=tuple(one.value for one in draft.refusals),
            variants=_by_code(draft.variants),
            windows=MappingProxyType({one.value.id: one.value for one in draft.windows}),
            rules=tuple(one.value for one in draft.rules),
            unsupported=tuple(one.value for one in draft.unsupported),
        ),
        campaigns=tuple(_with_its_graduates(one.value, draft) for one in draft.campaigns),
        templates=tuple(one.value for one in draft.templates),
        calendar=_calendar(draft),
        texts=MappingProxyType(dict(texts)),
        privacy=privacy,
        warnings=tuple(sorted(set(warnings))),
    )


def _with_its_graduates(plan: CampaignPlan, draft: SchoolDraft) -> CampaignPlan:
    """A ``last_check`` campaign takes its range of graduation dates from the policy."""
    if not plan.cohort.last_check or draft.final_check is None:
        return plan
    since, until = graduates_of(plan.closes.year, draft.final_check.value.last_day)
    return replace(plan, cohort=replace(plan.cohort, graduates_since=since, graduates_until=until))


def _calendar(draft: SchoolDraft) -> Calendar:
    """The school's own table of a year replaces the national one."""
    years = {one.value.year: one.value for one in draft.years}
    return Calendar(
        tuple(one.value for one in draft.registrations),
        tuple(years.values()),
        tuple(one.value for one in draft.days),
    )


def _by_code(words: Collection[Placed[Words]]) -> Mapping[str, Words]:
    return MappingProxyType({one.value.code: one.value for one in words})
