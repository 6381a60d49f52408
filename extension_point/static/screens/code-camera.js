// What the booth's cameras see while a code is asked for, with the words how to hold it; gone where there is no camera.

import { Stage } from "/static/web/components/stage/stage.js"
import { h } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { CodeScan } from "../scan.js"

export class CodeCamera {
  /** @type {Map<string, MediaStreamTrack>} */
  #cameras = new Map()
  #stage = new Stage({ kind: "self", label: t("code.camera"), muted: true })
  element = h("div", { class: "code-camera", hidden: true }, this.#stage.element, h("p", { class: "soft" }, t("code.camera")))

  /** @param {import("/static/web/js/devices.js").Devices} devices  @param {(seen: import("../scan.js").Seen) => void} found */
  constructor(devices, found) {
    this.scan = new CodeScan(found)
    for (const role of /** @type {const} */ (["camera", "document_camera"])) this.track(role, devices.tracks[role] ?? null)
  }

  /** A camera came or went. @param {string} role  @param {MediaStreamTrack | null} track */
  track(role, track) {
    if (role === "microphone") return
    if (track) this.#cameras.set(role, track)
    else this.#cameras.delete(role)
    this.scan.through(role, track)
    // Under the document camera a phone lies still; where there is none, it is held up before the face's.
    const best = this.#cameras.get("document_camera") ?? this.#cameras.get("camera")
    this.#stage.show(best ? new MediaStream([best]) : null)
    this.element.hidden = !best
  }

  stop() {
    this.scan.stop()
    this.#stage.stop()
  }
}
