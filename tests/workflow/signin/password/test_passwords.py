"""Passwords: what a hash holds, which password is refused, and with which reasons."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import islice, product
from types import FrameType
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pypinyin import lazy_pinyin
from stdnum.cn.ric import calc_check_digit

from config.settings import PASSWORDS
from demo.names import common, long_name
from workflow.signin.password.known import AboutPerson
from workflow.signin.password.rules import (
    MOST,
    PasswordTooLong,
    faults,
    hash_password,
    needs_rehash,
    rules_for,
    verify,
    verify_nobody,
)

SCHOOL = ("南昌航空大学", "Nanchang Hangkong University", "nchu")
STUDENT = rules_for("modern", staff=False)
STAFF = rules_for("modern", staff=True)
MASTER = AboutPerson(
    "张三丰", ("20230107", "S36019876"), "360103200601020013", date(2006, 1, 2), school_names=SCHOOL
)
ENGLISH = (
    "heron", "radio", "orange", "ladder", "window", "pepper", "basket", "violin", "candle", "planet", "rabbit",
    "copper", "island", "saddle", "sunset", "dragon", "purple", "monkey", "coffee", "summer", "cheese", "flower",
    "banana", "guitar", "winter", "silver", "tiger",
)  # fmt: skip
"""Some of them are in the list of common passwords: a phrase of four is fine all the same."""
WHO = ("外婆", "邻居", "小狗", "列车员", "木匠", "白鹭", "理发师", "班主任", "稻草人", "猫头鹰")
WHERE = ("在屋顶上", "在食堂里", "在图书馆", "在雨里", "在江边", "在火车上", "在厨房里")
WHAT = ("数石榴", "听收音机", "修自行车", "煮了三碗面", "放风筝", "找雨伞", "学拉二胡")
PASSPHRASE = "七只白鹭在屋顶上听收音机"


def called(name: str, birth: date | None = None) -> AboutPerson:
    """A person of whom the name is known, and perhaps the birthday."""
    return AboutPerson(name, birth=birth)


def codes(
    password: str, about: AboutPerson = MASTER, setting: str = "modern", staff: bool = False
) -> set[str]:
    """The codes of all reasons against a password."""
    return {reason.code for reason in faults(password, about, rules_for(setting, staff=staff))}


def derivations(act: Callable[[], object]) -> list[str]:
    """The calls by which an act lets Argon2 derive a key."""
    calls: list[str] = []

    def watch(frame: FrameType, happened: str, what: Any) -> None:
        if happened == "c_call" and what.__name__ in ("argon2_hash", "argon2_verify"):
            calls.append(what.__name__)

    sys.setprofile(watch)
    try:
        act()
    finally:
        sys.setprofile(None)
    return calls


# -- hashing --------------------------------------------------------------------------------------------


def test_a_hash_is_argon2id_with_the_decided_cost() -> None:
    """A stored hash names Argon2id, 19 MiB, two passes and one lane, and holds no password."""
    stored = hash_password(PASSPHRASE)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSPHRASE not in stored


def test_the_right_password_verifies_and_no_other() -> None:
    """One character more, less or in another case is another password."""
    stored = hash_password("Seven herons hear the radio")
    assert verify(stored, "Seven herons hear the radio")
    others = ("seven herons hear the radio", "Seven herons hear the radio ", "Seven herons hear the radi", "")
    assert not any(verify(stored, other) for other in others)


def test_two_people_with_one_password_have_two_hashes() -> None:
    """Each hash has a salt of its own, so that equal passwords do not show."""
    assert hash_password(PASSPHRASE) != hash_password(PASSPHRASE)


@settings(max_examples=10)
@given(st.text(max_size=30))
@example("Tiếng Việt không khó lắm")
@example("각하가 정말 좋아요")
@example("Ångström und Öl")
def test_composed_and_decomposed_text_is_the_same_password(text: str) -> None:
    """One keyboard writes é as one character and another as two; both open the account."""
    stored = hash_password(unicodedata.normalize("NFC", text))
    assert verify(stored, unicodedata.normalize("NFD", text))


def test_every_kind_of_space_is_a_space() -> None:
    """A Chinese input method writes a wide space where another writes a narrow one."""
    assert verify(hash_password("白鹭 屋顶 收音机 橘子"), "白鹭\u3000屋顶\u00a0收音机\u2003橘子")


@pytest.mark.parametrize(
    ("set_as", "tried"), [("ｐａｓｓ", "pass"), ("①②③", "123"), ("ﬁsh", "fish"), ("m²", "m2")]
)
def test_characters_that_only_look_alike_stay_apart(set_as: str, tried: str) -> None:
    """Normalisation joins ways to write one character, and makes no two characters one."""
    assert not verify(hash_password(set_as), tried)


def test_a_password_of_any_bytes_can_be_hashed() -> None:
    """Control characters and half characters, as a program may send them, are no accident."""
    strange = "\x00\ud800 \udfff\x7f\u200b"
    assert verify(hash_password(strange), strange)
    assert not verify(hash_password(strange), "\x00")


def test_128_characters_are_hashed_and_129_are_not() -> None:
    """The limit counts characters as they are hashed, so that an accent typed apart does not count."""
    longest = "ế" * MOST
    stored = hash_password(longest)
    assert verify(stored, unicodedata.normalize("NFD", longest))
    with pytest.raises(PasswordTooLong):
        hash_password(longest + "x")
    assert not verify(stored, longest + "x")


@pytest.mark.parametrize("password", ["wrong", PASSPHRASE, ""])
def test_an_account_that_is_not_there_costs_the_same_work(password: str) -> None:
    """Known or unknown, with a password or without one: one key is derived, and only the right one opens."""
    stored = hash_password(PASSPHRASE)
    assert derivations(lambda: verify(stored, password)) == ["argon2_verify"]
    assert derivations(lambda: verify_nobody(password)) == ["argon2_hash"]
    assert not verify_nobody(password)


def test_a_text_that_is_too_long_costs_nobody_any_work() -> None:
    """A megabyte is refused before a key is derived, for known and unknown alike."""
    stored = hash_password(PASSPHRASE)
    for long in ("x" * (MOST + 1), "字" * 1_000_000):
        assert derivations(partial(verify, stored, long)) == derivations(partial(verify_nobody, long)) == []


@pytest.mark.parametrize("stored", ["", "plain text", "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA", "!"])
def test_a_damaged_hash_opens_nothing_and_costs_the_same_work(stored: str) -> None:
    """What is no hash is never matched, and a key is derived all the same."""
    assert not verify(stored, stored)
    assert derivations(lambda: verify(stored, PASSPHRASE))[-1:] == ["argon2_hash"]


def test_an_older_cost_is_still_right_and_asks_to_be_renewed() -> None:
    """A hash of other parameters verifies, and says that it should be made anew."""
    older = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSPHRASE)
    assert verify(older, PASSPHRASE)
    assert needs_rehash(older)
    assert not needs_rehash(hash_password(PASSPHRASE))


# -- the two settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", PASSWORDS)
@pytest.mark.parametrize(("staff", "least"), [(False, 12), (True, 15)])
def test_length_is_counted_in_characters(setting: str, staff: bool, least: int) -> None:
    """Twelve characters for a student and fifteen for staff, in either setting and any script."""
    long = "Aa7 白鹭屋顶收音机橘子窗台石榴银杏"
    assert "password_too_short" in codes(long[: least - 1], setting=setting, staff=staff)
    assert codes(long[:least], setting=setting, staff=staff) == set()


@pytest.mark.parametrize("setting", PASSWORDS)
@pytest.mark.parametrize("staff", [False, True])
def test_at_most_128_characters(setting: str, staff: bool) -> None:
    """A longer password is refused where it is set, as it could never be hashed."""
    longest = "".join(f"Q{n}鹭{n * n % 97}z" for n in range(40))[:MOST]
    assert codes(longest, setting=setting, staff=staff) == set()
    assert codes(longest + "x", setting=setting, staff=staff) == {"password_too_long"}


@pytest.mark.parametrize(
    "password",
    ["seven herons hear", "七只白鹭在屋顶上听收音机", "830275619384157", "白鹭 ☂ 屋顶 ☂ 橘子 ☂ 窗"],
)
def test_modern_asks_for_no_kinds_of_characters(password: str) -> None:
    """A long password may be of one kind alone."""
    assert codes(password) == set()


@pytest.mark.parametrize(
    ("password", "enough"),
    [
        ("sevenheronshear", False),
        ("Sevenheronshear", False),
        ("SevenHerons7Hear", True),
        ("seven herons 7 hear", True),
        ("Seven herons hear", True),
        ("SEVEN HERONS 7 HEAR", True),
        ("七只白鹭在屋顶上听收音机呢嗯", False),
        ("七只白鹭 in 屋顶上听收音机呢", False),
        ("7 只白鹭 in 屋顶上听收音机呢", True),
    ],
)
def test_mlps_asks_for_three_of_four_kinds(password: str, enough: bool) -> None:
    """Lower case, upper case, digits and everything else, of which Chinese is a part."""
    assert ("password_few_kinds" not in codes(password, setting="mlps")) is enough
    assert ("password_few_kinds" not in codes(password, setting="mlps", staff=True)) is enough


def test_only_staff_under_mlps_must_change_a_password_by_age() -> None:
    """Ninety days where an assessor asks for it, and no age anywhere else."""
    ages = {(one, staff): rules_for(one, staff=staff).max_age for one in PASSWORDS for staff in (False, True)}
    assert ages.pop(("mlps", True)) == timedelta(days=90)
    assert set(ages.values()) == {None}


# -- every reason at once -------------------------------------------------------------------------------


def test_every_reason_is_said_at_once() -> None:
    """Whoever chose badly in five ways hears of all five, each with what to do instead."""
    reasons = faults("zsf20060102nchu", MASTER, rules_for("mlps", staff=True))
    assert [reason.code for reason in reasons] == [
        "password_few_kinds",
        "password_has_id_digits",
        "password_has_name",
        "password_has_birthday",
        "password_has_school",
    ]
    shorter = {reason.code for reason in faults("zsf0102abc", MASTER, rules_for("mlps", staff=True))}
    assert shorter == {
        "password_too_short", "password_few_kinds", "password_has_name", "password_has_birthday", "password_run",
    }  # fmt: skip
    assert all(reason.says and reason.remedy and reason.rule for reason in reasons)


def test_a_reason_repeats_nothing_of_the_password_or_the_person() -> None:
    """Reasons are shown and logged, so they hold no value that somebody typed or that is known of them."""
    said = "".join(reason.says + reason.remedy for reason in faults("张三丰20060102zsf", MASTER, STAFF))
    assert said
    assert not any(part in said for part in ("张三丰", "2006", "zsf", "0102"))


def test_what_is_known_of_a_person_never_shows_when_printed() -> None:
    """Neither repr nor str of a person has a value in it."""
    assert repr(MASTER) == str(MASTER) == "AboutPerson()"


@given(st.text(max_size=200), st.sampled_from(PASSWORDS), st.booleans())
@example("", "mlps", True)
@example("- - - - - - - -", "modern", False)
@example("\u0301" * 20, "modern", False)
@example("ﷺ" * 128, "modern", False)
@example("\ud800" * 12, "modern", False)
def test_any_text_is_judged_in_words(text: str, setting: str, staff: bool) -> None:
    """Whatever is typed is accepted or refused with sentences, and what is accepted can be hashed."""
    rules = rules_for(setting, staff=staff)
    reasons = faults(text, MASTER, rules)
    assert all(reason.says and reason.remedy for reason in reasons)
    assert len({reason.code for reason in reasons}) == len(reasons)
    assert reasons or rules.least <= len(unicodedata.normalize("NFC", text)) <= MOST


# -- what can be guessed --------------------------------------------------------------------------------


def invented(chance: random.Random) -> Iterator[AboutPerson]:
    """People of the school who are not there, with numbers as they are given out."""
    names = common(chance)
    for serial in range(10**4):
        birth = date(2000, 1, 1) + timedelta(days=chance.randrange(8 * 365))
        number = f"3601{chance.randrange(1, 30):02}{birth:%Y%m%d}{chance.randrange(1000):03}"
        name = long_name(chance) if serial % 10 == 9 else next(names)
        xh, ksh = f"{birth.year + 18}{serial:06}", f"{birth.year - 1982}36{chance.randrange(10**10):010}"
        yield AboutPerson(name, (xh, ksh), number + calc_check_digit(number), birth, SCHOOL)


def tried_by_classmates(about: AboutPerson) -> Iterator[str]:
    """What somebody tries who knows a person, until it is long enough for the rules."""
    assert about.birth is not None
    syllables = lazy_pinyin(about.name.replace("·", ""))
    surname, rest = syllables[0], "".join(syllables[1:])
    letters = "".join(syllable[0] for syllable in syllables)
    names = (
        about.name,
        surname + rest,
        rest + surname,
        letters,
        letters[1:] + letters[0],
        surname.title() + rest,
    )
    days = [
        about.birth.strftime(way) for way in ("%Y%m%d", "%y%m%d", "%m%d", "%Y-%m-%d", "%Y.%m.%d", "%d%m%Y")
    ]
    numbers = (
        *about.numbers,
        about.id_number,
        about.id_number[-6:],
        about.id_number[-8:],
        about.numbers[0][-6:],
    )
    tails = ("", "!", "@", "123", "!!!", "abc", "520", "666", "123456", "qwe", ".")
    pieces = (*names, *days, *numbers, "nchu", "Nchu@", "nanchang", "昌航", "woaini", "password", "abc123")
    for first, second, tail in product(pieces, pieces, tails):
        for disguised in (first + second + tail, (first + second).replace("a", "@").replace("o", "0") + tail):
            if len(disguised) >= STUDENT.least:
                yield disguised


def test_fifteen_hundred_guessable_passwords_are_refused() -> None:
    """Names, birthdays, numbers, school and favourites, joined and decorated, never become a password."""
    chance = random.Random(20230901)
    tried = 0
    accepted = []
    for about in islice(invented(chance), 30):
        ways = sorted(set(tried_by_classmates(about)))
        for password in chance.sample(ways, 50):
            tried += 1
            if not codes(password, about) - {"password_too_short"}:
                accepted.append(password)
    assert tried == 1_500
    assert accepted == []


def test_three_hundred_ordinary_passphrases_are_accepted() -> None:
    """Four words or a sentence of one's own, in English, pinyin or Chinese, pass for anybody."""
    chance = random.Random(7)
    people = list(islice(invented(chance), 300))
    refused = []
    for serial, about in enumerate(people):
        sentence = [chance.choice(WHO), "昨天", chance.choice(WHERE), chance.choice(WHAT)]
        password = (
            chance.choice([" ", "-", ""]).join(chance.sample(ENGLISH, 4)),
            "，".join(sentence),
            " ".join(lazy_pinyin("".join(sentence))),
        )[serial % 3]
        if said := codes(password, about):
            refused.append((password, said))
    assert refused == []


