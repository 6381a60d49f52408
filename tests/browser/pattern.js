// The reader of the moving test pattern (pattern.py) inside a page, put there before the page's own scripts.
// It looks at pixels of <video> elements and at the sound of their streams, and reports numbers to the test.
"use strict";

(() => {
  if (window.parent !== window) return window.parent.testPattern.watch(window);
  const COLUMNS = 16;
  const ROWS = 9;
  const CELL = 10;
  const LOOKS = 60;
  const canvas = new OffscreenCanvas(COLUMNS * CELL, ROWS * CELL);
  const context = canvas.getContext("2d", { willReadFrequently: true });

  const check = (frame) => ((frame & 15) * 7 + ((frame >> 4) & 15) * 3 + (frame >> 8) * 5 + 9) & 15;

  /** Reads {frame, sender} from a video's present picture, or null. */
  const read = (video) => {
    if (!video || video.readyState < 2 || !video.videoWidth) return null;
    const mark = readPicture(video);
    return mark && { ...mark, width: video.videoWidth, height: video.videoHeight };
  };

  /** The same of a canvas that is shown. */
  const readPicture = (picture) => {
    if (!picture || picture.hidden) return null;
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const bits = (row, first, count) => {
      let value = 0;
      for (let column = first; column < first + count; column += 1) {
        let sum = 0;
        for (let y = 3; y < 7; y += 1) {
          for (let x = 3; x < 7; x += 1) {
            const at = ((row * CELL + y) * canvas.width + column * CELL + x) * 4;
            sum += (data[at] + data[at + 1] + data[at + 2]) / 3;
          }
        }
        value = (value << 1) | (sum / 16 > 128 ? 1 : 0);
      }
      return value;
    };
    const number = bits(1, 1, 14);
    const who = bits(2, 2, 12);
    const frame = number >> 4;
    const sender = who >> 6;
    if ((number & 15) !== check(frame) || (who & 63) !== (~sender & 63)) return null;
    return { frame, sender };
  };

  /** Keeps what each new picture of the video says, until it is stopped: [[ms, frame, sender], …]. */
  const film = (video) => {
    const seen = [];
    const stream = video.srcObject;
    const same = () => video.isConnected && video.srcObject === stream && stream.active;
    let running = true;
    const next = (now) => {
      if (!running) return;
      const mark = read(video);
      seen.push([now, mark ? mark.frame : -1, mark ? mark.sender : -1]);
      video.requestVideoFrameCallback(next);
    };
    video.requestVideoFrameCallback(next);
    return { seen, same, stop: () => { running = false; return seen; } };
  };

  /** The video's present picture as a PNG in base64, at its full size. */
  const photograph = async (video) => {
    const full = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    full.getContext("2d").drawImage(video, 0, 0);
    const bytes = new Uint8Array(await (await full.convertToBlob()).arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  };

  /** Listens to an element's stream: loudness (root mean square, 0–1) and the strongest frequency. */
  const listen = async (element, ms = 600) => {
    const sound = new AudioContext();
    await sound.resume();
    const analyser = new AnalyserNode(sound, { fftSize: 8192, smoothingTimeConstant: 0 });
    const source = sound.createMediaStreamSource(element.srcObject);
    source.connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    const spectrum = new Float32Array(analyser.frequencyBinCount);
    let loudest = { rms: 0, hz: 0 };
    const until = performance.now() + ms;
    while (performance.now() < until) {
      await new Promise((done) => { setTimeout(done, 40); });
      analyser.getFloatTimeDomainData(wave);
      const rms = Math.sqrt(wave.reduce((sum, value) => sum + value * value, 0) / wave.length);
      if (rms <= loudest.rms) continue;
      analyser.getFloatFrequencyData(spectrum);
      let top = 0;
      for (let bin = 1; bin < spectrum.length; bin += 1) if (spectrum[bin] > spectrum[top]) top = bin;
      loudest = { rms, hz: (top * sound.sampleRate) / analyser.fftSize };
    }
    source.disconnect();
    await sound.close();
    return loudest;
  };

  /** SHA-256 of every photograph the page's cameras hand out, before the page's own code has it. */
  const photographs = [];
  if (typeof ImageCapture !== "undefined") {
    const take = ImageCapture.prototype.takePhoto;
    ImageCapture.prototype.takePhoto = async function takePhoto(...settings) {
      const photograph_ = await take.apply(this, settings);
      const hash = await crypto.subtle.digest("SHA-256", await photograph_.arrayBuffer());
      photographs.push([...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
      return photograph_;
    };
  }

  /** When each sender's picture was first shown on this page, and each click: ms on the machine's clock. */
  const now = () => performance.timeOrigin + performance.now();
  const firstShown = {};
  const clicks = [];
  document.addEventListener("click", () => { clicks.push(now()); }, { capture: true });
  const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...source,
    set(stream) {
      source.set.call(this, stream);
      if (!stream || !(this instanceof HTMLVideoElement)) return;
      // What films a paper never shows a mark; looked at for ever it would cost the page most of its time.
      let left = LOOKS;
      const shown = () => {
        const at = now();
        const mark = read(this);
        if (mark) firstShown[mark.sender] ??= at;
        else if (this.srcObject === stream && (left -= 1) > 0) this.requestVideoFrameCallback(shown);
      };
      this.requestVideoFrameCallback(shown);
    },
  });

  /** Every connection the page has made, so that what it receives can be looked at, shown or not. */
  const connections = [];
  /** Note those made in the page, or in a frame of it, from now on. */
  const watch = (place) => {
    const Connection = place.RTCPeerConnection;
    place.RTCPeerConnection = class extends Connection {
      constructor(...settings) {
        super(...settings);
        connections.push(this);
      }

      close() {
        const own = new Set(this.getReceivers().map(({ track }) => track));
        const shown = [...document.querySelectorAll("video")].flatMap(({ srcObject }) => srcObject?.getVideoTracks() ?? []);
        if (this.connectionState === "connected") cut += [...shown, ...leaving].filter((track) => own.has(track)).length;
        super.close();
      }
    };
  };
  watch(window);
  /** Pictures that were on the screen when the page closed the connection they came by, or until that very moment. */
  let cut = 0;
  const leaving = new Set();
  const removeTrack = MediaStream.prototype.removeTrack;
  MediaStream.prototype.removeTrack = function (track) {
    removeTrack.call(this, track);
    if (track.kind !== "video") return;
    leaving.add(track);
    queueMicrotask(() => leaving.delete(track));
  };
  const connected = () => connections.filter((one) => one.connectionState === "connected");

  /**
   * How loud a pitch is in the loudest of all the sounds this page receives, in dB; listens for a while. The median: a
   * voice lasts, and what a busy machine's sound crackles is in every pitch for a moment.
   */
  const pitch = async (hz, ms = 1500) => {
    const sound = new AudioContext();
    await sound.resume();
    const receivers = connected().flatMap((one) => one.getReceivers()).filter((one) => one.track.kind === "audio");
    const analysers = receivers.map(({ track }) => {
      const analyser = new AnalyserNode(sound, { fftSize: 8192, smoothingTimeConstant: 0 });
      sound.createMediaStreamSource(new MediaStream([track])).connect(analyser);
      return analyser;
    });
    const spectrum = new Float32Array(4096);
    const bin = Math.round((hz * 8192) / sound.sampleRate);
    const heard = [];
    const until = performance.now() + ms;
    while (performance.now() < until) {
      await new Promise((done) => { setTimeout(done, 50); });
      const each = analysers.map((analyser) => {
        analyser.getFloatFrequencyData(spectrum);
        return Math.max(...spectrum.subarray(bin - 3, bin + 4));
      });
      heard.push(Math.max(-200, ...each));
    }
    await sound.close();
    return heard.sort((one, other) => one - other)[Math.floor(heard.length / 2)];
  };

  /** Notes how loud each of these pitches is in all that this page receives, whatever comes and goes: [[ms, dB, …], …]. */
  const hearing = (pitches) => {
    const sound = new AudioContext();
    const analysers = new Map();
    const spectrum = new Float32Array(4096);
    const seen = [];
    const timer = setInterval(() => {
      for (const { track } of connected().flatMap((one) => one.getReceivers())) {
        if (track.kind !== "audio" || analysers.has(track)) continue;
        const analyser = new AnalyserNode(sound, { fftSize: 8192, smoothingTimeConstant: 0 });
        sound.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        analysers.set(track, analyser);
      }
      const loudest = pitches.map(() => -200);
      for (const analyser of analysers.values()) {
        analyser.getFloatFrequencyData(spectrum);
        pitches.forEach((hz, at) => {
          const bin = Math.round((hz * 8192) / sound.sampleRate);
          loudest[at] = Math.max(loudest[at], ...spectrum.subarray(bin - 3, bin + 4));
        });
      }
      seen.push([now(), ...loudest]);
    }, 50);
    return { seen, stop: () => { clearInterval(timer); sound.close(); return seen; } };
  };

  /** Resolves with the time at which something that the selector finds is first on the screen. */
  const appears = (selector) => new Promise((found) => {
    const look = () => {
      const element = document.querySelector(selector);
      if (element && element.checkVisibility()) found(now());
      else requestAnimationFrame(look);
    };
    look();
  });

  window.testPattern = { read, readPicture, film, photograph, listen, photographs, now, firstShown, clicks, appears, connected, pitch, hearing, watch, cuts: () => cut };
})();
