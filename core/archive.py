"""A study on disk, whole or half done: NPZ or CSV, with the settings inside, written so that an interruption loses nothing."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.ensemble import Ensemble
from core.parameters import Refusal
from core.registry import DEFAULT, system_named
from core.studies import Cell, Study

FORMAT = 1


class Archive:
    """The cells of one study in one file; `cells` holds those that are done."""

    def __init__(self, study: Study, path: Path, fresh: bool = False) -> None:
        self.study, self.path = study, Path(path)
        if self.path.suffix not in (".npz", ".csv"):
            raise _refused(path, "it must end in .npz or .csv", key="ending")
        if not self.path.parent.is_dir():
            raise _refused(path, "its folder must exist", key="folder")
        self.system = system_named(study.system)
        self.columns = dict(study.columns)
        self.cells: dict[tuple[int, ...], Cell] = {}
        if not fresh and self.path.exists():
            self._load()

    @staticmethod
    def header_of(study: Study) -> str:
        """The study as JSON: whoever has the file can repeat it."""
        about = {"format": FORMAT, **asdict(study)}
        if study.system == DEFAULT:  # as files have it from before there was another
            del about["system"]
        return json.dumps(about, sort_keys=True, allow_nan=True)

    @property
    def header(self) -> str:
        return self.header_of(self.study)

    def add(self, cell: Cell) -> None:
        self.cells[cell.index] = cell

    def save(self) -> None:
        """Write a file beside the old one and put it in its place, so that there is a whole one at every moment."""
        content = self._npz() if self.path.suffix == ".npz" else self._csv().encode()
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o644)
            os.replace(name, self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    # NPZ: arrays of shape (axes…, trials); cells that are not done hold NaN

    def _npz(self) -> bytes:
        shape = (*self.study.shape, self.study.trials)
        longest = max(map(len, self.system.outcomes), default=1)
        arrays: dict[str, np.ndarray] = {
            name: np.full(shape, "", dtype=f"U{longest}") if kind is str else np.full(shape, np.nan)
            for name, kind in self.columns.items()
        }
        arrays["done"] = np.zeros(self.study.shape, dtype=bool)
        for index, cell in self.cells.items():
            for name in self.columns:
                arrays[name][index] = cell.trials.columns[name]
            arrays["done"][index] = True
        arrays["seeds"] = next((cell.trials.seeds for cell in self.cells.values()), np.zeros(0, dtype=np.int64))
        for name, values in self.study.axes.items():
            arrays[f"axis_{name}"] = np.array(values)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, study=np.array(self.header), **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    def _load_npz(self) -> tuple[str, list[Cell]]:
        with np.load(self.path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = str(arrays["study"])
        if header != self.header:
            return header, []
        cells = []
        for index in map(tuple, np.argwhere(arrays["done"]).tolist()):
            columns = {name: arrays[name][index] for name in self.columns}
            cells.append(self._cell(index, arrays["seeds"], columns))
        return header, cells

    # CSV: the study in a first line that begins with #, then a row a trial

    def _csv(self) -> str:
        text = io.StringIO()
        text.write(f"# {self.header}\n")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([*self.study.axes, "trial", "seed", *self.columns])
        for cell in (self.cells[index] for index in sorted(self.cells)):
            columns = [cell.trials.columns[name].tolist() for name in self.columns]
            for trial, row in enumerate(zip(cell.trials.seeds.tolist(), *columns, strict=True)):
                writer.writerow([*cell.point.values(), trial, *row])
        return text.getvalue()

    def _load_csv(self) -> tuple[str, list[Cell]]:
        first, _, rest = self.path.read_text().partition("\n")
        if rest and not rest.endswith("\n"):
            raise EOFError("its last line is cut")
        header = first.removeprefix("# ")
        if header != self.header:
            return header, []
        rows: dict[tuple[str, ...], list[dict[str, str]]] = {}
        for row in csv.DictReader(io.StringIO(rest)):
            rows.setdefault(tuple(row[name] for name in self.study.axes), []).append(row)
        cells = []
        for index in self.study.indices():
            found = rows.get(tuple(str(value) for value in self.study.point(index).values()), [])
            if len(found) != self.study.trials:
                continue
            columns = {
                name: np.array([row[name] if kind is str else float(row[name]) for row in found])
                for name, kind in self.columns.items()
            }
            cells.append(self._cell(index, np.array([int(row["seed"]) for row in found]), columns))
        return header, cells

    def _load(self) -> None:
        try:
            header, cells = self._load_npz() if self.path.suffix == ".npz" else self._load_csv()
        except Exception:  # a damaged file makes its readers raise a dozen kinds
            wrong = "it exists but is no study of ours; move it away, or name another file"
            raise _refused(self.path, wrong, key="no_study") from None
        if header != self.header:
            wrong = "it holds a study with other settings; move it away, or name another file"
            raise _refused(self.path, wrong, key="other_study")
        self.cells = {cell.index: cell for cell in cells}

    def _cell(self, index: tuple[int, ...], seeds: np.ndarray, columns: dict[str, np.ndarray]) -> Cell:
        typed: dict[str, np.ndarray] = {name: columns[name].astype(kind, copy=False) for name, kind in self.columns.items()}
        given = self.system.given(self.study.settings(index))
        return Cell(index, self.study.point(index), Ensemble(given, seeds, system=self.system.name, **typed))


def _refused(path: Any, wrong: str, key: str) -> Refusal:
    return Refusal("out", str(path), wrong.removeprefix("it must "), key=key, sentence=f"out = '{path}': {wrong}")


def summary(study: Study, cells: dict[tuple[int, ...], Cell]) -> str:
    """A table of the cells for a terminal: means over trials, one line a cell."""
    system = system_named(study.system)
    rests = "converged_at" in system.observables
    titles = [*system.summary, *(["at rest", "since t"] if rests else [])]
    widths = [max(8, len(title) + 2) for title in titles]
    head = "".join(f"{title:>{width}}" for title, width in zip(titles, widths, strict=True))
    lines = ["  ".join([*(f"{name:>16}" for name in study.axes), head])]
    for index in sorted(cells):
        cell = cells[index]
        where = (f"{v:>16.4g}" if isinstance(v, float) else f"{v!s:>16}" for v in cell.point.values())
        numbers = [f"{cell.mean(name):.3f}" for name in system.summary]
        if rests:
            since = cell.mean("converged_at")
            numbers += [f"{cell.converged:.0%}", "–" if math.isnan(since) else f"{since:.3g}"]
        lines.append("  ".join([*where, "".join(f"{n:>{width}}" for n, width in zip(numbers, widths, strict=True))]))
    return "\n".join(lines)
