"""What the table of claims says was found is found: each number anew. What is quoted of the paper is called so."""

from __future__ import annotations

import numpy as np
import pytest

from app.chapters.segments.chapter import CHAPTER
from app.claims import claims_html, claims_of, paper_table_of
from core import simulate
from core.segments.block import Block, Weights
from core.segments.replay import numbers_held
from core.segments.settings import Settings
from core.segments.training import BATCH

CLAIMS = claims_of(CHAPTER.package)


def spoken(key, *parts):
    """The sentence says this, so that who changes one has to change the other."""
    for part in parts:
        assert part in CLAIMS[key].found or part in CLAIMS[key].settings, part


def accuracy(**given):
    return simulate(system="segments", **given).accuracy


def test_forgetting_helps_the_last_key_and_not_the_first():
    spoken(
        "retention", "80 %", "67 % without it", "13 %, at chance", "100 % without it", "seed 0; 300 steps", "400 for the first"
    )
    assert accuracy(task="latest") == pytest.approx(0.80, abs=0.03)
    assert accuracy(task="latest", retention="off") == pytest.approx(0.67, abs=0.03)
    first = {"task": "first", "steps": 400}
    assert accuracy(**first) == pytest.approx(1 / 8, abs=0.04)
    assert accuracy(**first, retention="off") >= 0.99 and accuracy(**first, retention="scaled") >= 0.99


def test_the_astrocytes_term_is_the_position():
    spoken(
        "attention", "100 % are right with its term", "one in three without it", "T = 3, no retention factor, 800 steps, seed 0"
    )
    place = {"task": "place", "segments": 3, "retention": "off", "steps": 800}
    assert accuracy(**place, positions="off") >= 0.99
    assert accuracy(**place, positions="off", astro_positions="off") == pytest.approx(1 / 3, abs=0.06)
    assert min(accuracy(**place), accuracy(**place, astro_positions="off")) >= 0.99


def test_replay_holds_so_many_times_fewer_numbers():
    spoken("replay", "to the last bit", "12.3 times", "T = 16, a batch of 32")
    settings = Settings(segments=16)
    block = Block(settings.architecture, Weights.drawn(settings.architecture, 0))
    held = {method: numbers_held(block, BATCH, 16, method) for method in ("bptt", "replay")}
    assert held["bptt"] / held["replay"] == pytest.approx(12.3, abs=0.05)


def test_what_cannot_be_judged_has_no_link_and_the_others_open_without_a_refusal():
    for claim in CLAIMS.values():
        assert bool(claim.see) == (claim.verdict != "unjudged"), claim.key
        path, _, query = claim.see.partition("?")
        if path:
            values, notices = CHAPTER.read_text(query)
            assert path == CHAPTER.path and notices == [] and values["scene"] in CHAPTER.scenes
    assert claims_html(CHAPTER.package).count("<a ") == sum(bool(claim.see) for claim in CLAIMS.values())


def test_the_quoted_table_is_whole_and_says_that_it_is_the_papers():
    paper = paper_table_of(CHAPTER.package)
    assert paper.title.startswith("The paper’s own") and paper.source.startswith("As the paper’s, quoted from")
    for name, *texts in paper.rows:
        assert len(texts) == len(paper.columns) - 1
        *tasks, mean = map(float, texts)
        assert np.mean(tasks) == pytest.approx(mean, abs=0.051), name
    made = claims_html(CHAPTER.package)
    assert made.endswith(f"<p>{paper.source}</p>") and "<caption>The paper’s own table" in made
