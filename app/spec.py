"""What a page's scripts are given once, the same for every visitor: words, controls, limits. All of it is plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from core.parameters import Parameter


def field(known: Parameter, called: str, choices: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A parameter as a field, or as a menu of `choices`, which are values and what each is called."""
    shown = {"name": known.name, "symbol": known.symbol, "called": called, "meaning": known.meaning}
    return shown if choices is None else {**shown, "choices": dict(choices)}


def slider(known: Parameter, called: str, options: Sequence[str]) -> dict[str, Any]:
    """A parameter as a slider over `options`, the texts of the values that it can be moved to."""
    return {**field(known, called), "options": list(options)}


def chapter_spec(
    *,
    page: str,
    words: Mapping[str, Any],
    stage_words: Mapping[str, Any],
    fields: Sequence[Mapping[str, Any]],
    sliders: Sequence[Mapping[str, Any]],
    models: Mapping[str, str],
    scenes: Sequence[Mapping[str, str]],
    lessons: Sequence[Mapping[str, Any]] = (),
    takes_lessons: bool = False,
    maker: Mapping[str, Any] | None = None,
    most: Mapping[str, int | tuple[int, int]] | None = None,
    equations: str = "",
    pages: Sequence[Sequence[Any]] = (),
    run: Mapping[str, Any],
    paper: Mapping[str, str] | None = None,
    claims: str = "",
) -> dict[str, Any]:
    """A chapter's page. `scenes` have key, title and what to watch, `lessons` name, title and how many steps;
    `takes_lessons` says whether they can be taken home, `maker` of what one's own can be made; `most` are N and memories that
    a file may hold, if any;
    `equations` and `claims` are addresses; of `pages` and `run` the ways to all pages are made (ways.js)."""
    given = {"page": page, "words": words, "stage_words": stage_words, "fields": fields, "sliders": sliders, "models": models}
    shared = {"equations": equations, "claims": claims, "pages": pages, "run": run, "paper": paper}
    own = {"scenes": scenes, "lessons": lessons, "takes_lessons": takes_lessons, "maker": maker, "most": most}
    return {**given, **own, **shared}


def study_spec(
    *,
    page: str,
    words: Mapping[str, Any],
    parameters: Mapping[str, Parameter],
    called: Mapping[str, str],
    choices: Mapping[str, Mapping[str, str]],
    axes: Mapping[str, str],
    swept: Sequence[str],
    maps: Sequence[Sequence[str]],
    main: Sequence[str],
    folded: Sequence[str],
    sliders: Mapping[str, Mapping[str, Any]],
    models: Mapping[str, str],
    colours: Sequence[str],
    run: Mapping[str, Any],
    equations: str = "",
    pages: Sequence[Sequence[Any]] = (),
    paper: Mapping[str, str] | None = None,
    claims: str = "",
) -> dict[str, Any]:
    """The page of a study. Of the parameters those in `axes` can be mapped, those in `swept` swept."""
    own = {name: known for name, known in parameters.items() if name != "model"}
    return {
        "page": page,
        "words": words,
        "parameters": {name: field(known, called.get(name, name), choices.get(name)) for name, known in own.items()},
        "main": main,
        "folded": folded,
        "sliders": sliders,
        "models": models,
        "axes": {name: _axis(known, axes[name]) for name, known in parameters.items() if name in axes and known.is_axis},
        "swept": swept,
        "maps": maps,
        "colours": colours,
        "equations": equations,
        "pages": pages,
        "run": run,
        "paper": paper,
        "claims": claims,
        "defaults": {name: known.write(known.default) for name, known in own.items()},
        "limits": {name: [known.low, _finite(known.high)] for name, known in own.items() if known.choices is None},
        "whole": [name for name, known in own.items() if known.kind is int],
    }


def _axis(known: Parameter, called: str) -> str:
    return called if known.symbol == called or known.named else f"{known.symbol}: {called}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
