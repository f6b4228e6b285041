"""A stock Panel page for comparison: the same four figures built per session with Bokeh, and played by the server.

`python -m tests.bench.stock_page --port 5007` serves it.
"""

from __future__ import annotations

import argparse

import numpy as np
import panel as pn
from bokeh.plotting import figure
from tornado.web import RequestHandler

from core import simulate

FRAME_MS = 100
PLAYED_FRAMES = 40


class Health(RequestHandler):
    def get(self) -> None:
        self.write("ok\n")


def page() -> pn.Column:
    """Overlaps, gains, energy and attention as four figures, a slider, and a periodic callback that plays."""
    temperature = pn.widgets.FloatSlider(name="T", start=0.0, end=1.0, step=0.01, value=0.01)
    known = {"run": simulate(seed=1), "frame": 0}
    figures = [figure(width=500, height=300, title=title) for title in ("overlaps", "gains", "energy", "attention")]
    lines = [one.line([], [], line_width=2).data_source for one in figures]
    more = [figures[0].line([], [], color="grey", alpha=0.4).data_source for _ in range(5)]

    def show() -> None:
        run, end = known["run"], min(known["frame"] + 1, len(known["run"].t))
        t = run.t[:end]
        lines[0].data = {"x": t, "y": run.overlaps[:end, 0]}
        for place, source in enumerate(more):
            source.data = {"x": t, "y": run.overlaps[:end, place + 1]}
        lines[1].data = {"x": run.p[:end, 0], "y": run.p[:end, 1]}
        lines[2].data = {"x": t, "y": run.energy[:end]}
        lines[3].data = {"x": np.arange(run.p.shape[1]), "y": run.p[end - 1]}

    def play() -> None:
        known["frame"] += max(1, len(known["run"].t) // PLAYED_FRAMES)
        show()

    def change(event: object) -> None:
        known.update(run=simulate(T=max(temperature.value, 1e-3), seed=1), frame=len(known["run"].t) - 1)
        show()
        known["frame"] = 0

    temperature.param.watch(change, "value")
    show()
    pn.state.add_periodic_callback(play, period=FRAME_MS, count=PLAYED_FRAMES)
    return pn.Column(temperature, pn.Row(figures[0], figures[1]), pn.Row(figures[2], figures[3]))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--num-procs", type=int, default=1)
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    pn.serve(
        page, port=asked.port, num_procs=asked.num_procs, show=False, websocket_origin="*", extra_patterns=[("/healthz", Health)],
    )  # fmt: skip


if __name__ == "__main__":
    main()
