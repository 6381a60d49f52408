// What the booth's screens are given. Holds no code.

/** @typedef {import("/static/web/js/types.js").BoothView} BoothView */
/** @typedef {import("/static/web/js/types.js").ChatLine} ChatLine */
/** @typedef {import("./captures.js").Paper} Paper */
/** @typedef {import("./items.js").Item} Item */

/**
 * Where the citizen is before there is a call; afterwards the view's phase decides.
 * @typedef {"attract" | "choose" | "papers" | "wishes" | "thanks" | "progress" | "code" | "times" | "booked"} Step
 */

/**
 * @typedef {object} Visit All that is known of the citizen in front of the booth; `newVisit()` forgets it.
 * @property {Step} step
 * @property {Item | null} item
 * @property {string | null} category
 * @property {string[]} priority
 * @property {string[]} needs
 * @property {boolean} elder larger letters, fewer choices
 * @property {string} error a sentence about what just failed, "" for none
 * @property {boolean} entering the ticket is being drawn
 * @property {boolean} later the citizen will come another time: what they wish for is asked before the time
 * @property {string | null} rebooks the waiting call that comes another time instead
 * @property {{code: string, qr: string[], starts_at: string, item: Item} | null} booked the appointment just made
 * @property {{paper_id: string, imprint: Float32Array} | null} page the page taken last, to know it again
 * @property {string} talkedIn the call in which a helper was seen already
 * @property {string} receipt the number of the receipt that was held before a camera, "" for none
 * @property {{number: string, last_four: string} | null} bring the receipt this visit brings papers for
 * @property {{level: number, reasons: Set<string>, called: boolean, digits: string} | null} low a low rating about to be given; `called`: the phone to be called at is asked for
 */

/**
 * @typedef {object} BoothState What a screen shows.
 * @property {BoothView | null} view
 * @property {Visit} visit
 * @property {import("./items.js").Items} items
 * @property {ChatLine[]} chat
 * @property {Paper[]} papers
 * @property {import("/static/web/js/types.js").CaptureInfo | null} guiding the still that is asked for now
 * @property {import("./lending.js").Lending} lending
 * @property {import("./bridge.js").Bridge} bridge
 * @property {string} pad what the simulated signature pad shows
 * @property {boolean} online
 * @property {string} link
 * @property {Partial<Record<string, string>>} health
 * @property {import("/static/web/js/call.js").Call} call
 * @property {import("/static/web/js/board.js").Board} board
 * @property {import("/static/web/js/form.js").Form} form
 * @property {import("/static/web/js/devices.js").Devices} devices
 * @property {number} skew_s the server's clock minus ours
 * @property {string} problem why the booth is not let in
 * @property {import("./receipts.js").Given | null} receipt what the helper gave at the end of the call
 * @property {import("./earlier.js").Earlier} earlier whether the helper may see earlier visits
 * @property {"ready" | "busy" | "done" | "failed" | null} printer what the receipt's printer does; null: there is none
 */

/**
 * @typedef {object} Screen
 * @property {HTMLElement} element
 * @property {(state: BoothState) => void} [update]
 * @property {() => void} [leave]
 * @property {{remote?: (kind: string, stream: MediaStream | null) => void, track?: (role: string, track: MediaStreamTrack | null) => void,
 *   others?: () => void, sharing?: (sharing: boolean) => void, pointer?: (pointer: {surface: string, x: number, y: number}) => void,
 *   pointed?: (pointed: import("/static/web/js/board.js").Pointed) => void}} [media]
 * @property {number} [idle_s] without a touch for so long, the citizen is asked whether they are still there
 * @property {string} [speak] said aloud when the screen appears
 */

/**
 * @typedef {object} BoothActions What a screen may ask for.
 * @property {(change: Partial<Visit>) => void} go
 * @property {() => void} home forget everything and show the attract screen
 * @property {() => Promise<void>} enter draw a ticket
 * @property {(for_s: number) => Promise<void>} letOthersFirst keep the place and be called later; one second: now
 * @property {(code: string) => Promise<void>} showCode take a place over by its code
 * @property {() => Promise<{code: string, qr: string[]} | null>} ticketCode
 * @property {() => Promise<void>} callBack leave and keep the place
 * @property {(call_id: string) => Promise<void>} answerCallBack
 * @property {() => Promise<{starts_at: string, left: number}[]>} times when one can come for the chosen item
 * @property {(starts_at: string) => Promise<void>} book
 * @property {(code: string) => Promise<void>} unbook
 * @property {() => Promise<void>} leave give up waiting, or hang up
 * @property {(level: number, reasons?: string[], phone?: string) => Promise<void>} rate
 * @property {() => void} receiptRead the citizen has the number
 * @property {() => Promise<void>} printReceipt
 * @property {() => Promise<void>} dismiss
 * @property {(agreed: boolean) => Promise<void>} record may the call be recorded; a no stops it at once
 * @property {(text: string, message_id: string) => Promise<unknown>} say
 * @property {(signing_id: string) => void} declineSigning the citizen does not sign
 * @property {(capture_id: string) => void} look put a still on both screens
 * @property {(capture_id: string) => Promise<void>} withdraw
 * @property {() => void} takeStill take the still that is asked for now
 * @property {(reason?: string) => void} declineStill
 * @property {() => Promise<void>} nextCamera another document camera, for this call
 * @property {() => Promise<void>} allowLease let the helper work the devices they asked for
 * @property {() => Promise<void>} refuseLease
 * @property {() => void} takeBackLease at once
 * @property {(what: import("./printing.js").Printed) => Promise<string>} print print a stored document; a code of docs/bridge.md
 * @property {() => void} retry connect again, look at the devices again
 * @property {() => void} setup show the operator's device screen
 * @property {() => void} setupDone
 * @property {(credential: string) => Promise<void>} enrol
 */

export {}
