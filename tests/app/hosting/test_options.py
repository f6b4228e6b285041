"""What whoever starts the server may choose, what is said about a wrong choice, and that the README tells of every one."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.hosting.headers import ancestors
from app.hosting.options import OPTIONS, VERSION, Options, parser, version

ROOT = Path(__file__).parents[3]


def chosen(*given, **environment):
    return Options.read(given, {f"GLIASCOPE_{name}": text for name, text in environment.items()})


def test_the_environment_says_and_the_command_line_says_more():
    options = chosen("--port", "81", PORT="80", ORIGINS="a.org, b.org:8443", PREFIX="demo/", PROCESSES="2", LOG="json")
    assert (options.port, options.origins, options.prefix) == (81, ("a.org", "b.org:8443"), "/demo")
    assert (options.processes, options.json_logs, options.behind_proxy) == (2, True, False)
    assert chosen("--allow-websocket-origin", "c.org", ORIGINS="a.org").origins == ("c.org",)
    assert chosen("--allow-websocket-origin", "c.org", "--allow-websocket-origin", "d.org").origins == ("c.org", "d.org")
    assert chosen("--unused-session-lifetime", "5000").unused_seconds == 5
    assert chosen(PORT="", ORIGINS="") == Options.from_environment({})
    assert chosen("--reuse-sessions") == chosen("--reuse-sessions", "warm") == chosen()


def test_who_may_frame_a_page_besides_its_own():
    framed = {text: ancestors(chosen(FRAMES=text)) for text in ("", "*", "'none'", "'self'", "uni.org, 'self'", "uni.org:8443")}
    assert framed == {"": ("*",), "*": ("*",), "'none'": ("'self'",), "'self'": ("'self'",),
                      "uni.org, 'self'": ("'self'", "uni.org"), "uni.org:8443": ("'self'", "uni.org:8443")}  # fmt: skip


def test_those_of_the_engine_too(tmp_path):
    options = chosen(WORKERS="3", SCHEDULER="tcp://there:1", CACHE="", CACHE_MB="7")
    assert (options.workers, options.scheduler, options.cache, options.cache_mb) == (3, "tcp://there:1", None, 7)
    options = chosen(
        "--workers", "2", "--scheduler", "", "--cache", "here", "--cache-mb", "5", WORKERS="3", SCHEDULER="x", CACHE=""
    )
    assert (options.workers, options.scheduler, options.cache, options.cache_mb) == (2, "", Path("here"), 5)
    assert chosen("--cache", "", CACHE="there").cache is None
    assert Options.from_environment({"XDG_CACHE_HOME": str(tmp_path)}).cache == tmp_path / "gliascope"
    with pytest.raises(ValueError, match="GLIASCOPE_WORKERS = 'many'"):
        Options.from_environment({"GLIASCOPE_WORKERS": "many"})


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
        ({"METRICS_TOKEN": "short"}, "metrics token"),
        ({"METRICS_PORT": "5006"}, "metrics port 5006"),
        ({"METRICS_PORT": "0"}, "metrics port 0"),
        ({"BEHIND_PROXY": "yes"}, "GLIASCOPE_BEHIND_PROXY"),
        ({"WORKERS": "0"}, "workers = 0"),
        ({"WORKERS": "-1"}, "GLIASCOPE_WORKERS = '-1'"),
        ({"CACHE_MB": "0"}, "cache mb = 0"),
        ({"DEV": "yes"}, "GLIASCOPE_DEV"),
    ],
)
def test_a_wrong_choice_ends_with_a_sentence(environment, said, capsys):
    with pytest.raises(SystemExit):
        chosen(**environment)
    assert said in capsys.readouterr().err


def test_a_wrong_option_is_named(capsys):
    with pytest.raises(SystemExit):
        chosen("--workers", "many")
    assert "--workers: 'many' cannot be read" in capsys.readouterr().err


def test_no_two_choices_have_the_same_name():
    for names in ([one.variable for one in OPTIONS.values()], [one.flag for one in OPTIONS.values()]):
        names = [name for name in names if name]
        assert len(names) == len(set(names))
    assert all(one.variable or one.flag for one in OPTIONS.values())


# ------------------------------------------------------------------------------------------------------------- the README


def rows():
    """The README's table: variables and flags of each row."""
    table = (ROOT / "README.md").read_text().partition("| variable | option | default |")[2].partition("\n\n")[0]
    for line in table.splitlines()[2:]:
        variables, flags, default, _ = (cell.strip() for cell in line.strip("|").split("|"))
        yield re.findall(r"GLIASCOPE_\w+", variables), re.findall(r"--[\w-]+", flags), default


def test_the_readme_names_every_variable_and_every_option_and_no_other():
    told = list(rows())
    assert sorted(name for variables, _, _ in told for name in variables) == sorted(
        one.variable for one in OPTIONS.values() if one.variable
    )
    assert sorted(flag for _, flags, _ in told for flag in flags) == sorted(one.flag for one in OPTIONS.values() if one.flag)


def test_the_readme_has_each_option_beside_its_variable_and_its_default():
    flag_of = {one.variable: one.flag for one in OPTIONS.values()}
    default_of = {one.variable: getattr(Options(), name) for name, one in OPTIONS.items()}
    for variables, flags, default in rows():
        assert [flag_of[name] for name in variables if flag_of[name]] == (flags if variables else [])
        for name in variables:
            value = default_of[name]
            if isinstance(value, (int, float)) and name != "GLIASCOPE_WORKERS" and not isinstance(value, bool):
                written = f"{value:g}".replace("+0", "")
                assert written in default, name


def test_help_tells_of_every_option(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["--help"])
    told = capsys.readouterr().out
    assert all(one.flag in told for one in OPTIONS.values())
    assert all(one.help for one in OPTIONS.values())


# ------------------------------------------------------------------------------------------------------------ the version


def test_the_version_is_that_of_the_package():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version() == VERSION == told
    ended = subprocess.run(
        [sys.executable, "-m", "app", "--version"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stdout.split() == ["gliascope", told]


def test_a_package_that_was_not_installed_knows_its_version(monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    from importlib import metadata

    monkeypatch.setattr(metadata, "version", missing)
    assert version() == VERSION


def test_a_parent_loads_nothing_heavy():
    """It lives as long as the server, so it must not hold what only its children need."""
    code = "import sys, app.__main__; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"panel", "bokeh", "numpy", "tornado", "holoviews", "core"} & set(loaded)
