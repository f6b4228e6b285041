// The clock bar: native buttons, a native range for scrubbing, and the keys that do the same.

const ICONS = {
  play: "M7 4v16l13-8z", pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  forward: "M5 5v14l9-7zM16 5h3v14h-3z", back: "M19 5v14l-9-7zM5 5h3v14H5z",
  start: "M20 5v14l-8-7zM12 5v14l-8-7zM2 5h2v14H2z", end: "M4 5v14l8-7zM12 5v14l8-7zM20 5h2v14h-2z",
  settle: "M3 7h6l5 9h7v2h-8L8 9H3zM17 4h2v9h-2z", mark: "M6 3h12v18l-6-5-6 5z",
  loop: "M7 7h9V4l5 4.5L16 13v-3H9v4H6V8a1 1 0 0 1 1-1zM17 17H8v3l-5-4.5L8 11v3h7v-4h3v6a1 1 0 0 1-1 1z",
};
const SPEEDS = [0.25, 0.5, 1, 2, 4];

export function buildControls(bar, words, act) {
  const button = (name, label, onClick) => {
    const made = bar.appendChild(document.createElement("button"));
    made.type = "button";
    made.className = `gs-button gs-${name}`;
    made.addEventListener("click", onClick);
    relabel(made, name, label);
    return made;
  };
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", words.clock);
  const parts = {};
  parts.start = button("start", words.to_start, act.toStart);
  parts.back = button("back", words.step_back, () => act.step(-1));
  parts.play = button("play", words.play, act.toggle);
  parts.forward = button("forward", words.step_forward, () => act.step(1));
  parts.end = button("end", words.to_end, act.toEnd);
  parts.scrub = bar.appendChild(document.createElement("input"));
  Object.assign(parts.scrub, {type: "range", min: "0", max: "1", step: "1", value: "0", className: "gs-scrub"});
  parts.scrub.setAttribute("aria-label", words.frame);
  parts.scrub.addEventListener("input", () => act.scrub(Number(parts.scrub.value)));
  parts.time = bar.appendChild(document.createElement("output"));
  parts.time.className = "gs-time";
  parts.speed = bar.appendChild(document.createElement("select"));
  parts.speed.className = "gs-speed";
  parts.speed.setAttribute("aria-label", words.speed);
  for (const speed of SPEEDS) parts.speed.add(new Option(`${speed}×`, String(speed)));
  parts.speed.addEventListener("change", () => act.view({speed: Number(parts.speed.value)}));
  parts.loop = button("loop", words.loop, () => act.view({loop: parts.loop.getAttribute("aria-pressed") !== "true"}));
  parts.settle = button("settle", words.skip_to_convergence, act.toConvergence);
  parts.stop = textToggle(bar, words.stop_at_convergence, words.stop_short, (on) => act.view({stop: on}));
  parts.log = textToggle(bar, words.log_time, words.log_short, (on) => act.view({time: on ? "log" : "linear"}));
  parts.mark = button("mark", words.mark, act.mark);
  return parts;
}

export function textToggle(parent, label, text, onToggle) {
  const made = parent.appendChild(document.createElement("button"));
  made.type = "button";
  made.className = "gs-button gs-text";
  made.textContent = text;
  made.title = label;
  made.setAttribute("aria-label", label);
  made.setAttribute("aria-pressed", "false");
  made.addEventListener("click", () => onToggle(made.getAttribute("aria-pressed") !== "true"));
  return made;
}

export function relabel(button, icon, label) {
  if (button.getAttribute("aria-label") === label) return;
  button.setAttribute("aria-label", label);
  button.title = label;
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("viewBox", "0 0 24 24");
  drawing.setAttribute("aria-hidden", "true");
  drawing.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path")).setAttribute("d", ICONS[icon]);
  button.replaceChildren(drawing);
}

// Space, arrows, Home and End, wherever the focus is, except where those keys already mean something.
export function listenToKeys(act, scrub) {
  const taken = (target) => target !== scrub && target instanceof Element && (
    target.matches("input, textarea, select, button, a[href], summary, [contenteditable], [role=slider], [role=tab], [role=menuitem]")
  );
  const onKey = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0];
    if (taken(target)) return;
    if (target === scrub && event.key !== " ") return; // the range moves itself
    const deed = {
      " ": act.toggle, ArrowRight: () => act.step(1), ArrowLeft: () => act.step(-1), Home: act.toStart, End: act.toEnd,
    }[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
