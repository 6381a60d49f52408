// The cameras, the microphone and the speaker of this place: which is which (remembered), opened once and kept open
// while a call may come, watched for trouble, and named honestly when they fail.

/** @typedef {"camera" | "document_camera" | "microphone" | "speaker"} Role */
/** @typedef {"ok" | "missing" | "denied" | "failed"} Health */
/** @typedef {{deviceId: string, label: string}} Choice */

/**
 * @typedef {object} DevicesDelegate
 * @property {(role: Exclude<Role, "speaker">, track: MediaStreamTrack | null) => void} [deviceTrack]  a role's track is new or gone
 * @property {(health: Partial<Record<Role, Health>>) => void} [deviceHealth]  some role's health changed
 * @property {() => void} [devicesChanged]  something was plugged in or out
 */

/** @type {Record<Role, MediaDeviceKind>} */
const KIND_OF = { camera: "videoinput", document_camera: "videoinput", microphone: "audioinput", speaker: "audiooutput" }

/** Words in the names of document cameras sold here; the operator's own choice comes before any guess. */
const DOCUMENT_CAMERA = /document|doc\s?cam|visuali[sz]er|scan|高拍|文档|文稿|实物|展台/i

/** @type {Record<Exclude<Role, "speaker">, MediaTrackConstraints>} */
const WANTED = {
  // 720p30 is what the call sends; a camera that cannot do it gives what it has.
  camera: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  // The still is taken at the sensor's full size, so the stream asks for it too; the link scales what it sends.
  document_camera: { width: { ideal: 4096 }, height: { ideal: 3072 }, frameRate: { ideal: 10 } },
  microphone: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
}

export class Devices {
  /** @type {Partial<Record<Role, Health>>} */
  health = {}
  /** @type {Partial<Record<Role, MediaStreamTrack>>} */
  tracks = {}

  #started = false
  /** Chosen for now. @type {Partial<Record<Role, Choice>>} */
  #used = {}
  /** @type {Partial<Record<Role, number>>} */
  #attempt = {}
  /** @type {Partial<Record<Role, Promise<void>>>} */
  #opening = {}

  /**
   * @param {object} options
   * @param {DevicesDelegate} options.delegate
   * @param {Role[]} options.roles what this page uses; the console has no document camera
   * @param {Storage} [options.storage] where the choices are remembered
   */
  constructor({ delegate, roles, storage = localStorage }) {
    this.delegate = delegate
    this.roles = roles
    this.storage = storage
  }

