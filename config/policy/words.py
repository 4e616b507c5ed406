"""The lists and tables of a school's files as frozen values, and the names shared by all schools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from string import Formatter
from types import MappingProxyType

from config.calendar import MonthDay

COLUMNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "XM": ("姓名", "name"),
        "XMPY": ("姓名拼音", "name in pinyin"),
        "XB": ("性别", "sex"),
        "CSRQ": ("出生日期", "birth date"),
        "SFZH": ("证件号码", "ID number"),
        "MZ": ("民族", "ethnicity"),
        "ZZMM": ("政治面貌", "political status"),
        "YXDM": ("院校代码", "school code"),
        "YXMC": ("院校名称", "school name"),
        "ZYDM": ("专业代码", "major code"),
        "ZYMC": ("专业", "major"),
        "CC": ("层次", "level"),
        "XZ": ("学制", "length of schooling"),
        "XXXS": ("学习形式", "study form"),
        "XH": ("学号", "student number"),
        "KSH": ("考生号", "candidate number"),
        "FY": ("分院", "college"),
        "XSH": ("系所函", "department"),
        "BH": ("班号", "class"),
        "RXRQ": ("入学日期", "entry date"),
        "YJBYRQ": ("预计毕业日期", "expected graduation date"),
        "XJZT": ("学籍状态", "enrolment status"),
        "TXDZ": ("通讯地址", "postal address"),
        "YZBM": ("邮政编码", "postcode"),
        "PHOTO": ("录取照片", "admission photo"),
    }
)
"""Every column of the platform that a claim may name, with its Chinese and English name."""

VOCABULARIES = (1, 2)
"""The vocabularies in which a policy may be written. A text that names none is written in the first."""

ACTIONS = ("raise", "confirm", "supplement", "dispute", "reopen")
"""The actions of a question: report an error, confirm, supply requested papers, say that a correction is
still wrong, have a decided case reviewed again."""

EVERYDAY = ("raise", "confirm", "supplement")
"""The actions of a rule that names none. Those that came later must be named."""

AFTER_DECISION = ("dispute", "reopen")
"""The actions on a decided case: what it ended with is their matter, their steps join those of the filing."""

DONE_BY: Mapping[str, str] = MappingProxyType(
    {"supplement": "student", "dispute": "student", "reopen": "second_reviewer"}
)
"""Who does what only one role does. The other actions are also done for a student by others."""

VOIDED_BY = ("value", "paper", "explanation")
"""What a student's answer can bring, and what can make a passed step void."""

VOID_BY = ("value", "paper")
"""What makes a passed step void where its rule does not say."""

DUTIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "student": ("学生本人", "the student"),
        "officer": ("学院经办人", "college officer"),
        "counsellor": ("辅导员", "counsellor"),
        "class_teacher": ("班主任", "class teacher"),
        "teaching_secretary": ("教学秘书", "teaching secretary"),
        "reviewer": ("审核人", "reviewer"),
        "second_reviewer": ("复核人", "second reviewer"),
        "registrar": ("学籍管理员", "registrar"),
    }
)
"""The roles and duties that may file."""

CAMPAIGN_KINDS = ("freshman", "yearly", "final")
STEP_KINDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "check": ("审核", "check"),
        "approval": ("审批", "approval"),
        "letter": ("发函核实", "letter"),
        "visit": ("实地核查", "inquiry on the spot"),
        "external": ("校外机构办理", "another body's decision"),
        "province": ("省级审核", "the province"),
        "public_notice": ("公示", "public notice"),
        "platform": ("平台更正", "platform entry"),
    }
)
"""The kinds of review steps of a claim."""

DECIDED_STEPS = ("check", "approval", "visit")
"""The steps that an office of the school decides by itself."""

DECIDING_OUTSIDE = ("province", "external")
"""The steps that a body outside the school decides: claims go to it in batches."""

COLLEGE = "college"
"""The office that stands for each student's own college: its officers take its steps, no reviewer does."""

COLLEGE_DUTIES = ("officer", "counsellor", "class_teacher", "teaching_secretary")
"""What a step that the college decides may ask of who takes it: a duty, or an officer without any."""

OFFICE_DUTIES = ("reviewer", "second_reviewer")
"""What any other step may ask. A second reviewer may take what a reviewer may."""

TELLERS = ("counsellor", "class_teacher")
"""The duties whose holder may attest that they told a student."""

TOLD_BY = ("page", "email", "wecom", *TELLERS)
"""What may count as notice: seen on the page, accepted by a delivery channel, or told by one of TELLERS."""

LEVELS = (
    "博士研究生", "硕士研究生", "第二学士学位", "本科", "专升本", "高起本", "专科", "专科(高职)",
    "高职(专科)", "预科",
)  # fmt: skip
"""The levels (CC) as the platform writes them."""

BESIDE_LEVELS = ("留学生", "交换生")
"""What a school's list may have as the level of students who are not on the platform."""

