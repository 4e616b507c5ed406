"""The access log in words: what somebody looked at or did, and by whose way they got in."""

from __future__ import annotations

from flask_babel import gettext as _

from web.shared.labels import batch_file_words, field_words, profile_words, role_words
from web.shared.words import in_list, pick
from workflow.outgoing.files.tables import LETTER
from workflow.people.accounts import OPERATOR
from workflow.people.looking import BorrowedWay
from workflow.people.reasons import REASONS
from workflow.records.student_contacts import KINDS as CONTACTS


def borrowed_words(way: BorrowedWay) -> str:
    """How a person got in by what somebody else made, in words: the way, and who made it in which role."""
    if way.maker == OPERATOR:
        who = str(_("操作员（服务器命令行）"))
    else:
        roles = in_list([role_words(role) for role in way.roles])
        who = _("%(name)s（%(role)s）", name=way.name or way.maker[:12], role=roles) if roles else way.name
    said = {
        "counter": _("登录所用的登录码由 %(who)s 在柜台给出", who=who),
        "strip": _("登录所用的登录码由 %(who)s 打印", who=who),
        "link": _("登录所用的链接由 %(who)s 给出", who=who),
    }
    return str(said.get(way.way) or _("登录的方式由 %(who)s 给出", who=who))


def look_words(what: str) -> tuple[str, str]:
    """The target of an access-log line in words, and what it adds. Unknown targets are shown unchanged."""
    kind, _colon, more = what.partition(":")
    if kind in ("codes", "code", "way"):
        return _code_look(kind, more), ""
    if kind == "try" and more.startswith("codes"):
        return str(_("别处的登录码")), ""
    if kind == "search" and more:
        return _search_look(more), ""
    if kind == "reveal":
        named = pick(*CONTACTS[more]) if more in CONTACTS else field_words(more)
        return str(_("完整号码：%(field)s", field=named)), ""
    if kind == "batch":
        return _batch_look(more)
    if kind == "profile":
        return str(_("修改学校资料：%(part)s", part=profile_words(more))), ""
    known: dict[str, str] = {
        "case": _("审核页"),
        "queue": _("待办队列"),
        "claims": _("更正事项清单"),
        "checks": _("学院办理的环节"),
        "student": _("学生的核对情况"),
        "proxy": _("代为提出的页面"),
        "cohort": _("核对范围的名单"),
        "graduating": _("毕业班次"),
        "sheet": _("打印核对单"),
        "sources": _("平台与教务系统的对照"),
        "sources.xlsx": _("下载平台与教务系统的差异"),
        "sources:press": _("办理平台与教务系统的差异"),
        "platform.xlsx": _("下载平台对照表"),
        "notices": _("通知记录"),
        "paper": _("证明材料"),
        "letter": _("公文"),
        "letters": _("公文登记簿"),
        "forms": _("盖章交回的表"),
        "forms.xlsx": _("下载盖章交回的表"),
        "form_return": _("登记交回的表"),
        "photo": _("照片"),
        "timeline": _("流转记录"),
        "values": _("原始内容"),
        "looks": _("查看日志"),
        "counter": _("柜台办理登录码的页面"),
        "permission": _("个别处理的页面"),
        "card": _("学籍卡"),
        "handed_over": _("移交转学材料"),
        "search": _("按号码查找"),
        "link": _("生成登录链接"),
        "list": _("未核对名单"),
        "list.csv": _("下载未核对名单"),
        "list.xlsx": _("下载未核对名单"),
        "class": _("班级页面"),
        "remind": _("提醒未核对的学生"),
        "note": _("登记未核对原因"),
        "sign": _("学院签认的名单"),
        "unchecked": _("截止后仍未核对名单"),
        "unchecked.csv": _("下载截止后仍未核对名单"),
        "platform": _("平台上看过、这里没有确认的名单"),
        "explain": _("学生个案解释"),
        "what_if": _("规则试算的名单"),
        "what_if.csv": _("下载规则试算的名单"),
        "rules_touched": _("一条规则涉及的名单"),
        "rules_touched.csv": _("下载一条规则涉及的名单"),
        "policy_diff": _("规则比较的名单"),
        "policy_diff.csv": _("下载规则比较的名单"),
        "signed_out": _("结束登录"),
        "stand_in": _("登记代办"),
        "stand_in_ended": _("提前结束代办"),
        "grant": _("授予身份"),
        "grant_end": _("收回身份"),
        "closed": _("停用账号"),
        "reopened": _("恢复账号"),
        "staff_number": _("给工号"),
        "staff_name": _("改姓名"),
        "staff_address": _("改地址"),
        "staff_proposed": _("提出人员变动"),
        "staff_confirmed": _("确认人员变动"),
        "staff_declined": _("退回人员变动"),
        "help": _("咨询事项"),
        "contacts": _("导入电话和宿舍"),
        "export": _("下载导出文件"),
        "export_made": _("提出导出任务"),
        "export_approved": _("批准导出任务"),
        "export_declined": _("退回导出任务"),
        "export_taken_back": _("撤回导出任务"),
        "relation": _("申报利害关系"),
        "relation_ended": _("撤回申报"),
        "page": _("别的身份的页面"),
        "proof": _("证明是本人，没有通过"),
        "ended": _("登录已结束，没有办理"),
        "own_password": _("更改自己的密码"),
        "own_data": _("下载自己的数据"),
        "end_own_sign_in": _("结束自己的一次登录"),
        "end_own_sign_ins": _("结束自己别处的登录"),
        "address": _("给出自己的地址"),
        "address_proved": _("核实自己的地址"),
        "address_removed": _("删除自己的地址"),
        "try": _("与己无关的内容"),
    }
    return known.get(kind, kind), more


