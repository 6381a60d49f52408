// A list on the page that follows a list of values: rows are made once, updated in place and kept, so that focus, a
// playing picture and a scroll position survive every change.

/**
 * @template V
 * @param {Element} parent
 * @param {readonly V[]} values
 * @param {object} how
 * @param {(value: V) => string} how.key
 * @param {(value: V) => HTMLElement} how.make
 * @param {(row: HTMLElement, value: V) => void} how.update
 */
export function follow(parent, values, { key, make, update }) {
  const rows = new Map([...parent.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.key ?? "", row]))
  values.forEach((value, index) => {
    const id = key(value)
    let row = /** @type {HTMLElement | undefined} */ (rows.get(id))
    rows.delete(id)
    if (!row) {
      row = make(value)
      row.dataset.key = id
    }
    if (parent.children[index] !== row) parent.insertBefore(row, parent.children[index] ?? null)
    update(row, value)
  })
  for (const row of rows.values()) row.remove()
}

/** Set an attribute only when it changes. @param {Element} element  @param {string} name  @param {string | null} value */
export function attribute(element, name, value) {
  if (element.getAttribute(name) === value) return
  if (value === null) element.removeAttribute(name)
  else element.setAttribute(name, value)
}

/** Show or hide only when it changes. @param {HTMLElement} element  @param {boolean} is */
export function show(element, is) {
  if (element.hidden === is) element.hidden = !is
}
