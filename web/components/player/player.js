// Plays a recording: everybody's pictures beside each other and their voices, on one clock, so that all stay in step;
// seekable, also while the call still goes on. Where nothing was recorded (hold, consent withdrawn) it goes on behind
// the hole. Whoever embeds it hears the time and may set it: `playerTime`, `seek`.
// Needs WebCodecs; `Player.supported` tells.

import { h, icon, mount, say } from "/static/web/js/dom.js"
import { t } from "/static/web/js/i18n.js"
import { Pictures, Sound } from "./decode.js"
import { Lanes } from "./lanes.js"
import { readWebm } from "./webm.js"

/** @typedef {import("./lanes.js").Lane} Lane */
/** @typedef {import("./lanes.js").Segment} Segment */
/** @typedef {import("./webm.js").Content} Content */

/**
 * @typedef {object} PlayerDelegate
 * @property {(segment: Segment) => Promise<ArrayBuffer>} playerContent fetch a segment; rejects when it cannot be had
 * @property {(at_s: number) => void} [playerTime] the moment shown, in seconds from the origin
 */

const RATES = [0.5, 1, 1.5, 2]
const STEP_S = 10
/** Contents kept: those playing, those before them, those after, for some lanes. */
const MOST_CONTENTS = 24
const TRY_AGAIN_MS = 4000
/** Decoding goes on in a hidden page too, where no animation frame comes. */
const PUMP_MS = 60

export class Player {
  static supported = typeof VideoDecoder !== "undefined" && typeof AudioDecoder !== "undefined"

  lanes = new Lanes()
  playing = false
  rate = 1
  /** Playing, and something is waited for. */
  stalled = false

  #context = new AudioContext({ sampleRate: 48_000 })
  #at = 0
  #since = 0
  /** @type {Map<string, Pictures>} */
  #pictures = new Map()
  /** @type {Map<string, Sound>} */
  #sounds = new Map()
  /** @type {Map<string, {canvas: HTMLCanvasElement, none: HTMLElement, tile: HTMLElement}>} */
  #tiles = new Map()
  /** @type {Map<number, Content | "loading" | "failed">} */
  #contents = new Map()
  #frame = 0
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #pump
  #told = -1
  #stopped = false

