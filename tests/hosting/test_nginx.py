"""The README's nginx configuration in a real nginx: TLS, a prefix, the websocket, and what is said when it is set up wrongly."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import websocket_connect

from tests.bench._visitors import Served, Visitor, free_port, go

CONFIGURATION = Path(__file__).parent / "nginx.conf"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

if not Path(NGINX).exists() or not shutil.which("openssl"):
    pytest.skip("needs nginx and openssl on the machine", allow_module_level=True)


class Proxy:
    """An nginx with the configuration of the README, its names and paths replaced."""

    def __init__(self, folder: Path, upstream: int, *changes: tuple[str, str]) -> None:
        self.port, self.folder = free_port(), folder
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        made = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            key,
            "-out",
            certificate,
            *subject,
        ]
        subprocess.run(made, check=True, capture_output=True)
        text = CONFIGURATION.read_text()
        for old, new in (
            ("listen 443", f"listen 127.0.0.1:{self.port}"), ("127.0.0.1:5006", f"127.0.0.1:{upstream}"),
            ("/etc/ssl/demo.pem", str(certificate)), ("/etc/ssl/demo.key", str(key)), ("demo.example.org", "localhost"), *changes,
        ):  # fmt: skip
            assert old in text
            text = text.replace(old, new)
        temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        text = text.replace("http {", f"http {{ {temporary}", 1)
        (folder / "nginx.conf").write_text(f"pid {folder}/pid; error_log {folder}/error.log; daemon off; {text}")
        self.process = subprocess.Popen([NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder)], stderr=subprocess.PIPE)
        self.trust = ssl.create_default_context(cafile=str(certificate))
        self.certificate = str(certificate)
        self.url = f"https://localhost:{self.port}/demo/"
        for _ in range(100):
            assert self.process.poll() is None, self.process.stderr.read().decode()
            try:
                self.get("healthz")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError((folder / "error.log").read_text())

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=20, context=self.trust) as answer:
            return answer.read().decode()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


class SafeVisitor(Visitor):
    """A visitor by https, with the Origin that a browser sends."""

    def __init__(self, proxy: Proxy) -> None:
        super().__init__(proxy.url, Origin=f"https://localhost:{proxy.port}")
        self.proxy = proxy

    async def token(self) -> str:
        page = await AsyncHTTPClient().fetch(HTTPRequest(self.url, ca_certs=self.proxy.certificate))
        return re.search(r'"token":"([^"]+)"', page.body.decode())[1]

    async def connect(self, token: str) -> None:
        address = self.url.replace("https", "wss", 1) + "ws"
        request = HTTPRequest(address, headers=self.headers, ca_certs=self.proxy.certificate)
        self.line = await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=1 << 30)
        await self.read()


@pytest.fixture(scope="module")
def served():
    environment = {"GLIASCOPE_PREFIX": "/demo", "GLIASCOPE_BEHIND_PROXY": "1", "GLIASCOPE_ADDRESS": "127.0.0.1"}
    with Served(prefix="/demo", **environment) as server:
        yield server
        assert server.trouble() == []


def test_the_page_and_its_websocket_come_through(served, tmp_path):
    proxy = Proxy(tmp_path, served.port)
    try:
        page = proxy.get("")
        for name in re.findall(r'(?:src|href)="([^"]+)"', page):
            assert proxy.get(name)

        async def visit():
            visitor = SafeVisitor(proxy)
            await visitor.arrive()
            took = await visitor.slide("T")
            visitor.leave()
            return took

        assert go(visit()) > 0
        with pytest.raises(urllib.error.HTTPError) as denied:
            proxy.get("metrics")
        assert denied.value.code == 403
    finally:
        proxy.stop()


def test_a_proxy_that_hides_the_host_gets_a_sentence(served, tmp_path):
    hidden = (
        ("Host $http_host;  # with", "Host inner.example.org;  # with"),
        ("X-Forwarded-Host $http_host", "X-Forwarded-Host inner.example.org"),
    )
    proxy = Proxy(tmp_path, served.port, *hidden)
    try:
        with pytest.raises(Exception, match="403"):
            go(SafeVisitor(proxy).arrive())
        said = proxy.get(f"why?origin=https://localhost:{proxy.port}")
        assert f"GLIASCOPE_ORIGINS=localhost:{proxy.port}" in said
        assert "an origin was refused" in served.log.read_text()
    finally:
        proxy.stop()


def test_two_replicas_need_nothing_sticky(tmp_path):
    environment = {
        "GLIASCOPE_PREFIX": "/demo", "GLIASCOPE_BEHIND_PROXY": "1", "GLIASCOPE_SECRET": "one secret for all replicas",
    }  # fmt: skip
    with Served(prefix="/demo", **environment) as one, Served(prefix="/demo", **environment) as other:
        both = f"server 127.0.0.1:{one.port}; server 127.0.0.1:{other.port};"
        proxy = Proxy(tmp_path, one.port, ("ip_hash;", ""), (f"server 127.0.0.1:{one.port};", both))
        try:

            async def visits():
                for _ in range(6):  # a page from one replica, its websocket to whichever comes next
                    visitor = SafeVisitor(proxy)
                    await visitor.arrive()
                    await visitor.slide("T")
                    visitor.leave()

            go(visits())
            assert one.figure("sessions_opened_total") + other.figure("sessions_opened_total") == 6
            assert any(replica.figure("sessions_opened_total") > replica.figure("pages_total") for replica in (one, other))
            assert os.path.getsize(tmp_path / "error.log") == 0
        finally:
            proxy.stop()
