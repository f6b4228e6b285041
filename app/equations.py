"""The words beside the figures: the paper's equations in MathML, which browsers set by themselves, a sentence for each.

Every symbol carries `data-symbol`, the name of a parameter or of a quantity of the run, and a quantity also the
`data-figure` that shows it; every sentence carries the `data-figure` it speaks of. Their text is in app/words.py.
"""

from __future__ import annotations

from functools import cache

from app.words import EQUATIONS as WORDS

# Where each quantity of a run can be seen; what is not here is a parameter.
SEEN_IN = {
    "x": "neurons", "g": "neurons", "W": "neurons", "m": "overlaps", "f": "overlaps", "p": "simplex", "F": "simplex",
    "pi": "attention", "L": "energy", "xi": "neurons",
}  # fmt: skip


# --------------------------------------------------------------------------------------------------------------- MathML


def _mi(letter: str) -> str:
    return f"<mi>{letter}</mi>"


def _mo(sign: str) -> str:
    return f"<mo>{sign}</mo>"


def _mn(number: str) -> str:
    return f"<mn>{number}</mn>"


def _row(*parts: str) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _frac(above: str, below: str) -> str:
    return f"<mfrac>{above}{below}</mfrac>"


def _sub(base: str, index: str) -> str:
    return f"<msub>{base}{index}</msub>"


def _sum(index: str) -> str:
    return f"<munder><mo>∑</mo>{_mi(index)}</munder>"


def _in(left: str, *parts: str, right: str) -> str:
    return _row(_mo(left), *parts, _mo(right))


def _angle(*parts: str) -> str:
    return _in("⟨", *parts, right="⟩")


def _round(*parts: str) -> str:
    return _in("(", *parts, right=")")


def _square(*parts: str) -> str:
    return _in("[", *parts, right="]")


def _symbol(name: str, body: str) -> str:
    figure = f' data-figure="{SEEN_IN[name]}"' if name in SEEN_IN else ""
    return f'<mrow data-symbol="{name}"{figure}>{body}</mrow>'


def _dotted(letter: str) -> str:
    return f'<mover accent="true">{_mi(letter)}<mo>˙</mo></mover>'


def _rate_of(name: str) -> str:
    """The derivative in time: a dot above."""
    return _symbol(name, _dotted(name))


def _rest_of(name: str) -> str:
    """The value at rest: a star."""
    return _symbol(name, f"<msup>{_mi(name)}<mo>∗</mo></msup>")


SYMBOLS = {
    **{name: _symbol(name, _mi(name)) for name in ("N", "K", "T", "x", "g", "m", "p", "f", "F", "W", "L")},
    "tau_x": _symbol("tau_x", _sub(_mi("τ"), _mi("x"))),
    "tau_p": _symbol("tau_p", _sub(_mi("τ"), _mi("p"))),
    "sigma": _symbol("sigma", _mi("σ")),
    "pi": _symbol("pi", _mi("π")),
    "xi": _symbol("xi", _mi("ξ")),
}


def _indexed(name: str, index: str) -> str:
    letter = {"xi": "ξ", "pi": "π"}.get(name, name)
    return _symbol(name, _sub(_mi(letter), _mi(index)))


