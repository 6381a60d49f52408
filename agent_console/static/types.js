// The staff's part of the wire and of the HTTP interface as types (docs/protocol.md). Holds no code: import types from here.

/** @typedef {import("/static/web/js/types.js").CallInfo} CallInfo */
/** @typedef {import("/static/web/js/types.js").CaptureInfo} CaptureInfo */
/** @typedef {import("/static/web/js/types.js").ChatLine} ChatLine */

/** @typedef {"offline" | "not_ready" | "ready" | "offered" | "talking" | "wrap_up"} AgentState */

/**
 * @typedef {object} Offer
 * @property {string} offer_id
 * @property {import("/static/web/js/types.js").LinkInfo[]} links
 * @property {string} call_id
 * @property {string} role why I am asked: "agent" to lead the call, "expert" or "interpreter" to help in it
 * @property {{id: string, name: string, badge: string, title: string} | null} asked_by
 * @property {string} ticket
 * @property {string} item_id
 * @property {string} booth
 * @property {string} point
 * @property {string[]} priority
 * @property {string[]} needs
 * @property {boolean} elder_mode
 * @property {string} lang
 * @property {number} waited_s
 * @property {string} entered_at
 * @property {string} offered_at
 * @property {string} expires_at
 */

/**
 * @typedef {object} WrapUp
 * @property {string} call_id
 * @property {string} ticket
 * @property {string} item_id
 * @property {string | null} outcome
 * @property {string} started_at
 * @property {string | null} ends_at
 */

/**
 * @typedef {object} QueueLine
 * @property {string} id
 * @property {string} name
 * @property {number} waiting
 * @property {number} longest_wait_s at the view's time
 * @property {number} ready_agents
 */

/** @typedef {{id: string, name: string, title: string, skills: {id: string, name: string, name_en: string}[]}} Colleague */

/**
 * @typedef {object} StaffView
 * @property {number} seq
 * @property {string} now
 * @property {{id: string, name: string, badge: string, role: "agent" | "supervisor", state: AgentState, reason: string, since: string | null, lost: boolean}} agent
 * @property {Offer | null} offer
 * @property {CallInfo | null} call
 * @property {WrapUp | null} wrap_up
 * @property {QueueLine[]} queues
 * @property {Colleague[]} colleagues who can be asked into the call
 * @property {{code: string, at: string, call_id?: string | null, outcome?: string | null, reason?: string | null} | null} notice
 */

/**
 * @typedef {object} StoredDocument
 * @property {string} document_id
 * @property {string} call_id
 * @property {string} name
 * @property {"upload" | "form" | "signed" | "receipt"} kind
 * @property {string} media_type
 * @property {[number, number][]} page_sizes
 * @property {number} size
 * @property {string} sha256
 * @property {string} made_at
 * @property {boolean} [removed]
 */

/**
 * @typedef {object} Material
 * @property {string} id
 * @property {string} name
 * @property {string} [name_en]
 * @property {string} [note]
 * @property {string} [note_en]
 * @property {boolean} required
 * @property {boolean} original
 * @property {number} copies
 */

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {string} name
 * @property {string} [name_en]
 * @property {string} [summary]
 * @property {string} [summary_en]
 * @property {number} minutes
 * @property {{id: string, name: string, name_en: string}} queue
 * @property {boolean} open a ticket for it can be taken now
 * @property {string} [next_steps]
 * @property {string} [next_steps_en]
 * @property {Material[]} materials
 */

/**
 * How somebody in the call is connected, by the last second; null for what is not known.
 * @typedef {object} LegState
 * @property {string} person_id
 * @property {string} role
 * @property {"good" | "poor" | "lost"} level
 * @property {number | null} rtt_ms
 * @property {number | null} loss_up
 * @property {number | null} loss_down
 * @property {number | null} jitter_ms
 * @property {number | null} kbps_up
 * @property {number | null} kbps_down
 * @property {number | null} fps
 * @property {number | null} freezes
 * @property {number | null} sees_fps
 * @property {string | null} limited
 */

export {}
