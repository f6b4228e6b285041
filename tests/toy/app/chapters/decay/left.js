import { make, put } from "../../../../../app/browser/elements.js";

export const card = {
  name: "left",

  build(body) {
    return body.appendChild(make("output", { className: "toy-left" }));
  },

  tell({ run, frame }, output) {
    put(output, run.arrays.left[frame].toFixed(3));
  },
};
