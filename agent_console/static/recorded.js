// All that is kept of one call, as its record's page and its replay tell it.

import { ask } from "./http.js"

/** @param {string} call_id  @returns {Promise<any>} the record with `devices`, `papers`, `documents`, `signings` and `materials` */
export async function recorded(call_id) {
  const address = `/api/calls/${encodeURIComponent(call_id)}`
  const [record, devices, papers, kept] = await Promise.all([ask(address), ask(`${address}/devices`), ask(`${address}/papers`), ask(`${address}/documents`)])
  return { ...record, ...kept, devices, papers, materials: await materials(record.call.item.id, papers) }
}

/** The lines of the item's checklist, where something was found that may name one. @param {string} item_id  @param {any} papers  @returns {Promise<any[]>} */
async function materials(item_id, { findings }) {
  if (!findings.length) return []
  const { items } = await ask("/api/items")
  return items.find((/** @type {any} */ item) => item.id === item_id)?.materials ?? []
}
