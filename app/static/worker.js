// The script of the workers that compute on a site without a server: the first one starts Python, and hands messages between the page
// and the session (worker.py). For trainings and studies it starts others of the same script, which answer one call after the other.
// They ask for files of the site alone, by addresses that the page gives.

const HOME = "/home/pyodide";
const BOKEH = `${HOME}/app/static/bokeh.js`; // where offline.py looks for it
const PACKAGES = "/lib/python3.12/site-packages";
const STORED = `${HOME}/stored`; // the folder that this browser keeps, in IndexedDB

let python = null;
let session = null;
let given = null; // what the page said of its site
let kind = { opened: true }; // of the message that comes next: an opening, or an answer to the deed of a number

// ---- starting ----

const at = (name) => new URL(name, given.base).href;

// All is asked for at once, and what is there is made ready while the rest is on its way.
async function start() {
  const { folder, files, integrity } = given;
  answerFrom(files ?? {}, integrity);
  compileAhead(at(`${folder}pyodide.asm.wasm`));
  const read = async (name) => new Uint8Array(await (await fetch(at(folder + name))).arrayBuffer());
  const [numpy, sources] = ["numpy.zip", "sources.zip"].map(read);
  const script = async (name) => import(files ? await unpacked(files[name]) : at(folder + name));
  const [{ loadPyodide }] = await Promise.all(["pyodide.mjs", "pyodide.asm.js"].map(script));
  tell("scripts");
  python = await loadPyodide({ indexURL: at(folder) });
  tell("runtime");
  unpack(await numpy, PACKAGES);
  unpack(await sources, HOME);
  python.pyimport("importlib").invalidate_caches();
  tell("archives");
  python.pyimport("numpy");
  tell("numpy");
}

const STEPS = ["scripts", "runtime", "archives", "numpy", "page"];
const tell = (step) => self.postMessage({ loaded: (1 + STEPS.indexOf(step)) / STEPS.length });

// The runtime would compile its WebAssembly only when its own scripts have been read.
function compileAhead(address) {
  const compiled = fetch(address).then(async (answer) =>
    answer.headers.get("Content-Type") === "application/wasm"
      ? WebAssembly.compileStreaming(answer)
      : WebAssembly.compile(await answer.arrayBuffer()),
  );
  compiled.catch(() => {}); // which is met again below
  const { fetch: load } = self;
  self.fetch = (asked, more) => (String(asked.url ?? asked) === address ? Promise.resolve(new Response()) : load(asked, more));
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = await compiled.catch(fail);
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
}

// The files of an archive whose files are not packed one by one, which is what a build with Node makes; Python reads any other.
function unpack(data, folder) {
  const view = new DataView(data.buffer);
  const word = (place) => view.getUint16(place, true);
  const long = (place) => view.getUint32(place, true);
  const end = data.length - 22; // of the list of files, where it says how many they are and where it begins
  let entry = long(end + 16);
  for (let left = word(end + 10); left > 0; left--) {
    if (word(entry + 10) !== 0) return python.unpackArchive(data, "zip", { extractDir: folder });
    const [size, name, more, note, place] = [
      long(entry + 24),
      word(entry + 28),
      word(entry + 30),
      word(entry + 32),
      long(entry + 42),
    ];
    const path = `${folder}/${new TextDecoder().decode(data.subarray(entry + 46, entry + 46 + name))}`;
    const from = place + 30 + word(place + 26) + word(place + 28);
    python.FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    python.FS.writeFile(path, data.subarray(from, from + size), { canOwn: true });
    entry += 46 + name + more + note;
  }
}

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
  session = Worker(python.toPy(given.shown), post, python.toPy(hired));
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
  helper.worker.onerror = (event) => {
    event.preventDefault(); // or the page would take it for the end of this worker
    broke(helper);
  };
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

const fail = (wrong) => self.postMessage({ failed: String(wrong) });

// One after the other: opening comes first, and messages keep their order.
let before = Promise.resolve();
self.onmessage = ({ data }) => {
  given ??= data.open ?? data.help;
  before = before.then(() => (data.open ? open() : data.help ? start() : data.call ? help(data.call) : hear(data))).catch(fail);
};
