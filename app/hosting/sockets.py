"""Panel's websocket behind the guard: strangers' messages are read and sorted before Bokeh sees them."""

from __future__ import annotations

import time
from typing import Any

from bokeh.protocol.message import Message
from bokeh.server.session import ServerSession
from panel.io.server import WSHandler
from tornado.ioloop import IOLoop

from app.hosting import metrics, notices
from app.hosting.guard import Guard
from app.hosting.headers import Plain
from app.hosting.logs import event
from app.hosting.wishes import Refused, read_header, read_wishes, written
from app.words import HOSTING as WORDS

REFUSED, GOING_AWAY = 1008, 1001  # websocket close codes
LATER = ("full", "address_full", "slow")  # reasons that pass
AWAY_AFTER = 5.0  # seconds; a line that is lost for a moment only is back by then
SAY_AGAIN_AFTER = 3.0  # seconds between two sentences about the same thing
MOST_CONNECTIONS = 3  # of one session: a lost line and its successors
MODEST = 0.5  # who has more than this share of his changes left is answered at once, others when the loop has time
MOST_STRIKES = 500  # dropped events until the line is cut; Panel tells of a browser's settings, which nobody asked for
LEAST_ANSWER = 2_000  # bytes; a run is never so small
PULL_WEIGHT = 5  # changes that a whole document counts for


def _look_for(session: ServerSession) -> None:
    """A line was lost a while ago: if there is no other yet, what is computed for its visitor can stop."""
    if session.connection_count == 0 and not session.destroyed:
        notices.tell_away(session.document)


class Socket(Plain, WSHandler):
    """One visitor's line."""

    def __init__(self, tornado_app: Any, *args: Any, guard: Guard, **kw: Any) -> None:
        self.guard = guard
        self._session_id = ""
        self._entered = self._gone = False
        self._fragments: list[Any] = []
        self._bucket = guard.bucket()
        self._strikes = 0
        self._said_at = -SAY_AGAIN_AFTER
        self._changed_at: float | None = None
        super().__init__(tornado_app, *args, **kw)

    # --------------------------------------------------------------------------------------------------------- coming in

    async def prepare(self) -> None:
        """Before the handshake, while a refusal is still a plain answer that costs next to nothing."""
        await super().prepare()
        why = self._why_not()
        slowly = self.guard.why_slowly(self.request.remote_ip)
        if slowly and not why and not self.guard.knows(self._session_id):
            why = self._why_not() if await self.guard.pace.wait() else slowly
        if self._gone:
            self.finish()
        elif why:
            self.guard.refused(why)
            self.set_status(503 if why in LATER else 403)
            self.finish()

    def _why_not(self) -> str:
        origin = self.request.headers.get("Origin")
        if origin is not None and not self.check_origin(origin):
            return "origin"
        offered = [part.strip() for part in self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        session = self.guard.session_of(offered[1]) if len(offered) == 2 and offered[0] == "bokeh" else None
        if session is None:
            return "token"
        if self.guard.connected.get(session, 0) >= MOST_CONNECTIONS:
            return "connections"
        self._session_id = session
        if self.guard.knows(session):  # who was cut off has a place already
            return ""
        return self.guard.why_not(self.request.remote_ip)

    def check_origin(self, origin: str) -> bool:
        welcome = self.guard.is_welcome(origin, self.request)
        if not welcome:
            event("an origin was refused; allow it with GLIASCOPE_ORIGINS=HOST[:PORT]", origin=origin[:100].split("?")[0])
        return welcome

    def open(self, *args: Any, **kw: Any) -> None:
        self.guard.enter(self._session_id, self.request.remote_ip)
        self._entered = True
        # Panel writes past this handler, straight to the line, so that is where an answer is noticed.
        line, write = self.ws_connection, self.ws_connection.write_message
        line.write_message = lambda message, binary=False: self._timed(write(message, binary=binary), message, binary)
        self.set_nodelay(True)  # a message is several small frames, each of which would wait for word of the one before
        super().open(*args, **kw)

    async def _async_open(self, token: str) -> None:
        await self.guard.turns.wait()
        if not self.guard.knows(self._session_id):
            await self.guard.make_ready(self.application_context.url or "/", token)
        if self.ws_connection is not None:  # else the visitor left meanwhile
            await super()._async_open(token)

    def _timed(self, written: Any, message: Any, binary: bool) -> Any:
        if binary and self._changed_at is not None and len(message) > LEAST_ANSWER:
            metrics.answers.observe(time.perf_counter() - self._changed_at)
            self._changed_at = None
        return written

    def on_close(self) -> None:
        self._gone = True
        if self._entered:
            self._entered = False
            self.guard.leave(self._session_id)
        if self.connection is not None:
            session = self.connection.session
            if self.close_code in (GOING_AWAY, REFUSED):
                session.request_expiration()  # the page was closed, so nobody will come back for the session
            else:
                IOLoop.current().call_later(AWAY_AFTER, _look_for, session)
        super().on_close()

    # ------------------------------------------------------------------------------------------------------ what is said

    async def on_message(self, fragment: str | bytes) -> None:
        self._fragments.append(fragment)
        if len(self._fragments) < 3:
            return
        header, _, content = self._fragments
        self._fragments = []
        try:
            content = await self._sorted(header, content)
        except Refused as wrong:
            self.guard.refused(str(wrong))
            self.guard.wary.note(self.request.remote_ip)
            self.close(REFUSED, "refused")
            return
        if content is not None:
            for part in (header, "{}", content):
                await super().on_message(part)

    async def _sorted(self, header: Any, content: Any) -> str | None:
        """The content that may pass, or None if nothing of it may."""
        if self.connection is None:
            raise Refused("too early")
        kind, _ = read_header(header)
        if kind == "PULL-DOC-REQ" or self._bucket.share() < MODEST:
            await self.guard.turns.wait()
            if self.ws_connection is None:  # the visitor left meanwhile
                return None
        document = self.connection.session.document
        if kind == "PULL-DOC-REQ":
            return "{}" if self._in_time(PULL_WEIGHT) else None
        if kind != "PATCH-DOC":
            raise Refused("protocol")
        wishes = read_wishes(
            content,
            lambda model, attribute: self.guard.may_set(document, model, attribute),
            lambda model: self.guard.may_hear(document, model),
        )
        if wishes.dropped:
            metrics.rejections.labels("event").inc(wishes.dropped)
            self._strikes += wishes.dropped
            self._bucket.spend(wishes.dropped)
            if self._strikes > MOST_STRIKES:
                raise Refused("events")
        if not wishes.events or not self._in_time(wishes.changes):
            return None
        if wishes.changes:
            metrics.changes.inc(wishes.changes)
            self._changed_at = time.perf_counter()
        return written(wishes.events)

    def _in_time(self, changes: int) -> bool:
        if not changes or self._bucket.take(changes):
            return True
        metrics.reject("too_fast")
        now = time.monotonic()
        if now - self._said_at >= SAY_AGAIN_AFTER:
            self._said_at = now
            notices.tell(self.connection.session.document, WORDS["too_fast"])
        return False

    # --------------------------------------------------------------------------------------------------- what is answered

    async def send_message(self, message: Message[Any]) -> None:
        if message.msgtype == "OK":  # nobody waits for it; and while it is written Panel puts the answer off by 10 ms
            return
        if message.msgtype == "ERROR":  # says what went wrong in our own words, and nothing of the code
            message.content["text"], message.content["traceback"] = WORDS["failed"], None
        await super().send_message(message)

    def _internal_error(self, message: str) -> None:
        self.guard.refused("failed")
        self.close(REFUSED, "refused")

    _protocol_error = _internal_error
