"""What leaves an installation and how: letters by channels, and files of export jobs from their folder."""

from __future__ import annotations

from workflow.notices.channels import Channel
from workflow.notices.smtp import Mail
from workflow.notices.wecom import Messages
from workflow.outgoing.jobs.files import OutgoingFiles
from workflow.outgoing.jobs.making import ExportDesk
from workflow.upkeep.installation import Installation
from workflow.verdict import Reason

PRACTICE = Reason(
    "practice_sends_nothing",
    "这是练习环境，什么都不会发出，登录码也不会。",
    remedy="通知只在学生自己的页面上。",
    rule="sending",
)
NO_CHANNEL = Reason(
    "no_channel",
    "没有配置任何渠道，什么都不会发出，登录码也发不出去。",
    remedy="请按 docs/notices.md 配置邮件或企业微信；在此之前，通知只在学生自己的页面上，登录用密码。",
    rule="sending",
)
NO_ADDRESS = Reason(
    "no_own_address",
    "没有设定网址，通知里没有登录的链接，所以什么都不会发出，登录码也发不出去。",
    remedy="请设定 KANWU_ADDRESS。",
    rule="sending",
)
WHY_NOT = {
    "no_channel": ("没有配置通知的渠道", "no channel for notices"),
    "no_own_address": ("没有设定网址", "no address of the pages"),
    "practice_sends_nothing": ("练习环境不发通知", "a practice installation sends nothing"),
}
"""The same in a few words, by code."""


def why_nothing_leaves(installation: Installation) -> tuple[Reason, ...]:
    """Every reason why no notice is sent. Empty if notices are sent."""
    settings = installation.settings
    if installation.practice:
        return (PRACTICE,)
    bars = (
        (NO_CHANNEL, not (settings.smtp or settings.wecom)),
        (NO_ADDRESS, not settings.address),
    )
    return tuple(reason for reason, holds in bars if holds)


def channels_of(installation: Installation) -> tuple[Channel, ...]:
    """The channels that send notices, in the order in which they are tried. Empty if nothing is sent."""
    settings = installation.settings
    if why_nothing_leaves(installation):
        return ()
    wecom: tuple[Channel, ...] = (Messages(settings.wecom),) if settings.wecom else ()
    mail: tuple[Channel, ...] = (Mail(settings.smtp, installation.school.title),) if settings.smtp else ()
    return (*wecom, *mail)


def channel_names(installation: Installation) -> tuple[str, ...]:
    """The names of these channels, for whoever chooses addresses."""
    return tuple(one.name for one in channels_of(installation))


def outgoing_files(installation: Installation) -> OutgoingFiles:
    """The sealed files of export jobs."""
    return OutgoingFiles(installation.settings.home / "outgoing", installation.cipher, installation.entropy)


def export_desk(installation: Installation) -> ExportDesk:
    """What approving an export job needs."""
    files = outgoing_files(installation)
    cipher, evidence = installation.cipher, installation.evidence
    return ExportDesk(cipher, evidence, files, installation.entropy, installation.clock, installation.rules)
