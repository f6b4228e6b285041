// The QR code of a link: small among the controls, and on the whole screen for a hall to read.

import { button, make } from "./elements.js";

const OWN_COMPUTER = /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/;

// What is shown of a code: `drawing` is an SVG that our own server made of `link`, which is `short` where the server keeps it.
export function codeShown({ words, drawing, link, short }) {
  const larger = make("button", { type: "button", className: "gd-qr", title: words.qr_larger, "aria-label": words.qr_larger });
  larger.append(drawn(words, drawing));
  larger.addEventListener("click", () => enlarge(larger.closest(".gd"), { words, drawing, link, short }));
  return [
    larger,
    short ? make("p", { className: "gd-link" }, spoken(link)) : null,
    short ? make("small", {}, words.qr_kept) : null,
    warning(words, link),
  ].filter(Boolean);
}

// Over the whole page, and the page over the whole screen where the browser lets it. A click, or Escape, ends it.
function enlarge(page, { words, drawing, link, short }) {
  const sheet = make("dialog", { className: "gd-code", "aria-label": words.qr_label });
  const close = button(words.close, { text: false, className: "gd-button gd-close", onclick: () => sheet.close() }, "close");
  const about = [short ? make("p", { className: "gd-link" }, spoken(link)) : null, warning(words, link)].filter(Boolean);
  sheet.append(close, drawn(words, drawing), ...about);
  const left = () => document.fullscreenElement || sheet.close();
  sheet.addEventListener("pointerdown", (event) => event.stopPropagation()); // the drawer of controls stays open
  sheet.addEventListener("click", () => sheet.close());
  sheet.addEventListener("close", () => {
    document.removeEventListener("fullscreenchange", left);
    if (document.fullscreenElement) document.exitFullscreen();
    sheet.remove();
  });
  page.append(sheet);
  sheet.showModal();
  const whole = document.fullscreenElement ? null : document.documentElement.requestFullscreen?.();
  whole?.then(() => document.addEventListener("fullscreenchange", left)).catch(() => {}); // a frame or a phone may not let it
}

function drawn(words, drawing) {
  const holder = make("span");
  holder.innerHTML = drawing;
  holder.firstElementChild.setAttribute("aria-label", words.qr_label);
  return holder.firstElementChild;
}

function spoken(link) {
  return link.replace(/^https?:\/\//, "");
}

// Whether it leads to whichever computer it is opened on.
export function isOwn(link) {
  return OWN_COMPUTER.test(new URL(link).hostname);
}

function warning(words, link) {
  return isOwn(link) ? make("p", { className: "gd-warning" }, words.qr_local) : null;
}