PROVINCE_CODES: Mapping[str, str] = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林",
    "23": "黑龙江", "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西",
    "37": "山东", "41": "河南", "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南",
    "50": "重庆", "51": "四川", "52": "贵州", "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃",
    "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾", "81": "香港", "82": "澳门",
}  # fmt: skip
"""The provinces by their code in candidate numbers (GB/T 2260, two digits)."""

PROVINCES = tuple(PROVINCE_CODES.values())

CALENDAR_UNKNOWN = "CALENDAR_UNKNOWN"
"""The flag of an answer that counts working days in a year whose holidays are not known."""
GUESSED = (
    "日历里没有所用年份的节假日，期限按星期一至星期五计算",
    "the calendar lacks the holidays of a year that was counted; Monday to Friday were taken",
)
"""Its words in Chinese and English where the school's list of codes has none."""

PICTURES = ("JPEG", "PNG")
STANDINGS = ("enrolled", "retained", "left", "other")
REFUSAL_KINDS = ("inadmissible", "refused")
"""不予受理 (never admissible) and 驳回 (refused on the merits)."""

OUTCOMES = ("accept", "incomplete", "defer", "route", "not_accepted")
"""From best to worst. The worst wins."""

BASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "rule": ("按学校规则的末次自查", "the last check by the school's rule"),
        "campaign": ("按已公布的该届毕业生自查活动", "the campaign published for the graduating class"),
        "opened": ("按为本人重新开放的核对", "the check opened again for this student"),
        "extension": ("按批准给本人的延期", "the extension granted to this student"),
    }
)
"""How the end of a student's final check was derived."""


# -- lists ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Words:
    """A code of the policy's own lists, with its Chinese and English text."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class FieldWords:
    """A field that the school's students check. ``causes``: the possible causes of an error in it.

    A field without a ``group`` is one by itself.
    """

    code: str
    zh: str
    en: str
    group: str = ""
    claimable: bool = True
    causes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "group", self.group or self.code)


KEEPERS = ("school", "platform")
"""By which of the two systems a school may go for a column: its own, or the national platform."""


@dataclass(frozen=True, slots=True)
class KeptBy:
    """The system by which the school goes for some columns: what differs in the other is mended there."""

    system: str
    columns: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class StudentAdvice:
    """A hint shown to every student of the school before the check."""

    zh: str
    en: str
    source: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A code with which a reviewer refuses. ``kind`` is one of REFUSAL_KINDS.

    ``clause`` is its legal basis, ``remedy`` what the student can still do.
    """

    code: str
    kind: str
    zh: str
    en: str
    clause: str = ""
    remedy: str = ""
    remedy_en: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """The limits of an uploaded paper: bytes, kinds of picture, pixels (width times height)."""

    max_bytes: int
    kinds: tuple[str, ...]
    max_pixels: int
    source: str


@dataclass(frozen=True, slots=True)
class Statuses:
    """The enrolment statuses by their meaning for filing. One in no list counts as ``other``."""

    enrolled: tuple[str, ...]
    retained: tuple[str, ...]
    left: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class FinalCheckDay:
    """The month and day on which the school's yearly final check ends.

    ``grace_minutes``: how long afterwards a draft begun before it may be filed.
    """

    last_day: MonthDay
    source: str
    grace_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Silence:
    """The kinds of campaign in which silence (no answer) counts.

    ``deems``: a student without an answer is deemed correct. ``deems_colleges``: a college that did not sign
    its list by its deadline has no objection. ``colleges_deem_students``: of a college that has none for that
    reason the students without an answer are deemed correct. ``deferred_counts``: a student whose change the
    rules take only later may say so, and has checked. ``told_by``: what counts as notice. Without notice,
    silence does not count.
    """

    deems: tuple[str, ...]
    source: str
    told_by: tuple[str, ...] = ("page",)
    deems_colleges: tuple[str, ...] = ()
    colleges_deem_students: tuple[str, ...] = ()
    deferred_counts: bool = False


@dataclass(frozen=True, slots=True)
class Sending:
    """When notices are sent: the quiet hours, and reminders by days before a close.

    Nothing is sent from ``quiet_from`` in the evening to ``quiet_until`` in the morning, except on the
    evening of the close itself. ``remind_at`` is the time of the reminders and the colleges' daily digests.
    """

    source: str
    quiet_from: time = time(22)
    quiet_until: time = time(7)
    remind_at: time = time(8)
    remind_days: tuple[int, ...] = ()
    digests: bool = False


