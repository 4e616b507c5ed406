"""The access log in words: what somebody looked at or did, and by whose way they got in."""

from __future__ import annotations

from flask_babel import gettext as _

from web.shared.labels import role_words
from web.shared.words import in_list
from workflow.people.access import BorrowedWay
from workflow.people.accounts import OPERATOR


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
    known: dict[str, str] = {
        "case": _("审核页"),
        "paper": _("证明材料"),
        "photo": _("照片"),
        "timeline": _("流转记录"),
        "values": _("存值"),
        "looks": _("查看日志"),
        "counter": _("柜台办理登录码的页面"),
        "search": _("按号码查找"),
        "link": _("给出登录链接"),
        "list": _("未核对名单"),
        "list.csv": _("下载未核对名单"),
        "explain": _("对一名学生解释规则"),
        "what_if": _("规则试算的名单"),
        "what_if.csv": _("下载规则试算的名单"),
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
        "contacts": _("导入电话和宿舍"),
        "export": _("下载导出文件"),
        "export_made": _("提出导出任务"),
        "export_approved": _("批准导出任务"),
        "export_declined": _("退回导出任务"),
        "export_taken_back": _("撤回导出任务"),
        "relation": _("申报利害关系"),
        "relation_ended": _("撤回申报"),
        "page": _("别的身份的页面"),
        "try": _("与己无关的内容"),
    }
    return known.get(kind, kind), more


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
        "code:message": _("发出登录码"),
    }
    return known.get(f"{kind}:{head}", f"{kind}:{more}")
