"""The words beside the figures: a chapter's equations, a sentence for each, and what every figure shows.

A chapter gives its equations in LaTeX (equations.tex), its sentences and their order in words.toml; here they become HTML with
MathML, which browsers set by themselves. Every symbol carries `data-symbol`, the name of a parameter or of a quantity of the run,
and a quantity also the `data-figure` that shows it; every sentence, with its equation, is a `data-step` with the `data-figure` it
speaks of.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from latex2mathml.converter import Converter

from app.words import words

# ------------------------------------------------------------------------------------------------------- equations.tex


@dataclass(frozen=True)
class Equations:
    """What an equations.tex holds: LaTeX by name, as it is written there."""

    symbols: dict[str, str]  # the parameters and quantities, which sentences may name
    figures: dict[str, str]  # the figure that shows a quantity; a symbol without one is a parameter
    equations: dict[str, str]
    numbers: dict[str, str]  # the paper's number of an equation, where it has one


_COMMENT = re.compile(r"(?<!\\)%.*")
_PARAMETER = re.compile(r"^\\parameter\{(\w+)\}\{(.*)\}\s*$", re.MULTILINE)
_QUANTITY = re.compile(r"^\\quantity\{(\w+)\}\{(\w+)\}\{(.*)\}\s*$", re.MULTILINE)
_EQUATION = re.compile(r"\\begin\{equation\}\s*\\label\{(\w+)\}\s*(?:\\tag\{(\w+)\})?(.*?)\\end\{equation\}", re.DOTALL)


def read_equations(latex: str) -> Equations:
    """Every statement of an equations.tex; a ValueError names the first that is none."""
    latex = _COMMENT.sub("", latex)
    parameters, quantities, equations = (pattern.findall(latex) for pattern in (_PARAMETER, _QUANTITY, _EQUATION))
    rest = _EQUATION.sub("", _QUANTITY.sub("", _PARAMETER.sub("", latex))).strip()
    if rest:
        raise ValueError(f"neither a parameter, nor a quantity, nor an equation with a label: {rest.splitlines()[0]}")
    return Equations(
        symbols=_by_name([*parameters, *((name, letter) for name, _, letter in quantities)]),
        figures={name: figure for name, figure, _ in quantities},
        equations=_by_name((name, body) for name, _, body in equations),
        numbers={name: number for name, number, _ in equations if number},
    )


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    known: dict[str, str] = {}
    for name, latex in pairs:
        if name in known:
            raise ValueError(f"{name} is there twice")
        if not _braces_match(latex):
            raise ValueError(f"{name}: braces do not match: {latex.strip()}")
        known[name] = latex
    return known


def _braces_match(latex: str) -> bool:
    """Asked here, as the converter closes by itself what is left open."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


# -------------------------------------------------------------------------------------------------------------- MathML

# What Chromium, Firefox and WebKit all set (MathML Core), with the number of children where it is fixed. <mstyle> is left out:
# there it is a plain row.
_ELEMENTS = {
    **dict.fromkeys(("math", "mrow", "mtable", "mtr", "mtd", "msqrt", "mpadded", "mphantom")),
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "mspace"), 0),
    **dict.fromkeys(("mfrac", "mroot", "msub", "msup", "munder", "mover"), 2),
    **dict.fromkeys(("msubsup", "munderover"), 3),
}  # fmt: skip
_ATTRIBUTES = {
    "display", "displaystyle", "form", "fence", "separator", "lspace", "rspace", "stretchy", "symmetric", "largeop",
    "movablelimits", "minsize", "maxsize", "accent", "accentunder", "linethickness", "width", "height", "depth", "voffset",
    "style", "class",
}  # fmt: skip
_LENGTHS = {"lspace", "rspace", "minsize", "maxsize", "linethickness", "width", "height", "depth", "voffset"}
_LENGTH = re.compile(r"[+-]?\d*\.?\d+(em|ex|px|pt)|0")
_LIMITS = {"msub": "munder", "msup": "mover", "msubsup": "munderover"}
_WITH_LIMITS = frozenset(("∑", "∏", "max", "min", "sup", "inf", "lim"))
_ACCENTS = frozenset("˙¨´`^~¯―˘ˇ˚→")
_SIGNS = frozenset("−+±")
_BEFORE_A_SIGN = frozenset("=≈<>≤≥∝∈,;([{")
_THIN = "0.167em"  # TeX's thin space


def mathml(latex: str, equations: Equations, number: str | None = None, display: str = "inline") -> str:
    """One formula as MathML, its marked symbols tied to controls and figures; a ValueError says what is wrong with it."""
    try:
        formula = Converter(display=display).convert_to_element(latex)
    except Exception as problem:  # its errors have no base of their own, and an argument left out may be any other
        raise ValueError(f"not LaTeX: {type(problem).__name__} in {latex.strip()}") from problem
    del formula.attrib["xmlns"]  # HTML does without
    for element in formula.iter():
        element.text = html.unescape(element.text) if element.text else None
    for element in list(formula.iter()):
        _set_as_tex_does(element)
        _check(element, latex)
    marked = [element for element in formula.iter() if "class" in element.attrib]
    if len(marked) != len(re.findall(r"\\class\b", latex)):
        raise ValueError(f"a mark has nothing to mark: {latex.strip()}")
    for element in marked:
        _mark(element, element.attrib.pop("class"), equations)
    if number is not None:
        SubElement(formula[0], "mspace", width="1em")
        SubElement(formula[0], "mtext").text = f"({number})"
    return tostring(formula, encoding="unicode")


