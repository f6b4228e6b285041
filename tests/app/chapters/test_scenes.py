"""Every scene keeps its promise: what its sentence tells people to watch is true of that very run."""

from __future__ import annotations

import re

import numpy as np
import pytest

from app.chapters.base import frame_at
from app.chapters.retrieval.chapter import CHAPTER
from app.chapters.session import ChapterSession
from core import PARAMETERS, Run, Settings, simulate
from core.retrieval.events import course, events

SCENES = CHAPTER.scenes


def played(parameters):
    """The run of a scene, as the page plays it; of one that is bent, what it is after that."""
    own = {name: value for name, value in parameters.items() if name != "bends"}
    run = simulate(**{**CHAPTER.played, **own})
    for when, changes in CHAPTER.read_bends(parameters.get("bends", "")):
        run = simulate(start=run, at=frame_at(run, when), **changes)
    return run


def measure(run: Run) -> dict[str, object]:
    """The numbers that promises are made of."""
    seen, target = course(run), run.target
    rivals = np.delete(run.p, target, axis=1)
    half = next((event for event in events(run, seen) if event.kind == "half"), None)
    order = [int(m) for m in seen.leader[np.concatenate([[0], np.flatnonzero(np.diff(seen.leader)) + 1])]]
    close = np.abs(run.overlaps[0])
    common = np.sign(run.x) @ np.sign(run.patterns.sum(axis=1)) / run.x.shape[1]
    return {
        "outcome": run.outcome,
        "wrong_start": int(seen.wrong[0]),
        "wrong_end": int(seen.wrong[-1]),
        "perplexity_end": float(run.perplexity[-1]),
        "largest_gain": float(run.p.max()),
        "target_gain_end": float(run.p[-1, target]),
        "rival_gain": float(rivals.max()),
        "half_at": half.t if half else None,
        "wrong_at_half": int(seen.wrong[half.frame]) if half else None,
        "chosen": run.names[int(np.abs(run.overlaps[-1]).argmax())],
        "common_start": float(common[0]),
        "common_at_half": float(common[half.frame]) if half else None,
        "path": " ".join(run.names[m] for m in order if m >= 0),
        "ties": " ".join(run.names[m] for m in np.unique(np.stack([seen.first, seen.second])[:, seen.level == 2])),
        "ring_turns_at": float(run.t[np.argmax(run.attention.argmax(axis=1) == target)]),
        "level_at_start": int(np.count_nonzero(close > close.max() - 1e-9)),
        "stranger_closer": bool(np.delete(close, target).max() > close[target] + 1e-9),
        "gap_end": float(run.attention_gap[-1]),
        "largest_gap": float(run.attention_gap.max()),
        "largest_rise": run.largest_rise,
        "converged": run.converged_at is not None,
        "bent_at": float(run.t[0]),
    }


def keeps(measured: dict[str, object], promise: dict[str, object]) -> list[str]:
    """Which promises are broken."""
    broken = []
    for name, wanted in promise.items():
        value = measured[name]
        kept = wanted[0] <= value <= wanted[1] if isinstance(wanted, list) else value == wanted
        if not kept:
            broken.append(f"{name} is {value!r}, promised {wanted!r}")
    return broken


@pytest.mark.parametrize("key", SCENES)
def test_a_scene_keeps_its_promise(key):
    given = SCENES[key]
    run = played(given.parameters)
    assert given.promise
    assert not keeps(measure(run), given.promise)
    for other in given.contrast:
        against = played({**given.parameters, **other.parameters})
        same = {"same_end": bool(np.allclose(against.x[-1], run.x[-1], rtol=0.01, atol=0.01))}
        assert not keeps({**measure(against), **same}, other.promise), other


@pytest.mark.parametrize("key", SCENES)
def test_where_a_promise_hangs_on_sigma_the_sentence_says_so_and_both_are_shown(key):
    given, usual = SCENES[key], PARAMETERS["sigma"].default
    plain = {**given.parameters, "sigma": usual}
    if not keeps(measure(played(plain)), given.promise):
        return
    assert f"σ = {given.parameters['sigma']:g}" in given.watch and f"σ = {usual:g}" in given.watch
    assert any(other.parameters == {"sigma": usual} for other in given.contrast), "what happens there is promised too"
    pins = CHAPTER.read_pins(given.view["pins"])
    assert {**CHAPTER.run_defaults, **CHAPTER.played, **plain} in pins


def test_a_scenes_own_ghost_goes_with_it_and_a_visitors_stays():
    session = ChapterSession(CHAPTER, CHAPTER.defaults)
    session.open_scene("hasty")
    assert len(session.state()["ghosts"]) == 1 and session.state()["ghosts"][0]["name"] == "σ = 5"
    session.open_scene("likeness")
    assert [ghost["name"] for ghost in session.state()["ghosts"]] == ["τ_p = 1"]
    session.open_scene("hot")
    assert session.state()["ghosts"] == []
    session.pin()
    session.open_scene("tie")
    assert len(session.state()["ghosts"]) == 1


@pytest.mark.parametrize("key", SCENES)
def test_a_scene_does_not_hang_on_rounding(key):
    """A breath on the cue changes nothing, so that no other machine's last digit can."""
    given = SCENES[key]
    run = played(given.parameters)
    breath = 1e-7 * np.random.default_rng(0).standard_normal(run.cue.shape)
    again = played({**given.parameters, "noise": 0.0, "cue": run.cue + breath})
    assert again.outcome == run.outcome
    assert np.array_equal(np.sign(again.x[-1]), np.sign(run.x[-1]))


@pytest.mark.parametrize("key", SCENES)
def test_a_scene_is_complete(key):
    given = SCENES[key]
    Settings(**{name: value for name, value in given.parameters.items() if name != "bends"})
    assert "seed" in given.parameters
    assert re.fullmatch(r"[a-z]+", given.key)
    assert given.watch.endswith(".") and given.watch.count(". ") == 0, "one sentence"
    assert len(given.watch) <= 200, "a sentence, not a paragraph"
    for name, value in given.view.items():
        CHAPTER.view_keys[name].read(value)


def test_every_scene_asked_for_is_there_and_can_be_found():
    wanted = {"recall", "frozen", "hasty", "hot", "attention", "tie", "linear", "letters", "limits", "simplex", "likeness"}
    assert wanted <= set(SCENES)
    assert CHAPTER.first_scene is next(iter(SCENES.values()))
    assert all(scene.key == key for key, scene in SCENES.items())
    assert "none such" not in SCENES
