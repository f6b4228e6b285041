"""The one place that decides what may come in: origins, visitors, messages, and how fast."""

from __future__ import annotations

import calendar
import datetime as dt
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from urllib.parse import urlsplit

from bokeh.document import Document
from bokeh.model import Model
from bokeh.server.contexts import ApplicationContext
from bokeh.server.util import check_allowlist
from bokeh.util.token import check_token_signature, generate_jwt_token, generate_session_id, get_session_id, get_token_payload
from panel.models.esm import ReactiveESM
from tornado.httputil import HTTPServerRequest

from app.hosting import metrics
from app.hosting.bounds import Bucket, Doors, Pace, Wary
from app.hosting.logs import event
from app.hosting.options import Options
from app.hosting.turns import Turns

TOKEN_SECONDS = 12 * 3600  # a page that lay open through a day's lectures still finds its way back
BURST_SECONDS = 3  # a drag from one end to the other may come at once
CUTS_AT_ONCE, CUTS_PER_SECOND = 10, 1.0  # of one address: beyond that its visitors are let in slowly, until cuts are rare again
SLOW_GAP, SLOW_LONGEST = 0.4, 10.0  # seconds between two who are let in slowly, and until the last of those who wait
LONGEST_TOKEN = 30_000


class Guard:
    """Options turned into decisions, with the counts they need."""

    def __init__(self, options: Options, may_set: Mapping[type[Model], Collection[str]]) -> None:
        self.options, self._may_set = options, may_set
        self.secret = (options.secret or secrets.token_urlsafe(32)).encode()
        self.doors = Doors(options.sessions, options.sessions_per_address)
        self.turns = Turns()
        self.wary = Wary(CUTS_AT_ONCE, CUTS_PER_SECOND)
        self.pace = Pace(SLOW_GAP, SLOW_LONGEST)  # of all that are let in slowly, from wherever they come
        self.contexts: list[ApplicationContext] = []
        self.prepare: Mapping[str, Callable[[Mapping[str, Iterable[bytes]]], Awaitable[None]]] = {}  # by path
        self._address_of: dict[str, str] = {}  # of each session; forgotten with it
        self.connected: dict[str, int] = {}

    # ---------------------------------------------------------------------------------------------------------- origins

    def is_welcome(self, origin: str, request: HTTPServerRequest) -> bool:
        """Whether a page from this origin may connect: the page's own host may, and those of the options."""
        host = urlsplit(origin).netloc.lower()
        return bool(host) and (host in self.own_hosts(request) or check_allowlist(_with_port(host, origin), self.allowed()))

    def own_hosts(self, request: HTTPServerRequest) -> set[str]:
        hosts = {request.host.lower()}
        if self.options.behind_proxy:
            hosts.add(request.headers.get("X-Forwarded-Host", "").lower())
        return hosts - {""}

    def allowed(self) -> list[str]:
        return [origin if origin == "*" or ":" in origin else f"{origin}:80" for origin in self.options.origins] + [
            f"{origin}:443" for origin in self.options.origins if origin != "*" and ":" not in origin
        ]

    # --------------------------------------------------------------------------------------------------------- visitors

    def why_not(self, address: str) -> str:
        return self.doors.why_not(address)

    def why_slowly(self, address: str) -> str:
        """Why visitors of this address are let in one by one, or nothing."""
        return "slow" if self.wary.of(address) else ""

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
            self.doors.enter(address)
            self._address_of[session] = address
            metrics.opened.inc()
        self.connected[session] = self.connected.get(session, 0) + 1

    def leave(self, session: str) -> None:
        left = self.connected.get(session, 0) - 1
        if left > 0:
            self.connected[session] = left
        else:
            self.connected.pop(session, None)

    def knows(self, session: str) -> bool:
        return any(session in context._sessions for context in self.contexts)

    def mark(self, token: str) -> str:
        """What the session of a token is marked with; nothing if there is none in this process."""
        session = self.session_of(token)
        for context in self.contexts:
            if session in context._sessions:
                roots = context._sessions[session].document.roots
                return roots[0].name or "" if roots else ""
        return ""

    def sweep(self) -> None:
        """Give up the places of sessions that are gone, and old grudges."""
        self.wary.forget()
        for session in [name for name in self._address_of if name not in self.connected and not self.knows(name)]:
            self.doors.leave(self._address_of.pop(session))

    def sessions(self) -> int:
        return sum(len(context._sessions) for context in self.contexts)

    # --------------------------------------------------------------------------------------------------------- messages

    def bucket(self) -> Bucket:
        return Bucket(self.options.changes_per_second, self.options.changes_per_second * BURST_SECONDS)

    def may_set(self, document: Document, model: str, attribute: str) -> bool:
        found = document.models.get_by_id(model)
        return found is not None and attribute in self._may_set.get(type(found), ())

    def may_hear(self, document: Document, model: str) -> bool:
        return isinstance(document.models.get_by_id(model), ReactiveESM)

    def refused(self, reason: str) -> None:
        metrics.reject(reason.replace(" ", "_"))
        event("refused", reason=reason)


def _with_port(host: str, origin: str) -> str:
    """Bokeh's lists know ports only, and a browser leaves out those that its scheme implies."""
    return host if ":" in host.rpartition("]")[2] else f"{host}:{443 if origin.lower().startswith('https') else 80}"
