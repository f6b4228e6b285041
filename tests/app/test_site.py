"""Routes, files and what a page's HTML asks for."""

import gzip
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urljoin

import pytest

from app.chapters.retrieval.chapter import CHAPTER
from app.hosting.server import connect_script
from app.site import our_files

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "app", "--no-browser", "--port", str(port), "--prefix", "/demo"], cwd=ROOT)
    url = f"http://localhost:{port}/demo/"
    for _ in range(300):
        try:
            get(url + "healthz")
            break
        except OSError:
            assert process.poll() is None
            time.sleep(0.1)
    yield url
    began = time.monotonic()
    process.terminate()
    process.wait(timeout=10)
    assert time.monotonic() - began < 5


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return answer.status, answer.headers, answer.read()


def test_an_address_without_a_run_opens_the_first_scene():
    for query in ({}, {"hall": [b"1"]}, {"embed": [b"none"], "bokeh-session-id": [b"x"]}):
        values, said = CHAPTER.opening(query)
        assert said == []
        assert values["scene"] == CHAPTER.first_scene.key
        assert {name: values[name] for name in CHAPTER.first_scene.parameters} == dict(CHAPTER.first_scene.parameters)


def test_an_address_with_a_run_opens_that():
    values, said = CHAPTER.opening({"T": [b"0.5"]})
    assert (values, said) == ({**CHAPTER.defaults, "T": 0.5}, [])


def test_an_address_may_name_a_scene_only():
    for scene in CHAPTER.scenes.values():
        values, said = CHAPTER.opening({"scene": [scene.key.encode()]})
        assert said == []
        assert {name: values[name] for name in scene.parameters} == dict(scene.parameters)


def test_health(address):
    status, headers, body = get(address + "healthz")
    assert (status, body, headers["Cache-Control"]) == (200, b"ok\n", "no-store")


def test_the_page_names_no_other_host_and_everything_it_names_is_there(address):
    _, _, body = get(address)
    page = body.decode()
    assert '<html lang="en"' in page and "<title>Gliascope" in page
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(named) > 5
    for name in named:
        assert "//" not in name
        status, _, _ = get(urljoin(address, name))
        assert status == 200
    assert not re.findall(r"https?://(?!www\.w3\.org)", re.sub(r'(?s)<script type="application/json".*?</script>', "", page))


def test_our_files_are_compressed_and_kept_for_ever(address):
    for name, kept in {**our_files(), **connect_script()}.items():
        _, headers, body = get(f"{address}assets/{name}", **{"Accept-Encoding": "gzip"})
        assert "immutable" in headers["Cache-Control"] and headers["X-Content-Type-Options"] == "nosniff"
        if len(kept.plain) > 1000:
            assert headers["Content-Encoding"] == "gzip"
            assert gzip.decompress(body) == kept.plain
        _, headers, body = get(f"{address}assets/{name}")
        assert headers["Content-Encoding"] is None and body == kept.plain


def test_libraries_are_compressed(address):
    _, _, page = get(address)
    library = re.search(rb'src="(static/js/bokeh\.min\.js\?v=\w+)"', page)[1].decode()
    _, headers, body = get(address + library, **{"Accept-Encoding": "gzip"})
    assert headers["Content-Encoding"] == "gzip" and "immutable" in headers["Cache-Control"]
    assert len(body) < 500_000 < len(gzip.decompress(body))
    _, headers, _ = get((address + library).partition("?")[0])
    assert "immutable" not in headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "static/../../../../etc/passwd",
        "static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "static/js/",
        "static/",
        "assets/",
        "assets/nothing.js",
        "static/extensions/",
        "static/extensions/panel",
        "static/extensions/nothing/x.js",
        "nothing",
    ],
)
def test_nothing_else_is_shown(address, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(address + path)
    assert refused.value.code == 404


def test_files_do_not_depend_on_the_process():
    code = "from app.site import our_files; print(sorted(our_files()))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{sorted(our_files())}\n"}
