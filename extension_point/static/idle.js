// Nobody touches the screen any more: the citizen went away and left their matter open for the next one to see.

const TOUCHES = ["pointerdown", "keydown", "input", "wheel"]

export class Idle {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer
  #seconds = 0

  /** @param {{idleTooLong: () => void}} delegate */
  constructor(delegate) {
    this.delegate = delegate
  }

  start() {
    for (const name of TOUCHES) addEventListener(name, this.#touched, { capture: true, passive: true })
  }

  stop() {
    clearTimeout(this.#timer)
    for (const name of TOUCHES) removeEventListener(name, this.#touched, { capture: true })
  }

  /** From now on this many seconds are allowed; 0 for any. @param {number} seconds */
  allow(seconds) {
    this.#seconds = seconds
    this.#touched()
  }

  #touched = () => {
    clearTimeout(this.#timer)
    if (this.#seconds) this.#timer = setTimeout(() => this.delegate.idleTooLong(), this.#seconds * 1000)
  }
}
