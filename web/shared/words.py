"""The two languages: the language of a page, its dates and lists, and the catalogue of its sentences.

Source strings are Chinese. The English catalogue is read from its .po file when the app is created.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale, gettext

from web.shared.security import cookie_name, place
from workflow.records.claimed import is_day

CHINESE = "zh_Hans_CN"
ENGLISH = "en_GB"
LANGUAGES = {"zh": CHINESE, "en": ENGLISH}
CATALOGUE = Path(__file__).parents[1] / "translations" / "en" / "LC_MESSAGES" / "messages.po"


class Catalogue(Domain):
    """The catalogue, read from its .po source. There is no compiled file that could be outdated."""

    def get_translations(self) -> NullTranslations:
        """English texts on an English page. On a Chinese page the source string is the text."""
        return _english() if in_english() else _NOTHING


_NOTHING = NullTranslations()


@cache
def _english() -> Translations:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale="en", abort_invalid=True)
    written = io.BytesIO()
    write_mo(written, catalogue)
    written.seek(0)
    return Translations(written)


def speak(app: Flask) -> None:
    """Register both languages in an app."""
    babel = Babel()
    babel.init_app(app, default_locale=CHINESE, default_timezone="Asia/Shanghai", locale_selector=_chosen)
    babel.domain_instance = Catalogue()
    app.jinja_env.filters.update(
        day=day, moment=moment, until=until, instant=instant, clock=clock, in_one=in_one,
        nearby=nearby, nearby_day=nearby_day, month=month,
        in_list=in_list, each=each, named=named, counted=counted,
    )  # fmt: skip
    app.jinja_env.globals.update(in_english=in_english, pick=pick)


def _chosen() -> str:
    if not has_request_context():
        return CHINESE
    return LANGUAGES.get(request.cookies.get(cookie_name("lang"), ""), CHINESE)


def in_english() -> bool:
    """True when this page is in English."""
    locale = get_locale()
    return locale is not None and locale.language == "en"


def pick(zh: str, en: str) -> str:
    """One of two texts that are defined together."""
    return en if in_english() and en else zh


def in_one(both: str) -> str:
    """The page's half of a bilingual text: 中文 / English."""
    halves = both.split(" / ")
    middle = len(halves) // 2
    return pick(" / ".join(halves[:middle]), " / ".join(halves[middle:])) if middle else both


def gettext_plain(text: str) -> str:
    """The catalogue's text for a string that may contain a percent sign."""
    return str(gettext(text)) if text else ""


def day(value: date | None) -> str:
    """A day as people write it."""
    return format_date(value, "long", locale=get_locale()) if value else "—"


def month(value: str) -> str:
    """A month that is kept as 2026-12, as people write it."""
    first = date.fromisoformat(f"{value}-01")
    return format_date(first, "MMMM y" if in_english() else "y年M月", locale=get_locale())


def days(first: date, last: date) -> str:
    """A range of days, the year once where both lie in it: 2025年10月23日—11月7日."""
    if first.year != last.year:
        return f"{day(first)}—{day(last)}"
    begins, ends = ("d MMMM", "d MMMM y") if in_english() else ("y年M月d日", "M月d日")
    locale = get_locale()
    return f"{format_date(first, begins, locale=locale)}—{format_date(last, ends, locale=locale)}"


def moment(value: datetime | None) -> str:
    """A moment as people write it. Seconds only at the end of an hour, as in 23:59:59."""
    if value is None:
        return "—"
    clock = f"{value:%H:%M:%S}" if value.second == 59 and value.minute == 59 else f"{value:%H:%M}"
    return f"{day(value.date())} {clock}"


def clock(value: datetime) -> str:
    """The time of day alone, for moments of today."""
    return f"{value:%H:%M}"


def nearby(value: datetime | None) -> str:
    """A moment without the year, if it is the present year: 11月7日 23:59."""
    return f"{nearby_day(value.date())} {clock(value)}" if value else "—"


def nearby_day(value: date | None) -> str:
    """A day without the year, if it is the present year."""
    if value is None or value.year != place().clock.now().year:
        return day(value)
    return format_date(value, "d MMMM" if in_english() else "M月d日", locale=get_locale())


def instant(stored: str) -> str:
    """A stored instant as people write it, to the second."""
    return f"{day(datetime.fromisoformat(stored).date())} {stored[11:19]}"


def until(iso: str) -> str:
    """A date or instant in ISO form as people write it."""
    if not iso:
        return ""
    return moment(datetime.fromisoformat(iso)) if "T" in iso else day(date.fromisoformat(iso))


def written(text: str, field: str) -> str:
    """A value of a record as people write it: a day in words, every other as it is kept."""
    if not is_day(field) or not text:
        return text
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def each(codes: Iterable[str], words: Callable[[str], str]) -> list[str]:
    """The labels of several codes."""
    return [words(code) for code in codes]


def named(codes: Iterable[str], words: Callable[[str], str]) -> list[tuple[str, str]]:
    """Codes with their labels, as choices."""
    return [(code, words(code)) for code in codes]


def counted(counts: Mapping[str, int], words: Callable[[str], str], without: str = "") -> str:
    """The number of each code as one phrase. ``without`` is the label for codes that have none."""
    return in_list([f"{words(code) or without} {n}" for code, n in counts.items()])


def in_list(words: list[str]) -> str:
    """Several words as one phrase."""
    return (", " if in_english() else "、").join(words)
