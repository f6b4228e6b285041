"""A server as strangers meet it: headers, limits, refusals, figures, several processes, and its end."""

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.websocket import WebSocketClosedError

from app.hosting.admission import BURST_SECONDS, CUTS_AT_ONCE
from app.hosting.options import Options
from app.words import words
from tests.bench._visitors import Served, Visitor, free_port, go
from tests.bench.endurance import use
from tests.bench.fuzz import attack, oddities

WORDS = words("app.hosting")["hosting"]


@pytest.fixture(scope="module")
def served():
    with Served(GLIASCOPE_SESSIONS="12", GLIASCOPE_SESSIONS_PER_ADDRESS="6", GLIASCOPE_UNUSED_SECONDS="1") as server:
        yield server
        assert server.trouble() == []
        assert "127.0.0.1:" not in re.sub(r"http://\S+", "", server.log.read_text())


def fetch(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read().decode()


def until(good, seconds=15):
    end = time.monotonic() + seconds
    while not good():
        assert time.monotonic() < end
        time.sleep(0.1)


def settled(served):
    time.sleep(2.5)  # figures are noted every two seconds
    until(lambda: served.figure("sessions") == 0, seconds=30)
    time.sleep(2.5)


@pytest.mark.parametrize("path", ["", "regimes", "healthz", "readyz", "metrics", "why", "nothing", "static/js/bokeh.min.js"])
def test_every_answer_carries_the_headers_and_no_version(served, path):
    _, headers, _ = fetch(served.url + path)
    assert headers["Server"] is None
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors *" in policy
    assert "unsafe-eval" not in policy and "http" not in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]


