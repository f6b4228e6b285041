"""What the documents promise: examples print what they say, files they name are there, and tables are those of the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.hosting.options import OPTIONS, PORT, VERSION, Options
from core import systems

ROOT = Path(__file__).parent.parent
DOCUMENTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")}
README = DOCUMENTS["README.md"]
COMING: set[str] = set()  # what a later release brings
GONE = {"app/main.py"}  # what the changes say is gone


def section(heading: str, document: str = "README.md") -> str:
    return re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", DOCUMENTS[document], re.MULTILINE | re.DOTALL).group(1)


def test_the_example_prints_what_the_readme_says():
    code = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    promised = re.search(r"prints\n\n```text\n(.*?)```", README, re.S).group(1)
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    # the gap is a number of the order of rounding: its digits may differ from one processor to another
    def steady(text: str) -> str:
        return re.sub(r"gap .*", "gap", text)

    assert steady(printed) == steady(promised)


def test_every_file_that_the_readme_names_exists():
    named = re.findall(r"`((?:core|app|tests)/[\w./]*)`", README) + re.findall(r"\]\(([^)h][^)]*)\)", README)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_that_a_document_names_exists(document):
    """Also those among other words in one pair of backticks, and patterns, which must match something."""
    text = DOCUMENTS[document]
    quoted = " ".join(re.findall(r"`([^`\n]+)`", text)) + " " + " ".join(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
    named = set(re.findall(r"(?<![\w./-])(?:core|app|tests)/[\w./*-]*", quoted)) | set(re.findall(r"\]\(([^)h][^)]*)\)", text))
    named = {name.rstrip(".") for name in named if "NAME" not in name} - COMING - GONE
    assert named
    assert [name for name in sorted(named) if not any(ROOT.glob(name.rstrip("/")))] == []


def test_what_is_told_as_coming_or_gone_is_not_there():
    text = "".join(DOCUMENTS.values())
    for name in COMING | GONE:
        assert name in text and not any(ROOT.glob(name)), f"{name}: say it otherwise"


def test_tests_run_as_the_readme_says():
    """`.ci/run` takes the first block of shell under the heading "Test", and runs it."""
    pattern = re.search(r"^command=\$\(awk '(.*)' README.md\)$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.MULTILINE)
    found = subprocess.run(["awk", pattern[1], "README.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    lines = found.splitlines()
    assert lines == re.search(r"```sh\n(.*?)```", section("Test"), re.DOTALL)[1].splitlines()
    assert any('-e ".[test]"' in line and "requirements.lock" in line for line in lines)
    assert lines[-1] == ".venv/bin/python -m pytest -n 2"


def rows_of_options() -> list[list[str]]:
    table = [line for line in section("Hosting").splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return [row for row in rows if "GLIASCOPE_" in row[0] or "--" in row[1]]


def test_the_table_of_variables_is_that_of_the_code():
    """Every variable and every flag once, those of one choice in one row, in the same order."""
    by_variable = {known.variable: known for known in OPTIONS.values() if known.variable}
    by_flag = {known.flag: known for known in OPTIONS.values() if known.flag}
    variables, flags = [], []
    for row in rows_of_options():
        first, second = re.findall(r"`(GLIASCOPE_\w+)`", row[0]), re.findall(r"`(--[\w-]+)`", row[1])
        variables += first
        flags += second
        if first:
            assert second == [by_variable[name].flag for name in first if by_variable[name].flag], row
    assert sorted(variables) == sorted(by_variable) and sorted(flags) == sorted(by_flag)


def test_the_table_of_variables_has_the_defaults_of_the_code():
    defaults = {known.variable: getattr(Options(), name) for name, known in OPTIONS.items()}
    checked = 0
    for row in rows_of_options():
        names, said = re.findall(r"`(GLIASCOPE_\w+)`", row[0]), [part.strip(" `") for part in row[2].split(",")]
        if len(said) != len(names):  # a sentence
            continue
        for name, text in zip(names, said, strict=True):
            value = defaults[name]
            if isinstance(value, (bool, int, float)) and re.fullmatch(r"[\d.e]+", text):
                assert float(text) == value, name
                checked += 1
    assert checked >= 10
    assert str(PORT) in section("Run")


@pytest.mark.parametrize("option", ["--version", "--dev", "--help"])
def test_the_readme_names_options_that_the_command_has(option):
    shown = subprocess.run([sys.executable, "-m", "app", "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert option in shown and option in section("Run")


def test_a_session_is_an_object_as_the_contributors_are_told():
    code = re.search(r"```python\n(.*?)```", section("How to debug", "CONTRIBUTING.md"), re.DOTALL).group(1)
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert printed == "0.5\n"


def test_the_smallest_chapters_are_where_contributors_are_told():
    """Both toys stand in a folder that goes on Python's path; tests/app/test_toy_chapter.py has them found there."""
    text = section("How to add", "CONTRIBUTING.md")
    for place in ("core/decay", "core/march", "app/chapters/decay", "app/chapters/march"):
        assert f"`tests/toy/{place}/`" in text and (ROOT / "tests" / "toy" / place / "__init__.py").is_file()
    assert "`PYTHONPATH=tests/toy python -m app`" in text


def test_the_site_on_github_pages_is_built_by_a_command_of_the_readme():
    [command] = re.findall(r"run: (python -m app build .*)", (ROOT / ".github/workflows/pages.yml").read_text(encoding="utf-8"))
    assert f"`{command}`" in README


def test_papers_that_pages_cite_can_be_cited_from_here():
    cited = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    for system in systems().values():
        if system.paper is not None and system.paper.arxiv:
            assert f"https://arxiv.org/abs/{system.paper.arxiv}" in cited and system.paper.title in cited


def test_the_versions_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    cited = re.search(r"^version: (.*)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert project["version"] == VERSION == cited


def test_the_lock_has_whatever_the_project_needs():
    """By name: that the versions fit is for whoever installs with it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [*project["dependencies"], *(need for extra in project["optional-dependencies"].values() for need in extra)]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    assert {re.match(r"[\w-]+", need)[0] for need in needed} <= locked
    assert "--index" not in lock.replace("--no-emit-index-url", "") and "://" not in lock
