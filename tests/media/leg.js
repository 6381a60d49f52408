// One party's page for the tests of the media node: sends the moving pattern (tests/browser/pattern.py) as drawn on a
// canvas, a tone for a voice, and shows what it is sent. Everything is reached through `window.leg`.
"use strict";

(() => {
  const KINDS = ["microphone", "camera", "screen", "document"];
  const check = (frame) => ((frame & 15) * 7 + ((frame >> 4) & 15) * 3 + (frame >> 8) * 5 + 9) & 15;

  const drawing = (mark, width, height, fps) => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext("2d");
    const side = width / 16;
    let frame = 0;
    const draw = () => {
      frame = (frame + 1) % 1024;
      pen.fillStyle = "#808080";
      pen.fillRect(0, 0, width, height);
      const number = (frame << 4) | check(frame);
      const who = (mark << 6) | (~mark & 63);
      const cell = (row, column, bit) => {
        pen.fillStyle = bit ? "#f5f5f5" : "#0a0a0a";
        pen.fillRect(column * side, row * side, side, side);
      };
      for (let at = 0; at < 14; at += 1) cell(1, 1 + at, (number >> (13 - at)) & 1);
      for (let at = 0; at < 12; at += 1) cell(2, 2 + at, (who >> (11 - at)) & 1);
      for (let at = 0; at < 48; at += 1) {
        pen.fillStyle = `hsl(${(frame * 7 + at * 40) % 360} 70% 50%)`;
        pen.fillRect((at * 97 + frame * 9) % width, side * 4 + ((at * 53) % (height - side * 5)), side, side / 2);
      }
    };
    draw();
    setInterval(draw, 1000 / fps);
    return canvas.captureStream(fps).getVideoTracks()[0];
  };

  const tone = (hz) => {
    const sound = new AudioContext();
    const source = new OscillatorNode(sound, { frequency: hz });
    const out = sound.createMediaStreamDestination();
    source.connect(out);
    source.start();
    return out.stream.getAudioTracks()[0];
  };

  class Leg {
    constructor() {
      this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
      this.videos = [];
      this.states = [];
      this.pc.onconnectionstatechange = () => this.states.push(this.pc.connectionState);
      this.pc.ontrack = ({ transceiver, track }) => this.show(this.pc.getTransceivers().indexOf(transceiver), track);
    }

    show(index, track) {
      const video = document.createElement("video");
      [video.autoplay, video.muted, video.width] = [true, track.kind === "video", 320];
      video.srcObject = new MediaStream([track]);
      document.body.append(video);
      this.videos[index] = video;
    }

    dress({ mark = 0, kinds = [], width = 640, height = 360, fps = 30, hz = 440 }) {
      this.tracks = KINDS.map((kind) => {
        if (!kinds.includes(kind)) return null;
        return kind === "microphone" ? tone(hz) : drawing(mark, width, height, fps);
      });
    }

    /** Offer the four sections, and four more for each further peer; `layers` for a camera in simulcast. */
    async offer(sending, { peers = 1, layers = null, codecs = null } = {}) {
      this.dress(sending);
      for (let index = 0; index < 4 * peers; index += 1) {
        const kind = KINDS[index % 4];
        const encodings = layers && index === 1 ? layers : [{}];
        const direction = index < 4 ? "sendrecv" : "recvonly";
        const media = kind === "microphone" ? "audio" : "video";
        const transceiver = this.pc.addTransceiver(media, { direction, sendEncodings: encodings });
        if (codecs && media === "video") {
          const known = RTCRtpReceiver.getCapabilities("video").codecs;
          transceiver.setCodecPreferences(known.filter((one) => codecs.some((name) => one.mimeType.endsWith(name))));
        }
        if (index < 4 && this.tracks[index]) await transceiver.sender.replaceTrack(this.tracks[index]);
      }
      await this.pc.setLocalDescription();
      return this.pc.localDescription.sdp;
    }

    async answered(sdp) {
      await this.pc.setRemoteDescription({ type: "answer", sdp });
    }

    /** Answer an offer of the node. */
    async answer(sdp, sending) {
      this.dress(sending);
      await this.pc.setRemoteDescription({ type: "offer", sdp });
      for (const [index, transceiver] of this.pc.getTransceivers().entries()) {
        transceiver.direction = "sendrecv";
        if (index < 4 && this.tracks[index]) await transceiver.sender.replaceTrack(this.tracks[index]);
      }
      await this.pc.setLocalDescription();
      return this.pc.localDescription.sdp;
    }

    async restart() {
      await this.pc.setLocalDescription(await this.pc.createOffer({ iceRestart: true }));
      return this.pc.localDescription.sdp;
    }

    /** What the section `index` shows now: {frame, sender} or null. */
    read(index) {
      return this.videos[index] ? testPattern.read(this.videos[index]) : null;
    }

    async stats() {
      const found = [];
      (await this.pc.getStats()).forEach((one) => {
        if (/^(inbound-rtp|outbound-rtp|remote-inbound-rtp|candidate-pair|codec|transport)$/.test(one.type)) found.push(one);
      });
      return found;
    }

    close() {
      this.pc.close();
    }
  }

  window.leg = new Leg();
})();
