"""In a notebook a run plays in its cell, and no other host is asked for anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

nbformat = pytest.importorskip("nbformat", reason='needs pip install -e ".[notebook]"')
pytest.importorskip("nbclient", reason='needs pip install -e ".[notebook]"')
pytest.importorskip("ipykernel", reason='needs pip install -e ".[notebook]"')

ROOT = Path(__file__).parents[2]
CELLS = [
    "from core import simulate\nfrom app import show\nrun = simulate(N=20, K=5, seed=3)",
    "show(run)",
    "show(simulate(start=run, at=10, T=1.0), height=400)",
    "import panel as pn\nprint(type(show(run).pane()).__name__, len(pn.Row(show(run).pane())))",
]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What the cells of an executed notebook show."""
    folder = tmp_path_factory.mktemp("notebook")
    kernel = folder / "kernels" / "here"
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (kernel / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "here", "language": "python"}))
    notebook = folder / "run.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS]), notebook)
    # In a process of its own: executing a notebook and driving a browser each want this thread's event loop.
    program = f"import nbclient, nbformat; n = nbformat.read({str(notebook)!r}, 4); "
    program += f"nbclient.NotebookClient(n, kernel_name='here', timeout=120).execute(); nbformat.write(n, {str(notebook)!r})"
    environment = {**os.environ, "JUPYTER_PATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [cell.outputs for cell in nbformat.read(notebook, 4).cells]


def test_a_run_plays_in_its_cell(outputs, chromium, tmp_path):
    foreign, complaints = [], []
    (tmp_path / "cell.html").write_text(f"<!doctype html><body>{outputs[1][0].data['text/html']}</body>", encoding="utf-8")
    context = chromium.new_context()
    page = context.new_page()
    page.on("request", lambda request: foreign.append(request.url) if urlsplit(request.url).hostname else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"file://{tmp_path}/cell.html")
    stage = page.frame_locator("iframe").locator(".gs")
    stage.wait_for(timeout=20_000)
    page.wait_for_function(
        "() => { const stage = document.querySelector('iframe').contentDocument.querySelector('.gs');"
        " return Number(stage.dataset.frame) > 3; }",
        timeout=20_000,
    )
    context.close()
    assert foreign == [] and complaints == []


def test_a_steered_run_is_shown_with_its_bend(outputs):
    cell = outputs[2][0].data["text/html"]
    assert "height: 400px" in cell and cell.count("<iframe") == 1


def test_it_is_a_pane_in_a_layout_of_panel(outputs):
    assert outputs[3][0].text.split() == ["HTML", "1"]
