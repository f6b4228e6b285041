// A table as TOML. Only what a lesson has in it is written: texts, numbers, switches, lists, tables, and its steps as tables of their own.

const BARE = /^[A-Za-z0-9_-]+$/;
const OWN_TABLE = ["question", "task"]; // of a step: what is long enough to stand in lines of its own

export function toml({ step: steps = [], ...rest }) {
  return [lines(rest), ...steps.map(stepText)].filter(Boolean).join("\n\n").concat("\n");
}

function stepText(step) {
  const own = OWN_TABLE.filter((name) => isTable(step[name]));
  const rest = Object.fromEntries(Object.entries(step).filter(([name]) => !own.includes(name)));
  const tables = own.map((name) => `[step.${name}]\n${lines(step[name])}`);
  return [`[[step]]\n${lines(rest)}`, ...tables].join("\n");
}

function lines(table) {
  return pairs(table).join("\n");
}

function pairs(table) {
  const given = Object.entries(table).filter(([, value]) => value !== null && value !== undefined);
  return given.map(([name, value]) => `${BARE.test(name) ? name : text(name)} = ${written(value)}`);
}

function written(value) {
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return `[${value.map(written).join(", ")}]`;
  if (isTable(value)) return `{ ${pairs(value).join(", ")} }`;
  return String(value);
}

// JSON escapes what TOML does, but for one letter.
function text(value) {
  return JSON.stringify(value.toWellFormed()).replaceAll("\u007f", "\\u007f");
}

function isTable(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