  start() {
    if (this.#started) return
    this.#started = true
    navigator.mediaDevices?.addEventListener("devicechange", this.#changed)
  }

  /** Close everything: no light burns on a camera that is not used. */
  stop() {
    this.#started = false
    navigator.mediaDevices?.removeEventListener("devicechange", this.#changed)
    this.close()
  }

  close() {
    this.#used = {}
    for (const role of this.roles) this.#release(role)
  }

  /**
   * Open every role that is not open yet. Never rejects: what failed is in `health`.
   * @param {Role[]} [roles]
   */
  async open(roles = this.roles) {
    // All at once: after a reload in the middle of a call every tenth of a second counts.
    const opening = roles.map((role) => {
      if (role === "speaker") return this.#lookForSpeaker()
      return this.tracks[role]?.readyState === "live" ? null : this.#openOnce(role)
    })
    await Promise.all(opening)
    return this.health
  }

  /** Whoever asks while it is being opened waits for the same opening. @param {Exclude<Role, "speaker">} role */
  #openOnce(role) {
    const present = this.#opening[role]
    if (present) return present
    const opening = this.#open(role).finally(() => {
      if (this.#opening[role] === opening) delete this.#opening[role]
    })
    this.#opening[role] = opening
    return opening
  }

  /**
   * What is plugged in for a role. Names are empty until the person has allowed a camera or microphone once.
   * @param {Role} role
   * @returns {Promise<Choice[]>}
   */
  async choices(role) {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? []
    return devices
      .filter((device) => device.kind === KIND_OF[role] && device.deviceId)
      .map(({ deviceId, label }) => ({ deviceId, label }))
  }

  /** The device of a role: the remembered one if it is there, else a guess. @param {Role} role */
  async chosen(role) {
    const choices = await this.choices(role)
    const remembered = this.#used[role] ?? this.#remembered(role)
    const same = choices.find((one) => one.deviceId === remembered?.deviceId)
    // Identifiers change when the browser's data are cleared; the name of the device does not.
    const alike = remembered && choices.find((one) => one.label && one.label === remembered.label)
    return same ?? alike ?? this.#guess(role, choices)
  }

  /** Remember and open a device for a role. @param {Role} role  @param {string} deviceId */
  async choose(role, deviceId) {
    const choice = (await this.choices(role)).find((one) => one.deviceId === deviceId)
    if (!choice) return
    this.storage.setItem(storageKey(role), JSON.stringify(choice))
    this.#release(role)
    await this.open([role])
  }

  /** Open another device for a role until all are closed: the operator's choice stays. @param {Role} role  @param {string} deviceId */
  async use(role, deviceId) {
    const choice = (await this.choices(role)).find((one) => one.deviceId === deviceId)
    if (!choice) return
    this.#used[role] = choice
    this.#release(role)
    await this.open([role])
  }

  /** Keep the device that a role has now, also if it was only guessed. @param {Role} role */
  async remember(role) {
    const choice = await this.chosen(role)
    if (choice) this.storage.setItem(storageKey(role), JSON.stringify(choice))
  }

  /** True when the operator has said, once, which device is which. */
  get configured() {
    return this.roles.every((role) => role === "speaker" || this.#remembered(role) !== null)
  }

  /** Somebody found that the device does not work, although it is there and open. @param {Role} role */
  failed(role) {
    this.#healthIs({ [role]: "failed" })
  }

  /** What is plugged in, without opening anything: for the hours between calls. */
  async glance() {
    for (const role of this.roles) {
      const present = (await this.choices(role)).length > (role === "document_camera" && !this.#remembered(role) ? 1 : 0)
      if (!present && this.health[role] !== "denied") this.#healthIs({ [role]: "missing" })
      else if (present && this.health[role] === "missing") this.#healthIs({ [role]: "ok" })
    }
    return this.health
  }

  /** @param {Exclude<Role, "speaker">} role */
  async #open(role) {
    const attempt = (this.#attempt[role] = (this.#attempt[role] ?? 0) + 1)
    try {
      let choice = await this.chosen(role)
      if (!choice && !(await this.#namesKnown())) choice = await this.#askOnce(role)
      if (!choice && role === "document_camera") return this.#healthIs({ [role]: "missing" })
      const track = (await this.#alsoThePapers(role, choice)) ?? (await openTrack(role, choice))
      // Chosen anew or closed while the permission was pending.
      if (this.#attempt[role] !== attempt) return track.stop()
      this.#adopt(role, track)
    } catch (error) {
      if (this.#attempt[role] === attempt) this.#healthIs({ [role]: healthOf(error) })
    }
  }

  /**
   * Where one camera sees the person and the papers: opening it a second time, with other wishes, would make it start
   * anew, and the person's picture stand still for seconds.
   * @param {Role} role  @param {Choice | null} choice
   */
  async #alsoThePapers(role, choice) {
    if (role !== "document_camera") return null
    await this.#opening.camera
    const camera = this.tracks.camera
    return camera?.readyState === "live" && camera.getSettings().deviceId === choice?.deviceId ? camera.clone() : null
  }

  async #namesKnown() {
    const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? []
    return devices.some((device) => device.label)
  }

  /** Before the first permission devices have no names, so which is which cannot be known. @param {Role} role */
  async #askOnce(role) {
    const video = KIND_OF[role] === "videoinput"
    const stream = await navigator.mediaDevices.getUserMedia(video ? { video: true } : { audio: true })
    for (const track of stream.getTracks()) track.stop()
    return this.chosen(role)
  }

  /** @param {Exclude<Role, "speaker">} role  @param {MediaStreamTrack} track */
  #adopt(role, track) {
    this.tracks[role] = track
    track.addEventListener("ended", () => {
      if (this.tracks[role] !== track) return
      delete this.tracks[role]
      this.#healthIs({ [role]: "failed" })
      this.delegate.deviceTrack?.(role, null)
    })
    this.#healthIs({ [role]: "ok" })
    this.delegate.deviceTrack?.(role, track)
  }

  /** @param {Role} role */
  #release(role) {
    this.#attempt[role] = (this.#attempt[role] ?? 0) + 1
    // What is being opened now is not wanted any more; the next one to ask opens anew.
    delete this.#opening[role]
    const track = this.tracks[role]
    if (!track) return
    delete this.tracks[role]
    track.stop()
    if (role !== "speaker") this.delegate.deviceTrack?.(role, null)
  }

  async #lookForSpeaker() {
    // Browsers that hide loudspeakers (no audiooutput is listed) still play through the default one.
    const hidden = !("setSinkId" in HTMLMediaElement.prototype)
    this.#healthIs({ speaker: hidden || (await this.choices("speaker")).length ? "ok" : "missing" })
  }

  /** @param {Role} role  @param {Choice[]} choices */
  #guess(role, choices) {
    const document = choices.find((one) => DOCUMENT_CAMERA.test(one.label))
    if (role === "document_camera") return document ?? choices[1] ?? null
    if (role === "camera") return choices.find((one) => one !== document) ?? choices[0] ?? null
    return choices[0] ?? null
  }

  /** @param {Role} role  @returns {Choice | null} */
  #remembered(role) {
    try {
      return JSON.parse(this.storage.getItem(storageKey(role)) ?? "null")
    } catch {
      return null
    }
  }

  /** @param {Partial<Record<Role, Health>>} change */
  #healthIs(change) {
    const before = JSON.stringify(this.health)
    this.health = { ...this.health, ...change }
    if (JSON.stringify(this.health) !== before) this.delegate.deviceHealth?.(this.health)
  }

  #changed = async () => {
    this.delegate.devicesChanged?.()
    // A camera that was pulled out and put back is opened again if it was in use.
    const wanted = this.roles.filter((role) => this.health[role] === "failed" || this.health[role] === "missing")
    if (Object.keys(this.tracks).length) await this.open(wanted)
    else await this.glance()
  }
}

/** @param {Role} role */
const storageKey = (role) => `vw.device.${role}`

/** @param {Exclude<Role, "speaker">} role  @param {Choice | null} choice */
async function openTrack(role, choice) {
  if (!navigator.mediaDevices) throw new DOMException("not a secure origin", "NotAllowedError")
  const constraints = { ...WANTED[role], ...(choice ? { deviceId: { exact: choice.deviceId } } : {}) }
  const stream = await navigator.mediaDevices.getUserMedia(
    role === "microphone" ? { audio: constraints } : { video: constraints },
  )
  return /** @type {MediaStreamTrack} */ (stream.getTracks()[0])
}

/** @param {unknown} error  @returns {Health} */
function healthOf(error) {
  const name = error instanceof DOMException ? error.name : ""
  if (name === "NotAllowedError" || name === "SecurityError") return "denied"
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing"
  return "failed"
}
