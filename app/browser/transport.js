// The clock bar: native buttons, a native range for scrubbing, and the keys that do the same.

import { icon, make, onMeantInput, put } from "./elements.js";
import { Keys } from "./keys.js";
import { fill, three } from "./numbers.js";

const ICONS = {
  play: "M7 4v16l13-8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  forward: "M5 5v14l9-7zM16 5h3v14h-3z",
  back: "M19 5v14l-9-7zM5 5h3v14H5z",
  start: "M20 5v14l-8-7zM12 5v14l-8-7zM2 5h2v14H2z",
  end: "M4 5v14l8-7zM12 5v14l8-7zM20 5h2v14h-2z",
  settle: "M3 7h6l5 9h7v2h-8L8 9H3zM17 4h2v9h-2z",
  mark: "M6 3h12v18l-6-5-6 5z",
  more: "M4 10h4v4H4zM10 10h4v4h-4zM16 10h4v4h-4z",
  loop: "M7 7h9V4l5 4.5L16 13v-3H9v4H6V8a1 1 0 0 1 1-1zM17 17H8v3l-5-4.5L8 11v3h7v-4h3v6a1 1 0 0 1-1 1z",
};
const SPEEDS = [0.25, 0.5, 1, 2, 4];

// `act` holds what the stage can be asked: toggle, step, toStart, toEnd, toConvergence, scrub, mark, view.
export class Transport {
  constructor(words, act) {
    this.words = words;
    this.act = act;
    this.face = make("div", { className: "gs-clock", role: "toolbar", "aria-label": words.clock });
    const add = (part) => {
      this.face.append(part);
      return part;
    };
    const button = (name, label, onclick) =>
      relabel(add(make("button", { type: "button", className: `gs-button gs-${name}`, onclick })), name, label);
    const text = (label, short, onToggle) => add(textToggle(label, short, onToggle));
    button("start", words.to_start, act.toStart);
    button("back", words.step_back, () => act.step(-1));
    this.play = button("play", words.play, act.toggle);
    button("forward", words.step_forward, () => act.step(1));
    button("end", words.to_end, act.toEnd);
    this.scrub = add(
      make("input", {
        type: "range",
        min: "0",
        max: "1",
        step: "1",
        value: "0",
        className: "gs-scrub",
        "aria-label": words.frame,
      }),
    );
    onMeantInput(this.scrub, () => act.scrub(Number(this.scrub.value)));
    this.time = add(make("output", { className: "gs-time" }));
    this.speed = add(
      make(
        "select",
        { className: "gs-speed", "aria-label": words.speed },
        ...SPEEDS.map((speed) => make("option", { value: String(speed) }, `${speed}×`)),
      ),
    );
    this.speed.addEventListener("change", () => act.view({ speed: Number(this.speed.value) }));
    this.more = button("more", words.clock_more, () => this.openMore(!this.face.classList.contains("gs-opened")));
    this.more.setAttribute("aria-expanded", "false");
    this.loop = button("loop", words.loop, () => act.view({ loop: !isPressed(this.loop) }));
    this.settle = button("settle", words.skip_to_convergence, act.toConvergence);
    this.stop = text(words.stop_at_convergence, words.stop_short, (on) => act.view({ stop: on }));
    this.log = text(words.log_time, words.log_short, (on) => act.view({ time: on ? "log" : "linear" }));
    this.hide = text(words.hide_outcome, words.hide_outcome_short, (on) => act.view({ outcome: on ? "hidden" : "shown" }));
    for (const name of words.clock_without ?? []) this[name].hidden = true; // what has no meaning for the frames of a chapter
    this.flag = button("mark", words.mark, act.mark);
    this.keys = new Keys({
      " ": act.toggle,
      ArrowRight: () => act.step(1),
      ArrowLeft: () => act.step(-1),
      Home: act.toStart,
      End: act.toEnd,
    });
  }

  destroy() {
    this.keys.destroy();
  }

  // Where the clock is narrow, what is rarely pressed stands in a line of its own, on demand.
  openMore(on) {
    this.face.classList.toggle("gs-opened", on);
    this.more.setAttribute("aria-expanded", String(on));
  }

  adopt(run) {
    this.scrub.max = String(run.last);
    this.settle.disabled = run.settledFrame === null;
  }

  view({ loop, stop, time, speed, hides }) {
    press(this.loop, loop);
    press(this.stop, stop);
    press(this.log, time === "log");
    press(this.hide, hides);
    this.speed.value = String(speed);
  }

  tell(run, frame, playing) {
    const { words, scrub } = this;
    const t = three(run.t[frame]);
    put(this.time, run.clockText(frame, words));
    scrub.value = String(frame);
    scrub.setAttribute("aria-valuetext", fill(words.frame_text, { t, frame: frame + 1, frames: run.frames }));
    scrub.style.setProperty("--gs-done", `${(100 * frame) / Math.max(1, run.last)}%`);
    relabel(this.play, playing ? "pause" : "play", playing ? words.pause : words.play);
  }

  marked() {
    this.flag.animate([{ transform: "scale(1.25)" }, { transform: "none" }], { duration: 200 });
  }
}

export function textToggle(label, text, onToggle) {
  const made = make("button", { type: "button", className: "gs-button gs-text", title: label, "aria-pressed": "false" }, text);
  made.addEventListener("click", () => onToggle(!isPressed(made)));
  return made;
}

export function press(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

function relabel(button, name, label) {
  if (button.getAttribute("aria-label") === label) return button;
  button.setAttribute("aria-label", label);
  button.title = label;
  button.replaceChildren(icon(ICONS[name]));
  return button;
}
