"""Names in pinyin: surnames as surnames, every writing of ü, parts of long names, and what letters may mean."""

from __future__ import annotations

import pytest

from workflow.records.pinyin import MAX_READINGS, MAX_SENSES, readings_of, searched_name, senses_of

pytestmark = pytest.mark.one_database


def spelt(name: str, given: str | None = None) -> list[str]:
    """The readings of a name, spelt out."""
    return [one.spelt for one in readings_of(name, given)]


def fits(said: str, name: str) -> bool:
    """True when what was typed may mean a name: its syllables begin those of a reading, one by one."""
    return any(
        len(sense) <= len(syllables) and all(map(str.startswith, syllables, sense))
        for sense in senses_of(said)
        for syllables in (one.spelt.split() for one in readings_of(name))
    )


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("单雄信", "shan xiong xin"), ("曾巩", "zeng gong"), ("解缙", "xie jin"), ("仇英", "qiu ying"),
        ("任我行", "ren wo xing"), ("区寄", "ou ji"), ("查良", "zha liang"), ("尉迟恭", "yu chi gong"),
        ("万俟卨", "mo qi xie"), ("盖叫天", "ge jiao tian"), ("朴正", "piao zheng"), ("翟让", "zhai rang"),
        ("缪荃", "miao quan"), ("乐毅", "yue yi"), ("种师道", "chong shi dao"), ("员半千", "yun ban qian"),
        ("逄先知", "pang xian zhi"), ("澹台明", "tan tai ming"), ("单于飞", "chan yu fei"), ("吕布", "lv bu"),
        ("欧阳锋", "ou yang feng"), ("张曾", "zhang zeng"), ("卫单", "wei shan"), ("张三丰", "zhang san feng"),
    ],
)  # fmt: skip
def test_a_surname_is_read_as_a_surname(name: str, first: str) -> None:
    """A character is read as families bear it where it begins a name, and as in given names after that."""
    assert spelt(name)[0] == first


def test_a_name_with_two_readings_has_both() -> None:
    """Qin and Tan write one surname; 乐 in a given name is le or yue; 单于 is one surname or a surname and a name."""
    assert spelt("覃塞") == ["qin sai", "tan sai"]
    assert spelt("张乐") == ["zhang le", "zhang yue"]
    assert spelt("单于飞") == ["chan yu fei", "shan yu fei"]
    assert len(spelt("乐乐乐乐")) == MAX_READINGS >= len(spelt("乐" * 200))


def test_the_platforms_pinyin_comes_first_in_any_of_its_writings() -> None:
    """What the record itself says how it is read leads; what does not fit the characters is left out."""
    for given in ("REN ZHONG", "Ren Zhong", "renzhong", "RÉN ZHÒNG"):
        assert spelt("任重", given) == ["ren zhong", "ren chong"]
    assert spelt("任重", "REN CHONG") == ["ren chong", "ren zhong"]
    assert spelt("吕布", "LYU BU") == spelt("吕布", "LÜ BU") == ["lv bu"]
    assert spelt("任重", "WANG WEI DONG") == spelt("任重") == spelt("任重", "?")


def test_a_name_in_parts_is_read_from_each_of_them() -> None:
    """Names with a dot, whichever dot it is, and Latin names are found by their later parts too."""
    whole = ["di li re ba di li mu la ti", "di li mu la ti di li re ba"]
    assert spelt("迪丽热巴·迪力木拉提") == spelt("迪丽热巴•迪力木拉提") == whole
    assert spelt("JOHN Smith-Müller") == ["john smith muller", "smith muller john", "muller john smith"]
    assert spelt("张　三") == spelt("张 三") == ["zhang san"]


def test_a_character_without_a_reading_takes_its_place() -> None:
    """A rare character that no table reads sorts last and hides none of the others; a read one is read."""
    assert spelt("𠮷田") == ["~ tian"] and spelt("张䶮") == ["zhang yan"] and spelt("张㛃") == ["zhang jie"]
    assert spelt("张\U000e0100三") == ["zhang san"] and spelt("·") == spelt("…") == ["~"]
    assert searched_name("张\ufe00三 ") == "张三" and searched_name("迪丽・热巴") == "迪丽·热巴"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        *((said, "张三丰") for said in ("zhangsanfeng", "zhang san feng", "ZHANG", "zhangs", "zhsf", "zsf", "z s f")),
        *((said, "张三丰") for said in ("ｚｈａｎｇ", "zh s", "zhangsf", "zhang sanf", "zhāng sān", "zs")),
        *((said, "吕布") for said in ("lv", "lvbu", "lü bu", "lǚbù", "lu:bu", "lyubu", "lubu", "lb")),
        *((said, "李安") for said in ("la", "lian", "li'an", "li an")),
        ("smith", "John Smith"), ("joh", "John Smith"), ("muller", "Jörg Müller"), ("dilimulati", "迪丽热巴·迪力木拉提"),
    ],
)  # fmt: skip
def test_letters_mean_syllables_their_beginnings_or_initials(said: str, name: str) -> None:
    """Whole pinyin, pinyin begun, initials and any mixture fit, however ü, width, tones and spaces are typed."""
    assert fits(said, name)


@pytest.mark.parametrize(
    ("said", "name"), [("zhang", "詹国"), ("lv", "卢布"), ("feng", "张三丰"), ("sf", "张三丰"), ("张", "张三丰"), ("", "张三丰")]
)  # fmt: skip
def test_letters_do_not_mean_what_nobody_would_type_for_it(said: str, name: str) -> None:
    """Whole syllables are not torn apart, ü typed is no u, and a name is not entered in its middle."""
    assert not fits(said, name)


def test_long_nonsense_costs_no_more_than_a_name() -> None:
    """However many ways there are to divide letters, few are tried."""
    assert 0 < len(senses_of("xianan" * 10)) <= MAX_SENSES
    assert 0 < len(senses_of("zg " * 20)) <= MAX_SENSES
    assert 0 < len(senses_of("q" * 64)) <= MAX_SENSES