@pytest.mark.parametrize(
    ("name", "pinyin"),
    [
        ("单雄信", "shanxiongxin"), ("曾巩", "zenggong"), ("解缙", "xiejin"), ("仇英", "qiuying"),
        ("任盈盈", "renyingying"), ("区寄", "ouji"), ("朴不成", "piaobucheng"), ("查无此", "zhawuci"),
        ("盖聂", "genie"), ("尉迟恭", "yuchigong"), ("万俟卨", "moqixie"), ("长孙无忌", "zhangsunwuji"),
        ("缪贤", "miaoxian"), ("翟让", "zhairang"), ("乐毅", "yueyi"), ("吕布", "lvbu"), ("吕布", "lubu"),
        ("吕布", "lyubu"), ("吕布", "lübu"), ("吕布", "lǚbù"), ("阿卜杜·热合曼", "abudureheman"),
        ("Mary Ann Smith", "smithmaryann"), ("张 三丰", "zhangsanfeng"), ("欧阳锋", "ouyangfeng"),
    ],
)  # fmt: skip
def test_a_name_is_known_in_its_own_reading(name: str, pinyin: str) -> None:
    """Surnames have readings of their own, and ü is typed in four ways."""
    decorated = f"{pinyin}2024!"
    assert "password_has_name" in codes(decorated.ljust(12, "!"), called(name))
    assert "password_has_name" in codes(pinyin.upper() + "!" * 12, called(name))


