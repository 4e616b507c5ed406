"""Names in pinyin: how a name is read, surnames as surnames, and what somebody may mean who types letters.

Readings of characters come from ``pypinyin``. It reads 单 as dan and 曾 as ceng: it has no table of surnames,
so one stands here. A name has up to MAX_READINGS readings: 覃 is Qin or Tan, 乐 at the end is le or yue.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, product

from workflow.records.names import DOT, HAN, dotted, fold

MAX_READINGS = 4
MAX_SENSES = 12
"""The most ways to divide typed letters into syllables; those with the fewest syllables come first."""
UNREAD = "~"
"""The syllable of a character without a known reading. It sorts after every letter."""
_SPELT, _INITIALS, _NAME = 160, 40, 80

# Where pypinyin reads a character otherwise, or has one reading of two. "/" parts readings.
_SURNAMES = (
    "单shan 曾zeng 解xie 仇qiu 区ou 查zha 尉wei/yu 盖ge/gai 覃qin/tan 朴piao 翟zhai/di 缪miao/mou "
    "乐yue/le 种chong 员yun/yuan 折she/zhe 洗xian 宓mi/fu 卜bu 薄bo 秘bi/mi 么yao 召shao/zhao 隗wei/kui "
    "郇xun/huan 郗xi/chi 句gou/ju 不fou 祭zhai/ji 牟mu/mou 佴nai 都du 强qiang/jiang 晟cheng/sheng "
    "藏zang 贲ben/bi 俞yu/shu 阚kan 谌chen/shen 莘shen/xin 适kuo 柏bai/bo 伯bo/bai 会gui 炅gui 繁po "
    "番pan/po 黑he/hei 行xing/hang 乜nie 能nai 隽juan/jun 粘nian 兒ni 郄qie/xi 费fei/bi 單shan 區ou "
    "樂yue/le 蓋ge/gai 員yun/yuan 繆miao/mou 澹tan 說yue 长zhang/chang 角jue"
)
_COMPOUND = "尉迟yu-chi 万俟mo-qi 单于chan-yu 库狄she-di 角里lu-li 尉遲yu-chi 單于chan-yu"
_GIVEN = (
    "乐le/yue 长chang/zhang 行xing/hang 朝zhao/chao 重zhong/chong 茜qian/xi 莘xin/shen 晟sheng/cheng "
    "盛sheng/cheng 柏bai/bo 那na/nuo 娜na/nuo 曾zeng/ceng 伽jia/qie 蔚wei/yu 阿a/e 仔zi/zai 泊bo/po "
    "炅jiong/gui 隽jun/juan 浚jun/xun 绿lv/lu 藏zang/cang 都du/dou 参can/shen 降jiang/xiang 薄bo/bao "
    "角jiao/jue 校xiao/jiao 宿su/xiu 着zhu/zhe 珩heng/hang 莞wan/guan 靓liang/jing 颉jie/xie 溪xi/qi "
    "筠yun/jun 调tiao/diao 说yue/shuo 还huan/hai 单shan/dan 解jie/xie 仇chou/qiu 洗xi/xian 樂le/yue "
    "長chang/zhang 翟di/zhai 贇yun/bin 粘nian/zhan 澹dan/tan 盖gai/ge 员yuan/yun 种zhong/chong 区qu/ou "
    "查cha/zha 折zhe/she"
)
_ENTRY = re.compile(r"(\D+?)([a-z/-]+)(?: |$)")
_ONE_HAN = re.compile(f"[{HAN}]")
_PLAIN = re.compile("[\u4e00-\u9fa5]{2,4}")
"""A name that needs no folding, as most are."""
_PIECES = re.compile(f"[{HAN}]|[^{HAN}]+")
_BETWEEN = re.compile(rf"[{DOT}\s'’\-]+")
_LETTERS = re.compile("[a-z]+")
_UMLAUT = re.compile("(?<=[ln])(?:u\u0308|u:)")

_STARTS = _LETTERS.findall("b p m f d t n l g k h j q x zh ch sh r z c s y w")
_INITIAL = frozenset(_STARTS) | frozenset("aeo")
_FINALS = _LETTERS.findall(
    "a o e i u v ai ei ui ao ou iu ie ue ve er an en in un vn ang "
    "eng ing ong ia iao ian iang iong ua uo uai uan uang ueng"
)
_BARE = _LETTERS.findall("a o e ai ei ao ou er an en ang eng")
_WHOLE = frozenset(start + final for start in _STARTS for final in _FINALS) | frozenset(
    (*_BARE, "lyu", "nyu")
)
_BEGUN = frozenset(whole[:end] for whole in _WHOLE for end in range(1, len(whole) + 1)) | _INITIAL
_LONGEST = max(map(len, _WHOLE))
_WRITTEN_V = {"lyu": "lv", "nyu": "nv", "lue": "lve", "nue": "nve", "lyue": "lve", "nyue": "nve"}
_PERHAPS_V = {"lu": "lv", "nu": "nv"}


@dataclass(frozen=True, slots=True)
class SpeltName:
    """One reading of a name: its syllables in lower case with spaces between, and their first letters."""

    spelt: str
    initials: str


def searched_name(name: str) -> str:
    """A name as it is searched for in its own characters: folded, and not longer than an index holds."""
    if _PLAIN.fullmatch(name):
        return name
    return fold(_without_marks(name))[:_NAME]


def readings_of(name: str, given: str | None = None) -> tuple[SpeltName, ...]:
    """The readings of a name; ``given`` is its pinyin as the platform has it, and comes first.

    A name in several parts (迪丽热巴·迪力木拉提, John Smith) is also read from its later parts on.
    """
    if not given and _PLAIN.fullmatch(name):
        return _plain_readings(name)
    parts = [part for part in _BETWEEN.split(_joined(name)) if part]
    ways = list(_ways(parts))
    if given and all(_ONE_HAN.fullmatch(sign) for part in parts for sign in part):
        ways = [*_as_given(given, sum(map(len, parts))), *ways]
    return tuple(islice(dict.fromkeys(map(_reading, ways)), MAX_READINGS)) or (_reading((UNREAD,)),)


def _plain_readings(name: str) -> tuple[SpeltName, ...]:
    """The readings of a name of a few ordinary characters, without the work that others need."""
    read = [_sole_of_surname(name[0]), *map(_sole_of_piece, name[1:])]
    if all(read) and name[:2] not in _compounds():
        return (SpeltName(" ".join(read), "".join([one[0] for one in read])),)
    return tuple(map(_reading, islice(dict.fromkeys(_of_part(name, surname=True)), MAX_READINGS)))


def _joined(name: str) -> str:
    """A name in one writing: one kind of dot, no spaces between Chinese characters, no marks on letters."""
    text = dotted(name[:_NAME])
    text = re.sub(rf"(?<=[{HAN}])\s+(?=[{HAN}])", "", text)
    return _without_marks(text.casefold())


def _without_marks(text: str) -> str:
    """Letters without accents. A selector of a character's shape is a mark too."""
    if text.isascii():
        return text
    plain = (sign for sign in unicodedata.normalize("NFD", text) if unicodedata.category(sign) != "Mn")
    return unicodedata.normalize("NFC", "".join(plain))


