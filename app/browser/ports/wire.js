// Messages of a session whose bytes stand beside their JSON (app/static/wire.py).

const PLACE = "$bytes";

// The message, from its JSON and the pieces of bytes that it speaks of.
export function join(text, pieces) {
  return JSON.parse(text, (_, value) => (value?.[PLACE] === undefined ? value : pieces[value[PLACE]]));
}

// The same of what a file holds.
export function fromText(text) {
  const { message, pieces } = JSON.parse(text);
  return join(JSON.stringify(message), pieces.map(bytes));
}

export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}
