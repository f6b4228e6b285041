// Numbers as people read them: three significant digits and a true minus sign. app/numbers.py writes them alike; one table of cases
// is the test of both.

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

export function three(value) {
  if (value === "inf" || value === Infinity) return "∞";
  if (value === "-inf" || value === -Infinity) return "−∞";
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const [digits, power] = value.toExponential(2).split("e");
    return minus(`${Number(digits)}·10${raised(Number(power))}`);
  }
  return minus(String(Number(value.toPrecision(3))));
}

// A value with its standard error: the error has two digits, and the value ends where the error does.
export function measured(value, error) {
  if (!(error > 0) || !Number.isFinite(value)) return `${three(value)} ± ${three(error)}`;
  const decimals = Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(error))));
  return minus(`${value.toFixed(decimals)} ± ${error.toFixed(decimals)}`);
}

// A fraction in per cent, never rounded up to the whole nor down to nothing before it is there.
export function share(part) {
  const percent = 100 * part;
  if (percent === 0) return "0 %";
  if (percent >= 99.5) return percent >= 99.95 ? "100 %" : percent >= 99.85 ? "99.9 %" : `${three(percent)} %`;
  if (percent >= 9.5) return `${Math.round(percent)} %`;
  return percent >= 0.1 ? `${Number(percent.toPrecision(2))} %` : "under 0.1 %";
}

// A tick of a decade: plain where `three` is.
export function powerOfTen(exponent) {
  if (exponent >= -3 && exponent <= 4) return String(Number((10 ** exponent).toPrecision(1)));
  return `10${raised(exponent)}`;
}

export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

function raised(power) {
  return (power < 0 ? "⁻" : "") + [...String(Math.abs(power))].map((digit) => RAISED[digit]).join("");
}

export function minus(text) {
  return text.replaceAll("-", "−");
}
