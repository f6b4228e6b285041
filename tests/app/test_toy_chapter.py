"""A chapter is a folder: two toys that stand in folders of their own are found, and have all that a chapter has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.bench._visitors import Served

ROOT = Path(__file__).parents[2]
TOY = ROOT / "tests" / "toy"
ON_PATH = os.pathsep.join([str(ROOT), str(TOY)])


def python(program: str, path: str = ON_PATH) -> str:
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


BEGIN = """
import io
import json
from urllib.parse import parse_qsl
import numpy as np
from app.chapters import chapters
from app.chapters.session import ChapterSession
from app.message import read
from app.pages import pages, scripts
from app.ports import DirectPort
from core import load_run, simulate

def opened(name, **query):
    chapter = chapters()[name]
    session = ChapterSession(chapter, *chapter.opening({key: [text] for key, text in query.items()}))
    first = session.opening()[0]
    return chapter, session, first, DirectPort(session)
"""


def test_both_are_found_and_listed_with_the_others():
    listed = json.loads(python(BEGIN + "print(json.dumps([[page.path, page.link] for page in pages().values()]))"))
    assert listed == [
        ["", "Retrieval"],
        ["context", "Context"],
        ["decay", "Decay"],
        ["march", "March"],
        ["segments", "Segments"],
        ["regimes", "Regimes"],
        ["benchmark", "Benchmark"],
        ["tune", "Tune"],
        ["capacity", "Capacity"],
        ["likeness", "Likeness"],
        ["basins", "Basins"],
    ]
    assert "decay" not in python(BEGIN + "print(list(pages()))", str(ROOT))


def test_a_system_that_no_chapter_shows_yet_stops_no_page(tmp_path):
    shutil.copytree(TOY / "core", tmp_path / "core")
    told = python(
        BEGIN + "from core import systems\nprint(list(systems()), list(pages()), len(scripts().files))",
        os.pathsep.join([str(ROOT), str(tmp_path)]),
    )
    assert "'decay'" in told and told.endswith(
        "['', 'context', 'segments', 'regimes', 'benchmark', 'tune', 'capacity', 'likeness', 'basins'] 12\n"
    ), told


def test_the_toy_has_slider_address_scene_steering_and_what_is_taken_away():
    python(BEGIN + """
chapter, session, first, port = opened("decay")
assert chapter.sliders == ("rate",) and session.values["scene"] == "fast", session.values
header, arrays = read(first["run"])
run = simulate(system="decay", rate=3.0, seed=1, integrator="adaptive")
assert np.allclose(arrays["energy"], run.energy[arrays["row"]])
assert np.allclose(arrays["left"], run.observables["left"][arrays["row"]])
assert header["outcome"] == "at rest" and header["parts"] == ["square"]
answer = port.hear({"do": "slide", "name": "rate", "index": 10})[-1]
assert answer["shown"]["sliders"]["rate"]["value"] == 10 and answer["shown"]["scene"] == ""
values, notices = chapter.read_text(answer["shown"]["address"])
assert notices == [] and values["rate"] == session.values["rate"]
_, _, again, _ = opened("decay", **dict(parse_qsl(answer["shown"]["address"], keep_blank_values=True)))
assert again["run"] == answer["run"]
port.hear({"do": "steer", "on": True})
port.hear({"do": "moment", "segment": 0, "row": 20})
bent = port.hear({"do": "slide", "name": "rate", "index": 40})[-1]
assert len(read(bent["run"])[0]["segments"]) == 2
port.hear({"do": "pin"})
assert port.hear({"do": "set", "changes": {"height": "3"}})[-1]["ghosts"]
refused = port.hear({"do": "set", "changes": {"height": "99"}})[-1]["shown"]
assert "h = 99" in refused["notice"], refused["notice"]
port.hear({"do": "restart"})
npz = port.hear({"do": "want", "what": "npz"})[-1]["file"]["content"]
repeated = simulate(system="decay", **{name: session.values[name] for name in chapter.parameters})
assert np.array_equal(load_run(npz).variables["x"], repeated.variables["x"])
assert "left" in port.hear({"do": "want", "what": "csv"})[-1]["file"]["content"].splitlines()[1]
lines = port.hear({"do": "want", "what": "python"})[-1]["text"]["content"]
exec(lines, {"print": print})
page = port.hear({"do": "want", "what": "html"})[-1]["file"]["content"]
assert "toy-left" in page and "http" not in page.split("<script>")[0]
""")  # fmt: skip


def test_the_toy_without_energy_plays_too():
    python(BEGIN + """
