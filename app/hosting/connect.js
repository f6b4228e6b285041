// Opens the session of this page; where that fails, says why, in a sentence that a visitor can use. A line that was cut is taken up
// again: by Bokeh where the session still lives, by the page's address, which holds its whole state, where it does not.
(async () => {
  const given = JSON.parse(document.getElementById("gliascope-entrance").textContent);
  const TRIES = 2; // to take up a lost line, before the page is opened anew
  const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

  // "Back" may bring a page as it was when it was left, but never its line, and nobody tells it so. Its address holds all.
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  // Panel asks a shim for modules; no page has an import map, so the browser's own import does.
  window.importShim = Object.assign((url) => import(new URL(url, document.baseURI)), { addImportMap() {} });

  function say(sentence) {
    const place = document.querySelector("[data-skeleton] span") ?? document.body.appendChild(document.createElement("p"));
    place.setAttribute("role", "status");
    place.textContent = sentence;
  }

  // The page that comes says that the connection is back; a frame may have no storage, then it is only not said.
  function openAgain(href) {
    try {
      sessionStorage.setItem("gliascope-back", "1");
    } catch {
      /* as it is */
    }
    location.replace(href);
  }

  async function isThere() {
    try {
      return (await fetch("healthz", { cache: "no-store" })).ok;
    } catch {
      return false;
    }
  }

  function stayConnected(page) {
    let lost = null;

    async function takeUpAgain() {
      let tries = 0; // a line may fail again at once; what was typed meanwhile is worth a second try
      while (lost) {
        await wait(2);
        if (!lost || !(await isThere())) continue;
        lost?.event.reconnect();
        await wait(3);
        tries += 1;
        if (lost && tries >= TRIES) openAgain(lost.href);
      }
    }

    page.on_event("connection_lost", (_, event) => {
      if (lost) {
        lost.event = event;
        return;
      }
      lost = { href: location.href, session: page.roots()[0]?.name, event };
      takeUpAgain();
    });
    // Bokeh takes any session that its token opens for the old one; a new one would not know this page's models.
    page.on_event("client_reconnected", async () => {
      const before = lost;
      lost = null;
      const answer = await fetch("mark", { cache: "no-store", headers: { "Gliascope-Token": given.token } }).catch(() => null);
      const { mark } = answer?.ok ? await answer.json() : { mark: "" };
      if (before && mark !== before.session) openAgain(before.href);
    });
  }

  for (const pause of [1, 3, 10, 30]) {
    await Bokeh.embed.embed_items({}, [{ token: given.token, roots: {}, root_ids: [], use_for_title: false }]).catch(() => {});
    if (Bokeh.documents.length > 0) return stayConnected(Bokeh.documents[0]);
    try {
      const answer = await fetch(`why?origin=${encodeURIComponent(location.origin)}`, { cache: "no-store" });
      const { sentence, again } = await answer.json();
      say(sentence);
      if (!again) return;
    } catch {
      say(given.words.unreachable);
    }
    await wait(pause);
  }
  location.reload();
})();
