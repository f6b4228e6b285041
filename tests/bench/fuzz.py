"""Unkind visitors: addresses and websocket messages that no page sends, while others go on using theirs."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient
from tornado.websocket import WebSocketClosedError

from app.chapters.retrieval.chapter import CHAPTER
from tests.bench._table import heading, row
from tests.bench._visitors import Served, Visitor, quantile

VALUES = (
    "",
    "0",
    "-1",
    "1e999",
    "nan",
    "inf",
    "-inf",
    "NaN",
    "1e-320",
    "9" * 400,
    "0x10",
    "1_0",
    "½",
    "٣",
    "true",
    "null",
    "None",
    "[]",
    "{}",
    "<script>alert(1)</script>",
    "'; DROP TABLE",
    "../../etc/passwd",
    "%00",
    "\x00",
    "a" * 20_000,
    "💣" * 100,
    "1,2,3",
    "1;2",
    "~",
    "!" * 99,
    "ff" * 128,
    "0." + "f" * 255,
    "9999999~T~nan",
    "0~T~0.1!" * 40,
    "N:1024,K:512;" * 8,
    "__class__",
    "1e15",
    "-0",
    "1024",
    "512",
)
NUMBERS: tuple[Any, ...] = (
    -1,
    10**6,
    10**30,
    1e308,
    0.5,
    True,
    None,
    "3",
    "x" * 70_000,
    [],
    [0] * 20_000,
    {},
    {"type": "number", "value": "nan"},
    {"type": "number", "value": "+inf"},
    {"type": "object", "name": "Figure", "id": "x1"},
    {"type": "slice"},
    {"type": "bytes", "data": "AA"},
    {
        "type": "ndarray",
        "array": {"type": "bytes", "data": "AAAA"},
        "shape": [10**9, 10**9],
        "dtype": "float64",
        "order": "little",
    },
    {"type": "map", "entries": [[{"id": "x"}, 1]]},
    {"id": "p1001"},
    {"type": "date", "iso": "x"},
    {"type": "typed_array", "array": 1},
)
DEEDS = (
    "set",
    "scene",
    "draw",
    "steer",
    "moment",
    "go_on",
    "pin",
    "unpin",
    "compare",
    "view",
    "want",
    "slide",
    "cue",
    "memory",
    "mark",
    "open",
    "store",
    "keep_step",
    "own_lesson",
    "take_lesson",
    "codes",
    "x",
    "",
)
ARGUMENTS = (
    "name",
    "text",
    "key",
    "index",
    "model",
    "which",
    "what",
    "url",
    "entries",
    "pattern",
    "row",
    "segment",
    "on",
    "changes",
    "address",
    "patterns",
    "parts",
    "whole",
    "N",
    "x" * 99,
)
KINDS = (
    "ModelChanged",
    "MessageSent",
    "TitleChanged",
    "RootAdded",
    "RootRemoved",
    "ColumnDataChanged",
    "ColumnsStreamed",
    "ColumnsPatched",
    "x",
)
OTHERS = 4  # visitors at once who mind their own business


def address(chance: random.Random) -> str:
    """A query that few would write by hand."""
    names = [*CHAPTER.defaults, "v", "bokeh-session-id", "bokeh-token", "x", "__proto__", ""]
    pairs = [
        f"{quote(chance.choice(names))}={quote(chance.choice(VALUES)[:3000])}" for _ in range(chance.choice((1, 1, 2, 5, 120)))
    ]
    return "&".join(pairs)[:30_000]


def fragments(chance: random.Random, models: Sequence[str], page: str) -> list[str | bytes]:
    """What an unkind visitor sends as one message."""
    kind = chance.random()
    if kind < 0.03:
        return [
            chance.choice(["", "x", b"x", "{}", "[" * 9000, json.dumps({"msgtype": "PUSH-DOC", "msgid": "1"}), "null"])
            for _ in range(3)
        ]
    header = {"msgid": "1", "msgtype": "PATCH-DOC"}
    if kind < 0.05:
        header["msgtype"] = chance.choice(["PUSH-DOC", "SERVER-INFO-REQ", "ERROR", "OK", "ACK", "PULL-DOC-REPLY", "", "x" * 500])
    if kind > 0.98:
        header["num_buffers"] = chance.choice([1, -1, 10**9, "1"])  # type: ignore[assignment]
    if kind > 0.997:
        return [json.dumps(header), "{}", json.dumps({"events": [], "x": "x" * 10_000_000})]
    return [
        json.dumps(header),
        "{}",
        json.dumps({"events": [_event(chance, models, page) for _ in range(chance.choice((1, 1, 2, 9)))]}),
    ]


def _event(chance: random.Random, models: Sequence[str], page: str) -> Any:
    kind = chance.random()
    if kind < 0.35:  # a slider, and stops that are none
        entries = [["do", "slide"], ["name", "T"], ["index", chance.choice(NUMBERS)]]
        return _message(page, {"type": "map", "entries": entries})
    if kind < 0.5:  # any attribute of any model of the document
        attribute = chance.choice(
            ["value", "esm", "data", "children", "tags", "run", "text", "label", "end", "subscribed_events", "js_event_callbacks"]
        )
        return {"kind": "ModelChanged", "model": {"id": chance.choice(models)}, "attr": attribute, "new": chance.choice(NUMBERS)}
    if kind < 0.9:  # messages to the page
        data = {name: chance.choice([*NUMBERS, *VALUES[:24]]) for name in chance.sample(ARGUMENTS, chance.choice((0, 1, 2, 3)))}
        entries = [["do", chance.choice(DEEDS)], *([name, value] for name, value in data.items())]
        said: Any = {"type": "map", "entries": entries} if chance.random() < 0.9 else chance.choice(NUMBERS)
        return _message(page, said)
    return {"kind": chance.choice(KINDS), "model": {"id": chance.choice(models)}, "attr": "data", "title": "x", "new": 1}


def _message(page: str, said: Any) -> dict[str, Any]:
    values = {"type": "map", "entries": [["model", {"id": page}], ["data", said]]}
    event = {"type": "event", "name": "data_event", "values": values}
    return {"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event}


async def unkind(url: str, cases: int, seed: int, told: Counter[str]) -> None:
    """Open addresses and say nonsense until so many cases are through."""
    chance = random.Random(seed)
    while cases > 0:
        visitor = Visitor(f"{url}?{address(chance)}")
        try:
            await visitor.arrive()
            told["pages opened by odd addresses"] += 1
            models = [model["id"] for model in visitor.models()]
            for _ in range(20):
                cases -= 1
                told["messages"] += 1
                for part in fragments(chance, models, visitor.page()):
                    await visitor.line.write_message(part, binary=isinstance(part, bytes))
                await asyncio.sleep(0.02)
        except WebSocketClosedError:
            told["lines cut by the server"] += 1
        except Exception as error:
            cases -= 1
            told[f"refused: {type(error).__name__} {getattr(error, 'code', '')}"] += 1
        finally:
            if any(sign in "".join(visitor.heard) for sign in ("Traceback", "site-packages", "/app/")):
                told["TRACEBACKS SHOWN"] += 1
            visitor.leave()


async def kind(visitor: Visitor, until: asyncio.Event) -> list[float]:
    """One who minds his own business meanwhile."""
    took = []
    while not until.is_set():
        took.append(await visitor.slide("T"))
        await asyncio.sleep(random.uniform(0.3, 0.7))
    visitor.leave()
    return took


def _go_on(url: str, ear: Connection) -> None:
    async def all_of_them() -> list[float]:
        end = asyncio.Event()
        asyncio.get_running_loop().add_reader(ear.fileno(), end.set)
        visitors = [Visitor(url) for _ in range(OTHERS)]
        for visitor in visitors:
            await visitor.arrive()
        ear.send("here")
        return [*chain.from_iterable(await asyncio.gather(*(kind(visitor, end) for visitor in visitors)))]

    ear.send(asyncio.run(all_of_them()))


class Others:
    """Kind visitors, in a process of their own: else what keeps the unkind busy would seem to be the server's."""

    def __init__(self, url: str) -> None:
        self._ear, theirs = Pipe()
        self._process = get_context("spawn").Process(target=_go_on, args=(url, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._ear.recv()  # once they are inside

    def waited(self) -> list[float]:
        """Let them go; how long each of their changes took."""
        self._ear.send("enough")
        return self._ear.recv()


def _quiet(url: str, seconds: float) -> list[float]:
    others = Others(url)
    time.sleep(seconds)
    return others.waited()


async def attack(url: str, cases: int, unkinds: int, seed: int) -> tuple[Counter[str], list[float]]:
    told, others = Counter(), Others(url)
    await asyncio.gather(*(unkind(url, cases // unkinds, seed + number, told) for number in range(unkinds)))
    return told, others.waited()


def oddities(url: str) -> Counter[int]:
    """Paths, methods and headers that have nothing to give; the status each is answered with."""
    told: Counter[int] = Counter()
    paths = (
        "components/os/path/x/y",
        "components/antigravity/x/__css__/y",
        "metadata",
        "autoload.js?bokeh-autoload-element=1",
        "static/",
        "admin",
        "rest/session_info",
        "liveness",
        "index",
        "..%2f..%2fetc/passwd",
        "static/..%5c..%5cx",
        "ws",
        "favicon.ico",
        "x" * 8000,
        "%ff%fe",
        "login",
    )
    for path in paths:
        for method in ("GET", "POST", "PUT", "OPTIONS", "TRACE"):
            request = urllib.request.Request(url + path, data=b"x" * 5000 if method in ("POST", "PUT") else None, method=method)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    told[answer.status] += 1
            except urllib.error.HTTPError as refused:
                told[refused.code] += 1
                body = refused.read().decode(errors="replace")
                if "Traceback" in body or "Tornado" in str(refused.headers) or "html" in body:
                    told[-1] += 1
            except OSError:
                told[0] += 1
    return told


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--unkind", type=int, default=8, help="visitors at once who are unkind")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(given)
    AsyncHTTPClient.configure(None, max_clients=100)
    with Served(GLIASCOPE_UNUSED_SECONDS="3") as served:
        before = _quiet(served.url, 12)
        began = time.perf_counter()
        told, during = asyncio.run(attack(served.url, asked.cases // 2, asked.unkind, asked.seed))
        half = served.memory()  # caches are full by now
        more, later = asyncio.run(attack(served.url, asked.cases - asked.cases // 2, asked.unkind, asked.seed + asked.unkind))
        told, during, took = told + more, during + later, time.perf_counter() - began
        paths = oddities(served.url)
        time.sleep(12)  # what they left is collected
        after = _quiet(served.url, 12)
        heading(f"{asked.cases} unkind messages by {asked.unkind} visitors at once, in {took:.0f} s")
        for name, count in sorted(told.items()):
            row(name, str(count))
        row("odd paths and methods by status", ", ".join(f"{code}: {n}" for code, n in sorted(paths.items())))
        shown = told["TRACEBACKS SHOWN"] + paths[-1]
        row("tracebacks shown to anybody", str(shown), "0", shown == 0)
        trouble = served.trouble()
        row("unforeseen errors in the log", str(len(trouble)), "0", not trouble)
        for line in trouble[:5]:
            print("   ", line[:160])
        row("dropped events, refusals, and changes that came too fast", f"{served.figure('rejections_total'):.0f}")
        p95 = [1e3 * quantile(times, 0.95) for times in (before, during, after)]
        calm = max(p95[0], p95[2])
        row("others' change, p95: before, during, after (ms)", " / ".join(f"{value:.0f}" for value in p95))
        row("others' p95 during, against the larger of the two", f"{p95[1] / calm:.2f}×", "≤ 1.5×", p95[1] <= 1.5 * calm)
        left = served.figure("sessions")
        row("sessions left", f"{left:.0f}", "≤ 8", left <= 8)
        whole = served.memory()
        row(
            "memory after the first half and after the second (MB)", f"{half:.0f} / {whole:.0f}", "≤ + 15 %", whole <= 1.15 * half
        )
    return 0 if not shown and not trouble else 1