def _ways(parts: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The sequences of syllables: of the whole name, then begun at its later parts; then other readings."""
    read = [tuple(islice(_of_part(part, surname=len(parts) == 1), MAX_READINGS)) for part in parts]
    turned = [[*read[first:], *read[:first]] for first in range(len(read))]
    for one in turned:
        yield _in_a_row(part[0] for part in one)
    for one in turned:
        yield from map(_in_a_row, product(*one))


def _in_a_row(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(syllable for part in parts for syllable in part)


def _of_part(part: str, *, surname: bool) -> Iterator[tuple[str, ...]]:
    """The readings of one part of a name. A name without parts begins with its surname."""
    if not surname or not _ONE_HAN.match(part):
        yield from product(*map(_of_piece, _PIECES.findall(part)))
        return
    if (compound := _compounds().get(part[:2])) is not None:
        yield from (compound + rest for rest in product(*map(_of_piece, part[2:])))
    yield from product(_of_surname(part[0]), *map(_of_piece, _PIECES.findall(part[1:])))


@lru_cache(maxsize=16_384)
def _of_surname(sign: str) -> tuple[str, ...]:
    return _table(_SURNAMES).get(sign) or _of_character(sign)[:1]


@lru_cache(maxsize=16_384)
def _of_piece(piece: str) -> tuple[str, ...]:
    """A Chinese character that is no surname, or other letters in a row."""
    if not _ONE_HAN.fullmatch(piece):
        return ("".join(_LETTERS.findall(piece)) or UNREAD,)
    return _table(_GIVEN).get(piece) or _of_character(piece)[:1]


@lru_cache(maxsize=16_384)
def _sole_of_surname(sign: str) -> str:
    """The reading of a character that has no other; '' if it has several."""
    read = _of_surname(sign)
    return read[0] if len(read) == 1 else ""


@lru_cache(maxsize=16_384)
def _sole_of_piece(sign: str) -> str:
    read = _of_piece(sign)
    return read[0] if len(read) == 1 else ""


def _of_character(sign: str) -> tuple[str, ...]:
    # Its tables take 0.2 s and 50 MB, which only a process that writes names needs.
    from pypinyin import lazy_pinyin

    read = lazy_pinyin(sign)[0]
    return (read if read.isascii() else UNREAD,)


@cache
def _table(said: str) -> dict[str, tuple[str, ...]]:
    return {sign: tuple(read.split("/")) for sign, read in _ENTRY.findall(said)}


@cache
def _compounds() -> dict[str, tuple[str, ...]]:
    return {signs: tuple(read.split("-")) for signs, read in _ENTRY.findall(_COMPOUND)}


def _as_given(given: str, count: int) -> Iterator[tuple[str, ...]]:
    """The platform's pinyin, divided into as many syllables as the name has characters."""
    words = _words(given)
    divided = product(*(_divided(word, whole=True) for word in words))
    fitting = (way for way in map(_in_a_row, divided) if len(way) == count)
    yield from (_plainly(way) for way in islice(fitting, 1))


def _reading(way: Sequence[str]) -> SpeltName:
    initials = "".join(syllable[0] for syllable in way)
    return SpeltName(" ".join(way)[:_SPELT], initials[:_INITIALS])


def senses_of(said: str) -> tuple[tuple[str, ...], ...]:
    """What somebody may mean by letters: beginnings of syllables, in a row. Nothing if these are no letters.

    zhangsan, zhang san, zhsf, zs and zhangs are all taken; v, ü and u: are one letter, and lu may be lü.
    What can be whole syllables is not taken for beginnings of them, but may be initials all the same.
    """
    words = _words(said)
    divided = product(*(_divided(word) or ((word,),) for word in words))
    ways = sorted(map(_in_a_row, islice(divided, MAX_SENSES)), key=len)
    letters = "".join(words)
    initials = [tuple(letters)] if len(letters) > 1 and set(letters) <= _INITIAL else []
    also = [variant for way in (tuple(words), *initials, *ways) for variant in _umlauts(way)] if words else []
    return tuple(islice(dict.fromkeys(also), MAX_SENSES))


def _words(said: str) -> list[str]:
    """The words of what was typed, in plain letters."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", said).casefold())
    bare = (sign for sign in _UMLAUT.sub("v", _toneless(text)) if unicodedata.category(sign) != "Mn")
    return _LETTERS.findall("".join(bare))


def _toneless(text: str) -> str:
    """Decomposed text without marks other than the two dots over u."""
    return "".join(sign for sign in text if sign == "\u0308" or unicodedata.category(sign) != "Mn")


def _plainly(way: tuple[str, ...]) -> tuple[str, ...]:
    """Syllables with ü as v, however passports and keyboards write it."""
    return tuple(_WRITTEN_V.get(one, one) for one in way)


def _umlauts(way: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    written = _plainly(way)
    return dict.fromkeys((written, tuple(_PERHAPS_V.get(one, one) for one in written)))


@lru_cache(maxsize=1024)
def _divided(word: str, *, whole: bool = False) -> tuple[tuple[str, ...], ...]:
    """A word as syllables: with the fewest that are only begun, and of those the fewest syllables first.

    The last may be begun, and of the others the initial alone may stand. ``whole`` allows neither.
    """
    best: dict[int, list[tuple[int, tuple[str, ...]]]] = {len(word): [(0, ())]}
    for start in range(len(word) - 1, -1, -1):
        found = []
        for end in range(start + 1, min(start + _LONGEST, len(word)) + 1):
            piece = word[start:end]
            begun = piece not in _WHOLE
            if begun and (whole or piece not in (_BEGUN if end == len(word) else _INITIAL)):
                continue
            found += [(count + begun, (piece, *rest)) for count, rest in best[end]]
        best[start] = sorted(found, key=lambda one: (one[0], len(one[1])))[:MAX_SENSES]
    ways = best[0] if word else []
    return tuple(way for count, way in ways if count == ways[0][0])
