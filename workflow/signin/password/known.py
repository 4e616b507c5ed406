"""What others may know of a person, in the ways in which people write it into a password."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice, product

LEAST_DIGITS = 4
"""The shortest part of a number that counts as taken from it."""

MOST_INITIALS = 64
"""Characters with several readings multiply: of a long name only so many rows of initials are tried."""

SEPARATORS = re.compile(r"[\s._\-/\\·,，。、:：;；|'’+~]")
DISGUISES = str.maketrans("@401!l|$537", "aaoiiiisset")
WORDS = re.compile(r"[A-Za-zÀ-ɏ]+|[^\W\d_A-Za-zÀ-ɏ]")
"""A word in Latin letters, or one character of another script."""


@dataclass(frozen=True, slots=True)
class AboutPerson:
    """What others may know of a person. It never shows when printed.

    ``numbers``: XH, KSH, staff number, telephone. ``school_names``: Chinese, English, abbreviations, slug.
    """

    name: str = field(repr=False)
    numbers: tuple[str, ...] = field(default=(), repr=False)
    id_number: str = field(default="", repr=False)
    birth: date | None = field(default=None, repr=False)
    school_names: tuple[str, ...] = field(default=(), repr=False)


def folded(text: str) -> str:
    """A text without what does not make it harder to guess: width, case, accents and separators."""
    if text.isascii():
        return SEPARATORS.sub("", text.lower())
    plain = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFD", plain)
    return SEPARATORS.sub("", "".join(one for one in apart if unicodedata.category(one) != "Mn"))


def undisguised(text: str) -> str:
    """A folded text in which digits and signs stand for the letters that they look like."""
    return text.translate(DISGUISES)


def known_pieces(about: AboutPerson) -> dict[str, str]:
    """Every piece that is known of a person, folded, forwards and backwards, with its kind."""
    return {
        **dict.fromkeys(_of_school(about.school_names), "school"),
        **dict.fromkeys(_ways(_of_numbers((*about.numbers, about.id_number))), "number"),
        **dict.fromkeys(_ways(_of_birthday(about.birth)), "birthday"),
        **dict.fromkeys(_ways(_of_name(about.name)), "name"),
    }


def _ways(pieces: Iterable[str]) -> set[str]:
    """Pieces as they may be found in a folded password: backwards too, and in one without disguise."""
    forwards = {folded(piece) for piece in set(pieces)}
    both = forwards | {piece[::-1] for piece in forwards}
    return both | {undisguised(piece) for piece in both if not piece.isdigit()}


def _of_name(name: str) -> Iterator[str]:
    """The name, its syllables and its initials, surname first or last. Syllables may follow in any order."""
    words = WORDS.findall(name)
    yield from _parts("".join(words), 2)
    readings = [_readings(word) for word in words]
    for way in readings:
        yield from (syllable for syllable in way if len(syllable) > 1)
    letters = [sorted({syllable[0] for syllable in way}) for way in readings if way]
    for row in islice(product(*letters), MOST_INITIALS):
        for surname in (1, 2):
            yield from _parts("".join((*row, *row[:surname])), 2)


def _of_birthday(birth: date | None) -> Iterator[str]:
    """The usual ways to write a birthday."""
    if birth is None:
        return
    year, month, day = birth.year, birth.month, birth.day
    short, mm, dd = f"{year % 100:02}", f"{month:02}", f"{day:02}"
    for y in (str(year), short):
        yield from (f"{y}{mm}{dd}", f"{mm}{dd}{y}", f"{dd}{mm}{y}", f"{y}{mm}", f"{mm}{y}")
        yield from (f"{y}{month}{day}", f"{y}年{month}月{day}日", f"{y}年{mm}月{dd}日")
    yield from (str(year), f"{year}年", f"{mm}{dd}", f"{dd}{mm}", f"{month}月{day}日", f"{mm}月{dd}日")


def _of_numbers(numbers: Iterable[str]) -> Iterator[str]:
    """Every part of a number from four characters on."""
    for number in map(folded, numbers):
        yield from _parts(number, LEAST_DIGITS)


@lru_cache(maxsize=8)
def _of_school(names: tuple[str, ...]) -> frozenset[str]:
    """The school's names, their parts, pinyin and initials. They are the same for everybody."""
    return frozenset(_ways(piece for name in names for piece in _of_title(name)))


def _of_title(name: str) -> Iterator[str]:
    """One name of the school."""
    from pypinyin import lazy_pinyin

    words = WORDS.findall(name)
    latin = [word for word in words if len(word) > 1]
    yield from (*latin, "".join(latin), "".join(word[0] for word in latin))
    chinese = "".join(word for word in words if len(word) == 1)
    yield from _parts(chinese, 2)
    syllables = lazy_pinyin(chinese)
    for start, end in _spans(len(syllables), 2):
        yield "".join(syllables[start:end])
        yield "".join(syllable[0] for syllable in syllables[start:end])


@lru_cache(maxsize=4096)
def _readings(word: str) -> tuple[str, ...]:
    """The readings of a character, with those of surnames; ü is v, u or yu. A Latin word reads as itself."""
    # It costs 0.2 s and 50 MB, which only a process that sets passwords needs.
    from pypinyin import Style, pinyin

    if len(word) > 1:
        return (folded(word),)
    found = pinyin(word, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(
        dict.fromkeys(
            syllable.replace("v", way) for way in ("v", "u", "yu") for one in found for syllable in one
        )
    )


def _parts(text: str, least: int) -> Iterator[str]:
    """Every part of a text that has at least so many characters."""
    return (text[start:end] for start, end in _spans(len(text), least))


def _spans(length: int, least: int) -> Iterator[tuple[int, int]]:
    return ((start, end) for start in range(length) for end in range(start + least, length + 1))
