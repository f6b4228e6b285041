// Loss and accuracy over the steps of the training: of the one on show, or of the one that is under way.

import { roundTicks, tickTexts } from "../../browser/axes.js";
import { endLabels } from "../../browser/curves.js";
import { button, make, put } from "../../browser/elements.js";
import { fill, three } from "../../browser/numbers.js";
import { path } from "./plots.js";

const LEFT = 3.6,
  RIGHT = 5.6,
  BOTTOM = 3.2;

export const card = {
  name: "learning",
  figure: "learning",

  build(_body, head, stage) {
    const { words } = stage;
    const say = (what) => () => stage.send(what);
    const said = make("span", { "data-picture": "text" });
    const hold = button(words.hold, { onclick: say("pause"), className: "gs-button gs-text" });
    const go = button(words.go, { onclick: say("resume"), className: "gs-button gs-text" });
    const stop = button(words.stop_training, { onclick: say("cancel"), className: "gs-button gs-text" });
    const ways = make("span", { className: "gs-switches", hidden: true }, hold, go, stop);
    head.append(ways, make("span", { className: "gs-note" }, said));
    return { said, ways, hold, go };
  },

  fill(figure, scene, own) {
    const { run, making, words } = scene;
    const { type, host } = figure;
    figure.borders(LEFT * type, Math.min(RIGHT * type, 0.34 * host.clientWidth), BOTTOM * type);
    const losses = making ? making.loss : run.arrays.learned_loss;
    const steps = Math.max(1, making ? making.steps : run.steps_made);
    const high = 1.08 * Math.max(1, ...(losses.filter?.(Number.isFinite) ?? []));
    const wanted = Math.max(2, Math.min(4, figure.fitting("y") - 1));
    const x = roundTicks(0, steps, Math.max(2, Math.min(4, figure.fitting("x") - 1))),
      y = roundTicks(0, high, wanted);
    figure.range("x", 0, steps);
    figure.range("y", 0, high);
    figure.ticks("x", x, tickTexts(x), words.axis_steps);
    figure.ticks("y", y, tickTexts(y), null);
    this.tell(scene, own);
  },

  draw(context, figure, scene) {
    const { run, ghosts, making, palette, words } = scene;
    const point = (at, value) => [figure.sx(at), figure.sy(value)];
    const line = (at, values, colour, width, dash = [], alpha = 1) => {
      context.strokeStyle = colour;
      context.lineWidth = width * palette.stroke;
      context.globalAlpha = alpha;
      context.setLineDash(dash);
      path(
        context,
        Array.from(values, (value, i) => point(at[i], value)),
      );
      context.setLineDash([]);
      context.globalAlpha = 1;
    };
    line([0, figure.ux(figure.box.right)], [run.chance, run.chance], palette.soft, 1, [1, 4]);
    const labels = [{ y: run.chance, text: words.chance, colour: palette.soft, weight: 400 }];
    const shown = making
      ? { at: making.at, loss: making.loss, accuracy: making.accuracy }
      : { at: run.arrays.learned_step, loss: run.arrays.learned_loss, accuracy: run.arrays.learned_accuracy };
    for (const { run: other, look } of making ? [] : ghosts)
      line(other.arrays.learned_step, other.arrays.learned_accuracy, palette.neuron, 1.2, look.dash, 0.55);
    line(shown.at, shown.loss, palette.ink, 1.8);
    line(shown.at, shown.accuracy, palette.neuron, 2.4);
    if (shown.at.length) {
      labels.push({ y: shown.loss.at(-1), text: words.loss, colour: palette.ink, weight: 600 });
      labels.push({
        y: shown.accuracy.at(-1),
        text: words.accuracy,
        brief: words.accuracy_short,
        colour: palette.neuron,
        weight: 700,
      });
    }
    endLabels(context, figure, scene, labels);
  },

  tell(scene, { said, ways, hold, go }) {
    const { run, making, words } = scene;
    ways.hidden = !making;
    if (!making) return put(said, fill(words.learned, { accuracy: three(run.accuracy), steps: run.steps_made }));
    hold.hidden = making.state === "paused";
    go.hidden = !hold.hidden;
    put(said, fill(words.training_short, { step: making.at.at(-1) ?? 0, steps: making.steps }));
    return null;
  },
};

export function madeSoFar(making, words) {
  const { at, steps, loss, accuracy, state } = making;
  const told = { step: at.at(-1) ?? 0, steps, loss: three(loss.at(-1) ?? NaN), accuracy: three(accuracy.at(-1) ?? NaN) };
  const sentence = fill(state === "paused" ? words.held_at : at.length ? words.training : words.training_begins, told);
  return making.worker_died ? `${sentence} ${words.worker_died}` : sentence;
}
