// The desk's page: puts panels, keys and sounds around one `Desk`. What is shown is a function of the desk's state,
// drawn after each change and twice a second for what moves with time.

import { h, mount } from "/static/web/js/dom.js"
import { named, pageData, t } from "/static/web/js/i18n.js"
import { ask } from "./http.js"
import { Items } from "./items.js"
import { keys } from "./keys.js"
import { Shortcuts } from "./shortcuts.js"
import { sentence, word } from "./words.js"
import { Attention } from "./desk/attention.js"
import { Desk } from "./desk/desk.js"
import { Announcer } from "./panels/announcer.js"
import { CallHead } from "./panels/call-head.js"
import { Captures } from "./panels/captures.js"
import { ChatPanel } from "./panels/chat-panel.js"
import { Company } from "./panels/company.js"
import { CaseLine } from "./panels/case-line.js"
import { Checklist } from "./panels/checklist.js"
import { CornersDialog } from "./panels/corners-dialog.js"
import { Controls } from "./panels/controls.js"
import { DevicesDialog } from "./panels/devices-dialog.js"
import { Documents } from "./panels/documents.js"
import { EarlierPanel } from "./panels/earlier.js"
import { EndDialog } from "./panels/end-dialog.js"
import { Final } from "./panels/final.js"
import { HelpDialog } from "./panels/help-dialog.js"
import { Idle } from "./panels/idle.js"
import { show } from "./panels/list.js"
import { NotesPanel } from "./panels/notes-panel.js"
import { OfferPanel } from "./panels/offer.js"
import { Queues } from "./panels/queues.js"
import { Recent } from "./panels/recent.js"
import { SecondWindow } from "./panels/second-window.js"
import { SearchDialog } from "./panels/search-dialog.js"
import { Stage } from "./panels/stage.js"
import { StatusBar } from "./panels/status-bar.js"
import { nextTheme } from "./panels/theme.js"
import { ToolsPanel, leaseNews } from "./panels/tools-panel.js"
import { TroubleBar } from "./panels/trouble-bar.js"
import { WrapUpPanel } from "./panels/wrap-up.js"

/** Twice a second: a countdown of seconds never skips one. */
const TICK_MS = 500

export class Page {
  /** @type {"idle" | "offer" | "call" | "wrap_up"} */
  mode = "idle"
  /** @type {import("./floor/floor.js").Floor | null} */
  floor = null

