"""Calls that go through media nodes: real sockets to the service, a real node, and pages made of sockets."""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

import pytest

from media.rtcp import KeyRequest
from signaling.auth import Identity
from tests.browser.waiting import until
from tests.media.synthetic import KEY, Caller
from tests.signaling.house import open_house, talk
from tests.signaling.hub import NODES, Hub, hosted_link, open_hub, ways

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.signaling.house import Page

BOOTH, AGENT, EXPERT, SUPERVISOR = "booth_taopu_center", "agent_chen_jing", "agent_wu_guoqiang", "supervisor_zhao_lin"
ITEM = "social_card_replace"
INTERPRETER = "agent_fang_min"


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[Hub]:
    async with open_hub(tmp_path) as hub:
        yield hub


async def joined(hub: Hub, role: str = "participant") -> tuple[Page, Page, Page]:
    """A citizen and an agent in a call, and a supervisor who has joined it."""
    booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
    boss = await hub.house.page(SUPERVISOR)
    await boss.do("call.join", call_id=booth.call["call_id"], role=role)
    await boss.until(lambda page: page.view["call"] is not None)
    return booth, agent, boss


async def test_a_third_leg_brings_a_hosted_link_beside_the_direct_one_until_both_play_it(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent, boss = await joined(hub)
    for page in (booth, agent):
        await hosted_link(page)
        assert ways(page) == ["direct", "hosted"]
    assert ways(boss) == ["hosted"]
    citizens, _, _ = [await hub.dress(page, await hosted_link(page)) for page in (booth, agent, boss)]
    await booth.do("link.playing", link_id=(await hosted_link(booth))["link_id"])
    await agent.do("link.report", link_id=agent.call["links"][0]["link_id"], state="good")
    assert ways(booth) == ["direct", "hosted"]
    await agent.do("link.playing", link_id=(await hosted_link(agent))["link_id"])
    for page in (booth, agent):
        await page.until(lambda page: ways(page) == ["hosted"])
    await booth.until(lambda page: page.call["links"][0]["seats"] == [AGENT, SUPERVISOR])
    await agent.until(lambda page: page.call["links"][0]["seats"] == [BOOTH, SUPERVISOR])
    citizens.say("camera", KEY)
    boss_link, agent_link = (await hosted_link(boss))["link_id"], (await hosted_link(agent))["link_id"]
    for link_id in (boss_link, agent_link):
        await until(functools.partial(hub.callers[link_id].heard, 1), "the picture comes")


async def test_what_nodes_carry_is_in_the_metrics_as_long_as_they_are_there(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent, boss = await joined(hub)
    await hub.play(booth, agent, boss)
    metrics = hub.house.service.metrics
    await until(lambda: b'vw_node_calls{node="node_1"} 1.0' in metrics.text(), "the node has told")
    assert b'vw_node_draining{node="node_1"} 0.0' in metrics.text()
    for node in hub.house.service.nodes._nodes.values():
        node.cut()
    await until(lambda: b"vw_node_calls{" not in metrics.text(), "the node has gone")


async def ringing(hub: Hub) -> tuple[Page, Page, Page]:
    """A citizen whose call rings at an agent and an interpreter: it will be one of three."""
    interpreter, agent, booth = await hub.ready(INTERPRETER), await hub.ready(AGENT), await hub.house.page(BOOTH)
    await booth.do("call.enter", item_id=ITEM, needs=["sign_language"])
    for page in (agent, interpreter):
        await page.until(lambda page: page.view["offer"] is not None)
    return booth, agent, interpreter


async def test_a_hosted_call_is_made_ready_while_it_rings_and_nothing_flows_before_the_answer(hub: Hub) -> None:
    node = await hub.node("node_1")
    booth, agent, interpreter = await ringing(hub)
    pages = booth, agent, interpreter
    before = [await hosted_link(page) for page in pages]
    assert [(link["live"], link["groups"], link["seats"]) for link in before] == [(False, 2, None)] * 3
    citizens, agents, interpreters = [await hub.dress(page, link) for page, link in zip(pages, before, strict=True)]
    (call,) = node.board.calls.values()
    await until(lambda: len(call.legs) == 3 and all(leg.connected for leg in call.legs.values()), "all are connected")
    # Whatever a page sends too early stays at the node.
    for caller in (citizens, agents, interpreters):
        caller.say("camera", KEY)
        caller.say("microphone", b"\x78" * 40)
    await until(lambda: all(leg.dropped["refused"] == 2 for leg in call.legs.values()), "the node refuses it")
    assert citizens.packets == agents.packets == interpreters.packets == []
    await agent.do("offer.accept", offer_id=agent.view["offer"]["offer_id"])
    for page, link in zip(pages, before, strict=True):
        await page.until(lambda page: page.view["call"] is not None and page.call["links"][0]["live"])
        assert [link["link_id"] for link in page.call["links"]] == [link["link_id"]]
    # With the matrix a key frame is asked for.
    await until(lambda: citizens.told(KeyRequest), "the node asks for a key frame")
    citizens.say("camera", KEY)
    await until(lambda: agents.heard(1) and interpreters.heard(1), "both see the citizen")


async def test_an_offer_that_nobody_takes_leaves_no_leg_and_the_citizens_waits_for_the_next(hub: Hub) -> None:
    node = await hub.node("node_1")
    booth, agent, interpreter = await ringing(hub)
    for page in (booth, agent, interpreter):
        await hub.dress(page, await hosted_link(page))
    link_id = (await hosted_link(booth))["link_id"]
    (call,) = node.board.calls.values()
    assert len(call.legs) == 3
    await agent.do("offer.decline", offer_id=agent.view["offer"]["offer_id"], reason="other")
    await until(lambda: list(call.legs) == [link_id], "the citizen's leg is left alone")
    for page in (agent, interpreter):
        await page.until(lambda page: page.view["offer"] is None)
    assert [link["link_id"] for link in booth.call["links"]] == [link_id]
    second = await hub.house.page("agent_lu_wei")
    await second.do("agent.ready")
    await second.until(lambda page: page.view["offer"] is not None)
    await hub.dress(second, await hosted_link(second))
    assert next(iter(call.legs)) == link_id
    await second.do("offer.accept", offer_id=second.view["offer"]["offer_id"])
    await booth.until(lambda page: page.view["phase"] == "talking")
    assert booth.link_id == link_id
    await booth.do("call.leave", call_id=booth.call["call_id"])


async def test_a_citizen_who_goes_while_it_rings_leaves_nothing_at_the_node(hub: Hub) -> None:
    node = await hub.node("node_1")
    pages = await ringing(hub)
    for page in pages:
        await hub.dress(page, await hosted_link(page))
    await pages[0].do("call.leave", call_id=pages[0].call["call_id"])
    await until(lambda: not node.board.calls, "the node is empty")


async def test_a_ring_goes_on_over_another_node_when_its_own_goes(hub: Hub) -> None:
    first = await hub.node("node_1")
    booth, agent, _ = await ringing(hub)
    old = await hub.dress(booth, await hosted_link(booth))
    link_id = (await hosted_link(booth))["link_id"]
    second = await hub.node("node_2")
    first.drain()
    await booth.until(lambda page: [link["link_id"] for link in page.call["links"]] != [link_id])
    await hub.dress(booth, await hosted_link(booth))
    await hub.dress(agent, await hosted_link(agent))
    (call,) = second.board.calls.values()
    assert len(call.legs) == 2
    await until(lambda: not first.board.calls, "the old node is empty")
    await old.close()


async def test_who_is_in_the_call_is_told_to_those_who_may_know(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent, boss = await joined(hub, "listener")

    def known(page: Page) -> dict[str, str]:
        return {one["id"]: one["role"] for one in page.call["participants"]}

    two = {BOOTH: "citizen", AGENT: "agent"}
    assert known(boss) == two | {SUPERVISOR: "listener"}
    assert (known(booth), known(agent)) == (two, two)
    call_id = booth.call["call_id"]
    await boss.do("call.join", call_id=call_id, role="coach")
    await agent.until(lambda page: known(page) == two | {SUPERVISOR: "coach"})
    assert known(booth) == two
    await boss.do("call.join", call_id=call_id, role="participant")
    await booth.until(lambda page: known(page) == two | {SUPERVISOR: "participant"})
    await boss.do("call.step_out", call_id=call_id)
    await booth.until(lambda page: known(page) == two)
    await hub.house.service.projection.reach(hub.house.service.hall.seq)
    record = await hub.house.service.records.history.record(
        Identity("supervisor", SUPERVISOR, ""), call_id, hub.house.clock()
    )
    assert [party.role for party in record.agents if party.agent_id == SUPERVISOR] == [
        "listen", "coach", "accompany",
    ]  # fmt: skip


async def test_the_node_lets_nobody_hear_a_coach_but_the_agent(hub: Hub) -> None:
    node = await hub.node("node_1")
    booth, agent, boss = await joined(hub, "coach")
    citizens, agents, coachs = await hub.play(booth, agent, boss)
    await agent.until(lambda page: SUPERVISOR in (page.call["links"][-1]["seats"] or []))
    group = (await hosted_link(agent))["seats"].index(SUPERVISOR)
    coachs.say("microphone", b"\x78" * 40)
    await until(lambda: agents.heard(4 * group), "the agent hears the coach")
    assert SUPERVISOR not in (await hosted_link(booth))["seats"]
    before = len(citizens.packets)
    await boss.do("call.join", call_id=booth.call["call_id"], role="listener")
    call = next(iter(node.board.calls.values()))
    await until(lambda: "listener" in {leg.role for leg in call.legs.values()}, "the node was told")
    heard = len(agents.heard(4 * group))
    coachs.say("microphone", b"\x78" * 40)
    leg = next(leg for leg in call.legs.values() if leg.role == "listener")
    await until(lambda: leg.dropped["refused"], "the node refuses a listener's packets")
    assert len(agents.heard(4 * group)) == heard
    assert len(citizens.packets) == before


async def test_what_is_asked_aside_the_citizen_neither_hears_nor_sees_until_it_is_opened(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    expert = await hub.ready(EXPERT)
    await agent.do("consult.ask", call_id=call_id, agent_id=EXPERT, private=True)
    await expert.until(lambda page: page.view["offer"] is not None)
    await expert.do("offer.accept", offer_id=expert.view["offer"]["offer_id"])
    await booth.until(lambda page: page.call["private"] == "coming")
    citizens, agents, experts = await hub.play(booth, agent, expert)
    for page in (booth, agent, expert):
        await page.until(lambda page: page.call["private"] == "on")
    known = {one["id"] for one in booth.call["participants"]}
    assert known == {BOOTH, AGENT}
    await booth.until(lambda page: page.call["links"][-1]["seats"] == [None, None])
    await agent.until(lambda page: EXPERT in (page.call["links"][-1]["seats"] or []))
    before = len(citizens.packets)
    for one in (agents, experts):
        one.say("microphone", b"\x78" * 40)
    group = agent.call["links"][-1]["seats"].index(EXPERT)
    await until(lambda: agents.heard(4 * group), "the agent hears the expert")
    assert len(citizens.packets) == before
    assert await expert.refused("consult.open", call_id=call_id) == "not_lead"
    await agent.do("consult.open", call_id=call_id)
    await booth.until(lambda page: page.call["private"] == "" and None not in page.call["links"][-1]["seats"])
    assert {one["id"] for one in booth.call["participants"]} == {BOOTH, AGENT, EXPERT}
    for one in (agents, experts):
        one.say("microphone", b"\x78" * 40)
    await until(lambda: citizens.heard(0) and citizens.heard(4), "the citizen hears both")


async def test_only_the_leading_agent_asks_hands_over_and_holds_and_only_supervisors_join(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    expert = await hub.ready(EXPERT)
    assert await expert.refused("call.join", call_id=call_id, role="listener") == "not_allowed"
    assert await expert.refused("consult.ask", call_id=call_id, agent_id=EXPERT) == "not_a_member"
    assert await agent.refused("consult.ask", call_id=call_id) == "malformed"
    assert await agent.refused("consult.ask", call_id=call_id, skill_id="magic") == "unknown_skill"
    assert await agent.refused("consult.cancel", call_id=call_id) == "not_consulting"
    await agent.until(lambda page: [one["id"] for one in page.view["colleagues"]] == [EXPERT])
    await agent.do("consult.ask", call_id=call_id, agent_id=EXPERT)
    await expert.until(lambda page: page.view["offer"] is not None)
    # Who asked hears that nobody comes; who was asked, that it is over.
    await expert.do("offer.decline", offer_id=expert.view["offer"]["offer_id"], reason="busy")
    await agent.until(lambda page: page.view["notice"] and page.view["notice"]["code"] == "colleague_declined")
    await agent.do("consult.cancel", call_id=call_id)
    await hub.house.pass_time(60)
    await agent.do("consult.ask", call_id=call_id, agent_id=EXPERT)
    await expert.until(lambda page: page.view["offer"] is not None)
    await agent.do("consult.cancel", call_id=call_id)
    await expert.until(lambda page: page.view["notice"] and page.view["notice"]["code"] == "asked_withdrawn")
    await agent.do("consult.ask", call_id=call_id, agent_id=EXPERT)
    await expert.until(lambda page: page.view["offer"] is not None)
    assert (expert.view["offer"]["role"], expert.view["offer"]["asked_by"]["id"]) == ("expert", AGENT)
    await expert.do("offer.accept", offer_id=expert.view["offer"]["offer_id"])
    await expert.until(lambda page: page.view["call"] is not None)
    assert expert.call["role"] == "expert"
    leads: dict[str, dict[str, Any]] = {
        "call.hold": {}, "call.resume": {}, "call.end": {"outcome": "completed"}, "capture.request": {},
        "notes.save": {"text": "?"}, "consult.ask": {"agent_id": AGENT}, "call.hand_over": {"agent_id": EXPERT},
        "chat.say": {"text": "?", "message_id": "m"}, "share.start": {}, "pointer": {"surface": "s", "x": 0, "y": 0},
    }  # fmt: skip
    for name, members in leads.items():
        assert await expert.refused(name, call_id=call_id, **members) == "not_lead", name
    assert await expert.refused("call.take_over", call_id=call_id) == "not_allowed"
    await expert.do("media.state", call_id=call_id, audio=False, video=True)
    await booth.until(lambda page: page.call["participants"][-1]["media"] == {"audio": False, "video": True})
    await agent.do("notes.save", call_id=call_id, text="缺照片", base="")
    await agent.do("call.hand_over", call_id=call_id, agent_id=EXPERT)
    await expert.until(lambda page: page.call["role"] == "agent")
    await agent.until(lambda page: page.view["wrap_up"] is not None)
    # Both may write now; neither takes the other's words away.
    await expert.do("notes.save", call_id=call_id, text="缺照片，约明天", base="缺照片")
    answer = await agent.say("notes.save", call_id=call_id, text="缺照片！", base="缺照片")
    assert (answer["problem"]["code"], answer["problem"]["text"]) == ("notes_changed", "缺照片，约明天")
    await agent.do("notes.save", call_id=call_id, text="缺照片，约明天！", base="缺照片，约明天")
    await booth.until(lambda page: page.call["agent"]["id"] == EXPERT)


async def test_nobody_signals_over_a_link_of_somebody_else(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent, boss = await joined(hub)
    link = await hosted_link(boss)
    hub.callers[""] = caller = Caller()
    offer = {"type": "offer", "sdp": caller.offer(1)}
    for page in (booth, agent):
        assert await page.refused("link.signal", link_id=link["link_id"], description=offer) == "not_a_member"
        assert await page.refused("link.playing", link_id=link["link_id"]) == "not_a_member"


async def test_without_a_node_the_call_stays_direct(hub: Hub) -> None:
    booth, agent, boss = await joined(hub)
    await agent.until(lambda page: len(page.call["participants"]) == 3)
    assert (ways(booth), ways(agent), ways(boss)) == (["direct"], ["direct"], [])


async def test_nothing_is_asked_aside_where_no_node_keeps_the_citizen_apart(hub: Hub) -> None:
    booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
    await hub.ready(EXPERT)
    asked = {"call_id": booth.call["call_id"], "agent_id": EXPERT, "private": True}
    assert await agent.refused("consult.ask", **asked) == "media_away"
    await hub.node("node_1")
    await agent.do("consult.ask", **asked)


async def test_a_dead_nodes_call_is_on_another_one(hub: Hub) -> None:
    async with contextlib.AsyncExitStack() as first:
        stack, hub.stack = hub.stack, first
        await hub.node("node_1")
        hub.stack = stack
        booth, agent, boss = await joined(hub)
        await hub.play(booth, agent, boss)
        await booth.until(lambda page: ways(page) == ["hosted"])
        old = booth.link_id
        second = await hub.node("node_2")
    await booth.until(lambda page: ways(page) == ["hosted", "hosted"])
    assert booth.call["links"][0]["link_id"] == old
    await hub.play(booth, agent, boss)
    await booth.until(lambda page: ways(page) == ["hosted"])
    assert booth.link_id != old
    (call,) = second.board.calls.values()
    assert len(call.legs) == 3


async def test_a_call_that_is_taken_over_from_a_dead_node_goes_direct_only_after_that(tmp_path: Path) -> None:
    at_once = {"nodes": NODES["nodes"] | {"linger_s": 0.01}}
    async with open_hub(tmp_path, **at_once) as hub, contextlib.AsyncExitStack() as first:
        stack, hub.stack = hub.stack, first
        await hub.node("node_1")
        hub.stack = stack
        booth, agent, boss = await joined(hub)
        await hub.play(booth, agent, boss)
        await booth.until(lambda page: ways(page) == ["hosted"])
        await hub.node("node_2")
        await first.aclose()
        await booth.until(lambda page: ways(page) == ["hosted", "hosted"])
        rescue = (await hosted_link(booth))["link_id"]
        await boss.do("call.step_out", call_id=booth.call["call_id"])
        await booth.until(lambda page: len(page.call["participants"]) == 2)
        # One of them shows the new picture already: it must not be taken away.
        await hub.play(booth, agent)
        await booth.until(lambda page: page.call["links"][0]["link_id"] == rescue)
        await booth.until(lambda page: ways(page) == ["hosted", "direct"])


async def test_a_draining_nodes_call_is_handed_over_while_it_still_plays(hub: Hub) -> None:
    first = await hub.node("node_1")
    booth, agent, boss = await joined(hub)
    await hub.play(booth, agent, boss)
    await booth.until(lambda page: ways(page) == ["hosted"])
    second = await hub.node("node_2")
    first.drain()
    await booth.until(lambda page: ways(page) == ["hosted", "hosted"])
    assert len(first.board.calls) == 1
    await hub.play(booth, agent, boss)
    await until(lambda: not first.board.calls, "the old node is empty")
    assert len(second.board.calls) == 1
    await first.ended.wait()


async def test_a_restarted_service_keeps_hosted_calls_and_closes_legs_nobody_knows(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    async with contextlib.AsyncExitStack() as stack:
        async with open_house(tmp_path, cookies=cookies, **NODES) as house:
            hub = Hub(house, stack)
            node = await hub.node("node_1")
            port = int(house.url.rpartition(":")[2])
            booth, agent, boss = await joined(hub)
            await hub.play(booth, agent, boss)
            await booth.until(lambda page: ways(page) == ["hosted"])
            before = booth.link_id
            pages = [(person, page.page_id) for person, page in ((BOOTH, booth), (AGENT, agent), (SUPERVISOR, boss))]
            node.board.open_leg("call_unknown.1", "link_unknown", "citizen")
        async with open_house(tmp_path, cookies=cookies, port=port, **NODES) as house:
            booth, agent, boss = [await house.page(person, page_id) for person, page_id in pages]
            assert ways(booth) == ["hosted"]
            assert booth.link_id == before
            await until(lambda: house.service.nodes.alive("node_1"), "the node is back")
            await booth.until(lambda page: page.call["links"][0]["seats"] == [AGENT, SUPERVISOR])
            (call,) = node.board.calls.values()
            assert set(call.legs) == {page.link_id for page in (booth, agent, boss)}
            await agent.do("call.end", call_id=agent.call["call_id"], outcome="completed")
            await until(lambda: not node.board.calls, "the node is empty")
        for caller in hub.callers.values():
            await caller.close()


async def test_a_call_direct_failed_in_is_hosted_and_stays_so(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
    # Neither page ever says that it plays anything.
    await hosted_link(booth)
    await hub.play(booth, agent)
    await booth.until(lambda page: ways(page) == ["hosted"])
    # At another window too: it is one call, and the citizen's line is what it was.
    await agent.do("call.transfer", call_id=booth.call["call_id"], queue_id="civil")
    other = await hub.house.page(INTERPRETER)
    await other.do("agent.ready")
    await other.until(lambda page: page.view["offer"] is not None)
    await other.do("offer.accept", offer_id=other.view["offer"]["offer_id"])
    await booth.until(lambda page: page.view["phase"] == "talking" and page.call["links"] != [])
    assert ways(booth) == ["hosted"]


async def test_a_listener_who_coaches_takes_a_seat_at_the_agents(hub: Hub) -> None:
    await hub.node("node_1")
    booth, agent, boss = await joined(hub, "listener")
    _, agents, coachs = await hub.play(booth, agent, boss)
    await agent.until(lambda page: ways(page) == ["hosted"])
    coachs.say("microphone", b"\x78" * 40)
    await boss.do("call.join", call_id=booth.call["call_id"], role="coach")
    await agent.until(lambda page: page.call["links"][0]["seats"] == [BOOTH, SUPERVISOR])

    async def heard() -> bool:
        coachs.say("microphone", b"\x78" * 40)
        coachs.say("camera", KEY)
        return len(agents.heard(4)) > 0 and len(agents.heard(5)) > 0

    await until(heard, "the agent hears and sees the coach")


async def test_a_supervisor_watches_a_direct_call_from_outside_and_it_goes_direct_again(hub: Hub) -> None:
    node = await hub.node("node_1")
    booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
    boss = await hub.house.page(SUPERVISOR)
    call_id, watcher = booth.call["call_id"], Caller()
    offer = {"type": "offer", "sdp": watcher.offer(2)}
    assert await boss.refused("preview.open", call_id=call_id, description=offer) == "moving"
    citizens, _ = await hub.play(booth, agent)
    for page in (booth, agent):
        await page.until(lambda page: ways(page) == ["hosted"])
    told = await boss.do("preview.open", call_id=call_id, description=offer)
    hub.callers[told["preview_id"]] = watcher
    await watcher.connect(told["description"]["sdp"])
    citizens.say("camera", KEY)
    await until(functools.partial(watcher.heard, 1), "the citizen's picture comes")
    # Nobody in the call is told, and nothing of it stands in the call's own record.
    for page in (booth, agent):
        assert {one["id"] for one in page.call["participants"]} == {BOOTH, AGENT}
    assert boss.view["call"] is None
    assert hub.house.service.hall.engine.call(call_id).parties == ()
    (legs,) = [call.legs for call in node.board.calls.values()]
    assert {leg.role for leg in legs.values()} == {"citizen", "agent", "listener"}
    await boss.close()
    await until(lambda: told["preview_id"] not in legs, "the leg of a page that is gone is closed")
    await until(lambda: not hub.house.service.hosting.previewed(call_id, told["preview_id"]), "nobody watches")
