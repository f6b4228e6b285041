"""What whoever starts the server may choose, by environment or by option; an option wins. Nothing heavy is imported here.

Each choice is one field of `Options`, which says by which names it can be made, how a text is read, and what it is for. The
parser and the reader of the environment are made from that, and the README's table is tested against it.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import metadata
from pathlib import Path
from typing import Any

from app.rates import WORK_PER_SECOND

PORT = 5006
CACHE_MB = 256
SHORTEST_SECRET = 16
VERSION = "0.1.0"  # as pyproject.toml says it: an image holds neither that file nor what an installation leaves
# A host, as browsers name it in Origin: no scheme, no path; a star stands for any label or port.
ORIGIN = re.compile(r"(\*|[\w*.-]+|\[[0-9a-fA-F:]+\])(:(\d{1,5}|\*))?")
ANCESTOR = re.compile(r"'self'|'none'|\*|(https?://)?[\w*.-]+(:\d{1,5}|:\*)?")
POSITIVE = (
    "processes", "sessions", "sessions_per_address", "changes_per_second", "work_per_second", "unused_seconds", "workers",
    "cache_mb",
)  # fmt: skip


@dataclass(frozen=True)
class Option:
    """What is known of one field of `Options` besides its default."""

    name: str
    help: str
    environment: str  # without GLIASCOPE_; empty: none
    flag: str  # empty: none
    read: Callable[[str], Any]  # a text of the environment, and of the command line if `read_flag` is not given
    read_flag: Callable[[str], Any] | None
    metavar: str | None
    constant: Any  # what a flag without a value says; None: it takes one
    repeated: bool  # whether the flag may be given more than once
    empty_counts: bool  # whether an empty text says something; else it was not said

    @property
    def variable(self) -> str:
        return f"GLIASCOPE_{self.environment}" if self.environment else ""

    def add_to(self, parser: argparse.ArgumentParser) -> None:
        about: dict[str, Any] = {"dest": self.name, "help": self.help}
        if self.constant is not None:
            parser.add_argument(self.flag, action="store_const", const=self.constant, **about)
            return
        action = "append" if self.repeated else "store"
        parser.add_argument(self.flag, action=action, type=self._read_argument, metavar=self.metavar, **about)

    def _read_argument(self, text: str) -> Any:
        try:
            return (self.read_flag or self.read)(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} cannot be read") from None


def _option(
    default: Any, help: str, environment: str = "", flag: str = "", read: Callable[[str], Any] = str, *, read_flag=None,
    metavar: str | None = None, constant: Any = None, repeated: bool = False, empty_counts: bool = False,
) -> Any:  # fmt: skip
    about = dict(
        help=help, environment=environment, flag=flag, read=read, read_flag=read_flag,
        metavar=metavar, constant=constant, repeated=repeated, empty_counts=empty_counts,
    )  # fmt: skip
    return field(default_factory=default, metadata=about) if callable(default) else field(default=default, metadata=about)


# ------------------------------------------------------------------------------------------------------------ texts as values


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _path(text: str) -> str:
    path = text.strip("/")
    return f"/{path}" if path else ""


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError
    return text == "1"


def _whole(text: str) -> int:
    if not text.isdigit():
        raise ValueError
    return int(text)


def _folder(text: str) -> Path | None:
    return Path(text) if text else None


def _milliseconds(text: str) -> float:
    return float(text) / 1000


def _default_folder(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gliascope"


def _processors() -> int:
    return os.cpu_count() or 1


# ------------------------------------------------------------------------------------------------------------------ options


@dataclass(frozen=True)
class Options:
    """Every choice, checked."""

    port: int = _option(PORT, "port to listen on", "PORT", "--port", int)
    address: str | None = _option(None, "interface to listen on; all if not given", "ADDRESS", "--address")
    origins: tuple[str, ...] = _option(  # besides the page's own
        (), "where browsers see the page, if a proxy does not hand on the Host that they ask for; may be given more than once",
        "ORIGINS", "--allow-websocket-origin", _several, read_flag=str, metavar="HOST[:PORT]", repeated=True,
    )  # fmt: skip
    prefix: str = _option("", "path under which a proxy shows the page", "PREFIX", "--prefix", _path)
    processes: int = _option(1, "server processes", "PROCESSES", "--num-procs", int)
    behind_proxy: bool = _option(  # whether X-Forwarded-… are written by our own proxy and may be believed
        False, "believe the X-Forwarded-… of a proxy", "BEHIND_PROXY", "--use-xheaders", _switch, constant=True
    )
    # Slides and course pages show it in frames.
    frames: tuple[str, ...] = _option(("*",), "who may show the page in a frame", "FRAMES", read=_several)
    sessions: int = _option(600, "the most visitors of one process", "SESSIONS", read=int)
    # A lecture hall often comes from one address.
    sessions_per_address: int = _option(400, "the most visitors from one address", "SESSIONS_PER_ADDRESS", read=int)
    changes_per_second: float = _option(
        20.0, "of one session, in the long run; three seconds' worth at once", "CHANGES_PER_SECOND", read=float
    )
    work_per_second: float = _option(
        WORK_PER_SECOND,
        "numbers touched for one session, in the long run; half a minute's worth at once",
        "WORK_PER_SECOND",
        read=float,
    )
    unused_seconds: float = _option(
        60.0, "so long a session waits for a visitor who was cut off", "UNUSED_SECONDS", "--unused-session-lifetime", float,
        read_flag=_milliseconds, metavar="MS",
    )  # fmt: skip
    # The same for all replicas, else each start makes its own.
    secret: str = _option("", "signs session tokens; 16 letters or more", "SECRET")
    # None: on the port of the pages. A monitor inside needs no token, so either is enough.
    metrics_port: int | None = _option(None, "port for the figures alone", "METRICS_PORT", "--metrics-port", int)
    metrics_token: str = _option("", "what whoever reads the figures has to show; 16 letters or more", "METRICS_TOKEN")
    json_logs: bool = _option(False, "json: one object a line", "LOG", read=lambda text: text == "json")
    workers: int = _option(_processors, "processes that compute maps; one for each processor", "WORKERS", "--workers", _whole)
    # Empty: a pool of processes here.
    scheduler: str = _option("", "a Dask scheduler that computes instead", "SCHEDULER", "--scheduler", metavar="tcp://HOST:PORT")
    cache: Path | None = _option(  # noqa: RUF009
        _default_folder,
        "where results are kept; empty: nowhere",
        "CACHE",
        "--cache",
        _folder,
        metavar="FOLDER",
        empty_counts=True,
    )
    cache_mb: int = _option(CACHE_MB, "the most that is kept", "CACHE_MB", "--cache-mb", _whole, metavar="MB")
    browser: bool = _option(True, "do not open a browser", flag="--no-browser", constant=False)
    dev: bool = _option(
        False, "for who changes the code: start again when a file changes, keep no assets, log whole tracebacks",
        "DEV", "--dev", _switch, constant=True,
    )  # fmt: skip

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
        if self.metrics_port is not None and (not 1 <= self.metrics_port <= 65535 or self.metrics_port == self.port):
            raise ValueError(f"metrics port {self.metrics_port}: it must be from 1 to 65535, and not that of the pages")
        for called, text in (("secret", self.secret), ("metrics token", self.metrics_token)):
            if text and len(text) < SHORTEST_SECRET:
                raise ValueError(f"the {called} is too short: give at least {SHORTEST_SECRET} letters")
        for name in POSITIVE:
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name.replace('_', ' ')} = {getattr(self, name)}: it must be more than 0")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Options:
        """The choices that the environment makes; a `ValueError` with a sentence where one is wrong."""
        return cls(**_from_environment(environment))

    @classmethod
    def read(cls, given: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> Options:
        """What the command line says, and from the environment what it does not; exits with a sentence where one is wrong."""
        commands = parser()
        asked = {name: value for name, value in vars(commands.parse_args(given)).items() if name in OPTIONS}
        for name, value in asked.items():
            if OPTIONS[name].repeated:
                asked[name] = tuple(value)
        try:
            return cls(**{**_from_environment(environment), **asked})
        except ValueError as wrong:
            commands.error(str(wrong))


OPTIONS: Mapping[str, Option] = {f.name: Option(name=f.name, **f.metadata) for f in fields(Options)}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The fields of `Options` that variables GLIASCOPE_… speak of."""
    values: dict[str, Any] = {"cache": _default_folder(environment)}
    for name, option in OPTIONS.items():
        text = environment.get(option.variable) if option.variable else None
        if text is None or (not text and not option.empty_counts):
            continue
        try:
            values[name] = option.read(text)
        except ValueError:
            raise ValueError(f"{option.variable} = {text!r} cannot be read") from None
    return values


def parser() -> argparse.ArgumentParser:
    """The command line; only what was given is in its answer."""
    commands = argparse.ArgumentParser(
        prog="python -m app", description="Serve Gliascope and open it in a browser.", argument_default=argparse.SUPPRESS,
        epilog="Each of these, and more, can be said by the environment: see the README's section Hosting.",
    )  # fmt: skip
    for option in OPTIONS.values():
        if option.flag:
            option.add_to(commands)
    commands.add_argument(
        "--reuse-sessions", nargs="?", const=True, help="no effect: a first render makes no session here that could be shared"
    )
    commands.add_argument("--version", action="version", version=f"gliascope {version()}")
    return commands


def version() -> str:
    """The version of the package, also where it runs without having been installed."""
    try:
        return metadata.version("gliascope")
    except metadata.PackageNotFoundError:
        return VERSION
