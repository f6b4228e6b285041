// Between the window that a class sees and the speaker's, which it has opened, where both are files: these have no common origin, so each
// speaks to the other window itself, and hears nobody else.

export class WindowCarrier {
  // `isOpened` in the speaker's window; whoever opened any other is not spoken to.
  constructor(isOpened) {
    this.hear = null;
    this.isTaken = false; // by a page, ever
    this.other = isOpened ? globalThis.opener : null;
    addEventListener("message", ({ source, data }) => {
      const isKnown = source !== null && (source === this.other || (!isOpened && source.opener === globalThis)); // after this was loaded anew
      if (!isKnown || typeof data?.gliascope !== "object" || data.gliascope === null) return;
      this.other = source;
      this.hear?.(data.gliascope);
    });
  }

  postMessage(message) {
    this.other?.postMessage({ gliascope: message }, "*"); // a file has no origin that could be named
  }
}
