"""What is told about sign-in: the events, their words in both languages, and how each of them travels."""

from __future__ import annotations

ADDRESS_CHANGED = "address_changed"
"""Told at the address that was there before, which the row keeps sealed."""
CODE_ADDRESS = "code_address"
"""Carries a code to the address that the person offers, which the row keeps sealed until it is proved."""

CODES = frozenset({"code_return", "code_message", CODE_ADDRESS})
"""Letters that carry a one-time code. The notice's subject is the code's row, the code is in no table."""

AT_ONCE = CODES | {"code_given", "password_set"}
"""Sent before everything else that waits."""

AT_ANY_TIME = (AT_ONCE | {"test"}) - {"code_message"}
"""Sent during the quiet hours too: somebody waits for it, or must know it now."""

BESIDE = frozenset({ADDRESS_CHANGED, CODE_ADDRESS})
"""Sent to an address that lies beside the row's present one: a refusal says nothing about the present one."""

TO_ONE_ADDRESS = CODES | {ADDRESS_CHANGED}
"""Meant for the address that they were owed to. If it refuses them, they go nowhere else."""

WORDS: dict[str, tuple[str, str]] = {
    "code_return": ("您的登录码", "Your sign-in code"),
    "code_message": ("第一次登录用的登录码", "The code for your first sign-in"),
    CODE_ADDRESS: ("请核实您的新地址", "Please prove your new address"),
    "code_given": ("经办人给出了新的登录码", "An officer gave out a new sign-in code for you"),
    "password_set": ("您的密码已设定", "Your password was set"),
    ADDRESS_CHANGED: ("您账号的地址已更改", "An address of your account was changed"),
    "address_added": ("您的账号增加了一个地址", "An address was added to your account"),
    "role_given": ("您有了一个新的身份", "You were given a role"),
    "role_ended": ("您的一个身份已收回", "One of your roles was taken back"),
    "role_renewed": ("您的一个身份改了到期日", "One of your roles has another last day"),
    "role_over": ("您的一个身份已到期", "One of your roles is over"),
    "account_closed": ("您的账号已停用", "Your account was closed"),
    "link_made": ("有人为您生成了登录链接", "A sign-in link was made for you"),
}
"""The events of sign-in, in Chinese and English."""

BODIES: dict[str, tuple[str, str]] = {
    "code_return": (
        "只能用一次。如果不是您本人索取的，不必理会。任何人都不会向您要这个登录码，请不要告诉别人。",
        "It works once. If you did not ask for it, ignore it. Nobody will ever ask you for it: tell it to "
        "nobody.",
    ),
    "code_message": (
        "请打开下面的网址，选“第一次登录”，输入您自己的号码（学号、考生号或工号）和这个登录码，再设定密码或者绑定邮箱。"
        "只能用一次。任何人都不会向您要这个登录码，请不要告诉别人。",
        "Open the address below, choose “First sign-in”, type your own number (student, candidate or staff "
        "number) and this code, then set a password or bind an address. It works once. Nobody will ever ask "
        "you for it: tell it to nobody.",
    ),
    CODE_ADDRESS: (
        "请在填写地址的页面上输入这个代码，证明这个地址是您的。如果不是您本人填写的，不必理会。",
        "Type this code on the page where you gave the address, to prove that it is yours. If you gave no "
        "address, ignore it.",
    ),
    "code_given": (
        "经办人在柜台为您给出了新的登录码，您在各处的登录已经结束。如果您没有去过柜台，请马上联系学籍管理部门。",
        "At the counter an officer gave out a new sign-in code for you, and you were signed out everywhere. "
        "If you were not there, tell the office for student records at once.",
    ),
    "password_set": (
        "您的账号设定了新的密码，别处的登录已经结束。如果不是您本人设定的，请马上联系学籍管理部门。",
        "A new password was set for your account, and you were signed out everywhere else. If it was not "
        "you, tell the office for student records at once.",
    ),
    ADDRESS_CHANGED: (
        "通知和登录码以后不再发到这里。账号已经开通的，新的地址 72 小时后才能用来登录。如果不是您本人或学校"
        "更改的，请马上登录查看，或联系学籍管理部门。",
        "Notices and sign-in codes do not come here any more. A new address of an account in use opens "
        "nothing for 72 hours. If neither you nor the school changed it, sign in and look at once, or tell "
        "the office for student records.",
    ),
    "address_added": (
        "新的地址 72 小时后才能用来登录。如果不是您本人或学校增加的，请马上登录查看，或联系学籍管理部门。",
        "The new address opens nothing for 72 hours. If neither you nor the school added it, sign in and "
        "look at once, or tell the office for student records.",
    ),
    "role_given": (
        "系统管理员为您的账号增加了一个身份。登录可以看到。如果与您的工作不符，请告诉系统管理员。",
        "The administrators gave your account a role. Sign in to see it. If it is not part of your work, "
        "tell them.",
    ),
    "role_ended": (
        "系统管理员收回了您账号的一个身份，用这个身份的登录已经结束。有疑问请联系系统管理员。",
        "The administrators took back one of your account's roles, and sign-ins in that role have ended. If "
        "you have a question, ask them.",
    ),
    "role_renewed": (
        "系统管理员更改了您一个身份的到期日。登录可以看到。如果与您的工作不符，请告诉系统管理员。",
        "The administrators changed the last day of one of your roles. Sign in to see it. If it is not "
        "right, tell them.",
    ),
    "role_over": (
        "您的一个身份到了授予时写明的最后一天，用这个身份的登录已经结束。仍然需要的，请联系系统管理员。",
        "One of your roles has passed the last day that was set for it, and sign-ins in that role have "
        "ended. If you still need it, ask the administrators.",
    ),
    "account_closed": (
        "您的账号已停用，现在不能再登录。有疑问请联系系统管理员。",
        "Your account was closed and nobody can sign in with it now. If you have a question, ask the "
        "administrators.",
    ),
    "link_made": (
        "服务器的管理人员为您的账号生成了一次性登录链接。如果您没有要求过，请马上联系系统管理员。",
        "Whoever runs the server made a one-time sign-in link for your account. If you did not ask for it, "
        "tell the administrators at once.",
    ),
}
"""What it means and what to do now."""
