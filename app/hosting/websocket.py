"""Panel's websocket with admission before it: strangers' messages are read and sorted before Bokeh sees them."""

from __future__ import annotations

import time
from typing import Any

from bokeh.protocol.message import Message
from bokeh.server.session import ServerSession
from panel.io.server import WSHandler
from tornado.ioloop import IOLoop

from app.hosting import metrics, notices
from app.hosting.admission import Admission
from app.hosting.headers import Plain
from app.hosting.incoming import BadMessage, read_header, read_patch, write_patch
from app.hosting.logs import event
from app.words import words

WORDS = words("app.hosting")["hosting"]

REFUSED, GOING_AWAY = 1008, 1001  # websocket close codes
LATER = ("full", "address_full", "slow")  # reasons that pass
AWAY_AFTER = 5.0  # seconds; a line that is lost for a moment only is back by then
WARN_AGAIN_AFTER = 3.0  # seconds between two sentences about the same thing
MOST_CONNECTIONS = 3  # of one session: a lost line and its successors
MODEST = 0.5  # who has more than this share of his changes left is answered at once, others when the loop has time
MOST_STRIKES = 500  # dropped events until the line is cut; Panel tells of a browser's settings, which nobody asked for
LEAST_ANSWER = 2_000  # bytes; a run is never so small
PULL_WEIGHT = 5  # changes that a whole document counts for


def _look_for(session: ServerSession) -> None:
    """A line was lost a while ago: if there is no other yet, what is computed for its visitor can stop."""
    if session.connection_count == 0 and not session.destroyed:
        notices.tell_away(session.document)


class Websocket(Plain, WSHandler):
    """One visitor's line."""

    def __init__(self, tornado_app: Any, *args: Any, admission: Admission, **kw: Any) -> None:
        self.admission = admission
        self._session_id = ""
        self._entered = self._gone = False
        self._fragments: list[Any] = []
        self._bucket = admission.bucket()
        self._strikes = 0
        self._warned_at = -WARN_AGAIN_AFTER
        self._changed_at: float | None = None
        super().__init__(tornado_app, *args, **kw)

    # --------------------------------------------------------------------------------------------------------- coming in

    async def prepare(self) -> None:
        """Before the handshake, while a refusal is still a plain answer that costs next to nothing."""
        await super().prepare()
        why = self._why_not()
        slowly = self.admission.why_slowly(self.request.remote_ip)
        if slowly and not why and not self.admission.knows(self._session_id):
            why = self._why_not() if await self.admission.spacing.wait() else slowly
        if self._gone:
            self.finish()
        elif why:
            self.admission.note_refusal(why)
            self.set_status(503 if why in LATER else 403)
            self.finish()

    def _why_not(self) -> str:
        origin = self.request.headers.get("Origin")
        if origin is not None and not self.check_origin(origin):
            return "origin"
        offered = [part.strip() for part in self.request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        session = self.admission.session_of(offered[1]) if len(offered) == 2 and offered[0] == "bokeh" else None
        if session is None:
            return "token"
        if self.admission.connections.get(session, 0) >= MOST_CONNECTIONS:
            return "connections"
        self._session_id = session
        if self.admission.knows(session):  # who was cut off has a place already
            return ""
        return self.admission.why_not(self.request.remote_ip)

    def check_origin(self, origin: str) -> bool:
        welcome = self.admission.is_welcome(origin, self.request)
        if not welcome:
            event("an origin was refused; allow it with GLIASCOPE_ORIGINS=HOST[:PORT]", origin=origin[:100].split("?")[0])
        return welcome

    def open(self, *args: Any, **kw: Any) -> None:
        self.admission.enter(self._session_id, self.request.remote_ip)
        self._entered = True
        self.admission.lines.add(self)
        # Panel writes past this handler, straight to the line, so that is where an answer is noticed.
        line, write = self.ws_connection, self.ws_connection.write_message
        line.write_message = lambda message, binary=False: self._note_answer(write(message, binary=binary), message, binary)
        self.set_nodelay(True)  # a message is several small frames, each of which would wait for word of the one before
        super().open(*args, **kw)

    async def _async_open(self, token: str) -> None:
        await self.admission.queue.wait()
        if not self.admission.knows(self._session_id):
            await self.admission.make_ready(self.application_context.url or "/", token)
        if self.ws_connection is not None:  # else the visitor left meanwhile
            await super()._async_open(token)

    def _note_answer(self, result: Any, message: Any, binary: bool) -> Any:
        if binary and self._changed_at is not None and len(message) > LEAST_ANSWER:
            metrics.answers.observe(time.perf_counter() - self._changed_at)
            self._changed_at = None
        return result

    def on_close(self) -> None:
        self._gone = True
        if self._entered:
            self._entered = False
            self.admission.lines.discard(self)
            self.admission.leave(self._session_id)
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
            content = await self._sort(header, content)
        except BadMessage as wrong:
            self.admission.note_refusal(str(wrong))
            self.admission.suspects.note(self.request.remote_ip)
            self.close(REFUSED, "refused")
            return
        if content is not None:
            for part in (header, "{}", content):
                await super().on_message(part)

    async def _sort(self, header: Any, content: Any) -> str | None:
        """The content that may pass, or None if nothing of it may."""
        if self.connection is None:
            raise BadMessage("too early")
        kind, _ = read_header(header)
        if kind == "PULL-DOC-REQ" or self._bucket.share() < MODEST:
            await self.admission.queue.wait()
            if self.ws_connection is None:  # the visitor left meanwhile
                return None
        document = self.connection.session.document
        if kind == "PULL-DOC-REQ":
            return "{}" if self._in_time(PULL_WEIGHT) else None
        if kind != "PATCH-DOC":
            raise BadMessage("protocol")
        patch = read_patch(content, lambda model: self.admission.may_hear(document, model))
        if patch.dropped:
            metrics.rejections.labels("event").inc(patch.dropped)
            self._strikes += patch.dropped
            self._bucket.spend(patch.dropped)
            if self._strikes > MOST_STRIKES:
                raise BadMessage("events")
        if not patch.events or not self._in_time(patch.changes):
            return None
        if patch.changes:
            metrics.changes.inc(patch.changes)
            self._changed_at = time.perf_counter()
        return write_patch(patch.events)

    def _in_time(self, changes: int) -> bool:
        if not changes or self._bucket.take(changes):
            return True
        metrics.reject("too_fast")
        now = time.monotonic()
        if now - self._warned_at >= WARN_AGAIN_AFTER:
            self._warned_at = now
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
        self.admission.note_refusal("failed")
        self.close(REFUSED, "refused")

    _protocol_error = _internal_error
