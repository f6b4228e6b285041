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

from bokeh.core.templates import MACROS
from bokeh.server.tornado import BokehTornado
from panel.io.resources import Resources, bundle_resources

from app.hosting import metrics
from app.hosting.guard import Guard
from app.hosting.headers import Plain, policy
from app.words import HOSTING as WORDS

Query = Mapping[str, Iterable[bytes]]
Face = Callable[[Query, Mapping[str, Any]], str]  # a page as HTML, from its address and what the server adds to it

MOST_LETTERS = 13_000  # of an address that goes into the token: more than pages read, so that they still say it is too long
INLINE = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>(.*?)</script>", re.DOTALL)
TAG = re.compile(r"<script.*?</script>", re.DOTALL)


def shortened(query: Query) -> dict[str, list[bytes]]:
    """The first values of an address, up to what a token can hold."""
    kept, letters = {}, 0
    for name, values in query.items():
        value = next(iter(values), b"")
        letters += len(name) + len(value)
        if letters > MOST_LETTERS:
            kept[name[:40]] = [value[: max(0, MOST_LETTERS - letters + len(value))]]
            break
        kept[name] = [value]
    return kept


@cache
def bundle(application: BokehTornado) -> tuple[str, str]:
    """The libraries that every page loads, as tags.

    A shim for import maps is left out: no page has one, and it tries inline scripts that the security policy forbids.
    """
    scripts, styles = bundle_resources([], Resources.from_bokeh(application.resources()))
    kept = [tag for tag in TAG.findall(str(scripts)) if "es-module-shims" not in tag and "esms-options" not in tag]
    return "\n".join(kept), str(styles)


@cache
def hashes(scripts: str) -> tuple[str, ...]:
    """The inline scripts as a content security policy names them."""
    digests = [hashlib.sha256(found.encode()).digest() for found in INLINE.findall(scripts)]
    return tuple(f"sha256-{base64.b64encode(digest).decode()}" for digest in digests)


class PageDocument(Plain):
    """Sends a page, with all that opens its session."""

    def initialize(self, guard: Guard, face: Face, entrance: str) -> None:
        self.guard, self.face, self.entrance = guard, face, entrance

    async def get(self) -> None:
        self.set_header("Cache-Control", "no-store")  # the token belongs to this visit
        prefix = self.application.prefix
        if prefix and self.request.path == prefix:  # relative addresses need the stroke at the end
            self.redirect(f"{prefix}/" + (f"?{self.request.query}" if self.request.query else ""))
            return
        why = self.guard.why_not(self.request.remote_ip)
        if why:
            self.guard.refused(why)
            self.set_status(503)
            self.set_header("Retry-After", "20")
            self.set_header("Refresh", "20")
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(WORDS[why] + "\n")
            return
        await self.guard.turns.wait()
        query = shortened(self.request.query_arguments)
        scripts, styles = bundle(self.application)
        given = {"token": self.guard.token(query), "words": WORDS["entrance"]}
        opening = json.dumps(given, separators=(",", ":")).replace("<", "\\u003c")
        data = f'<script type="application/json" id="gliascope-entrance">{opening}</script>'
        tags = f'{data}<script src="{self.entrance}"></script>'
        page = self.face(query, {"macros": MACROS, "bokeh_js": scripts, "bokeh_css": styles, "docs": [], "plot_script": tags})
        self.set_header("Content-Security-Policy", policy(self.guard.options, hashes(scripts)))
        metrics.pages.inc()
        self.finish(page)