@pytest.mark.parametrize(
    "password",
    [
        "zhangsanfeng", "sanfengzhang", "ZhangSanfeng", "zhang san feng", "Zhang.Sanfeng!", "zsf.zsf.zsf!!", "zhangsf00000",
        "sfzhang!!!!!", "Zh@ng$anf3ng", "zh4ngs4nf3ng", "zhangsanfeng1", "zhangsanfeng8374!", "gnefnasgnahz",
        "zhangsanfengzhangsanfeng", "张三丰张三丰张三丰张三丰", "三丰张2024！！！！", "ｚｈａｎｇｓａｎｆｅｎｇ", "ZHĀNG SĀN FĒNG!",
        "z.h.a.n.g.s.a.n", "zhangsanfengkqvmw",
    ],
)  # fmt: skip
def test_a_disguised_name_is_still_the_name(password: str) -> None:
    """Case, order, separators, signs for letters, digits at the end, backwards or twice: all are tried first."""
    assert "password_has_name" in codes(password)


@given(st.lists(st.sampled_from("kqvxjmp"), min_size=6, max_size=6, unique=True).map("".join))
def test_a_name_beside_six_other_letters_is_fine(rest: str) -> None:
    """What remains without the name must be worth six letters: six are enough, five are not."""
    assert codes(f"zhangsan{rest}") == set()
    assert codes(f"{rest}-Zhang-{rest[::-1]}!?") == set()
    assert "password_has_name" in codes(f"zhangsan {rest[:5]}")


