// A finger that goes across a part of the page turns it, as a key would. What a finger does on a control is that control's own, and a
// finger that scrolls the page is the browser's: the part lets it go up and down alone (touch-action in page.css).

const FAR = 56; // pixels across that a swipe has at least
const STEEP = 0.5; // that it goes up or down at most, for each across
const OWN = "input, textarea, select, [role=slider]";

// `turn(by)`: 1 for what comes next, which comes from the right, −1 for what was before.
export function onSwipe(element, turn) {
  let began = null;
  element.addEventListener("pointerdown", (event) => {
    const isOne = event.pointerType === "touch" && event.isPrimary; // two fingers make the page larger
    began = isOne && !event.composedPath()[0].closest(OWN) ? event : null;
  });
  element.addEventListener("pointerup", ({ pointerId, clientX, clientY }) => {
    if (began?.pointerId !== pointerId) return;
    const across = clientX - began.clientX,
      along = clientY - began.clientY;
    began = null;
    if (Math.abs(across) >= FAR && Math.abs(along) <= STEEP * Math.abs(across)) turn(across < 0 ? 1 : -1);
  });
  element.addEventListener("pointercancel", () => {
    began = null;
  });
}
