// The port of a page on a site without a server: scenes' first runs are files, and a worker with the same Python computes all else.
// The page plays before the worker is there: what is done until then waits in its order, but a scene plays at once.

import { wayTo } from "../elements.js";
import { adoptStyle } from "../frame.js";
import { fromText, join } from "./wire.js";

const LOOKS = ["theme", "hall"]; // of an address: they do not change what is played
const MOST_HELPERS = 4; // workers beside the one that has the session
const QUIET = 1500; // milliseconds after which a worker that is not ready yet is spoken of

// `host` is where the page goes, `build` makes it from its port, `style` is its CSS. `start` has the `page`, by its path on a server,
// what is `shown` there, for the worker, the addresses of its `scenes` by key, those of all `pages`, `words`, and what the `worker`
// needs; without that only scenes play.
export async function openPage(host, build, style, start) {
  const first = fromText(document.getElementById(`opening-${start.page}`).textContent);
  const port = new WorkerPort(start, location.search);
  const opening = (await port.known(new URLSearchParams(location.search), first)) ?? (await port.computed()) ?? first;
  const page = build(port);
  const root = host.attachShadow({ mode: "open" });
  adoptStyle(root, style);
  port.begin(page, opening);
  root.append(page.face);
  page.stand();
}

class WorkerPort {
  constructor(start, query) {
    const held = document.getElementById("files"); // of a page that is one file: what would be files, packed
    Object.assign(this, { start, query, words: start.words, files: held && JSON.parse(held.textContent) });
    this.onLost = this.onBack = this.onOther = this.onWord = () => {};
    this.page = null;
    this.shown = null; // what was said last of frame and controls
    this.waiting = []; // deeds, until the worker is ready
    this.played = new Map(); // by the number of a deed the scene that was played for it from its file
    this.onStage = null; // the file whose run is on the stage, until the worker has sent another run
    this.number = 0;
    this.isReady = false;
    this.isSlow = false; // whether it is late enough to be spoken of
    this.loaded = 0;
    this.isDead = !start.worker;
    this.opened = this.isDead ? Promise.resolve(null) : this.startWorker();
  }

  // ---- what the page opens with ----

  // The message for an address that names a scene, or nothing, and differs from it in its looks alone; null for any other.
  async known(query, first) {
    const isPlain = [...query.keys()].every((key) => LOOKS.includes(key));
    const key = isPlain ? first.shown.scene : query.get("scene");
    const message = isPlain || key === first.shown.scene ? first : await this.scene(key);
    const address = new URLSearchParams(message?.shown.address);
    const isSame = [...query].every(([name, text]) => LOOKS.includes(name) || name === "scene" || address.get(name) === text);
    if (!message || !isSame) return null;
    const view = { theme: query.get("theme") ?? "system", hall: query.get("hall") === "1" };
    return { ...message, shown: dressed(message.shown, view) };
  }

  // What the worker opens the page with; null where there is none.
  async computed() {
    return this.opened.catch(() => null);
  }

  // From a scene's file, each of which is read once; null where there is none or it cannot be had.
  async scene(key) {
    const { scenes } = this.start;
    if (!Object.hasOwn(scenes, key ?? "")) return null;
    try {
      const answer = await fetch(this.files?.[scenes[key]] ?? scenes[key]);
      const whole = this.files ? new Response(answer.body.pipeThrough(new DecompressionStream("gzip"))) : answer;
      return answer.ok ? fromText(await whole.text()) : null;
    } catch {
      return null;
    }
  }

  begin(page, opening) {
    this.page = page;
    this.onStage = opening.shown.scene || null;
    this.hear(opening);
    if (this.isDead) this.mourn();
    else if (this.isReady) this.catchUp();
    else this.patience = setTimeout(() => this.sayHowFar(), QUIET);
  }

  hear(message) {
    if (message.shown) this.shown = message.shown;
    if (message.go) message.go = this.way(message.go);
    if (message.look) message.look.href = this.way(message.look.href);
    const lesson = message.shown?.lesson;
    if (lesson?.study) lesson.study = this.way(lesson.study);
    if (lesson?.next_study) lesson.next_study = this.way(lesson.next_study);
    if (lesson?.speaker?.next) lesson.speaker.next.href = this.way(lesson.speaker.next.href);
    this.page.hear(message);
  }

  // Where a page of a server stands on this site; nothing where it does not.
  way(address) {
    const [page, query = ""] = address.replace("./", "").split("?");
    const { pages } = this.start;
    return Object.hasOwn(pages, page) ? wayTo(pages[page], query) : "";
  }

