"""What is taken away gives back the same run, to the last bit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.chapters.retrieval.chapter import CHAPTER
from app.takeaway import qr_svg
from tests.core.kinds_of_run import MAKERS, plain


def python_lines(runs):
    return CHAPTER.take("python", runs, "")["text"]["content"]


ROOT = Path(__file__).parents[2]


def test_the_python_lines_repeat_every_run_to_the_last_bit():
    """One interpreter for all, as starting it is what takes time."""
    kinds = [make() for make in MAKERS]
    proof = "print(run.x[-1].tobytes().hex(), float(run.energy[-1]).hex())\n"
    script = "".join(python_lines(runs) + proof for runs in kinds)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    printed = done.stdout.splitlines()
    for i, runs in enumerate(kinds):
        last = runs[-1]
        assert printed[2 * i] == last.sentence
        assert printed[2 * i + 1] == f"{last.x[-1].tobytes().hex()} {float(last.energy[-1]).hex()}"


def test_a_plain_run_takes_three_lines():
    assert python_lines(plain()) == (
        "# core is a part of Gliascope: in a clone of its repository, pip install -e .\n"
        "from core import simulate\n"
        'run = simulate(model="astrocyte", N=30, K=100, T=0.01, tau_p=1.0, tau_x=1.0, noise=0.2, seed=7, integrator="split")\n'
        "print(run.sentence)\n"
    )


def test_a_link_becomes_a_qr_code_without_scripts():
    svg = qr_svg("http://localhost:5006/?T=0.01&seed=7")
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg") and "viewBox" in root.attrib and "width" not in root.attrib
    assert "<script" not in svg and "href" not in svg
    with pytest.raises(ValueError, match="too long"):
        qr_svg("http://localhost/?" + "x" * 3000)
