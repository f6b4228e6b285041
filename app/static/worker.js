// The script of the worker that computes on a site without a server: it starts Python, and hands messages between the page and the
// session (worker.py). It asks for files of the site alone, by addresses that the page gives it.

const BOKEH = "/home/pyodide/app/static/bokeh.js"; // where offline.py looks for it

let python = null;
let session = null;
let bokeh = ""; // address of BokehJS, which only a page that is taken away needs
let kind = { opened: true }; // of the message that comes next: an opening, or an answer to the deed of a number

// Called from Python; what is handed over is moved and not copied again.
function post(text, pieces) {
  const buffers = pieces.toJs().map((piece) => piece.slice().buffer);
  self.postMessage({ ...kind, text, pieces: buffers }, buffers);
}

async function open({ base, runtime, sources, bokeh: path, chapter, query }) {
  const at = (name) => new URL(name, base).href;
  bokeh = at(path);
  const archive = fetch(at(sources)).then((answer) => answer.arrayBuffer());
  const { loadPyodide } = await import(at(`${runtime}pyodide.mjs`));
  python = await loadPyodide({ indexURL: at(runtime), packages: ["numpy"] });
  python.unpackArchive(await archive, "zip");
  const { Worker } = python.pyimport("app.static.worker");
  session = Worker(chapter, query, post);
}

async function hear({ number, deed }) {
  if (deed.do === "want" && deed.what === "html" && !python.FS.analyzePath(BOKEH).exists) {
    python.FS.writeFile(BOKEH, await (await fetch(bokeh)).text());
  }
  kind = { number };
  session.hear(python.toPy(deed));
}

// One after the other: opening comes first, and messages keep their order.
let before = Promise.resolve();
self.onmessage = ({ data }) => {
  before = before
    .then(() => (data.open ? open(data.open) : hear(data)))
    .catch((wrong) => self.postMessage({ failed: String(wrong) }));
};
