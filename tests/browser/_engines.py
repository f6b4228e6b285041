"""Firefox and WebKit for tests, each as a browser of its own: opened, read, and used by mouse and key.

Firefox is spoken to by WebDriver BiDi, WebKit by its driver's plain WebDriver; neither needs more than the tests have already.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from tornado.websocket import websocket_connect

PATIENCE = 60.0  # seconds that anything may take on a machine that is busy
SIZE = (1440, 900)
RIGHT = "\ue014"  # the key, as WebDriver writes it
# What every script can use: elements in whatever shadow roots, and the pages' own objects.
FIND = """
const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => [e, ...(e.shadowRoot ? all(e.shadowRoot) : [])]);
const found = (selector) => all(document).find((e) => e.matches(selector));
const called = (selector, text) => all(document).find((e) => e.matches(selector) && e.textContent.trim() === text);
"""


class Trouble(Exception):
    """A browser refused, or a script in it failed."""


class Browser:
    """One window of a browser; downloads arrive somewhere in its `folder`."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    @staticmethod
    def missing() -> str:
        """What is not on this machine, as a sentence, or nothing."""
        raise NotImplementedError

    def start(self) -> None:
        raise NotImplementedError

    def quit(self) -> None:
        """With whatever it has started."""
        while self._started:
            end(self._started.pop())

    def _begin(self, command: Sequence[str], **more: Any) -> subprocess.Popen[bytes]:
        given = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True, **more}
        self._started.append(subprocess.Popen(command, **given))
        return self._started[-1]

    def open(self, url: str) -> None:
        raise NotImplementedError

    def back(self) -> None:
        raise NotImplementedError

    def run(self, script: str) -> Any:
        """What the body of an asynchronous function returns."""
        raise NotImplementedError

    def act(self, *sources: dict[str, Any]) -> None:
        """Keys and moves, as WebDriver writes them."""
        raise NotImplementedError

    def complaints(self, urls: Sequence[str]) -> list[str]:
        """Errors on the console of these pages."""
        raise NotImplementedError

    # ---- what a person does, and waits for ----

    def until(self, condition: str, what: str) -> Any:
        return until(lambda: self.run(f"return {condition};"), f"{self.name}: {what}")

    def press(self, key: str) -> None:
        self.act({"type": "key", "id": "keys", "actions": [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]})

    def drag(self, selector: str, start: float, end: float) -> None:
        """The pointer goes down in an element at a share of its width, and comes up at another."""
        x, y, width, height = self.run(
            f"const box = found({json.dumps(selector)}).getBoundingClientRect(); return [box.x, box.y, box.width, box.height];"
        )
        places = [int(x + width * (start + (end - start) * step / 6)) for step in range(7)]
        moves: list[dict[str, Any]] = [
            {"type": "pointerMove", "x": place, "y": int(y + height / 2), "duration": 20} for place in places
        ]
        down, up = {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}
        self.act({**mouse, "actions": [moves[0], down, *moves[1:], up]})

    def downloaded(self, suffix: str) -> Path:
        """A file of this kind, once it has come whole."""

        def come() -> Path | None:
            files = [path for path in self.folder.rglob(f"gliascope*{suffix}") if path.stat().st_size]
            return files[0] if files and not list(self.folder.rglob("*.part")) else None

        return until(come, f"{self.name}: no file {suffix} arrives")


def until(good: Callable[[], Any], what: str) -> Any:
    """What is at last true of a browser that may be in the middle of something."""
    end, said = time.monotonic() + PATIENCE, ""
    while time.monotonic() < end:
        try:
            if found := good():
                return found
        except (OSError, Trouble) as trouble:
            said = str(trouble)[:300]
        time.sleep(0.05)
    raise AssertionError(f"{what} ({said})" if said else what)


