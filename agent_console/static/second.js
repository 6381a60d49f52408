// The second window of a desk says that it is there; the desk that opened it lays its papers here. Without that desk it
// has nothing to show, and says so.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

/** How often it looks whether its desk is still open. */
const LOOK_MS = 2000

const place = /** @type {HTMLElement} */ (document.getElementById("second"))
const desk = window.opener

// Also what makes the icons part of this document.
const tell = (/** @type {string} */ key) => mount(place, h("p", { class: "second-told", role: "status" }, icon("screen"), t(key)))

if (desk) {
  tell("second.coming")
  desk.postMessage("second.here", location.origin)
  const look = setInterval(() => {
    if (!desk.closed) return
    clearInterval(look)
    tell("second.alone")
  }, LOOK_MS)
} else tell("second.alone")

// The desk's own switch between light and dark counts here too.
addEventListener("storage", (event) => {
  if (event.key === "vw.theme" && event.newValue) document.documentElement.dataset.theme = event.newValue
})