def _equations() -> dict[str, tuple[str, str]]:
    """Each equation with its number in the paper, or none where the paper has none."""
    s, eq, minus, plus, comma, gap = SYMBOLS, _mo("="), _mo("−"), _mo("+"), _mo(","), '<mspace width="0.6em"/>'
    first_minus = '<mo form="prefix">−</mo>'
    thin = '<mspace width="0.17em"/>'
    log = _mi("log") + thin
    p, f, F, m, xi = (_indexed(name, "μ") for name in ("p", "f", "F", "m", "xi"))
    p_rate = _symbol("p", _sub(_dotted("p"), _mi("μ")))
    xi_transposed = _symbol("xi", f"<msubsup>{_mi('ξ')}{_mi('μ')}{_mi('⊤')}</msubsup>")
    m_squared = _symbol("m", f"<msubsup>{_mi('m')}{_mi('μ')}{_mn('2')}</msubsup>")
    exponential = f"<msup>{_mi('e')}{_row(f, _mo('/'), s['T'])}</msup>"
    x_i, g_i, KT = _indexed("x", "i"), _indexed("g", "i"), s["K"] + s["T"]
    log_cosh = _row(_frac(_mn("1"), s["sigma"]), log, _mi("cosh"), _round(s["sigma"], x_i))
    effort = _row(plus, _sum("i"), _square(x_i, g_i, minus, log_cosh))
    x_rest, p_rest = _rest_of("x"), _rest_of("p")
    return {
        "rates": (_row(s["g"], eq, _mi("φ"), _round(s["x"]), eq, _mi("tanh"), _round(s["sigma"], s["x"])), ""),
        "neurons": (
            _row(s["tau_x"], _rate_of("x"), eq, first_minus, s["x"], plus, s["W"], _round(s["p"]), s["g"]),
            "4",
        ),
        "weights": (_row(s["W"], _round(s["p"]), eq, _frac(s["K"], s["N"]), _sum("μ"), p, xi, xi_transposed), "5"),
        "replicator": (
            _row(s["tau_p"], p_rate, eq, p, _round(F, minus, _sum("ν"), _indexed("p", "ν"), _indexed("F", "ν"))),
            "6",
        ),
        "payoff": (_row(F, eq, f, minus, s["T"], thin, log, p), "7"),
        "score": (
            _row(f, eq, _frac(m_squared, _row(_mn("2"), s["N"])), comma, gap, m, eq, _angle(xi, comma, s["g"])),
            "8",
        ),
        "energy": (
            _lines(
                _row(s["L"], eq, first_minus, s["K"], _angle(s["p"], comma, s["f"])),
                _row(plus, KT, _angle(s["p"], comma, log, s["p"])),
                effort,
            ),
            "9",
        ),
        "energy_parts": (
            _lines(
                _row(s["L"], eq, KT, thin, _mi("KL"), _round(s["p"], _mo("‖"), s["pi"])),
                _row(minus, KT, thin, log, _sum("μ"), exponential),
                effort,
            ),
            "",
        ),
        "rest_neurons": (_row(x_rest, eq, s["W"], _round(p_rest), _mi("φ"), _round(x_rest)), "10"),
        "rest_gains": (
            _row(p_rest, eq, _mi("softmax"), _round(_frac(_row(s["f"], _round(x_rest)), s["T"])), eq, s["pi"]),
            "11",
        ),
    }


def _lines(*rows: str) -> str:
    """An equation too long for one line, in pieces below one another."""
    return "<mtable>" + "".join(f'<mtr><mtd style="text-align: left">{row}</mtd></mtr>' for row in rows) + "</mtable>"


# ----------------------------------------------------------------------------------------------------------------- HTML


@cache
def equations_html() -> str:
    """The whole panel as one piece of HTML that asks nobody for anything."""
    formulas = _equations()
    inline = {name: f"<math>{body}</math>" for name, body in SYMBOLS.items()}

    def say(key: str) -> str:
        figure, text = WORDS[key]
        sentence = f'<p data-figure="{figure}">{text.format(**inline)}</p>'
        if key not in formulas:
            return sentence
        body, number = formulas[key]
        tag = f'<mspace width="1em"/><mtext>({number})</mtext>' if number else ""
        block = f'<math display="block"><mrow>{body}{tag}</mrow></math>'
        return f'<div class="equation" data-figure="{figure}">{block}</div>{sentence}'

    def section(title: str, *keys: str) -> str:
        return f"<h3>{WORDS[title]}</h3>" + "".join(say(key) for key in keys)

    def entry(figure: str, name: str, text: str) -> str:
        button = f'<button type="button" data-symbol="{figure}">{name}</button>'
        return f'<li data-figure="{figure}">{button} {text.format(**inline)}</li>'

    figures = "".join(entry(figure, *words) for figure, words in WORDS["figures"].items())
    return "".join([
        f"<h2>{WORDS['title']}</h2><p>{WORDS['intro'].format(**inline)}</p>",
        f"<h3>{WORDS['figures_title']}</h3><ul>{figures}</ul>",
        section("neurons_title", "rates", "neurons", "weights"),
        section("astrocytes_title", "score", "replicator", "payoff"),
        section("energy_title", "energy", "energy_parts", "zero"),
        section("rest_title", "rest_neurons", "rest_gains"),
        section("limits_title", "attention_limit", "hopfield_limit"),
        section("linear_title", "linear"),
        f"<p><small>{WORDS['source'].format(**inline)}</small></p>",
    ])  # fmt: skip
