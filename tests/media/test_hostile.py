"""A browser, or a stranger, that means harm: it moves nobody's media, costs a bounded share, and others go on."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from media import ice, rtcp
from media.incoming import KEY_EVERY_S, Track
from tests.browser.waiting import until
from tests.media.synthetic import DELTA, KEY, Caller, calling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from media.switchboard import Switchboard

pytestmark = pytest.mark.asyncio(loop_scope="session")

CAMERA = 1


@pytest_asyncio.fixture(loop_scope="session")
async def pair(board: Switchboard) -> AsyncIterator[tuple[Caller, Caller]]:
    """A citizen whose picture an agent sees."""
    async with (
        calling(board, "call_1", "leg_citizen", "citizen") as citizen,
        calling(board, "call_1", "leg_agent", "agent") as agent,
    ):
        citizen.say("camera", KEY)
        await until(lambda: agent.heard(CAMERA), "the picture comes")
        yield citizen, agent


async def _still_flows(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    mark = DELTA + secrets.token_bytes(8)
    citizen.say("camera", mark)
    await until(lambda: any(one.payload == mark for one in agent.heard(CAMERA)), "the call goes on")


async def test_who_knows_a_legs_name_and_not_its_password_takes_nothing_over(
    board: Switchboard, pair: tuple[Caller, Caller]
) -> None:
    leg = board.calls["call_1"].legs["leg_agent"]
    address, ufrag = leg.outbox.address, next(iter(leg._credentials))
    thief = Caller()
    with contextlib.closing(thief.sock):
        thief.node = pair[1].node
        before = board.port.dropped["stun"]
        for name, word in ((ufrag, ice.make_credentials().pwd), (f"{ufrag}/1", "x" * 32)):
            thief.check(name, word)
        await until(lambda: board.port.dropped["stun"] == before + 2, "both are dropped")
        assert (leg.outbox.address, leg.addresses) == (address, [address])
        with pytest.raises(BlockingIOError):
            thief.sock.recv(2048)
    await _still_flows(pair)


async def test_a_packet_is_its_own_legs_only_whatever_address_it_comes_from(
    board: Switchboard, pair: tuple[Caller, Caller]
) -> None:
    citizen, agent = pair
    legs = board.calls["call_1"].legs
    track, count = legs["leg_citizen"].tracks["camera"][0], len(agent.packets)
    stolen = citizen.sealed(citizen.packet("camera", DELTA + b"stolen"))
    agent.send_raw(stolen)
    # One that names the citizen's stream, with the agent's own keys.
    forged = agent.packet("camera", KEY)
    forged.ssrc = citizen.ssrcs["camera"]
    agent.send(forged)
    await until(lambda: legs["leg_agent"].dropped["stranger"] == 2, "neither is anybody's")
    assert (track.packets, len(agent.packets)) == (1, count)
    citizen.send_raw(stolen)
    await until(lambda: len(agent.heard(CAMERA)) == 2, "from where it belongs it is taken")


async def test_greetings_repeated_on_a_running_connection_are_not_answered(pair: tuple[Caller, Caller]) -> None:
    citizen, agent = pair
    greeting = citizen.greeting
    assert greeting[0] == 22
    assert greeting[13] == 1, "a ClientHello"
    answers = citizen.records
    for _ in range(4):
        for _ in range(50):
            citizen.send_raw(greeting)
        await _still_flows(pair)
    assert citizen.records == answers
    assert agent.packets


async def test_a_call_is_not_kept_up_by_legs_that_never_shake_hands(
    board: Switchboard, pair: tuple[Caller, Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("media.transport._HANDSHAKE_S", 0.3)
    strangers = [Caller() for _ in range(60)]
    for number, one in enumerate(strangers):
        leg = board.open_leg(f"call_{2 + number // 16}", f"leg_{number}", "citizen")
        answer = leg.take_offer(one.offer(), board.now())
        one.node = pair[0].node
        one.check(*_credentials(answer))
        one.send_raw(pair[0].greeting)
    await _still_flows(pair)
    await until(lambda: list(board.calls) == ["call_1"], "all that never came are gone")
    assert len(board.port._paired) == len(board.port._named) == 2
    for one in strangers:
        one.sock.close()


def _credentials(answer: str) -> tuple[str, str]:
    said = dict(line[2:].split(":", 1) for line in answer.splitlines() if line.startswith("a=ice-") and ":" in line)
    return said["ice-ufrag"], said["ice-pwd"]


async def test_what_a_flood_is_told_about_it_fits_a_datagram(board: Switchboard, pair: tuple[Caller, Caller]) -> None:
    leg = board.calls["call_1"].legs["leg_citizen"]
    leg.feedback.tell_arrivals()
    at = board.now()
    leg.reader.arrived = [(2 + number, at + number / 100_000) for number in range(3000)]
    leg.feedback.tell_arrivals()

    def told() -> list[bytes]:
        return [one for one in pair[0].feedback if one[1] == rtcp.RTPFB and one[0] & 31 == 15 and len(one) > 100]

    (packet,) = await until(told, "it is told")
    assert len(packet) < 1200


async def test_who_asks_for_everything_again_and_again_gets_no_more_than_a_second_share(
    board: Switchboard, pair: tuple[Caller, Caller]
) -> None:
    citizen, agent = pair
    stream = board.calls["call_1"].legs["leg_agent"].streams[CAMERA]
    for _ in range(300):
        citizen.say("camera", DELTA + bytes(100))
    await until(lambda: len(agent.heard(CAMERA)) >= 301, "all has come once")
    first = agent.heard(CAMERA)[0].seq
    everything = tuple((first + number) & 0xFFFF for number in range(301))
    begin = board.now()
    for moment in range(1000):
        for at in range(0, 301, 64):
            stream.asked_again(everything[at : at + 64], begin + moment / 100)
        board.port.flush()
    # Ten seconds, in which nothing new was sent but for the 301 before.
    assert 301 <= stream.resent <= 301 + 11 * 128


async def test_a_key_frame_is_asked_for_twice_a_second_at_most_whoever_wants_it() -> None:
    asked: list[tuple[float, bytes]] = []
    now = 100.0
    track = Track("camera", 5, {96: "vp8"}, 1, lambda packet: asked.append((now, packet)), lambda: None)
    for moment in range(3000):
        now = 100.0 + moment / 1000
        track.ask_for_key(now)
        if not moment % 10:
            track.tick(now, None)
    assert {packet for _, packet in asked} == {rtcp.picture_loss(1, 5)}
    times = [at for at, _ in asked]
    assert times == pytest.approx([100.0 + number * KEY_EVERY_S for number in range(6)], abs=0.011)
    # The last ask was too early, and is not lost.
    track.tick(103.1, None)
    assert len(asked) == 7
