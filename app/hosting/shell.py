"""A page without a session: what a visitor's browser gets first is the same for all but a few words and a token.

Panel makes a session for every request of a page, which costs tens of milliseconds before the first byte, for crawlers and link
previews too, and ties a visitor to the process that answered. Here the session is made when the browser opens its websocket,
wherever that arrives.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from bokeh.server.tornado import BokehTornado
from panel.io.resources import Resources, bundle_resources

from app.hosting import metrics
from app.hosting.admission import Admission
from app.hosting.headers import Readable, ancestors, policy
from app.words import words

WORDS = words("app.hosting")["hosting"]

Query = Mapping[str, Iterable[bytes]]
Shell = Callable[[Query, Mapping[str, Any]], str]  # a page as HTML, from its address and what the server adds to it

MOST_LETTERS = 13_000  # of an address that goes into the token: more than pages read, so that they still say it is too long
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>(.*?)</script>", re.DOTALL)
TAG = re.compile(r"<script.*?</script>", re.DOTALL)


def shorten(query: Query) -> dict[str, list[bytes]]:
    """The first values of an address, up to what a token can hold."""
    first, letters = {}, 0
    for name, values in query.items():
        value = next(iter(values), b"")
        letters += len(name) + len(value)
        if letters > MOST_LETTERS:
            first[name[:40]] = [value[: max(0, MOST_LETTERS - letters + len(value))]]
            break
        first[name] = [value]
    return first


@cache
def bundle(application: BokehTornado) -> tuple[str, str]:
    """The libraries that every page loads, as tags.

    A shim for import maps is left out: no page has one, and it tries inline scripts that the security policy forbids.
    """
    scripts, styles = bundle_resources([], Resources.from_bokeh(application.resources()))
    tags = [tag for tag in TAG.findall(str(scripts)) if "es-module-shims" not in tag and "esms-options" not in tag]
    return "\n".join(tags), str(styles)


@cache
def hashes(scripts: str) -> tuple[str, ...]:
    """The inline scripts as a content security policy names them."""
    digests = [hashlib.sha256(found.encode()).digest() for found in INLINE.findall(scripts)]
    return tuple(f"sha256-{base64.b64encode(digest).decode()}" for digest in digests)


class ShellHandler(Readable):
    """Sends a page, with all that opens its session."""

    def initialize(self, admission: Admission, shell: Shell, leads: Callable[[Query], str], script: str) -> None:
        self.admission, self.shell, self.leads, self.script = admission, shell, leads, script

    async def get(self) -> None:
        self.set_header("Cache-Control", "no-store")  # the token belongs to this visit
        prefix = self.application.prefix
        if prefix and self.request.path == prefix:  # relative addresses need the stroke at the end
            self.redirect(f"{prefix}/" + (f"?{self.request.query}" if self.request.query else ""))
            return
        why = self.admission.why_not(self.request.remote_ip)
        if why:
            self.admission.note_refusal(why)
            self.set_status(503)
            self.set_header("Retry-After", "20")
            self.set_header("Refresh", "20")
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(WORDS[why] + "\n")
            return
        await self.admission.queue.wait()
        query = shorten(self.request.query_arguments)
        other = self.leads(query)
        if other:
            self.redirect(other)
            return
        scripts, styles = bundle(self.application)
        frames = ancestors(self.admission.options)
        start = {"token": self.admission.token(query), "words": WORDS["entrance"], "frames": frames}
        text = json.dumps(start, separators=(",", ":")).replace("<", "\\u003c")
        data = f'<script type="application/json" id="gliascope-entrance">{text}</script>'
        tags = f'{data}<script src="{self.script}"></script>'
        page = self.shell(query, {"scripts": scripts, "styles": styles, "connect": tags})
        self.set_header("Content-Security-Policy", policy(self.admission.options, hashes(scripts)))
        if self.request.method == "GET":
            metrics.pages.inc()
        self.finish(page)


class ShortLink(Readable):
    """Leads to the page whose address has this code."""

    def initialize(self, find: Callable[[str], str | None]) -> None:
        self.find = find

    def get(self, code: str) -> None:
        self.set_header("Cache-Control", "no-store")  # a code may be forgotten
        target = self.find(code.lower())
        if target is None:
            self.set_status(404)
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(WORDS["forgotten"] + "\n")
        else:
            self.redirect(f"../{target}")  # whatever path a proxy shows the page under