def _mark(element: Element, name: str, equations: Equations) -> None:
    if name not in equations.symbols:
        raise ValueError(f"{name} is marked, but is neither a parameter nor a quantity")
    element.set("data-symbol", name)
    if name in equations.figures:
        element.set("data-figure", equations.figures[name])


def _check(element: Element, latex: str) -> None:
    text, wanted = element.text or "", _ELEMENTS.get(element.tag)
    if text.startswith(("\\", "&", "$", "#")):
        raise ValueError(f"{text} is not known: {latex.strip()}")
    if element.tag == "mi" and text == "}":  # the converter took the end of a group for an argument
        raise ValueError(f"an argument is left out: {latex.strip()}")
    if element.tag not in _ELEMENTS:
        raise ValueError(f"<{element.tag}> is not set by every browser: {latex.strip()}")
    if wanted is not None and len(element) != wanted:
        raise ValueError(f"<{element.tag}> has {len(element)} parts instead of {wanted}: {latex.strip()}")
    for name, value in element.items():
        normal = name == "mathvariant" and value == "normal"  # the one variant that is left
        if not normal and (name not in _ATTRIBUTES or (name in _LENGTHS and not _LENGTH.fullmatch(value))):
            raise ValueError(f'{name}="{value}" of <{element.tag}> is not set by every browser: {latex.strip()}')


def _set_as_tex_does(element: Element) -> None:
    """What TeX knows by itself and MathML has to be told; an element is set before its children are."""
    if (column := element.attrib.pop("columnalign", None)) is not None:
        element.set("style", f"text-align: {column}")
    if element.tag in _LIMITS and (element[0].text in _WITH_LIMITS or "movablelimits" in element[0].attrib):
        element[0].set("movablelimits", "true")  # aside where lines are low
        element.tag = _LIMITS[element.tag]
    if element.tag == "mover" and len(element) == 2 and element[1].text in _ACCENTS:
        element.set("accent", "true")
    for child in element:
        if child.text == "*":
            child.text = "∗"
        name = child.tag == "mo" and len(child.text or "") > 1 and (child.text or "").isalpha()
        if name and "movablelimits" not in child.attrib:  # \operatorname, \max: MathML spaces operators widely
            child.tag = "mi"
    if element.tag in ("mrow", "mtd"):
        _space(element)


def _space(row: Element) -> None:
    """A minus after a relation belongs to what follows, and a function's name stands a little apart."""
    children = list(row)
    row[:] = []
    for before, child in zip([None, *children], children, strict=False):
        if before is not None:
            if child.tag == before.tag == "mo" and child.text in _SIGNS and before.text in _BEFORE_A_SIGN:
                child.set("form", "prefix")
            apart = (_is_function(before) and not _opens(child)) or (_is_function(child) and before.tag != "mo")
            if apart and "mspace" not in (before.tag, child.tag):
                row.append(Element("mspace", width=_THIN))
        row.append(child)


def _is_function(element: Element) -> bool:
    return element.tag == "mi" and len(element.text or "") > 1


def _opens(element: Element) -> bool:
    """Whether it is an operator, which has a space of its own, or begins with a bracket, which wants none."""
    return element.tag == "mo" or (element.tag == "mrow" and len(element) > 0 and element[0].tag == "mo")


# ---------------------------------------------------------------------------------------------------------------- HTML


@cache
def equations_html(package: str = "app.chapters.retrieval") -> str:
    """The panel of a chapter; made once, at start."""
    return panel_html(words(package)["equations"], files(package).joinpath("equations.tex").read_text(encoding="utf-8"))


def panel_html(table: dict[str, Any], latex: str) -> str:
    """The panel as one piece of HTML that asks nobody for anything, from [equations] of a words.toml and an equations.tex.

    `table` holds title, intro, figures_title, source, under `figures` a name and a sentence for each figure, and under
    `sections`, in the order of the page, tables of a title and of sentences: the figure it speaks of and its text, under the
    label of the equation it stands below, or under a name of its own. Texts name symbols in braces.
    """
    equations = read_equations(latex)
    symbols = {name: mathml(rf"\class{{{name}}}{{{letter}}}", equations) for name, letter in equations.symbols.items()}
    blocks = {name: _block(name, equations) for name in equations.equations}

    def sentence(name: str, figure: str, text: str) -> str:
        block = f'<div class="equation">{blocks.pop(name)}</div>' if name in blocks else ""
        return f'<section data-step="" data-figure="{figure}">{block}<p>{text.format(**symbols)}</p></section>'

    def section(title: str, **sentences: list[str]) -> str:
        return f"<h3>{title}</h3>" + "".join(sentence(name, *pair) for name, pair in sentences.items())

    def entry(figure: str, name: str, text: str) -> str:
        button = f'<button type="button" data-symbol="{figure}">{name}</button>'
        return f'<li data-step="" data-figure="{figure}">{button} {text.format(**symbols)}</li>'

    figures = "".join(entry(figure, *pair) for figure, pair in table["figures"].items())
    sections = "".join(section(**entries) for entries in table["sections"].values())
    if blocks:
        raise ValueError(f"equations without a sentence: {', '.join(blocks)}")
    return "".join([
        f'<h2>{table["title"]}</h2><section data-step=""><p>{table["intro"].format(**symbols)}</p>',
        f"<p><small>{table['source'].format(**symbols)}</small></p></section>",
        f'<h3 data-figures="">{table["figures_title"]}</h3><ul data-figures="">{figures}</ul>',
        sections,
    ])  # fmt: skip


def _block(name: str, equations: Equations) -> str:
    """An equation on lines of its own."""
    try:
        return mathml(equations.equations[name], equations, number=equations.numbers.get(name), display="block")
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from problem