def _batch_look(more: str) -> tuple[str, str]:
    """A file of a batch that was taken, and the range of its rows."""
    what, _colon, rows = more.partition(":")
    named = str(_("报送函")) if what == LETTER else batch_file_words(what)
    return str(_("下载批次的文件：%(file)s", file=named)), str(_("第 %(rows)s 项", rows=rows))


def why_words(why: str) -> str:
    """The reason that was chosen for a look, in words. '' where none was needed."""
    return pick(*REASONS[why]) if why in REASONS else why


def _search_look(where: str) -> str:
    """Where somebody looked for a number."""
    known: dict[str, str] = {
        "audit": _("查找：流转记录"),
        "cohort": _("查找：核对范围"),
        "command": _("查找：服务器命令行"),
        "counter": _("查找：柜台"),
        "letters": _("查找：公文登记簿"),
        "permission": _("查找：个别处理"),
        "desk": _("查找：审核台"),
        "explain": _("查找：学生个案解释"),
        "relation": _("查找：申报利害关系"),
        "sign_out": _("查找：结束学生的登录"),
        "staff": _("查找：人员"),
        "what_if": _("查找：规则试算"),
        "who": _("查找：谁查过"),
    }
    return known.get(where, str(_("查找")))


def _code_look(kind: str, more: str) -> str:
    """A line about sign-in codes, or beside an entry of a session that somebody else's code began."""
    head, _colon, number = more.partition(":")
    if kind == "way":
        ways = {
            "counter": _("用柜台给出的登录码登录"),
            "strip": _("用打印的登录码登录"),
            "link": _("用链接登录"),
        }
        done = _("办理了第 %(number)s 条记录", number=number) if number != "0" else _("办理了一批")
        return f"{ways.get(head, head)} · {done}"
    known: dict[str, str] = {
        "codes:run": _("生成登录码"),
        "codes:strips": _("打印登录码"),
        "codes:list": _("登录码名单"),
        "codes:list.xlsx": _("下载登录码名单"),
        "code:counter": _("在柜台给出登录码"),
        "code:shown": _("看到柜台的登录码"),
        "code:used": _("用登录码登录"),
        "code:message": _("发出登录码"),
    }
    return known.get(f"{kind}:{head}", f"{kind}:{more}")