def test_a_digit_is_worth_half_a_letter() -> None:
    """Eleven digits after one's name are too few and twelve are enough, as there are fewer digits than letters."""
    assert "password_has_name" in codes("zhangsanfeng83027561938")
    assert codes("zhangsanfeng830275619384") == set()


@pytest.mark.parametrize(
    "written",
    [
        "20060102", "060102", "2006-01-02", "2006.1.2", "2006/01/02", "2006年1月2日", "2006 01 02", "0102", "02012006",
        "01022006", "200612", "20106002",
    ],
)  # fmt: skip
def test_a_birthday_is_known_however_it_is_written(written: str) -> None:
    """Year, month and day in any usual order, with or without separators, and backwards."""
    about = called("令狐冲", date(2006, 1, 2))
    assert "password_has_birthday" in codes(f"{written}linghu"[:20].ljust(12, "!"), about)


@pytest.mark.parametrize("number", ["20230107", "0107", "230107", "S36019876", "s36019876", "36019876"])
def test_own_numbers_are_known(number: str) -> None:
    """The student's, the candidate's and the staff number, and every part from four characters on."""
    assert "password_has_number" in codes(f"{number}-{number}kqv")


@pytest.mark.parametrize(
    "password", ["13912345678a", "13987264135 mm", "440106197203154839", "44010619720315483X!"]
)
def test_somebody_elses_number_is_no_password_either(password: str) -> None:
    """A telephone or ID number, as of one's mother, can be looked up."""
    assert codes(password)


