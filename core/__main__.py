"""`python -m core`: figures of papers, sweeps and maps from the shell, into a file that an interrupted study goes on from; and
what else a system offers."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, NoReturn

from core.archive import Archive, summary
from core.parameters import Refusal
from core.registry import DEFAULT, system_named, systems
from core.studies import Cell, Study, map_study, sweep_study, values_of
from core.system import System

SAVE_EVERY = 2.0  # seconds


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence and status 2, without the usage text that would bury it."""
        self.exit(2, f"{self.prog}: {message}\n")


def parser(system: System | None = None) -> argparse.ArgumentParser:
    """The arguments for studies of one system, the default one if none is given: its figures, and an option a parameter."""
    system = system or system_named(DEFAULT)
    main = _Parser(prog="python -m core", description=__doc__)
    studies = main.add_subparsers(dest="study", required=True, metavar="STUDY")
    for name, figure in system.figures.items():
        number = name.removeprefix("figure")
        about = figure.over if number == name else f"the paper's figure {number}: over {figure.over}"
        _common(studies.add_parser(name, help=about), system, points=25)
    sweep = studies.add_parser("sweep", help="any parameter, for any models")
    sweep.add_argument("axis", help="the parameter that is swept")
    sweep.add_argument("--values", help="its values, separated by commas; else --points over the range shown for it")
    _common(sweep, system, points=25)
    plane = studies.add_parser("map", help="any two parameters")
    plane.add_argument("axes", nargs=2, metavar="AXIS", help="the two parameters")
    _common(plane, system, points=16)
    for offering in systems().values():
        for name, command in offering.commands.items():
            options = studies.add_parser(name, help=command.about, description=command.about)
            command.options(options)
            options.set_defaults(command=command)
    return main


def _common(study: argparse.ArgumentParser, system: System, points: int) -> None:
    study.add_argument(
        "--system", default=system.name, help=f"the system that is studied (default {DEFAULT}); it decides the options below"
    )
    study.add_argument("--trials", type=int, default=50, help="trials in each cell")
    study.add_argument(
        "--range",
        action="append",
        default=[],
        metavar="AXIS=LOW,HIGH",
        help="an axis over this range; may be given more than once",
    )
    study.add_argument(
        "--at",
        action="append",
        default=[],
        metavar="AXIS=VALUE,VALUE,…",
        help="an axis at these values; may be given more than once",
    )
    study.add_argument("--points", type=int, default=points, help="values on an axis whose values are not named")
    study.add_argument("--dtype", default="float64", help="float32 or float64")
    study.add_argument("--out", type=Path, help="a .npz or .csv file; what it holds of this study already is not computed again")
    study.add_argument("--workers", type=int, default=1, help="processes that share the work")
    if system.members:
        study.add_argument("--models", help="memories to compare, separated by commas")
    for name, parameter in system.parameters.items():
        option = f"--{name.replace('_', '-')}"
        study.add_argument(
            option, dest=f"set_{name}", metavar=parameter.symbol, help=f"{parameter.meaning} (default {parameter.default})"
        )


def study_of(arguments: argparse.Namespace) -> Study:
    """The study that the arguments describe, checked."""
    system = system_named(arguments.system)
    parameters = system.parameters
    given = {name: p.read(text) for name, p in parameters.items() if (text := getattr(arguments, f"set_{name}")) is not None}
    grid = {"points": arguments.points, "trials": arguments.trials, "dtype": arguments.dtype, "seed": given.pop("seed", 0)}
    named_models = getattr(arguments, "models", None)
    models = tuple(named_models.split(",")) if named_models else None
    values = {axis: _values_within(system, axis, ends, arguments.points) for axis, ends in map(_named_range, arguments.range)}
    values |= {axis: _values_at(system, axis, texts) for axis, texts in map(_named_values, arguments.at)}
    if arguments.study == "map":
        if models is not None:
            sentence = "--models: a map shows one memory; it must be named by --model"
            raise Refusal("--models", named_models, "left out", key="one_model", sentence=sentence)
        across, up = ((axis, values.pop(axis)) if axis in values else axis for axis in arguments.axes)
        _nothing_left(values)
        return map_study(across, up, system=system.name, **grid, **given)
    models = models or ((given.pop("model"),) if "model" in given else None)
    if models:
        grid["models"] = models
    if arguments.study == "sweep":
        axis = arguments.axis
        named = values.pop(axis, None)
        _nothing_left(values)
        if arguments.values is not None:
            named = _values_at(system, axis, arguments.values.split(","))
        return sweep_study(axis, named, system=system.name, **grid, **given)
    study: Study = system.figures[arguments.study].study(**grid, **given, **values)
    return study


