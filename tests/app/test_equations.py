"""The words beside the figures: whole, well-formed, tied to controls and figures, and asking no other host for anything."""

from __future__ import annotations

import re
from importlib.resources import files
from xml.etree import ElementTree

import pytest

from app.equations import Equations, equations_html, mathml, panel_html, read_equations
from app.words import words
from core import PARAMETERS

CHAPTER = "app.chapters.retrieval"
FIGURES = {"neurons", "overlaps", "simplex", "attention", "energy"}
LATEX = files(CHAPTER).joinpath("equations.tex").read_text(encoding="utf-8")
WORDS = words(CHAPTER)["equations"]
SENTENCES = {
    name: sentence for section in WORDS["sections"].values() for name, sentence in section.items() if name != "title"
}  # fmt: skip


@pytest.fixture(scope="module")
def equations() -> Equations:
    return read_equations(LATEX)


@pytest.fixture(scope="module")
def panel() -> ElementTree.Element:
    return ElementTree.fromstring(f"<panel>{equations_html()}</panel>")


# ------------------------------------------------------------------------------------------------ the chapter's own panel


def test_every_symbol_is_a_parameter_or_is_shown_somewhere(panel, equations):
    for element in panel.iter():
        if (symbol := element.get("data-symbol")) is None:
            continue
        if element.tag == "button":
            assert symbol == panel.find(f".//li[@data-figure='{symbol}']").get("data-figure")
        elif symbol in equations.figures:
            assert element.get("data-figure") == equations.figures[symbol] in FIGURES
        else:
            assert symbol in PARAMETERS, symbol
            assert element.get("data-figure") is None


def test_every_parameter_or_quantity_marked_in_the_latex_is_known(equations):
    marked = set(re.findall(r"\\class\{(.*?)\}", LATEX.split("\\begin", 1)[1]))
    assert marked == set(equations.symbols)
    assert set(equations.symbols) - set(equations.figures) <= set(PARAMETERS)
    assert not set(equations.figures) & set(PARAMETERS)
    assert set(equations.figures.values()) <= FIGURES


def test_every_equation_has_a_sentence(equations):
    assert set(equations.equations) <= set(SENTENCES)
    assert set(WORDS["figures"]) == FIGURES


def test_every_sentence_says_which_figure_it_speaks_of(panel):
    spoken = [element for element in panel.iter() if "data-step" in element.attrib and element.get("data-figure")]
    assert {element.get("data-figure") for element in spoken} == FIGURES
    assert len(spoken) == len(SENTENCES) + len(FIGURES)
    for _, text in [*SENTENCES.values(), *WORDS["figures"].values()]:
        assert len(re.findall(r"[.!?](?: |$)", text)) <= 1, f"one sentence each: {text}"


def test_the_papers_equations_are_all_there(panel, equations):
    numbers = [element.text for element in panel.iter("mtext")]
    assert sorted(int(number.strip("()")) for number in numbers) == list(range(4, 12))
    assert len(panel.findall(".//math[@display='block']")) == len(numbers) + 2
    assert set(equations.symbols) <= {element.get("data-symbol") for element in panel.iter()}


def test_nothing_is_fetched_and_nothing_is_run(panel):
    for element in panel.iter():
        assert element.tag not in ("script", "link", "img", "iframe", "object")
        assert not {"src", "href"} & set(element.attrib)
        assert not any(name.startswith("on") for name in element.attrib)
    assert "{" not in equations_html()


def test_the_names_of_figures_are_buttons_for_the_keyboard(panel):
    assert {button.get("data-symbol") for button in panel.iter("button")} == FIGURES


def test_sections_stand_in_the_order_of_the_words(panel):
    titles = [WORDS["figures_title"], *(section["title"] for section in WORDS["sections"].values())]
    assert [heading.text for heading in panel.iter("h3")] == titles
    spoken = [element.get("data-figure") for element in panel.findall("section") if element.get("data-figure")]
    assert spoken == [figure for figure, _ in SENTENCES.values()]


# ------------------------------------------------------------------------------------------------------- any other chapter

TOY = r"""
% A comment.
\parameter{rate}{\lambda}
\quantity{y}{curve}{y}
\begin{equation}\label{decay}\tag{2}
  \class{y}{\dot{y}} = -\class{rate}{\lambda} \class{y}{y}
\end{equation}
\begin{equation}\label{half}
  \log \class{y}{y^\ast} = - \sum_i \class{y}{y_i}
\end{equation}
"""
TOY_WORDS = {
    "title": "Toy",
    "intro": "It decays at {rate}.",
    "figures_title": "Figures",
    "source": "None.",
    "figures": {"curve": ["Curve", "It shows {y}."]},
    "sections": {
        "second": {"title": "Half", "half": ["curve", "Half."], "note": ["curve", "A note."]},
        "first": {"title": "Decay", "decay": ["curve", "{y} decays."]},
    },
}  # fmt: skip


def test_a_chapter_brings_its_equations_and_words_and_no_code():
    panel = ElementTree.fromstring(f"<panel>{panel_html(TOY_WORDS, TOY)}</panel>")
    assert [heading.text for heading in panel.iter("h3")] == ["Figures", "Half", "Decay"]
    marks = {(element.get("data-symbol"), element.get("data-figure")) for element in panel.iter() if element.get("data-symbol")}
    assert marks == {("rate", None), ("y", "curve"), ("curve", None)}
    assert [element.text for element in panel.iter("mtext")] == ["(2)"]
    assert panel.find(".//section[@data-figure='curve']/p").text == "Half."


