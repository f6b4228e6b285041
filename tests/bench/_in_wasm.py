"""Run by wasm.mjs in the browser's Python: pytest on core's tests, and what came of it as lines of JSON."""

import json
import os
import sys
import tempfile
import types

sys.path += ["/packages/numpy", "/packages/tests", "/tree"]
sys.dont_write_bytecode = True
os.chdir(tempfile.mkdtemp())  # what tests write stays in this Python

import pytest  # noqa: E402


class Absent(types.ModuleType):
    """In the place of a module that is not there: what it is asked for can be imported, and a test that uses it is left out."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.__name__}.{name}")

    def __call__(self, *_, **__):
        pytest.skip(f"{self.__name__} is not there")


for name in ("_multiprocessing", "scipy", "scipy.integrate", "scipy.optimize", "scipy.stats"):
    sys.modules[name] = Absent(name)


class Told:
    """Each test's outcome, and what could not be read at all."""

    def pytest_runtest_logreport(self, report):
        if report.when == "call" or report.outcome != "passed":
            self.say(report, report.duration)

    def pytest_collectreport(self, report):
        if report.outcome != "passed":
            self.say(report, 0.0)

    def say(self, report, seconds):
        why = "" if report.outcome == "passed" else str(report.longrepr).strip().splitlines()[-1]
        print(json.dumps({"test": report.nodeid, "outcome": report.outcome, "seconds": seconds, "why": why}), flush=True)


options = ["-s", "-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:faulthandler"]
place = [
    "--rootdir=/tree",
    "-c",
    "/tree/pyproject.toml",
    "-o",
    "addopts=",
    "--import-mode=importlib",
    "--continue-on-collection-errors",
]
int(pytest.main([*options, *place, *(asked or ["/tree/tests/core"])], plugins=[Told()]) > 1)  # noqa: F821
