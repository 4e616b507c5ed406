"""The texts of messages: what happened, what to do, by when. No name, number or personal value.

Each text is written in Chinese and then in English, because a message cannot know its reader's language.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config.policy.words import DUTIES
from states import ROLES
from workflow.notices import signin_events
from workflow.notices.outbox import HELD_BACK, WORDS
from workflow.notices.outcomes import counted_words
from workflow.notices.signin_events import CODES

STAFF_WORDS: dict[str, tuple[str, str]] = {
    "digest": ("今日提要：学籍信息自查进度", "Today's digest: the self-check in your college"),
    "list_due": ("学院名单请按时签认", "Please sign your college's list in time"),
    "list_reminder": ("学院名单还没有签认", "Your college's list is not signed yet"),
    "export_waits": ("有一个导出任务等您批准", "An export job waits for your approval"),
    "export_settled": ("您的导出任务有了结果", "There is a decision on your export job"),
    "batch_waits": ("有一个报送批次等您同意", "A batch waits for your agreement"),
    "batch_line_waits": (
        "报送批次里有事项申请移出，等您同意",
        "A line asks to leave a batch and waits for your agreement",
    ),
    "batch_agreed": ("您定稿的报送批次已有人同意", "The batch that you froze was agreed to"),
    "taken_over": (
        "您正在办理的一个个案由复核人接办",
        "A second reviewer took over a case that you were working on",
    ),
    "step_overdue": ("有一个个案的环节逾期了，请督办", "A step of a case is overdue: please see to it"),
    "test": ("测试消息", "Test message"),
}
"""The events of which staff are notified."""

TITLES = WORDS | STAFF_WORDS | signin_events.WORDS

THEIR_STUDENTS = (
    ("到期没有签认的，本学院没有答复、又收到过通知的学生，按学校规则也视为无误。",),
    (
        "If it is not signed in time, the records of the college's students who were told and did not answer "
        "are deemed correct too, by the school's rule.",
    ),
)
"""What officers are told as well where a college's silence counts for its students."""

SHORT = 12
"""So many characters of a notice's id make its short address."""

