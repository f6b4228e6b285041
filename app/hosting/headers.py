"""What every answer carries: the security headers, no word about versions, and errors as one plain sentence."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from tornado.web import RequestHandler

from app.hosting.options import Options
from app.words import words

WORDS = words("app.hosting")["hosting"]


def policy(options: Options, inline: tuple[str, ...] = ()) -> str:
    """The content security policy: everything from here, no other host ever. `inline` are hashes of the scripts in the page."""
    rules = {
        "default-src": ["'self'"],
        "script-src": ["'self'", "blob:", *(f"'{one}'" for one in inline)],
        "style-src": ["'self'", "'unsafe-inline'"],  # Bokeh writes style elements into its shadow roots
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
        "frame-ancestors": list(ancestors(options)),
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in rules.items())


def ancestors(options: Options) -> tuple[str, ...]:
    """Who may show a page in a frame. Its own pages always may: a lesson shows a study, and its speaker the next step."""
    others = tuple(one for one in options.frames if one not in ("'none'", "'self'"))
    return others if "*" in others else ("'self'", *others)


def safe_headers(handler: RequestHandler) -> None:
    options: Options = handler.settings["hosting"]
    handler.clear_header("Server")
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Referrer-Policy", "no-referrer")  # an address holds all that a visitor did
    handler.set_header("Cross-Origin-Opener-Policy", "same-origin")
    handler.set_header("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    handler.set_header("Content-Security-Policy", policy(options))
    if ancestors(options) == ("'self'",):  # browsers that know no frame-ancestors
        handler.set_header("X-Frame-Options", "SAMEORIGIN")


class Plain(RequestHandler):
    """A handler whose answers carry the headers, and whose errors are a sentence."""

    def set_default_headers(self) -> None:
        safe_headers(self)

    def write_error(self, status_code: int, **kw: Any) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.finish(WORDS["errors"].get(str(status_code), WORDS["errors"]["500"]) + "\n")


class Readable(Plain):
    """One that can be read: to HEAD it says the same as to GET, and sends no body."""

    def head(self, *path: str) -> Awaitable[None] | None:
        return self.get(*path)


class Nothing(Plain):
    """Whatever has no handler of its own: other routes of Bokeh and Panel list pages, import modules by name, tell versions."""

    def prepare(self) -> None:
        self.send_error(404)
