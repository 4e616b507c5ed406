"""Delivery channels: the interface, and how a channel reports a failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from workflow.notices.texts import Letter

FAULTS: dict[str, tuple[str, str]] = {
    "unreachable": ("连不上服务器", "the server cannot be reached"),
    "insecure": ("服务器的加密连接不可信", "the server's encryption cannot be trusted"),
    "not_authorised": ("服务器不接受我们的账号或密钥", "the server does not accept our account or key"),
    "too_often": ("服务器要求放慢", "the server asks us to slow down"),
    "try_later": ("服务器要求稍后再试", "the server asks to try later"),
    "no_answer": ("发到一半没有回音", "the server fell silent half-way"),
    "address_refused": ("没有这个收件人", "there is nobody of that address"),
    "message_refused": ("服务器不接受这条消息", "the server does not accept the message"),
    "unexpected": ("没有预料到的情况", "something unexpected"),
}
"""Why a message was not delivered, in Chinese and English. A code reveals nothing about the person."""

NEEDLESS: dict[str, tuple[str, str]] = {
    "taken_back": ("已撤回", "taken back"),
    "too_late": ("已过期限", "past its date"),
    "answered": ("已经核对", "checked meanwhile"),
    "no_channel": ("没有配置这条渠道", "this channel is not set up"),
}
"""Reasons why a message was cancelled."""

Reach = Literal["message", "address", "channel"]


@dataclass(frozen=True, slots=True)
class SendingFault:
    """A failed delivery. ``answer`` is the number that the server returned.

    ``reach``: the fault concerns this message, every message to this address, or the whole channel for now.
    ``final``: a retry would not help.
    """

    code: str
    answer: int | None = None
    reach: Reach = "message"
    final: bool = False


class ChannelDown(Exception):
    """The channel is down for now. Messages without an answer are sent later."""

    def __init__(self, fault: SendingFault) -> None:
        self.fault = fault
        super().__init__(fault.code)


@dataclass(frozen=True, slots=True)
class SendingOutcome:
    """The outcome of some letters: accepted under a reference, or failed with a fault."""

    letters: tuple[Letter, ...]
    reference: str = ""
    fault: SendingFault | None = None


class Channel(Protocol):
    """A delivery channel. ``send`` yields each outcome once known. Raises ChannelDown if it must stop.

    ``at_once`` is the maximum batch size. ``alike``: a batch's letters may differ only in their address.
    """

    name: str
    at_once: int
    alike: bool

    def send(self, letters: Sequence[Letter]) -> Iterator[SendingOutcome]: ...
