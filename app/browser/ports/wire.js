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

// The same of what was packed: behind its length a head, which says how long the pieces are and which of them is meant where.
export async function unpacked(text) {
  const stream = new Blob([bytes(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const whole = await new Response(stream).arrayBuffer();
  let at = 4 + new DataView(whole).getUint32(0, true);
  const { sizes, order, message } = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, 4, at - 4)));
  const distinct = sizes.map((size) => {
    at += size;
    return whole.slice(at - size, at);
  });
  return join(
    JSON.stringify(message),
    order.map((place) => distinct[place]),
  );
}