@dataclass(frozen=True, slots=True)
class Periods:
    """The duration of assignments, of undoing a decision, and of disputing a correction.

    ``supplement_working_days``: the time for supplying returned papers; 0 means no limit.
    """

    hold_minutes: int
    undo_minutes: int
    dispute_days: int
    source: str
    supplement_working_days: int = 0


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A rule of the school that this vocabulary cannot express. Every answer names it."""

    says: str
    says_en: str
    source: str


UNLESS = "unless"
"""In the metadata of a required key: another key that stands in its place."""

_UNLESS_PAIRS = {UNLESS: "pairs"}


@dataclass(frozen=True, slots=True)
class CohortPair:
    """The students of one level who entered in one year."""

    level: str
    entry_year: int


@dataclass(frozen=True, slots=True)
class Cohort:
    """The cohort of a campaign: entry years, levels, statuses, graduation dates. All must match.

    ``pairs`` takes the place of entry years and levels where these are not the same for every level: one of
    them must match. With ``last_check`` the graduation dates follow from the school's yearly final check: all
    students whose final check ends in this campaign, whatever they study and however long.
    """

    entry_years: tuple[int, ...] = field(metadata=_UNLESS_PAIRS)
    levels: tuple[str, ...] = field(metadata=_UNLESS_PAIRS)
    statuses: tuple[str, ...]
    graduates_since: date | None = None
    graduates_until: date | None = None
    last_check: bool = False
    pairs: tuple[CohortPair, ...] = ()

    @property
    def years(self) -> tuple[int, ...]:
        """The entry years that it names, by themselves or in a pair."""
        return tuple(sorted({*self.entry_years, *[pair.entry_year for pair in self.pairs]}))


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign as the school announces it. Both ends belong to the window.

    ``colleges_close`` is the colleges' deadline for signing their lists.
    """

    id: str
    kind: str
    title: str
    title_en: str
    opens: datetime
    closes: datetime
    bulletins: tuple[date, ...]
    fields: tuple[str, ...]
    cohort: Cohort
    source: str
    colleges_close: datetime | None = None

    @property
    def years(self) -> tuple[int, ...]:
        """The calendar years in which one of its dates lies."""
        ends = [end.year for end in (self.opens, self.closes, self.colleges_close) if end is not None]
        return tuple(sorted({*ends, *[day.year for day in self.bulletins]}))


@dataclass(frozen=True, slots=True)
class YearlyPair:
    """The students of one level who entered so many years before the campaign's year."""

    level: str
    entered_years_ago: int


@dataclass(frozen=True, slots=True)
class YearlyCohort:
    """The cohort of a yearly campaign, with entry years counted back from the campaign's year.

    ``entered_years_ago``: 0 for students who enter in that year; empty for any entry year. ``pairs`` as in
    Cohort.
    """

    levels: tuple[str, ...] = field(metadata=_UNLESS_PAIRS)
    statuses: tuple[str, ...]
    entered_years_ago: tuple[int, ...] = ()
    last_check: bool = False
    pairs: tuple[YearlyPair, ...] = ()

    @property
    def years_ago(self) -> tuple[int, ...]:
        """How long ago its students entered, as it names it by itself or in a pair."""
        return tuple(sorted({*self.entered_years_ago, *[pair.entered_years_ago for pair in self.pairs]}))


@dataclass(frozen=True, slots=True)
class Template:
    """A yearly campaign. Its campaigns are named after it: ``final`` makes ``final-2028``.

    Its days are days of every year, from ``first`` to ``last``; a ``first`` after ``last`` is in the year
    before. Without ``last`` it ends with the school's final check. ``{year}`` in the titles is the year.
    """

    id: str
    kind: str
    title: str
    title_en: str
    first: MonthDay
    bulletins: tuple[MonthDay, ...]
    fields: tuple[str, ...]
    cohort: YearlyCohort
    source: str
    last: MonthDay | None = None
    last_at: time | None = None
    colleges_last: MonthDay | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A time span that rules may name, written in one of four ways. Both ends belong to it.

    Calendar dates: ``opens``, ``closes``, either may be omitted. Days of every year: ``first``, ``last`` and,
    if it ends during the day, ``last_at``. Whole months of every year: ``months``. Moments of the student's
    record: ``after``, ``until``; if only one of them is given, ``for_months`` or ``for_days`` may give a
    length. ``rolls``: a last day on which offices do not work moves to the next one on which they do.
    """

    id: str
    zh: str
    en: str
    source: str
    opens: datetime | None = None
    closes: datetime | None = None
    first: MonthDay | None = None
    last: MonthDay | None = None
    last_at: time | None = None
    months: tuple[int, ...] = ()
    after: str | None = None
    until: str | None = None
    for_months: int = 0
    for_days: int = 0
    rolls: bool = False

    @property
    def may_roll(self) -> bool:
        """True if its end is a day of its own, not a moment of the student's record or the end of a month."""
        counted = self.after is not None and bool(self.for_months or self.for_days)
        return self.closes is not None or self.last is not None or counted


def named_in_braces(*templates: str) -> tuple[str, ...]:
    """The names that templates have in braces, in order. Raises ValueError for malformed braces."""
    names: dict[str, None] = {}
    for template in templates:
        for _, name, format_spec, conversion in Formatter().parse(template):
            if name is None:
                continue
            if not name.isidentifier() or format_spec or conversion:
                raise ValueError(name)
            names[name] = None
    return tuple(names)
