"""The words of the official letters: one document in the page's language, from what the letter keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from config.profile import Profile
from web.shared.cases.endings import Ending, basis_of, ending_of, kind_of
from web.shared.cases.outward import inquiry_of
from web.shared.labels import (
    duty_words,
    field_words,
    grounds_words,
    kind_words,
    letter_end_words,
    office_words,
    refusal_of,
    school_spoken,
)
from web.shared.security import place
from web.shared.words import day, in_english, moment, pick, written
from workflow.cases.filing.receipts import spoken
from workflow.cases.review.inquiries import INQUIRY
from workflow.cases.rules.names import INADMISSIBLE
from workflow.history.codes import LAPSED
from workflow.letters.document import LetterDocument, Text, data, ours
from workflow.letters.facts import LetterFacts, LetterItem, LetterQuestion
from workflow.letters.register import LetterGiven

RECEIPT = "receipt"
"""What a filing gets before any letter: it bears no number."""

GAP = "\0"
"""Where a name goes in a sentence."""

ORDINALS = "一二三四五六七八九十"


def document_of(facts: LetterFacts, kind: str, given: LetterGiven | None = None) -> LetterDocument:
    """One letter in the page's language. Without ``given`` it bears no number."""
    if kind == INQUIRY and given is not None:
        return inquiry_of(facts, given)
    place_of = {words.code: n for n, words in enumerate(school_spoken().fields)}
    items = sorted(facts.items, key=lambda item: place_of.get(item.field, len(place_of)))
    facts = replace(facts, items=tuple(items))
    ending = _ending(facts) if kind in ("decision", "termination") else None
    sender = facts.sender
    office = pick(sender.office, sender.office_en) or pick(sender.title, sender.title_en)
    return LetterDocument(
        lang="en" if in_english() else "zh-CN",
        office=ours(office) if in_english() and sender.office_en else data(office),
        number=given.spoken if given else "",
        receipt=str(_("申请编号 %(receipt)s", receipt=spoken(facts.receipt))),
        title=_title(kind, ending),
        to=_to(facts),
        lead=_lead(facts, kind, ending),
        table=tuple(_table(facts, kind)),
        paragraphs=tuple(_paragraphs(facts, kind, ending)),
        signed=(ours(office), ours(day(facts.given_at.date()))),
        seal=str(_("印章")),
        foot=tuple(_foot(sender)),
        note=letter_end_words(given.ended) if given and given.ended else "",
    )


def _ending(facts: LetterFacts) -> Ending | None:
    return ending_of(facts.ruling, school_spoken()) if facts.ruling else None


def _title(kind: str, ending: Ending | None) -> str:
    said: str = {
        "acceptance": _("学籍信息更正申请受理通知书"),
        "supplement": _("学籍信息更正申请补正通知书"),
        "termination": _("学籍信息更正申请终止通知书"),
        RECEIPT: _("学籍信息更正申请回执"),
    }.get(kind, _("学籍信息更正决定书"))
    if kind == "decision" and ending and ending.kind == INADMISSIBLE:
        said = _("学籍信息更正申请不予受理决定书")
    return said


def _to(facts: LetterFacts) -> Text:
    parts = [facts.college, facts.major]
    where = " ".join(part for part in parts if part)
    known = [_("学号 %(number)s", number=facts.number)] if facts.number else []
    inside = ours(str(_("，")).join(known)) + (ours(_("，")) if known and where else ()) + data(where)
    around = (*ours(_("（")), *inside, *ours(_("）"))) if inside else ()
    return (*data(facts.name), *ours(pick("同学", " ")), *around, *ours(_("：")))


def _lead(facts: LetterFacts, kind: str, ending: Ending | None) -> Text:
    request = _filed_for_you(facts) if facts.proxy else ours(_filed(facts))
    if kind == "termination" and ending:
        return (*request, *ours(_("因%(why)s，现终止办理，事项如下：", why=ending.why)))
    more: str = {
        "acceptance": _("经审查，现予受理，事项如下："),
        "supplement": _("经审查，还需要补正下列内容："),
        RECEIPT: _("现已收到，事项如下："),
    }.get(kind, _("经审核，现决定如下："))
    return (*request, *ours(more))


def _filed(facts: LetterFacts) -> str:
    said: str = ngettext(
        "你于%(day)s提出学籍信息更正申请，共 %(num)d 项。",
        "你于%(day)s提出学籍信息更正申请，共 %(num)d 项。",
        len(facts.items),
        day=day(facts.filed_at.date()),
    )
    return said


