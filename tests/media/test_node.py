"""A whole node under the control channel: real sockets on both sides, nothing replaced."""

from __future__ import annotations

import asyncio
import base64
import functools
import io
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import av
import pytest
import pytest_asyncio
from PIL import Image

from media import control, recording
from media.config import Settings
from media.node import Node, running
from tests.browser.waiting import until
from tests.media.signaling import TOKEN, Signaling, signaling
from tests.media.synthetic import DELTA, KEY, Caller

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from media.incoming import Track

pytestmark = pytest.mark.asyncio(loop_scope="session")

MASTER = base64.b64encode(bytes(range(32))).decode()


def settings(url: str, folder: Path | None = None, **more: Any) -> Settings:
    """A node on loopback, with free ports; with a folder it can record."""
    said: dict[str, Any] = {
        "node_id": "node_1",
        "bind_host": "127.0.0.1",
        "bind_port": 0,
        "public_addresses": ("127.0.0.1",),
        "control_urls": (url,),
        "control_token": TOKEN,
        "metrics_port": 0,
    }
    said |= more
    if folder is not None:
        said |= {"recordings_dir": folder, "master_key": MASTER}
    return Settings(**said)


@pytest_asyncio.fixture(loop_scope="session")
async def side() -> AsyncIterator[Signaling]:
    async with signaling() as side:
        yield side


@pytest_asyncio.fixture(loop_scope="session")
async def node(side: Signaling) -> AsyncIterator[Node]:
    async with running(settings(side.url)) as node:
        await side.hello()
        yield node


async def test_a_node_says_hello_and_is_told_what_to_have(side: Signaling, node: Node) -> None:
    hello = await side.hello()
    assert (hello.node_id, hello.version, hello.calls, hello.draining) == ("node_1", control.VERSION, {}, False)
    result = await side.ask(control.Welcome, calls={"call_1": ["leg_a"]})
    assert result == {"closed": [], "missing": {"call_1": ["leg_a"]}}


async def test_signaling_opens_a_call_and_hears_how_it_goes(side: Signaling, node: Node) -> None:
    citizen = await side.opened("call_1", "leg_citizen", "citizen")
    agent = await side.opened("call_1", "leg_agent", "agent")
    states = [(one.leg_id, one.state) for one in side.of(control.LegChanged)]
    await until(lambda: ("leg_agent", "connected") in [(o.leg_id, o.state) for o in side.of(control.LegChanged)], "up")
    assert ("leg_citizen", "connecting") in states
    assert side.of(control.SeatsChanged)[-1].seats in (("leg_citizen",), ("leg_agent",))
    citizen.say("camera", KEY)
    await until(lambda: agent.heard(1), "the picture comes")
    rows = await until(
        lambda: [row for one in side.of(control.Statistics) for row in one.legs if row["up"]], "statistics with traffic"
    )
    assert rows[0]["leg_id"] == "leg_citizen"
    assert rows[0]["up"][0]["kind"] == "camera"
    for caller in (citizen, agent):
        await caller.close()
    await until(lambda: side.of(control.CallEnded), "the call ends by itself when both pages close")
    assert node.board.calls == {}


async def test_a_request_that_comes_twice_is_carried_out_once(side: Signaling, node: Node) -> None:
    caller = Caller()
    fields = {"call_id": "call_1", "leg_id": "leg_a", "role": "citizen", "offer": caller.offer()}
    first = await side.ask(control.OpenLeg, **fields)
    assert await side.ask(control.OpenLeg, **fields) == first
    for _ in range(2):
        assert await side.ask(control.CloseLeg, call_id="call_1", leg_id="leg_a") == {}
    caller.sock.close()


async def test_refusals_name_the_reason(side: Signaling, node: Node) -> None:
    async def refused(kind: type[control.Request], **fields: Any) -> tuple[str, str]:
        answer = await side.try_to(kind, **fields)
        assert isinstance(answer, control.Failed)
        return answer.code, answer.detail

    assert await refused(control.TakeOffer, call_id="call_9", leg_id="leg_a", sdp="v=0") == (
        "unknown", "call: call_9 is not here",
    )  # fmt: skip
    code, detail = await refused(control.OpenLeg, call_id="call_1", leg_id="leg_a", role="citizen", offer="v=0")
    assert (code, detail[:4]) == ("malformed", "sdp:")
    assert node.board.calls == {}
    assert (await refused(control.StartRecording, call_id="call_1"))[0] == "refused"
    answer = await side.ask_raw('{"type":"leg.close","request_id":"x1","call_id":7,"leg_id":"a"}', "x1")
    assert answer == control.Failed("x1", "malformed", "call_id: str")
    answer = await side.ask_raw('{"type":"hello","request_id":"x2"}', "x2")
    assert isinstance(answer, control.Failed)