@given(st.integers(0, 12), st.sampled_from(["herons hear the {} radio", "七只白鹭在屋顶{}上听收音机呢"]))
def test_six_digits_of_the_own_id_number_are_never_accepted(at: int, long: str) -> None:
    """However much stands beside them: an ID number has no place in a password."""
    six = MASTER.id_number[at : at + 6]
    assert "password_has_id_digits" in codes(long.format(six))
    assert "password_has_id_digits" in codes(long.format(f"{six[:3]}-{six[3:]}"))
    assert "password_has_id_digits" not in codes(long.format(six[:5]))


def test_the_x_of_an_id_number_is_known_in_both_cases() -> None:
    """The last six may end in X, large or small."""
    about = AboutPerson("段誉", id_number="53290119990101001X")
    assert "password_has_id_digits" in codes("herons hear 01001x radio", about)
    assert "password_has_id_digits" in codes("herons hear 01001X radio", about)


@pytest.mark.parametrize(
    "password",
    [
        "nanchanghangkong", "南昌航空大学2024级学", "Nchu@2024!!!!", "昌航昌航昌航昌航昌航昌航", "nchuNCHU1234",
        "nanchang hangkong university", "N@nch@ng2024", "NHU nhu 2024 nchu", "nchkdx202400", "hangkongdaxue1",
    ],
)  # fmt: skip
def test_the_schools_names_are_known(password: str) -> None:
    """Chinese, pinyin, English, initials and slug are what everybody at the school would try."""
    assert "password_has_school" in codes(password)


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa", "123456789012", "qwertyuiopas", "qwertyuiop[]", "1qaz2wsx3edc", "poiuytrewq12", "098765432109",
        "abcabcabcabc", "kx9vqkx9vqkx9vq", "abcdefghijkl", "!@#$%^&*()!@#", "1q2w3e4r5t6y", "哈哈哈哈哈哈哈哈哈哈哈哈",
        "q1w2e3r4t5y6", "asdfghjkl123", "147258369147", "010203040506", "kqvmmvqkkqvm",
    ],
)  # fmt: skip
def test_runs_and_repetitions_are_worth_nothing(password: str) -> None:
    """Fingers find them without thinking, and so do lists."""
    assert "password_run" in codes(password)


