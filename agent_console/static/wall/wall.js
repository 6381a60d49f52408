// The hall's display: asks for what is to be seen every two seconds, for weeks. Promises: what stands on it is the last
// thing the service said, with its time when that is old; elements are made once and filled; nothing is kept that grows.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { local, named, t } from "/static/web/js/i18n.js"
import { ask } from "../http.js"
import { attribute, follow, show } from "../panels/list.js"
import { DistrictMap } from "../floor/district-map.js"
import { clock } from "../words.js"
import { Curve } from "./curve.js"

const EVERY_MS = 2000
/** When the service is away, and while nobody has enrolled the display. */
const AGAIN_MS = 5000
/** Numbers older than this are said to be. */
const OLD_MS = 6000

/** @type {Intl.DateTimeFormatOptions} */
const SECONDS = { hour: "2-digit", minute: "2-digit", second: "2-digit" }
/** @type {Intl.DateTimeFormatOptions} */
const DAY = { month: "long", day: "numeric", weekday: "long" }

class Wall {
  #time = h("span", { class: "wall-clock digits" })
  #date = h("span", { class: "wall-date" })
  #away = h("p", { class: "wall-away", role: "status", hidden: true })
  #closed = h("div", { class: "wall-closed", hidden: true }, icon("screen"), h("h1", null, t("wall.closed")), h("p", null, t("wall.closed_how")))
  #called = h("ul", { class: "wall-called" })
  #nobody = h("p", { class: "wall-nobody" }, t("wall.nobody_called"))
  #queues = h("ul", { class: "wall-queues" })
  /** @type {Record<string, HTMLElement>} */
  #figures = {}
  #map = new DistrictMap({ label: t("wall.map") })
  #curve = new Curve()
  #drawn = ""
  #skew_ms = 0
  #toldAt = 0
  /** @type {any} */
  #now = null

