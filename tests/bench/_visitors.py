"""Visitors without a browser, a server to visit, and what both of them cost; used by benchmarks and by tests of the hosting."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import psutil
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

ROOT = Path(__file__).parents[2]
Result = TypeVar("Result")
STOPS = 60  # every slider has more
PATIENCE = 30.0  # seconds after which an answer counts as none


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Served:
    """A server in a process of its own."""

    def __init__(self, *options: str, module: str = "app", prefix: str = "", port: int = 0, **environment: str) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}{prefix}/"
        self._folder = tempfile.TemporaryDirectory(prefix="gliascope-test-")
        self.log = Path(self._folder.name) / "log"
        given = {"GLIASCOPE_CACHE": str(Path(self._folder.name) / "cache"), **environment}
        command = [sys.executable, "-m", module, "--no-browser", "--port", str(self.port), *options]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **given})
        self._wait()

    def _wait(self) -> None:
        for _ in range(600):
            if self.process.poll() is not None:
                raise RuntimeError(self.log.read_text())
            try:
                urllib.request.urlopen(self.url + "healthz", timeout=2).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"no server after a minute: {self.log.read_text()}")

    def family(self) -> list[psutil.Process]:
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]

    def memory(self) -> float:
        """Megabytes of all its processes."""
        return sum(_told(process, lambda one: one.memory_info().rss) for process in self.family()) / 2**20

    def cpu(self) -> float:
        """Seconds that all its processes have computed."""
        return sum(_told(process, lambda one: sum(one.cpu_times()[:2])) for process in self.family())

    def get(self, path: str, timeout: float = 10) -> str:
        with urllib.request.urlopen(self.url + path, timeout=timeout) as answer:
            return answer.read().decode()

    def figure(self, name: str) -> float:
        """One of the metrics, summed over its labels."""
        found = re.findall(rf"^gliascope_{name}(?:\{{[^}}]*\}})? (\S+)$", self.get("metrics"), re.MULTILINE)
        return sum(map(float, found))

    def trouble(self) -> list[str]:
        """Lines of the log that speak of something unforeseen."""
        return re.findall(r"^.*(?:Traceback|error=| error ).*$", self.log.read_text(), re.MULTILINE)

    def stop(self) -> float:
        """End it as an orchestrator does; how many seconds that took."""
        began, family = time.monotonic(), self.family() if self.process.poll() is None else []
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        took = time.monotonic() - began
        for orphan in family[1:]:  # Tornado's own processes outlive their parent
            with suppress(psutil.Error):
                orphan.kill()
        self._folder.cleanup()
        return took

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: Any) -> None:
        if self.process.poll() is None:
            self.stop()


def _plain(node: dict[str, Any]) -> dict[str, Any]:
    """What Bokeh writes as a map of names is a dictionary."""
    entries = node.get("entries", []) if node.get("type") == "map" else None
    named = entries is not None and all(isinstance(name, str) for name, _ in entries)
    return dict(entries) if named else node


def _told(process: psutil.Process, ask: Any) -> float:
    try:
        return ask(process)
    except psutil.Error:  # it ended between two questions
        return 0.0


class Visitor:
    """One visitor: a page, a websocket, a document in which sliders can be moved."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url, self.headers = url, headers
        self.line: WebSocketClientConnection | None = None
        self.document: dict[str, Any] = {}
        self.answered = asyncio.Event()
        self.heard: list[str] = []
        self.least = 2_000  # bytes below which an answer carries no run
        self.stops: dict[str, int] = {}  # at which our sliders stand
        self._listening: asyncio.Task | None = None

    async def token(self) -> str:
        page = await AsyncHTTPClient().fetch(HTTPRequest(self.url, headers=self.headers, request_timeout=PATIENCE))
        return re.search(r'"token":"([^"]+)"', page.body.decode())[1]

    async def connect(self, token: str) -> None:
        parts = urlsplit(self.url)
        address = urlunsplit(("ws", parts.netloc, parts.path.rstrip("/") + "/ws", parts.query, ""))
        request = HTTPRequest(address, headers=self.headers, request_timeout=PATIENCE)
        self.line = await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=1 << 30)
        self.line.protocol.stream.set_nodelay(True)  # else our own client adds some 40 ms to every message, sent in parts
        await self.read()

    async def arrive(self) -> float:
        """Open the page and get its document; how many seconds that took."""
        began = time.perf_counter()
        await self.connect(await self.token())
        await self.pull()
        took = time.perf_counter() - began
        ready = {"type": "event", "name": "document_ready", "values": {"type": "map"}}
        await self.patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": ready})
        self._listening = asyncio.ensure_future(self._listen())
        return took

    async def pull(self) -> None:
        await self.say("PULL-DOC-REQ", {})
        while True:
            message = await self.read()
            if message is None:
                raise ConnectionError("the line was cut")
            if message[0] == "PULL-DOC-REPLY":
                self.document = json.loads(message[1], object_hook=_plain)
                return

    async def read(self) -> tuple[str, str, int] | None:
        """One message: its type, its content, and its bytes with those of its buffers; None at the end."""
        header = await self.line.read_message()
        if header is None:
            return None
        await self.line.read_message()
        content = await self.line.read_message() or ""
        header, size = json.loads(header), len(content)
        for _ in range(header.get("num_buffers", 0)):
            await self.line.read_message()
            size += len(await self.line.read_message() or b"")
        return header["msgtype"], content, size

    async def say(self, kind: str, content: dict[str, Any]) -> None:
        for part in (json.dumps({"msgid": str(random.getrandbits(60)), "msgtype": kind}), "{}", json.dumps(content)):
            await self.line.write_message(part)

    async def patch(self, *events: dict[str, Any]) -> None:
        await self.say("PATCH-DOC", {"events": list(events)})

    async def _listen(self) -> None:
        while (message := await self.read()) is not None:
            if message[0] == "PATCH-DOC":
                self.heard = [*self.heard[-20:], message[1]]
                if message[2] >= self.least:
                    self.answered.set()

    def nodes(self) -> Iterator[dict[str, Any]]:
        """All that the document holds, its messages and its models."""
        todo: list[Any] = [self.document]
        while todo:
            node = todo.pop()
            if isinstance(node, dict):
                yield node
                todo.extend(node.values())
            elif isinstance(node, list):
                todo.extend(node)

    def models(self) -> Iterator[dict[str, Any]]:
        return (node for node in self.nodes() if node.get("type") == "object" and "id" in node)

    def slider(self, label: str) -> dict[str, Any] | None:
        """A slider that is a model of Bokeh's own, as a stock page has them; ours are plain messages."""
        for model in self.models():
            known = model.get("attributes", {})
            if re.search(r"Slider\d*$", model.get("name", "")) and label in (known.get("title"), known.get("name")):
                return model
        return None

    def opened_at(self, label: str) -> int:
        """The stop at which a slider of ours stood when the page came."""
        for node in self.nodes():
            if label in node.get("sliders", ()):
                return node["sliders"][label]["value"]
        raise KeyError(f"the page has no slider {label}")

    def page(self) -> str:
        """The id of the component that takes messages."""
        return next(model["id"] for model in self.models() if "esm" in model.get("attributes", {}))

    async def slide(self, label: str = "T") -> float:
        """Move a slider somewhere else; how many seconds until its run has come."""
        slider = self.slider(label)
        self.answered.clear()
        began = time.perf_counter()
        if slider is None:
            before = self.stops[label] if label in self.stops else self.opened_at(label)
            index = random.choice([stop for stop in range(STOPS) if stop != before])  # no move, no answer
            self.stops[label] = index
            await self.tell({"do": "slide", "name": label, "index": index})
            await self.tell({"do": "release", "name": label})
        else:
            await self._move(slider)
        await asyncio.wait_for(self.answered.wait(), PATIENCE)
        return time.perf_counter() - began

    async def _move(self, slider: dict[str, Any]) -> None:
        known = slider["attributes"]
        low, high, step = (known.get(name, default) for name, default in (("start", 0), ("end", 1), ("step", 0.01)))
        new = known.get("value")
        while new == known.get("value"):
            new = round(low + step * random.randint(0, max(1, round((high - low) / step))), 9)
        known["value"] = new
        for attribute in ("value", "value_throttled"):
            await self.patch({"kind": "ModelChanged", "model": {"id": slider["id"]}, "attr": attribute, "new": new})

    async def tell(self, data: dict[str, Any]) -> None:
        """A message to the page's component, as its script sends them."""
        message = {"type": "map", "entries": [list(entry) for entry in data.items()]}
        values = {"type": "map", "entries": [["model", {"id": self.page()}], ["data", message]]}
        event = {"type": "event", "name": "data_event", "values": values}
        await self.patch({"kind": "MessageSent", "msg_type": "bokeh_event", "msg_data": event})

    def leave(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
        if self.line is not None:
            self.line.close(1001)

    def vanish(self) -> None:
        """Be cut off: no word of farewell reaches the server."""
        if self._listening is not None:
            self._listening.cancel()
        self.line.protocol.stream.close()


def go(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it to its end, also where Playwright keeps a loop of its own running in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
