// Keys that work wherever the focus is, unless what has it uses that key itself. What is pressed by Space does so only where its
// focus can be seen, which is where the keyboard brought it: after a click, Space still plays.

const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"];
const TYPED = "input:not([type=range], [type=checkbox], [type=radio], [type=file]), textarea, [contenteditable]";
const MOVED = "input[type=range], [role=slider], [role=tab], [role=menuitem]";
const PRESSED = "button, summary, [type=checkbox]";
const OPEN = globalThis.CSS?.supports("selector(:open)") ? "select:open" : null;

const byKeyboard = new WeakSet(); // elements whose focus was to be seen when they got it; a key pressed later may show it, too
let isPointing = false; // whether a pointer was used last: what it presses may show its focus, as menus do

// Whatever gets the focus in here is looked at. The change of focus within a shadow root is not heard outside it.
export function watchFocus(root) {
  for (const kind of ["pointerdown", "keydown"]) document.addEventListener(kind, noteHand, true);
  root.addEventListener("focusin", (event) => {
    const [target] = event.composedPath();
    if (target.matches(":focus-visible") && !isPointing) byKeyboard.add(target);
    else byKeyboard.delete(target);
  });
}

function noteHand({ type }) {
  isPointing = type === "pointerdown";
}

export function hasVisibleFocus(element) {
  return byKeyboard.has(element);
}

// The focus goes back to the button that opened something, if the keyboard had pressed it; else Space would press it again.
export function giveBack(opener) {
  if (hasVisibleFocus(opener)) opener.focus();
  else opener.getRootNode().activeElement?.blur();
}

// Whether the element that has the focus uses a key itself.
export function isUsed(element, key) {
  if (!(element instanceof Element)) return false;
  if (element.closest("dialog:modal") || (OPEN && element.matches(OPEN))) return true;
  if (key === "Escape") return false;
  if (element.matches(TYPED)) return true;
  if (element.matches(MOVED)) return MOVES.includes(key);
  if (!hasVisibleFocus(element)) return false;
  return (key === " " && element.matches(PRESSED)) || (element.matches("select") && (key.length === 1 || MOVES.includes(key)));
}

// `deeds` are by key; one that does nothing says so by returning false, and the key keeps what it means to the browser.
export class Keys {
  constructor(deeds) {
    this.deeds = deeds;
    this.taken = false; // whether Space went down here: Firefox presses a button when it goes up
    this.onDown = (event) => this.down(event);
    this.onUp = (event) => this.up(event);
    document.addEventListener("keydown", this.onDown);
    document.addEventListener("keyup", this.onUp);
  }

  destroy() {
    document.removeEventListener("keydown", this.onDown);
    document.removeEventListener("keyup", this.onUp);
  }

  down(event) {
    const { key } = event;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(this.deeds, key)) return;
    if (isUsed(event.composedPath()[0], key)) return;
    const isHeld = key === " " && event.repeat;
    if (!isHeld && this.deeds[key]() === false) return;
    event.preventDefault();
    this.taken = key === " ";
  }

  up(event) {
    if (event.key !== " " || !this.taken) return;
    this.taken = false;
    event.preventDefault();
  }
}
