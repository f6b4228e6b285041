// A copy of one run in one file: all that a session would send is in it, and nobody hears what the stage says.

import { mount } from "../stage.js";
import { bytes } from "./wire.js";

export function play(element, { figures, words, options, run, ghosts }, { cards, readRun }) {
  return mount(element, {
    figures,
    words,
    options,
    cards,
    readRun,
    run: bytes(run),
    ghosts: ghosts.map((ghost) => ({ name: ghost.name, run: bytes(ghost.run) })),
  });
}
