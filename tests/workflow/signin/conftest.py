"""The school that sends notices, for what is told about sign-in."""

from __future__ import annotations

from tests.workflow.notices.conftest import both, mailbox, postal, wecom

__all__ = ["both", "mailbox", "postal", "wecom"]
