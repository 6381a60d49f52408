// What is wrong with how a page is laid out, as a person would see it: something wider than the window, words cut off,
// a control under something else. One function, given to a page by layout.py.
() => {
  const SLACK = 1.5; // rounding of fractions of a pixel, and of letters that lean out of their box
  const WORD = /\p{Script=Latin}{4,}/gu;
  const OVER = 3; // two lines of one text come that near
  // A row that opens what it is about may shorten it with dots.
  const OPENS = ".vrow, .recent-call";
  // These fill their window and never scroll as a whole.
  const scrolls = !document.querySelector(".desk, .booth, .wall, .second");
  /** Words and pictures in sight, each with the layer it lies in: none covers another of its layer. */
  const placed = [];
  const faults = new Set();
  const { clientWidth, clientHeight } = document.documentElement;
  const open = [...document.querySelectorAll("dialog[open]")].at(-1);

  const visible = (one) =>
    one.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) && !one.closest(".visually-hidden, [inert]");
  const named = (one) => `${one.localName}${one.id ? `#${one.id}` : ""}${[...one.classList].map((name) => `.${name}`).join("")}`;

  /** What an element is cut by, from the inside out, and how: each with its inner box. */
  const cutters = function* (one) {
    let { position } = getComputedStyle(one);
    for (let up = one.parentElement; up && position !== "fixed"; up = up.parentElement) {
      const style = getComputedStyle(up);
      if (position === "absolute" && style.position === "static" && style.transform === "none") continue;
      position = style.position;
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      yield { up, style, ...inside(up) };
    }
  };
  const inside = (one) => {
    const box = one.getBoundingClientRect();
    const [left, top] = [box.left + one.clientLeft, box.top + one.clientTop];
    return { left, top, right: left + one.clientWidth, bottom: top + one.clientHeight };
  };
  /** What of a box nothing cuts off; null when that is nothing. */
  const inSight = (box, cuts) => {
    const left = Math.max(box.left, ...cuts.map((cut) => cut.left)), right = Math.min(box.right, ...cuts.map((cut) => cut.right));
    const top = Math.max(box.top, ...cuts.map((cut) => cut.top)), bottom = Math.min(box.bottom, ...cuts.map((cut) => cut.bottom));
    return right - left > 2 && bottom - top > 2 ? { left, top, right, bottom } : null;
  };
  /** What is laid out by itself, over the rest: its own words may lie on a picture. */
  const layerOf = (one) => {
    for (let up = one; up; up = up.parentElement) if (["absolute", "fixed", "sticky"].includes(getComputedStyle(up).position) || up === open) return up;
    return null;
  };
  const moves = (overflow) => overflow === "auto" || overflow === "scroll";

  if (document.documentElement.scrollWidth > clientWidth) faults.add(`the page is ${document.documentElement.scrollWidth} px wide in ${clientWidth}`);
  if (!scrolls && document.documentElement.scrollHeight > clientHeight) faults.add(`the page is ${document.documentElement.scrollHeight} px high in ${clientHeight}`);

  /** Words: each line of them stands inside whatever cuts it. A list may go on below; nothing goes on at the side. */
  const line = (holder, box, words) => {
    let downFree = true;
    const own = getComputedStyle(holder);
    const told = (what) => faults.add(`${named(holder)} “${words.trim().slice(0, 24)}” ${what}`);
    const self = own.overflowX === "visible" ? [] : [{ up: holder, style: own, ...inside(holder) }];
    for (const cut of [...self, ...cutters(holder)]) {
      const { up, style } = cut;
      // Whoever shortens with dots says the whole by a title.
      const dotted = style.textOverflow === "ellipsis" || style.webkitLineClamp !== "none";
      if (dotted && holder.closest(`[title], ${OPENS}`)) return box.right > cut.right + SLACK && cut.right - cut.left < 2 * (box.bottom - box.top) && told("shows next to nothing before the dots");
      if (box.left < cut.left - SLACK || box.right > cut.right + SLACK)
        return told(`is cut at the side by ${named(up)}${dotted ? " (dots)" : ""}`);
      if (downFree && !moves(style.overflowY) && (box.top < cut.top - SLACK || box.bottom > cut.bottom + SLACK))
        return told(`is cut above or below by ${named(up)}`);
      if (moves(style.overflowY)) downFree = false;
    }
    const sight = inSight(box, [...self, ...cutters(holder)]);
    if (sight) placed.push({ of: holder, layer: layerOf(holder), what: `“${words.trim().slice(0, 24)}”`, ...sight });
    if (box.left < -SLACK || box.right > clientWidth + SLACK) told("leaves the window at the side");
    if (downFree && !scrolls && (box.top < -SLACK || box.bottom > clientHeight + SLACK)) told("leaves the window above or below");
  };
  const texts = document.createTreeWalker(open ?? document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    const holder = texts.currentNode.parentElement;
    if (!texts.currentNode.nodeValue.trim() || !visible(holder) || holder.closest("svg, select, script, style, template, .watermark")) continue;
    for (const { 0: word, index } of holder.closest("code") ? [] : texts.currentNode.nodeValue.matchAll(WORD)) {
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) faults.add(`${named(holder)} “${word}” is broken in the middle`);
    }
    range.selectNodeContents(texts.currentNode);
    const em = parseFloat(getComputedStyle(holder).fontSize);
    for (const { left, right, top, bottom, width } of range.getClientRects()) {
      const middle = (top + bottom) / 2; // the letters themselves are one em high, whatever the line
      if (width > 1) line(holder, { left, right, top: middle - 0.44 * em, bottom: middle + 0.44 * em }, texts.currentNode.nodeValue);
    }
  }

  /** Pictures: no words of their layer run over them, and no two lines over each other. */
  for (const one of (open ?? document.body).querySelectorAll("img, canvas, svg.qr, .stage")) {
    if (!visible(one)) continue;
    const box = one.getBoundingClientRect();
    if (Math.min(box.width, box.height) < 2) faults.add(`${named(one)} has no room in ${named(one.parentElement)}`);
    const sight = inSight(box, [...cutters(one)]);
    if (sight) placed.push({ of: one, layer: layerOf(one), what: named(one), picture: true, ...sight });
  }
  /** Whether a picture lies wholly behind something that lets nothing through, as a question put over it. */
  const laidOver = (one, other) => {
    const picture = [one, other].find(({ picture }) => picture);
    if (!picture) return false;
    const [left, right] = [Math.max(one.left, other.left), Math.min(one.right, other.right)];
    const [top, bottom] = [Math.max(one.top, other.top), Math.min(one.bottom, other.bottom)];
    const stack = document.elementsFromPoint((left + right) / 2, (top + bottom) / 2);
    const above = stack.slice(0, stack.findIndex((here) => picture.of.contains(here)));
    return above.some((here) => /^rgb\(/.test(getComputedStyle(here).backgroundColor));
  };
  placed.sort((a, b) => a.top - b.top);
  placed.forEach((upper, at) => {
    for (let next = at + 1; next < placed.length && placed[next].top < upper.bottom - OVER; next += 1) {
      const lower = placed[next];
      if (upper.layer !== lower.layer || upper.of.contains(lower.of) || lower.of.contains(upper.of)) continue;
      if (Math.min(upper.right, lower.right) - Math.max(upper.left, lower.left) > OVER && !laidOver(upper, lower)) faults.add(`${upper.what} and ${lower.what} lie over each other in ${named(upper.of.parentElement)}`);
    }
  });

  /** What was typed or set is read whole; what is only there to be copied need not be. */
  for (const one of (open ?? document.body).querySelectorAll("input:not([type]), input[type=text]"))
    if (visible(one) && !one.readOnly && one !== document.activeElement && one.scrollWidth > one.clientWidth + SLACK) faults.add(`${named(one)} “${one.value.slice(0, 24)}” is longer than its field`);

  /** Controls: what of one is in sight is its own, and not under something else. */
  for (const one of (open ?? document.body).querySelectorAll("button, input, select, textarea, a[href]")) {
    if (!visible(one) || getComputedStyle(one).pointerEvents === "none" || one.type === "radio" || one.type === "checkbox") continue;
    const sight = { left: 0, top: 0, right: clientWidth, bottom: clientHeight };
    const box = one.getBoundingClientRect();
    for (const cut of [box, ...cutters(one)]) {
      for (const side of ["left", "top"]) sight[side] = Math.max(sight[side], cut[side]);
      for (const side of ["right", "bottom"]) sight[side] = Math.min(sight[side], cut[side]);
    }
    const [width, height] = [sight.right - sight.left, sight.bottom - sight.top];
    if (width < 8 || height < 8) continue;
    for (const [x, y] of [[0.5, 0.5], [0.12, 0.5], [0.88, 0.5], [0.5, 0.2], [0.5, 0.8]]) {
      const top = document.elementFromPoint(sight.left + x * width, sight.top + y * height);
      if (!top || one.contains(top) || top.contains(one) || [...(one.labels ?? [])].some((label) => label.contains(top))) continue;
      // What passes by and lets touches through; what one opened oneself, until it is closed.
      if (top.closest(".toasts, .toast-area, .quality-details, .menu")) continue;
      // The head and the foot of a table that scrolls stay over its rows.
      if (top.closest("thead, tfoot") && one.closest("tbody")) continue;
      faults.add(`${named(one)} “${(one.innerText || one.ariaLabel || "").trim().slice(0, 16)}” lies under ${named(top)}`);
      break;
    }
  }
  return [...faults];
}
