"""A real SMTP server for tests, in its own thread. It can refuse, disconnect, or require a login."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from config.settings import Smtp

SENDER = "kanwu@school.example"
USER, PASSWORD = "kanwu", "a gate & a door 77"

Answer = Callable[[str], str | None]


class Mailbox:
    """``letters`` holds the accepted mail. ``rcpt`` and ``data`` replace the reply of acceptance.

    ``after`` is called after a letter is accepted and before the client is told.
    """

    def __init__(self, trust: ssl.SSLContext | None = None, *, login: bool = False) -> None:
        self.letters: list[tuple[str, EmailMessage]] = []
        self.raw: list[bytes] = []
        self.rcpt: Answer = lambda to: None
        self.data: Answer = lambda to: None
        self.after: Callable[[], object] = lambda: None
        self.logins: list[bool] = []
        self._trust, self._login = trust, login
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=_free_port(),
            tls_context=trust,
            require_starttls=trust is not None,
            auth_required=login,
            authenticator=self._authenticate if login else None,
        )

    def __enter__(self) -> Mailbox:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def addresses(self) -> list[str]:
        """The recipients of accepted letters, in order."""
        return [to for to, _ in self.letters]

    @property
    def ids(self) -> list[str]:
        """The Message-ID of every accepted letter."""
        return [letter["Message-ID"] for _, letter in self.letters]

    def expect(self) -> threading.Event:
        """An event that is set when the next letter is accepted."""
        arrived = threading.Event()
        self.after = arrived.set
        return arrived

    def settings(self, ca: Path | None = None, **more: Any) -> Smtp:
        """The settings to reach it."""
        its = {
            "host": "127.0.0.1" if self._trust is None else "localhost",
            "port": self._controller.port,
            "security": "none" if self._trust is None else "starttls",
            "sender": SENDER,
            "user": USER if self._login else "",
            "password": PASSWORD if self._login else "",
            "ca": str(ca or ""),
        }
        return Smtp(**(its | more))

    def _authenticate(self, server: Any, session: Any, envelope: Any, how: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and given.password == PASSWORD.encode()
        self.logins.append(right)
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, to: str, options: Any) -> str:
        if (no := self.rcpt(to)) is not None:
            return no
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (to,) = envelope.rcpt_tos
        no = self.data(to)
        if no == "hang up":
            server.transport.abort()
            return "421 gone"
        if no == "accept and hang up":
            self._keep(to, envelope.content)
            server.transport.abort()
            return "421 gone"
        if no is not None:
            return no
        self._keep(to, envelope.content)
        self.after()
        return "250 Message accepted for delivery"

    def _keep(self, to: str, content: bytes) -> None:
        self.raw.append(content)
        letter = message_from_bytes(content, policy=policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append((to, letter))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
