"""The node at the wire: what it does with loss, requests, forged and strange packets. No browser, real packets."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from media import rtcp, rtp
from media.bitrate import VOICE_BPS
from media.incoming import Track
from tests.browser.waiting import until
from tests.media.synthetic import DELTA, IDS, KEY, OPUS, RED, Caller, calling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from media.switchboard import Switchboard

pytestmark = pytest.mark.asyncio(loop_scope="session")

CAMERA, MICROPHONE = 1, 0


@pytest_asyncio.fixture(loop_scope="session")
async def pair(board: Switchboard) -> AsyncIterator[tuple[Caller, Caller]]:
    """A citizen who sends and an agent who receives; the agent's VP8 has another payload type."""
    async with (
        calling(board, "call_1", "leg_citizen", "citizen") as citizen,
        calling(board, "call_1", "leg_agent", "agent", payload_type=100) as agent,
    ):
        yield citizen, agent


async def shows(viewer: Caller, count: int, section: int = CAMERA) -> list[rtp.Packet]:
    await until(lambda: len(viewer.heard(section)) >= count, f"{count} packets arrive")
    return viewer.heard(section)


async def test_packets_are_passed_on_renumbered_with_the_viewers_payload_type(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    sent = [citizen.say("camera", KEY), *(citizen.say("camera", DELTA + bytes([n])) for n in range(20))]
    got = await shows(agent, 21)
    assert [one.payload for one in got] == [one.payload for one in sent]
    assert [one.seq for one in got] == [(got[0].seq + n) & 0xFFFF for n in range(21)]
    assert {one.payload_type for one in got} == {100}
    assert {(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in zip(sent, got, strict=True)} == {
        (got[0].timestamp - sent[0].timestamp) & 0xFFFFFFFF
    }
    # The send time is ours, the transport's numbers stay on the publisher's side.
    assert all(one.extensions.keys() == {IDS[rtp.ABS_SEND_TIME]} and any(one.extensions[2]) for one in got)


async def test_a_picture_starts_with_a_key_frame(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    await until(lambda: citizen.told(rtcp.KeyRequest), "the node asks for a key frame")
    citizen.say("camera", DELTA)
    citizen.say("camera", KEY)
    assert (await shows(agent, 1))[0].payload == KEY


async def test_what_an_extension_says_about_the_picture_is_passed_on(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    packet = citizen.packet("camera", KEY)
    packet.extensions[IDS[rtp.ORIENTATION]] = b"\x02"
    citizen.send(packet)
    assert (await shows(agent, 1))[0].extensions[IDS[rtp.ORIENTATION]] == b"\x02"


async def test_a_lost_packet_is_asked_for_once_and_its_repair_reaches_the_viewer(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    citizen.say("camera", KEY)
    lost = citizen.packet("camera", DELTA + b"lost")
    citizen.say("camera", DELTA)
    asked = await until(lambda: citizen.told(rtcp.Nack), "the node asks for it")
    assert asked[0].lost == (lost.seq,)
    assert asked[0].media == citizen.ssrcs["camera"]
    citizen.send_again("camera", lost, 7)
    got = await shows(agent, 3)
    assert got[2].payload == lost.payload
    assert got[2].seq == (got[1].seq - 1) & 0xFFFF


@pytest.mark.parametrize(("trip_s", "least_s"), [(0.002, 0.03), (None, 0.1), (0.4, 0.4)])
async def test_what_does_not_come_is_asked_for_once_a_round_trip_for_two_seconds(
    trip_s: float | None, least_s: float
) -> None:
    asked: list[float] = []
    now = 100.0
    track = Track("camera", 5, {96: "vp8"}, 1, lambda packet: asked.append(now), lambda: None)
    for seq in (1, 3):
        track.put(96, seq, 0, DELTA, now, None)
    for moment in range(300):
        now = 100.0 + moment / 100
        track.tick(now, trip_s)
    assert asked[0] == pytest.approx(100.01)
    pauses = [after - before for before, after in itertools.pairwise(asked)]
    assert least_s <= pauses[0] < 1.5 * least_s + 0.011
    assert pauses == sorted(pauses)
    assert 101.0 < asked[-1] <= 102.0
    assert not track.missing


async def test_a_viewers_loss_is_served_from_memory_on_the_repair_ssrc(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    citizen.say("camera", KEY)
    sent = citizen.say("camera", DELTA + b"again")
    got = await shows(agent, 2)
    agent.report(rtcp.nack(1, agent.peer_streams[CAMERA], [got[1].seq]))
    repair = (await until(lambda: agent.repaired(CAMERA), "it comes again"))[0]
    assert repair.payload == got[1].seq.to_bytes(2, "big") + sent.payload
    assert repair.payload_type == 101
    assert citizen.told(rtcp.Nack) == []


async def test_a_viewer_without_rtx_gets_the_packet_itself_again(board: Switchboard) -> None:
    async with (
        calling(board, "call_1", "leg_citizen", "citizen") as citizen,
        calling(board, "call_1", "leg_agent", "agent", rtx=False) as agent,
    ):
        citizen.say("camera", KEY)
        first = (await shows(agent, 1))[0]
        agent.loses = 1
        citizen.say("camera", DELTA + b"lost")
        await until(lambda: agent.loses == 0, "the packet is lost on its way")
        agent.report(rtcp.nack(1, agent.peer_streams[CAMERA], [first.seq + 1]))
        again = (await shows(agent, 2))[1]
        assert (again.seq, again.payload) == (first.seq + 1, DELTA + b"lost")


async def test_more_than_an_outbox_holds_leaves_in_order(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    agent.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    citizen.say("camera", KEY)
    await shows(agent, 1)
    sizes = [1100] * 45 + [900, 1100, 1000, 1200] * 12 + [300] * 20
    for size in sizes:
        citizen.say("camera", DELTA + bytes(size))
    got = await shows(agent, 1 + len(sizes))
    assert [len(one.payload) - len(DELTA) for one in got[1:]] == sizes
    assert [one.seq for one in got] == [(got[0].seq + n) & 0xFFFF for n in range(len(got))]


async def test_key_frame_requests_are_limited_and_never_lost(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    citizen.say("camera", KEY)
    await shows(agent, 1)
    before = len(citizen.told(rtcp.KeyRequest))
    for _ in range(10):
        agent.report(rtcp.picture_loss(1, agent.peer_streams[CAMERA]))
    await until(lambda: len(citizen.told(rtcp.KeyRequest)) > before, "one request comes through")
    assert len(citizen.told(rtcp.KeyRequest)) == before + 1


async def test_a_key_frame_that_does_not_come_is_asked_for_again(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    began = time.monotonic()

    def asked_since(seconds: float) -> Callable[[], bool]:
        before = len(citizen.told(rtcp.KeyRequest))

        def asked() -> bool:
            citizen.say("camera", DELTA)
            return time.monotonic() - began > seconds and len(citizen.told(rtcp.KeyRequest)) > before

        return asked

    await until(asked_since(0), "it is asked for")
    await until(asked_since(1.1), "it is asked for again while pictures come that nobody can begin with", 4)
    assert not agent.heard(CAMERA)
    citizen.say("camera", KEY)
    await shows(agent, 1)


async def test_a_listener_is_refused_at_the_node(board: Switchboard, pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    async with calling(board, "call_1", "leg_boss", "listener") as boss:
        citizen.say("camera", KEY)
        await shows(boss, 1)
        boss.say("camera", KEY)
        boss.say("microphone", b"hush")
        leg = board.calls["call_1"].legs["leg_boss"]
        await until(lambda: leg.dropped["refused"] == 2, "its packets are refused")
        assert agent.heard(MICROPHONE) == citizen.heard(MICROPHONE) == []


async def test_a_coach_reaches_the_agent_alone(board: Switchboard) -> None:
    async with (
        calling(board, "call_1", "leg_citizen", "citizen", groups=2) as citizen,
        calling(board, "call_1", "leg_agent", "agent", groups=2) as agent,
        calling(board, "call_1", "leg_boss", "coach", groups=2) as boss,
    ):
        boss.say("microphone", b"psst")
        got = await shows(agent, 1, 4 + MICROPHONE)
        assert got[0].payload == b"psst"
        agent.say("microphone", b"hello")
        assert (await shows(citizen, 1, MICROPHONE))[0].payload == b"hello"
        assert [one.payload for one in citizen.packets] == [b"hello"]


async def test_changing_the_source_goes_on_without_a_jump(board: Switchboard, pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    citizen.say("microphone", b"one")
    first = (await shows(agent, 1, MICROPHONE))[0]
    board.close_leg("call_1", "leg_citizen")
    async with calling(board, "call_1", "leg_expert", "expert") as expert:
        expert.say("microphone", b"two")
        second = (await shows(agent, 2, MICROPHONE))[1]
    assert second.seq == (first.seq + 1) & 0xFFFF
    assert 0 < (second.timestamp - first.timestamp) & 0xFFFFFFFF < 48000 * 30


async def test_red_is_unwrapped_for_a_viewer_without_it(board: Switchboard) -> None:
    async with (
        calling(board, "call_1", "leg_citizen", "citizen", red=True) as citizen,
        calling(board, "call_1", "leg_agent", "agent") as agent,
        calling(board, "call_1", "leg_expert", "expert", red=True) as expert,
    ):
        wrapped = bytes((0x80 | OPUS, 0x0F, 0x00, 3, OPUS)) + b"old" + b"new"
        citizen.say("microphone", wrapped)
        got = (await shows(agent, 1, MICROPHONE))[0]
        assert (got.payload, got.payload_type) == (b"new", OPUS)
        assert (await shows(expert, 1, MICROPHONE))[0].payload_type == RED


async def test_sender_reports_tell_the_publishers_clock_in_the_viewers_timestamps(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    sent = citizen.say("camera", KEY)
    got = (await shows(agent, 1))[0]
    ntp = 0xE0000000_00000000
    citizen.report(rtcp.sender_report(rtcp.SenderReport(citizen.ssrcs["camera"], ntp, sent.timestamp, 1, 10)))

    def told() -> list[rtcp.SenderReport]:
        return [one for one in agent.told(rtcp.SenderReport) if one.ssrc == agent.peer_streams[CAMERA]]

    report = (await until(told, "a report comes"))[0]
    elapsed = (report.ntp - ntp) / (1 << 32)
    assert 0 <= elapsed < 2
    assert abs(((report.timestamp - got.timestamp) & 0xFFFFFFFF) - elapsed * 90000) < 100


async def test_a_publisher_hears_when_its_packets_arrived_and_how_many_were_lost(pair: tuple[Caller, Caller]) -> None:
    citizen, _ = pair
    citizen.say("camera", KEY)
    citizen.packet("camera", DELTA)
    citizen.say("camera", DELTA)
    await until(lambda: any(one[1] == 205 and one[0] & 31 == 15 for one in citizen.feedback), "transport feedback")
    feedback = next(one for one in citizen.feedback if one[1] == 205 and one[0] & 31 == 15)
    assert int.from_bytes(feedback[12:14], "big") == citizen.transport_seq - 2
    assert int.from_bytes(feedback[14:16], "big") == 3

    def lost() -> list[Any]:
        blocks = [block for one in citizen.told(rtcp.ReceiverReport) for block in one.blocks]
        return [one for one in blocks if one.ssrc == citizen.ssrcs["camera"] and one.lost == 1]

    await until(lost, "a reception report counts the loss")


async def test_a_publisher_is_capped_to_its_slowest_viewer_that_matters(board: Switchboard) -> None:
    async with (
        calling(board, "call_1", "leg_citizen", "citizen") as citizen,
        calling(board, "call_1", "leg_agent", "agent") as agent,
        calling(board, "call_1", "leg_boss", "listener") as boss,
    ):
        sending = asyncio.create_task(_keep_sending(citizen))
        agent.report(rtcp.remb(1, 300_000, [agent.peer_streams[CAMERA]]))
        boss.report(rtcp.remb(1, 100_000, [boss.peer_streams[CAMERA]]))
        capped = await until(
            lambda: [one.bitrate for one in citizen.told(rtcp.Remb) if one.bitrate < 1_000_000], "a cap comes", 15
        )
        sending.cancel()
        assert capped[0] == pytest.approx(300_000 + VOICE_BPS, rel=0.01)


async def _keep_sending(caller: Caller) -> None:
    while True:
        caller.say("camera", KEY + bytes(900))
        await asyncio.sleep(0.01)


async def test_a_new_address_continues_the_leg(board: Switchboard, pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    citizen.say("camera", KEY)
    await shows(agent, 1)
    leg = board.calls["call_1"].legs["leg_agent"]
    credentials = next(iter(leg._credentials.values()))
    moved = Caller()
    with contextlib.closing(moved.sock):
        agent.stop_checking()
        moved.node = agent.node
        moved.credentials = agent.credentials
        moved.check(credentials.ufrag, credentials.pwd)
        await until(lambda: leg.outbox.address == moved.sock.getsockname(), "the leg has moved")
        citizen.say("camera", DELTA)
        loop = asyncio.get_running_loop()
        datagrams = [await loop.sock_recv(moved.sock, 2048) for _ in range(2)]
        assert any(datagram[0] >> 6 == 2 for datagram in datagrams)


async def test_whatever_is_wrong_is_dropped_and_counted(board: Switchboard, pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    citizen.say("camera", KEY)
    await shows(agent, 1)
    leg = board.calls["call_1"].legs["leg_citizen"]
    datagram = citizen.send(citizen.packet("camera", DELTA))
    citizen.send_raw(datagram)
    fresh = citizen.sealed(citizen.packet("camera", DELTA))
    citizen.send_raw(fresh[:-1] + bytes([fresh[-1] ^ 1]))
    citizen.send_raw(datagram[:20])
    citizen.send_raw(b"\x80\xc8" + bytes(40))
    stranger = citizen.packet("camera", DELTA)
    stranger.ssrc = 99
    citizen.send(stranger)
    wanted = {"replayed": 1, "forged": 2, "short": 1, "stranger": 1}
    await until(lambda: {key: leg.dropped[key] for key in wanted} == wanted, "the leg counts them")
    record = b"\x17\xfe\xfd" + bytes(8) + b"\0\x20" + bytes(32)
    junk = (b"\x16" + bytes(30), record[:-1], record + b"\x17", b"\x1e" + record[1:], b"\x17\3\3" + record[3:], b"\x20")
    for raw in junk:
        citizen.send_raw(raw)
    await until(lambda: leg.dropped["dtls"] == len(junk), "what is no DTLS is dropped")
    for _ in range(40):
        citizen.send_raw(record)
    await until(lambda: leg.dropped["dtls"] == len(junk) + 40, "so is well formed DTLS that nobody has signed")
    other = Caller()
    with contextlib.closing(other.sock):
        other.node = citizen.node
        before = board.port.dropped.copy()
        for raw in (datagram, bytes(1600), b"\0\1\0\0", b"\x16" + bytes(30), b"\xff" * 30, b""):
            other.send_raw(raw)
        wanted = {"unpaired": 1, "oversized": 1, "stun": 1, "unknown": 3}
        await until(lambda: dict(board.port.dropped - before) == wanted, "the port counts them")
    citizen.say("camera", DELTA)
    await shows(agent, 3)


async def test_consent_that_is_not_renewed_ends_the_leg(board: Switchboard, pair: tuple[Caller, Caller]) -> None:
    leg = board.calls["call_1"].legs["leg_citizen"]
    leg.watch_consent(leg.consent_at + 7)
    assert leg.state == "quiet"
    leg.watch_consent(leg.consent_at + 31)
    assert "leg_citizen" not in board.calls["call_1"].legs
    assert leg.outbox.address is None


async def test_a_silent_viewer_that_does_not_matter_loses_its_picture_and_keeps_the_sound(board: Switchboard) -> None:
    async with (
        calling(board, "call_1", "leg_citizen", "citizen") as citizen,
        calling(board, "call_1", "leg_boss", "listener") as boss,
    ):
        boss.report(rtcp.remb(1, 50_000, [boss.peer_streams[CAMERA]]))
        stream = board.calls["call_1"].legs["leg_boss"].streams[CAMERA]
        sending = asyncio.create_task(_keep_sending(citizen))
        await until(lambda: stream.flows, "it is shown at first")
        await until(lambda: not stream.flows, "the picture is taken away", 15)
        sending.cancel()
        citizen.say("microphone", b"still here")
        assert (await shows(boss, 1, MICROPHONE))[0].payload == b"still here"
