"""What whoever starts the server may choose, by environment or by option; an option wins. Nothing heavy is imported here."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

PORT = 5006
# A host, as browsers name it in Origin: no scheme, no path; a star stands for any label or port.
ORIGIN = re.compile(r"(\*|[\w*.-]+|\[[0-9a-fA-F:]+\])(:(\d{1,5}|\*))?")
ANCESTOR = re.compile(r"'self'|'none'|\*|(https?://)?[\w*.-]+(:\d{1,5}|:\*)?")


@dataclass(frozen=True)
class Options:
    """Every choice, checked."""

    port: int = PORT
    address: str | None = None
    origins: tuple[str, ...] = ()  # besides the page's own
    prefix: str = ""
    processes: int = 1
    behind_proxy: bool = False  # whether X-Forwarded-… are written by our own proxy and may be believed
    frames: tuple[str, ...] = ("*",)  # who may show the page in a frame: slides and course pages do
    sessions: int = 600  # of one process
    sessions_per_address: int = 400  # a lecture hall often comes from one address
    changes_per_second: float = 20.0  # of one session, in the long run; three seconds' worth at once
    work_per_second: float = 6e7  # numbers touched for one session, in the long run; half a minute's worth at once
    unused_seconds: float = 60.0  # so long a session waits for a visitor who was cut off
    secret: str = ""  # signs session tokens; the same for all replicas, else each start makes its own
    json_logs: bool = False
    browser: bool = True

    def __post_init__(self) -> None:
        for origin in self.origins:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"origin {origin!r}: give HOST or HOST:PORT as browsers see it, without scheme and path")
        for frame in self.frames:
            if not ANCESTOR.fullmatch(frame):
                raise ValueError(f"frame ancestor {frame!r}: give 'self', 'none', * or a host")
        if not re.fullmatch(r"(/[\w.~-]+)*", self.prefix):
            raise ValueError(f"prefix {self.prefix!r}: give a path such as /gliascope")
        if not 0 <= self.port <= 65535:
            raise ValueError(f"port {self.port}: it must be from 0 to 65535")
        if self.secret and len(self.secret) < 16:
            raise ValueError("the secret is too short: give at least 16 letters")
        for name in ("processes", "sessions", "sessions_per_address", "changes_per_second", "work_per_second", "unused_seconds"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name.replace('_', ' ')} = {getattr(self, name)}: it must be more than 0")

    @classmethod
    def chosen(
        cls, asked: argparse.Namespace, parser: argparse.ArgumentParser, environment: Mapping[str, str] = os.environ
    ) -> Options:
        """What the command line says, and from the environment what it does not; exits with a sentence where one is wrong."""
        names = {field.name for field in fields(cls)}
        said = {name: value for name, value in _tidy(vars(asked)).items() if name in names and value is not None}
        try:
            return cls(**{**_from_environment(environment), **said})
        except ValueError as wrong:
            parser.error(str(wrong))

    @classmethod
    def glimpsed(cls, given: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> Options:
        """The same without knowing all that the command line may say: for a parent that only starts others."""
        parser = argparse.ArgumentParser(prog="python -m app", add_help=False)
        add_options(parser)
        asked, _ = parser.parse_known_args(given)
        return cls.chosen(asked, parser, environment)


def _from_environment(environment: Mapping[str, str]) -> dict:
    """GLIASCOPE_… as the fields of `Options`; what is empty was not said."""
    kinds = {
        "PORT": ("port", int), "ADDRESS": ("address", str), "ORIGINS": ("origins", _listed), "PREFIX": ("prefix", _path),
        "PROCESSES": ("processes", int), "BEHIND_PROXY": ("behind_proxy", _switch), "FRAMES": ("frames", _listed),
        "SESSIONS": ("sessions", int), "SESSIONS_PER_ADDRESS": ("sessions_per_address", int),
        "CHANGES_PER_SECOND": ("changes_per_second", float), "WORK_PER_SECOND": ("work_per_second", float),
        "UNUSED_SECONDS": ("unused_seconds", float), "SECRET": ("secret", str), "LOG": ("json_logs", lambda text: text == "json"),
    }  # fmt: skip
    said = {}
    for name, (field, read) in kinds.items():
        text = environment.get(f"GLIASCOPE_{name}", "")
        if text:
            try:
                said[field] = read(text)
            except ValueError:
                raise ValueError(f"GLIASCOPE_{name} = {text!r} cannot be read") from None
    return said


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of a command line; the README's section Hosting has those of the environment."""
    parser.add_argument("--port", type=int)
    parser.add_argument("--address", help="interface to listen on; all if not given")
    parser.add_argument(
        "--allow-websocket-origin", action="append", metavar="HOST[:PORT]", dest="origins",
        help="where browsers see the page, if a proxy does not hand on the Host that they ask for; may be given more than once",
    )  # fmt: skip
    parser.add_argument("--prefix", type=_path, help="path under which a proxy shows the page")
    parser.add_argument("--num-procs", type=int, dest="processes", help="server processes")
    parser.add_argument(
        "--use-xheaders", action="store_const", const=True, dest="behind_proxy", help="believe the X-Forwarded-… of a proxy"
    )
    parser.add_argument(
        "--reuse-sessions", nargs="?", const=True, help="no effect: a first render makes no session here that could be shared"
    )
    parser.add_argument(
        "--unused-session-lifetime", type=float, metavar="MS", help="so long a session waits for a visitor who was cut off"
    )
    parser.add_argument("--no-browser", action="store_const", const=False, dest="browser", help="do not open a browser")


def _tidy(said: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(said)
    if said.get("origins") is not None:
        said["origins"] = tuple(said["origins"])
    if said.get("unused_session_lifetime") is not None:
        said["unused_seconds"] = said["unused_session_lifetime"] / 1000
    return said


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _path(text: str) -> str:
    path = text.strip("/")
    return f"/{path}" if path else ""


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError
    return text == "1"
