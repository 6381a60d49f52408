// Two links in one page, wired to each other by a line that a test can hold up, cut and count.

globalThis.makePair = async () => {
  const { Link } = await import("/static/web/js/link.js")
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720 }, audio: true })
  const [camera] = stream.getVideoTracks()
  const [microphone] = stream.getAudioTracks()
  const pair = {
    camera,
    microphone,
    links: [],
    states: [[], []],
    tracks: [{}, {}],
    reports: [null, null],
    sent: [],
    dropping: () => false,
    delay_ms: 0,
  }
  const make = (index) =>
    new Link(
      { link_id: "link_test", live: true, peer: index ? "agent" : "citizen", peer_name: "", offerer: index === 0, polite: index === 1, topology: "direct", groups: 1, seats: [index ? "citizen" : "agent"], ice_servers: [] },
      {
        linkSignal: async (_link, message) => {
          const name = message.description?.type ?? "candidate"
          pair.sent.push([index, name])
          if (pair.dropping(index, name)) throw new Error("the line is down")
          if (pair.delay_ms) await new Promise((resolve) => setTimeout(resolve, pair.delay_ms))
          pair.links[1 - index].receive(structuredClone(message))
        },
        linkTrack: (_link, kind, track) => (pair.tracks[index][kind] = track),
        linkState: (_link, state) => pair.states[index].push(state),
        linkReport: (_link, report) => (pair.reports[index] = report),
      },
    )
  pair.links = [make(0), make(1)]
  pair.start = () => {
    for (const link of pair.links) {
      link.setTrack("camera", camera)
      link.setTrack("microphone", microphone)
      link.start()
    }
  }
  pair.stop = () => {
    for (const link of pair.links) link.stop()
    for (const track of stream.getTracks()) track.stop()
  }
  return (globalThis.pair = pair)
}

/** A canvas that changes, as a screen to share; its colour says which one it is. */
globalThis.paint = (colour, width = 640, height = 360) => {
  const canvas = document.createElement("canvas")
  Object.assign(canvas, { width, height })
  const context = canvas.getContext("2d")
  let beat = 0
  const timer = setInterval(() => {
    context.fillStyle = colour
    context.fillRect(0, 0, width, height)
    context.fillStyle = beat++ % 2 ? "white" : "black"
    context.fillRect(0, 0, 16, 16)
  }, 50)
  const [track] = canvas.captureStream(20).getVideoTracks()
  const stop = track.stop.bind(track)
  track.stop = () => (clearInterval(timer), stop())
  return track
}

/** What a track shows now: the colour in the middle of its next frame, with its size. */
globalThis.look = async (track) => {
  const video = document.createElement("video")
  video.muted = true
  video.srcObject = new MediaStream([track])
  const frame = new Promise((resolve) => video.requestVideoFrameCallback(resolve))
  video.play().catch(() => {})
  await frame
  const canvas = new OffscreenCanvas(1, 1)
  const context = canvas.getContext("2d")
  context.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1)
  const seen = { colour: [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)], width: video.videoWidth, height: video.videoHeight }
  video.srcObject = null
  return seen
}
