// The stage as a component of a page: what its server sets reaches the player, what the player says goes back as messages.
// FILES and WORDS are put in front of this file by assets.py.

const find = (name) => new URL(FILES[name], import.meta.url).href;
const wanted = {  // asked for at once, while the page is still being built
  figures: fetch(find("figures.json")).then((answer) => answer.json()),
  style: fetch(find("stage.css")).then((answer) => answer.text()),
  player: import(find("player.js")),
};

const bytes = (value) => (value instanceof ArrayBuffer ? value : value.buffer ?? value);
const named = (ghosts) => ghosts.map(({name, run}) => ({name, run: bytes(run)}));

export async function render({model}) {
  const [figures, css, {mount}] = await Promise.all([wanted.figures, wanted.style, wanted.player]);
  const box = document.createElement("div");
  const style = box.appendChild(document.createElement("style"));
  style.textContent = css;
  let stage = null;
  model.on("after_render", () => {  // figures can be embedded only into an element that is in the page
    if (stage) return;
    stage = mount(box, {
      figures, words: WORDS, run: bytes(model.run), ghosts: named(model.ghosts), options: model.options,
      send: (kind, detail) => model.send_msg({kind, detail}),
    });
  });
  model.on("run", () => stage?.setRun(bytes(model.run)));
  model.on("ghosts", () => stage?.setGhosts(named(model.ghosts)));
  model.on("options", () => stage?.setOptions(model.options));
  model.on("remove", () => stage?.destroy());
  return box;
}
