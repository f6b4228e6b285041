// The script of the workers that compute on a site without a server: the first one starts Python, and hands messages between the page
// and the session (worker.py). For trainings and studies it starts others of the same script, which answer one call after the other.
// They ask for files of the site alone, by addresses that the page gives.

const BOKEH = "/home/pyodide/app/static/bokeh.js"; // where offline.py looks for it
const PACKAGES = "/lib/python3.12/site-packages";
const STORED = "/home/pyodide/stored"; // the folder that this browser keeps, in IndexedDB

let python = null;
let session = null;
let given = null; // what the page said of its site
let kind = { opened: true }; // of the message that comes next: an opening, or an answer to the deed of a number

// ---- starting ----

const at = (name) => new URL(name, given.base).href;

async function start() {
  const { folder, files, integrity } = given;
  answerFrom(files ?? {}, integrity);
  const read = async (name) => (await fetch(at(folder + name))).arrayBuffer();
  const numpy = read("numpy.zip");
  const sources = read("sources.zip");
  if (files) await import(await unpacked(files["pyodide.asm.js"]));
  const { loadPyodide } = await import(files ? await unpacked(files["pyodide.mjs"]) : at(`${folder}pyodide.mjs`));
  tell(1);
  python = await loadPyodide({ indexURL: at(folder) });
  tell(2);
  python.unpackArchive(await numpy, "zip", { extractDir: PACKAGES });
  tell(3);
  python.unpackArchive(await sources, "zip");
  tell(4);
}

const STEPS = 5;
const tell = (step) => self.postMessage({ loaded: step / STEPS });

// What is fetched has to be what was built. In a page that is one file nothing can be fetched: it holds all that would be, packed, as
// addresses of its own by the files' names.
function answerFrom(files, integrity) {
  const { fetch } = self;
  self.fetch = async (asked, more) => {
    const name = String(asked.url ?? asked)
      .split("/")
      .at(-1);
    if (!Object.hasOwn(files, name))
      return fetch(asked, Object.hasOwn(integrity, name) ? { ...more, integrity: integrity[name] } : more);
    const { body } = await fetch(files[name]);
    const headers = { "Content-Type": name.endsWith(".wasm") ? "application/wasm" : "application/octet-stream" };
    return new Response(body.pipeThrough(new DecompressionStream("gzip")), { headers });
  };
}

// The address of a script that is packed.
async function unpacked(address) {
  const { body } = await fetch(address);
  const text = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).text();
  return URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
}

async function open() {
  await start();
  const folder = await openStore();
  const { Worker } = python.pyimport("app.static.worker");
  const hired = { hand, end, count: given.count, folder, store };
  session = Worker(given.page, given.query, post, python.toPy(hired));
}

// ---- messages ----

// Called from Python; what is handed over is moved and not copied again.
function post(text, pieces) {
  const buffers = pieces.toJs().map((piece) => piece.slice().buffer);
  self.postMessage({ ...kind, text, pieces: buffers }, buffers);
}

async function hear({ number, deed }) {
  if (deed.do === "want" && deed.what === "html" && !python.FS.analyzePath(BOKEH).exists) {
    python.FS.writeFile(BOKEH, await (await fetch(at(given.bokeh))).text());
  }
  kind = { number };
  session.hear(python.toPy(deed));
}

// ---- a folder that lasts ----

const sync = (isRead) => new Promise((come, fail) => python.FS.syncfs(isRead, (wrong) => (wrong ? fail(wrong) : come())));

// Its name; none where the browser keeps nothing, as in a private window.
async function openStore() {
  try {
    python.FS.mkdirTree(STORED);
    python.FS.mount(python.FS.filesystems.IDBFS, {}, STORED);
    await sync(true);
    return STORED;
  } catch {
    return "";
  }
}

let stored = Promise.resolve();
function store() {
  stored = stored.then(() => sync(false)).catch((wrong) => console.warn(String(wrong)));
}

// ---- other workers, for what takes long ----

let helpers = [];

// Called from Python, which has never more under way than there may be helpers.
function hand(number, call) {
  const helper = helpers.find((one) => one.number === null) ?? hire();
  helper.number = number;
  const bytes = call.toJs();
  helper.worker.postMessage({ call: bytes });
}

function hire() {
  const helper = { worker: new Worker(self.location.href, { type: "module" }), number: null };
  helpers.push(helper);
  helper.worker.postMessage({ help: given });
  helper.worker.onmessage = ({ data }) => {
    if (data.loaded) return; // the page is told of the first one alone
    if (data.failed) return broke(helper);
    const { number } = helper;
    helper.number = null;
    session.answered(number, data.answer);
  };
  helper.worker.onerror = () => broke(helper);
  return helper;
}

function broke(helper) {
  if (!helpers.includes(helper)) return;
  end();
  session.broke();
}

function end() {
  for (const { worker } of helpers) worker.terminate();
  helpers = [];
}

let answer = null;
function help(call) {
  answer ??= python.pyimport("app.static.engine").answer;
  const bytes = answer(call).toJs();
  self.postMessage({ answer: bytes }, [bytes.buffer]);
}

// One after the other: opening comes first, and messages keep their order.
let before = Promise.resolve();
self.onmessage = ({ data }) => {
  given ??= data.open ?? data.help;
  before = before
    .then(() => (data.open ? open() : data.help ? start() : data.call ? help(data.call) : hear(data)))
    .catch((wrong) => self.postMessage({ failed: String(wrong) }));
};
