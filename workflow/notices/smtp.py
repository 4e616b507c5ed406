"""E-mail by SMTP with TLS through the school's own server: one connection for each batch of letters."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from config.settings import Smtp
from workflow.notices.channels import ChannelDown, SendingFault, SendingOutcome
from workflow.notices.texts import Letter

PATIENCE = 20
"""Timeout in seconds for one answer of the server."""


class Mail:
    """The e-mail channel."""

    name = "email"
    at_once = 20
    alike = False

    def __init__(self, settings: Smtp, school: str) -> None:
        self._settings, self._school = settings, school
        self._domain = settings.sender.rpartition("@")[2]
        self._trust: ssl.SSLContext | None = None

    def send(self, letters: Sequence[Letter]) -> Iterator[SendingOutcome]:
        """Send the letters one after the other. A refused letter does not stop the next."""
        with self._connected() as server:
            for letter in letters:
                try:
                    yield self._hand_over(server, letter)
                except OSError as fault:
                    raise ChannelDown(SendingFault("no_answer", reach="channel")) from fault

    def message(self, letter: Letter) -> EmailMessage:
        """The letter as an e-mail: the same bytes at every attempt."""
        mail = EmailMessage()
        mail["From"] = Address(self._school, addr_spec=self._settings.sender)
        mail["To"] = letter.to
        mail["Subject"] = f"{letter.title} · {letter.title_en}"
        mail["Date"] = format_datetime(letter.at)
        mail["Message-ID"] = self.reference(letter)
        mail["Auto-Submitted"] = "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        head = letter.head
        zh = [*letter.lines, "", "登录：", letter.link, "", head.school]
        en = [*letter.lines_en, "", "Sign in:", letter.link, "", head.school_en]
        mail.set_content("\n".join([*zh, "", "--------", "", *en, ""]), cte="base64")
        return mail

    def reference(self, letter: Letter) -> str:
        """The Message-ID, derived from the notice: a repeated letter has the same id."""
        return f"<{letter.id}@{self._domain}>"

    def _hand_over(self, server: smtplib.SMTP, letter: Letter) -> SendingOutcome:
        try:
            server.send_message(self.message(letter), self._settings.sender, [letter.to])
        except smtplib.SMTPRecipientsRefused as fault:
            ((code, _),) = fault.recipients.values()
            return SendingOutcome((letter,), fault=_refused("address_refused", code))
        except smtplib.SMTPSenderRefused as fault:
            raise ChannelDown(SendingFault("not_authorised", fault.smtp_code, "channel")) from fault
        except smtplib.SMTPDataError as fault:
            return SendingOutcome((letter,), fault=_refused("message_refused", fault.smtp_code))
        return SendingOutcome((letter,), self.reference(letter))

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._greeted()
        except smtplib.SMTPAuthenticationError as fault:
            raise ChannelDown(SendingFault("not_authorised", fault.smtp_code, "channel")) from fault
        except (ssl.SSLError, smtplib.SMTPNotSupportedError) as fault:
            raise ChannelDown(SendingFault("insecure", reach="channel")) from fault
        except smtplib.SMTPResponseException as fault:
            raise ChannelDown(SendingFault("try_later", fault.smtp_code, "channel")) from fault
        except (OSError, smtplib.SMTPException) as fault:
            raise ChannelDown(SendingFault("unreachable", reach="channel")) from fault
        try:
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()  # accepted letters stay accepted, even if closing fails
            server.close()

    def _greeted(self) -> smtplib.SMTP:
        """A connection encrypted and authenticated as the settings say, never with less."""
        its = self._settings
        if self._trust is None and its.security != "none":
            self._trust = ssl.create_default_context(cafile=its.ca or None)
        if its.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                its.host, its.port, self._domain, timeout=PATIENCE, context=self._trust
            )
        else:
            server = smtplib.SMTP(its.host, its.port, self._domain, timeout=PATIENCE)
        try:
            if its.security == "starttls":
                server.starttls(context=self._trust)
            if its.user:
                server.login(its.user, its.password)
        except BaseException:
            server.close()
            raise
        return server


def _refused(code: str, answer: int) -> SendingFault:
    """A 4xx answer asks to retry later. A 5xx answer is final for this address or message."""
    if answer < 500:
        return SendingFault("try_later", answer)
    return SendingFault(code, answer, "address" if code == "address_refused" else "message", final=True)
