// Messages of a session whose bytes stand beside their JSON (app/static/wire.py).

const PLACE = "$bytes";
const KINDS = { float64: Float64Array, int32: Int32Array };

// The message, from its JSON and the pieces of bytes that it speaks of.
export function join(text, pieces) {
  return JSON.parse(text, (_, value) => {
    const piece = pieces[value?.[PLACE]];
    return piece === undefined ? value : value.kind ? new KINDS[value.kind](piece) : piece;
  });
}

// The same of what a file holds.
export function fromText(text) {
  const { message, pieces } = JSON.parse(text);
  return join(JSON.stringify(message), pieces.map(bytes));
}

export function bytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
}