def _filed_for_you(facts: LetterFacts) -> Text:
    """Who filed for the student, with their duty; a stand-in also names whose place they took."""
    said = ngettext(
        "%(who)s于%(day)s代你提出学籍信息更正申请，共 %(num)d 项。",
        "%(who)s于%(day)s代你提出学籍信息更正申请，共 %(num)d 项。",
        len(facts.items),
        day=day(facts.filed_at.date()),
        who=GAP,
    )
    before, _gap, behind = said.partition(GAP)
    who = duty_words(facts.proxy)
    return (*ours(f"{before}{who}{' ' if facts.proxy_name else ''}"), *_named(facts), *ours(behind))


def _named(facts: LetterFacts) -> Text:
    if not facts.proxy_for:
        return data(facts.proxy_name)
    before, _gap, behind = str(_("（代 %(name)s 办理）", name=GAP)).partition(GAP)
    return (*data(facts.proxy_name), *ours(before), *data(facts.proxy_for), *ours(behind))


def _table(facts: LetterFacts, kind: str) -> Iterator[tuple[Text, ...]]:
    if kind == "supplement":
        yield ours(_("补正内容")), ours(_("说明")), ours(_("期限"))
        for one in facts.questions:
            due = _("%(day)s（含）前", day=day(one.due)) if one.due else _("请尽快")
            yield ours(_asked(one)), data(one.words), ours(due)
        return
    last = _("决定") if kind in ("decision", "termination") else _("错误原因")
    yield ours(_("申请事项")), ours(_("学籍记录")), ours(_("申请改为")), ours(last)
    for item in facts.items:
        said = _decided(item) if kind in ("decision", "termination") else grounds_words(item)
        yield ours(_capital(field_words(item.field))), *_values(item), ours(_capital(said))


def _asked(one: LetterQuestion) -> str:
    if one.kind == "paper":
        return str(_("补交：%(kind)s", kind=kind_words(one.about)))
    if one.kind == "value":
        return str(_("改正：%(field)s", field=field_words(one.about)))
    return str(_("说明：%(field)s", field=field_words(one.about)) if one.about else _("说明情况"))


def _values(item: LetterItem) -> tuple[Text, Text]:
    if item.field == "PHOTO":
        return ours(_("录取时的照片")), ours(_("所附照片"))
    return _value(item.field, item.old), _value(item.field, item.new)


def _value(field: str, text: str) -> Text:
    return data(written(text, field)) if text else ours(_("没有记录"))


def _decided(item: LetterItem) -> str:
    refusal = refusal_of(item.ruling)
    if item.outcome == "refused" and refusal and refusal.kind == INADMISSIBLE:
        return str(_("不予受理"))
    said: str = {
        "corrected": _("予以更正"),
        "refused": _("不予更正"),
        "already_right": _("维持原记录"),
        "lapsed": _("终止办理"),
    }.get(item.outcome, "—")
    return said


def _paragraphs(facts: LetterFacts, kind: str, ending: Ending | None) -> Iterator[Text]:
    if kind == "acceptance":
        yield from _after_acceptance(facts)
    elif kind == "supplement":
        yield ours(
            _(
                "请登录学籍信息自查网站逐项答复。补正期间不计入办理时间，提出申请的日期不变。"
                "逾期没有补正的，申请终止办理；终止不是对内容的否定。"
            )
        )
    elif kind == RECEIPT:
        yield ours(_("受理以后另行通知。作出认定以前，你可以登录学籍信息自查网站撤回申请。"))
    else:
        yield from _reasons(facts, ending)
        yield from _what_remains(facts, ending)


def _after_acceptance(facts: LetterFacts) -> Iterator[Text]:
    days = facts.sender.working_days
    if days and not _is_over(facts):
        yield ours(
            _(
                "一般自提出申请之日起 %(n)d 个工作日内办结，补正期间不计。需要补正材料的，另行通知。",
                n=days,
            )
        )
    else:
        yield ours(_("需要补正材料的，另行通知。"))
    yield ours(_("作出认定以前，你可以登录学籍信息自查网站撤回申请；办理进度可以随时登录查看。"))


def _is_over(facts: LetterFacts) -> bool:
    """Whether the usual time was over when the letter was given."""
    usually = facts.sender.usually_by(facts.filed_at.date(), place().school.calendar)
    return usually is not None and usually < facts.given_at.date()


