"""What a kept press would send, in words: what is done, and every field that somebody typed or chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from flask import current_app
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from config.profile import PARTS
from states.case import CASE
from web.shared.labels import (
    action_words,
    cause_words,
    content_words,
    exclusion_words,
    kind_words,
    look_reasons,
    outcome_words,
    profile_words,
    purpose_words,
    refusal_words,
    result_words,
    role_words,
    silence_words,
    way_words,
)
from web.shared.security import place
from web.shared.words import day, pick
from workflow.engine import is_id
from workflow.signin.kept import Pressed

UNSEEN = frozenset(
    (
        "key", "expected", "base", "claims", "claim", "step", "then", "question", "end", "to", "opened",
        "side", "do", "sentence",
    )
)  # fmt: skip
"""Fields that a form carries along: nobody typed them, and they mean nothing to a reader."""
OF_A_VALUE = "value-"


@dataclass(frozen=True, slots=True)
class TypedField:
    """One field as its page names it, and what was typed or chosen there."""

    label: str
    said: str


def fields_in_words(fields: Iterable[tuple[str, str]]) -> list[TypedField]:
    """What somebody typed or chose, in the order of the form, without empty fields."""
    return [
        TypedField(_label(name), _value(name, said))
        for name, said in fields
        if said.strip() and name not in UNSEEN and not is_id(said)
    ]


def deed_in_words(pressed: Pressed) -> str:
    """What the press would do, as far as its address says it; '' if it does not."""
    adapter = current_app.url_map.bind("localhost")
    try:
        endpoint, told = adapter.match(pressed.to.partition("?")[0], method="POST")
    except HTTPException:
        return ""
    action = str(told.get("action", ""))
    if action and any(one.name == action for one in CASE.actions):
        return action_words(CASE, action)
    return dict(_deeds()).get(endpoint, "")


def _deeds() -> Iterable[tuple[str, str]]:
    yield "desk.conclude", _("保存认定结果")
    yield "entering.enter", _("登记已录入学信网")
    yield "entering.number", _("显示一个完整号码")
    yield "batch.decide", _("同类成批办理")
    yield "checks.answer", _("答复学院核对")
    yield "checks.note", action_words(CASE, "note")
    yield "signing.sign", _("签认名单")
    yield "signing.take_back", _("收回签认")
    yield "chasing.confirm_for", _("代学生确认")
    yield "chasing.show_phone", _("显示完整的电话")
    yield "registrar.open_", _("开始自查")
    yield "running.extend", _("延长自查")
    yield "running.close", _("结束自查")
    yield "running.set_apart", _("调整自查范围")
    yield "rosters.take", _("导入名册")
    yield "contacts.take", _("导入电话和宿舍")
    yield "exports.take", _("导入平台情况")
    yield "own_data.download", _("下载我的数据")
    yield "outgoing.make_job", _("提出导出任务")
    yield "claims.take_out", _("提出导出清单")
    yield "outgoing.approve_job", _("批准导出任务")
    yield "outgoing.download", _("下载导出文件")
    yield "admin.add", _("添加工作人员")
    yield "admin.give", _("授予身份")
    yield "admin.end", _("收回身份")
    yield "admin.change", _("更改工作人员的姓名、工号或地址")
    yield "admin.close_account", _("停用账号")
    yield "admin.code", _("发送第一次登录的登录码")
    yield "admin.sign_out", _("结束一位工作人员的所有登录")
    yield "admin.student_out", _("结束一名学生的所有登录")
    yield "staffing.propose", _("提出工作人员名单")
    yield "staffing.confirm", _("确认整份提议")
    yield "standing_in.record", _("登记请假委托")
    yield "standing_in.end", _("提前结束请假委托")
    yield "standing_in.undeclare", _("结束利害关系的申报")
    yield "address.offer", _("更改自己的邮箱")
    yield "address.remove", _("删除自己的邮箱")
    yield "student.hand_over", _("提交更正申请")
    yield "proxy.hand_over", _("代学生提交更正申请")
    yield "proxy.confirm", _("代学生确认")
    yield "codes.college.make_run", _("为学生准备登录码")
    yield "codes.registrar.make_run", _("为学生准备登录码")
    yield "codes.college.give", _("在柜台给一名学生登录码")
    yield "codes.registrar.give", _("在柜台给一名学生登录码")
    yield "bulletins.publish", _("发布通报")
    yield "profile.save", _("修改学校资料")
    yield "profile.crest", _("换上或去掉校徽")
    yield "archive.ask", _("提出归档")
    yield "cards.show_number", _("显示一个完整号码")
    yield "cards.hand_over", _("提出移交")
    yield "batches.freeze", _("定稿一个报送批次")
    yield "batches.agree", _("同意一个报送批次")
    yield "batches.agree_out", _("同意从报送批次移出事项")
    yield "batch_answers.take", _("导入报送批次的答复")
    yield "batch_answers.answer_one", _("登记报送批次中一项的答复")
    for file in ("register_xlsx", "register_as_dbf", "folders", "platform_dbf"):
        yield f"batch_files.{file}", _("下载报送批次的文件")
    yield "batch_files.whole_letter", _("打开报送批次的公文全文")
    yield "sources.take", _("导入两个系统的对照")
    yield "differences.export", _("提出导出任务")
    yield "cards.print_class", _("提出打印学籍卡")
    yield "differences.number", _("显示一个完整号码")
    yield "permissions.give", _("给一名学生延长时间、重新开放核对或冻结")
    yield "permissions.take_back", _("提前收回给一名学生的处理")
    yield "rulebook.touched_list_file", _("下载名单")
    yield "rules.supposed_list_file", _("下载名单")
    yield "rules.compared_list_file", _("下载名单")
    for page in ("desk", "audit"):
        yield f"{page}.open_paper", _("打开一份材料")
    for page in ("desk", "checks", "proxy", "audit"):
        yield f"{page}.show_number", _("显示一个完整号码")
    yield "audit.open_values", _("查看历史中的内容")


def _label(name: str) -> str:
    labels = {
        "words": _("理由或说明"), "outcome": _("认定结果"), "refusal": _("不更正的理由"),
        "seen_on": _("学信网更正完成日期"), "value": _("内容"), "cause": _("原因"),
        "event_date": _("变更日期"),
        "kind": _("材料"), "paper": _("要补的材料"), "paper_words": _("对材料的要求"),
        "explanation": _("请说明的事"), "number": _("编号"), "sent_on": _("发出日期"),
        "received_on": _("收到日期"), "due": _("期限"), "until": _("到哪一天"), "name": _("姓名"),
        "role": _("身份"), "college": _("学院"), "said": _("学号或考生号"), "first": _("第一天"),
        "last": _("最后一天"), "reason": _("原因"), "how": _("方式"), "result": _("结果"), "on": _("日期"),
        "code": _("理由"), "as_of": _("数据日期"), "text": _("规则文本"), "at": _("日期"),
        "purpose": _("用途"), "what": _("内容"), "campaign": _("自查活动"), "why": _("查看的理由"),
        "ticked": _("已核对"), "format": _("文件格式"),
    }  # fmt: skip
    if name.startswith(OF_A_VALUE):
        return str(_("关于一项内容"))
    if name in PARTS:
        return str(profile_words(name))
    return str(labels.get(name, _("其他内容")))


def _value(name: str, said: str) -> str:
    words: dict[str, Callable[[str], str]] = {
        "outcome": outcome_words, "refusal": refusal_words, "cause": cause_words, "kind": kind_words,
        "paper": kind_words, "role": role_words, "reason": silence_words, "how": way_words,
        "result": result_words, "code": exclusion_words, "purpose": purpose_words, "what": content_words,
        "why": _look_reason, "ticked": _ticked,
    }  # fmt: skip
    if name in words:
        return words[name](said)
    try:
        return day(date.fromisoformat(said)) if len(said) == 10 else said
    except ValueError:
        return said


def _ticked(id: str) -> str:
    items = {one.id: (one.says, one.says_en) for one in place().school.policy.checklist}
    return pick(*items[id]) if id in items else id


def _look_reason(code: str) -> str:
    return dict(look_reasons()).get(code, code)
