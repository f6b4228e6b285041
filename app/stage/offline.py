"""One HTML file that plays a run from disk, with no network: BokehJS, figures, player and run are all inside."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.resources import Resources

from app.stage.assets import figures, player, style
from app.words import STAGE

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
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
{player}
const given = JSON.parse(document.getElementById("given").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
mount(document.getElementById("stage"), {{
  ...given, run: bytes(given.run), ghosts: given.ghosts.map(({{name, run}}) => ({{name, run: bytes(run)}})),
}});
</script>
</body>
</html>
"""


def offline_html(
    run: bytes, ghosts: Sequence[Mapping[str, Any]] = (), options: Mapping[str, Any] | None = None, title: str = "Gliascope"
) -> str:
    """The page; `ghosts` are mappings with "name" and "run", as `Stage.ghosts` holds them."""
    given = {
        "figures": json.loads(figures()),
        "run": base64.b64encode(run).decode(),
        "ghosts": [{"name": ghost["name"], "run": base64.b64encode(ghost["run"]).decode()} for ghost in ghosts],
        # Nobody computes here, so the cue cannot be redrawn.
        "options": {**(options or {}), "editable": False},
        "words": STAGE,
    }
    bokeh = "\n".join(Resources(mode="inline", components=["bokeh"]).js_raw)
    return PAGE.format(
        title=html.escape(title),
        style=style(),
        bokeh=_inside_script(bokeh),
        given=json.dumps(given).replace("<", "\\u003c"),
        player=_inside_script(player()),
    )


def _inside_script(source: str) -> str:
    return source.replace("</script", "<\\/script")
