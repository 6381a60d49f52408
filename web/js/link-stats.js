// From getStats to what a person should know: how far away, how much is lost, how smooth, and hence good, poor or lost.
// A judgement needs to hold for some seconds before it changes, so that the sign on the screen does not flicker.

/** @typedef {import("./types.js").LinkReport} LinkReport */

/** Above these a conversation becomes hard; ITU-T G.114 puts the limit for one way at 150–400 ms. */
const POOR = { loss: 0.08, rtt_ms: 600, fps: 8 }
/** Seconds a judgement must hold. */
const HOLD = { poor: 3, good: 4 }
/** Nothing at all received for this long, although connected: the path is dead before ICE noticed. */
const SILENT_S = 3

/** @typedef {{packets: number, lost: number, bytes: number, at: number, heard_at: number}} Totals */

export class LinkStats {
  /** @type {Totals | null} */
  #last = null
  #badFor = 0
  #goodFor = 0
  #silentFor = 0
  #sent = 0
  /** @type {"good" | "poor" | "lost"} */
  #judged = "good"
  /** What the way out takes in all, as the browser believes; undefined where it does not say. @type {number | undefined} */
  room_kbps

  /** @param {RTCPeerConnection} pc */
  constructor(pc) {
    this.pc = pc
  }

  /** @returns {Promise<Omit<LinkReport, "state">>} */
  async read() {
    const stats = await this.pc.getStats()
    /** @type {Omit<LinkReport, "state">} */
    const report = {}
    let packets = 0
    let lost = 0
    let remoteLoss = 0
    let bytesIn = 0
    let bytesOut = 0
    for (const stat of stats.values()) {
      if (stat.type === "transport") {
        bytesIn += stat.bytesReceived
        bytesOut += stat.bytesSent
        this.#readPair(report, stats, stats.get(stat.selectedCandidatePairId))
      } else if (stat.type === "inbound-rtp") {
        packets += stat.packetsReceived ?? 0
        lost += Math.max(0, stat.packetsLost ?? 0)
        if (stat.mid === "1") this.#readCamera(report, stat)
        if (stat.kind === "audio") report.jitter_ms = Math.round(1000 * (stat.jitter ?? 0))
      } else if (stat.type === "remote-inbound-rtp") {
        remoteLoss = Math.max(remoteLoss, stat.fractionLost ?? 0)
      } else if (stat.type === "outbound-rtp" && stat.mid === "1" && stat.qualityLimitationReason !== "none") {
        report.limited = stat.qualityLimitationReason
      }
    }
    this.#readTotals(report, { packets, lost, remoteLoss, bytesIn, bytesOut })
    return report
  }

  /**
   * @param {Omit<LinkReport, "state">} report
   * @param {RTCStatsReport} stats
   * @param {any} pair
   */
  #readPair(report, stats, pair) {
    this.room_kbps = pair?.availableOutgoingBitrate && pair.availableOutgoingBitrate / 1000
    if (!pair) return
    if (pair.currentRoundTripTime !== undefined) report.rtt_ms = Math.round(pair.currentRoundTripTime * 1000)
    report.relayed = stats.get(pair.localCandidateId)?.candidateType === "relay"
  }

  /** @param {Omit<LinkReport, "state">} report  @param {any} stat */
  #readCamera(report, stat) {
    if (stat.framesPerSecond !== undefined) report.fps = Math.round(stat.framesPerSecond)
    if (stat.frameWidth) Object.assign(report, { width: stat.frameWidth, height: stat.frameHeight })
  }

  /**
   * @param {Omit<LinkReport, "state">} report
   * @param {{packets: number, lost: number, remoteLoss: number, bytesIn: number, bytesOut: number}} sums
   */
  #readTotals(report, { packets, lost, remoteLoss, bytesIn, bytesOut }) {
    const at = performance.now()
    const last = this.#last
    if (last) {
      const seconds = (at - last.at) / 1000
      const newPackets = Math.max(0, packets - last.packets)
      const newLost = Math.max(0, lost - last.lost)
      const share = newLost / Math.max(1, newPackets + newLost)
      report.loss = Math.round(1000 * Math.max(share, remoteLoss)) / 1000
      report.kbps_in = Math.round((8 * (bytesIn - last.bytes)) / 1000 / seconds)
      report.kbps_out = Math.round((8 * (bytesOut - this.#sent)) / 1000 / seconds)
    }
    const heard_at = !last || bytesIn > last.bytes ? at : last.heard_at
    this.#silentFor = (at - heard_at) / 1000
    this.#sent = bytesOut
    this.#last = { packets, lost, bytes: bytesIn, at, heard_at }
  }

  /**
   * @param {Omit<LinkReport, "state">} report
   * @returns {"good" | "poor" | "lost"}
   */
  judge(report) {
    if (this.#silentFor >= SILENT_S) return (this.#judged = "lost")
    const bad =
      (report.loss ?? 0) > POOR.loss || (report.rtt_ms ?? 0) > POOR.rtt_ms || (report.fps ?? POOR.fps) < POOR.fps
    this.#badFor = bad ? this.#badFor + 1 : 0
    this.#goodFor = bad ? 0 : this.#goodFor + 1
    if (this.#badFor >= HOLD.poor) this.#judged = "poor"
    else if (this.#goodFor >= HOLD.good || this.#judged === "lost") this.#judged = "good"
    return this.#judged
  }
}
