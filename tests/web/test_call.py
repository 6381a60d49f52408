"""What a page sends over each of its links, in a real Chromium: nothing that the citizen must not hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.waiting import until

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SET = """async role => {
  const { Call } = await import("/static/web/js/call.js")
  const stream = await navigator.mediaDevices.getUserMedia({ video: true, audio: true })
  const made = []
  const Real = RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Real { constructor(...given) { super(...given); made.push(this) } }
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
