"""Every private or undocumented part of other packages that the pages rest on, name by name.

An upgrade that takes one away, or changes what we rely on, fails here, in words. The second half walks the source: whatever is
used and not listed fails too, and so does what is listed and not used any more. Make the list shorter, not longer.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OTHERS = ("panel", "bokeh", "tornado", "holoviews", "param")
# What Panel tells its users to import; its other modules are its own business.
DOCUMENTED = ("panel", "panel.custom", "panel.io")
DOCUMENTED_NAMES = ("os._exit",)  # with an underscore, and in Python's manual all the same


@dataclass(frozen=True)
class Part:
    """A part of another package that is not promised to stay."""

    name: str  # as the source names it: an import with its module, anything else by itself
    files: tuple[str, ...]  # that use it
    why: str
    holds: Callable[[], bool]  # whether it is as we rely on it


def found(address: str) -> Any:
    module, _, name = address.rpartition(".")
    return getattr(importlib.import_module(module), name)


def takes(method: Any, *names: str) -> bool:
    """Whether these are the first arguments of a function, besides `self`."""
    known = [name for name in inspect.signature(method).parameters if name not in ("self", "cls")]
    return known[: len(names)] == list(names)


def component() -> type:
    return found("panel.custom.JSComponent")


def websocket() -> type:
    return found("panel.io.server.WSHandler")


def of_component(name: str, *arguments: str) -> Callable[[], bool]:
    return lambda: takes(getattr(component(), name), *arguments)


def is_served(root: Path) -> bool:
    return (Path(root) / "panel.min.js").is_file() and (Path(root) / "css").is_dir()


def builds_applications() -> bool:
    from bokeh.application import Application

    built = found("panel.io.application.build_applications")({"/": lambda: None}, location=False)
    return list(built) == ["/"] and isinstance(built["/"], Application)


def bundles_tags() -> bool:
    from bokeh.resources import Resources

    scripts, styles = found("panel.io.resources.bundle_resources")(
        [], found("panel.io.resources.Resources").from_bokeh(Resources(mode="server", root_url="/"))
    )
    return "static/js/bokeh.min.js" in str(scripts) and "<script" in str(scripts) and isinstance(str(styles), str)


def sets_document() -> bool:
    from bokeh.document import Document
    from panel import state

    doc = Document()
    with found("panel.io.state.set_curdoc")(doc):
        return state.curdoc is doc


def writes_past_handlers() -> bool:
    """Panel's way of writing ends in the `write_message` of a handler's `ws_connection`, which is where we listen."""
    from panel.io import document
    from tornado.websocket import WebSocketHandler, WebSocketProtocol

    by_panel = inspect.getsource(document.dispatch_tornado)
    by_tornado = inspect.getsource(WebSocketHandler.write_message)
    return (
        "WebSocketHandler.write_message(socket" in by_panel
        and "self.ws_connection.write_message(message, binary=binary)" in by_tornado
        and takes(WebSocketProtocol.write_message, "message", "binary")
    )


COMPONENT = "app/component.py"
PARTS = (
    # ---- the server
    Part(
        "panel.io.application.build_applications", ("app/hosting/server.py",),
        "turns a page's function into the application of a session, with all that Panel cleans up after one", builds_applications,
    ),
    Part(
        "panel.io.resources.Resources", ("app/hosting/shell.py",),
        "knows which of Panel's files a page loads", bundles_tags,
    ),
    Part("panel.io.resources.bundle_resources", ("app/hosting/shell.py",), "writes them as tags", bundles_tags),
    Part(
        "panel.io.resources.DIST_DIR", ("app/hosting/files.py",), "the folder of Panel's own scripts and styles",
        lambda: is_served(found("panel.io.resources.DIST_DIR")),
    ),
    Part(
        "panel.io.resources.LOCAL_DIST", ("app/site.py",), "where pages ask for those files, as our handler answers",
        lambda: found("panel.io.resources.LOCAL_DIST") == "static/extensions/panel/",
    ),
    Part(
        "panel.io.resources.patch_model_css", ("app/site.py",),
        "writes the addresses of style sheets into models, which Panel does only for sessions that a page's request makes",
        lambda: takes(found("panel.io.resources.patch_model_css"), "root", "dist_url"),
    ),
    # ---- a visitor's line
    Part(
        "panel.io.server.WSHandler", ("app/hosting/websocket.py",), "Bokeh's websocket as Panel speaks it",
        lambda: issubclass(websocket(), found("bokeh.server.views.ws.WSHandler"))
        and issubclass(websocket(), found("tornado.websocket.WebSocketHandler")),
    ),
    Part(
        "_async_open", ("app/hosting/websocket.py",), "makes the session: here arrivals wait for their turn",
        lambda: inspect.iscoroutinefunction(websocket()._async_open) and takes(websocket()._async_open, "token"),
    ),
    Part(
        "_internal_error", ("app/hosting/websocket.py",), "ends a line after trouble; theirs uses a code that does not exist",
        lambda: takes(websocket()._internal_error, "message"),
    ),
    Part(
        "_protocol_error", ("app/hosting/websocket.py",), "the same after a message that is none",
        lambda: takes(websocket()._protocol_error, "message"),
    ),
    Part(
        "ws_connection", ("app/hosting/websocket.py",), "its `write_message` is where every answer passes", writes_past_handlers,
    ),
    Part(
        "panel.models.esm.ReactiveESM", ("app/hosting/admission.py",), "the model of a component: what messages may be meant for",
        lambda: issubclass(found("panel.models.esm.ReactiveESM"), found("bokeh.model.Model")),
    ),
    # ---- the component of a page
    Part(
        "_linked_properties", (COMPONENT,), "what a browser may write: nothing",
        lambda: isinstance(component()._linked_properties, property),
    ),
    Part("_get_properties", (COMPONENT,), "says that the script is an address", of_component("_get_properties", "doc")),
    Part("_send_msg", (COMPONENT,), "a message to the browser", of_component("_send_msg", "data")),
    Part(
        "panel.io.state.set_curdoc", (COMPONENT,),
        "what is changed from outside a session's own callbacks belongs to its document", sets_document,
    ),
)  # fmt: skip


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_it_is_there_as_we_rely_on_it(part):
    try:
        good = part.holds()
    except Exception as gone:
        good, said = False, f": {type(gone).__name__}: {gone}"
    else:
        said = ""
    assert good, f"{part.name} ({part.why}) has changed, and is used in {', '.join(part.files)}{said}"


# ------------------------------------------------------------------------------------------------------- what the source uses


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


@cache
def sources() -> dict[str, ast.Module]:
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in sorted((ROOT / "app").rglob("*.py"))}


@cache
def own_names() -> frozenset[str]:
    """Private names that our own source makes: methods, functions, fields and attributes."""
    names = set()
    for tree in sources().values():
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Store):
                names.add(node.attr if isinstance(node, ast.Attribute) else node.id)
    return frozenset(filter(is_private, names))


def imports(tree: ast.Module) -> Iterator[str]:
    """Names that are imported from where nothing is promised."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules, names = [alias.name for alias in node.names], [""]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            modules, names = [node.module], [alias.name for alias in node.names]
        else:
            continue
        for module in modules:
            if module.split(".")[0] in ("app", "core", "__future__"):
                continue
            closed = module.split(".")[0] == "panel" and module not in DOCUMENTED
            for name in names:
                if closed or any(is_private(part) for part in (*module.split("."), name)):
                    yield f"{module}.{name}".rstrip(".")


