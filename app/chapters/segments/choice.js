// A menu in the head of a card: one parameter that the card is about.

import { make } from "../../browser/elements.js";

// `choices` are texts by value. The menu shows what the run on show was made with, and has no use in a copy that nobody hears.
export function choice(stage, head, name, label, choices) {
  const menu = make(
    "select",
    { className: "gs-choice", "aria-label": label, title: label },
    ...Object.entries(choices).map(([value, text]) => make("option", { value }, text)),
  );
  menu.addEventListener("change", () => stage.send("set", { changes: { [name]: menu.value } }));
  head.append(menu);
  let shown = null;
  return ({ run, options }) => {
    menu.hidden = options.editable === false;
    if (shown !== run) menu.value = run.settings[name];
    shown = run;
  };
}
