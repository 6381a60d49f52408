// Peer connections whose sockets are bound to no address of the machine, so that none of them dies with one.
//
// Once a page may use the camera, Chromium binds a socket to every address there is, and looks for others two seconds
// after one has come or gone (net/base/network_change_notifier.h: changes close together shall be told once). A page
// without that permission gets one socket, and the system sends from it wherever the way leads now (RFC 8828 §5.2, mode
// 2). The permission is looked up for the frame a connection is made in: so it is made in an empty frame that has none,
// and the page's own tracks are sent over it all the same.
//
// Only for a node, which learns from the packets where we are: another page would be told a name under .local instead
// of an address. To make such names Chromium needs mDNS; on a machine where that does not work it would wait for them
// for ever, so the frame is used only after a trial.

/** Names are made within a few milliseconds, or never. */
const TRIAL_MS = 5000

/** @type {Promise<void> | undefined} */
let trial
/** Where connections can be made that are bound to nothing; until the trial has shown that they can, the page itself. */
let place = globalThis.window

/** Try whether it can be done; best long before the first call. */
export function prepareUnbound() {
  trial ??= new Promise((resolve) => {
    const frame = document.createElement("iframe")
    frame.allow = "camera 'none'; microphone 'none'"
    frame.hidden = true
    document.body.append(frame)
    const within = /** @type {typeof window} */ (frame.contentWindow)
    const pc = new within.RTCPeerConnection()
    const end = () => (pc.close(), resolve())
    pc.onicecandidate = ({ candidate }) => {
      if (candidate) place = within
      end()
    }
    setTimeout(end, TRIAL_MS)
    // Something to gather addresses for.
    pc.createDataChannel("")
    pc.setLocalDescription().catch(end)
  })
  return trial
}

/** Bound to nothing where that has been shown to work. @param {RTCConfiguration} configuration */
export const unboundConnection = (configuration) => new place.RTCPeerConnection(configuration)

/** Is it one of the browser's own errors? A frame has a DOMException of its own. @param {unknown} error */
export const isDomException = (error) => Object.prototype.toString.call(error) === "[object DOMException]"