  /** @param {PlayerDelegate} delegate */
  constructor(delegate) {
    this.delegate = delegate
    this.screen = h("div", { class: "player-screen" })
    this.toggleButton = h("button", { type: "button", class: "button button-primary player-toggle", "data-action": "toggle", onclick: () => this.toggle() }, icon("play"), t("player.play"))
    this.slider = h("input", { type: "range", class: "player-slider", min: "0", max: "0", step: "0.1", value: "0", "aria-label": t("player.position"), oninput: () => this.seek(Number(this.slider.value)) })
    this.clock = h("output", { class: "player-clock digits" })
    this.word = h("p", { class: "player-word", role: "status" })
    this.spans = h("div", { class: "player-spans", "aria-hidden": "true" })
    const rates = h("select", { class: "input player-rate", "aria-label": t("player.rate"), onchange: () => this.setRate(Number(rates.value)) }, RATES.map((rate) => h("option", { value: String(rate), selected: rate === 1 }, `${rate}×`)))
    const step = (/** @type {number} */ by, /** @type {string} */ word) => h("button", { type: "button", class: "button", "data-action": by < 0 ? "back" : "forth", onclick: () => this.seek(this.time + by) }, word)
    this.element = h(
      "section",
      { class: "player", "aria-label": t("player.title"), onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) },
      this.screen,
      h("div", { class: "player-track" }, this.spans, this.slider),
      h("div", { class: "player-controls" }, this.toggleButton, step(-STEP_S, t("player.back", { s: STEP_S })), step(STEP_S, t("player.forth", { s: STEP_S })), this.clock, this.word, rates),
    )
  }

  start() {
    this.#pump = setInterval(() => this.#work(), PUMP_MS)
    const draw = () => {
      this.#draw()
      this.#frame = requestAnimationFrame(draw)
    }
    draw()
  }

  stop() {
    this.#stopped = true
    clearInterval(this.#pump)
    cancelAnimationFrame(this.#frame)
    for (const one of [...this.#pictures.values(), ...this.#sounds.values()]) one.stop()
    this.#context.close()
  }

  /** More of the recording is there. @param {Segment[]} segments */
  add(segments) {
    if (!segments.length) return
    const first = this.lanes.all.size === 0
    if (this.lanes.add(segments)) this.#lay()
    if (first) this.seek(this.lanes.start)
    this.#showSpans()
  }

  /** The moment shown, in seconds from the origin. */
  get time() {
    if (!this.playing || this.stalled) return this.#at
    return Math.min(this.lanes.end, this.#at + (this.#context.currentTime - this.#since) * this.rate)
  }

  /** @param {number} at */
  seek(at) {
    this.#at = Math.min(Math.max(at, this.lanes.start), this.lanes.end)
    this.#since = this.#context.currentTime
    for (const one of [...this.#pictures.values(), ...this.#sounds.values()]) one.seek(this.#at)
    this.#work()
  }

  async play() {
    await this.#context.resume()
    if (this.time >= this.lanes.end) this.seek(this.lanes.start)
    this.#since = this.#context.currentTime
    this.playing = true
    this.#showToggle()
  }

  pause() {
    const at = this.time
    this.playing = this.stalled = false
    this.seek(at)
    this.#showToggle()
  }

  toggle() {
    if (this.playing) this.pause()
    else this.play()
  }

  /** @param {number} rate */
  setRate(rate) {
    const at = this.time
    this.rate = rate
    this.seek(at)
  }

  #showToggle() {
    mount(this.toggleButton, icon(this.playing ? "pause" : "play"), t(this.playing ? "player.pause" : "player.play"))
    this.element.dataset.playing = String(this.playing)
  }

  /** A place for every picture, a voice for every sound. */
  #lay() {
    for (const lane of this.lanes.sorted) {
      if (lane.kind === "microphone") {
        if (!this.#sounds.has(lane.id)) this.#sounds.set(lane.id, this.#begun(new Sound(lane, (one) => this.#load(one), this.#context)))
      } else if (!this.#pictures.has(lane.id)) {
        this.#pictures.set(lane.id, this.#begun(new Pictures(lane, (one) => this.#load(one))))
        this.#tiles.set(lane.id, this.#tile(lane))
      }
    }
    const order = this.lanes.sorted.map((lane) => this.#tiles.get(lane.id)?.tile).filter((tile) => tile !== undefined)
    mount(this.screen, order)
    this.screen.dataset.count = String(order.length)
  }

  /** @template {Pictures | Sound} T  @param {T} one  @returns {T} */
  #begun(one) {
    one.seek(this.time)
    return one
  }

  /** @param {Lane} lane */
  #tile(lane) {
    const canvas = h("canvas", { class: "player-picture", width: 640, height: 360 })
    const none = h("p", { class: "player-none" }, t("player.no_picture"))
    const who = [lane.name, t(`player.role_${lane.role}`), lane.kind === "camera" ? "" : t(`player.kind_${lane.kind}`)].filter(Boolean).join(" · ")
    const tile = h("figure", { class: "player-tile", "data-person": lane.person, "data-role": lane.role, "data-kind": lane.kind }, canvas, none, h("figcaption", null, who))
    return { canvas, none, tile }
  }

  /** What a segment holds, or null while it comes; a segment that cannot be had is empty, and asked for again later. @param {Segment} segment */
  #load(segment) {
    const known = this.#contents.get(segment.id)
    if (known === "loading") return null
    if (known === "failed") return EMPTY
    if (known) return known
    this.#contents.set(segment.id, "loading")
    this.#fetch(segment)
    return null
  }

  /** @param {Segment} segment */
  async #fetch(segment) {
    try {
      this.#contents.set(segment.id, readWebm(await this.delegate.playerContent(segment)))
    } catch {
      this.#contents.set(segment.id, "failed")
      setTimeout(() => this.#contents.delete(segment.id), TRY_AGAIN_MS)
    }
    for (const [id, content] of this.#contents) {
      if (this.#contents.size <= MOST_CONTENTS) break
      if (typeof content === "object" && id !== segment.id) this.#contents.delete(id)
    }
    if (!this.#stopped) this.#work()
  }

  /** Decode ahead, hold the clock while something is missing, step over holes. */
  #work() {
    const now = this.time
    if (this.playing) this.#keepGoing(now)
    for (const one of this.#pictures.values()) one.pump(now)
    if (this.playing && !this.stalled) for (const one of this.#sounds.values()) one.pump(now, this.rate, (at) => this.#since + (at - this.#at) / this.rate)
  }

  /** @param {number} now */
  #keepGoing(now) {
    const behind = this.lanes.after(now)
    if (behind !== null) return this.seek(behind)
    const missing = [...this.#pictures.values(), ...this.#sounds.values()].some((one) => one.waiting && one.lane.covers(now))
    if (missing && !this.stalled) {
      this.#at = now
      this.stalled = true
      for (const one of this.#sounds.values()) one.seek(now)
    } else if (!missing && this.stalled) {
      this.stalled = false
      this.#since = this.#context.currentTime
    }
  }

  #draw() {
    const now = this.time
    for (const [id, pictures] of this.#pictures) {
      const tile = this.#tiles.get(id)
      if (tile) paint(tile, pictures.take(now))
    }
    if (Math.abs(now - this.#told) < 0.04) return
    this.#told = now
    this.slider.value = String(now)
    this.slider.setAttribute("aria-valuetext", clock(now))
    say(this.clock, `${clock(now)} / ${clock(this.lanes.end)}`)
    say(this.word, this.stalled ? t("player.loading") : "")
    this.delegate.playerTime?.(now)
  }

  /** Where something is there, for everybody: holes are seen before they are met. */
  #showSpans() {
    const [start, end] = [this.lanes.start, this.lanes.end]
    this.slider.min = String(start)
    this.slider.max = String(end)
    this.#told = -1
    const share = (/** @type {number} */ at) => `${(100 * (at - start)) / Math.max(0.1, end - start)}%`
    mount(
      this.spans,
      this.lanes.sorted.filter((lane) => lane.kind === "microphone" || lane.kind === "camera").map((lane) =>
        h("div", { class: "player-lane", "data-role": lane.role }, lane.spans.map(([from, to]) => {
          const span = h("span", { class: "player-span" })
          span.style.setProperty("--from", share(from))
          span.style.setProperty("--to", share(to))
          return span
        }))),
    )
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const typing = event.target instanceof HTMLSelectElement || event.target instanceof HTMLButtonElement
    if (event.key === " " && !typing) this.toggle()
    else if (event.key === "ArrowLeft" && event.target !== this.slider) this.seek(this.time - STEP_S)
    else if (event.key === "ArrowRight" && event.target !== this.slider) this.seek(this.time + STEP_S)
    else return
    event.preventDefault()
  }
}

/** @type {Content} */
const EMPTY = { codec: "vp8", description: undefined, frames: [] }

/** @param {{canvas: HTMLCanvasElement, none: HTMLElement}} tile  @param {VideoFrame | null} picture */
function paint({ canvas, none }, picture) {
  none.hidden = picture !== null
  canvas.hidden = picture === null
  if (!picture) return
  if (canvas.dataset.shown === String(picture.timestamp)) return
  canvas.dataset.shown = String(picture.timestamp)
  if (canvas.width !== picture.displayWidth || canvas.height !== picture.displayHeight) {
    canvas.width = picture.displayWidth
    canvas.height = picture.displayHeight
  }
  canvas.getContext("2d")?.drawImage(picture, 0, 0)
}

/** 3:07, and 1:02:45 from an hour on. @param {number} seconds */
function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds))
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0")
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`
}
