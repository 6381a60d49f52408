// Which key does what on the desk: the one table that the keyboard obeys and the help sheet shows.

import { TILES } from "./panels/stage.js"

/**
 * @param {import("./console.js").Page} page
 * @returns {import("./shortcuts.js").Shortcut[]}
 */
export function keys(page) {
  const ringing = () => page.mode === "offer"
  const talking = () => page.mode === "call"
  const wrapping = () => page.mode === "wrap_up"
  const writing = () => talking() || wrapping()
  /** @param {HTMLButtonElement} button */
  const press = (button) => () => !button.disabled && !button.hidden && button.click()
  return [
    { key: "R", says: "key.ready", group: "shift", run: () => page.toggleReady(), when: () => page.mode === "idle" && !page.floor },
    { key: "A", says: "offer.accept", group: "shift", run: press(page.offer.accept), when: ringing },
    { key: "L", says: "offer.hear_first", group: "shift", run: press(page.offer.hearFirst), when: ringing },
    { key: "D", says: "offer.decline", group: "shift", run: press(page.offer.decline.button), when: ringing },
    { key: "F", says: "wrap_up.finish", group: "shift", run: press(page.wrapUp.finish), when: wrapping },
    { key: "X", says: "wrap_up.extend", group: "shift", run: press(page.wrapUp.extend), when: wrapping },
    { key: "M", says: "key.mute", group: "call", run: press(page.controls.mute), when: talking },
    { key: "V", says: "key.camera", group: "call", run: press(page.controls.camera), when: talking },
    { key: "H", says: "key.hold", group: "call", run: press(page.controls.hold), when: talking },
    { key: "S", says: "key.share", group: "call", run: press(page.controls.share), when: talking },
    { key: "C", says: "capture.ask", group: "call", run: press(page.captures.request), when: talking },
    { key: "Z", says: "capture.card", group: "call", run: press(page.captures.card), when: talking },
    { key: "Y", says: "capture.next", group: "call", run: press(page.captures.next), when: talking },
    { key: "B", says: "tools.key", group: "call", run: () => page.tools.focus(), when: () => talking() && !page.tools.element.hidden },
    { key: "F", says: "earlier.key", group: "call", run: press(page.earlier.button), when: () => talking() && page.desk.leads },
    { key: "J", says: "company.transfer", group: "call", run: press(page.company.transfer.button), when: () => talking() && page.desk.leads },
    { key: "I", says: "company.ask", group: "call", run: press(page.company.ask.button), when: () => talking() && page.desk.leads },
    { key: "Q", says: "key.quality", group: "call", run: () => page.head.toggle(), when: talking },
    { key: "E", says: "call.end", group: "call", run: press(page.controls.end), when: talking },
    ...TILES.map((name, index) => ({ key: String(index + 1), says: `stage.show_${name}`, group: "pictures", run: () => page.showPicture(name), when: talking })),
    { key: "U", says: "stage.original", group: "pictures", run: () => page.stage.toggleOriginal(), when: () => talking() && page.stage.shows("capture") },
    { key: "W", says: "stage.full", group: "pictures", run: () => page.stage.full(), when: talking },
    { key: "P", says: "stage.float", group: "pictures", run: () => page.stage.float(), when: talking },
    { key: "+ −", says: "key.zoom", group: "viewer" },
    { key: "R", says: "viewer.rotate", group: "viewer" },
    { key: "0", says: "viewer.fit", group: "viewer" },
    { key: "← ↑ ↓ →", says: "key.pan", group: "viewer" },
    { key: "⇧ ← ↑ ↓ →", says: "key.point", group: "viewer" },
    { key: "L", says: "key.checklist", group: "write", run: () => page.checklist.focus(), when: writing },
    { key: "N", says: "key.notes", group: "write", run: () => page.notes.field.focus(), when: writing },
    { key: "T", says: "key.chat", group: "write", run: () => page.chat.field.focus(), when: talking },
    { key: "G", says: "chat.phrases", group: "write", run: press(page.chat.phrases.button), when: () => talking() && page.desk.leads },
    { key: "D", says: "second.key", group: "pictures", run: press(page.second.button), when: talking },
    { key: "Esc", says: "key.leave", group: "write" },
    { key: "K", says: "nav.search", group: "page", run: () => page.search.open() },
    { key: "O", says: "nav.devices", group: "page", run: () => page.devices.open() },
    { key: "?", says: "nav.help", group: "page", run: () => page.help.open() },
  ]
}
