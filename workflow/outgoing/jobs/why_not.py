"""Short words for the codes with which an export job is refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "export_alone": ("没有第二个人可以批准", "nobody else who could approve"),
    "export_gone": ("文件不在", "the file is not there"),
    "export_maker_gone": ("提出的人不是学籍管理员了", "the maker is no registrar any more"),
    "export_no_claims": ("没有更正事项", "no claims"),
    "export_no_papers": ("没有证明材料", "no papers"),
    "export_no_purpose": ("没有用途", "no purpose"),
    "export_no_such_scope": ("没有这个范围", "no such scope"),
    "export_no_words": ("没有说明", "no words"),
    "export_nobody": ("没有学生", "no students"),
    "export_not_yours": ("是别人提出的", "made by somebody else"),
    "export_nothing_chosen": ("没有选择内容", "nothing chosen"),
    "export_own": ("自己提出的", "one's own"),
    "export_settled": ("已经有了结果", "settled already"),
    "export_stand_in": ("与提出的人互相代办", "stands in for the maker, or the other way round"),
    "export_too_many_claims": ("更正事项太多", "too many claims"),
    "export_too_many_papers": ("证明材料太多", "too many papers"),
}
