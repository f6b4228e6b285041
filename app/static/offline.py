"""One HTML file that plays a run from disk, with no network: BokehJS, figures, scripts and run are all inside."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from app.assets import Cards, offline_entry

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
"""
PAGE = (
    HEAD
    + """<style>
html, body {{ margin: 0; }}
.gs {{ --gs-height: 100vh; padding: 8px; }}
{style}
</style>
<script>{bokeh}</script>
</head>
<body>
<div id="stage"></div>
<script type="application/json" id="given">{given}</script>
<script type="module">
{script}
</script>
</body>
</html>
"""
)
GIVEN = 'JSON.parse(document.getElementById("given").textContent)'


def offline_html(
    cards: Cards,
    figures: str,
    words: Mapping[str, Any],
    run: bytes,
    ghosts: Sequence[Mapping[str, Any]] = (),
    options: Mapping[str, Any] | None = None,
    title: str = "Gliascope",
) -> str:
    """The page: `figures` is JSON, `words` are the stage's, `ghosts` are mappings with "name" and "run"."""
    given = {
        "figures": json.loads(figures),
        "run": _text(run),
        "ghosts": [{"name": ghost["name"], "run": _text(ghost["run"])} for ghost in ghosts],
        # Nobody computes here, so the cue cannot be redrawn.
        "options": {**(options or {}), "editable": False},
        "words": words,
    }
    return PAGE.format(
        title=html.escape(title),
        style=cards.style(),
        bokeh=inside_script(bokeh_text()),
        given=json.dumps(given).replace("<", "\\u003c"),
        script=inside_script(offline_entry(cards, GIVEN).inline()),
    )


def bokeh_text() -> str:
    """BokehJS as one script; a worker in a browser, which has no Bokeh, is given it as a file."""
    kept = Path(__file__).with_name("bokeh.js")
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    from bokeh.resources import Resources

    return "\n".join(Resources(mode="inline", components=["bokeh"]).js_raw)


def _text(message: bytes) -> str:
    return base64.b64encode(message).decode()


def inside_script(source: str) -> str:
    return source.replace("</script", "<\\/script")