@pytest.mark.parametrize(
    "password",
    [
        "password12345", "P@ssw0rd!!!!", "drowssap1234", "iloveyou1314", "woaini1314520", "dragonsunset", "Admin@123456",
        "monkeymonkey1", "letmein!letmein!", "kanwu2024kanwu", "zhongguo 2024", "5201314woaini",
    ],
)  # fmt: skip
def test_common_passwords_are_refused_in_their_usual_dress(password: str) -> None:
    """One or two of a list, with decoration, are what is tried first."""
    assert "password_common" in codes(password, called("段誉"))


def test_three_common_words_that_are_not_ones_own_are_enough() -> None:
    """A phrase of common words is long to guess, though each word alone is in every list."""
    assert codes("purple monkey sunset") == set()
    assert codes("correct horse battery staple") == set()
    assert "password_common" in codes("purple monkey")


def test_signs_without_letters_are_told_apart() -> None:
    """Separators alone make a text long and not hard to guess."""
    assert codes("- - - - - - - -") == {"password_mostly_separators"}
    assert codes("k - q - v - m - ") == {"password_mostly_separators"}


def test_of_a_stranger_only_the_lists_are_known() -> None:
    """Where nothing is known of a person, what is common is refused all the same."""
    nobody = AboutPerson("")
    assert codes("zhangsan20060102", nobody) == set()
    assert "password_common" in codes("password2024!", nobody)
