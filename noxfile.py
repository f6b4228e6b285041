"""The tasks of this project: `nox -s quick`, `nox -s tests`, `nox -s lint`, `nox -s javascript`, `nox -s bench -- core`.

Each makes an environment of its own; inside one that is made already, the commands below can be typed as they stand.
"""

from __future__ import annotations

import nox

nox.options.sessions = ["lint", "quick"]
nox.options.reuse_existing_virtualenvs = True
LOCK = ("-c", "requirements.lock")


@nox.session
def quick(session: nox.Session) -> None:
    """Core and the logic of sessions: under a minute."""
    session.install("-q", *LOCK, "-e", ".[test]")
    session.run("python", "-m", "pytest", "-m", "quick", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Everything: browsers, servers and clusters included."""
    session.install("-q", *LOCK, "-e", ".[test]")
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """What takes too long for every day."""
    session.install("-q", *LOCK, "-e", ".[test,notebook]")
    session.run("python", "-m", "pytest", "-m", "release", *session.posargs, success_codes=[0, 5])  # 5: nothing is marked


@nox.session
def lint(session: nox.Session) -> None:
    """Style and types of the Python."""
    session.install("-q", *LOCK, "-e", ".[test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def javascript(session: nox.Session) -> None:
    """Style and unit tests of the scripts, and how they are bundled; needs Node."""
    session.install("-q", *LOCK, "-e", ".[test]")
    session.run("npm", "ci", "--prefix", "tests", "--silent", "--no-audit", "--no-fund", external=True)
    session.run("npm", "run", "--prefix", "tests", "--silent", "check", external=True)
    # It writes messages of runs for the scripts' own tests, and then has Node run these.
    session.run("python", "-m", "pytest", "tests/app/test_javascript.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """One benchmark: core, page, laboratory, hall, endurance or fuzz."""
    session.install("-q", *LOCK, "-e", ".[test]")
    session.run("python", "-m", "tests.bench", *(session.posargs or ["core"]))