async def test_a_broken_channel_keeps_calls_and_reconciles(side: Signaling, node: Node) -> None:
    citizen = await side.opened("call_1", "leg_citizen", "citizen")
    agent = await side.opened("call_1", "leg_agent", "agent")
    await side.opened("call_2", "leg_other", "citizen")
    assert side.socket is not None
    await side.socket.close()
    hello = await side.hello(2)
    assert hello.calls == {"call_1": ("leg_citizen", "leg_agent"), "call_2": ("leg_other",)}
    citizen.say("camera", KEY)
    await until(lambda: agent.heard(1), "the call went on")
    side.heard.clear()
    result = await side.ask(control.Welcome, calls={"call_1": ["leg_citizen", "leg_agent"]})
    assert result == {"closed": ["leg_other"], "missing": {}}
    seats = {one.leg_id: one.seats for one in side.of(control.SeatsChanged)}
    assert seats["leg_citizen"] == ("leg_agent",)
    assert list(node.board.calls) == ["call_1"]


async def test_a_wrong_token_is_not_let_in(side: Signaling) -> None:
    async with running(settings(side.url, control_token="wrong")):
        await until(lambda: side.refused > 1, "it tries, and tries again")
    assert side.heard == []


async def test_a_draining_node_keeps_its_calls_and_takes_no_new_ones(side: Signaling, node: Node) -> None:
    await side.opened("call_1", "leg_citizen", "citizen")
    await side.ask(control.Drain)
    answer = await side.try_to(control.OpenLeg, call_id="call_2", leg_id="leg_x", role="citizen")
    assert isinstance(answer, control.Failed)
    assert answer.code == "refused"
    assert "offer" in await side.ask(control.OpenLeg, call_id="call_1", leg_id="leg_x", role="agent")
    assert side.of(control.Drained) == []
    await side.ask(control.CloseCall, call_id="call_1")
    await until(lambda: side.of(control.Drained), "drained")
    async with asyncio.timeout(5):
        await node.ended.wait()


async def test_roles_and_walls_are_set_from_outside(side: Signaling, node: Node) -> None:
    await side.opened("call_1", "leg_citizen", "citizen")
    await side.opened("call_1", "leg_agent", "agent")
    await side.ask(control.SetMatrix, call_id="call_1", apart=[["leg_citizen", "leg_agent"]])
    assert node.board.calls["call_1"].seats == {"leg_citizen": [None], "leg_agent": [None]}
    await side.ask(control.SetMatrix, call_id="call_1", roles={"leg_agent": "listener"})
    assert node.board.calls["call_1"].seats == {"leg_citizen": [None], "leg_agent": ["leg_citizen"]}


async def test_a_request_that_is_refused_changes_nothing(side: Signaling, node: Node) -> None:
    await side.opened("call_1", "leg_citizen", "citizen")
    await side.opened("call_1", "leg_agent", "agent")
    call = node.board.calls["call_1"]
    for roles, apart in (({"leg_agent": "listener", "leg_gone": "agent"}, []), ({"leg_gone": "agent"}, [["a", "b"]])):
        answer = await side.try_to(control.SetMatrix, call_id="call_1", roles=roles, apart=apart)
        assert isinstance(answer, control.Failed)
        assert answer.code == "unknown"
    assert {leg_id: leg.role for leg_id, leg in call.legs.items()} == {"leg_citizen": "citizen", "leg_agent": "agent"}
    assert call.apart == ()


async def test_prometheus_reads_the_node(side: Signaling) -> None:
    async with running(settings(side.url)) as node, aiohttp.ClientSession() as session:
        await side.hello()
        citizen = await side.opened("call_1", "leg_citizen", "citizen")
        citizen.say("camera", KEY)
        await until(lambda: any(leg["up"] for one in side.of(control.Statistics) for leg in one.legs), "it is measured")
        async with session.get(f"http://127.0.0.1:{node.metrics_port}/metrics") as answer:
            text = await answer.text()
        assert "virtual_window_media_calls 1.0" in text
        assert 'virtual_window_media_packets_total{direction="in"}' in text
        assert "virtual_window_media_lost_total" in text
        seen = re.search(r"^virtual_window_media_frames_total (\S+)", text, re.MULTILINE)
        assert seen
        assert float(seen[1]) > 0
        assert re.search(r"^virtual_window_media_jitter_seconds_count [1-9]", text, re.MULTILINE)


