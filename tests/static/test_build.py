"""The build of a site without a server: every page, every scene, the same bytes each time; sizes are printed, not judged."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from app.chapters import chapters
from app.message import read
from app.pages import chapter_spec, pages
from app.static import build, sources, wire
from app.static.compact import has_node
from app.static.runtime import CARRIER, LOCK, PARTS, WHEEL, MissingRuntime, runtime
from tests import test_house as house
from tests.static import packed
from tests.static.packed import TOYS, scenes_alone, unpacked, whole_site

ROOT = Path(__file__).parents[2]
ANOTHER = """
import hashlib, sys
from app.chapters import chapters
from app.static import build, sources
build.main([sys.argv[1], "--only-scenes", "--plain"])
print(hashlib.sha256(sources.archive(chapters().values())).hexdigest())
"""


@pytest.fixture(scope="module")
def site() -> build.Site:
    return scenes_alone()


def test_the_same_sources_give_the_same_bytes_in_another_process(site, tmp_path):
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run(
        [sys.executable, "-c", ANOTHER, str(tmp_path)], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE
    )
    assert done.stdout.split()[-1].decode() == hashlib.sha256(sources.archive(chapters().values())).hexdigest()
    written = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert sorted(written) == sorted(site.files)
    assert [name for name, data in written.items() if data != site.files[name]] == []


def test_every_chapter_has_a_page_with_its_first_run_and_every_scene_a_file(site):
    for chapter in chapters().values():
        page = site.files[f"{chapter.path or 'index'}.html"].decode()
        first = unpacked(re.search(r'id="opening-[^"]*">(.*?)</script>', page)[1])
        assert first == build.opening(chapter)
        names = [path for path in site.files if path.startswith(f"assets/{chapter.name}-") and path.endswith(".json")]
        assert len(names) == len(chapter.scenes)
        for path in names:
            message = unpacked(site.files[path].decode())
            assert message["run"][8:9] == b"{" and message["shown"]["scene"] in path
    for chapter in chapters().values():
        size = sum(len(gzip.compress(data, mtime=0)) for data in site.visit(chapter.path).values())
        print(f"{chapter.name}: {size / 1e6:.2f} MB by gzip until it plays")


def test_scenes_whose_training_is_not_shipped_are_trained_by_the_build(site):
    chapter = chapters()["segments"]
    for key in chapter.scenes:
        message = build.opening(chapter, key)
        assert not message["shown"]["notice"] and message["shown"]["scene"] == key
        assert read(message["run"])[0]["settings"]["steps"] == chapter.opening({"scene": [key]})[0]["steps"]


def test_no_page_has_grown_unnoticed(site):
    """By more than a twentieth: who means it writes the new number down."""
    budget = tomllib.loads((Path(__file__).parent / "budget.toml").read_text())
    for chapter in chapters().values():
        size = sum(len(gzip.compress(data, mtime=0)) for data in site.visit(chapter.path).values())
        assert 0.9 * budget[chapter.name] < size < 1.05 * budget[chapter.name], f"{chapter.name} = {size}"


def test_pages_ask_for_nothing_that_is_not_in_the_folder(site):
    for name in site.names.values():
        page = site.files[name].decode()
        asked = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert asked and all(path in site.files for path in asked)
        assert "unsafe-eval'" not in page.replace("wasm-unsafe-eval'", "") and "http" not in page.replace("http-equiv", "")
    scripts = [data.decode() for path, data in site.files.items() if path.endswith(".js") and "bokeh" not in path]
    for path in {found for text in scripts for found in re.findall(r'"(assets/[^"]+)"', text)}:
        assert path in site.files


def test_ways_lead_to_pages_of_the_site_alone(site):
    [claims] = [data.decode() for path, data in site.files.items() if path.startswith("assets/claims-retrieval")]
    leads = set(re.findall(r'href="([^"?]*)', claims))
    assert leads and leads <= {"./", "./context.html"}
    alone = build.Site(build.chosen(["context"]))
    assert [page[0] for page in alone.spec(chapter_spec(chapters()["context"]), chapters()["context"])["pages"]] == [
        "./context.html"
    ]


def test_a_folder_of_somebody_elses_is_left_alone_and_an_older_build_goes(tmp_path, capsys):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("mine")
    assert "not empty" in build.main([str(theirs), "--chapters", "context", "--only-scenes", "--plain"])
    assert [path.name for path in theirs.iterdir()] == ["thesis.txt"]
    ours = tmp_path / "ours"
    assert build.main([str(ours), "--chapters", "context", "--only-scenes", "--plain"]) == 0
    (ours / "assets" / "old-0.js").write_text("")
    manifest = ours / build.MANIFEST
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "assets/old-0.js": ""}))
    (ours / "mine.txt").write_text("a file that the build does not know stays")
    assert build.main([str(ours), "--chapters", "context", "--only-scenes", "--plain"]) == 0
    assert not (ours / "assets" / "old-0.js").exists() and (ours / "mine.txt").exists()
    assert "MB" in capsys.readouterr().out
    assert "no chapter nothing" in build.main([str(ours), "--chapters", "nothing", "--only-scenes"])


def test_bytes_stand_beside_the_message():
    text, pieces = wire.split({"run": b"ab", "shown": {"ghosts": [{"run": b"c"}], "t": 1.5}})
    assert pieces == [b"ab", b"c"] and json.loads(text)["run"] == {"$bytes": 0}
    assert base64.b64encode(b"ab").decode() in wire.as_text({"run": b"ab"})


def test_a_folder_is_a_runtime_only_with_the_wheel_that_its_list_names(tmp_path, monkeypatch):
    for name in PARTS:
        (tmp_path / name).write_text(
            '{"packages": {"numpy": {"file_name": "numpy.whl", "sha256": "00"}}}' if name == LOCK else ""
        )
    with pytest.raises(MissingRuntime, match=r"has no numpy\.whl"):
        runtime(tmp_path)
    (tmp_path / "numpy.whl").write_bytes(b"another")
    with pytest.raises(MissingRuntime, match="pinned hash"):
        runtime(tmp_path)
    (tmp_path / "pyodide.mjs").unlink()
    assert "has no pyodide.mjs" in build.main([str(tmp_path / "site"), "--runtime", str(tmp_path)])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "nothing"))
    monkeypatch.setenv("PATH", "")
    assert "npm" in build.main([str(tmp_path / "site")])


def test_the_sources_hold_what_a_session_imports_and_no_server():
    held = set(zipfile.ZipFile(io.BytesIO(sources.archive(chapters().values()))).namelist())
    todo, seen = ["app.static.worker"], set()
    while todo:
        name = todo.pop()
        if name in seen or not name.startswith(("app", "core")):
            continue
        seen.add(name)
        todo += house.imported(name, at_start=True)
        assert house.PYTHON[name].relative_to(ROOT).as_posix() in held, name
    assert not [path for path in held if path.startswith(("app/hosting", "app/engine/pools"))]
    assert "app/chapters/retrieval/figures.json" in held and "app/chapters/retrieval/figures.py" not in held
    alone = zipfile.ZipFile(io.BytesIO(sources.archive(build.chosen(["context"])))).namelist()
    assert not [path for path in alone if path.startswith("app/chapters/retrieval")]


def test_a_site_that_computes_has_every_page_its_licences_and_the_chapters_of_another_folder():
    folder = whole_site()
    assert {path.stem for path in folder.glob("*.html")} == {*pages(), "index", "gliascope", *TOYS} - {""}
    said = (folder / "NOTICE.txt").read_text()
    for part in ("Gliascope", "bokeh", "param", "cachetools", "segno", "Pyodide 0.27.7", "CPython", "numpy"):
        assert part in said
    leads = json.loads(re.search(r'"pages": ({.*?})', script_of(folder, "index.html"))[1])
    assert {toy: f"./{toy}.html" for toy in TOYS}.items() <= leads.items()


def script_of(folder: Path, page: str) -> str:
    """The script of a page that is its own."""
    return (folder / re.findall(r'<script type="module" src="([^"]+)"', (folder / page).read_text())[-1]).read_text()


def test_what_runs_python_has_the_same_bytes_on_every_machine():
    """Another runtime changes them, or a module of the library or of NumPy that is imported for the first time, or not any more:
    who means that writes the new sums down. Core and app change with every commit; above they are compared with another
    process's."""
    pinned = tomllib.loads((Path(__file__).parent / "checksums.toml").read_text())
    [folder] = (whole_site() / "assets").glob("runtime-*")
    if not has_node():
        pytest.skip("without Node nothing is compiled")
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir() if path.name != "sources.zip"}
    assert found == pinned


def test_a_wheel_that_is_gone_is_said_in_a_sentence_and_its_tests_are_skipped_for_that_cause_alone(tmp_path, monkeypatch):
    folder = tmp_path / "gliascope" / "runtime"
    folder.mkdir(parents=True)
    for name in PARTS:
        (folder / name).write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # as where nobody publishes it any more
    said = build.main([str(tmp_path / "site")])
    assert said == f"{CARRIER} cannot be fetched: name a folder with Pyodide and its wheel of NumPy as the runtime."
    with pytest.raises(pytest.skip.Exception, match=r"not tested: .* cannot be fetched"):
        packed.runtime_or_skip()
    (folder / WHEEL).write_text("another")  # which is no cause to be silent
    (folder / LOCK).write_text(json.dumps({"packages": {"numpy": {"file_name": WHEEL, "sha256": "00"}}}))
    with pytest.raises(MissingRuntime, match="pinned hash"):
        packed.runtime_or_skip()
