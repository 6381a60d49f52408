// Calling a person who looks elsewhere: the ring, the title that blinks, the desktop's notification. All end together.

import { t } from "/static/web/js/i18n.js"
import { Ring } from "./ring.js"

const BLINK_MS = 900

export class Attention {
  #calling = ""
  #title = document.title
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #blink
  /** @type {Notification | null} */
  #notification = null

  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed
    this.ring = new Ring(changed)
  }

  start() {
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, this.#touched, { capture: true })
    this.ring.unlock()
  }

  stop() {
    for (const name of ["pointerdown", "keydown"]) removeEventListener(name, this.#touched, { capture: true })
    this.calm()
    this.ring.close()
  }

  /** @returns {NotificationPermission | "missing"} */
  get notifications() {
    return "Notification" in window ? Notification.permission : "missing"
  }

  async askForNotifications() {
    if (this.notifications === "default") await Notification.requestPermission().catch(() => {})
    this.changed()
  }

  /**
   * Begin for an offer; again for the same one does nothing.
   * @param {string} id
   * @param {{title: string, text: string, seconds: number, speaker?: string}} what
   */
  call(id, { title, text, seconds, speaker }) {
    if (this.#calling === id) return
    this.calm()
    this.#calling = id
    this.ring.start(seconds, speaker)
    let on = true
    const blink = () => ((document.title = on ? `● ${title}` : this.#title), (on = !on))
    blink()
    this.#blink = setInterval(blink, BLINK_MS)
    if (document.hidden || !document.hasFocus()) this.#notify(title, text)
  }

  calm() {
    if (!this.#calling) return
    this.#calling = ""
    this.ring.stop()
    clearInterval(this.#blink)
    document.title = this.#title
    this.#notification?.close()
    this.#notification = null
  }

  /** @param {string} title  @param {string} text */
  #notify(title, text) {
    if (this.notifications !== "granted") return
    this.#notification = new Notification(title, { body: text, tag: "vw-offer", requireInteraction: true, lang: t("lang") })
    this.#notification.onclick = () => {
      window.focus()
      this.#notification?.close()
    }
  }

  #touched = () => {
    this.ring.unlock()
  }
}
