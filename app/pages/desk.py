"""The frame of a page: header, controls and drawers around a stage, drawn in the browser from one small state.

One component instead of some forty widgets, because every widget costs each visitor's session three to eight milliseconds of the
server. Its script and style go to the browser once, under a name that carries their hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from bokeh.core.properties import Any as AnyProperty
from bokeh.core.properties import Dict, Int, String
from bokeh.document import Document
from bokeh.model import DataModel, Model
from panel.custom import Child, JSComponent

from app.limits import MOST
from app.parameters import MOST_DRAWN, SLIDERS, spoken, ticks
from app.scenes import load_scenes
from app.stage.assets import scoped
from app.words import PAGE, STAGE
from core import PARAMETERS
from core.registry import MEMORIES

HERE = Path(__file__).parent
# In this order each module comes after those it imports.
STAGE_JS = tuple(HERE.parent / "stage" / f"{name}.js" for name in ("numbers", "paper"))
MODULES = (*STAGE_JS, *(HERE / f"{name}.js" for name in ("elements", "slider", "files", "desk")))
FOLDED = (
    "model",
    "degree",
    "N",
    "target",
    "family",
    "activity",
    "groups",
    "spread",
    "cue",
    "sigma",
    "horizon",
    "integrator",
    "resolution",
    "temperature_x",
    "tolerance",
)
# A parameter that only one choice of another has a use for.
ONLY_WITH = {
    "degree": ("model", "dense"),
    "activity": ("family", "biased"),
    "groups": ("family", "correlated"),
    "spread": ("family", "correlated"),
}


def choices(name: str) -> dict[str, str]:
    """What a menu offers, and how each is called; what is drawn by hand is not chosen from a menu."""
    called = STAGE["models"] if name == "model" else PAGE["choices"].get(name, {})
    titles = {key: memory.title for key, memory in MEMORIES.items()} if name == "model" else {}
    return {key: called.get(key, titles.get(key, key)) for key in PARAMETERS[name].choices() if key != "own"}


def spec() -> dict[str, Any]:
    """All that is the same for every visitor."""
    fields = []
    for name in FOLDED:
        known = PARAMETERS[name]
        field = {"name": name, "symbol": known.symbol, "called": PAGE["names"][name], "meaning": known.meaning}
        if known.choices is not None:
            field["choices"] = choices(name)
        if name in ONLY_WITH:
            field["with"] = ONLY_WITH[name]
        fields.append(field)
    return {
        "words": PAGE,
        "fields": fields,
        "sliders": {
            PARAMETERS[name].symbol: {
                "name": name,
                "called": PAGE["names"][name],
                "meaning": PARAMETERS[name].meaning,
                "options": [spoken(name, int(tick) if PARAMETERS[name].kind is int else tick) for tick in ticks(name)],
            }
            for name in SLIDERS
        },
        "models": choices("model"),
        "most": {"N": MOST["N"], "memories": MOST_DRAWN},
        "scenes": [{"key": scene.key, "title": scene.title, "watch": scene.watch} for scene in load_scenes()],
    }


@cache
def assets() -> dict[str, str]:
    """File names, with a hash of the content in them, and contents: script, style and texts in one, so that nothing shifts."""
    head = f"const SPEC = {json.dumps(spec(), ensure_ascii=False)};\nconst STYLE = {json.dumps(_read('page.css'))};\n"
    modules = "\n".join(scoped(path.stem, path.read_text(encoding="utf-8")) for path in MODULES)
    text = f"{head}{modules}export default {{Desk: {{render}}}};\n"
    return {f"desk-{hashlib.sha256(text.encode()).hexdigest()[:12]}.js": text}


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


class Slider(DataModel):
    """What one slider shows and says: an index into the values its parameter may take, and the exact value as text.

    A model of Bokeh's own and not a component of Panel's: the desk draws it, so all it has to do is hold its numbers.
    """

    label = String(help="The parameter's symbol, also the accessible name.")
    start = Int(0)
    end = Int(1)
    step = Int()
    # Browsers write these two, and nobody answers for what a browser writes: the page checks it, and says so.
    value = AnyProperty(0, help="Index of the value the slider stands at.")
    value_throttled = AnyProperty(0, help="The same once the slider was let go.")
    text = String("", help="The exact value, which may lie between two stops.")
    hint = String("", help="What the value comes to, such as the number of flipped entries.")


class Shown(DataModel):
    """All that the desk shows of a page's state; one property, so that one change is one message."""

    state = Dict(String, AnyProperty)


class Desk(JSComponent):
    """Everything around the stage. What is on show comes as one state; what a person does goes back as one message."""

    assets_url: ClassVar[str] = "."

    stage = Child()

    def __init__(self, answer: Callable[[dict[str, Any]], None], slid: Callable[[str, str, Any], None], **given: Any) -> None:
        super().__init__(**given)
        self._answer, self._slid = answer, slid
        # Models of Bokeh's, set without a detour over Panel's parameters: a drag changes them twenty times a second.
        self.face = Shown()
        self.sliders = {name: Slider(label=PARAMETERS[name].symbol, end=len(ticks(name)) - 1, step=1) for name in SLIDERS}

    @property
    def _linked_properties(self) -> tuple[str, ...]:
        return ()  # a browser may send messages and move sliders, and set nothing else

    @classmethod
    def _render_esm(cls, compiled: Any = True, server: bool = False) -> str:
        return f"./{cls.assets_url}/{next(iter(assets()))}"

    def _get_properties(self, doc: Document | None) -> dict[str, Any]:
        return {**super()._get_properties(doc), "bundle": "url"}

    def _get_model(self, doc: Document, root: Model | None = None, parent: Model | None = None, comm: Any = None) -> Model:
        model = super()._get_model(doc, root, parent, comm)
        model.tags = [self.face, *self.sliders.values()]  # so that they belong to the document, and the desk's script finds them
        for name, slider in self.sliders.items():
            for attribute in ("value", "value_throttled"):
                slider.on_change(attribute, lambda attribute, old, new, name=name: self._slid(name, attribute, new))
        return model

    def _handle_msg(self, data: Any) -> None:
        self._answer(data)

    @property
    def shown(self) -> dict[str, Any]:
        return self.face.state

    def show(self, state: dict[str, Any], sliders: dict[str, dict[str, Any]]) -> None:
        """Put this on show; what is shown already is not sent again."""
        for name, given in sliders.items():
            slider = self.sliders[name]
            slider.update(**{attribute: value for attribute, value in given.items() if getattr(slider, attribute) != value})
        self.face.state = state

    def hand_over(self, name: str, kind: str, content: bytes | str) -> None:
        """A file for the visitor; it goes straight to the browser and is not kept."""
        self._send_msg({"file": name, "kind": kind, "content": content})

    def say(self, what: str, content: str) -> None:
        self._send_msg({"say": what, "content": content})