BODIES: dict[str, tuple[str, str]] = {
    "campaign_opened": (
        "学籍信息自查已经开始。请登录逐项核对：都对，请确认无误；有不对的，请指出是哪一项。",
        "The check of student records has begun. Sign in and check every line: confirm that all is right, or "
        "say which line is wrong.",
    ),
    "filed": (
        "学校已收到您的更正申请，现在不需要您做什么。登录可以随时看到办到哪一步。",
        "The school has received your request; there is nothing to do for you now. Sign in at any time to "
        "see where it is.",
    ),
    "withdrawn": (
        "您的更正申请已经撤回，学籍信息没有改动。如不是您本人撤回的，请马上联系学籍管理部门。",
        "Your request was withdrawn and nothing was changed. If it was not you who withdrew it, tell the "
        "office for student records at once.",
    ),
    "check_again": (
        "学籍信息在确认之后有了更新。请登录重新核对。",
        "Your record was changed after it had been confirmed. Sign in and check it once more.",
    ),
    "taken_up": (
        "审核人已经开始审核您的更正申请，现在不需要您做什么。",
        "A reviewer has begun with your request; there is nothing to do for you now.",
    ),
    "decided_corrected": (
        "请登录查看每一项的结果；已更正的，请在学信网核对。如仍然不对，可以提出“仍有误”。",
        "Sign in to see the outcome of every item, and check the corrected ones on the national platform. If "
        "something is still wrong, say so.",
    ),
    "decided_rejected": (
        "请登录查看理由、依据和接下来可以怎么做。",
        "Sign in to see why, by which rule, and what you can do next.",
    ),
    "lapsed": (
        "请登录查看原因、依据和接下来可以怎么做。终止不是不予更正。",
        "Sign in to see why, by which rule, and what you can do next. To lapse is not to be refused.",
    ),
    "disputed": (
        "学校会重新审核，结果另行通知，现在不需要您做什么。",
        "The school looks at it again and will tell you; there is nothing to do for you now.",
    ),
    "reopened": (
        "原来的结果不再算数，新的结果另行通知，现在不需要您做什么。",
        "The earlier outcome does not stand any more; you will be told the new one. There is nothing to do "
        "for you now.",
    ),
    "asked": (
        "审核您的申请时还缺一些内容。请登录，逐项补上；提出的日期不变。",
        "Something is still missing for your request. Sign in and bring each thing; the day of your filing "
        "stands.",
    ),
    "question_dropped": (
        "先前要您补正的一项，现在不需要了。其余各项请登录查看。",
        "One of the things you were asked for is not needed any more. Sign in to see what is left.",
    ),
    "papers_due": (
        "补正的期限快到了。逾期不补，申请会终止。请登录补上。",
        "The time for what you were asked is running out, and without it your request will lapse. Sign in "
        "and bring it.",
    ),
    "handed_over": (
        "学校按转学手续移交了您的学籍更正材料，学校的记录没有改动。如果您没有办理转学，请马上联系学籍管理部门。",
        "The school handed over the file of your corrections, as your transfer asks; its own record did not "
        "change. If you are not changing schools, tell the office for student records at once.",
    ),
    "resumed": (
        "先前终止的申请现在恢复办理，现在不需要您做什么。",
        "The request that had lapsed is being handled again; there is nothing to do for you now.",
    ),
    "reconfirm_due": (
        "请在学信网查看更正后的内容，再登录确认。仍然不对的，可以提出“仍有误”。",
        "Look at the corrected value on the national platform, then sign in and confirm it. If it is still "
        "wrong, say so.",
    ),
    "confirmed_for_you": (
        "学院或学籍管理部门的经办人按您的答复，代您确认了学籍信息。如果您没有这样答复，请马上登录提出。",
        "An officer confirmed your record for you, as you had answered. If you gave no such answer, sign in "
        "at once and say so.",
    ),
    "filed_for_you": (
        "学院或学籍管理部门的经办人按您的要求，代您提出了更正申请。请登录核对提出的内容：不是您要求的，或者内容不对，"
        "可以像您自己提出的一样撤回。",
        "An officer filed a request for you, as you had asked. Sign in and check what it says: if you asked "
        "for no such thing, or something in it is not right, you can withdraw it as if it were your own.",
    ),
    "last_day_earlier": (
        "请登录查看新的日期。过了这一天，学籍信息不再更正。",
        "Sign in to see the new day. After it your record is not corrected any more.",
    ),
    "campaign_extended": (
        "您还没有核对学籍信息，现在多了一些时间。请登录逐项核对。",
        "You have not checked your record yet, and there is more time now. Sign in and check every line.",
    ),
    "time_extended": (
        "在新的期限以前，您仍可提出更正。登录可以看到期限，并逐项提出。",
        "You can still request a correction until the new end. Sign in to see it and say what is wrong.",
    ),
    "time_taken_back": (
        "学籍管理员收回了先前为您延长的时间。登录可以看到现在的期限；如有疑问，请联系学籍管理部门。",
        "The registrar took back the longer time. Sign in to see your time now; if you have a question, ask "
        "the office for student records.",
    ),
    "check_opened": (
        "请登录重新核对：都对，请确认无误；有不对的，请指出是哪一项。重新开放只用一次。",
        "Sign in and check again: confirm that all is right, or say which line is wrong. It is open for one "
        "answer.",
    ),
    "check_shut": (
        "学籍管理员收回了重新开放的核对，您原来的结果不变。发现有误，请登录查看能否提出。",
        "The registrar closed your check again; your earlier answer stands. If you find an error, sign in "
        "to see whether it can be filed.",
    ),
    "claims_frozen": (
        "冻结期间，您的更正事项不能提出、补交材料或作出决定，已提交的保留。登录可以看到到什么时候；"
        "如有疑问，请联系学籍管理部门。",
        "While they are frozen nothing can be filed, handed in or decided; what you filed is kept. Sign in "
        "to see until when; if you have a question, ask the office for student records.",
    ),
    "claims_unfrozen": (
        "您的更正事项不再冻结，已提交的申请继续办理。登录可以看到您的申请，以及现在能否提出更正。",
        "Your corrections are not frozen any more, and what you filed goes on. Sign in to see it, and "
        "whether a correction can be requested now.",
    ),
    "deemed": (
        "自查期满您没有提出有误，按学校规则视为无误。如发现有误，请登录查看能否另行提出。",
        "The check is over and you raised nothing, so by the school's rule your record is deemed correct. If "
        "you find an error, sign in to see whether it can be filed.",
    ),
    "flagged": (
        "新的学籍数据与您的更正申请的结果不一致。复核人会核对，有变动会另行通知；现在不需要您做什么。请登录查看是哪一项。",
        "New data of the school differs from the outcome of your request. A second reviewer looks at it and "
        "tells you of any change; there is nothing to do for you now. Sign in to see which item it is.",
    ),
    "flag_answered": (
        "学校核对了与您的更正申请的结果不一致的数据，结果保持不变。有疑问，请登录查看联系方式。",
        "The school looked at the data that differed from the outcome of your request; the outcome stands. "
        "If you have a question, sign in to see whom to ask.",
    ),
    "may_file_now": (
        "自查时您登记了有误的项目，当时还不受理。现在已经受理，请登录提出更正。",
        "In the check you noted items that are wrong, which could not be filed then. They are taken now: "
        "sign in and file your request.",
    ),
    "reminder": (
        "您还没有核对学籍信息。请登录逐项核对：都对，请确认无误；有不对的，请指出是哪一项。",
        "You have not checked your student record yet. Sign in and check every line: confirm that all is "
        "right, or say which line is wrong.",
    ),
    "digest": (
        "请登录查看名单，提醒还没有核对的学生。",
        "Sign in to see who they are, and remind the students who have not checked.",
    ),
    "list_due": (
        "学生截止之后，请登录核对并签认本学院的名单。到期没有签认的，按学校规则视为无异议。",
        "When the students' time is over, sign in, look at your college's list and sign it. By the school's "
        "rule a list that is unsigned at the deadline stands without objection.",
    ),
    "list_reminder": (
        "学生已经截止，请登录核对并签认本学院的名单。到期没有签认的，按学校规则视为无异议。",
        "The students' time is over: sign in, look at your college's list and sign it. By the school's rule "
        "a list that is unsigned at the deadline stands without objection.",
    ),
    "export_waits": (
        "请登录查看谁提出、用途是什么、导出什么，再批准或退回。没有人批准的，24 小时后失效。",
        "Sign in to see who asked, for what purpose and what leaves, then approve or decline it. Without "
        "approval it lapses after 24 hours.",
    ),
    "export_settled": (
        "请登录查看。批准的，文件只保留 24 小时。",
        "Sign in to see it. If it was approved, its file is kept for 24 hours only.",
    ),
    "batch_waits": (
        "请登录查看批次里的事项，再同意；不能报送的事项，可以先申请移出。没有人同意，批次不能报送。",
        "Sign in, look at what is in it, and agree; what must not go can be asked out first. It is not sent "
        "before somebody agrees.",
    ),
    "batch_line_waits": (
        "请登录查看是哪一项、理由是什么，再决定是否移出。有人答复以前，批次不能报送。",
        "Sign in to see which line it is, and why, then let it leave or not. Until somebody answers, "
        "the batch is not sent.",
    ),
    "batch_agreed": (
        "请登录查看。24 小时内可以下载批次的文件，报送以后请登记文号和日期。",
        "Sign in to see it. Its files may be taken for 24 hours; after sending, enter number and day.",
    ),
    "taken_over": (
        "请登录查看是谁接办、理由是什么。没有保存的内容不会提交；以后由接办的人继续办理。",
        "Sign in to see who took it over, and why. What you had not saved is not submitted; whoever took the "
        "case over goes on with it.",
    ),
    "step_overdue": (
        "请登录查看是哪个环节、期限是哪一天、现在由谁办理。同一个期限只提醒一次。",
        "Sign in to see which step it is, what its last day was, and who has it now. You are told once for "
        "each last day.",
    ),
    "test": (
        "这是您自己在管理页面上要求发出的测试消息。能看到它，说明这条渠道是通的。",
        "You asked for this test message on the administrator's page. That you can read it shows that this "
        "channel works.",
    ),
}
"""What to do now, for every event of a case, a campaign or a list."""

