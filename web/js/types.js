// The words of the wire as types (docs/protocol.md in JSDoc). Holds no code: import types from here.

/** @typedef {"citizen" | "agent"} Side */
/** @typedef {"microphone" | "camera" | "screen" | "document"} MediaKind */

/**
 * An error answer of the server, or one of ours (`code` "offline", "timeout").
 * @typedef {object} ProblemBody
 * @property {string} type
 * @property {string} title
 * @property {number} status
 * @property {string} code
 * @property {string} detail
 * @property {string} [field]
 */

/**
 * @typedef {object} LinkInfo One connection the server wants open.
 * @property {string} link_id
 * @property {boolean} live false while it rings: made ready, and nothing sent yet
 * @property {Side} peer
 * @property {string} peer_name
 * @property {boolean} offerer
 * @property {boolean} polite
 * @property {string} topology "direct" or "hosted"
 * @property {number} groups groups of four media to lay: one shows one person
 * @property {(string | null)[] | null} seats who is seen in each group; null while the server does not know
 * @property {RTCIceServer[]} ice_servers
 */

/** @typedef {"citizen" | "agent" | "expert" | "interpreter" | "participant" | "coach" | "listener"} Role */

/**
 * @typedef {object} Participant Somebody in the call, oneself included.
 * @property {string} id
 * @property {string} name
 * @property {string} badge
 * @property {string} title
 * @property {Role} role
 * @property {string} since
 * @property {{audio: boolean, video: boolean}} media
 */

/**
 * @typedef {object} CallInfo
 * @property {string} call_id
 * @property {string} ticket
 * @property {string} queue_id
 * @property {string} item_id
 * @property {"waiting" | "offered" | "talking" | "ended"} state
 * @property {string} entered_at RFC 3339, as all times
 * @property {string | null} accepted_at
 * @property {string | null} ended_at
 * @property {string | null} outcome
 * @property {string[]} priority
 * @property {string[]} needs
 * @property {boolean} elder_mode
 * @property {string} lang
 * @property {number | null} ahead
 * @property {{cause: "earlier" | "priority" | "appointment" | "moved" | "recovered" | "transferred", count: number, words: string[]}[]} before
 * @property {{p50_s: number, p90_s: number} | null} estimate
 * @property {string | null} aside_until
 * @property {boolean} held
 * @property {boolean} recovering
 * @property {string | null} booth_lost_at
 * @property {{id: string, name: string, badge: string, title: string} | null} agent
 * @property {{id: string, name: string, point: string, street: string}} booth
 * @property {Role | null} role the viewer's
 * @property {Participant[]} participants
 * @property {boolean} consulting somebody is being asked into the call
 * @property {"" | "coming" | "on"} private something is discussed without the citizen
 * @property {LinkInfo[]} links
 * @property {Record<Side, boolean>} sharing
 * @property {Record<Side, {audio: boolean, video: boolean}>} media
 * @property {"" | "overflowed" | "transferred" | "recovered"} rerouted why it waits where it did not begin to
 * @property {RecordingInfo | null} recording null for a call that is never recorded
 */

/**
 * @typedef {object} RecordingInfo
 * @property {"asked" | "agreed" | "declined" | "withdrawn"} consent
 * @property {boolean} on a media node confirmed that it records now
 * @property {string} trouble why it does not although it should; "" when all is well
 */

/**
 * @typedef {object} BoothView
 * @property {number} seq
 * @property {string} now
 * @property {{id: string, name: string, point: string, street: string}} booth
 * @property {"idle" | "waiting" | "talking" | "rating"} phase
 * @property {{code: string, at: string, call_id?: string | null, outcome?: string | null, reason?: string | null} | null} notice
 * @property {{id: string, text: string, until: string}[]} messages what supervisors have to say to whoever sits here
 * @property {CallInfo | null} call
 * @property {{call_id: string, ticket: string, answer_by: string}[]} called citizens who are called back to this point
 */

/**
 * @typedef {object} ChatLine
 * @property {string} call_id
 * @property {string} message_id
 * @property {string} from
 * @property {string} text
 * @property {string} at
 */

/**
 * @typedef {object} CaptureInfo
 * @property {string} capture_id
 * @property {string} call_id
 * @property {"requested" | "uploading" | "stored" | "failed" | "withdrawn"} state
 * @property {number} received
 * @property {number} [size]
 * @property {string} [sha256]
 * @property {number} [width]
 * @property {number} [height]
 * @property {string} requested_at
 * @property {string} [stored_at]
 * @property {string} requester
 * @property {string} [paper_id] the paper it is a page of
 * @property {number} page
 * @property {"pages" | "id_card"} kind
 * @property {string} [problem]
 */

/**
 * @typedef {object} Snapshot
 * @property {any} view BoothView or the staff's
 * @property {ChatLine[]} chat
 * @property {CaptureInfo[]} captures
 * @property {string} notes
 * @property {any[]} leases the leases of the booth's devices that stand
 * @property {any[]} devices the booth's devices
 */

/** @typedef {"connecting" | "good" | "poor" | "lost" | "reconnecting" | "closed"} LinkState */

/**
 * @typedef {object} LinkReport What the statistics of the last second say.
 * @property {LinkState} state
 * @property {number} [rtt_ms]
 * @property {number} [loss] share of packets lost, 0..1, the worse of both directions
 * @property {number} [jitter_ms]
 * @property {number} [fps] of the remote camera as decoded
 * @property {number} [width] of the remote camera as decoded
 * @property {number} [height]
 * @property {number} [kbps_in]
 * @property {number} [kbps_out]
 * @property {boolean} [relayed]
 * @property {number} [first_frame_ms] once: from the link's opening to the first picture shown
 * @property {string} [limited] why the own camera is sent at less: "cpu", "bandwidth"
 */

/** @typedef {{description?: RTCSessionDescriptionInit, candidate?: RTCIceCandidateInit | null}} SignalMessage */

export {}
