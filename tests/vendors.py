"""Local servers that answer as the vendors document it: WeCom, DingTalk, Feishu, a webhook of one's own, SMTP."""

import base64
import hashlib
import hmac
import json
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

SECRET = "SEC-of-the-tests-0123456789"
Answer = tuple[int, Mapping[str, Any], Mapping[str, str]]  # status, body, headers
LIMITS = {"wecom": 20, "dingtalk": 20, "feishu": 100, "webhook": 1_000_000}


class Vendor:
    """One robot. `taken` are the bodies of messages that are in the group now; `outage` is answered while it is set.

    `hangs` lets it take messages and never answer, as if the way back were cut; `deaf` lets it not even take them,
    `hangs_up` close the connection without an answer.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.key = "k-right"
        self.taken: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.requests = 0
        self.outage: Answer | None = None
        self.hangs = threading.Event()
        self.deaf = False
        self.hangs_up = False
        self.released = threading.Event()
        self.poison = ""
        self.limit = LIMITS[kind]
        self.port = 0

    @property
    def url(self) -> str:
        """The address that the vendor hands out."""
        path = {
            "wecom": f"/cgi-bin/webhook/send?key={self.key}",
            "dingtalk": f"/robot/send?access_token={self.key}",
            "feishu": f"/open-apis/bot/v2/hook/{self.key}",
            "webhook": "/in",
        }[self.kind]
        return f"http://127.0.0.1:{self.port}{path}"

    def answer(self, path: str, headers: Mapping[str, str], raw: bytes) -> Answer:
        """Return what the vendor answers, and keep what it takes."""
        self.requests += 1
        if self.outage is not None or self.deaf:
            return self.outage or (500, {}, {})
        body = json.loads(raw)
        found: Answer = getattr(self, f"_{self.kind}")(path, headers, body, raw)
        ok = found[1].get("errcode", found[1].get("code", 0)) == 0 and found[0] == 200
        if ok:
            self.taken.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})
        return found

    def _wecom(self, path: str, headers: Mapping[str, str], body: Any, raw: bytes) -> Answer:
        if parse_qs(urlsplit(path).query).get("key") != ["k-right"]:
            return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, {}
        if len(self.taken) >= self.limit:
            return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, {}
        content = body.get("text", {}).get("content", "")
        if not content or len(content.encode()) > 2_048 or self._is_poison(content):
            return 200, {"errcode": 40058, "errmsg": "invalid Request Parameter"}, {}
        return 200, {"errcode": 0, "errmsg": "ok"}, {}

    def _dingtalk(self, path: str, headers: Mapping[str, str], body: Any, raw: bytes) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        if query.get("access_token") != "k-right":
            return 200, {"errcode": 300001, "errmsg": "token is not exist"}, {}
        stamp = query.get("timestamp", "")
        digest = hmac.digest(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256)
        if query.get("sign") != base64.b64encode(digest).decode():
            return 200, {"errcode": 310000, "errmsg": "sign not match"}, {}
        if len(self.taken) >= self.limit:
            return 200, {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}, {}
        if self._is_poison(body.get("text", {}).get("content", "")):
            return 200, {"errcode": 430101, "errmsg": "content is not allowed"}, {}
        return 200, {"errcode": 0, "errmsg": "ok"}, {}

    def _feishu(self, path: str, headers: Mapping[str, str], body: Any, raw: bytes) -> Answer:
        if not path.endswith("/k-right"):
            return 400, {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}, {}
        digest = hmac.digest(f"{body.get('timestamp')}\n{SECRET}".encode(), b"", hashlib.sha256)
        if body.get("sign") != base64.b64encode(digest).decode():
            return 200, {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"}, {}
        if len(self.taken) >= self.limit:
            return 200, {"code": 11232, "msg": "frequency limited psm"}, {}
        if self._is_poison(body.get("content", {}).get("text", "")):
            return 200, {"code": 10208, "msg": "sensitive words"}, {}
        return 200, {"code": 0, "msg": "success", "StatusCode": 0}, {}

    def _webhook(self, path: str, headers: Mapping[str, str], body: Any, raw: bytes) -> Answer:
        given = dict(part.split("=") for part in headers["Whetstone-Signature"].split(","))
        expected = hmac.new(SECRET.encode(), f"{given['t']}.".encode() + raw, hashlib.sha256).hexdigest()
        if given["v1"] != expected:
            return 401, {}, {}
        if len(self.taken) >= self.limit:
            return 429, {}, {"Retry-After": "60"}
        return (422, {}, {}) if self._is_poison(body["title"]) else (200, {}, {})

    def _is_poison(self, text: str) -> bool:
        return bool(self.poison) and self.poison in text


@contextmanager
def vendor(kind: str) -> Iterator[Vendor]:
    """Run a vendor's robot for the time of the block."""
    one = Vendor(kind)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            status, body, headers = one.answer(self.path, self.headers, raw)
            if one.hangs_up:
                self.close_connection = True
                return
            if one.hangs.is_set():
                one.released.wait(60)
                return
            text = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            pass

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as port:
        one.port = port
        try:
            yield one
        finally:
            one.released.set()


class Post:
    """A mail server. `mails` are (sender, recipients, text); `answers` say what it answers to a command instead."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], str]] = []
        self.answers: dict[str, str] = {}
        self.port = 0


@contextmanager
def post() -> Iterator[Post]:
    """Run a mail server (RFC 5321, the part that clients need) for the time of the block."""
    one = Post()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 tests")
            sender, to = "", list[str]()
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                command = line.split()[0].upper()
                if command in one.answers:
                    self._say(one.answers[command])
                elif command in {"EHLO", "HELO"}:
                    self._say("250 tests")
                elif command == "MAIL":
                    sender, to = _address(line), []
                    self._say("250 ok")
                elif command == "RCPT":
                    to.append(_address(line))
                    self._say("250 ok")
                elif command == "DATA":
                    self._say("354 go on")
                    one.mails.append((sender, to, self._text()))
                    self._say("250 taken")
                elif command == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def _text(self) -> str:
            lines: list[str] = []
            while (line := self.rfile.readline().decode()) != ".\r\n":
                lines.append(line)
            return "".join(lines)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    with _serving(server) as port:
        one.port = port
        yield one


def _address(line: str) -> str:
    return line.partition("<")[2].partition(">")[0]


@contextmanager
def _serving(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
