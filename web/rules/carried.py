"""What carries a sentence of the notice, in words: the rule, the date, the campaign or the guide's step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from flask import url_for

from config.calendar import MonthDay
from config.notice import NoticeSentence
from config.policy import School
from config.policy.ties import KINDS, Tie, alive
from config.policy.words import CampaignPlan, Sending, Template
from config.profile import PARTS, Profile
from web.rules.phrases import Pair, all_of, column, day, month_day
from web.rules.sentences import rule_said
from web.rules.times import between, campaign_said, cohort_said, days_said, title_said, window_said
from workflow.campaigns.progress.board import Known

ENDS: Mapping[str, Pair] = {
    "opens": ("开始", "opens"),
    "closes": ("截止", "closes"),
    "colleges_close": ("学院签认截止", "colleges sign by"),
    "bulletins": ("公布进度", "progress is published"),
}
"""The dates of a campaign."""


class Carried(NamedTuple):
    """One thing that carries a sentence: its kind, what it says, and where it is shown, if on a page."""

    kind: Pair
    said: Pair
    link: str = ""


class Around(NamedTuple):
    """What a tie may refer to: the school's text, its present profile, and the campaigns as they run.

    ``in_force``: the rules page shows this text.
    """

    school: School
    profile: Profile
    running: Mapping[str, Known]
    in_force: bool


def carried_said(around: Around, sentence: NoticeSentence) -> list[Carried]:
    """All that carries a sentence, in the order of the file. Fields are told in one line."""
    ties = alive(around.school, sentence)
    fields = [tie for tie in ties if tie.kind == "field"]
    found: list[Carried] = []
    for tie in ties:
        if tie.kind != "field":
            found.append(SAID[tie.kind](around, tie))
        elif tie is fields[0]:
            found.append(_fields(around, fields))
    return found


def by_kind(found: Iterable[Carried]) -> list[tuple[Pair, list[Carried]]]:
    """The same by kind, each kind once."""
    kinds: dict[Pair, list[Carried]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(one)
    return list(kinds.items())


def guide_links(school: School, sentence: NoticeSentence) -> list[tuple[Pair, str]]:
    """Where the guide shows how to do what a sentence says: each situation once."""
    found: dict[str, tuple[Pair, str]] = {}
    for kind, name in alive(school, sentence) if school.guide else ():
        situation, _slash, step = name.partition("/")
        if kind == "guide" and school.guide and situation not in found:
            about = school.guide.by_id[situation]
            link = url_for("guide.step", situation=situation, step=step or about.step[0].id)
            found[situation] = ((about.title, about.title_en), link)
    return list(found.values())


def _rule(around: Around, tie: Tie) -> Carried:
    found = rule_said(around.school, tie.name)
    assert found is not None
    link = url_for("rulebook.overview", _anchor=f"rule-{found.place}") if around.in_force else ""
    return Carried(KINDS["rule"], found.sentence, link)


def _date(around: Around, tie: Tie) -> Carried:
    policy = around.school.policy
    name, _dot, end = tie.name.rpartition(".")
    if tie.name == "final_check" and policy.final_check:
        zh, en = month_day(policy.final_check.last_day)
        return _dated(("末次自查截止", "the final check ends"), (f"每年{zh}", f"{en} of every year"))
    if tie.name == "supplement":
        n = policy.periods.supplement_working_days
        return _dated(("补正期限", "time for papers"), (f"{n} 个工作日", f"{n} working days"))
    if tie.name == "dispute":
        n = policy.periods.dispute_days
        return _dated(("异议期限", "time to dispute a correction"), (f"{n} 天", f"{n} days"))
    if tie.name == "reminders":
        return _reminders(policy.sending)
    if name == "registration":
        known = next(one for one in around.school.calendar.registrations if str(one.entry_year) == end)
        about = (f"{end} 年入学学生的学籍注册日期", f"registration of those who entered in {end}")
        return _dated(about, day(known.registered_on))
    if name == "window":
        window = policy.windows[end]
        return _dated((window.zh, window.en), window_said(window))
    return _of_campaign(around, name, end)


def _reminders(sending: Sending) -> Carried:
    zh = f"截止前 {'、'.join(map(str, sending.remind_days))} 天"
    en = f"{all_of((str(n), str(n)) for n in sending.remind_days)[1]} days before the close"
    if sending.digests:
        zh += "；学院经办人每天收到本学院的提要"
        en += "; college officers get a digest of their college every day"
    return _dated(("提醒还没有核对的学生", "reminders to students who have not checked"), (zh, en))


def _dated(about: Pair, when: Pair) -> Carried:
    return Carried(KINDS["date"], (f"{about[0]}：{when[0]}", f"{about[1]}: {when[1]}"))


def _of_campaign(around: Around, id: str, end: str) -> Carried:
    plan = _plan(around.school, id)
    about = (f"{title_said(plan)[0]}，{ENDS[end][0]}", f"{title_said(plan)[1]}, {ENDS[end][1]}")
    running = around.running.get(id)
    if isinstance(plan, CampaignPlan):
        if end == "bulletins":
            return _dated(about, days_said(plan.bulletins))
        if end == "colleges_close":
            assert plan.colleges_close is not None
            return _dated(about, day(plan.colleges_close.date()))
        opens, closes = (running.opens_at, running.closes_at) if running else (plan.opens, plan.closes)
        return _dated(about, day((opens if end == "opens" else closes).date()))
    days: Mapping[str, tuple[MonthDay | None, ...]] = {
        "opens": (plan.first,),
        "closes": (plan.last or around.school.terms.last_day,),
        "bulletins": plan.bulletins,
        "colleges_close": (plan.colleges_last,),
    }
    zh, en = all_of(month_day(one) for one in days[end] if one is not None)
    return _dated(about, (f"每年{zh}", f"{en} of every year"))


def _plan(school: School, id: str) -> CampaignPlan | Template:
    plans: list[CampaignPlan | Template] = [*school.campaigns, *school.templates]
    return next(one for one in plans if one.id == id)


def _campaign(around: Around, tie: Tie) -> Carried:
    plan = _plan(around.school, tie.name)
    running = around.running.get(tie.name)
    when = between(running.opens_at, running.closes_at) if running else campaign_said(around.school, plan)
    whom, (title, title_en) = cohort_said(around.school, plan.cohort), title_said(plan)
    zh, en = f"{title}：{when[0]}；{whom[0]}", f"{title_en}: {when[1]}; {whom[1]}"
    if plan.kind in around.school.policy.silence.deems:
        zh += "。没有作答、收到过通知的学生，截止后视为无误"
        en += ". Students who were told and gave no answer are deemed correct after it closes"
    return Carried(KINDS["campaign"], (zh, en))


def _fields(around: Around, ties: list[Tie]) -> Carried:
    shown = all_of(column(around.school, tie.name) for tie in ties)
    claimable = {one.code for one in around.school.fields if one.claimable}
    rest = [column(around.school, tie.name) for tie in ties if tie.name not in claimable]
    zh, en = f"学生逐项看到、逐项作答：{shown[0]}", f"students see and answer each: {shown[1]}"
    if rest:
        zh += f"（{all_of(rest)[0]}只看，不由学生申请更正）"
        en += f" ({all_of(rest)[1]} is only shown)"
    return Carried(KINDS["field"], (zh, en))


def _guide(around: Around, tie: Tie) -> Carried:
    situation, _slash, step = tie.name.partition("/")
    assert around.school.guide is not None
    found = around.school.guide.by_id[situation]
    at = found.at(step)
    if at is None:
        link = url_for("guide.begin", situation=situation)
        return Carried(KINDS["guide"], (found.title, found.title_en), link)
    link = url_for("guide.step", situation=situation, step=step)
    return Carried(KINDS["guide"], (f"{found.title} › {at.title}", f"{found.title_en} › {at.title_en}"), link)


def _told(around: Around, tie: Tie) -> Carried:
    one = around.school.told[int(tie.name) - 1]
    return Carried(KINDS["told"], (f"“{one.zh}”", f"“{one.en}”"))


def _profile(around: Around, tie: Tie) -> Carried:
    profile, (zh, en) = around.profile, PARTS[tie.name]
    said = str(getattr(profile, tie.name) or "—")
    said_en = str(getattr(profile, f"{tie.name}_en", "") or said)
    return Carried(KINDS["profile"], (f"{zh}：{said}", f"{en[0].upper()}{en[1:]}: {said_en}"))


SAID: Mapping[str, Callable[[Around, Tie], Carried]] = {
    "rule": _rule,
    "date": _date,
    "campaign": _campaign,
    "guide": _guide,
    "told": _told,
    "profile": _profile,
}
"""How each kind is told. Fields are told together."""
