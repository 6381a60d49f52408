// A party whose page holds the product's own link (web/js/link.js) to the node: a camera and a microphone of the
// browser, the other side on a video that notes when each picture came. Everything is reached through `window.linked`.
"use strict";

(() => {
  const INFO = { link_id: "link", live: true, peer: "agent", peer_name: "", offerer: true, polite: true, topology: "hosted", groups: 1, seats: ["other"], ice_servers: [] };

  class Linked {
    /** When each picture of the other side came, in milliseconds. */
    pictures = [];
    states = [];
    /** How many offers the page has made, to the node or to itself. */
    offers = 0;

    /** Open the link; `carry` takes an offer to the node and brings its answer. */
    async open({ width = 640, height = 360 } = {}) {
      const { Link } = await import("/js/link.js");
      await (await import("/js/unbound.js")).prepareUnbound();
      const own = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width, height, frameRate: 30 } });
      this.link = new Link(INFO, {
        linkSignal: async (link, { description }) => {
          const sdp = await carry(description.sdp);
          link.receive({ description: { type: "answer", sdp } });
        },
        linkTrack: (link, kind, track) => kind === "camera" && this.show(track),
        linkState: (link, state) => this.states.push(state),
        linkReport: () => {},
      });
      this.pc = this.link.pc;
      this.pc.addEventListener("signalingstatechange", () => (this.offers += this.pc.signalingState === "have-local-offer"));
      await this.link.setTrack("microphone", own.getAudioTracks()[0]);
      await this.link.setTrack("camera", own.getVideoTracks()[0]);
      this.link.start();
    }

    show(track) {
      const video = document.createElement("video");
      [video.autoplay, video.muted, video.srcObject] = [true, true, new MediaStream([track])];
      document.body.append(video);
      const note = () => {
        this.pictures.push(performance.now());
        video.requestVideoFrameCallback(note);
      };
      video.requestVideoFrameCallback(note);
    }

    /** The longest time without a new picture since the `from`-th, in milliseconds; the time since the last counts. */
    longestGap(from) {
      const times = [...this.pictures.slice(Math.max(0, from - 1)), performance.now()];
      return Math.max(...times.slice(1).map((at, index) => at - times[index]));
    }

    /** What is sent of the camera now: {fps, width, height}. */
    async sent() {
      for (const one of (await this.pc.getStats()).values()) {
        if (one.type === "outbound-rtp" && one.mid === "1") return { fps: one.framesPerSecond ?? 0, width: one.frameWidth ?? 0, height: one.frameHeight ?? 0 };
      }
      return null;
    }
  }

  window.linked = new Linked();
})();
