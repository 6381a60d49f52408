"""One link between two ends, in a real Chromium: it connects, survives lost signals and glare, swaps pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

GOOD = "() => pair.links.every(link => link.state === 'good')"


@pytest_asyncio.fixture(loop_scope="module")
async def pair(page: Page) -> AsyncIterator[Page]:
    script = Path(__file__).with_name("pair.js").read_text(encoding="utf-8")
    await page.evaluate(f"() => {{ {script} }}")
    yield page
    await page.evaluate("() => globalThis.pair?.stop()")


async def connect(page: Page) -> None:
    await page.evaluate("async () => (await makePair()).start()")
    await page.wait_for_function(GOOD, timeout=20_000)


async def test_two_ends_see_and_hear_each_other(pair: Page) -> None:
    await connect(pair)
    for end in (0, 1):
        # The fake camera is green.
        await pair.wait_for_function("async end => (await look(pair.tracks[end].camera)).colour[1] > 60", arg=end)
        assert await pair.evaluate("end => pair.tracks[end].microphone.kind", end) == "audio"
    order = "pair.links[0].pc.getTransceivers().map(t => t.mid + t.receiver.track.kind + t.currentDirection)"
    assert await pair.evaluate(order) == ["0audiosendrecv", "1videosendrecv", "2videosendrecv", "3videosendrecv"]


async def test_what_is_sent_keeps_motion_for_faces_and_size_for_text(pair: Page) -> None:
    await connect(pair)
    settled = (
        """() => pair.links.every(({pc}) => pc.getTransceivers()[3].sender.getParameters().degradationPreference)"""
    )
    await pair.wait_for_function(settled)
    sent = await pair.evaluate(
        """() => pair.links.map(({pc}) => pc.getTransceivers().slice(1).map(({sender}) => {
          const {degradationPreference: prefer, encodings: [{maxBitrate}]} = sender.getParameters()
          return [prefer, maxBitrate]
        }))"""
    )
    wanted = [["maintain-framerate", 2_000_000], ["maintain-resolution", 4_000_000], ["maintain-resolution", 2_500_000]]
    assert sent == [wanted, wanted]
    assert await pair.evaluate("() => [pair.camera.contentHint, pair.microphone.contentHint]") == ["motion", "speech"]


async def test_on_a_thin_line_the_voice_makes_room_for_the_picture(pair: Page) -> None:
    await connect(pair)
    # No line within a page is thin: the number is put where the browser's own would be.
    place = (
        "() => Object.defineProperty(pair.links[0].stats, 'room_kbps', { get: () => globalThis.room, set: () => {} })"
    )
    await pair.evaluate(place)
    for room, rate in ((200, 16_000), (400, None)):
        await pair.evaluate("room => { globalThis.room = room }", room)
        wanted = "rate => (pair.links[0].pc.getSenders()[0].getParameters().encodings[0].maxBitrate ?? null) === rate"
        await pair.wait_for_function(wanted, arg=rate, timeout=10_000)


async def test_a_screen_starts_and_stops_without_a_new_offer(pair: Page) -> None:
    await connect(pair)
    before = await pair.evaluate("() => pair.sent.filter(([, name]) => name === 'offer').length")
    await pair.evaluate("async () => { globalThis.red = paint('red'); await pair.links[1].setTrack('screen', red) }")
    # A sender that had nothing to send before starts with a black frame.
    red = "async () => { const {colour: [r, g]} = await look(pair.tracks[0].screen); return r > 150 && g < 100 }"
    await pair.wait_for_function(red, timeout=15_000)
    await pair.evaluate("async () => { await pair.links[1].setTrack('screen', null); red.stop() }")
    await pair.evaluate("async () => { globalThis.blue = paint('blue'); await pair.links[1].setTrack('screen', blue) }")
    await pair.wait_for_function("async () => (await look(pair.tracks[0].screen)).colour[2] > 150", timeout=15_000)
    await pair.evaluate("() => blue.stop()")
    assert await pair.evaluate("() => pair.sent.filter(([, name]) => name === 'offer').length") == before


async def test_a_document_camera_s_live_picture_is_no_wider_than_a_display(pair: Page) -> None:
    await connect(pair)
    await pair.evaluate("async () => { globalThis.big = paint('red', 3840, 2160); await look(big) }")
    await pair.evaluate("() => pair.links[1].setTrack('document', big)")
    scale = "() => pair.links[1].pc.getTransceivers()[3].sender.getParameters().encodings[0].scaleResolutionDownBy"
    assert await pair.evaluate(scale) == 2
    await pair.evaluate("() => big.stop()")


@pytest.mark.parametrize("lost", ["offer", "answer"])
async def test_a_lost_description_is_sent_again(pair: Page, lost: str) -> None:
    await pair.evaluate("async () => { await makePair() }")
    await pair.evaluate(
        """lost => { let left = 1; pair.dropping = (_end, name) => name === lost && left-- > 0; pair.start() }""", lost
    )
    await pair.wait_for_function(GOOD, timeout=20_000)
    assert await pair.evaluate("() => pair.sent.filter(([, name]) => name === 'offer').length") >= 2


async def test_both_ends_may_look_for_a_new_path_at_once(pair: Page) -> None:
    await connect(pair)
    fragments = "() => pair.links.map(({pc}) => /ice-ufrag:(\\S+)/.exec(pc.localDescription.sdp)[1])"
    before = await pair.evaluate(fragments)
    await pair.evaluate("() => { pair.delay_ms = 50; for (const link of pair.links) link.restart() }")
    await pair.wait_for_function(
        f"before => {{ const now = ({fragments})(); return now.every((one, end) => one !== before[end])"
        " && pair.links.every(({pc}) => pc.signalingState === 'stable' && pc.connectionState === 'connected') }",
        arg=before,
        timeout=20_000,
    )
    frames = """async () => (await pair.links[0].pc.getTransceivers()[1].receiver.getStats()).values()
        .find(stat => stat.type === 'inbound-rtp')?.framesDecoded ?? 0"""
    seen = await pair.evaluate(frames)
    await pair.wait_for_function(f"async seen => (await ({frames})()) > seen", arg=seen)


async def test_a_link_that_is_told_of_a_new_network_restarts_by_itself(pair: Page) -> None:
    await connect(pair)
    offers = "() => pair.sent.filter(([, name]) => name === 'offer').length"
    before = await pair.evaluate(offers)
    await pair.evaluate("() => dispatchEvent(new Event('online'))")
    await pair.wait_for_function(f"before => ({offers})() > before", arg=before)
    await pair.wait_for_function("() => pair.links.every(({pc}) => pc.signalingState === 'stable')")
    assert await pair.evaluate("() => pair.links.every(link => ['good', 'poor'].includes(link.state))")
    assert not await pair.evaluate("() => pair.states.flat().includes('lost')")


async def test_reports_say_how_the_line_is(pair: Page) -> None:
    await connect(pair)
    await pair.wait_for_function(
        "() => pair.reports.every(report => report?.kbps_in > 0 && report.fps > 0)", timeout=15_000
    )
    report = await pair.evaluate("() => pair.reports[0]")
    assert report["state"] in ("good", "poor")  # a busy machine decodes few frames, and the report says so
    assert report["relayed"] is False
    assert report["width"] >= 320
    assert 0 <= report["loss"] <= 1


async def test_a_stopped_link_is_closed_for_good_and_says_so_once(pair: Page) -> None:
    await connect(pair)
    await pair.evaluate("() => { pair.links[0].stop(); pair.links[0].stop(); pair.links[0].start() }")
    await pair.evaluate("() => pair.links[0].receive({description: {type: 'offer', sdp: ''}})")
    assert await pair.evaluate("() => pair.states[0].filter(state => state === 'closed').length") == 1
    assert await pair.evaluate("() => pair.links[0].pc.signalingState") == "closed"


async def test_the_other_end_notices_silence_and_tells_it_honestly(pair: Page) -> None:
    await connect(pair)
    await pair.evaluate("() => { pair.dropping = () => true; pair.links[0].stop() }")
    await pair.wait_for_function("() => ['lost', 'reconnecting'].includes(pair.links[1].state)", timeout=15_000)


async def test_whoever_sits_behind_an_empty_seat_is_looked_for(page: Page) -> None:
    shown: bool = await page.evaluate(
        """async () => {
          const { Link } = await import("/static/web/js/link.js")
          const link = new Link({ link_id: "link_test", live: true, peer: "citizen", peer_name: "", offerer: true,
            polite: true, topology: "hosted", groups: 2, seats: [null, "agent_1"], ice_servers: [] }, {})
          link.pc.close()
          return link.seats.shows("agent_1")
        }"""
    )
    assert shown is False


async def test_the_start_bitrate_is_hinted_once_and_only_for_the_camera(page: Page) -> None:
    hinted = await page.evaluate(
        """async () => {
          const { withStartBitrate } = await import('/static/web/js/start-bitrate.js')
          const pc = new RTCPeerConnection()
          pc.addTransceiver('audio'); pc.addTransceiver('video'); pc.addTransceiver('video')
          const offer = await pc.createOffer()
          const once = withStartBitrate(offer)
          const twice = withStartBitrate(once)
          const parts = once.sdp.split(/^(?=m=)/m)
          const other = new RTCPeerConnection()
          await other.setRemoteDescription(once)
          pc.close(); other.close()
          return [parts.map(part => part.includes('x-google-start-bitrate')), once.sdp === twice.sdp]
        }"""
    )
    assert hinted == [[False, False, True, False], True]