@pytest.mark.parametrize("path", ["", "tune?K=20", "healthz", "readyz", "metrics", "why", "static/js/bokeh.min.js", "nothing"])
def test_head_is_answered_as_get_without_a_body(served, path):
    def ask(method):
        request = urllib.request.Request(served.url + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, refused.read()

    (status, headers, body), (wanted, told, _) = ask("HEAD"), ask("GET")
    assert (status, body) == (wanted, b"") and status == (404 if path == "nothing" else 200)
    changing = {"Date", "Etag", "Content-Length"}  # a page's token is another each time, and figures go on
    assert {*headers} == {*told} and all(headers[name] == told[name] for name in {*headers} - changing)
    assert int(headers["Content-Length"]) > 0
    assert ask("POST")[0] in (404, 405)


def test_two_processes_tell_their_figures_on_a_port_of_their_own_and_know_the_same_short_links():
    port, token = free_port(), "a token of some length"
    with Served(
        "--metrics-port", str(port), "--num-procs", "2", GLIASCOPE_METRICS_TOKEN=token, GLIASCOPE_FRAMES="'none'"
    ) as twins:
        # Where nobody else may frame a page, a lesson's page still frames a study, and its speaker's window the next step.
        for path in ("", "regimes", "healthz"):
            _, headers, _ = fetch(twins.url + path)
            assert headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
            assert headers["X-Frame-Options"] == "SAMEORIGIN"
        assert '"frames":["\'self\'"]' in fetch(twins.url)[2]  # who may drive a page from outside its frame
        own = f"http://127.0.0.1:{port}/metrics"
        assert fetch(twins.url + "metrics")[0] == 404
        assert fetch(f"http://127.0.0.1:{port}/")[0] == 404
        for wrong in ({}, {"Authorization": "Bearer another"}, {"Authorization": "Basic é"}):
            status, headers, said = fetch(own, **wrong)
            assert (status, headers["WWW-Authenticate"], said.strip()) == (401, "Bearer", WORDS["errors"]["401"])
        status, _, said = fetch(own, Authorization=f"Bearer {token}")
        assert status == 200 and "gliascope_pages_total" in said
        taken = ended_at_once("--port", str(free_port()), "--num-procs", "2", "--metrics-port", str(port))
        assert taken.returncode == 1 and f"Port {port} cannot be listened on" in taken.stderr

        async def short(query):
            visitor = Visitor(twins.url)
            await visitor.arrive()
            await visitor.tell({"do": "want", "what": "qr", "url": twins.url + query})
            for _ in range(400):
                if said := [text for text in visitor.heard if '"qr"' in text]:
                    break
                await asyncio.sleep(0.05)
            else:
                raise AssertionError("no code comes")
            visitor.leave()
            return re.search(r"127\.0\.0\.1:\d+/s/(\w+)", said[0])[1]

        def lead(code):
            line = http.client.HTTPConnection("127.0.0.1", twins.port, timeout=20)
            line.request("GET", f"/s/{code}")
            answer = line.getresponse()
            return answer.status, answer.headers["Location"], answer.read().decode()

        code = go(short("?T=0.5&seed=11&theme=dark&next=//elsewhere.org"))
        for _ in range(6):  # the system deals them out among the processes
            status, place, _ = lead(code.upper())
            assert status == 302 and place.startswith("../?v=1&")
            assert {"T=0.5", "seed=11", "theme=dark"} <= {*place.split("?")[1].split("&")} and "elsewhere" not in place
        assert fetch(twins.url + f"s/{code}")[0] == 200
        for unknown in ("bcdfgh", "..%2f..", "x" * 3000, ""):
            status, place, said = lead(unknown)
            assert (status, place, said.strip()) == (404, None, WORDS["forgotten"])
        assert twins.trouble() == []


def test_routes_of_the_libraries_are_closed(served):
    told = oddities(served.url)
    assert set(told) <= {403, 404, 405}


def test_a_page_makes_no_session(served):
    before = served.figure("sessions_opened_total")
    for _ in range(5):
        fetch(served.url)
    assert served.figure("sessions_opened_total") == before


@pytest.mark.parametrize("link", ["index.html?seed=3", "context.html?scene=digits", "tune.html?system=context"])
def test_a_link_of_a_site_without_a_server_opens_here(served, link):
    def title(address):
        return re.search("<title>(.*?)</title>", served.get(address))[1]

    assert title(link) == title(link.replace("index", "").replace(".html", ""))


def test_the_figures_and_the_pool(served):
    assert fetch(served.url + "readyz")[0] == 200

    async def visit():
        visitor = Visitor(served.url)
        await visitor.arrive()
        await visitor.slide("T")
        await visitor.slide("T")
        visitor.leave()

    go(visit())
    until(lambda: served.figure("cache_misses_total") >= 1)
    assert served.figure("changes_total") >= 2
    assert served.figure("answer_seconds_count") >= 2
    settled(served)


def test_only_the_own_host_and_those_allowed_may_connect(served):
    async def connects(**headers):
        visitor = Visitor(served.url, **headers)
        try:
            await visitor.arrive()
        except HTTPClientError as refused:
            return refused.code
        visitor.leave()
        return 101

    own = served.url.rstrip("/")
    assert go(connects(Origin=own)) == 101
    assert go(connects(Origin="https://elsewhere.org")) == 403
    assert go(connects(Origin="https://elsewhere.org", **{"X-Forwarded-Host": "elsewhere.org"})) == 403
    assert "GLIASCOPE_ORIGINS" in served.log.read_text()
    said = json.loads(fetch(served.url + "why?origin=https://elsewhere.org")[2])
    assert said == {"sentence": WORDS["origin"].format(host="elsewhere.org"), "again": False}
    assert "<" not in fetch(served.url + "why?origin=https://<script>")[2]
    assert json.loads(fetch(served.url + f"why?origin={own}")[2])["again"]


@pytest.mark.parametrize(
    "spoil", [lambda t: "", lambda t: "x", lambda t: t[:-2] + "xx", lambda t: t.partition(".")[0], lambda t: "x" * 40_000]
)
def test_a_forged_token_opens_nothing(served, spoil):
    async def forge():
        visitor = Visitor(served.url)
        await visitor.connect(spoil(await visitor.token()))

    with pytest.raises(HTTPClientError) as refused:
        go(forge())
    assert refused.value.code in (400, 403)


def test_who_is_too_fast_is_told_so_and_gets_no_more_than_his_share(served):
    async def hurry():
        visitor = Visitor(served.url)
        await visitor.arrive()
        began = time.monotonic()
        for value in range(400):
            await visitor.tell({"do": "slide", "name": "T", "index": value % 50})
        for _ in range(200):
            if any(WORDS["too_fast"] in said for said in visitor.heard):
                break
            await asyncio.sleep(0.05)
        else:
            raise AssertionError("nothing was said")
        visitor.leave()
        return time.monotonic() - began

    before = served.figure("changes_total")
    took = go(hurry())
    assert served.figure("changes_total") - before <= (BURST_SECONDS + took + 1) * Options.changes_per_second
    assert served.figure("rejections_total") >= 1


def test_somebody_at_work_is_answered_before_those_who_arrive():
    with Served() as busy:

        async def overtake():
            here, arrived = Visitor(busy.url), []
            await here.arrive()
            await here.slide("T")

            async def arrive():
                visitor = Visitor(busy.url)
                await visitor.arrive()
                arrived.append(visitor)

            crowd = [asyncio.ensure_future(arrive()) for _ in range(30)]
            while not arrived:
                await asyncio.sleep(0.005)
            before = len(arrived)
            await here.slide("T")
            meanwhile = len(arrived) - before
            await asyncio.gather(*crowd)
            for visitor in (here, *arrived):
                visitor.leave()
            return meanwhile

        assert go(overtake()) <= 5


def ask_and_leave(served, token):
    """Ask for a line, and be gone before it is opened."""
    with socket.create_connection(("127.0.0.1", served.port)) as line:
        line.sendall(
            f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: bokeh, {token}\r\n\r\n".encode()
        )


def test_where_nonsense_comes_from_visitors_are_let_in_slowly_and_those_inside_go_on():
    with Served() as wary:

        async def nonsense():
            visitor = Visitor(wary.url)
            await visitor.connect(await visitor.token())
            for part in ("x", "x", "x"):
                await visitor.line.write_message(part)
            while await visitor.line.read_message() is not None:
                pass
            assert visitor.line.close_code == 1008

        async def story():
            here = Visitor(wary.url)
            await here.arrive()
            for _ in range(CUTS_AT_ONCE + 6):
                await nonsense()
            said = json.loads(fetch(wary.url + f"why?origin={wary.url.rstrip('/')}")[2])
            assert said == {"sentence": WORDS["slow"], "again": True}
            await here.slide("T")
            token = await Visitor(wary.url).token()
            for _ in range(4):
                ask_and_leave(wary, token)
            late = Visitor(wary.url)
            await late.arrive()
            for visitor in (here, late):
                visitor.leave()

        go(story())
        until(lambda: wary.figure("visitors") == 0)
        until(lambda: WORDS["slow"] not in wary.get(f"why?origin={wary.url.rstrip('/')}"), 30)  # forgiven
        assert wary.trouble() == []


def test_a_full_house_says_so_and_takes_visitors_again(served):
    settled(served)

    async def crowd():
        inside, seen = [], Counter()
        for _ in range(9):
            visitor = Visitor(served.url)
            try:
                await visitor.arrive()
                inside.append(visitor)
            except HTTPClientError as refused:
                seen[refused.code] += 1
                seen[refused.response.body.decode().strip()] += 1
        for visitor in inside:
            visitor.leave()
        return len(inside), seen

    inside, seen = go(crowd())
    assert inside == 6
    assert seen == {503: 3, WORDS["address_full"]: 3}
    until(lambda: fetch(served.url)[0] == 200)


def test_a_little_of_the_fuzzing(served):
    AsyncHTTPClient.configure(None, max_clients=50)
    told, others = go(attack(served.url, 120, 1, seed=3))
    assert told["TRACEBACKS SHOWN"] == 0
    assert told["messages"] + sum(n for name, n in told.items() if name.startswith("refused")) >= 120
    assert others  # who minds his own business is served meanwhile
    settled(served)


def test_a_few_sessions_leave_nothing_behind(served):
    settled(served)
    family = len(served.family())
    go(use(served.url, sessions=6, at_once=3))
    settled(served)
    assert served.figure("visitors") == 0
    assert len(served.family()) <= family


def test_who_was_cut_off_finds_the_session_and_then_not(served):
    async def come_back():
        visitor = Visitor(served.url)
        token = await visitor.token()
        await visitor.connect(token)
        await visitor.pull()
        first = visitor.page()
        visitor.vanish()
        again = Visitor(served.url)
        await again.connect(token)  # before the session was given up
        await again.pull()
        same = again.page() == first
        again.vanish()
        await asyncio.sleep(8)
        late = Visitor(served.url)
        await late.connect(token)  # the session is gone, and a new one is made from the same token
        await late.pull()
        late.leave()
        return same

    assert go(come_back())
    settled(served)


def test_a_prefix_and_a_visitor_behind_a_trusted_proxy():
    with Served(
        GLIASCOPE_PREFIX="/demo", GLIASCOPE_BEHIND_PROXY="1", GLIASCOPE_SESSIONS_PER_ADDRESS="1", prefix="/demo"
    ) as proxied:

        async def arrive(address):
            visitor = Visitor(
                proxied.url, **{"X-Forwarded-For": address, "X-Forwarded-Host": "demo.org", "Origin": "https://demo.org"}
            )
            await visitor.arrive()
            return visitor

        async def visits():
            first = await arrive("203.0.113.1")
            second = await arrive("203.0.113.2")
            with pytest.raises(HTTPClientError):
                await arrive("203.0.113.1")
            first.leave()
            second.leave()

        go(visits())
        assert "203.0.113" not in proxied.log.read_text()


def test_two_processes_share_the_house_and_one_may_die():
    with Served("--num-procs", "2") as twins:

        async def visit(count):
            visitors = [Visitor(twins.url) for _ in range(count)]
            for visitor in visitors:
                await visitor.arrive()
                await visitor.slide("T")
            return visitors

        async def lose_one():
            visitors = await visit(6)
            until(lambda: twins.figure("visitors") == 6)
            children = [
                child for child in twins.family()[1:] if "app" in " ".join(child.cmdline()) and child.ppid() == twins.process.pid
            ]
            assert len(children) == 2
            children[0].kill()
            lost = kept = 0
            for visitor in visitors:
                try:
                    await asyncio.wait_for(visitor.slide("T"), 5)
                    kept += 1
                except (WebSocketClosedError, TimeoutError):
                    lost += 1
                    await visitor.connect(await visitor.token())  # what the page does by itself
            assert lost + kept == 6
            for visitor in await visit(3):
                visitor.leave()

        go(lose_one())
        until(
            lambda: (
                "is replaced" in twins.log.read_text() and len([c for c in twins.family() if c.ppid() == twins.process.pid]) == 2
            )
        )
        again = ended_at_once("--port", str(twins.port), "--num-procs", "2")  # another house must not join this one
        assert again.returncode == 1 and "cannot be listened on" in again.stderr
        assert twins.stop() < 5
        assert twins.process.returncode == 0


def test_who_changes_the_code_gets_every_file_anew():
    with Served("--dev") as dev:

        async def visit():
            visitor = Visitor(dev.url)
            await visitor.arrive()
            await visitor.slide("T")
            visitor.leave()

        go(visit())
        names = re.findall(r'(?:src|href)="((?:assets|static)/[^"]+)"', fetch(dev.url)[2])
        assert len(names) > 3
        assert {fetch(dev.url + name)[1]["Cache-Control"] for name in names} == {"no-store"}
        assert dev.stop() < 5
        assert dev.process.returncode == 0


def test_the_end_comes_soon_and_visitors_are_told():
    with Served() as ending:

        async def stay():
            visitor = Visitor(ending.url)
            await visitor.arrive()
            began = time.monotonic()
            os.kill(ending.process.pid, signal.SIGTERM)
            await asyncio.wait_for(visitor._listening, 5)  # the line is closed, not left hanging
            return visitor.line.close_code, time.monotonic() - began

        code, took = go(stay())
        assert code == 1001 and took < 5
        assert ending.process.wait(5) == 0
        assert "stopped" in ending.log.read_text()
        assert ending.trouble() == []


def ended_at_once(*options):
    """A server that could not begin."""
    return subprocess.run(
        [sys.executable, "-m", "app", "--no-browser", *options], capture_output=True, text=True, timeout=30, check=False
    )


def test_a_port_in_use_is_said_in_a_sentence(served):
    for more in ([], ["--num-procs", "2"]):
        ended = ended_at_once("--port", str(served.port), *more)
        assert ended.returncode == 1 and "cannot be listened on" in ended.stderr and "Traceback" not in ended.stderr
