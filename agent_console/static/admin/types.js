// Shapes of the administration: what the server gives, and how a table's fields are told (fields.json).

/** @typedef {Record<string, any>} Entry */
/** @typedef {Record<string, Record<string, any>>} Files by file, then by table */
/**
 * @typedef {object} FieldSpec
 * @property {string} key
 * @property {"id" | "text" | "long" | "number" | "flag" | "date" | "one" | "ref" | "refs" | "set" | "words" | "levels" | "things" | "policy"} kind
 * @property {boolean} [needed]
 * @property {string} [to] the table a reference names
 * @property {string[]} [options]
 * @property {FieldSpec[]} [fields] of things and of a policy
 * @property {any} [usual] what holds where nothing is written
 */
/** @typedef {{file: string, title: string, fields: FieldSpec[]}} TableSpec */
/** @typedef {Record<string, TableSpec>} Specs */
/** @typedef {{id: string, enrolled: boolean, online: boolean, in_call: boolean}} BoothLine */
/** @typedef {{id: string, password: "none" | "demo" | "set", sessions: number, online: boolean}} AgentLine */
/** @typedef {{table: string, id: string, path: string, message: string}} Fault */

export {}
