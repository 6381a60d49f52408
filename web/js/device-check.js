// Proof that a device works, beyond being listed: pictures arrive, the microphone hears, the speaker is heard.

/**
 * Do new pictures arrive? Resolves to the size of the first one, or null after the time is over.
 * @param {MediaStreamTrack} track
 * @param {number} [within_ms]
 * @returns {Promise<{width: number, height: number} | null>}
 */
export async function seesPictures(track, within_ms = 4000) {
  const video = document.createElement("video")
  video.muted = true
  video.playsInline = true
  video.srcObject = new MediaStream([track])
  try {
    const frame = new Promise((resolve) => video.requestVideoFrameCallback((_now, { width, height }) => resolve({ width, height })))
    video.play().catch(() => {})
    return await Promise.race([frame, after(within_ms)])
  } finally {
    video.srcObject = null
  }
}

/** The loudness of a microphone, 0..1, for a meter and for the check; `stop` when done. */
export class Level {
  /** @param {MediaStreamTrack} track */
  constructor(track) {
    this.context = new AudioContext()
    this.analyser = new AnalyserNode(this.context, { fftSize: 1024 })
    this.context.createMediaStreamSource(new MediaStream([track])).connect(this.analyser)
    this.samples = new Float32Array(this.analyser.fftSize)
  }

  /** Root mean square, raised so that quiet speech is a third of the meter. */
  read() {
    this.analyser.getFloatTimeDomainData(this.samples)
    const power = this.samples.reduce((sum, one) => sum + one * one, 0) / this.samples.length
    return Math.min(1, Math.sqrt(power) * 4)
  }

  /** Share of the energy near one frequency, to know our own tone from noise. @param {number} hertz */
  near(hertz) {
    const bins = new Float32Array(this.analyser.frequencyBinCount)
    this.analyser.getFloatFrequencyData(bins)
    const at = Math.round((hertz / this.context.sampleRate) * this.analyser.fftSize)
    const energy = (/** @type {number} */ decibel) => 10 ** (decibel / 10)
    const all = bins.reduce((sum, one) => sum + energy(one), 0)
    const tone = bins.slice(Math.max(0, at - 2), at + 3).reduce((sum, one) => sum + energy(one), 0)
    return all > 0 ? tone / all : 0
  }

  stop() {
    if (this.context.state !== "closed") this.context.close()
  }
}

/**
 * Play two soft notes on a loudspeaker. With a microphone track, listen for them: true when heard, false when not.
 * Echo cancellation takes our own tone out of a track, so the caller should pass one opened without it.
 * @param {object} [options]
 * @param {string} [options.deviceId]
 * @param {MediaStreamTrack} [options.listen]
 * @returns {Promise<boolean | null>} null when nothing listened
 */
export async function playTone({ deviceId, listen } = {}) {
  const context = new AudioContext()
  const level = listen ? new Level(listen) : null
  try {
    if (deviceId) await /** @type {any} */ (context).setSinkId?.(deviceId).catch(() => {})
    const notes = [660, 880]
    notes.forEach((hertz, index) => note(context, hertz, index * 0.45))
    let heard = 0
    for (let step = 0; step < 18; step++) {
      await after(50)
      if (level && notes.some((hertz) => level.near(hertz) > 0.3)) heard += 1
    }
    return level ? heard >= 3 : null
  } finally {
    level?.stop()
    context.close()
  }
}

/** @param {AudioContext} context  @param {number} hertz  @param {number} delay */
function note(context, hertz, delay) {
  const begin = context.currentTime + delay
  const gain = new GainNode(context, { gain: 0 })
  gain.gain.linearRampToValueAtTime(0.25, begin + 0.03)
  gain.gain.linearRampToValueAtTime(0, begin + 0.4)
  const tone = new OscillatorNode(context, { frequency: hertz })
  tone.connect(gain).connect(context.destination)
  tone.start(begin)
  tone.stop(begin + 0.42)
}

/** @param {number} ms  @returns {Promise<null>} */
const after = (ms) => new Promise((resolve) => setTimeout(() => resolve(null), ms))
