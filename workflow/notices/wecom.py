"""WeCom: messages of the school's own application, up to a thousand people a call.

Uses only the published interface: ``gettoken``, ``message/send``, ``errcode``. The school sets the base
address, because private installations have their own.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

from config.settings import Wecom
from workflow.notices.channels import ChannelDown, SendingFault, SendingOutcome
from workflow.notices.texts import Letter

PATIENCE = 15
LARGEST_ANSWER = 64 * 1024
TOKEN_SPENT = frozenset({40014, 42001, 41001})
NOT_AUTHORISED = frozenset({40001, 40013, 40056, 48002, 60011, 60020, 301002})
TOO_OFTEN = frozenset({45009, 45033})
NOBODY = 81013
"""None of the named users exists or may see the application."""
DUPLICATES_WITHIN = 4 * 3600
"""WeCom drops a repeated message for this many seconds, the longest time it allows."""


class Messages:
    """The channel of WeCom's application messages."""

    name = "wecom"
    at_once = 1000
    alike = True

    def __init__(self, settings: Wecom) -> None:
        self._settings = settings
        self._token = ""

    def send(self, letters: Sequence[Letter]) -> Iterator[SendingOutcome]:
        """Send one call with the same text to all. Users unknown to WeCom get their own outcome."""
        said = self._sent(letters)
        code = said["errcode"]
        if code == NOBODY:
            yield SendingOutcome(tuple(letters), fault=_nobody(code))
            return
        if code:
            yield SendingOutcome(tuple(letters), fault=SendingFault("message_refused", code, final=True))
            return
        unknown = set(str(said.get("invaliduser") or "").lower().split("|"))
        gone = tuple(letter for letter in letters if letter.to.lower() in unknown)
        there = tuple(letter for letter in letters if letter.to.lower() not in unknown)
        if there:
            yield SendingOutcome(there, str(said.get("msgid") or ""))
        if gone:
            yield SendingOutcome(gone, fault=_nobody(None))

    def body(self, letters: Sequence[Letter]) -> dict[str, Any]:
        """The body of ``message/send``: the same at every attempt, so that WeCom recognises a repetition.

        The text includes the time of the event, so two events of one kind are not one message. Its address
        is that of the first notice: it leads each of them to their own notice of the same event.
        """
        first = letters[0]
        words = [f"{first.at:%Y-%m-%d %H:%M:%S}", *first.lines, first.title_en, *first.lines_en]
        return {
            "touser": "|".join(letter.to for letter in letters),
            "msgtype": "textcard",
            "agentid": self._settings.agent,
            "textcard": {
                "title": first.title,
                "description": _cut("\n".join(words), 512),
                "url": first.link,
                "btntxt": "登录",
            },
            "enable_duplicate_check": 1,
            "duplicate_check_interval": DUPLICATES_WITHIN,
        }

    def _sent(self, letters: Sequence[Letter]) -> Mapping[str, Any]:
        """The answer to the call. An expired token is renewed once."""
        body = json.dumps(self.body(letters), ensure_ascii=False).encode()
        for renewed in (False, True):
            if renewed or not self._token:
                self._token = self._new_token()
            said = self._ask("POST", "message/send", {"access_token": self._token}, body)
            if said["errcode"] not in TOKEN_SPENT:
                break
            self._token = ""
        _stop_if_down(said["errcode"], TOKEN_SPENT | NOT_AUTHORISED)
        return said

    def _new_token(self) -> str:
        its = self._settings
        said = self._ask("GET", "gettoken", {"corpid": its.corp, "corpsecret": its.secret})
        code = said["errcode"]
        _stop_if_down(code, NOT_AUTHORISED)
        token = said.get("access_token")
        if code or not isinstance(token, str) or not token:
            raise ChannelDown(SendingFault("not_authorised", code, "channel"))
        return token

    def _ask(self, method: str, path: str, query: Mapping[str, str], body: bytes = b"") -> Mapping[str, Any]:
        """One call. Its address holds a secret, as WeCom requires: never log it or put it in a fault."""
        base = urlsplit(self._settings.base)
        where = f"{base.path.rstrip('/')}/cgi-bin/{path}?{urlencode(query)}"
        line = self._line(base.scheme, base.hostname or "", base.port)
        try:
            line.request(method, where, body or None, {"Content-Type": "application/json; charset=utf-8"})
            answer = line.getresponse()
            data = answer.read(LARGEST_ANSWER)
        except ssl.SSLError:
            raise ChannelDown(SendingFault("insecure", reach="channel")) from None
        except ConnectionRefusedError:
            raise ChannelDown(SendingFault("unreachable", reach="channel")) from None
        except (OSError, http.client.HTTPException):
            raise ChannelDown(SendingFault("no_answer", reach="channel")) from None
        finally:
            line.close()
        if answer.status != 200:
            raise ChannelDown(SendingFault("try_later", answer.status, "channel"))
        return _understood(data)

    @staticmethod
    def _line(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            trust = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=trust)
        return http.client.HTTPConnection(host, port, timeout=PATIENCE)


def _understood(data: bytes) -> Mapping[str, Any]:
    """Parse the answer as documented: an object with an integer ``errcode``."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or type(said.get("errcode")) is not int:
        raise ChannelDown(SendingFault("unexpected", reach="channel"))
    return said


def _stop_if_down(code: int, not_authorised: frozenset[int]) -> None:
    """Raise ChannelDown if the code means that nothing can be sent for now, to any user."""
    if code in TOO_OFTEN:
        raise ChannelDown(SendingFault("too_often", code, "channel"))
    if code == -1:
        raise ChannelDown(SendingFault("try_later", code, "channel"))
    if code in not_authorised:
        raise ChannelDown(SendingFault("not_authorised", code, "channel"))


def _nobody(answer: int | None) -> SendingFault:
    return SendingFault("address_refused", answer, "address", final=True)


def _cut(text: str, most: int) -> str:
    """Cut text to a number of UTF-8 bytes, in whole characters."""
    kept = text.encode()[:most].decode(errors="ignore")
    return kept if kept == text else kept.encode()[: most - 3].decode(errors="ignore") + "…"
