// Put into a page before its own scripts: remembers which texts stand on every canvas, and finds texts that are cut, squeezed, or
// written over each other.
(() => {
  const written = new WeakMap(); // canvas → texts since it was last wiped
  const painter = CanvasRenderingContext2D.prototype;
  const { fillText, clearRect } = painter;

  painter.fillText = function (text, x, y, room) {
    const { actualBoundingBoxLeft, actualBoundingBoxRight, actualBoundingBoxAscent, actualBoundingBoxDescent, width } =
      this.measureText(text);
    const box = [
      x - actualBoundingBoxLeft,
      y - actualBoundingBoxAscent,
      x + actualBoundingBoxRight,
      y + actualBoundingBoxDescent,
    ];
    if (!written.has(this.canvas)) written.set(this.canvas, []);
    if (String(text).trim()) written.get(this.canvas).push({ text, box, squeezed: width > room + 0.5, at: this.getTransform() });
    return fillText.apply(this, arguments);
  };
  painter.clearRect = function (x, y, width, height) {
    const corner = this.getTransform().transformPoint(new DOMPoint(x + width, y + height));
    if (x <= 0 && y <= 0 && corner.x >= this.canvas.width - 1 && corner.y >= this.canvas.height - 1) written.delete(this.canvas);
    return clearRect.apply(this, arguments);
  };
  for (const side of ["width", "height"]) {
    const { get, set } = Object.getOwnPropertyDescriptor(HTMLCanvasElement.prototype, side);
    Object.defineProperty(HTMLCanvasElement.prototype, side, {
      get,
      set(value) {
        written.delete(this);
        set.call(this, value);
      },
    });
  }

  const up = (node) => node.assignedSlot ?? node.parentElement ?? node.getRootNode().host ?? null;
  const SLACK = 1.5; // pixels
  const ARROW = 18; // pixels, of a list that can be opened
  const UNREAD = ".gs-voice, .gl-voice, .gs-tip, .gl-tip, .gd-offstage, option, script, style, [hidden]";

  function* elements(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* elements(element.shadowRoot);
    }
  }

  // What is left of a box in all that clips it; a fault where something that cannot be scrolled cuts it.
  function seen(element, box, faults, text) {
    const left = { ...box };
    let layer = null;
    for (let at = element; at; at = up(at)) {
      const style = getComputedStyle(at);
      const frame = at.getBoundingClientRect();
      for (const [axis, low, high] of [
        ["X", "left", "right"],
        ["Y", "top", "bottom"],
      ]) {
        const how = style[`overflow${axis}`];
        if (how === "visible" || style.display === "inline" || at === document.documentElement || at === document.body) continue;
        const cut = left[low] < frame[low] - SLACK || left[high] > frame[high] + SLACK;
        if (cut && (how === "hidden" || how === "clip")) faults.add(`cut: ${text}`);
        left[low] = Math.max(left[low], frame[low]);
        left[high] = Math.min(left[high], frame[high]);
      }
      if (!layer && ["fixed", "sticky"].includes(style.position)) layer = at;
      if (style.position === "fixed") break;
    }
    return left.right - left.left > 1 && left.bottom - left.top > 1 ? { ...left, layer, text } : null;
  }

  const measure = document.createElement("canvas").getContext("2d");
  function wide(text, element) {
    const { fontWeight, fontSize, fontFamily } = getComputedStyle(element);
    measure.font = `${fontWeight} ${fontSize} ${fontFamily}`;
    return measure.measureText(text).width;
  }

  // Sentences about all that is wrong in what is on show.
  globalThis.lettering = () => {
    const faults = new Set();
    const boxes = [];
    const range = document.createRange();
    for (const element of elements(document)) {
      const shown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
      if (!shown || element.closest(UNREAD)) continue;
      if (element instanceof HTMLCanvasElement) {
        const frame = element.getBoundingClientRect();
        const [across, down] = [frame.width / element.width, frame.height / element.height];
        for (const { text, box, squeezed, at } of written.get(element) ?? []) {
          if (squeezed) faults.add(`squeezed: ${text}`);
          const corners = [0, 2].flatMap((i) => [1, 3].map((j) => at.transformPoint(new DOMPoint(box[i], box[j]))));
          const [xs, ys] = [corners.map(({ x }) => x * across), corners.map(({ y }) => y * down)];
          const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
          if (left < -SLACK || top < -SLACK || right > frame.width + SLACK || bottom > frame.height + SLACK)
            faults.add(`off its canvas: ${text}`);
          const onPage = { left: frame.left + left, right: frame.left + right, top: frame.top + top, bottom: frame.top + bottom };
          const left_over = seen(element, onPage, new Set(), text);
          if (left_over) boxes.push(left_over);
        }
        continue;
      }
      if (element instanceof HTMLSelectElement) {
        const text = element.selectedOptions[0]?.text ?? "";
        const { paddingLeft, paddingRight } = getComputedStyle(element);
        if (wide(text, element) > element.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - ARROW) faults.add(`cut: ${text}`);
      }
      if (element.matches("input[type=text]") && element.scrollWidth > element.clientWidth + 1) faults.add(`cut: ${element.value}`);
      const { textOverflow } = getComputedStyle(element);
      if (textOverflow === "ellipsis" && element.scrollWidth > element.clientWidth && element.tagName !== "SELECT")
        faults.add(`ends in dots: ${element.textContent}`);
      for (const node of element.childNodes) {
        if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) continue;
        range.selectNodeContents(node);
        for (const { left, right, top, bottom } of range.getClientRects()) {
          if (right - left < 1) continue;
          const lean = 0.14 * (bottom - top); // a line of text has room above and below its letters
          const box = seen(element, { left, right, top: top + lean, bottom: bottom - lean }, faults, node.data.trim());
          if (box) boxes.push(box);
        }
      }
    }
    boxes.forEach((one, i) => {
      for (const other of boxes.slice(i + 1)) {
        const across = Math.min(one.right, other.right) - Math.max(one.left, other.left),
          down = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
        if (across > SLACK && down > SLACK && one.layer === other.layer) faults.add(`over each other: ${one.text} | ${other.text}`);
      }
    });
    const { scrollWidth } = document.scrollingElement;
    if (scrollWidth > innerWidth) faults.add(`scrolls sideways: ${scrollWidth} in ${innerWidth}`);
    return [...faults];
  };
})();
