"""Several processes on one port: who holds it, who is given visitors, who is replaced, and when all start anew."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tornado.netutil import bind_sockets

from app.hosting.processes import Sources, command, reserve

ROOT = Path(__file__).parents[3]
# A server as small as can be: whoever connects is told which process answered.
SMALL = """
import os, socket, sys
listening = socket.socket()
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
listening.bind(("127.0.0.1", int(sys.argv[-1])))
listening.listen()
while True:
    line, _ = listening.accept()
    line.sendall(f"{os.environ['GLIASCOPE_PROCESS']} {os.getpid()} {os.environ['GLIASCOPE_SECRET']}".encode())
    line.close()
"""
PARENT = """
import sys
from pathlib import Path
from app.hosting.logs import configure_logs
from app.hosting.options import Options
from app.hosting.processes import Parent, Sources
configure_logs(False)
options = Options(port=0, address="127.0.0.1", processes=2)
sources = Sources([Path(sys.argv[2])]) if "--dev" in sys.argv else None
parent = Parent(options, [sys.executable, sys.argv[1]], sources)
print(parent.port, flush=True)
sys.exit(parent.run())
"""


def until(good, seconds=20):
    end = time.monotonic() + seconds
    while not (found := good()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def ask(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        said = line.recv(1000).decode().split()
    if not said:
        raise ConnectionError("it ended before it could answer")
    number, pid, secret = said
    return int(number), int(pid), secret


class Family:
    """A parent and its small servers."""

    def __init__(self, folder, *more):
        script, self.watched = folder / "small", folder / "sources"
        script.write_text(SMALL)
        self.watched.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT, script, self.watched, *more],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = int(self.process.stdout.readline())

    def end(self):
        """End it, if it has not ended; what it has logged."""
        if self.process.poll() is None:
            self.process.terminate()
        if not self.process.stderr.closed:
            self.log = self.process.communicate(timeout=10)[1]
        return self.log

    def answers(self):
        """Who answers, by number; empty where not all do."""
        found = {}
        for _ in range(40):
            try:
                number, pid, self.secret = ask(self.port)
            except OSError:
                return {}
            found[number] = pid
        return found if len(found) == 2 else {}


@pytest.fixture
def family(tmp_path):
    family = Family(tmp_path)
    yield family
    family.end()


def is_alive(pid):
    return Path(f"/proc/{pid}").exists() if sys.platform == "linux" else not subprocess.run(["kill", "-0", str(pid)]).returncode


def test_each_is_given_visitors_at_a_port_that_the_system_chose(family):
    first = until(family.answers)
    assert len(set(first.values())) == 2
    assert len(family.secret) >= 16


def test_one_that_died_is_replaced_while_the_other_answers(family):
    first = until(family.answers)
    os.kill(first[0], signal.SIGKILL)
    again = until(lambda: (now := family.answers()) and now[0] != first[0] and now)
    assert again[1] == first[1]


@pytest.fixture
def developed(tmp_path):
    family = Family(tmp_path, "--dev")
    yield family
    family.end()


def test_a_file_that_changes_starts_all_anew(developed):
    family = developed
    first = until(family.answers)
    (family.watched / "notes.txt").write_text("no source")
    time.sleep(1)
    assert until(family.answers) == first
    (family.watched / "page.js").write_text("a source")
    again = until(lambda: (now := family.answers()) and not set(now.values()) & set(first.values()) and now)
    assert len(again) == 2
    assert not any(map(is_alive, first.values()))


def test_what_fails_in_development_waits_for_the_next_change(developed):
    """A mistake in the code would fail again and again, and bury its traceback."""
    first = until(developed.answers)
    for pid in first.values():
        os.kill(pid, signal.SIGKILL)
    time.sleep(1.5)
    assert not developed.answers()
    (developed.watched / "mended.py").write_text("")
    until(developed.answers)
    assert developed.end().count("it starts again when a file changes") == 2


def test_the_end_of_the_parent_is_the_end_of_all(family):
    first = until(family.answers)
    family.process.terminate()
    assert family.process.wait(5) == 0
    assert not any(map(is_alive, first.values()))
    with pytest.raises(OSError):
        ask(family.port)


def test_a_port_that_is_held_gives_nobody_to_its_holder():
    held = reserve(0, "127.0.0.1")
    port = held[0].getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    shared = bind_sockets(port, "127.0.0.1", reuse_port=True)
    for one in (*held, *shared):
        one.close()


@pytest.mark.parametrize("shared", [False, True])
def test_a_port_on_which_another_listens_is_not_shared_by_mistake(shared):
    other = bind_sockets(0, "127.0.0.1", reuse_port=shared)
    with pytest.raises(SystemExit, match="cannot be listened on"):
        reserve(other[0].getsockname()[1], "127.0.0.1")
    for one in other:
        one.close()


def test_all_families_of_addresses_get_the_same_port():
    held = reserve(0, None)
    assert len({one.getsockname()[1] for one in held}) == 1
    for one in held:
        one.close()


def test_sources_tell_what_came_went_and_changed(tmp_path):
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "deep").mkdir()
    sources = Sources([tmp_path])
    assert sources.changed() == []
    (tmp_path / "deep" / "b.css").write_text("2")
    (tmp_path / "c.pyc").write_text("3")
    assert sources.changed() == ["b.css"]
    os.utime(tmp_path / "a.py", (1, 1))
    (tmp_path / "deep" / "b.css").unlink()
    assert sources.changed() == ["a.py", "b.css"]
    assert sources.changed() == []


def test_the_sources_are_those_of_the_program_and_of_chapters_elsewhere(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "toy"))
    known = set(Sources()._known)
    assert {ROOT / "core/retrieval/model.py", ROOT / "app/hosting/connect.js", ROOT / "app/browser/page.css"} <= known
    assert {ROOT / "app/chapters/retrieval" / name for name in ("scenes.toml", "equations.tex")} <= known
    assert ROOT / "tests/toy/app/chapters/decay/left.js" in known


def test_a_child_is_started_with_what_its_parent_was():
    assert command(["--prefix", "/x"]) == [sys.executable, "-m", "app", "--prefix", "/x", "--no-browser"]
