"""Which passwords are easy to guess: too little remains beside what an attacker would try.

A password is cut into common passwords, keyboard runs, repetitions and what is known of the person. Whatever
else it has must be worth six letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from workflow.signin.password.known import AboutPerson, folded, known_pieces, undisguised
from workflow.verdict import Reason

ENOUGH = 12
"""What a password must be worth, in half letters."""

LETTER = 2
DIGIT = 1
COMMON = 4
"""A common password inside another is worth two letters, however long it is: three of them are enough."""

LEAST_COMMON = 4
LEAST_RUN = 3
LEAST_ZIGZAG = 4
LONGEST_PIECE = 64
MOST_FOLDED = 256
"""Folding can make a text longer; what comes later is not looked at."""

ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]",
    "asdfghjkl",
    "zxcvbnm",
    "!@#$%^&*()",
)
"""Rows of the keyboard and sequences: three in a row are a run, forwards or backwards."""

ZIGZAGS = (
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "!qaz@wsx#edc$rfv%tgb^yhn&ujm*ik(ol)p",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "a1b2c3d4e5f6g7h8i9j0",
    "1a2b3c4d5e6f7g8h9i0j",
    "147258369",
    "741852963",
    "159357",
    "13579",
    "24680",
    "112233445566778899",
    "01020304050607080910",
    "aabbccddeeffgg",
)
"""Columns, zigzags and pairs: runs from four on, as three of them are in many numbers and words."""

COMMON_HERE = (
    "woaini", "woaini1314", "5201314", "1314520", "iloveyou1314", "wodemima", "mima", "nihao", "zhongguo",
    "jiayou", "shengrikuaile", "laopo", "laogong", "baobao", "baobei", "daxue", "xuesheng", "laoshi",
    "guanliyuan", "kanwu", "xueji", "jiaowu",
)  # fmt: skip
"""Common in China or near this product. The list of the package was collected elsewhere."""

NUMBER_OF_SOMEBODY = re.compile(r"\d{6}(?:19|20)\d\d[01]\d[0-3]\d{4}[\dx]|1[3-9]\d{9}")
"""An ID number or a mobile number, as of one's parents."""

_RULE = "password_not_guessable"
REASONS = {
    "name": Reason(
        "password_has_name",
        "密码用了您的姓名或其拼音，其余部分太少，容易被猜到。",
        remedy="请不要用姓名，换成几个互不相干的词。",
        rule=_RULE,
    ),
    "birthday": Reason(
        "password_has_birthday",
        "密码用了您的生日，其余部分太少，容易被猜到。",
        remedy="请不要用生日，换成几个互不相干的词。",
        rule=_RULE,
    ),
    "number": Reason(
        "password_has_number",
        "密码用了学号、工号、证件号或手机号这样的号码，其余部分太少，容易被猜到。",
        remedy="请不要用号码，换成几个互不相干的词。",
        rule=_RULE,
    ),
    "school": Reason(
        "password_has_school",
        "密码用了学校的名称，其余部分太少，容易被猜到。",
        remedy="请不要用校名，换成几个互不相干的词。",
        rule=_RULE,
    ),
    "common": Reason(
        "password_common",
        "密码用了很多人都用的密码，其余部分太少，容易被猜到。",
        remedy="请换成几个互不相干的词。",
        rule=_RULE,
    ),
    "run": Reason(
        "password_run",
        "密码用了重复、连续或键盘上相邻的字符，其余部分太少，容易被猜到。",
        remedy="请换成几个互不相干的词。",
        rule=_RULE,
    ),
    "separators": Reason(
        "password_mostly_separators",
        "密码里除了空格和标点，其他字符太少。",
        remedy="请换成几个互不相干的词。",
        rule=_RULE,
    ),
}
"""The reason against each kind of piece."""

_ROWS, _ZIGZAGS = ("\n".join((*runs, *(run[::-1] for run in runs))) for runs in (ROWS, ZIGZAGS))


@dataclass(frozen=True, slots=True, order=True)
class _Cut:
    """A way to cut the beginning of a password: its worth, how many pieces it has, and their kinds."""

    worth: int = 0
    pieces: int = 0
    kinds: tuple[str, ...] = ()

    def then(self, worth: int, *kind: str) -> _Cut:
        """This way and one more piece."""
        return _Cut(self.worth + worth, self.pieces + 1, (*self.kinds, *kind))


@dataclass(frozen=True, slots=True)
class _Text:
    """A folded password, the same with letters for the signs that look like them, and what is known."""

    raw: str
    plain: str
    known: dict[str, str]

    def piece(self, start: int, end: int) -> tuple[int, str] | None:
        """What a part is worth and of which kind it is, if an attacker would try it."""
        raw, plain = self.raw[start:end], self.plain[start:end]
        if kind := self.known.get(raw) or self.known.get(plain):
            return 0, kind
        if end - start >= LEAST_RUN and self._is_run(raw, start):
            return 0, "run"
        if end - start >= LEAST_COMMON and not _common().isdisjoint((raw, plain, raw[::-1], plain[::-1])):
            return COMMON, "common"
        if len(raw) > 10 and NUMBER_OF_SOMEBODY.fullmatch(raw):
            return COMMON, "number"
        return None

    def _is_run(self, raw: str, start: int) -> bool:
        before = self.raw[:start]
        return (
            len(set(raw)) == 1
            or raw in _ROWS
            or (len(raw) >= LEAST_ZIGZAG and raw in _ZIGZAGS)
            or raw in before
            or raw[::-1] in before
        )


def why_guessable(password: str, about: AboutPerson) -> tuple[Reason, ...]:
    """Why a password is easy to guess: a reason for each kind of piece. None when enough remains."""
    raw = folded(password)[:MOST_FOLDED]
    cut = _cheapest(_Text(raw, undisguised(raw), known_pieces(about)))
    if cut.worth >= ENOUGH:
        return ()
    if not cut.kinds and len(raw) < len(password):
        return (REASONS["separators"],)
    return tuple(REASONS[kind] for kind in REASONS if kind in cut.kinds)


def has_id_digits(password: str, about: AboutPerson) -> bool:
    """True when six characters of the person's ID number follow each other in a password."""
    number, text = folded(about.id_number), folded(password)
    return any(number[at : at + 6] in text for at in range(len(number) - 5))


def _cheapest(text: _Text) -> _Cut:
    """The way to cut a password that leaves the least."""
    best = [_Cut()]
    for end, last in enumerate(text.raw, 1):
        ways = [best[-1].then(DIGIT if last.isdigit() else LETTER)]
        for start in range(max(0, end - LONGEST_PIECE), end - 1):
            if (found := text.piece(start, end)) is not None:
                ways.append(best[start].then(*found))
        best.append(min(ways))
    return best[-1]


@cache
def _common() -> frozenset[str]:
    """Common passwords from four characters on, folded; those with letters also without disguise."""
    # Loads 14 MB, which only a process that sets passwords needs.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    raw = {folded(one) for one in (*FREQUENCY_LISTS["passwords"], *COMMON_HERE)}
    return frozenset(raw | {undisguised(one) for one in raw if not one.isdigit()})
