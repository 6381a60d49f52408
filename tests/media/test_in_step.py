"""Sound and picture of a recording are in step: ours to the millisecond, a real browser's within 40."""

from __future__ import annotations

import asyncio
import io
import statistics
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from media import segment, spool
from media.incoming import Track
from media.recorder import LegClock, Recorder
from media.recording import Recordings
from media.rtcp import SenderReport
from media.segment import Segment, Slate
from media.shelf import Shelf
from tests.browser.waiting import until
from tests.media.browser import party

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.async_api import BrowserContext

    from media.switchboard import Switchboard

MASTER = bytes(range(32))
NTP_S, STARTED_S = 2_208_988_800, 1_000_000.0
ON_S, ON_ITS_WAY_S = 1.0, 0.005
"""When the picture turns white and the tone begins, and how long every packet travels."""


class Disk:
    """Puts a recorder's chunks on a shelf at once, and closes its segments there."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.key, self.closed = shelf, shelf.key("call_1", make=True), list[Segment]()

    def begin(self, slate: Slate) -> None:
        self.shelf.open_slate(slate)

    def chunk(self, slate: Slate, index: int, records: bytes) -> None:
        spool.append(self.shelf.of("call_1") / f"{slate.stem}.open", self.key, index, records)

    def finish(self, slate: Slate) -> None:
        closed = segment.close(self.shelf.of("call_1"), slate, self.key)
        assert closed is not None
        self.closed.append(closed)


def test_what_happened_at_once_is_recorded_at_once(tmp_path: Path) -> None:
    disk, clock = Disk(Shelf(tmp_path, MASTER)), LegClock()
    for kind, codec, rate, packets, length_s, told_s in (
        ("camera", "vp8", 90_000, _pictures(), 0.04, 0.0),
        # libwebrtc reports of sound when its packet left, and so when its last sample was made.
        ("microphone", "opus", 48_000, _sounds(), 0.02, 0.02),
    ):
        track = Track(kind, 5, {96: codec}, 1, lambda packet: None, lambda: None)  # type: ignore[arg-type]
        slate = Slate("call_1", "leg_a", "citizen", kind, codec, 0)
        recorder = Recorder(slate, track, disk, clock, 60.0, STARTED_S)
        recorder.start(0.0)
        for seq, payload in enumerate(packets):
            stamp, left_at = round(seq * length_s * rate), seq * length_s + told_s
            report = SenderReport(5, int((STARTED_S + left_at + NTP_S) * (1 << 32)), stamp, 1, 1)
            track.put(96 | 128, seq, stamp, payload, left_at + ON_ITS_WAY_S, None)
            track.sender_reported(report, left_at + ON_ITS_WAY_S)
        recorder.stop(3.0, 3.0)
    (flash,), (tone,) = _edges(disk.shelf, disk.closed)
    assert tone - flash == pytest.approx(0, abs=0.002)
    assert flash - STARTED_S == pytest.approx(ON_S + ON_ITS_WAY_S, abs=0.002)


def _pictures() -> Iterator[bytes]:
    """RTP payloads of 25 pictures a second."""
    with av.open(io.BytesIO(), "w", format="webm") as container:
        stream: Any = container.add_stream("libvpx", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 180, "yuv420p"
        stream.options = {"deadline": "realtime", "cpu-used": "8"}
        maker: Any = av.VideoFrame
        for count in range(50):
            picture = maker.from_ndarray(np.full((180, 160, 3), 255 * (count >= ON_S * 25), np.uint8), format="rgb24")
            picture.pts = count
            yield from (b"\x10" + bytes(one) for one in stream.encode(picture))


def _sounds() -> Iterator[bytes]:
    """RTP payloads of 50 pieces of sound a second; the codec is 312 samples behind what it is given."""
    times = np.arange(2 * 48_000) / 48_000
    tone = np.where(times >= ON_S, np.sin(times * 2 * np.pi * 880) * 16_000, 0).astype(np.int16)
    with av.open(io.BytesIO(), "w", format="webm") as container:
        stream: Any = container.add_stream("libopus", rate=48_000, layout="mono")
        maker: Any = av.AudioFrame
        for first in range(0, len(tone), 960):
            sound = maker.from_ndarray(tone[None, first : first + 960], format="s16", layout="mono")
            sound.sample_rate, sound.pts = 48_000, first
            yield from (bytes(one) for one in stream.encode(sound))


_FLASH = """
// Every 0.41 s the picture is white and a tone sounds, for half of that, by one clock. A picture is handed over when it
// is drawn: a captured canvas waits for its next turn, up to 33 ms, and always as long, as the marks keep its time.
() => {
  const canvas = new OffscreenCanvas(320, 180);
  const pen = canvas.getContext("2d");
  const sound = new AudioContext();
  const [tone, loudness] = [new OscillatorNode(sound, { frequency: 880 }), new GainNode(sound, { gain: 0 })];
  const out = sound.createMediaStreamDestination();
  const pictures = new MediaStreamTrackGenerator({ kind: "video" });
  const writer = pictures.writable.getWriter();
  tone.connect(loudness).connect(out);
  tone.start();
  let [was, next] = [false, 0];
  setInterval(() => {
    const on = sound.currentTime % 0.41 < 0.205;
    loudness.gain.value = on ? 0.5 : 0;
    if (on === was && performance.now() < next) return;
    [was, next] = [on, performance.now() + 33];
    pen.fillStyle = on ? "#ffffff" : "#000000";
    pen.fillRect(0, 0, 320, 180);
    writer.write(new VideoFrame(canvas, { timestamp: performance.now() * 1000 }));
  }, 10);
  const senders = leg.pc.getTransceivers().map((one) => one.sender);
  return Promise.all([
    senders[0].replaceTrack(out.stream.getAudioTracks()[0]),
    senders[1].replaceTrack(pictures),
  ]).then(() => true);
}
"""


@pytest.mark.browser
@pytest.mark.live
@pytest.mark.asyncio(loop_scope="session")
async def test_a_recorded_browser_plays_with_sound_and_picture_in_step(
    board: Switchboard, tabs: BrowserContext, tmp_path: Path
) -> None:
    closed: list[Segment] = []
    with ThreadPoolExecutor(1) as worker:
        recordings = Recordings(Shelf(tmp_path, MASTER), worker, closed.append, lambda *one: None, segment_s=60)
        citizen = await party(tabs, board, "call_1", "leg_a", "citizen")
        await citizen.offer(0b010110, sending={"kinds": []})
        await citizen.page.evaluate(_FLASH)
        await until(lambda: citizen.leg.connected, "connected", 20)
        await until(lambda: all(citizen.leg.tracks[kind][0].report for kind in ("camera", "microphone")), "reports", 30)
        call = board.calls["call_1"]
        recordings.start(call, (), ("camera", "microphone"), board.now())
        for _ in range(60):
            recordings.confirm(board.now())
            recordings.tick(call, board.now())
            await asyncio.sleep(0.1)
        recordings.confirm(board.now())
        recordings.stop("call_1", board.now())
        await recordings.settle()
        recordings.close()
        flashes, tones = _edges(recordings.shelf, closed)
    assert len(flashes) >= 8
    # A busy page hands over one or another late: the middle of many is what counts.
    offsets = [min((tone - flash for tone in tones), key=abs) for flash in flashes]
    assert abs(statistics.median(offsets)) < 0.04


def _edges(shelf: Shelf, closed: list[Segment]) -> tuple[list[float], list[float]]:
    """When the picture turns white and when the tone begins, in the recording's own time."""
    rising: dict[str, list[float]] = {"camera": [], "microphone": []}
    for one in closed:
        before = True
        data = segment.read(shelf.of(one.recording_id), one, shelf.key(one.recording_id))
        with av.open(io.BytesIO(data), "r") as source:
            for frame in source.decode(source.streams[0]):
                samples: Any = frame
                level = np.abs(samples.to_ndarray().astype(float))
                on = bool(level[:180].mean() > 128 if one.kind == "camera" else level.mean() > 0.02)
                if on and not before:
                    # A frame of sound is 20 ms long: the tone begins somewhere in it.
                    within_s = 0.0 if one.kind == "camera" else int((level[0] > 0.02).argmax()) / samples.sample_rate
                    rising[one.kind].append(one.started_at + samples.time + within_s)
                before = on
    return rising["camera"], rising["microphone"]
