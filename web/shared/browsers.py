"""Kinds of browsers in words, for a person's list of their own sign-ins. Nothing that identifies one."""

from __future__ import annotations

from flask_babel import gettext as _

BROWSERS = (
    ("wxwork", "WeCom"),
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("MiuiBrowser", "Mi Browser"),
    ("QQBrowser", "QQ Browser"),
    ("UCBrowser", "UC Browser"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
"""A mark in the user agent, and the browser. The first that is found counts: many claim to be others too."""
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
BETWEEN = " · "


def kind_of_browser(user_agent: str) -> str:
    """The browser and the system it runs on, without versions. '' for one that says neither."""
    said = user_agent[:512]
    found = (next((name for mark, name in kinds if mark in said), "") for kinds in (BROWSERS, SYSTEMS))
    return BETWEEN.join(filter(None, found))


def browser_words(kind: str) -> str:
    """A kind of browser as the page says it."""
    chinese = {
        "WeCom": _("企业微信"),
        "WeChat": _("微信"),
        "DingTalk": _("钉钉"),
        "Huawei Browser": _("华为浏览器"),
        "Mi Browser": _("小米浏览器"),
        "QQ Browser": _("QQ 浏览器"),
        "UC Browser": _("UC 浏览器"),
    }
    return BETWEEN.join(chinese.get(one, one) for one in kind.split(BETWEEN)) or _("别的浏览器")