chapter, session, first, port = opened("march", segments="12")
header, arrays = read(first["run"])
assert "energy" not in arrays and "largest_rise" not in header and header["frames"] == 13
assert arrays["height"].tolist() == simulate(system="march", segments=12).observables["height"].astype("f4").tolist()
assert "sentence" in arrays and header["sentences"]
assert "<script" in port.hear({"do": "want", "what": "html"})[-1]["file"]["content"]
""")  # fmt: skip


@pytest.mark.parametrize("system, axes", [("decay", ("rate", "height")), ("march", ("segments", "drift"))])
def test_maps_work_for_any_system(system, axes):
    python(BEGIN + f"""
import time
from app.engine import service
from app.hosting.options import Options
from tests.app.visitors import TickingPort

if __name__ == "__main__":
    service.configure(Options(workers=1, cache=None))
    tune = pages()["tune"]
    values, notices = tune.read({{"system": ["{system}"], "points": ["3"], "trials": ["4"]}})
    assert notices == [] and (values["axis_a"], values["axis_b"]) == {axes!r}, notices
    session = tune.session(values, notices)
    assert tune.script(values) == "tune-{system}" and "tune-{system}" in scripts().pages
    port = TickingPort(session)
    session.hear({{"do": "ready"}})
    def cells():
        return [message["cells"] for message in port.sent if "cells" in message]
    port.until(lambda: cells() and cells()[-1]["progress"]["state"] == "done", 90)
    assert sum(len(message.get("index", ())) for message in cells()) == 9
    port.until(lambda: "Best" in cells()[-1]["sentence"], 90)
    session.hear({{"do": "want", "what": "command"}})
    line = port.sent[-1]["text"]["content"]
    assert line.startswith("python -m core map --system {system}"), line
    session.hear({{"do": "look", "index": [0, 0], "number": cells()[-1]["id"]}})
    assert port.sent[-1]["look"]["href"].startswith("./{system}?")
    session.close()
    service.close()
""")  # fmt: skip


def test_a_server_shows_them():
    with Served(PYTHONPATH=str(TOY)) as served:
        for path, title in (("decay", "Decay: a toy"), ("march", "March: a toy"), ("tune?system=decay", "any two parameters")):
            with urllib.request.urlopen(served.url + path, timeout=20) as answer:
                assert title in answer.read().decode()


def test_one_more_field_of_settings_is_a_slider_a_key_an_option_and_help(tmp_path):
    folder = tmp_path / "core" / "decay"
    folder.mkdir(parents=True)
    field = 'gust: float = parameter(0.3, "g", "a toy parameter", low=0.0, high=1.0, shown=(0.0, 1.0), called="gust", slider=2)'
    source = (TOY / "core" / "decay" / "__init__.py").read_text().replace("    seed: int", f"    {field}\n    seed: int")
    (folder / "__init__.py").write_text(source)
    (tmp_path / "app" / "chapters").mkdir(parents=True)
    (tmp_path / "app" / "chapters" / "decay").symlink_to(TOY / "app" / "chapters" / "decay")
    path = os.pathsep.join([str(ROOT), str(tmp_path)])
    python(BEGIN + """
from app.pages import chapter_spec
chapter, session, first, port = opened("decay", gust="0.5")
assert chapter.sliders == ("rate", "gust") and session.values["gust"] == 0.5
slider = next(known for known in chapter_spec(chapter)["sliders"] if known["name"] == "gust")
assert (slider["symbol"], slider["called"], slider["meaning"]) == ("g", "gust", "a toy parameter") and len(slider["options"]) > 30
assert "gust=0.5" in first["shown"]["address"]
assert scripts().files
""", path)  # fmt: skip
    shell = subprocess.run(
        [sys.executable, "-m", "core", "map", "--system", "decay", "--help"], cwd=ROOT, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "--gust" in shell.stdout and "a toy parameter" in shell.stdout, shell.stdout + shell.stderr
