"""Invented names: surnames with herbs, flowers, birds and stars, and longer names."""

from __future__ import annotations

import random
from collections.abc import Iterator

SINGLE = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛"
    "奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康"
)
SURNAMES = (*SINGLE, "欧阳", "上官", "司徒", "诸葛", "慕容")

GIVEN = (
    "半夏", "白芷", "青黛", "云苓", "南星", "紫苏", "连翘", "杜仲", "苍术", "川柏", "泽兰", "辛夷", "百合",
    "茯苓", "当归", "远志", "决明", "秦艽", "厚朴", "丁香", "豆蔻", "石斛", "天冬", "麦冬", "玉竹", "佩兰",
    "忍冬", "款冬", "山茶", "海棠", "木槿", "芍药", "蔷薇", "茉莉", "栀子", "水仙", "凌霄", "紫薇", "杜鹃",
    "鸢尾", "芙蓉", "桂子", "画眉", "云雀", "白鹭", "鸿雁", "青鸾", "黄鹂", "翠鸟", "苍鹰", "喜鹊", "银鸥",
    "天权", "玉衡", "开阳", "摇光", "天枢", "北辰", "参商", "启明", "长庚", "轩辕", "河汉", "星垂", "月涌",
    "江流", "松涛", "竹溪", "梅坞", "兰皋", "柏舟", "采薇", "子衿", "蒹葭", "鹿鸣", "静女", "谷风", "晨风",
    "白驹", "甘棠", "小满", "惊蛰", "清明", "谷雨", "芒种", "白露", "寒露", "霜降", "立夏", "秋分", "雨水",
    "春分", "石榴", "银杏", "水杉", "红豆", "青檀", "朱槿",
)  # fmt: skip

LONG_GIVEN = (
    "阿卜杜热合曼", "买买提吐尔逊", "古丽米热", "阿依努尔", "麦麦提图尔荪", "热依汗古丽", "艾尼瓦尔",
    "帕提古丽", "吐尔洪江", "木卡代斯", "阿曼古丽", "依力哈木", "努尔艾力", "米日古丽", "凯赛尔江",
    "祖丽皮娅",
)  # fmt: skip
LONG_FATHER = (
    "麦麦提图尔荪", "阿卜杜外力", "吾斯曼江", "托合提汗", "阿布都热西提", "库尔班江", "司马义", "牙生江",
    "巴图尔", "热合曼", "尼亚孜", "亚森",
)  # fmt: skip
LONGEST = "阿卜杜热合曼·麦麦提图尔荪·阿布都热西提·凯赛尔江"
"""A name longer than its field in old tables."""

RARE = "䶮㛃㳇𬭎𠅤𫖯𨱏𬘡㑇䴖"
"""Characters that old systems lose: Extensions A, B and E."""
LOOKALIKES = dict(zip("苓夏芷薇鸾辰衡涛露檀", "芩厦芝微鸢晨恒滔路坛", strict=True))
"""Right characters by the wrong one that a clerk typed."""


def common(chance: random.Random) -> Iterator[str]:
    """Names of three or four characters, each once, in random order."""
    names = [surname + given for surname in SURNAMES for given in GIVEN]
    chance.shuffle(names)
    return iter(names)


def long_name(chance: random.Random) -> str:
    """A name with a dot between the person's and the father's name."""
    return f"{chance.choice(LONG_GIVEN)}·{chance.choice(LONG_FATHER)}"


def with_rare(name: str, chance: random.Random) -> str:
    """The name with its last character replaced by a rare one."""
    return name[:-1] + chance.choice(RARE)


def taken_for(name: str) -> str:
    """The right name where a clerk confused a character; '' if it has no such character."""
    right = "".join(LOOKALIKES.get(sign, sign) for sign in name)
    return right if right != name else ""