  // ---- what the page says ----

  // False where this cannot be said yet: a slider then keeps its newest value, and says it when the port is back.
  send(deed) {
    if (deed.do === "ready" && this.isGreeted) return true; // nothing is lost on this line
    this.isGreeted ||= deed.do === "ready";
    if (!this.isReady && !this.isDead && deed.do === "slide") return false;
    const number = ++this.number;
    if (this.isDead) this.answerAlone(deed);
    else if (this.isReady) this.worker.postMessage({ number, deed });
    else {
      this.waiting.push({ number, deed });
      if (deed.do === "scene" && deed.key) this.play(deed.key, number);
    }
    return true;
  }

  // A scene from its file; `number` is that of its deed, which the worker will hear, too.
  async play(key, number) {
    this.latest = number;
    const message = await this.scene(key);
    if (!message || this.latest !== number || (this.isReady && !this.played.has(number))) return false;
    this.played.set(number, key);
    this.onStage = key;
    const { run, ghosts, shown } = message;
    const { step, view } = this.shown;
    this.hear({ run, ghosts: ghosts ?? [], anew: true, shown: { ...dressed(shown, view), step } });
    return true;
  }

  // What can be done without a worker.
  async answerAlone({ do: what, key, changes }) {
    if (what === "scene" && key && (await this.play(key, this.number))) return;
    const { theme, hall } = { ...this.shown.view, ...(what === "view" ? changes : {}) };
    setTimeout(() => this.hear({ shown: dressed(this.shown, { theme, hall: hall === true || hall === "1" }) }));
  }

  // ---- the worker ----

  startWorker() {
    const { script, ...worker } = this.start.worker;
    const base = new URL(".", document.baseURI).href;
    this.worker = new Worker(new URL(script, base), { type: "module" });
    const count = Math.max(1, Math.min(MOST_HELPERS, navigator.hardwareConcurrency - 1));
    this.worker.postMessage({
      open: { ...worker, base, files: this.files, count, shown: { ...this.start.shown, query: this.query.slice(1) } },
    });
    return new Promise((come, fail) => {
      this.worker.onmessage = ({ data: { opened, failed, loaded, number, text, pieces } }) => {
        if (loaded !== undefined) return this.sayHowFar(loaded);
        if (failed) return this.die(failed, fail);
        if (opened) return this.awake(come, join(text, pieces));
        this.take(number, join(text, pieces));
      };
      this.worker.onerror = (event) => this.die(event.message, fail);
    });
  }

  // Nothing is said of a worker that comes at once.
  sayHowFar(loaded) {
    this.loaded = loaded ?? this.loaded;
    this.isSlow ||= loaded === undefined;
    if (this.isSlow && !this.isReady) this.onWord(this.words.computing_loads, { share: this.loaded });
  }

  awake(come, opening) {
    this.isReady = true;
    if (this.page) this.catchUp();
    come(opening);
  }

  // What has waited goes to the worker in its order.
  catchUp() {
    clearTimeout(this.patience);
    this.onWord("");
    this.latest = null; // a file that comes now is late
    for (const waiting of this.waiting.splice(0)) this.worker.postMessage(waiting);
    this.onBack();
  }

  // What plays from a file already is not begun anew.
  take(number, { run, ghosts, anew, ...message }) {
    if (run && this.onStage !== null && this.played.get(number) === this.onStage) return this.hear(message);
    if (run) this.onStage = null;
    this.hear({ ...message, ...(run ? { run, anew } : {}), ...(ghosts ? { ghosts } : {}) });
  }

  die(why, fail) {
    if (this.isDead) return;
    console.warn(why);
    this.isDead = true;
    this.isReady = false;
    clearTimeout(this.patience);
    this.worker.terminate();
    fail(new Error(why));
    if (this.page) this.mourn();
  }

  mourn() {
    this.opened.catch(() => {});
    this.onWord("");
    this.onBack(); // what sliders have kept is said, and answered with what holds
    this.onWord(this.words[this.start.worker ? "computing_failed" : "computing_none"], { stays: true });
  }
}

// The same with another theme or hall, in the address as well.
function dressed(shown, { theme, hall }) {
  const address = new URLSearchParams(shown.address);
  address.set("theme", theme);
  address.set("hall", hall ? "1" : "0");
  return { ...shown, address: String(address), view: { ...shown.view, theme, hall } };
}
