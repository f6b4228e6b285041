"""Files that a visitor opens: pictures and tables become memories, saved runs are shown again, the rest is refused."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from PIL import Image

from app.chapters.retrieval.chapter import CHAPTER
from app.drawn import MOST_DRAWN, read_bits, read_drawn
from core import load_run, simulate
from tests.browser.conftest import found, written
from tests.browser.test_page import button, pause, same_as_core, shown, stage, wait_for_run

PAGE = CHAPTER.words["page"]

FILES = PAGE["files"]


def drop(page, *files: tuple[str, str, bytes | int]) -> None:
    """Let files fall on the page: (name, type, content or how many empty bytes)."""
    page.evaluate(
        """(given) => {
            const dropped = new DataTransfer();
            for (const [name, type, content] of given) dropped.items.add(new File([new Uint8Array(content)], name, {type}));
            FRAME().dispatchEvent(new DragEvent("drop", {dataTransfer: dropped, bubbles: true, cancelable: true}));
        }""".replace("FRAME", f"({found('gd')})"),
        [[name, kind, content if isinstance(content, int) else list(content)] for name, kind, content in files],
    )


def said(page, sentence: str) -> None:
    page.get_by_role("status").filter(has_text=sentence).wait_for(timeout=10_000)


def drawn(page) -> dict[int, np.ndarray]:
    """The memories that the address holds."""
    values, wrong = CHAPTER.read_text(written(page))
    assert wrong == []
    return {memory: read_bits(bits, values["N"]) for memory, bits in read_drawn(values["own_patterns"]).items()}


def picture(width: int, height: int) -> tuple[bytes, np.ndarray]:
    """A white sheet whose upper left quarter is dark, and what it is on 16 × 16 neurons."""
    sheet = Image.new("RGB", (width, height), "white")
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    sheet.paste("black", (left, top, left + edge // 2, top + edge // 2))
    content = io.BytesIO()
    sheet.save(content, "PNG")
    signs = -np.ones((16, 16))
    signs[:8, :8] = 1
    return content.getvalue(), signs.ravel()


def test_a_picture_becomes_the_target_and_is_recalled(visit):
    page = visit("?seed=3")
    pause(page)
    content, signs = picture(320, 240)
    page.get_by_text(PAGE["more"], exact=True).click()
    with page.expect_file_chooser() as chooser:
        button(page, FILES["open"]).click()
    chooser.value.set_files([{"name": "quarter.png", "mimeType": "image/png", "buffer": content}])
    said(page, FILES["stored_one"].format(count=256))
    wait_for_run(page, N=256)
    assert np.array_equal(drawn(page)[0], signs)
    assert (np.array(shown(page)["cue"]) == signs).mean() == pytest.approx(1 - 51 / 256)  # it is the target that is spoilt
    assert shown(page)["outcome"] == "target"
    button(page, PAGE["undo"]).click()
    wait_for_run(page, N=30)


def test_a_table_becomes_several_memories(visit):
    rows = np.where(np.random.default_rng(3).random((3, 40)) < 0.5, -1, 1)
    page = visit("?target=1&K=100")
    drop(page, ("table.csv", "text/csv", "\n".join(",".join(map(str, row)) for row in rows).encode()))
    said(page, FILES["stored_many"].format(memories=3, count=40))
    wait_for_run(page, N=40, K=3, target=1)
    assert page.get_by_label("K, exact value").input_value() == "3"
    stored = drawn(page)
    assert list(stored) == [0, 1, 2]
    assert np.array_equal(np.array(list(stored.values())), rows)
    drop(page, ("zeros.txt", "text/plain", "\n".join(" ".join("01"[int(v > 0)] for v in row) for row in -rows[:1]).encode()))
    said(page, FILES["stored_one"].format(count=40))
    assert np.array_equal(drawn(page)[1], -rows[0]) and np.array_equal(drawn(page)[2], rows[2])


@pytest.mark.parametrize("kind", ["NPZ", "CSV"])
def test_a_run_that_was_taken_away_is_shown_again_elsewhere(visit, kind):
    settings = {"T": 0.3, "K": 20, "noise": 0.3, "seed": 11}
    page = visit("?T=0.3&K=20&noise=0.3&seed=11")
    page.get_by_text(PAGE["take_away"], exact=True).click()
    with page.expect_download() as download:
        button(page, kind).click()
    content = open(download.value.path(), "rb").read()
    if kind == "NPZ":
        saved, run = load_run(content), simulate(**settings)
        assert np.array_equal(saved.x, run.x) and np.array_equal(saved.energy, run.energy)
    other = visit()
    drop(other, (f"run.{kind.lower()}", "", content))
    wait_for_run(other, **settings)
    same_as_core(other, **settings)
    assert shown(other)["error"] == shown(page)["error"]


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def with_address(address: object) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, about=np.array(json.dumps({"address": address})))
    return buffer.getvalue()


REFUSED = {
    "too large": ("photo.png", "image/png", 31_000_000, "too_large"),  # so many bytes of nothing
    "no picture": ("cat.png", "image/png", b"no picture at all", "unreadable"),
    "pickled": ("run.npz", "", zipped("about.npy", pickle.dumps({"address": "T=1"})), "unreadable"),
    "a bomb": ("run.npz", "", zipped("about.npy", bytes(60_000_000)), "unreadable"),
    "cut off": ("run.npz", "", with_address("T=1")[:-30], "unreadable"),
    "no address": ("run.npz", "", with_address([1, 2]), "unreadable"),
    "other numbers": ("table.csv", "text/csv", b"1,-1,2\n1,1,1\n", "unreadable"),
    "words": ("notes.txt", "text/plain", b"to be or not to be", "unreadable"),
    "nothing": ("empty.txt", "text/plain", b"", "unreadable"),
    "ragged": ("table.csv", "text/csv", b"1,-1,1\n1,1\n", "ragged"),
    "too wide": ("table.csv", "text/csv", b",".join([b"1"] * 5000), "too_wide"),
    "too many": ("table.csv", "text/csv", b"1,-1\n" * 300, "too_many"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_files_are_refused_with_a_sentence_and_change_nothing(visit, case):
    name, kind, content, why = REFUSED[case]
    page = visit("?T=0.3&seed=11")
    before = shown(page)
    drop(page, (name, kind, content))
    said(page, FILES[why].format(name=name, megabytes=30, most={"too_wide": 1024, "too_many": MOST_DRAWN}.get(why)))
    assert shown(page) == before and "own_patterns=&" in page.url


def test_a_file_with_an_odd_address_opens_what_can_be_understood(visit):
    page = visit("?T=0.3&seed=11")
    drop(page, ("run.npz", "", with_address("T=abc&K=20&colour=blue")))
    wait_for_run(page, K=20, T=0.01)
    said(page, "T = 'abc'")
    assert stage(page).count() == 1