class Firefox(Browser):
    name = "Firefox"

    @staticmethod
    def missing() -> str:
        return "" if _firefox() else "The tests in Firefox need one: Debian's package is firefox-esr."

    def start(self) -> None:
        profile = self.folder / "profile"
        profile.mkdir()
        wishes = {
            "browser.shell.checkDefaultBrowser": False,
            "browser.startup.page": 0,
            "datareporting.policy.dataSubmissionEnabled": False,
            "browser.download.folderList": 2,
            "browser.download.dir": str(self.folder),
            "browser.download.alwaysOpenPanel": False,
        }
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wishes.items()]
        (profile / "user.js").write_text("".join(lines))
        command = [_firefox() or "", "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
        self._begin(command, env={**os.environ, "HOME": str(self.folder)})
        place = profile / "WebDriverBiDiServer.json"
        told = until(lambda: place.exists() and json.loads(place.read_text() or "null"), "Firefox does not start")
        # A thread of its own: Playwright may keep a loop running in this one.
        self._thread, self._loop = ThreadPoolExecutor(1), asyncio.new_event_loop()
        self._count, self._logged = 0, list[str]()
        self._line = self._do(self._connect(f"ws://{told['ws_host']}:{told['ws_port']}/session"))
        self._ask("session.new", capabilities={})
        self._ask("session.subscribe", events=["log.entryAdded"])
        self._tab = self._ask("browsingContext.getTree")["contexts"][0]["context"]
        width, height = SIZE
        self._ask("browsingContext.setViewport", context=self._tab, viewport={"width": width, "height": height})

    def open(self, url: str) -> None:
        self._ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def back(self) -> None:
        self._ask("browsingContext.traverseHistory", context=self._tab, delta=-1)

    def run(self, script: str) -> Any:
        source = f"(async () => JSON.stringify((await (async () => {{{FIND}{script}}})()) ?? null))()"
        answer = self._ask("script.evaluate", expression=source, target={"context": self._tab}, awaitPromise=True)
        if answer["type"] == "exception":
            raise Trouble(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    def act(self, *sources: dict[str, Any]) -> None:
        self._ask("input.performActions", context=self._tab, actions=list(sources))

    def complaints(self, urls: Sequence[str]) -> list[str]:
        """Of all that was done, these pages among it."""
        self._ask("session.status")  # what was logged comes before the answer
        return self._logged

    def _do(self, work: Any) -> Any:
        async def in_time() -> Any:
            return await asyncio.wait_for(work, PATIENCE)

        return self._thread.submit(self._loop.run_until_complete, in_time()).result()

    def _ask(self, method: str, **given: Any) -> Any:
        self._count += 1
        return self._do(self._talk(self._count, method, given))

    async def _connect(self, url: str) -> Any:
        return await websocket_connect(url, max_message_size=2**26)

    async def _talk(self, number: int, method: str, given: dict[str, Any]) -> Any:
        await self._line.write_message(json.dumps({"id": number, "method": method, "params": given}))
        while (message := await self._line.read_message()) is not None:
            said = json.loads(message)
            if said.get("method") == "log.entryAdded" and said["params"]["level"] == "error":
                self._logged.append(str(said["params"].get("text")))
            if said.get("id") == number:
                if said["type"] == "error":
                    raise Trouble(f"{method}: {said['message']}")
                return said["result"]
        raise Trouble("the line to Firefox is closed")


def _firefox() -> str | None:
    return shutil.which("firefox-esr") or shutil.which("firefox")


class WebKit(Browser):
    """WebKitGTK's MiniBrowser, with the engine of Safari, on a screen of its own."""

    name = "WebKit"

    @staticmethod
    def missing() -> str:
        there = shutil.which("WebKitWebDriver") and shutil.which("Xvfb") and _minibrowser()
        return "" if there else "The tests in WebKit need Debian's packages webkit2gtk-driver and xvfb."

    def start(self) -> None:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1920x1400x24", "-nolisten", "tcp"]
        self._begin(command, pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading) as told:
            display = told.readline().strip()
        self._environment = {
            **os.environ, "DISPLAY": f":{display}", "GDK_BACKEND": "x11", "HOME": str(self.folder), "NO_AT_BRIDGE": "1",
            "WEBKIT_DISABLE_DMABUF_RENDERER": "1",  # which without a graphics card paints four frames a second
        }  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._begin(["WebKitWebDriver", f"--port={self._port}"], env=self._environment)
        until(lambda: self._http("GET", "/status"), "WebKitWebDriver does not start")
        how = {"binary": _minibrowser(), "args": ["--automation"]}
        wanted = {"alwaysMatch": {"browserName": "MiniBrowser", "webkitgtk:browserOptions": how}}
        self._session = self._http("POST", "/session", {"capabilities": wanted})["sessionId"]
        self._ask("POST", "timeouts", {"script": int(1000 * PATIENCE), "pageLoad": int(1000 * PATIENCE)})
        width, height = SIZE
        self._ask("POST", "window/rect", {"x": 0, "y": 0, "width": width, "height": height + 60})  # and its own bars

    def open(self, url: str) -> None:
        self._ask("POST", "url", {"url": url})

    def back(self) -> None:
        self._ask("POST", "back", {})

    def run(self, script: str) -> Any:
        deed = f"(async () => {{{FIND}{script}}})()"
        source = f"const done = arguments[0]; {deed}.then((value) => done({{value}}), (wrong) => done({{wrong: String(wrong)}}));"
        answer = self._ask("POST", "execute/async", {"script": source, "args": []})
        if "wrong" in answer:
            raise Trouble(answer["wrong"])
        return answer.get("value")

    def act(self, *sources: dict[str, Any]) -> None:
        self._ask("POST", "actions", {"actions": list(sources)})

    def complaints(self, urls: Sequence[str]) -> list[str]:
        """A driven WebKit has no console, so the pages are opened once more in one that writes what is said there."""
        log = self.folder / "console"
        command = [_minibrowser() or "", "--enable-write-console-messages-to-stdout=true", *urls]
        with log.open("wb") as out:
            self._begin(command, env=self._environment, stdout=out, stderr=subprocess.STDOUT)
        # Each page says that its line is open; the last of its scripts have run by then, or do so soon.
        until(lambda: log.read_text("utf-8", "replace").count("is now open") >= len(urls), f"not all of {urls} open: {log}")
        time.sleep(1)
        end(self._started.pop())
        return [line for line in log.read_text("utf-8", "replace").splitlines() if "CONSOLE" in line and " ERROR " in f"{line} "]

    def quit(self) -> None:
        with suppress(Exception):
            self._http("DELETE", f"/session/{self._session}")
        super().quit()

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return self._http(method, f"/session/{self._session}/{path}", body)

    def _http(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}{path}", data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=2 * PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as refused:
            raise Trouble(refused.read().decode("utf-8", "replace")) from None


def _minibrowser() -> str | None:
    return max(map(str, Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser")), default=None)


def end(process: subprocess.Popen[bytes]) -> None:
    """With whatever it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
