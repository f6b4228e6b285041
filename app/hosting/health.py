"""What orchestrators and monitors ask: is it alive, can it work, how is it doing; and what a page asks that was refused."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable

from app.hosting import metrics
from app.hosting.admission import Admission
from app.hosting.headers import Readable
from app.words import words

WORDS = words("app.hosting")["hosting"]

KEPT = 5.0  # seconds that an answer of the pool stands for: probing must not be a way to keep it busy
PATIENCE = 4.0


class Probe(Readable):
    def initialize(self, **given: object) -> None:
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/plain; charset=utf-8")


class Health(Probe):
    """Whether the process answers."""

    def get(self) -> None:
        self.finish("ok\n")


class Readiness:
    """Whether the pools answer; asked at most every few seconds, however many want to know."""

    def __init__(self, ask: Callable[[], Awaitable[object]]) -> None:
        self._ask = ask
        self._known: bool | None = None
        self._at = 0.0
        self._lock = asyncio.Lock()

    async def good(self) -> bool:
        async with self._lock:
            if self._known is None or time.monotonic() - self._at > KEPT:
                try:
                    await asyncio.wait_for(self._ask(), PATIENCE)
                    self._known = True
                except Exception:  # late, broken or full: not ready, whatever it is
                    self._known = False
                self._at = time.monotonic()
            return self._known


class Ready(Probe):
    def initialize(self, readiness: Readiness) -> None:
        super().initialize()
        self._readiness = readiness

    async def get(self) -> None:
        good = await self._readiness.good()
        self.set_status(200 if good else 503)
        self.finish("ready\n" if good else WORDS["not_ready"] + "\n")


class Metrics(Probe):
    """How the server is doing, for a monitor; with a token of the options, for who shows it."""

    def get(self) -> None:
        token = self.settings["hosting"].metrics_token
        shown = self.request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token and not hmac.compare_digest(shown.encode(), token.encode()):
            self.set_status(401)
            self.set_header("WWW-Authenticate", "Bearer")
            self.write_error(401)
            return
        self.set_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.finish(metrics.text())


class Why(Probe):
    """Why a page could not connect, as a sentence, and whether trying again may help."""

    def initialize(self, admission: Admission) -> None:
        super().initialize()
        self._admission = admission

    def get(self) -> None:
        origin = self.get_query_argument("origin", "")[:300]
        if not self._admission.is_welcome(origin, self.request):
            host = "".join(letter for letter in origin.partition("://")[2] if letter.isalnum() or letter in ".-:[]")[:100]
            answer = {"sentence": WORDS["origin"].format(host=host), "again": False}
        else:
            address = self.request.remote_ip
            why = self._admission.why_not(address) or self._admission.why_slowly(address)
            answer = {"sentence": WORDS[why] if why else WORDS["no_websocket"], "again": True}
        self.finish(answer)


class Mark(Probe):
    """By which a page that was cut off knows whether its line has found the same session again."""

    def initialize(self, admission: Admission) -> None:
        super().initialize()
        self._admission = admission

    def get(self) -> None:
        self.finish({"mark": self._admission.mark(self.request.headers.get("Gliascope-Token", ""))})
