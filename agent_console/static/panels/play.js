// Give a video its tracks; touched only when they change, because a new stream would blink.

/** @param {HTMLVideoElement} video  @param {MediaStreamTrack[]} tracks */
export function play(video, tracks) {
  const present = video.srcObject instanceof MediaStream ? video.srcObject.getTracks() : []
  if (present.length === tracks.length && tracks.every((track) => present.includes(track))) return
  video.srcObject = tracks.length ? new MediaStream(tracks) : null
  if (tracks.length) video.play().catch(() => {})
}
