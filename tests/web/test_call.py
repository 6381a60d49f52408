"""What a page sends and shows over each of its links, in a real Chromium.

Nothing is sent that the citizen must not hear, and a picture goes on while its ways come and go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SET = """async role => {
  const { Call } = await import("/static/web/js/call.js")
  const { prepareUnbound } = await import("/static/web/js/unbound.js")
  await prepareUnbound()
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
  const made = []
  for (const place of [window, ...Array.from(frames)]) {
    const Real = place.RTCPeerConnection
    place.RTCPeerConnection = class extends Real { constructor(...given) { super(...given); made.push(this) } }
  }
  const delegate = { callRemote() {}, callState() {} }
  const call = new Call({ signal: { request: async () => ({}) }, side: "agent", delegate })
  await call.setLocal("microphone", stream.getAudioTracks()[0])
  await call.setLocal("camera", stream.getVideoTracks()[0])
  const link = topology => ({ link_id: `link_${topology}`, live: true, peer: "citizen", peer_name: "", offerer: true,
    polite: topology === "hosted", topology, groups: 1, seats: null, ice_servers: [] })
  globalThis.tell = (aside, ways) =>
    call.update({ call_id: "call_1", role, private: aside, links: ways.map(link), held: false, participants: [],
      booth: { id: "booth_1" }, agent: { id: "agent_1" }, sharing: {}, media: {} })
  const sent = pc => pc.getSenders().flatMap(({ track }) => track ? [track.kind] : []).sort()
  globalThis.sent = () => made.filter(pc => pc.signalingState !== "closed").map(sent)
}"""
SEEN = """async () => {
  const { Call } = await import("/static/web/js/call.js")
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
  const made = { citizen: [], agent: [] }
  const Real = RTCPeerConnection
  let making = "citizen", picture = null
  const shows = pc => pc.getReceivers().some(({ track }) => picture?.getTracks().includes(track))
  globalThis.closedWhileShown = 0
  globalThis.RTCPeerConnection = class extends Real {
    constructor(...given) { super(...given); made[making].push(this) }
    close() { if (shows(this)) closedWhileShown += 1; super.close() }
  }
  const callRemote = (kind, stream) => { if (kind === "camera") picture = stream }
  const request = async (other, name, payload) => {
    if (name === "link.signal") calls[other].handle(name, structuredClone(payload))
  }
  const make = (side, other) => new Call({
    side,
    delegate: { callState() {}, callRemote: side === "citizen" ? callRemote : () => {} },
    signal: { request: (...asked) => request(other, ...asked) },
  })
  const calls = { citizen: make("citizen", "agent"), agent: make("agent", "citizen") }
  for (const call of Object.values(calls)) await call.setLocal("camera", stream.getVideoTracks()[0])
  const seats = { citizen: ["agent_1"], agent: ["booth_1"] }
  const link = (side, link_id) => ({ link_id, live: true, peer: "", peer_name: "", offerer: side === "citizen",
    polite: side === "agent", topology: "direct", groups: 1, seats: seats[side], ice_servers: [] })
  globalThis.tell = ids => {
    for (making of ["citizen", "agent"])
      calls[making].update({ call_id: "call_1", role: making, private: "", links: ids.map(id => link(making, id)),
        held: false, participants: [], booth: { id: "booth_1" }, agent: { id: "agent_1" }, sharing: {}, media: {} })
  }
  globalThis.isShownOver = at => !!made.citizen[at] && shows(made.citizen[at])
}"""
ALL, NOTHING = ["audio", "video"], list[str]()


async def sends(page: Page, aside: str, ways: list[str], wanted: list[list[str]]) -> None:
    """Tell the page how private the call is and by which ways it goes; wait until it sends this over each."""
    await page.evaluate("([aside, ways]) => tell(aside, ways)", [aside, ways])

    async def as_wanted() -> bool:
        sent: list[list[str]] = await page.evaluate("sent()")
        return sent == wanted

    await until(as_wanted, f"{wanted} goes over {ways} while the talk aside is {aside!r}", 5)


async def test_the_helper_is_silent_until_a_node_keeps_the_citizen_apart_and_never_heard_directly(page: Page) -> None:
    await page.evaluate(SET, "agent")
    both = ["direct", "hosted"]
    await sends(page, "", ["direct"], [ALL])
    await sends(page, "coming", ["direct"], [NOTHING])
    await sends(page, "coming", both, [NOTHING, NOTHING])
    await sends(page, "on", both, [NOTHING, ALL])
    await sends(page, "coming", both, [NOTHING, NOTHING])
    await sends(page, "", both, [ALL, ALL])


async def test_the_colleague_speaks_and_a_listener_never_does(page: Page) -> None:
    await page.evaluate(SET, "expert")
    await sends(page, "coming", ["hosted"], [ALL])
    await page.evaluate(SET, "listener")
    await sends(page, "", ["hosted"], [NOTHING])


async def test_what_is_shown_over_a_way_that_is_given_up_goes_on_over_the_one_that_stays(page: Page) -> None:
    await page.evaluate(SEEN)
    await page.evaluate("tell(['link_0'])")
    await page.wait_for_function("() => isShownOver(0)")
    await page.evaluate("tell(['link_0', 'link_1'])")
    await page.wait_for_function("() => isShownOver(1)")
    await page.evaluate("tell(['link_0'])")
    assert await page.evaluate("isShownOver(0)")
    assert await page.evaluate("closedWhileShown") == 0