@pytest.fixture(scope="module")
def coded() -> list[tuple[bytes, bool]]:
    """Two seconds of real VP8 at 25 frames, a key frame every second, small enough for one packet each."""
    out: list[tuple[bytes, bool]] = []
    with av.open(io.BytesIO(), "w", format="webm") as container:
        stream: Any = container.add_stream("libvpx", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = {"deadline": "realtime", "g": "25", "keyint_min": "25"}
        for count in range(50):
            picture: Any = av.VideoFrame
            frame = picture.from_image(Image.new("RGB", (160, 96), (count * 5, 80, 255 - count * 5)))
            frame.pts = count
            out += [(bytes(packet), packet.is_keyframe) for packet in stream.encode(frame)]
        out += [(bytes(packet), packet.is_keyframe) for packet in stream.encode(None)]
    assert max(len(data) for data, _ in out) < 1100
    return out


async def test_a_call_is_recorded_as_it_was_sent(
    side: Signaling, tmp_path: Path, coded: list[tuple[bytes, bool]]
) -> None:
    async with running(settings(side.url, tmp_path, segment_s=1)) as node:
        await side.hello()
        citizen = await side.opened("call_1", "leg_citizen", "citizen")
        leg = node.board.calls["call_1"].legs["leg_citizen"]
        citizen.say("camera", DELTA)
        await until(lambda: leg.tracks["camera"][0].top >= 0, "the track is known")
        await side.ask(control.StartRecording, call_id="call_1")
        for count, (data, _) in enumerate(coded):
            citizen.say("camera", b"\x10" + data, timestamp=1000 + 3600 * count)
        await until(lambda: leg.tracks["camera"][0].packets == 51, "all has arrived")
        assert await side.ask(control.StopRecording, call_id="call_1") == {"stopped": True}
        citizen.say("camera", b"\x10" + coded[0][0], timestamp=1000 + 3600 * 60)
        closed = await until(lambda: side.of(control.SegmentClosed)[1:], "two segments are whole", 20)
        segments = [one.segment for one in side.of(control.SegmentClosed)]
        assert [one["frames"] for one in segments] == [25, 25]
        assert closed[0].segment["started_at"] - segments[0]["started_at"] == pytest.approx(1.0, abs=0.01)
        files = sorted(path.name for path in (tmp_path / "call_1").iterdir())
        assert not [name for name in files if name.endswith((".open", ".slate", ".part"))]
        assert await side.ask(control.ListRecordings) == {"recordings": {"call_1": 2}}
        listed = (await side.ask(control.ListRecordings, recording_id="call_1"))["segments"]
        assert [one["sha256"] for one in listed] == [one["sha256"] for one in segments]
        got = await side.ask(control.ReadSegment, recording_id="call_1", name=segments[0]["name"])
        with av.open(io.BytesIO(base64.b64decode(got["data"])), "r") as source:
            packets = [(bytes(packet), packet.pts) for packet in source.demux() if packet.size]
        assert [data for data, _ in packets] == [data for data, _ in coded[:25]]
        assert [at for _, at in packets] == [40 * count for count in range(25)]


@pytest.mark.parametrize(("asked_again", "frames"), [(True, 50), (False, 25)])
async def test_what_arrives_while_signaling_is_away_is_kept_only_if_it_asks_for_it_again(
    side: Signaling, tmp_path: Path, coded: list[tuple[bytes, bool]], asked_again: bool, frames: int
) -> None:
    async with running(settings(side.url, tmp_path)) as node:
        await side.hello()
        citizen = await side.opened("call_1", "leg_citizen", "citizen")
        track = node.board.calls["call_1"].legs["leg_citizen"].tracks["camera"][0]
        citizen.say("camera", DELTA)
        await until(functools.partial(_has, track, 1), "the track is known")
        await side.ask(control.StartRecording, call_id="call_1")
        for begin in (0, 25):
            if begin:
                await side.ask(control.ListRecordings)
                side.away = True
                assert side.socket is not None
                await side.socket.close()
                await until(lambda: not node.uplink.connected.is_set(), "signaling is gone")
            for count in range(begin, begin + 25):
                citizen.say("camera", b"\x10" + coded[count][0], timestamp=1000 + 3600 * count)
            await until(functools.partial(_has, track, begin + 26), "they have arrived")
        side.away = False
        await side.hello(2)
        if asked_again:
            await side.ask(control.StartRecording, call_id="call_1")
        assert await side.ask(control.StopRecording, call_id="call_1") == {"stopped": True}
        await until(lambda: side.of(control.SegmentClosed), "the segment is whole", 20)
        assert sum(one.segment["frames"] for one in side.of(control.SegmentClosed)) == frames


async def test_a_recording_nobody_asks_for_again_ends(
    side: Signaling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "LAPSE_S", 0.5)
    async with running(settings(side.url, tmp_path)) as node:
        await side.hello()
        await side.opened("call_1", "leg_citizen", "citizen")
        await side.ask(control.StartRecording, call_id="call_1")
        side.away = True
        assert side.socket is not None
        await side.socket.close()
        recordings = node.desk.recordings
        assert recordings is not None
        await until(lambda: recordings.running == {}, "it has ended")
        assert "call_1" in node.board.calls


def _has(track: Track, packets: int) -> bool:
    return track.packets >= packets


async def test_a_still_is_the_next_key_frame_decoded(
    side: Signaling, node: Node, coded: list[tuple[bytes, bool]]
) -> None:
    citizen = await side.opened("call_1", "leg_citizen", "citizen")
    citizen.say("camera", DELTA)
    asked = asyncio.create_task(side.ask(control.TakeStill, call_id="call_1", leg_id="leg_citizen", kind="camera"))
    leg = node.board.calls["call_1"].legs["leg_citizen"]
    await until(lambda: leg.tracks["camera"][0].sinks, "the node waits for one")
    citizen.say("camera", b"\x10" + coded[0][0])
    png = base64.b64decode((await asked)["png"])
    picture = Image.open(io.BytesIO(png))
    assert picture.size == (160, 96)
    red, _, blue = picture.convert("RGB").getpixel((80, 48))  # type: ignore[misc]
    assert red < 30
    assert blue > 220
