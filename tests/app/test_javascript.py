"""The scripts: how they are put into one file, and their own tests where there is a Node to run them."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import assets
from app.chapters.frames import Told
from app.chapters.retrieval.chapter import CHAPTER
from app.chapters.retrieval.figures import figures
from app.chapters.retrieval.pack import pack
from app.message import read, write
from core import simulate

APP, TESTS = assets.APP, Path(__file__).parents[1]
SCRIPTS = sorted(path for path in APP.rglob("*.js") if "hosting" not in path.parts)
CHAPTERS = sorted(path for path in (APP / "chapters").iterdir() if any(path.glob("*.js")))
STUDIES = sorted(path for path in (APP / "studies").glob("*.js") if "export class View" in path.read_text())
OLDEST_NODE = (20, 19)  # from here on it runs modules whose folder has no package.json


def _node() -> str | None:
    path = shutil.which("node")
    version = subprocess.run([path, "--version"], capture_output=True, text=True).stdout if path else ""
    found = re.match(r"v(\d+)\.(\d+)", version)
    return path if found and (int(found[1]), int(found[2])) >= OLDEST_NODE else None


NODE = _node()


def entry(page: str) -> assets.Entry:
    if page == "retrieval":
        return assets.chapter_entry(CHAPTER.card_scripts, {"page": page}, "{}")
    return assets.study_entry(APP / "studies" / f"{page}.js", {"page": page}, "{}")


ENTRIES = ("retrieval", *(path.stem for path in STUDIES))


def test_there_are_scripts_to_look_at():
    assert len(SCRIPTS) > 25 and CHAPTERS and len(STUDIES) >= 4


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(APP)))
def test_a_script_imports_what_others_export(script):
    for path, names in assets.module(script).imports:
        wanted = {name.split(":")[0].strip() for name in names.split(",")}
        assert wanted <= set(assets.module(path).exports), f"{script.name} wants of {path.name} what it does not export"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(APP)))
def test_a_script_reads_nothing_that_only_a_bundle_would_give_it(script):
    assert not re.search(r"\b(SPEC|STYLE|WORDS|FIGURES|FILES)\b", script.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", ENTRIES)
def test_every_script_comes_after_those_it_imports(page):
    seen = set()
    for one in entry(page).needed():
        assert all(path in seen for path, _ in one.imports)
        seen.add(one.path)


def test_all_pages_share_one_file_and_have_one_of_their_own():
    made = assets.scripts({page: entry(page) for page in ENTRIES})
    assert set(made.files) == {made.browser, *made.pages.values()}
    for page in ENTRIES:
        assert made.of(page) == (made.browser, made.pages[page])
        own = made.files[made.pages[page]]
        assert own.count(f'from "./{made.browser}"') == 1 and "class Frame" not in own
    assert made.files[made.browser].count("class Frame ") == 1
    other_order = assets.scripts({page: entry(page) for page in reversed(ENTRIES)})
    assert other_order.pages.keys() == made.pages.keys()


def test_nothing_of_this_machine_is_in_a_bundle():
    made = assets.scripts({page: entry(page) for page in ENTRIES})
    assert not any(str(APP.parent) in text for text in made.files.values())


def test_names_change_with_what_is_in_a_file():
    first = assets.scripts({"tune": entry("tune")})
    same = assets.scripts({"tune": entry("tune")})
    other = assets.scripts({"tune": assets.study_entry(APP / "studies" / "tune.js", {"page": "other"}, "{}")})
    assert first == same
    assert first.browser == other.browser and first.pages != other.pages


def bundled(folder, files, last="export default result();"):
    """Little modules of one's own, inline."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    assets.module.cache_clear()
    return assets.Entry.of(['import { result } from "./main.js";'], last, folder).inline()


def test_modules_may_export_the_same_name_and_import_under_another(tmp_path):
    text = bundled(
        tmp_path,
        {
            "one.js": 'export const name = "one";\nexport function both() { return name; }\n',
            "two.js": 'import {\n  name as other,\n} from "./one.js";\nexport const name = `${other} two`;\n',
            "main.js": 'import { name } from "./two.js";\nimport { both } from "./one.js";\n'
            "export function result() { return `${name} ${both()}`; }\n",
        },
    )
    if NODE:
        file = tmp_path / "bundle.mjs"
        file.write_text(text)
        asked = f"import({json.dumps(file.as_uri())}).then((made) => console.log(made.default))"
        done = subprocess.run([NODE, "-e", asked], capture_output=True, text=True)
        assert done.stdout.strip() == "one two one", done.stderr


def test_a_circle_is_refused_in_words(tmp_path):
    files = {
        "a.js": 'import { b } from "./b.js";\nexport const a = () => b;\n',
        "b.js": 'import { a } from "./a.js";\nexport const b = () => a;\n',
        "main.js": 'import { a } from "./a.js";\nexport const result = () => a;\n',
    }
    with pytest.raises(assets.BundleError, match=r"circle: a.js → b.js → a.js"):
        bundled(tmp_path, files)


@pytest.mark.parametrize("line", ['import * as all from "./b.js";', "export default 3;", 'export { x } from "./b.js";'])
def test_what_cannot_be_bundled_is_refused_in_words(tmp_path, line):
    with pytest.raises(assets.BundleError, match="cannot be bundled"):
        bundled(tmp_path, {"main.js": f"export const result = 1;\n{line}\n"})