ALL_BODIES = BODIES | signin_events.BODIES
"""What to do now, for every event."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every message carries: the sender, and the address of the pages."""

    school: str
    school_en: str
    link: str

    def onward(self, notice: str) -> str:
        """The short address of a notice. It opens nothing by itself and says nothing about anybody."""
        return f"{self.link}/n/{notice[:SHORT]}"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message to one address. ``id`` is the notice's id and stays the same at every attempt.

    ``link`` leads to the page that the message speaks of. ``to`` and ``lines`` are not shown in a log.
    """

    id: str
    title: str
    title_en: str
    lines: tuple[str, ...] = field(repr=False)
    lines_en: tuple[str, ...] = field(repr=False)
    head: Letterhead
    at: datetime
    link: str
    to: str = field(default="", repr=False)


def compose(
    id: str,
    event: str,
    at: datetime,
    act_by: datetime | None,
    facts: str,
    head: Letterhead,
    *,
    code: str = "",
) -> Letter:
    """The letter of a notice, without its address. ``code`` is the one-time code that it carries."""
    title, title_en = title_of(event, facts)
    body, body_en = ALL_BODIES[event]
    first, first_en = _counted(json.loads(facts)) if facts else ((), ())
    if code:
        first, first_en = (f"登录码：{code}",), (f"Code: {code}",)
    by, by_en = _by(event, act_by)
    lines, lines_en = (*first, body, *by), (*first_en, body_en, *by_en)
    return Letter(id, title, title_en, lines, lines_en, head, at, head.onward(id))


def title_of(event: str, facts: str = "") -> tuple[str, str]:
    """The title of a notice, in Chinese and English. A decision of several outcomes names each of them."""
    counts = json.loads(facts).get("outcomes", {}) if facts and event in HELD_BACK else {}
    alone = {"decided_corrected": "corrected", "decided_rejected": "refused"}.get(event)
    if not counts or set(counts) == {alone}:
        return TITLES[event]
    said, said_en = counted_words(counts)
    return f"您的更正申请已办结：{said}", f"Your request is decided: {said_en[:1].lower()}{said_en[1:]}"


def _by(event: str, act_by: datetime | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Until when: the last moment of a code, or of what the person is asked to do."""
    if act_by is None:
        return (), ()
    moment = f"{act_by:%Y-%m-%d %H:%M:%S}"
    if event in CODES:
        return (f"有效期至 {moment}（北京时间）。",), (f"Valid until {moment} (Beijing time).",)
    return (f"请在 {moment} 之前办理（北京时间）。",), (f"Please do so by {moment} (Beijing time).",)


def _counted(facts: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The facts of a message: a role, who acted for the student, or one line for each college.

    Outcomes stand in the title.
    """
    if "outcomes" in facts:
        return (), ()
    if "role" in facts:
        zh, en = DUTIES[facts["duty"]] if facts.get("duty") else ROLES[facts["role"]]
        return (f"身份：{zh}。",), (f"Role: {en}.",)
    if "filed_by" in facts:
        zh, en = DUTIES[facts["filed_by"]]
        return (f"由{zh}代为办理。",), (f"Done for you by: {en}.",)
    title, title_en = facts["campaign"]
    if "lists" in facts:
        said, said_en = THEIR_STUDENTS if facts.get("students") else ((), ())
        return (title, *facts["lists"], *said), (title_en, *facts["lists"], *said_en)
    lines, lines_en = [], []
    for college, unchecked, raised, review in facts["colleges"]:
        lines.append(
            f"{college}：未核对 {unchecked} 人（等学生），已提出有误 {raised} 件（等审核人受理），"
            f"审核中 {review} 件（等审核人）。"
        )
        lines_en.append(
            f"{college}: {unchecked} not checked (up to the student), {raised} raised and {review} under "
            "review (up to a reviewer)."
        )
    return (title, *lines), (title_en, *lines_en)