  /** @param {typeof import("./floor/floor.js").Floor | null} Home  what is shown between calls in place of the helper's own matters */
  constructor(Home) {
    this.desk = new Desk({
      deskChanged: () => this.render(),
      deskRefused: (problem) => this.announcer.warn(sentence(problem)),
      deskRemote: (kind, stream) => this.#remote(kind, stream),
      deskOthers: () => this.stage.follow(),
      deskPointer: (pointer) => this.stage.pointed(pointer),
      deskPointed: (pointed) => this.stage.paper.pointed(pointed),
      deskDocument: (document) => this.documents.changed(document),
      deskCapture: (capture) => this.#capture(capture),
      deskJudged: (problems) => this.announcer.warn(t("announce.judged", { problems: problems.map((one) => t(`judged.${one}`)).join("、") })),
      deskLease: (lease) => leaseNews(lease) && this.announcer.tell(leaseNews(lease)),
      deskEarlier: (state) => state !== "asked" && this.announcer.tell(t(`earlier.told_${state}`)),
      deskRestored: () => this.floor?.watch(),
      deskEvent: (name, payload) => this.#hear(name) || (this.floor?.handle(name, payload) ?? false),
    })
    const { desk } = this
    this.items = new Items(() => this.render())
    this.attention = new Attention(() => this.render())
    this.announcer = new Announcer()
    this.corners = new CornersDialog(desk)
    this.stage = new Stage(desk, (id) => this.corners.open(id))
    this.end = new EndDialog(desk, this.items)
    this.devices = new DevicesDialog(desk, this.attention, (role, id) => this.#chose(role, id))
    this.bar = new StatusBar(desk, { search: () => this.search.open(), help: () => this.help.open(), devices: () => this.devices.open(), theme: nextTheme, signOut: () => this.#signOut() }, pageData.signed_in_at ?? null)
    this.idle = new Idle(desk, this.attention)
    this.offer = new OfferPanel(desk, this.items)
    this.wrapUp = new WrapUpPanel(desk, this.items, { receipt: () => this.end.open() })
    this.caseLine = new CaseLine(desk)
    this.company = new Company(desk, this.items)
    if (Home) this.floor = new Home(desk, this.announcer)
    this.controls = new Controls(desk, { end: () => this.end.open() })
    this.tools = new ToolsPanel(desk)
    this.earlier = new EarlierPanel(desk)
    this.head = new CallHead(desk, this.items)
    this.captures = new Captures(desk, (id) => this.#look(id), () => (this.stage.shows("capture") ? this.stage.capture : null))
    this.documents = new Documents(desk, (text) => this.announcer.warn(text))
    this.captures.element.append(this.documents.element)
    this.second = new SecondWindow(desk, { secondOpened: (place, other) => this.#layApart(place, other), secondResized: () => this.stage.resized(), secondClosed: () => this.#layTogether(), secondBlocked: () => this.announcer.warn(t("second.blocked")) })
    this.checklist = new Checklist(desk, this.items, (id) => this.#look(id))
    this.notes = new NotesPanel(desk)
    this.chat = new ChatPanel(desk, () => this.attention.ring.tick())
    this.search = new SearchDialog(desk, (text) => this.chat.write(text))
    this.shortcuts = new Shortcuts(keys(this))
    this.help = new HelpDialog(this.shortcuts)
    this.panels = [this.bar, new TroubleBar(desk), new Queues(desk, this.items), new Recent(desk), this.offer, this.wrapUp, this.controls, this.tools, this.earlier, this.second, this.company, this.head, this.stage, this.captures, this.caseLine, this.checklist, this.notes, this.chat, this.end, this.devices, this.corners, new Final(desk)]
  }

  start() {
    const [bar, trouble, queues, recent] = this.panels.map((panel) => panel.element)
    const last = /** @type {HTMLElement} */ (this.panels.at(-1)?.element)
    this.call = h("div", { class: "call" }, this.head.element, this.company.element, this.stage.element, this.controls.element, h("div", { class: "call-acts" }, this.tools.element, this.earlier.button, this.second.button))
    this.centre = h("div", { class: "centre" }, this.idle.element, this.offer.element, this.call, this.wrapUp.element, this.captures.element)
    addEventListener("pagehide", () => this.second.close())
    this.side = h("div", { class: "side" }, queues)
    this.aside = h("div", { class: "aside" }, recent, this.caseLine.element, this.checklist.element, this.notes.element, this.chat.element)
    this.main = h("main", { class: "desk-main", id: "main" }, this.floor && this.floor.element, this.side, this.centre, this.aside)
    mount(/** @type {Element} */ (document.getElementById("desk")), bar, trouble, this.main, this.announcer.element, this.end.element, this.devices.element, this.corners.element, this.earlier.element, this.help.element, this.search.element, ...(this.floor?.dialogs ?? []), last)
    this.attention.start()
    this.shortcuts.start()
    this.items.load()
    this.floor?.load()
    this.chat.load()
    this.desk.start()
    setInterval(() => this.render(), TICK_MS)
    this.desk.devices.chosen("speaker").then((speaker) => speaker && this.stage.speaker(speaker.deviceId))
    // A page that is closed in the middle of a call: the browser asks once. Ending belongs to the button.
    addEventListener("beforeunload", (event) => this.desk.notes.unsaved && event.preventDefault())
    this.render()
  }

  /** @param {string} name  @returns {boolean} whether it was for the page itself */
  #hear(name) {
    if (name !== "district.changed") return false
    this.items.load()
    return true
  }

  render() {
    if (!this.main) return
    const { view } = this.desk
    const mode = view?.call ? "call" : view?.offer ? "offer" : view?.wrap_up ? "wrap_up" : "idle"
    const changed = mode !== this.mode
    this.mode = mode
    // A question or a list of devices must not stand between the person and a citizen who rings.
    if (changed && mode === "offer") for (const dialog of [this.devices.element, this.help.element, this.search.element, ...(this.floor?.dialogs ?? [])]) dialog.close()
    const typing = document.activeElement instanceof HTMLTextAreaElement
    const scene = mode === "idle" ? `idle ${view?.agent.state}` : mode
    this.main.dataset.mode = mode
    const own = mode === "idle" && !this.floor
    if (this.floor) show(this.floor.element, mode === "idle")
    const shown = {
      [".side"]: own || mode === "offer",
      [".centre"]: own || mode !== "idle",
      [".aside"]: own || mode !== "idle",
      [".idle"]: own,
      [".offer"]: mode === "offer",
      [".call"]: mode === "call",
      [".wrap-up"]: mode === "wrap_up",
      [".recent"]: own,
      [".checklist"]: mode !== "idle",
      [".notes"]: (mode === "call" && this.desk.leads) || mode === "wrap_up",
      [".chat"]: mode === "call" || mode === "wrap_up",
    }
    for (const [selector, is] of Object.entries(shown)) show(/** @type {HTMLElement} */ (this.main.querySelector(selector)), is)
    show(this.captures.element, mode === "call" || (mode === "wrap_up" && this.desk.captures.size > 0))
    this.documents.open(view?.call?.call_id ?? view?.wrap_up?.call_id ?? "")
    this.documents.render()
    for (const panel of this.panels) panel.render()
    this.floor?.render()
    if (own) this.idle.render()
    else if (changed) this.idle.rest()
    this.#ring()
    this.#notice()
    if (scene === this.#scene) return
    this.#scene = scene
    this.#entered(mode, typing)
  }

  /** The papers lie in a second window now. @param {HTMLElement} place  @param {Window} other */
  #layApart(place, other) {
    this.stage.layApart(place)
    place.append(this.captures.element, this.corners.element)
    this.shortcuts.follow(other)
  }

  #layTogether() {
    this.stage.layTogether()
    this.centre?.append(this.captures.element)
    this.announcer.element.after(this.corners.element)
  }

  #scene = ""

  /**
   * The focus follows what happens: to the answer, to the call, back to where the next step is.
   * Whoever types when the citizen hangs up goes on typing, in the notes: no letter of theirs may press a button.
   * @param {string} mode  @param {boolean} typing
   */
  #entered(mode, typing) {
    if (mode === "call") {
      this.announcer.tell(t("announce.call"))
      const first = this.controls.mute.hidden ? this.company.leave : this.controls.mute
      first.focus()
    } else if (mode === "wrap_up") {
      typing ? this.notes.field.focus() : this.wrapUp.finish.focus()
    } else if (mode === "idle" && this.floor) this.floor.focus()
    else if (mode === "idle") {
      const next = this.idle.ready.hidden ? this.bar.pause.button : this.idle.ready
      next.focus()
    }
  }

  #ring() {
    const offer = this.desk.view?.offer
    if (!offer || this.desk.socket !== "online" || this.desk.busy.has("offer.accept")) return this.attention.calm()
    const item = this.items.get(offer.item_id)
    const title = t("offer.notify", { ticket: offer.ticket, item: item ? named(item) : "" })
    const text = `${offer.point} · ${[...offer.needs.map((code) => word("need", code)), ...offer.priority.map((code) => word("priority", code))].join(" · ")}`
    this.attention.call(offer.offer_id, { title, text, seconds: this.desk.until(offer.expires_at) })
  }

  #noticed = ""

  /** What happened without one's doing is said once. */
  #notice() {
    const notice = this.desk.view?.notice
    const id = notice ? `${notice.code} ${notice.at}` : ""
    if (!notice || id === this.#noticed) return
    this.#noticed = id
    // A page that was just opened does not tell old news.
    if (this.desk.since(notice.at) < 8) this.announcer.tell(word("notice", notice.code))
  }

  /** @param {import("/static/web/js/call.js").StreamKind} kind  @param {MediaStream | null} stream */
  #remote(kind, stream) {
    this.stage.remote(kind, stream)
  }

  /** @param {import("/static/web/js/types.js").CaptureInfo} capture */
  #capture(capture) {
    if (capture.state === "stored" && this.desk.captures.get(capture.capture_id)?.requester === this.desk.view?.agent.id) {
      this.#look(capture.capture_id)
      this.announcer.tell(t("announce.capture"))
      this.attention.ring.tick()
    } else if (capture.state === "withdrawn") this.announcer.tell(t("announce.withdrawn"))
    else if (capture.state === "failed") this.announcer.warn(t("announce.capture_failed"))
  }

  /** @param {string} capture_id */
  #look(capture_id) {
    if (this.desk.view?.call) this.stage.look(capture_id)
    else window.open(`/console/history/${this.desk.view?.wrap_up?.call_id}#${capture_id}`, "_blank", "noopener")
  }

