"""The one place that decides who and what may come in: origins, visitors, messages, and how fast."""

from __future__ import annotations

import calendar
import datetime as dt
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from bokeh.document import Document
from bokeh.protocol.exceptions import ProtocolError
from bokeh.server.contexts import ApplicationContext
from bokeh.server.session import ServerSession
from bokeh.server.util import check_allowlist
from bokeh.util.token import check_token_signature, generate_jwt_token, generate_session_id, get_session_id, get_token_payload
from panel.models.esm import ReactiveESM
from tornado.httputil import HTTPServerRequest
from tornado.websocket import WebSocketHandler

from app.hosting import metrics
from app.hosting.fairness import Queue
from app.hosting.logs import event
from app.hosting.options import Options
from app.rates import Capacity, Spacing, Suspects, TokenBucket

TOKEN_SECONDS = 12 * 3600  # a page that lay open through a day's lectures still finds its way back
BURST_SECONDS = 3  # a drag from one end to the other may come at once
CUTS_AT_ONCE, CUTS_PER_SECOND = 10, 1.0  # of one address: beyond that its visitors are let in slowly, until cuts are rare again
SLOW_GAP, SLOW_LONGEST = 0.4, 10.0  # seconds between two who are let in slowly, and until the last of those who wait
LONGEST_TOKEN = 30_000


class Admission:
    """Options turned into decisions, with the counts they need."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.secret = (options.secret or secrets.token_urlsafe(32)).encode()
        self.capacity = Capacity(options.sessions, options.sessions_per_address)
        self.queue = Queue()
        self.suspects = Suspects(CUTS_AT_ONCE, CUTS_PER_SECOND)
        self.spacing = Spacing(SLOW_GAP, SLOW_LONGEST)  # of all that are let in slowly, from wherever they come
        self.contexts: list[ApplicationContext] = []
        self.lines: set[WebSocketHandler] = set()  # open ones
        self.prepare: Mapping[str, Callable[[Mapping[str, Iterable[bytes]]], Awaitable[None]]] = {}  # by path
        self._address_of: dict[str, str] = {}  # of each session; forgotten with it
        self.connections: dict[str, int] = {}

    # ---------------------------------------------------------------------------------------------------------- origins

    def is_welcome(self, origin: str, request: HTTPServerRequest) -> bool:
        """Whether a page from this origin may connect: the page's own host may, and those of the options."""
        host = urlsplit(origin).netloc.lower()
        return bool(host) and (host in self.own_hosts(request) or check_allowlist(_with_port(host, origin), self.allowed_hosts()))

    def own_hosts(self, request: HTTPServerRequest) -> set[str]:
        hosts = {request.host.lower()}
        if self.options.behind_proxy:
            hosts.add(request.headers.get("X-Forwarded-Host", "").lower())
        return hosts - {""}

    def allowed_hosts(self) -> list[str]:
        return [origin if origin == "*" or ":" in origin else f"{origin}:80" for origin in self.options.origins] + [
            f"{origin}:443" for origin in self.options.origins if origin != "*" and ":" not in origin
        ]

    # --------------------------------------------------------------------------------------------------------- visitors

    def why_not(self, address: str) -> str:
        return self.capacity.why_not(address)

    def why_slowly(self, address: str) -> str:
        """Why visitors of this address are let in one by one, or nothing."""
        return "slow" if self.suspects.of(address) else ""

    def token(self, arguments: Mapping[str, Iterable[bytes]]) -> str:
        """What a page needs to open its session later, with the address it was asked for."""
        payload = {"headers": {}, "cookies": {}, "arguments": {name: list(values) for name, values in arguments.items()}}
        session = generate_session_id(secret_key=self.secret, signed=True)
        return generate_jwt_token(session, secret_key=self.secret, signed=True, expiration=TOKEN_SECONDS, extra_payload=payload)

    def session_of(self, token: str) -> str | None:
        """The session of a token of ours that is still good, or None; nothing of a stranger's token is unpacked."""
        try:
            if len(token) > LONGEST_TOKEN or not check_token_signature(token, secret_key=self.secret, signed=True):
                return None
            if get_token_payload(token)["session_expiry"] <= calendar.timegm(dt.datetime.now(tz=dt.UTC).timetuple()):
                return None
            return get_session_id(token)
        except Exception:  # whatever a forged token breaks, it is no token
            return None

    async def make_ready(self, path: str, token: str) -> None:
        """Have done, away from the event loop, whatever long work a session will need for its first picture."""
        prepare = self.prepare.get(path)
        if prepare is not None:
            await prepare(get_token_payload(token).get("arguments", {}))

    def enter(self, session: str, address: str) -> None:
        if session not in self._address_of:
            self.capacity.enter(address)
            self._address_of[session] = address
            metrics.opened.inc()
        self.connections[session] = self.connections.get(session, 0) + 1

    def leave(self, session: str) -> None:
        left = self.connections.get(session, 0) - 1
        if left > 0:
            self.connections[session] = left
        else:
            self.connections.pop(session, None)

    def knows(self, session: str) -> bool:
        return self.session(session) is not None

    def session(self, name: str | None) -> ServerSession | None:
        """The session of this name, if it is in this process."""
        for context in self.contexts:
            with suppress(ProtocolError):  # by this Bokeh says that it has none
                return context.get_session(name)
        return None

    def mark(self, token: str) -> str:
        """What the session of a token is marked with; nothing if there is none in this process."""
        session = self.session(self.session_of(token))
        roots = session.document.roots if session is not None else []
        return roots[0].name or "" if roots else ""

    def sweep(self) -> None:
        """Give up the places of sessions that are gone, and old grudges."""
        self.suspects.forget()
        there = {session.id for context in self.contexts for session in context.sessions}
        for session in [name for name in self._address_of if name not in self.connections and name not in there]:
            self.capacity.leave(self._address_of.pop(session))

    def sessions(self) -> int:
        return sum(len(list(context.sessions)) for context in self.contexts)

    # --------------------------------------------------------------------------------------------------------- messages

    def bucket(self) -> TokenBucket:
        return TokenBucket(self.options.changes_per_second, self.options.changes_per_second * BURST_SECONDS)

    def may_hear(self, document: Document, model: str) -> bool:
        return isinstance(document.models.get_by_id(model), ReactiveESM)

    def note_refusal(self, reason: str) -> None:
        metrics.reject(reason.replace(" ", "_"))
        event("refused", reason=reason)


def _with_port(host: str, origin: str) -> str:
    """Bokeh's lists know ports only, and a browser leaves out those that its scheme implies."""
    return host if ":" in host.rpartition("]")[2] else f"{host}:{443 if origin.lower().startswith('https') else 80}"
