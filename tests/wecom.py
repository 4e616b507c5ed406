"""WeCom's application messages after the published interface, served over real HTTP."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config.settings import Wecom

CORP, AGENT, SECRET = "ww0000000000000000", 1000002, "not-a-real-secret"


class WecomStub:
    """``members`` are the users, ``arrived`` the messages, and ``errors`` the replies to the next sends."""

    def __init__(self) -> None:
        self.members: set[str] = set()
        self.arrived: list[tuple[str, str]] = []
        self.calls: list[dict[str, Any]] = []
        self.errors: list[int] = []
        self.tokens: list[str] = []
        self.silent = 0
        self._known: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.01])

    def __enter__(self) -> WecomStub:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def settings(self, secret: str = SECRET) -> Wecom:
        """The settings to reach it."""
        return Wecom(CORP, AGENT, secret, f"http://127.0.0.1:{self._server.server_port}")

    def expire(self) -> None:
        """Expire all tokens."""
        self.tokens.append("")

    def token(self, query: dict[str, list[str]]) -> dict[str, Any]:
        """The reply to ``gettoken``."""
        if query.get("corpid") != [CORP] or query.get("corpsecret") != [SECRET]:
            return {"errcode": 40001, "errmsg": "invalid credential"}
        self.tokens.append(f"token-{len(self.tokens)}")
        return {"errcode": 0, "errmsg": "ok", "access_token": self.tokens[-1], "expires_in": 7200}

    def send(self, query: dict[str, list[str]], asked: dict[str, Any]) -> dict[str, Any]:
        """The reply to ``message/send``. A repeated message arrives only once."""
        if not self.tokens or query.get("access_token") != [self.tokens[-1]]:
            return {"errcode": 42001, "errmsg": "access_token expired"}
        self.calls.append(asked)
        if self.errors:
            return {"errcode": self.errors.pop(0), "errmsg": "as told"}
        people = asked["touser"].split("|")
        if len(people) > 1000:
            return {"errcode": 40003, "errmsg": "too many users"}
        there = [one for one in people if one in self.members]
        if not there:
            return {"errcode": 81013, "errmsg": "user & party & tag all invalid"}
        whole = json.dumps(asked, sort_keys=True)
        if not (asked["enable_duplicate_check"] and whole in self._known):
            self.arrived += [(one, asked["textcard"]["title"]) for one in there]
        self._known.add(whole)
        gone = [one for one in people if one not in self.members]
        return {
            "errcode": 0,
            "errmsg": "ok",
            "invaliduser": "|".join(gone),
            "msgid": f"msg-{len(self.calls)}",
        }


def _handler(stub: WecomStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request."""

        def do_GET(self) -> None:
            where = urlsplit(self.path)
            assert where.path == "/cgi-bin/gettoken"
            self._answer(stub.token(parse_qs(where.query)))

        def do_POST(self) -> None:
            where = urlsplit(self.path)
            assert where.path == "/cgi-bin/message/send"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said = stub.send(parse_qs(where.query), json.loads(body))
            if stub.silent:
                stub.silent -= 1
                self.close_connection = True
                return
            self._answer(said)

        def _answer(self, said: dict[str, Any]) -> None:
            body = json.dumps(said).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler
