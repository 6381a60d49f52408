// The floor: the same connection, offer and answer inside one page, with no server between.
// Resolves with the ms from the decision to connect to the first picture shown on the far side.
async (milliseconds) => {
  const own = await navigator.mediaDevices.getUserMedia({
    audio: true,
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  });
  const video = document.createElement("video");
  video.muted = true;
  video.autoplay = true;
  video.style.width = "1280px";
  document.documentElement.append(video);
  const [helper, citizen] = [new RTCPeerConnection(), new RTCPeerConnection()];
  helper.onicecandidate = ({ candidate }) => { if (candidate) citizen.addIceCandidate(candidate); };
  citizen.onicecandidate = ({ candidate }) => { if (candidate) helper.addIceCandidate(candidate); };
  const shown = new Promise((resolve) => {
    citizen.ontrack = ({ track }) => {
      if (track.kind !== "video" || video.srcObject) return;
      video.srcObject = new MediaStream([track]);
      video.requestVideoFrameCallback(() => resolve(performance.now()));
    };
  });
  const tooLate = new Promise((_, reject) => { setTimeout(() => reject(new Error("no picture")), milliseconds); });
  const from = performance.now();
  // As web/js/link.js: microphone, camera, screen, document.
  helper.addTransceiver(own.getAudioTracks()[0], { direction: "sendrecv" });
  helper.addTransceiver(own.getVideoTracks()[0], { direction: "sendrecv" });
  helper.addTransceiver("video", { direction: "sendrecv" });
  helper.addTransceiver("video", { direction: "sendrecv" });
  await helper.setLocalDescription();
  await citizen.setRemoteDescription(helper.localDescription);
  for (const [index, transceiver] of citizen.getTransceivers().entries()) {
    transceiver.direction = "sendrecv";
    if (index < 2) await transceiver.sender.replaceTrack(index ? own.getVideoTracks()[0] : own.getAudioTracks()[0]);
  }
  await citizen.setLocalDescription();
  await helper.setRemoteDescription(citizen.localDescription);
  try {
    return (await Promise.race([shown, tooLate])) - from;
  } finally {
    helper.close();
    citizen.close();
    for (const track of own.getTracks()) track.stop();
    video.remove();
  }
}
