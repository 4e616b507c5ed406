"""The words of official letters 公函 to other bodies. They are Chinese whatever the language of the page."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import force_locale

from web.shared.labels import field_words, grounds_words, letter_end_words
from web.shared.words import CHINESE, day, written
from workflow.cases.filing.receipts import spoken
from workflow.letters.document import LetterDocument, LetterSlip, Text, data, ours
from workflow.letters.facts import LetterFacts, LetterItem
from workflow.letters.register import LetterGiven

TITLE = "关于协助核实学生学籍信息的函"
YOU = {"police": "贵单位", "school": "贵校", "exam_authority": "贵院"}
"""What the other body is called in its letter, by its kind."""


def inquiry_of(facts: LetterFacts, given: LetterGiven) -> LetterDocument:
    """An official letter as it was given, with its reply slip."""
    with force_locale(CHINESE):
        number, sender = given.spoken or facts.typed, facts.sender
        office = sender.office or sender.title
        return LetterDocument(
            lang="zh-CN",
            office=data(office),
            number=number,
            receipt=f"申请编号 {spoken(facts.receipt)}",
            title=TITLE,
            to=data(f"{facts.addressee}："),
            lead=_lead(facts),
            table=tuple(_table(facts)),
            paragraphs=tuple(_paragraphs(facts, number)),
            signed=(ours(office), ours(day(facts.given_at.date()))),
            seal="印章",
            foot=tuple(_foot(facts)),
            note=letter_end_words(given.ended) if given.ended else "",
            slip=_slip(facts, number, office),
        )


def _lead(facts: LetterFacts) -> Text:
    known = [f"学号 {facts.number}"] if facts.number else []
    known += [f"证件号码 {facts.document}"] if facts.document else []
    who = f"我校{facts.college}学生{facts.name}" + (f"（{'，'.join(known)}）" if known else "")
    return ours(f"{who}提出，学籍信息中有下列内容与实际不符。为依规办理更正，现请{_you(facts)}协助核实：")


def _table(facts: LetterFacts) -> Iterator[tuple[Text, ...]]:
    yield tuple(map(ours, ("核实事项", "学籍记录", "本人主张", "事由")))
    for item in facts.items:
        grounds = grounds_words(item)
        if item.event_date is not None:
            grounds = f"{grounds}（{day(item.event_date)}）"
        yield (ours(field_words(item.field)), *values_in(item), ours(grounds))


def values_in(item: LetterItem) -> tuple[Text, Text]:
    """Both values of an item as an official paper writes them."""
    if item.field == "PHOTO":
        return ours("录取时的照片"), ours("所附照片")
    return _value(item.field, item.old), _value(item.field, item.new)


def _value(field: str, text: str) -> Text:
    return data(written(text, field)) if text else ours("没有记录")


def _paragraphs(facts: LetterFacts, number: str) -> Iterator[Text]:
    for line in filter(None, map(str.strip, facts.asks.splitlines())):
        yield data(line)
    until = f"请于{day(facts.due)}前函复。" if facts.due else ""
    yield ours(f"{until}复函请注明本函文号{number}，可以使用所附回执。上述个人信息只用于这次核实。")
    yield ours("专此函达，请予支持。")


def _foot(facts: LetterFacts) -> Iterator[Text]:
    sender = facts.sender
    phone = f"电话 {sender.phone}" if sender.phone else ""
    if parts := [part for part in (f"联系：{sender.office}", sender.room, phone) if part]:
        yield ours("　".join(parts))


def _slip(facts: LetterFacts, number: str, office: str) -> LetterSlip:
    rows = [(ours(field_words(item.field)), *values_in(item), ours("")) for item in facts.items]
    return LetterSlip(
        title="回　执",
        to=data(f"{office}："),
        lead=ours(
            f"《{TITLE}》（{number}）收悉。"
            f"关于{facts.name}{f'（学号 {facts.number}）' if facts.number else ''}的下列信息，经核实："
        ),
        table=(tuple(map(ours, ("核实事项", "学籍记录", "本人主张", "核实结果"))), *rows),
        lines=tuple(
            map(
                ours,
                (
                    "说明：",
                    "复函文号：",
                    "经办人：　　　　　　　　联系电话：",
                    "复函单位（盖章）：　　　　　　　　　　年　　月　　日",
                ),
            )
        ),
    )


def _you(facts: LetterFacts) -> str:
    return YOU.get(facts.whom, "贵单位")