def _reasons(facts: LetterFacts, ending: Ending | None) -> Iterator[Text]:
    """Why each item was decided so, and by which rule, in words; each reason once."""
    said: set[str] = set()
    for n, item in enumerate(facts.items):
        text = (*_why(item, said), *_seen(item))
        if text:
            yield (*ours(_numbered(n, field_words(item.field), len(facts.items))), *text)
    for office, words, on in facts.replies:
        whose: str = _("%(office)s的原话：", office=office_words(office))
        if on is not None:
            whose = _("%(office)s于%(day)s答复：", office=office_words(office), day=day(on))
        yield (*ours(whose), *data(_stop(words)))
    whole: list[Text] = []
    if ending and ending.why not in said and ending.kind != LAPSED:
        whole.append(ours(_stop(f"{ending.name}{_('：')}{ending.why}")))
    if facts.words and facts.words not in said:
        whole.append(data(_stop(facts.words)))
    if ending and ending.basis and ending.basis not in said:
        whole.append((*ours(_("依据：")), *data(ending.basis), *ours(_("。"))))
    if whole:
        yield tuple(piece for text in whole for piece in text)


def _why(item: LetterItem, said: set[str]) -> Text:
    text: list[tuple[str, bool]] = []
    refusal = refusal_of(item.ruling)
    if refusal:
        why = pick(refusal.zh, refusal.en)
        text += ours(_stop(f"{kind_of(refusal)}{_('：')}{why}"))
        said.add(why)
    if item.words and item.words not in said:
        text += data(_stop(item.words))
        said.add(item.words)
    if refusal and (basis := basis_of(refusal.clause)):
        text += (*ours(_("依据：")), *data(basis), *ours(_("。")))
        said.add(basis)
    return tuple(text)


def _seen(item: LetterItem) -> Text:
    if item.seen_on is None:
        return ()
    return ours(_("学信网已于%(day)s显示更正后的信息。", day=day(item.seen_on)))


def _what_remains(facts: LetterFacts, ending: Ending | None) -> Iterator[Text]:
    """What the student can still do, and until when; then the appeal, where something was denied."""
    refusals = [refusal for item in facts.items if (refusal := refusal_of(item.ruling))]
    remains = [pick(one.remedy, one.remedy_en) for one in refusals if one.remedy]
    if ending:
        remains += filter(None, (ending.means, ending.remains))
    if remains:
        yield ours("".join(_stop(one) for one in dict.fromkeys(remains)))
    if facts.dispute_until:
        until = moment(facts.dispute_until)
        yield ours(_("更正后的信息仍有误的，可以在%(moment)s前登录提出，由本办公室再次审核。", moment=until))
    if facts.reconfirm_until:
        yield ours(_("请在%(day)s（含）前登录确认更正结果。", day=day(facts.reconfirm_until)))
    denied = [item for item in facts.items if item.outcome != "corrected"]
    sender = facts.sender
    if denied and sender.appeal_to and sender.appeal_days:
        last = facts.given_at.date() + timedelta(days=sender.appeal_days)
        yield (
            *ours(
                _(
                    "对本决定有异议的，可以自收到之日起 %(n)d 日内（当日收到的，至%(day)s）"
                    "向%(whom)s提出书面申诉",
                    n=sender.appeal_days,
                    day=day(last),
                    whom=pick(sender.appeal_to, sender.appeal_to_en),
                )
            ),
            *(
                (*ours(_("（依据")), *data(sender.appeal_source), *ours(_("）")))
                if sender.appeal_source
                else ()
            ),
            *ours(_("。")),
        )


def _foot(sender: Profile) -> Iterator[Text]:
    office = pick(sender.office, sender.office_en)
    room = pick(sender.room, sender.room_en)
    phone = str(_("电话 %(phone)s", phone=sender.phone)) if sender.phone else ""
    if parts := [part for part in (office, room, phone) if part]:
        yield ours("　".join(parts) if not in_english() else " · ".join(parts))
    if sender.appeal_to and sender.appeal_place:
        yield (*ours(f"{pick(sender.appeal_to, sender.appeal_to_en)} "), *data(sender.appeal_place))


def _numbered(n: int, field: str, several: int) -> str:
    if several == 1:
        return ""
    said = str(_("%(n)s、%(field)s。", n=n + 1 if in_english() else ORDINALS[n % 10], field=_capital(field)))
    return f"{said} " if in_english() else said


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" if in_english() else text


def _stop(text: str) -> str:
    """A sentence with its stop."""
    stop = ". " if in_english() and text.isascii() else "。"
    return text if text.rstrip().endswith(("。", "！", "？", ".", "!", "?")) else f"{text}{stop}"
