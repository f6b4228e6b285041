"""Numbers as people read and write them: one place for all pages, sentences and fields.

app/browser/numbers.js writes them alike; one table of cases is the test of both.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from core.parameters import Parameter

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PER_DECADE = 20  # stops of a logarithmic slider


def number(value: float) -> str:
    """Three significant digits and a true minus sign; "–" where there is none."""
    if math.isnan(value):
        return "–"
    text = f"{value:.3g}"
    if "e" in text or 0 < abs(value) < 1e-3:
        if 1e-3 <= abs(value) < 1e5:
            text = f"{float(text):.0f}"
        else:
            digits, power = f"{value:.2e}".split("e")
            return f"{float(digits):g}·10{str(int(power)).translate(_RAISED)}".replace("-", "−")
    return text.replace("-", "−").replace("inf", "∞")


def measured(value: float, error: float) -> str:
    """A value with its standard error: the error has two digits, and the value ends where the error does."""
    if not error > 0 or not math.isfinite(value):
        return f"{number(value)} ± {number(error)}"
    decimals = min(8, max(0, 1 - math.floor(math.log10(error))))
    return f"{value:.{decimals}f} ± {error:.{decimals}f}".replace("-", "−")


def share(part: float) -> str:
    """A fraction in per cent, never rounded up to the whole nor down to nothing before it is there."""
    percent = 100 * part
    if percent == 0:
        return "0 %"
    if percent >= 99.5:
        return "100 %" if percent >= 99.95 else "99.9 %" if percent >= 99.85 else f"{percent:.3g} %"
    return f"{percent:.0f} %" if percent >= 9.5 else f"{percent:.2g} %" if percent >= 0.1 else "under 0.1 %"


def on_axis(value: float) -> str:
    """A value on an axis: whole numbers whole."""
    return str(value) if isinstance(value, int) else number(value)


def in_field(value: Any) -> str:
    """A value as a field shows it, so that it can be typed again: four digits, a true minus sign, ∞."""
    if not isinstance(value, float):
        return str(value)
    text = "∞" if math.isinf(value) else f"{value:.4g}"
    return text.replace("-", "−") if "e" not in text else f"{value:g}"


def from_field(text: str) -> str:
    """What a person typed as a number, as Python reads it: "∞", a true minus sign and a decimal comma are welcome."""
    return text.strip().replace("−", "-").replace("∞", "inf").replace(",", ".")


# ------------------------------------------------------------------------------------------------------------------ sliders


def stops(known: Parameter) -> tuple[float, ...]:
    """The values a slider stops at; the true ends 0 and ∞ come before and after everything that can be counted."""
    assert known.shown is not None, f"{known.name} has no range to be shown over"
    return _stops(*known.shown, known.kind is int, known.scale, known.limits)


@cache
def _stops(low: float, high: float, is_whole: bool, scale: str, limits: tuple[float, ...]) -> tuple[float, ...]:
    if is_whole:
        return tuple(float(value) for value in range(int(low), int(high) + 1))
    if scale != "log":
        step = 10.0 ** math.floor(math.log10((high - low) / 30))  # between 30 and 300 stops
        return tuple(round(low + step * i, 10) for i in range(round((high - low) / step) + 1))
    steps = round(PER_DECADE * math.log10(high / low))
    inner = [float(f"{low * (high / low) ** (i / steps):.3g}") for i in range(steps + 1)]
    return (*([0.0] if 0.0 in limits else []), *inner, *([math.inf] if math.inf in limits else []))


def stop_value(known: Parameter, index: int) -> Any:
    """The value of a stop, in the parameter's own type."""
    return known.check(stops(known)[index])


def nearest_stop(known: Parameter, value: float) -> int:
    """The stop nearest to a value, on the slider's own scale."""
    every = stops(known)
    if value in every:
        return every.index(value)
    inner = [index for index, stop in enumerate(every) if 0 < stop < math.inf]
    if known.scale == "log":
        return min(inner, key=lambda i: abs(every[i] / value - 1) if every[i] > value else abs(value / every[i] - 1))
    return min(range(len(every)), key=lambda index: abs(every[index] - value))