def _named_range(text: str) -> tuple[str, tuple[float, float]]:
    axis, _, ends = text.partition("=")
    try:
        low, high = (float(end) for end in ends.split(","))
    except ValueError:
        allowed = "AXIS=LOW,HIGH, such as T=0.01,1"
        raise Refusal("--range", text, allowed, key="form", sentence=f"--range {text}: it must be {allowed}") from None
    return axis, (low, high)


def _values_within(system: System, axis: str, ends: tuple[float, float], points: int) -> list[Any]:
    if axis in system.derived_axes:
        return system.derived_axes[axis].within(*ends)
    return values_of(axis, points, ends, system.name)


def _named_values(text: str) -> tuple[str, list[str]]:
    axis, _, values = text.partition("=")
    if not values:
        allowed = "AXIS=VALUE,VALUE,…, such as K=30,100"
        raise Refusal("--at", text, allowed, key="form", sentence=f"--at {text}: it must be {allowed}")
    return axis, values.split(",")


def _values_at(system: System, axis: str, texts: list[str]) -> list[Any]:
    if axis not in system.parameters:
        raise Refusal("axis", axis, f"one of {', '.join(system.parameters)}", key="choice", choices=tuple(system.parameters))
    return [system.parameters[axis].read(text) for text in texts]


def _nothing_left(values: dict[str, Any]) -> None:
    if values:
        axis = next(iter(values))
        sentence = f"--range or --at {axis}: it must name an axis of the study"
        raise Refusal("--range", axis, "an axis of the study", key="axis", sentence=sentence)


def main(argv: Sequence[str] | None = None) -> int:
    try:
        system = _system_of(argv)
    except Refusal as error:
        print(f"python -m core: {error}", file=sys.stderr)
        return 2
    arguments = parser(system).parse_args(argv)
    if "command" in arguments:
        return int(arguments.command.run(arguments))
    try:
        if arguments.workers < 1:
            raise Refusal("--workers", arguments.workers, "at least 1", key="range", low=1)
        study = study_of(arguments)
        archive = Archive(study, arguments.out) if arguments.out else None
    except ValueError as error:
        print(f"python -m core: {error}", file=sys.stderr)
        return 2
    cells = archive.cells if archive else {}
    if cells:
        print(f"going on from {arguments.out}: {len(cells)} of {study.count} cells are done", file=sys.stderr)
    try:
        _compute(study, cells, archive, arguments.workers)
    except KeyboardInterrupt:
        where = f"; the same command goes on from {arguments.out}" if archive else ""
        print(f"\nstopped after {len(cells)} of {study.count} cells{where}", file=sys.stderr)
        return 130
    if archive:
        print(f"wrote {arguments.out}", file=sys.stderr)
    else:
        print(summary(study, cells))
    return 0


def _system_of(argv: Sequence[str] | None) -> System:
    """The system that the arguments name: which options there are depends on it."""
    first = _Parser(prog="python -m core", add_help=False, allow_abbrev=False)
    first.add_argument("--system", default=DEFAULT)
    return system_named(first.parse_known_args(argv)[0].system)


def _compute(study: Study, cells: dict[tuple[int, ...], Cell], archive: Archive | None, workers: int) -> None:
    began = saved = time.monotonic()
    total, before = study.count, len(cells)
    try:
        with (
            ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as executor,
            closing(study.run(executor, dict(cells))) as run,
        ):
            for cell in run:
                cells[cell.index] = cell
                now = time.monotonic()
                if archive and now - saved > SAVE_EVERY:
                    archive.save()
                    saved = now
                _progress(study.title, len(cells), total, (now - began) / (len(cells) - before))
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)
        if archive:
            archive.save()


def _progress(title: str, done: int, total: int, seconds_a_cell: float) -> None:
    """A bar that redraws itself on a terminal; elsewhere ten lines in all."""
    terminal = sys.stderr.isatty()
    if not terminal and done * 10 // total == (done - 1) * 10 // total:
        return
    bar = "#" * (30 * done // total)
    line = f"{title} [{bar:<30}] {done}/{total} cells, {seconds_a_cell * (total - done):.0f} s left"
    print(f"\r{line}   " if terminal else line, end="" if terminal else "\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