  start() {
    const figure = (/** @type {string} */ name) => {
      const value = h("strong", { class: "wall-value digits" }, "–")
      this.#figures[name] = value
      return h("div", { class: "wall-figure", "data-figure": name }, h("span", null, t(`wall.${name}`)), value)
    }
    mount(
      /** @type {Element} */ (document.getElementById("wall")),
      h("header", { class: "wall-head" }, h("img", { src: "/static/web/img/mark.svg", alt: "" }), h("h1", null, t("wall.title")), this.#away, h("p", { class: "wall-when" }, this.#date, this.#time)),
      h("div", { class: "wall-body" },
        h("section", { class: "wall-part wall-part-called", "aria-labelledby": "wall-called" }, h("h2", { id: "wall-called" }, t("wall.called")), this.#called, this.#nobody),
        h("section", { class: "wall-part wall-part-queues", "aria-labelledby": "wall-queues" }, h("h2", { id: "wall-queues" }, t("wall.queues")), this.#queues),
        h("section", { class: "wall-part wall-part-map", "aria-labelledby": "wall-map" }, h("h2", { id: "wall-map" }, t("wall.map")), this.#map.element, h("ul", { class: "map-legend" }, ["talking", "waiting"].map((state) => h("li", { "data-state": state }, h("span", { class: "map-sign", "aria-hidden": "true" }), t(`wall.map_${state}`))))),
        h("section", { class: "wall-part wall-part-figures", "aria-label": t("wall.today") }, ["served", "satisfaction", "asa", "service_level"].map(figure)),
        h("section", { class: "wall-part wall-part-curve", "aria-labelledby": "wall-curve" }, h("h2", { id: "wall-curve" }, t("wall.curve")), this.#curve.element),
      ),
      this.#closed,
    )
    // The browser keeps notes on what was fetched, which nobody reads here.
    performance.setResourceTimingBufferSize(0)
    this.#curve.start()
    this.#tick()
    this.#look()
  }

  async #look() {
    let pause = EVERY_MS
    try {
      await this.#enrol()
      this.#show(await ask("/api/wall", { signal: AbortSignal.timeout(AGAIN_MS) }))
      show(this.#closed, false)
    } catch (error) {
      pause = AGAIN_MS
      const { status } = /** @type {any} */ (error)
      show(this.#closed, status === 401 || status === 403)
    }
    setTimeout(() => this.#look(), pause)
  }

  /** The credential comes once in the address's fragment, which no server's log sees. */
  async #enrol() {
    const credential = new URLSearchParams(location.hash.slice(1)).get("enrol")
    if (!credential) return
    await ask("/api/wall/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ credential }) })
    history.replaceState(null, "", location.pathname + location.search)
  }

  /** @param {any} now */
  #show(now) {
    this.#now = now
    this.#toldAt = Date.now()
    this.#skew_ms = Date.parse(now.now) - Date.now()
    this.#drawMap(now)
    show(this.#nobody, !now.called.length)
    follow(this.#called, now.called, {
      key: (/** @type {any} */ one) => one.ticket,
      make: () => h("li", { class: "wall-ticket" }, h("strong", { class: "digits" }), h("span", { class: "wall-where" }), h("span", { class: "wall-state" })),
      update: (row, one) => {
        attribute(row, "data-answered", String(one.answered))
        say(/** @type {Element} */ (row.children[0]), one.ticket)
        say(/** @type {Element} */ (row.children[1]), named(now.points.find((/** @type {any} */ point) => point.id === one.point_id)))
        say(/** @type {Element} */ (row.children[2]), t(one.answered ? "wall.answered" : "wall.calling"))
      },
    })
    follow(this.#queues, now.queues, {
      key: (/** @type {any} */ queue) => queue.id,
      make: () => h("li", { class: "wall-queue" }, h("span", { class: "wall-queue-name" }), h("span", { class: "wall-queue-wait" }), h("strong", { class: "wall-queue-count digits" })),
      update: () => {},
    })
    const { day } = now
    const share = (/** @type {number | null} */ value) => (value === null ? "–" : `${(value * 100).toFixed(1)}%`)
    this.#tell("served", String(day.served))
    this.#tell("satisfaction", share(day.satisfaction))
    this.#tell("asa", day.asa_s === null ? "–" : clock(day.asa_s))
    this.#tell("service_level", share(day.service_level))
    this.#curve.show(day.curve)
    this.#draw()
  }

  /** @param {string} name  @param {string} text */
  #tell(name, text) {
    say(/** @type {HTMLElement} */ (this.#figures[name]), text)
  }

  /** @param {any} now */
  #drawMap({ points, streets }) {
    const shape = points.map((/** @type {any} */ one) => `${one.id} ${one.x} ${one.y}`).join()
    if (shape !== this.#drawn) this.#map.draw(points, new Map(streets.map((/** @type {any} */ one) => [one.id, one])))
    this.#drawn = shape
    for (const { id, talking, waiting } of points) {
      const state = talking ? "talking" : waiting ? "waiting" : "idle"
      this.#map.show(id, { state, text: talking || waiting ? String(talking || waiting) : "", label: "" })
    }
  }

  /** What moves with time alone. */
  #draw() {
    const now_ms = Date.now() + this.#skew_ms
    say(this.#time, local(now_ms, SECONDS))
    say(this.#date, local(now_ms, DAY))
    const old = this.#toldAt > 0 && Date.now() - this.#toldAt > OLD_MS
    show(this.#away, old)
    attribute(document.body, "data-old", String(old))
    if (old) say(this.#away, t("wall.old", { time: local(this.#toldAt + this.#skew_ms, SECONDS) }))
    for (const [at, queue] of (this.#now?.queues ?? []).entries()) {
      const row = /** @type {HTMLElement} */ (this.#queues.children[at])
      attribute(row, "data-level", queue.level)
      say(/** @type {Element} */ (row.children[0]), named(queue))
      const wait = queue.longest_since ? t("wall.longest", { time: clock(((old ? this.#toldAt : Date.now()) + this.#skew_ms - Date.parse(queue.longest_since)) / 1000) }) : t(queue.level === "closed" ? "wall.shut" : "wall.empty")
      say(/** @type {Element} */ (row.children[1]), wait)
      say(/** @type {Element} */ (row.children[2]), String(queue.waiting))
    }
  }

  /** On the second, by the server's clock. */
  #tick() {
    this.#draw()
    setTimeout(() => this.#tick(), 1000 - ((Date.now() + this.#skew_ms) % 1000) + 5)
  }
}

new Wall().start()
