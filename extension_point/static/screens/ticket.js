// Waiting: the number, how many are ahead, how long it takes, honestly; the own picture, so that one can sit down well.

import { ask } from "/static/web/components/dialog/dialog.js"
import { Stage } from "/static/web/components/stage/stage.js"
import { h, icon, mount, say } from "/static/web/js/dom.js"
import { clock, local, named, t } from "/static/web/js/i18n.js"
import { askAway } from "./away.js"
import { devicesLine } from "./devices-line.js"
import { RecordingNotice } from "./recording.js"

/** @typedef {import("../types.js").BoothState} BoothState */
/** @typedef {import("/static/web/js/types.js").CallInfo} CallInfo */

/** "I need ten minutes": to fetch a paper, to call at home. */
const MORE_TIME_S = 600

/** @param {BoothState} state  @param {import("../types.js").BoothActions} actions */
export function ticket(state, actions) {
  const self = new Stage({ kind: "self", label: t("talk.self"), muted: true, mirror: true })
  const number = h("p", { class: "ticket-number digits", "data-ticket": "" })
  const ahead = h("p", { class: "ticket-figure digits", "data-ahead": "" })
  const wait = h("p", { class: "ticket-figure digits", "data-wait": "" })
  const before = h("p", { class: "ticket-before soft", "data-before": "" })
  const spoken = h("p", { class: "ticket-news", role: "status" })
  const waited = h("p", { class: "ticket-waited soft" })
  const devices = h("div", { class: "devices-line" })
  const item = h("p", { class: "ticket-item" })
  const recording = new RecordingNotice(actions)
  const asking = new AbortController()
  let now = state
  const cancel = h("button", { class: "button", type: "button", "data-action": "leave", onclick: async () => {
    const sure = await ask({ title: t("ticket.leave_title"), text: t("ticket.leave_text"), yes: t("ticket.leave_yes"), no: t("ticket.leave_no"), danger: true, signal: asking.signal })
    if (sure) await actions.leave()
  } }, icon("close"), t("ticket.leave"))
  const aside = h("button", { class: "button", type: "button", "data-action": "aside", onclick: () => actions.letOthersFirst(now.view?.call?.aside_until ? 1 : MORE_TIME_S) })
  const away = h("button", { class: "button", type: "button", "data-action": "away", onclick: async () => {
    const call = now.view?.call
    if (!call) return
    const answer = await askAway({ ticket: call.ticket, coded: actions.ticketCode(), signal: asking.signal })
    if (answer === "leave") await actions.callBack()
    else if (answer === "book") actions.go({ step: "times", item: now.items.find(call.item_id), priority: call.priority, needs: call.needs, rebooks: call.call_id })
  } }, icon("next"), t("ticket.away"))
  const showTime = () => now.view?.call && say(waited, t("ticket.waited", { time: clock(Date.now() / 1000 + now.skew_s - Date.parse(now.view.call.entered_at) / 1000) }))
  const timer = setInterval(showTime, 1000)
  const element = h(
    "section",
    { class: "screen ticket" },
    h("div", { class: "ticket-card card" },
      h("h1", { class: "ticket-title" }, t("ticket.title")),
      number,
      item,
      h("dl", { class: "ticket-figures" },
        h("div", null, h("dt", null, t("ticket.ahead")), h("dd", null, ahead)),
        h("div", null, h("dt", null, t("ticket.wait")), h("dd", null, wait)),
      ),
      before,
      spoken,
      waited,
      recording.question,
      recording.sign,
    ),
    h("div", { class: "ticket-side" },
      h("div", { class: "ticket-self" }, self.element, h("p", { class: "soft" }, t("ticket.self"))),
      h("ul", { class: "ticket-tips" }, h("li", null, icon("check"), t("ticket.tip_papers")), h("li", null, icon("check"), t("ticket.tip_stay")), h("li", null, icon("check"), t("ticket.tip_auto"))),
      devices,
    ),
    h("footer", { class: "actions" }, cancel, away, aside),
  )
  const showSelf = (/** @type {MediaStreamTrack | null | undefined} */ track) => {
    self.show(track ? new MediaStream([track]) : null)
    self.tell(track ? "" : t("link.waiting_camera"))
  }
  showSelf(state.devices.tracks.camera)
  return {
    element,
    idle_s: 900,
    speak: state.view?.call ? t("ticket.speak", { number: state.view.call.ticket }) : "",
    media: { track: (/** @type {string} */ role, /** @type {MediaStreamTrack | null} */ track) => void (role === "camera" && showSelf(track)) },
    update: (/** @type {BoothState} */ state) => {
      now = state
      const call = state.view?.call
      if (!call) return
      say(number, call.ticket)
      recording.update(call.recording, false)
      say(item, named(state.items.find(call.item_id)))
      say(ahead, call.ahead === null ? "–" : t("ticket.people", { count: call.ahead }))
      say(wait, estimate(call))
      say(before, reasons(call.before))
      say(spoken, news(call, named(state.items.categories.find((one) => one.id === call.queue_id))))
      away.disabled = call.state === "offered"
      const later = call.aside_until !== null
      if (aside.dataset.later !== String(later)) mount(aside, icon(later ? "check" : "clock"), t(later ? "ticket.aside_ready" : "ticket.aside"))
      aside.dataset.later = String(later)
      element.dataset.near = String(!later && (call.state === "offered" || (call.ahead === 0 && call.estimate)))
      showTime()
      devicesLine(devices, state)
    },
    leave: () => {
      clearInterval(timer)
      asking.abort()
      self.stop()
    },
  }
}

/** @param {CallInfo} call  @param {string} queue where it waits */
function news(call, queue) {
  if (call.state === "offered") return t("ticket.news_offered")
  if (call.aside_until) return t("ticket.news_aside", { time: hourAndMinute(call.aside_until) })
  if (call.rerouted) return t(`ticket.news_${call.rerouted}`, { queue })
  if (!call.estimate) return t("ticket.news_nobody")
  if (call.ahead === 0) return t("ticket.news_next")
  return t("ticket.news_waiting")
}

/** Why the people before one are before one. @param {CallInfo["before"]} groups */
const reasons = (groups) =>
  groups.map(({ cause, count, words }) => t(`ticket.before_${cause}`, { count, words: words.map((word) => t(`priority.${word}`)).join(t("ticket.or")) })).join(t("ticket.and"))

/** @param {string} at RFC 3339 */
const hourAndMinute = (at) => local(at, { hour: "2-digit", minute: "2-digit" })

/** @param {CallInfo} call */
function estimate(call) {
  if (call.state === "offered") return t("ticket.at_once")
  if (!call.estimate) return t("ticket.unknown")
  const [low, high] = [call.estimate.p50_s, call.estimate.p90_s].map((seconds) => Math.max(1, Math.ceil(seconds / 60)))
  if (!low || !high) return "–"
  if (high <= 1) return t("ticket.under_minute")
  return low === high ? t("time.minutes", { count: low }) : t("ticket.minutes_range", { low, high })
}
