// The state of the booth's devices in one line of badges; a word beside every colour.

import { h, icon, mount } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"

const PICTURES = { camera: "camera", microphone: "mic", speaker: "speaker", document_camera: "document" }

/** @param {HTMLElement} element  @param {import("../types.js").BoothState} state */
export function devicesLine(element, state) {
  const shown = JSON.stringify([state.health, document.documentElement.lang])
  if (element.dataset.shown === shown) return
  element.dataset.shown = shown
  mount(element, ...Object.entries(PICTURES).map(([role, picture]) => {
    const health = state.health[role]
    const kind = health === "ok" ? "badge-good" : health ? "badge-warn" : ""
    const word = health ? t(`health.${health}`) : t("devices.checking")
    return h("span", { class: `badge ${kind}`, "data-device": role, "data-health": health ?? "" }, icon(picture), `${t(`device.${role}`)} · ${word}`)
  }))
}