def test_an_equation_without_a_sentence_is_named():
    silent = {**TOY_WORDS, "sections": {"first": TOY_WORDS["sections"]["first"]}}
    with pytest.raises(ValueError, match="equations without a sentence: half"):
        panel_html(silent, TOY)


@pytest.mark.parametrize(
    ("latex", "problem"),
    [
        (r"\frac{y", "braces do not match"),
        (r"y}{", "braces do not match"),
        (r"\unknown{y}", r"\\unknown is not known"),
        (r"\frac{y}", "<mfrac> has 1 parts instead of 2"),
        (r"{\frac{y}}", "an argument is left out"),
        (r"y_i_j", "not LaTeX: DoubleSubscriptsError"),
        (r"\left( y", "not LaTeX: ExtraLeftOrMissingRightError"),
        (r"\class{y}", "not LaTeX: NoAvailableTokensError"),
        (r"\begin{array}{l} \class{y} \end{array}", "a mark has nothing to mark"),
        (r"\class{z}{z}", "z is marked, but is neither a parameter nor a quantity"),
        (r"\tfrac{1}{2}", "<mstyle> is not set by every browser"),
        (r"\cancel{y}", "<menclose> is not set by every browser"),
        (r"\textbf{y}", 'mathvariant="bold" of <mtext> is not set by every browser'),
        (r"a \! b", 'width="negativethinmathspace" of <mspace> is not set by every browser'),
        (r"a & b", "& is not known"),
    ],
)
def test_bad_latex_fails_in_words(latex, problem):
    bad = TOY.replace(r"- \sum_i \class{y}{y_i}", latex)
    assert bad != TOY
    with pytest.raises(ValueError, match=f"half: {problem}"):
        panel_html(TOY_WORDS, bad)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (r"\quantity{z}{z}", r"neither a parameter, nor a quantity, nor an equation with a label: \\quantity{z}{z}"),
        (r"\begin{equation} z \end{equation}", r"nor an equation with a label: \\begin{equation} z"),
        (r"\parameter{y}{y}", "y is there twice"),
        (r"\parameter{a}{b}{c}", "braces do not match"),
        (r"\begin{equation}\label{decay} z \end{equation}", "decay is there twice"),
    ],
)
def test_a_statement_that_is_none_is_named(line, problem):
    with pytest.raises(ValueError, match=problem):
        panel_html(TOY_WORDS, f"{TOY}\n{line}\n")


# ------------------------------------------------------------------------------------------------------------- setting


def _formula(latex: str) -> ElementTree.Element:
    return ElementTree.fromstring(mathml(latex, read_equations(TOY), display="block"))


def test_a_mark_reaches_every_form_of_a_symbol():
    for latex in (r"\class{y}y", r"\class{y}{y_i}", r"\class{y}{\dot{y}}", r"\class{y}{y^\ast}", r"\class{y}{y_i^\top}"):
        marked = [element for element in _formula(latex).iter() if element.get("data-symbol") == "y"]
        assert len(marked) == 1 and marked[0].get("data-figure") == "curve", latex
        assert marked[0].get("class") is None


def test_a_sum_has_its_index_underneath_wherever_it_stands():
    for latex in (r"\sum_i y", r"\left( \sum_i y \right)", r"\frac{\sum_i y}{2}", r"\begin{array}{l} \sum_i y \end{array}"):
        assert [element[0].text for element in _formula(latex).iter("munder")] == ["∑"], latex
        assert _formula(latex).find(".//msub") is None


def test_other_limits_stand_underneath_too():
    for latex in (r"\max_i y", r"\argmax_i y", r"\operatorname*{best}_i y"):
        limits = _formula(latex).find(".//munder")
        assert limits[0].tag == "mo" and limits[0].get("movablelimits") == "true", latex
    assert _formula(r"\max(y)").find(".//mi").text == "max"


def test_a_minus_after_a_relation_or_a_bracket_is_a_prefix():
    forms = [sign.get("form") for sign in _formula(r"a = - b - c, - d (- e)").iter("mo") if sign.text == "−"]
    assert forms == ["prefix", None, "prefix", "prefix"]


def test_the_name_of_a_function_stands_apart_from_letters_alone():
    def spaces(latex: str) -> int:
        return len(list(_formula(latex).iter("mspace")))

    assert spaces(r"\log y") == spaces(r"T \log y") - 1 == spaces(r"\log \cosh(y)") == 1
    assert spaces(r"a = \tanh(y)") == spaces(r"\operatorname{softmax}\left( y \right)") == 0
    assert [element.text for element in _formula(r"\operatorname{KL}(y)").iter("mi")] == ["KL", "y"]


def test_a_dot_is_an_accent_and_lines_are_aligned_by_style():
    assert _formula(r"\dot{y}").find(".//mover").get("accent") == "true"
    lines = _formula(r"\begin{array}{l} y \\ + y \end{array}").findall(".//mtd")
    assert [line.attrib for line in lines] == [{"style": "text-align: left"}] * 2