  /** @param {"camera" | "microphone" | "speaker"} role  @param {string} deviceId */
  async #chose(role, deviceId) {
    await this.desk.devices.choose(role, deviceId)
    if (role === "speaker") await this.stage.speaker(deviceId)
  }

  /** Ready when not, and the menu of reasons when ready: one key for both. */
  toggleReady() {
    if (this.desk.view?.agent.state === "ready") this.bar.pause.open()
    else if (!this.idle.ready.disabled) this.idle.ready.click()
  }

  async #signOut() {
    if (this.desk.view?.call) return this.announcer.warn(t("sign_out.in_call"))
    try {
      await ask("/api/staff/session", { method: "DELETE" })
      location.assign("/console")
    } catch (error) {
      this.announcer.warn(sentence(error))
    }
  }

  /** Choose a picture and put the keys on it. @param {import("./panels/stage.js").TileName} name */
  showPicture(name) {
    if (name === "capture" && !this.stage.capture) this.stage.capture = [...this.desk.captures.values()].filter((one) => one.state === "stored").at(-1)?.capture_id ?? null
    this.stage.choose(name)
    const viewer = name === "camera" ? null : name === "board" ? this.stage.paper : name === "form" ? null : this.stage.viewers[name]
    this.render()
    viewer?.plane.ownerDocument.defaultView?.focus()
    viewer?.plane.focus()
  }
}

const home = document.getElementById("desk")?.dataset.home
new Page(home === "floor" ? (await import("./floor/floor.js")).Floor : null).start()
