"""Recording: packets to segments, gaps and stops, the shelf after a crash, exports; real browsers recorded in step."""

from __future__ import annotations

import contextlib
import functools
import io
import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

from media import export, segment, spool
from media.depacketise import Frame, Pictures, Sound
from media.errors import Failed, Refused, Unknown
from media.incoming import Track
from media.recorder import LegClock, Recorder
from media.recording import Recordings
from media.rtcp import SenderReport
from media.segment import Slate
from media.shelf import Shelf
from media.spool import Clock
from media.vault import make_key, seal, unseal
from media.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from media.switchboard import Switchboard

MASTER = bytes(range(32))
KEY_FRAME, DELTA_FRAME = b"\x10\x00\x00\x9d\x01\x2a\xa0\x00\x60\x00", b"\x11\x00\x00"
SLATE = Slate("call_1", "leg_a", "citizen", "camera", "vp8", 0)
ALWAYS = float("inf")


class Spools:
    """What a recorder hands on."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.frames: list[Frame] = []
        self.clock: Clock | None = None

    def begin(self, slate: Slate) -> None:
        self.steps.append(f"begin {slate.index}")

    def chunk(self, slate: Slate, index: int, records: bytes) -> None:
        contents = spool.Contents()
        spool._unpack(records, contents)
        self.frames += [frame for frame, _ in contents.frames]
        self.clock = contents.clock
        self.steps.append(f"chunk {slate.index}.{index}")

    def finish(self, slate: Slate) -> None:
        self.steps.append(f"finish {slate.index}")


class Rig:
    """A recorder on a track, fed by hand: frame numbers are the payloads."""

    def __init__(self, segment_s: float = 10.0, clock: LegClock | None = None) -> None:
        self.asked: list[bytes] = []
        self.track = Track("camera", 5, {96: "vp8"}, 1, self.asked.append, lambda: None)
        self.spools = Spools()
        self.recorder = Recorder(SLATE, self.track, self.spools, clock or LegClock(), segment_s, 1_000_000.0)
        self.recorder.start(100.0)

    def put(self, seq: int, *, key: bool = False, at: float | None = None) -> None:
        """Packet `seq` is a whole picture, 40 ms after the one before."""
        payload = b"\x10" + (KEY_FRAME if key else DELTA_FRAME) + seq.to_bytes(2, "big")
        when = 100.0 + seq * 0.04 if at is None else at
        self.track.put(96 | 128, seq & 0xFFFF, seq * 3600 & 0xFFFFFFFF, payload, when, None)

    def digest(self, now: float, wanted_until: float = ALWAYS) -> None:
        self.recorder.digest(now, wanted_until)

    def numbers(self) -> list[int]:
        return [int.from_bytes(frame.data[-2:], "big") for frame in self.spools.frames]


def test_tracks_of_one_leg_share_the_least_delay_whichever_is_written_first() -> None:
    clock = LegClock()
    rigs = Rig(clock=clock), Rig(clock=clock)
    # One browser, 5 s behind us; its first report was held up by 80 ms, its second by 10.
    for rig, delay_s in zip(rigs, (0.08, 0.01), strict=True):
        rig.put(1, key=True)
        ntp = int((1_000_095.0 + 2_208_988_800) * (1 << 32))
        rig.track.sender_reported(SenderReport(5, ntp, 3600, 1, 1), 100.0 + delay_s)
    for rig in rigs:
        rig.recorder.digest(102.0, 102.0)
    offsets = [rig.spools.clock.offset_s for rig in rigs if rig.spools.clock is not None]
    assert offsets == [pytest.approx(5.01, abs=1e-3)] * 2


def test_packets_out_of_order_become_frames_in_order() -> None:
    rig = Rig()
    for seq in (0, 1, 3, 2, 4):
        rig.put(seq, key=seq == 0)
    rig.digest(100.2)
    assert rig.numbers() == [0, 1, 2, 3, 4]


def test_a_missing_packet_is_waited_for_a_moment() -> None:
    rig = Rig()
    for seq in (0, 1, 3):
        rig.put(seq, key=seq == 0, at=100.0)
    rig.digest(100.1)
    assert rig.numbers() == [0, 1]
    rig.put(2, at=100.3)
    rig.digest(100.4)
    assert rig.numbers() == [0, 1, 2, 3]


def test_a_gap_stays_a_gap_up_to_the_next_key_frame() -> None:
    rig = Rig()
    for seq in (0, 1, 3, 4, 5, 6):
        rig.put(seq, key=seq in (0, 5), at=100.0)
    rig.digest(101.0)
    assert rig.numbers() == [0, 1, 5, 6]
    assert [frame.after_gap for frame in rig.spools.frames] == [False, False, True, False]


def test_writing_stops_with_the_packet_that_was_the_last() -> None:
    rig = Rig()
    for seq in range(3):
        rig.put(seq, key=seq == 0)
    rig.recorder.stop(100.1, ALWAYS)
    rig.put(3)
    rig.digest(105.0)
    assert rig.numbers() == [0, 1, 2]
    assert rig.spools.steps == ["begin 0", "chunk 0.0", "finish 0"]
    assert rig.track.sinks == ()


def test_what_nobody_is_known_to_want_waits_and_is_thrown_away_at_the_end() -> None:
    rig = Rig()
    for seq in range(10):
        rig.put(seq, key=seq == 0)
    rig.digest(100.5, wanted_until=100.14)
    assert rig.numbers() == [0, 1, 2, 3]
    rig.digest(100.6, wanted_until=100.22)
    assert rig.numbers() == [*range(6)]
    rig.recorder.stop(100.7, 100.22)
    assert rig.numbers() == [*range(6)]
    assert rig.spools.steps[-1] == "finish 0"


def test_a_segment_ends_at_a_key_frame_which_is_asked_for() -> None:
    rig = Rig(segment_s=1.0)
    for seq in range(60):
        rig.put(seq, key=seq in (0, 30))
        rig.digest(100.0 + seq * 0.04)
    assert [step for step in rig.spools.steps if "chunk" not in step] == ["begin 0", "finish 0", "begin 1"]
    assert len(rig.asked) >= 1


def test_no_segment_begins_without_a_key_frame_however_late_it_comes() -> None:
    rig = Rig(segment_s=1.0)
    for seq in range(240):
        rig.put(seq, key=seq in (0, 60, 230))
        rig.digest(100.0 + seq * 0.04)
    assert [step for step in rig.spools.steps if "chunk" not in step] == [
        "begin 0", "finish 0", "begin 1", "finish 1", "begin 2",
    ]  # fmt: skip
    # From the key frame at 60 six seconds are taken; what comes after them waits for the next one.
    assert rig.numbers() == [*range(210), *range(230, 240)]


def test_sequence_numbers_and_timestamps_wrap() -> None:
    rig = Rig()
    first = 0x10000 - 3
    for seq in range(first, first + 6):
        payload = b"\x10" + (KEY_FRAME if seq == first else DELTA_FRAME) + (seq & 0xFFFF).to_bytes(2, "big")
        stamp = (0x100000000 - 2 * 3600 + (seq - first) * 3600) & 0xFFFFFFFF
        rig.track.put(96 | 128, seq & 0xFFFF, stamp, payload, 100.0, None)
    rig.digest(100.2)
    assert rig.numbers() == [0xFFFD, 0xFFFE, 0xFFFF, 0, 1, 2]
    stamps = [frame.timestamp for frame in rig.spools.frames]
    assert [after - before for before, after in itertools.pairwise(stamps)] == [3600] * 5


def test_sound_lost_on_the_way_is_taken_from_red() -> None:
    sound = Sound({63: "red", 111: "opus"})

    def red(old: bytes, new: bytes) -> bytes:
        return bytes((0x80 | 111,)) + (960 << 10 | len(old)).to_bytes(3, "big") + bytes((111,)) + old + new

    frames = sound.feed(False, 63, 960, red(b"a", b"b"), gap=False)
    frames += sound.feed(False, 63, 2880, red(b"c", b"d"), gap=True)
    assert [(frame.timestamp, frame.data) for frame in frames] == [(960, b"b"), (1920, b"c"), (2880, b"d")]


def test_h264_is_put_together_from_all_its_packets() -> None:
    pictures = Pictures({102: "h264"})
    aggregate = b"\x78\x00\x02\x67\x01\x00\x02\x68\x02"
    assert pictures.feed(False, 102, 0, aggregate, gap=False) == []
    assert pictures.feed(False, 102, 0, b"\x7c\x85ab", gap=False) == []
    (frame,) = pictures.feed(True, 102, 0, b"\x7c\x45cd", gap=False)
    assert frame.data == b"\0\0\0\1\x67\x01\0\0\0\1\x68\x02\0\0\0\1\x65abcd"
    assert frame.key
    (delta,) = pictures.feed(True, 102, 3000, b"\x41xyz", gap=False)
    assert (delta.key, delta.data) == (False, b"\0\0\0\1\x41xyz")


@pytest.mark.parametrize(
    ("codec", "payload"),
    [("vp8", b"\x10\x00\x00\x00\x9d\x01\x2a" + bytes(4)), ("vp8", b"\x10\x00"), ("h264", b"\x65picture")],
)
def test_a_key_frame_that_no_file_could_begin_with_is_none(codec: str, payload: bytes) -> None:
    pictures = Pictures({96: codec})
    assert pictures.feed(True, 96, 0, payload, gap=False) == []
    assert pictures.needs_key


def test_silence_that_was_not_sent_is_no_gap(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, MASTER)
    slate = Slate("call_1", "leg_a", "citizen", "microphone", "opus", 0)
    key = shelf.key("call_1", make=True)
    shelf.open_slate(slate)
    records = b"".join(
        spool.pack_frame(Frame(at * 48000, True, b"\xfc\xff\xfe", after_gap=at == 2), 5000.0 + at) for at in range(4)
    )
    spool.append(shelf.of("call_1") / f"{slate.stem}.open", key, 0, records)
    (found,) = shelf.recover()
    assert found.gaps == ((1.0, 2.0),)


def test_a_seal_holds_name_and_content() -> None:
    key = make_key()
    sealed = seal(key, b"content", "name")
    assert unseal(key, sealed, "name") == b"content"
    for wrong in (
        (make_key(), sealed, "name"),
        (key, sealed, "other"),
        (key, sealed[:-1] + b"x", "name"),
        (key, b"", "name"),
    ):
        with pytest.raises(Failed):
            unseal(*wrong)


def _spooled(shelf: Shelf, slate: Slate = SLATE, seconds: int = 2, started_at: float = 5000.0) -> None:
    """A segment left open: real VP8 or Opus, in one chunk a second."""
    key = shelf.key(slate.recording_id, make=True)
    shelf.open_slate(slate)
    path = shelf.of(slate.recording_id) / f"{slate.stem}.open"
    for second in range(seconds):
        records = b"".join(
            spool.pack_frame(frame, started_at + second)
            for frame in _coded(slate.codec)[second * 25 : second * 25 + 25]
        )
        records += spool.pack_clock(Clock(started_at - 7.0, 0, 7.0))
        spool.append(path, key, second, records)


@functools.cache
def _coded(codec: str) -> list[Frame]:
    """Two seconds, of 25 frames each."""
    if codec == "opus":
        return [Frame(count * 960 * 2, True, b"\xfc\xff\xfe") for count in range(50)]
    frames = []
    container_, encoder = ("webm", "libvpx") if codec == "vp8" else ("h264", "libx264")
    with av.open(io.BytesIO(), "w", format=container_) as container:
        stream: Any = container.add_stream(encoder, rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = {"deadline": "realtime", "cpu-used": "8"} if codec == "vp8" else {"tune": "zerolatency"}
        for count in range(50):
            maker: Any = av.VideoFrame
            picture = maker.from_ndarray(np.full((96, 160, 3), count * 4, np.uint8), format="rgb24")
            picture.pts = count
            frames += [Frame(count * 3600, one.is_keyframe, bytes(one)) for one in stream.encode(picture)]
    return [Frame(at * 3600, frame.key, frame.data) for at, frame in enumerate(frames)]


def test_a_crash_loses_at_most_what_was_not_on_disk(tmp_path: Path) -> None:
    _spooled(Shelf(tmp_path, MASTER))
    path = tmp_path / "call_1" / f"{SLATE.stem}.open"
    path.write_bytes(path.read_bytes()[:-3])
    (found,) = Shelf(tmp_path, MASTER).recover()
    assert (found.frames, found.recovered, found.started_at) == (25, True, 5000.0)
    shelf = Shelf(tmp_path, MASTER)
    assert shelf.segments() == [found]
    assert shelf.recover() == []
    data = segment.read(tmp_path / "call_1", found, shelf.key("call_1"))
    with av.open(io.BytesIO(data), "r") as source:
        assert sum(1 for _ in source.decode(video=0)) == 25
    assert b"\x9d\x01\x2a" not in (tmp_path / "call_1" / f"{found.name}.sealed").read_bytes()


@pytest.mark.parametrize("step", range(5))
def test_a_crash_at_any_step_of_closing_leaves_one_whole_segment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    shelf = Shelf(tmp_path, MASTER)
    _spooled(shelf)
    steps = itertools.count()

    def crashing(function: Callable[..., Any]) -> Callable[..., Any]:
        def crash(*arguments: Any, **options: Any) -> Any:
            if next(steps) == step:
                raise KeyboardInterrupt
            return function(*arguments, **options)

        return crash

    with monkeypatch.context() as patch:
        # Two files are written and take their names, then what they were made of goes.
        for name in ("rename", "unlink"):
            patch.setattr(type(tmp_path), name, crashing(getattr(type(tmp_path), name)))
        patch.setattr(os, "fsync", crashing(os.fsync))
        with pytest.raises(KeyboardInterrupt):
            segment.close(tmp_path / "call_1", SLATE, shelf.key("call_1"))
    assert [one.frames for one in Shelf(tmp_path, MASTER).recover()] == [50]
    (found,) = Shelf(tmp_path, MASTER).segments()
    assert found.frames == 50
    kept = {path.name for path in (tmp_path / "call_1").iterdir()}
    assert kept == {"key", f"{found.name}.json", f"{found.name}.sealed"}


def test_another_master_key_opens_nothing_and_destroys_nothing(tmp_path: Path) -> None:
    _spooled(Shelf(tmp_path, MASTER))
    assert Shelf(tmp_path, bytes(32)).recover() == []
    assert len(Shelf(tmp_path, MASTER).recover()) == 1


def test_released_calls_go_the_oldest_first_when_room_is_needed(tmp_path: Path) -> None:
    free = [10]
    shelf = Shelf(tmp_path, MASTER, lambda path: free[0])
    for number in range(4):
        _spooled(shelf, Slate(f"call_{number}", "leg_a", "citizen", "camera", "vp8", 0))
    for number in (2, 1, 0):
        shelf.release(f"call_{number}")
    for number, age in ((2, 300), (1, 200), (0, 100)):
        os.utime(tmp_path / f"call_{number}" / "released", (age, age))
    deleted: list[str] = []
    original = shelf.delete

    def delete(recording_id: str) -> None:
        original(recording_id)
        deleted.append(recording_id)
        free[0] += 10

    shelf.delete = delete  # type: ignore[method-assign]
    assert shelf.make_room(30, {"call_0"}) == ["call_1", "call_2"] == deleted
    assert (tmp_path / "call_3").exists()


@pytest.mark.parametrize("form", ["tracks", "mp4", "side_by_side"])
def test_an_export_holds_the_whole_call(tmp_path: Path, form: str) -> None:
    shelf = Shelf(tmp_path, MASTER)
    for leg, at, picture in (("leg_a", 5000.0, "vp8"), ("leg_b", 5000.5, "h264")):
        for kind, codec in (("camera", picture), ("microphone", "opus")):
            _spooled(shelf, Slate("call_1", leg, "citizen", kind, codec, 0), started_at=at)
    shelf.recover()
    key = shelf.key("call_1")
    made = export.write(tmp_path / "call_1", key, shelf.segments("call_1"), form, {})
    assert shelf.exports("call_1") == [made]
    data = b"".join(export.read(tmp_path / "call_1", key, made.name))
    tail = shelf.read("call_1", made.name, 1000)
    assert tail == (data[1000 : 1000 + len(tail[0])], made.size)
    assert len(data) == made.size
    assert made.duration_s == pytest.approx(2.5, abs=0.1)
    assert (data[4:8] == b"ftyp") is (form != "tracks")
    with av.open(io.BytesIO(data), "r") as source:
        coded = sorted((stream.type, stream.codec_context.name) for stream in source.streams)
    pictures = []
    for at in range(len([one for one in coded if one[0] == "video"])):
        with av.open(io.BytesIO(data), "r") as source:
            pictures.append(list(source.decode(video=at)))
    if form == "side_by_side":
        assert coded == [("audio", "aac"), ("video", "h264")]
        assert (pictures[0][0].width, pictures[0][0].height) == (1280, 360)
        assert len(pictures[0]) == pytest.approx(37, abs=2)
        return
    assert coded == [("audio", "opus")] * 2 + [("video", "h264"), ("video", "vp8" if form == "tracks" else "h264")]
    assert [len(one) for one in pictures] == [50, 50]
    starts = sorted(float(one[0].time or 0) for one in pictures)
    assert starts == pytest.approx([0.0, 0.5], abs=0.05)


def test_legs_of_one_person_are_one_track_and_what_two_nodes_have_twice_is_there_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, MASTER)
    for leg, at in (("leg_a", 5000.0), ("leg_b", 5001.0)):
        for kind, codec in (("camera", "vp8"), ("microphone", "opus")):
            _spooled(shelf, Slate("call_1", leg, "citizen", kind, codec, 0), started_at=at)
    shelf.recover()
    key, people = shelf.key("call_1"), {"leg_a": "booth_1", "leg_b": "booth_1"}
    made = export.write(tmp_path / "call_1", key, shelf.segments("call_1"), "tracks", people)
    assert made.tracks == ("booth_1/camera/vp8", "booth_1/microphone/opus")
    data = b"".join(export.read(tmp_path / "call_1", key, made.name))
    for at in (0, 1):
        with av.open(io.BytesIO(data), "r") as source:
            times = [packet.pts or 0 for packet in source.demux(source.streams[at]) if packet.size]
        assert len(times) == 75
        # Matroska counts whole milliseconds.
        assert {after - before for before, after in itertools.pairwise(times)} <= {39, 40, 41}


def test_an_export_cut_short_is_not_taken_for_whole(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, MASTER)
    _spooled(shelf)
    shelf.recover()
    key = shelf.key("call_1")
    made = export.write(tmp_path / "call_1", key, shelf.segments("call_1"), "tracks", {})
    path = tmp_path / "call_1" / f"{made.name}.sealed"
    whole = path.read_bytes()
    path.write_bytes(whole[: -(4 + 12 + 16)])
    with pytest.raises(Unknown):
        list(export.read(tmp_path / "call_1", key, made.name))


@pytest.mark.asyncio(loop_scope="session")
async def test_a_full_disk_stops_recording_and_nothing_else(board: Switchboard, tmp_path: Path) -> None:
    free = [1 << 30]
    stopped: list[tuple[str, str]] = []

    def told(call_id: str, reason: str) -> None:
        stopped.append((call_id, reason))

    with ThreadPoolExecutor(1) as worker:
        shelf = Shelf(tmp_path, MASTER, lambda path: free[0])
        recordings = Recordings(
            shelf,
            worker,
            lambda one: None,
            lambda call, why: stopped.append((call, why)),
            low_bytes=1000,
            full_bytes=500,
        )
        board.open_leg("call_1", "leg_a", "citizen")
        call = board.calls["call_1"]
        recordings.start(call, (), ("camera",), 0.0)
        free[0] = 400
        recordings.tick(call, 1.0)
        assert stopped == [("call_1", "disk_full")]
        with pytest.raises(Refused):
            recordings.start(call, (), ("camera",), 2.0)
        await recordings.settle()
        recordings.close()
    assert "call_1" in board.calls


@contextlib.asynccontextmanager
async def _recordings(folder: Path, worker: Executor) -> AsyncIterator[tuple[Recordings, list[segment.Segment]]]:
    """Recordings of which one track is still open, and what is told of its end."""
    told: list[segment.Segment] = []
    with worker:
        recordings = Recordings(Shelf(folder, MASTER), worker, told.append, lambda recording_id, reason: None)
        recordings.shelf.key("call_1", make=True)
        recordings.begin(SLATE)
        recordings.chunk(SLATE, 0, b"".join(spool.pack_frame(frame, 5000.0) for frame in _coded("vp8")))
        yield recordings, told
        await recordings.settle()
        recordings.close()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_segment_is_closed_although_the_worker_died_of_what_came_before(tmp_path: Path) -> None:
    worker = Worker(niceness=1)
    async with _recordings(tmp_path, worker) as (recordings, told):
        worker.submit(os.abort)
        recordings.finish(SLATE)
        await recordings.settle()
        assert [one.frames for one in told] == [50]


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_being_closed_is_erased_with_the_rest(tmp_path: Path) -> None:
    async with _recordings(tmp_path, ThreadPoolExecutor(1)) as (recordings, told):
        recordings.finish(SLATE)
        await recordings.release("call_1", at_once=True)
        assert [one.frames for one in told] == [50]
        assert recordings.shelf.counts() == {}


@pytest.mark.asyncio(loop_scope="session")
async def test_a_recording_under_another_name_is_another_one(board: Switchboard, tmp_path: Path) -> None:
    async with _recordings(tmp_path, ThreadPoolExecutor(1)) as (recordings, _):
        board.open_leg("call_1", "leg_a", "citizen")
        for name in ("first", "second"):
            recordings.start(board.calls["call_1"], (), ("camera",), 0.0, name)
        assert recordings.running["call_1"].recording_id == "second"
        assert recordings.stop("call_1", 1.0)
