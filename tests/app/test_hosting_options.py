"""What whoever starts the server may choose, and what is said about a wrong choice."""

import argparse

import pytest

from app.hosting.options import Options, add_options


def chosen(*given, **environment):
    parser = argparse.ArgumentParser(prog="app")
    add_options(parser)
    return Options.chosen(parser.parse_args(given), parser, {f"GLIASCOPE_{name}": text for name, text in environment.items()})


def test_the_environment_says_and_the_command_line_says_more():
    options = chosen("--port", "81", PORT="80", ORIGINS="a.org, b.org:8443", PREFIX="demo/", PROCESSES="2", LOG="json")
    assert (options.port, options.origins, options.prefix) == (81, ("a.org", "b.org:8443"), "/demo")
    assert (options.processes, options.json_logs, options.behind_proxy) == (2, True, False)
    assert chosen("--allow-websocket-origin", "c.org", ORIGINS="a.org").origins == ("c.org",)
    assert chosen("--unused-session-lifetime", "5000").unused_seconds == 5
    assert chosen(PORT="", ORIGINS="") == Options()


@pytest.mark.parametrize(
    "environment, said",
    [
        ({"ORIGINS": "https://a.org"}, "HOST or HOST:PORT"),
        ({"ORIGINS": "a.org/x"}, "HOST or HOST:PORT"),
        ({"PORT": "eighty"}, "GLIASCOPE_PORT = 'eighty'"),
        ({"PORT": "99999"}, "65535"),
        ({"PREFIX": "/a b"}, "prefix"),
        ({"SESSIONS": "0"}, "sessions = 0"),
        ({"CHANGES_PER_SECOND": "nan"}, "changes per second"),
        ({"FRAMES": "javascript:"}, "frame ancestor"),
        ({"SECRET": "short"}, "16 letters"),
        ({"BEHIND_PROXY": "yes"}, "GLIASCOPE_BEHIND_PROXY"),
    ],
)
def test_a_wrong_choice_ends_with_a_sentence(environment, said, capsys):
    with pytest.raises(SystemExit):
        chosen(**environment)
    assert said in capsys.readouterr().err


def test_a_parent_reads_what_it_needs_of_a_longer_command_line():
    assert Options.glimpsed(["--num-procs", "3", "--workers", "1"], {}).processes == 3
