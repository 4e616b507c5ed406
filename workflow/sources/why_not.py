"""Short words for the codes with which a mapping of columns or a press on the worksheet is refused."""

from __future__ import annotations

WHY_NOT: dict[str, tuple[str, str]] = {
    "mapping_column_lost": ("上次对照的项目没有列", "a column of last time is missing"),
    "mapping_heading_too_long": ("列名太长", "a heading is too long"),
    "mapping_no_key": ("没有考生号或学号列", "no column of numbers"),
    "mapping_no_name": ("没有姓名列", "no column of names"),
    "mapping_same_heading": ("两列列名相同", "two columns have one heading"),
    "mapping_two_to_one": ("几列对应同一项目", "several columns stand for one field"),
    "mapping_unknown": ("没有这个项目", "no such field"),
    "no_such_press": ("没有这种处理办法", "no such press"),
    "row_without_kind": ("没有确定怎样处理", "no kind is chosen"),
    "row_without_proposal": ("没有建议", "no proposal"),
    "rows_changed": ("别人先办理了", "somebody acted first"),
}
