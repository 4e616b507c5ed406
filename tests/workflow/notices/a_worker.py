"""A worker in its own process, so that tests can kill it. It reads its settings and moment from stdin."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime

from config.settings import Smtp
from tests.mailbox import SENDER
from workflow.clock import SetClock
from workflow.notices.smtp import Mail
from workflow.notices.texts import Letterhead
from workflow.notices.worker import CodesSent, Worker
from workflow.people.cipher import Cipher, Keys
from workflow.signin.codes import shown, spent
from workflow.store import Store


def main() -> None:
    """Work until nothing is due, or until killed."""
    said = json.loads(sys.stdin.readline())
    cipher = Cipher(Keys(bytes(range(32)), bytes(range(32, 64)), bytes(range(64, 96))))
    worker = Worker(
        store=Store(said["url"]),
        clock=SetClock(datetime.fromisoformat(said["at"])),
        entropy=os.urandom,
        cipher=cipher,
        channels=[Mail(Smtp("127.0.0.1", said["port"], "none", SENDER), said["head"][0])],
        head=Letterhead(*said["head"]),
        codes=CodesSent(spent, lambda id: shown(cipher.code(id))),
    )
    while worker.step():
        pass
    worker.store.close()


if __name__ == "__main__":
    main()
