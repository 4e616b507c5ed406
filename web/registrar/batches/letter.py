"""The official letter of a batch as a document: students and items, what is known, and places to write in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask_babel import gettext as _

from config.profile import Profile
from web.shared.words import day, in_english, pick, written
from workflow.letters.document import LetterDocument, Text, data, ours
from workflow.outgoing.files.letter import SubmissionFacts

BLANK = "　" * 6
"""A place to write in by hand."""


def submission_letter(facts: SubmissionFacts, *, whole: bool) -> LetterDocument:
    """The letter in the page's language: its table lists the items ``whole``, or counts them."""
    sender = facts.sender
    office = pick(sender.office, sender.office_en) or pick(sender.title, sender.title_en)
    return LetterDocument(
        lang="en" if in_english() else "zh-CN",
        office=ours(office) if in_english() and sender.office_en else data(office),
        number=facts.number,
        receipt="",
        title=str(_("关于报送学籍信息更正事项的函")),
        to=(*data(facts.office), *ours(_("："))),
        lead=ours(_lead(facts)),
        table=tuple(_listed(facts) if whole else _counted(facts)),
        paragraphs=tuple(_paragraphs(facts, whole=whole)),
        signed=(ours(office), ours(day(facts.given_at.date()))),
        seal=str(_("印章")),
        foot=tuple(_foot(sender)),
    )


def _lead(facts: SubmissionFacts) -> str:
    said = _("我校 %(n)d 名学生共 %(items)d 项学籍信息需要更正", n=facts.students, items=len(facts.rows))
    year, _dash, month = facts.month.partition("-")
    intake = _("（%(year)s年%(month)s月批次）", year=year, month=int(month)) if month else ""
    without = [row.number for row in facts.rows if not row.opinion]
    if without:
        agrees = _(
            "，现报送审核；第 %(rows)s 项本校没有审核环节，其余各项经审核同意上报。", rows=_numbers(without)
        )
    else:
        agrees = _("，经审核，我校同意上报，现报送审核。")
    below = _("事项如下：")
    return f"{said}{intake}{agrees}{below}"


def _counted(facts: SubmissionFacts) -> Iterator[tuple[Text, ...]]:
    yield ours(_("更正事项")), ours(_("事由")), ours(_("项数"))
    for name, reason, count in facts.by_field:
        yield data(name), data(reason), ours(str(count))


def _listed(facts: SubmissionFacts) -> Iterator[tuple[Text, ...]]:
    heads = _("序号"), _("学号"), _("姓名"), _("事项"), _("原值"), _("新值"), _("事由")
    yield tuple(ours(head) for head in heads)
    for row in facts.rows:
        old, new = written(row.old, row.column), written(row.new, row.column)
        cells = row.xh or row.ksh, row.name, row.field, old, new, row.reason
        yield (ours(str(row.number)), *(data(cell) for cell in cells))


def _paragraphs(facts: SubmissionFacts, *, whole: bool) -> Iterator[Text]:
    if not whole:
        yield ours(_("学生名单、原值、新值和学校意见见所附《勘误登记表》。"))
    yield ours(_same(facts))
    yield ours(_("是否发现冒名顶替：%(blank)s（由核查人填写）", blank=BLANK))
    yield ours(_("核查日期：%(blank)s核查人：%(blank)s", blank=BLANK))
    yield ours(_("部门负责人：%(blank)s签发人：%(blank)s", blank=BLANK))
    yield ours(_("附件：1. 勘误登记表　2. 学生证明材料（每人一个文件夹，附校验码清单）"))


def _same(facts: SubmissionFacts) -> str:
    """What the school's own records show of the same name or number; they show no other school's."""
    names = (
        _("第 %(rows)s 项的学生有同名的学生", rows=_numbers(facts.same_name))
        if facts.same_name
        else _("没有同名的学生")
    )
    numbers = (
        _("第 %(rows)s 项的证件号码另有学生使用", rows=_numbers(facts.same_number))
        if facts.same_number
        else _("没有证件号码相同的学生")
    )
    return str(_("经核对本校学籍数据：%(names)s；%(numbers)s。", names=names, numbers=numbers))


def _numbers(rows: Iterable[int]) -> str:
    return str(_("、")).join(map(str, rows))


def _foot(sender: Profile) -> Iterator[Text]:
    phone = str(_("电话 %(phone)s", phone=sender.phone)) if sender.phone else ""
    said = pick(sender.office, sender.office_en), pick(sender.room, sender.room_en), phone
    if parts := [part for part in said if part]:
        yield ours(" · ".join(parts) if in_english() else "　".join(parts))
