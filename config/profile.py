"""The school as its pages name it: whom to call, where, by when it answers, and its colour and crest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from types import MappingProxyType

from config.accent import nearest, too_faint_on
from config.calendar import Calendar, Pause

KeyFault = tuple[str, str, str]
"""What is wrong with a profile: the field, in Chinese, in English."""

PARTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "title": ("校名", "school's name"),
        "title_en": ("英文校名", "school's name in English"),
        "office": ("办公室", "office"),
        "office_en": ("办公室的英文名称", "office in English"),
        "room": ("房间", "room"),
        "room_en": ("房间的英文写法", "room in English"),
        "phone": ("电话", "telephone"),
        "hours": ("办公时间", "office hours"),
        "hours_en": ("办公时间的英文写法", "office hours in English"),
        "address": ("本站网址", "address of this site"),
        "working_days": ("办理承诺（工作日）", "service promise (working days)"),
        "appeal_to": ("向谁申诉", "whom to appeal to"),
        "appeal_to_en": ("向谁申诉的英文写法", "whom to appeal to in English"),
        "appeal_days": ("申诉期限（日）", "days for an appeal"),
        "appeal_place": ("申诉地点", "place of appeals"),
        "appeal_source": ("申诉的依据", "basis of appeals"),
        "document_word": ("发文字号的代字", "word of the document numbers"),
        "accent": ("校色", "school colour"),
        "crest": ("校徽", "crest"),
    }
)
"""Every field in Chinese and English."""

NEEDED = ("office", "office_en", "phone")
BOTH_LANGUAGES = ("title", "office", "room", "hours", "appeal_to")
LONGEST = 120
MOST_DAYS = 250
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,30}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_SITE = re.compile(r"https?://[a-z0-9.:-]+(/[\w./-]*)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Profile:
    """What a school says of itself. A text that is not known is empty, a number 0.

    ``address`` is this site's. ``working_days`` is the service promise. ``appeal_days`` are calendar days
    from the day a decision is received, by ``appeal_source``. ``document_word`` begins letters' numbers.
    ``crest`` names the picture that was uploaded; it is no key of the file.
    """

    title: str = ""
    title_en: str = ""
    office: str = ""
    office_en: str = ""
    room: str = ""
    room_en: str = ""
    phone: str = ""
    hours: str = ""
    hours_en: str = ""
    address: str = ""
    working_days: int = 0
    appeal_to: str = ""
    appeal_to_en: str = ""
    appeal_days: int = 0
    appeal_place: str = ""
    appeal_source: str = ""
    document_word: str = ""
    accent: str = ""
    crest: str = ""

    @property
    def number(self) -> str:
        """The telephone number as a link dials it."""
        return re.sub(r"[^0-9+]", "", self.phone)

    def usually_by(self, begun: date, calendar: Calendar, pauses: Iterable[Pause] = ()) -> date | None:
        """The last day of the service promise. None: no promise, or an open pause."""
        if not self.working_days:
            return None
        return calendar.working_days_after(begun, self.working_days, pauses)

    def faults(self) -> Iterator[KeyFault]:
        """Everything that is wrong with it."""
        for key in NEEDED:
            if not getattr(self, key):
                yield key, "没有填写", "is missing"
        for key in BOTH_LANGUAGES:
            yield from self._one_language(key)
        yield from self._texts()
        if self.phone and not _PHONE.fullmatch(self.phone):
            yield (
                "phone",
                "电话只写数字、空格、连字符和括号，以数字或 + 开头，5 至 31 个字符",
                "must be digits, spaces, - and (), begin with a digit or +, and have 5 to 31 characters",
            )
        if self.address and not _SITE.fullmatch(self.address):
            yield (
                "address",
                "应为以 http:// 或 https:// 开头的网址",
                "must begin with http:// or https://",
            )
        if self.accent and not _COLOUR.fullmatch(self.accent):
            yield (
                "accent",
                '应为 "#125062" 这样的颜色（小写）',
                'must be a colour such as "#125062", in small letters',
            )
        elif self.accent and too_faint_on(self.accent):
            instead = nearest(self.accent)
            yield (
                "accent",
                f"颜色太浅，字看不清；最接近的可用颜色是 {instead}",
                f"is too light to be read; the nearest colour that can be is {instead}",
            )
        yield from self._appeal()

    def _one_language(self, key: str) -> Iterator[KeyFault]:
        zh, en = getattr(self, key), getattr(self, f"{key}_en")
        if en and not zh and key not in NEEDED:
            yield key, "没有填写", "is missing"
        if zh and not en and f"{key}_en" not in NEEDED:
            yield f"{key}_en", "没有填写", "is missing"

    def _texts(self) -> Iterator[KeyFault]:
        for one in fields(self):
            said = getattr(self, one.name)
            if isinstance(said, str) and (len(said) > LONGEST or not said.isprintable()):
                yield (
                    one.name,
                    f"应为一行，最多 {LONGEST} 个字",
                    f"must be one line of {LONGEST} characters at most",
                )
            if isinstance(said, int) and not 0 <= said <= MOST_DAYS:
                yield one.name, f"应为 0 到 {MOST_DAYS} 天", f"must be 0 to {MOST_DAYS} days"

    def _appeal(self) -> Iterator[KeyFault]:
        if self.appeal_to and not self.appeal_days:
            yield "appeal_days", "写了向谁申诉，就要写几日内", "must say within how many days"
        if self.appeal_to and not self.appeal_source:
            yield "appeal_source", "写了向谁申诉，就要写依据", "must name the source"
        if self.appeal_days and not self.appeal_to:
            yield "appeal_days", "写了申诉期限，就要写向谁申诉", "must say to whom"


def in_the_other_language(key: str) -> str:
    """The field that says the same in the other language."""
    return key.removesuffix("_en") if key.endswith("_en") else f"{key}_en"