def accesses(tree: ast.Module) -> Iterator[str]:
    """Private names of objects that are not our own."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not is_private(node.attr):
            continue
        owner = ast.unparse(node.value)
        if owner in ("self", "cls") or f"{owner}.{node.attr}" in DOCUMENTED_NAMES:
            continue
        if owner == "super()" or node.attr not in own_names() or node.attr in {part.name for part in PARTS}:
            yield node.attr


@cache
def classes() -> tuple[type, ...]:
    """Our classes that are made from theirs."""
    found = []
    for file in sources():
        name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, type) and value.__module__ == name and any(map(is_theirs, value.__mro__)):
                found.append(value)
    return tuple(found)


def is_theirs(kind: type) -> bool:
    return kind.__module__.split(".")[0] in OTHERS


@cache
def private_names(kind: type) -> frozenset[str]:
    """Private names that a class of theirs has, or gives its objects."""
    names = set(vars(kind))
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError, SyntaxError):
        tree = ast.Module([], [])
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            names.add(node.attr)
    return frozenset(filter(is_private, names))


def inherited(kind: type) -> Iterator[str]:
    """Private names of theirs that one of our classes overrides, calls or overwrites."""
    theirs = frozenset().union(*(private_names(base) for base in kind.__mro__ if is_theirs(base)))
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = [node.name]
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("self", "cls"):
            names = [node.attr]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names = [node.id]
        else:
            continue
        yield from (name for name in names if name in theirs)
        if "ws_connection" in names:  # no underscore, and yet not in Tornado's manual
            yield "ws_connection"


def used() -> set[tuple[str, str]]:
    """Which file uses which part."""
    found = {(file, name) for file, tree in sources().items() for name in (*imports(tree), *accesses(tree))}
    for kind in classes():
        file = str(Path(inspect.getsourcefile(kind)).relative_to(ROOT))
        found |= {(file, name) for name in inherited(kind)}
    return found


def test_there_is_something_to_walk():
    assert len(sources()) > 40 and len(classes()) > 10
    assert any(kind.__name__ == "Websocket" for kind in classes())


def test_nothing_else_is_used_and_nothing_is_listed_in_vain():
    listed = {(file, part.name) for part in PARTS for file in part.files}
    more = sorted(used() - listed)
    assert not more, f"these use a private part that is not listed here: {more}"
    less = sorted(listed - used())
    assert not less, f"these do not use it any more, so the list can be shorter: {less}"


@pytest.mark.parametrize(
    "source, seen",
    [
        ("from panel.io.resources import _env", ["panel.io.resources._env"]),
        ("from panel.io.resources import CDN_DIST", ["panel.io.resources.CDN_DIST"]),
        ("import bokeh._private", ["bokeh._private"]),
        ("from tornado.web import RequestHandler", []),
        ("from app.runs import _message", []),
    ],
)
def test_imports_are_seen(source, seen):
    assert list(imports(ast.parse(source))) == seen


@pytest.mark.parametrize(
    "source, seen",
    [
        ("server._tornado._clients", ["_clients", "_tornado"]),
        ("super()._get_model(doc)", ["_get_model"]),
        ("self._x, cls._y, thing.__class__, os._exit(0)", []),
    ],
)
def test_accesses_are_seen(source, seen):
    assert sorted(accesses(ast.parse(source))) == seen


def test_what_a_class_takes_from_its_base_is_seen():
    kinds = {kind.__name__: set(inherited(kind)) for kind in classes()}
    assert {"_async_open", "_internal_error", "ws_connection"} <= kinds["Websocket"]
