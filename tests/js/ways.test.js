// The ways to other pages: what is taken along, and what is found again.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ways } from "../../app/browser/ways.js";

const KNOWN = ["N", "K", "T", "family"];
const USUAL = { N: "30", K: "100", T: "0.01", family: "coins" };
const RUN = { system: "retrieval", usual: USUAL, scene: "letters", sizes: { letters: ["N", "K"] } };
const OPENING = "v=1&N=35&K=26&T=0.01&family=letters&scene=letters&own_cue=";
const VIEW = { theme: "dark", hall: true };

const PAGES = { "./": KNOWN, "./benchmark": KNOWN.filter((name) => name !== "K"), "./tune": KNOWN };

function storage() {
  const held = new Map();
  return { getItem: (name) => held.get(name) ?? null, setItem: (name, text) => held.set(name, text) };
}

// A page, and the queries of the ways that it has once it shows this address.
function ways(here, given, store) {
  const run = here === "./" ? RUN : { ...RUN, scene: null };
  const made = new Ways(
    Object.entries(PAGES).map(([href, known]) => [
      ...[href, "", href === here, known.filter((name) => PAGES[here].includes(name))],
      href === "./" ? { integrator: "adaptive" } : {},
    ]),
    run,
    store,
  );
  return Object.fromEntries(
    made.from({ view: VIEW, ...given }).map((href) => {
      const [place, query] = href.split("?");
      return [place, Object.fromEntries(new URLSearchParams(query))];
    }),
  );
}

const LOOKS = { theme: "dark", hall: "1" };

test("theme and hall go along; the scene that nobody chose does not", () => {
  const found = ways("./", { address: OPENING, scene: "letters" }, storage());
  assert.deepEqual([found["./benchmark"], found["./tune"]], [LOOKS, LOOKS]);
});

test("what was chosen goes along where it is known, and is there again on the way back", () => {
  const store = storage();
  const first = ways("./", { address: "v=1&N=30&K=50&T=2&family=coins&scene=&own_cue=abc&energy=parts", scene: "" }, store);
  assert.deepEqual(first["./tune"], { ...LOOKS, K: "50", T: "2" });
  assert.deepEqual(first["./benchmark"], { ...LOOKS, T: "2" });
  const tune = ways("./tune", { address: "v=1&N=30&K=60&T=2&family=coins&axis_a=tau_p&points=9", unused: [] }, store);
  assert.deepEqual(tune["./"], {
    ...{ v: "1", N: "30", K: "60", T: "2", family: "coins", scene: "", own_cue: "abc", energy: "parts" },
    ...LOOKS,
  });
  const back = ways("./", { address: "v=1&N=30&K=60&T=2&family=coins&scene=", scene: "" }, store);
  assert.equal(back["./tune"].points, "9");
});

test("a study names what it took over since it was left, and only once", () => {
  const store = storage();
  ways("./", { address: "v=1&N=30&K=50&T=0.01&family=coins&scene=", scene: "" }, store);
  const study = new Ways([["./tune", "", true, ["N", "K", "T", "family"]]], { system: "retrieval", usual: USUAL }, store);
  const shown = { address: "v=1&N=30&K=50&T=0.01&family=coins&axis_a=tau_p", unused: [], view: { theme: "system", hall: false } };
  study.from(shown);
  assert.deepEqual(study.taken, ["K"]);
  study.from(shown);
  assert.deepEqual(study.taken, []);
  const again = new Ways([["./tune", "", true, ["N", "K", "T", "family"]]], { system: "retrieval", usual: USUAL }, store);
  again.from(shown); // left with it, found with it
  assert.deepEqual(again.taken, []);
  const varied = new Ways([["./regimes", "", true, ["N", "K", "T", "family"]]], { system: "retrieval", usual: USUAL }, store);
  varied.from({ ...shown, unused: ["K"] });
  assert.deepEqual(varied.taken, []);
});

test("a parameter that a study varies has no value to take along", () => {
  const store = storage();
  const found = ways("./tune", { address: "v=1&N=30&K=100&T=5&family=coins&axis_a=T", unused: ["T"] }, store);
  assert.deepEqual(found["./benchmark"], LOOKS);
});

test("a scene whose parameters changed elsewhere is none any more; one whose did not stays", () => {
  const store = storage();
  const hot = "v=1&N=30&K=100&T=100&family=coins&scene=hot";
  ways("./", { address: hot, scene: "hot" }, store);
  const same = ways("./tune", { address: "v=1&N=30&K=100&T=100&family=coins", unused: [] }, store);
  assert.equal(same["./"].scene, "hot");
  const other = ways("./tune", { address: "v=1&N=30&K=100&T=3&family=coins", unused: [] }, store);
  assert.deepEqual([other["./"].scene, other["./"].T], ["", "3"]);
});

test("an alphabet of one size stays where a study varies that size", () => {
  const store = storage();
  const found = ways("./", { address: "v=1&N=35&K=26&T=1&family=letters&scene=", scene: "" }, store);
  assert.deepEqual(found["./benchmark"], { ...LOOKS, T: "1" });
  assert.deepEqual(found["./tune"], { ...LOOKS, N: "35", K: "26", T: "1", family: "letters" });
  const tune = ways("./tune", { address: "v=1&N=30&K=100&T=1&family=coins&axis_a=K&axis_b=T", unused: ["K", "T"] }, store);
  assert.equal(tune["./"].family, "letters"); // and is there again on the way back
  assert.equal(tune["./"].N, "35");
  const again = ways("./", { address: "v=1&N=35&K=26&T=1&family=letters&scene=", scene: "" }, store);
  assert.equal(again["./tune"].family, "coins");
});

test("the map of another system is found as it was left", () => {
  const store = storage();
  store.setItem("gliascope-left", JSON.stringify({ "./tune": "v=1&system=decay&rate=2" }));
  const found = ways("./", { address: "v=1&N=30&K=100&T=2&family=coins&scene=", scene: "" }, store);
  assert.deepEqual(found["./tune"], { v: "1", system: "decay", rate: "2", ...LOOKS });
});

test("without storage the ways still take along what was chosen", () => {
  const given = { address: "v=1&N=30&K=100&T=2&family=coins&scene=", scene: "" };
  const broken = {
    getItem() {
      throw new Error("none");
    },
    setItem() {
      throw new Error("none");
    },
  };
  for (const store of [null, broken]) assert.deepEqual(ways("./", given, store)["./tune"], { ...LOOKS, T: "2" });
});

test("a chapter that was not there yet is asked for a run by what was chosen, and by what it plays", () => {
  const store = storage();
  const address = "v=1&N=30&K=100&T=0.01&family=coins&axis_a=tau_p";
  assert.deepEqual(
    ways("./tune", { address, unused: [] }, store)["./"],
    LOOKS,
    "nothing was chosen: it opens as it does by itself",
  );
  const chosen = ways("./tune", { address: address.replace("T=0.01", "T=2"), unused: [] }, store);
  assert.deepEqual(chosen["./"], { T: "2", integrator: "adaptive", ...LOOKS });
  assert.deepEqual(chosen["./benchmark"], { T: "2", ...LOOKS });
  ways("./", { address: "v=1&N=30&K=100&T=2&family=coins&scene=&integrator=split", scene: "" }, store);
  const back = ways("./tune", { address: address.replace("T=0.01", "T=3"), unused: [] }, store);
  assert.equal(back["./"].integrator, "split", "it is found as it was left");
});