def test_a_missing_script_is_named(tmp_path):
    with pytest.raises(assets.BundleError, match="nowhere"):
        bundled(tmp_path, {"main.js": 'import { x } from "./nowhere.js";\nexport const result = x;\n'})


def test_a_chapter_that_stands_elsewhere_finds_what_all_pages_share(tmp_path):
    """Its own card is a script in its folder; a card that any system can have, and a run without a run.js, are found by name."""
    card = 'import { make } from "../../browser/elements.js";\nexport const card = { name: "level", build: () => make("p") };\n'
    (tmp_path / "level.js").write_text(card, encoding="utf-8")
    (tmp_path / "cards.css").write_text(".gs-card-level { grid-area: level; }", encoding="utf-8")
    cards = assets.Cards(tmp_path, ("level", "energy"))
    made = assets.scripts({"toy": assets.chapter_entry(cards, {"page": "toy"}, "{}"), "tune": entry("tune")})
    own = made.files[made.pages["toy"]]
    assert "const cards = [level, energy];" in own and "grid-area: level" in own
    assert "powersOf" in made.files[made.browser] and "powersOf" not in own
    assert str(tmp_path) not in own


# ------------------------------------------------------------------------------------------------------------------ GIF


@pytest.mark.skipif(NODE is None, reason="the scripts are run by Node")
def test_another_reader_finds_in_a_gif_the_frames_that_went_in(tmp_path):
    """Noise fills the table of codes again and again; stillness, a small change and a whole new picture stand between."""
    draw = np.random.default_rng(5)
    colours = draw.integers(0, 32, (200, 3)) * 8
    noise = colours[draw.integers(0, 200, (2, 150, 260))]
    spot = noise[0].copy()
    spot[40:60, 100:130] = colours[7]
    frames = [noise[0], noise[0], spot, noise[1], np.full_like(spot, colours[3])]
    pixels = np.stack([np.dstack([frame, np.full(frame.shape[:2], 255)]) for frame in frames]).astype(np.uint8)
    (tmp_path / "pixels").write_bytes(pixels.tobytes())
    made = f"""
        import {{ readFileSync, writeFileSync }} from "node:fs";
        import {{ Gif }} from {json.dumps((APP / "browser" / "gif.js").as_uri())};
        const bytes = readFileSync("pixels"), size = 260 * 150 * 4;
        const frames = Array.from({{ length: {len(frames)} }}, (_, i) => bytes.subarray(i * size, (i + 1) * size));
        const gif = new Gif(260, 150, frames);
        frames.forEach((frame, i) => gif.add(frame, 8 + i));
        writeFileSync("made.gif", Buffer.from(await gif.finish().arrayBuffer()));
    """
    done = subprocess.run([NODE, "--input-type=module", "-e", made], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    film = Image.open(tmp_path / "made.gif")
    assert film.n_frames == len(frames) and film.info["loop"] == 0
    for at, frame in enumerate(frames):
        film.seek(at)
        assert film.info["duration"] == 10 * (8 + at)
        np.testing.assert_array_equal(np.asarray(film.convert("RGB")), frame)


# ---------------------------------------------------------------------------------------------------- tests in JavaScript


def write_messages(folder: Path) -> None:
    """What tests/js/message.test.js reads: messages as Python writes them, and the same numbers as JSON."""
    folder.mkdir(exist_ok=True)
    types = {"f8": "Float64Array", "f4": "Float32Array", "i4": "Int32Array", "i2": "Int16Array", "u2": "Uint16Array"}
    types |= {"i1": "Int8Array", "u1": "Uint8Array"}
    arrays = {dtype: np.array([0, 1, 5, 100]).astype(f"<{dtype}") for dtype in reversed(types)}
    header = {"version": 1, "names": ["α", None], "far": float("inf")}
    message = write(header, arrays)
    (folder / "arrays.bin").write_bytes(message)
    known = {name: {"type": types[name], "values": values.tolist()} for name, values in arrays.items()}
    (folder / "arrays.json").write_text(json.dumps({"header": read(message)[0], "arrays": known}))
    run = simulate(N=9, K=8, seed=2, horizon=2.0)
    message = pack([run], narrate=lambda run: Told(["first", *["then"] * (len(run.t) - 1)], {0: 1, 1: 1}))
    (folder / "retrieval.bin").write_bytes(message)
    (folder / "silent.bin").write_bytes(pack([run]))
    rows = read(message)[1]["row"]
    numbers = {"overlaps": run.overlaps[rows], "p": run.p[rows], "patterns": run.patterns.T}
    plain = {name: values.tolist() for name, values in numbers.items()} | {"target": int(run.target)}
    (folder / "retrieval.json").write_text(json.dumps(plain))


@pytest.mark.skipif(NODE is None, reason="the tests of the scripts need Node")
def test_the_scripts_own_tests():
    write_messages(TESTS / "js" / "messages")
    files = sorted(map(str, (TESTS / "js").glob("*.test.js")))
    done = subprocess.run([NODE, "--test", *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:]
    assert re.search(r"^# pass [1-9]\d+$", done.stdout, re.MULTILINE)


def test_figures_have_the_same_text_every_time():
    """Their ids are ours: else the names of files would differ from process to process."""
    assert '"gs0"' in figures() and not re.search(r'"p\d{4}"', figures())
