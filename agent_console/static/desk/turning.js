// What a helper may turn at the booth's document camera, from the controls it says it has: a few plain steps, each with
// the action that does it. Pure.

/** @typedef {{control: string, value: number, least: number, most: number, step: number, automatic: boolean | null}} Control */
/** @typedef {{word: string, action: "turn" | "automatic" | "reset", parameters: Record<string, string | number>}} Turn */

/** So many steps from one end to the other. */
const STEPS = 10

/** @param {Control[]} controls  @returns {Turn[]} */
export function turns(controls) {
  if (!controls.length) return []
  const has = new Map(controls.map((one) => [one.control, one]))
  // Of the two that make a picture brighter, the one a camera turns by itself is left to it.
  const bright = has.get("brightness") ?? has.get("exposure")
  return [
    ...itself(has.get("focus"), "focus"),
    ...(has.get("focus")?.automatic === null ? steps(has.get("focus"), "focus_nearer", "focus_farther") : []),
    ...steps(bright, "brighter", "darker"),
    ...steps(has.get("light"), "light_up", "light_down"),
    ...steps(has.get("zoom"), "larger", "smaller"),
    ...itself(has.get("white_balance"), "colours"),
    { word: "reset", action: "reset", parameters: {} },
  ]
}

/** @param {Control | undefined} control  @param {string} word  @returns {Turn[]} */
function itself(control, word) {
  return control && control.automatic !== null ? [{ word, action: "automatic", parameters: { control: control.control } }] : []
}

/** One step up and one down, each where there is room. @param {Control | undefined} control  @param {string} up  @param {string} down  @returns {Turn[]} */
function steps(control, up, down) {
  if (!control) return []
  const { value, least, most } = control
  const step = Math.max(control.step, Math.round((most - least) / STEPS / control.step) * control.step)
  const turn = (/** @type {string} */ word, /** @type {number} */ to) => ({ word, action: /** @type {const} */ ("turn"), parameters: { control: control.control, value: to } })
  return [...(value < most ? [turn(up, Math.min(most, value + step))] : []), ...(value > least ? [turn(down, Math.max(least, value - step))] : [])]
}
