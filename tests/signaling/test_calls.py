"""A citizen and an agent through the real sockets: who may say what, what both are told, what survives."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Any

import pytest

from signaling.auth import Identity
from signaling.ice import IceServers
from tests.signaling.house import DEVICES, Clock, House, open_house, talk
from tests.signaling.test_messages import CANDIDATE, OFFER

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOOTH, OTHER_BOOTH = "booth_taopu_center", "booth_wanli_center"
AGENT, OTHER_AGENT = "agent_chen_jing", "agent_lu_wei"
ITEM = "social_card_replace"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_a_citizen_is_served_from_ticket_to_rating(house: House) -> None:
    agent = await house.page(AGENT)
    booth = await house.page(BOOTH)
    assert booth.view["phase"] == "idle"
    assert booth.snapshot["chat"] == []
    assert booth.view["call"] is None
    await booth.do("health", **DEVICES)
    entered = await booth.do("call.enter", item_id=ITEM, priority=["elder"], elder_mode=True, lang="en")
    await booth.until(lambda page: page.view["phase"] == "waiting")
    call_id = booth.call["call_id"]
    assert entered["ticket"] == booth.call["ticket"]
    assert (booth.call["ahead"], booth.call["state"], booth.call["agent"]) == (0, "waiting", None)
    assert (booth.call["priority"], booth.call["elder_mode"], booth.call["lang"]) == (["elder"], True, "en")
    assert booth.call["estimate"] is None  # nobody is at work yet

    await agent.do("agent.ready")
    await agent.until(lambda page: page.view["offer"] is not None)
    offer = agent.view["offer"]
    assert (offer["call_id"], offer["item_id"], offer["priority"]) == (call_id, ITEM, ["elder"])
    assert offer["offered_at"] < offer["expires_at"]
    accepted = await agent.do("offer.accept", offer_id=offer["offer_id"])
    assert accepted["call_id"] == call_id
    await booth.until(lambda page: page.view["phase"] == "talking")
    await agent.until(lambda page: page.view["call"] is not None)
    assert booth.link_id == agent.link_id
    assert booth.call["agent"]["badge"] == "PX101"
    (citizens,), (agents,) = booth.call["links"], agent.call["links"]
    assert citizens["offerer"] != agents["offerer"]
    assert citizens["polite"] != agents["polite"]
    assert (citizens["peer"], agents["peer"], citizens["topology"]) == ("agent", "citizen", "direct")

    await booth.do("chat.say", call_id=call_id, text="您好", message_id="m1")
    assert (await agent.told("chat.said"))["text"] == "您好"
    await agent.do("notes.save", call_id=call_id, text="带了旧卡")
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await booth.until(lambda page: page.view["phase"] == "rating")
    await agent.until(lambda page: page.view["wrap_up"] is not None)
    await booth.do("call.rate", call_id=call_id, level=5, reasons=["patient"], remark="好")
    await booth.until(lambda page: page.view["phase"] == "idle" and page.view["call"] is None)
    ends = agent.view["wrap_up"]["ends_at"]
    await agent.do("wrap_up.extend", call_id=call_id)
    await agent.until(lambda page: page.view["wrap_up"]["ends_at"] > ends)
    await agent.do("wrap_up.finish", call_id=call_id, outcome="referred")
    await agent.until(lambda page: page.view["agent"]["state"] == "ready" and page.view["wrap_up"] is None)
    # The last words may come when the time for the record is over; nobody else's do.
    await agent.do("notes.save", call_id=call_id, text="转窗口", base="带了旧卡")
    colleague = await house.page(OTHER_AGENT)
    assert await colleague.refused("notes.save", call_id=call_id, text="?") == "not_a_member"

    await house.service.projection.reach(house.service.hall.seq)
    record = await house.service.records.history.record(Identity("agent", AGENT, ""), call_id, house.clock())
    assert (record.call.outcome, record.routed_outcome) == ("referred", "completed")
    assert record.rating is not None
    assert record.rating.level == 5
    assert record.notes is not None
    assert record.notes.text == "转窗口"
    assert [line.text for line in record.chat] == ["您好"]
    assert record.wishes.elder_mode
    assert record.wishes.lang == "en"


async def test_signals_are_relayed_as_they_are(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    offer = {"type": "offer", "sdp": OFFER}
    await agent.do("link.signal", link_id=agent.link_id, description=offer)
    assert await booth.told("link.signal") == {"link_id": booth.link_id, "description": offer}
    await booth.do("link.signal", link_id=booth.link_id, candidate=CANDIDATE)
    assert await agent.told("link.signal") == {"link_id": agent.link_id, "candidate": CANDIDATE}
    await booth.do("link.signal", link_id=booth.link_id, candidate=None)
    await agent.until(lambda page: page.events[-1][1].get("candidate", {}).get("candidate") == "")


async def test_malformed_sdp_is_refused_and_reaches_nobody(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    for sdp in ("", "v=0\r\n", OFFER.replace("a=fingerprint", "a=thumbprint"), "x" * 70_000):
        answer = await agent.say("link.signal", link_id=agent.link_id, description={"type": "offer", "sdp": sdp})
        assert (answer["problem"]["code"], answer["problem"]["field"]) == ("malformed", "description")
    await agent.do("chat.say", call_id=agent.call["call_id"], text="later", message_id="m1")
    await booth.told("chat.said")
    assert not [event for event, _ in booth.events if event == "link.signal"]
    assert booth.view["phase"] == "talking"


async def test_nobody_reaches_a_call_they_are_not_in(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id, link_id = booth.call["call_id"], booth.link_id
    stranger, colleague = await house.page(OTHER_BOOTH), await house.page(OTHER_AGENT)
    both: dict[str, dict[str, Any]] = {
        "link.signal": {"link_id": link_id, "description": {"type": "offer", "sdp": OFFER}},
        "link.report": {"link_id": link_id, "state": "good"},
        "chat.say": {"call_id": call_id, "text": "?", "message_id": "m"},
        "share.start": {"call_id": call_id},
        "share.stop": {"call_id": call_id},
        "pointer": {"call_id": call_id, "surface": "screen", "x": 0.5, "y": 0.5},
        "media.state": {"call_id": call_id, "audio": False, "video": False},
    }
    for name, members in both.items():
        assert await stranger.refused(name, **members) == "not_a_member"
        assert await colleague.refused(name, **members) == "not_a_member"
    assert await stranger.refused("call.leave", call_id=call_id) == "not_a_member"
    assert await stranger.refused("call.rate", call_id=call_id, level=1) == "not_a_member"
    assert await stranger.refused("call.dismiss", call_id=call_id) == "not_a_member"
    for name in ("call.hold", "call.resume", "capture.request", "wrap_up.finish", "wrap_up.extend"):
        assert await colleague.refused(name, call_id=call_id) == "not_a_member"
    assert await colleague.refused("call.end", call_id=call_id, outcome="completed") == "not_a_member"
    assert await colleague.refused("notes.save", call_id=call_id, text="?") == "not_a_member"
    # Nor does a namespace know the other's messages.
    assert await booth.refused("call.end", call_id=call_id, outcome="completed") == "unknown_message"
    assert await agent.refused("call.rate", call_id=call_id, level=5) == "unknown_message"
    assert (booth.view["phase"], agent.view["agent"]["state"]) == ("talking", "talking")
    assert booth.events == []
    assert agent.events == []


async def test_a_wrong_ticket_is_refused_and_the_running_call_goes_on(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    assert await booth.refused("call.enter", item_id=ITEM) == "booth_busy"
    assert await booth.refused("call.enter", item_id="moon_landing") == "unknown_item"
    assert await booth.refused("call.enter", item_id=ITEM, priority=["vip"]) == "malformed"
    assert await booth.refused("call.enter", item_id=ITEM, needs=["chauffeur"]) == "malformed"
    assert await agent.refused("offer.accept", offer_id="offer_ffff") in ("unknown_offer", "wrong_state")
    assert booth.view["phase"] == "talking"
    assert len(list(house.service.hall.engine.calls())) == 1


async def test_an_item_is_not_ticketed_where_its_device_is_broken(house: House) -> None:
    booth = await house.page(BOOTH)
    await booth.do("health", **{**DEVICES, "document_camera": "missing"})
    assert await booth.refused("call.enter", item_id=ITEM) == "device_not_working"
    await booth.do("health", **DEVICES)
    await booth.do("call.enter", item_id=ITEM)


async def test_a_refused_ticket_leaves_nothing_behind(house: House) -> None:
    booth = await house.page(BOOTH)
    await booth.do("health", **{**DEVICES, "document_camera": "missing"})
    for _ in range(3):
        assert await booth.refused("call.enter", item_id=ITEM, lang="en") == "device_not_working"
    assert len(house.service.stories._stories) == 0
    await booth.do("health", **DEVICES)
    await booth.do("call.enter", item_id=ITEM, lang="en")
    await booth.until(lambda page: page.view["phase"] == "waiting")
    assert (booth.call["lang"], len(house.service.stories._stories)) == ("en", 1)


async def test_a_chat_line_sent_twice_is_stored_once(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    first = await booth.do("chat.say", call_id=call_id, text="一", message_id="m1")
    again = await booth.do("chat.say", call_id=call_id, text="一", message_id="m1")
    assert first["at"] == again["at"]
    assert await agent.refused("chat.say", call_id=call_id, text="二", message_id="m1") == "id_reused"
    reloaded = await house.page(AGENT)
    assert [line["text"] for line in reloaded.snapshot["chat"]] == ["一"]


async def test_hold_sharing_muting_pointing_and_reports_reach_the_other_side(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    await agent.do("call.hold", call_id=call_id)
    await booth.until(lambda page: page.call["held"])
    assert booth.call["links"]
    await agent.do("call.resume", call_id=call_id)
    await booth.until(lambda page: not page.call["held"])
    await agent.do("share.start", call_id=call_id)
    await booth.until(lambda page: page.call["sharing"] == {"citizen": False, "agent": True})
    await booth.do("media.state", call_id=call_id, audio=False, video=True)
    await agent.until(lambda page: page.call["media"]["citizen"] == {"audio": False, "video": True})
    await agent.do("share.stop", call_id=call_id)
    await booth.until(lambda page: not page.call["sharing"]["agent"])
    await booth.do("pointer", call_id=call_id, surface="screen", x=0.25, y=1)
    assert await agent.told("pointer") == {"call_id": call_id, "surface": "screen", "x": 0.25, "y": 1.0}
    await booth.do("link.report", link_id=booth.link_id, state="good", rtt_ms=40, loss=0.01, first_frame_ms=420)
    report = await agent.told("peer.report")
    assert report == {"call_id": call_id, "from": "citizen", "state": "good", "rtt_ms": 40.0, "loss": 0.01}
    assert b'vw_first_frame_seconds_count{side="citizen"} 1.0' in house.service.metrics.text()


async def test_a_reloaded_page_is_in_the_same_call_with_a_new_link(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id, before = booth.call["call_id"], booth.link_id
    await agent.do("share.start", call_id=call_id)
    await booth.kill()
    await agent.until(lambda page: page.call["booth_lost_at"] is not None)
    assert agent.link_id == before  # the media go on without the server
    answer = await agent.say("link.signal", link_id=before, candidate=CANDIDATE)
    assert answer["problem"]["code"] == "peer_away"
    again = await house.page(BOOTH)
    assert (again.view["phase"], again.call["call_id"]) == ("talking", call_id)
    await agent.until(lambda page: page.call["booth_lost_at"] is None and page.link_id == again.link_id)
    assert again.link_id != before
    assert again.call["sharing"]["agent"]


async def test_a_page_that_only_reconnects_keeps_its_link(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    before = booth.link_id
    await booth.kill()
    await agent.until(lambda page: page.call["booth_lost_at"] is not None)
    again = await house.page(BOOTH, booth.page_id)
    assert again.link_id == before
    await agent.until(lambda page: page.call["booth_lost_at"] is None)
    assert agent.link_id == before


async def test_a_restarted_server_names_the_same_link(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    clock = Clock()
    async with open_house(tmp_path, cookies=cookies, clock=clock) as house:
        booth, agent = await talk(house, BOOTH, AGENT, ITEM)
        await booth.do("chat.say", call_id=booth.call["call_id"], text="在吗", message_id="m1")
        call_id, before = booth.call["call_id"], booth.link_id
    async with open_house(tmp_path, cookies=cookies, clock=clock) as house:
        # The one who is back first finds the link as it was, though nobody answers at its other end yet.
        back = await house.page(BOOTH, booth.page_id)
        assert (back.call["call_id"], back.link_id, back.call["recovering"]) == (call_id, before, True)
        assert [line["text"] for line in back.snapshot["chat"]] == ["在吗"]
        console = await house.page(AGENT, agent.page_id)
        assert console.link_id == before
        await back.until(lambda page: not page.call["recovering"])
        await console.until(lambda page: page.call["booth_lost_at"] is None)
        await console.do("link.signal", link_id=before, candidate=CANDIDATE)
        await back.told("link.signal")


async def test_waiting_tickets_keep_their_order_through_a_restart(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    clock = Clock()
    waiting = [BOOTH, OTHER_BOOTH, "booth_zhenru_center"]
    async with open_house(tmp_path, cookies=cookies, clock=clock) as house:
        tickets = []
        for booth_id in waiting:
            booth = await house.page(booth_id)
            tickets.append((await booth.do("call.enter", item_id=ITEM, lang="en"))["ticket"])
    async with open_house(tmp_path, cookies=cookies, clock=clock) as house:
        pages = [await house.page(booth_id) for booth_id in waiting]
        assert [page.call["ticket"] for page in pages] == tickets
        assert [page.call["ahead"] for page in pages] == [0, 1, 2]
        assert {page.call["lang"] for page in pages} == {"en"}
        agent = await house.page(AGENT)
        await agent.do("agent.ready")
        await agent.until(lambda page: page.view["offer"] is not None)
        assert agent.view["offer"]["ticket"] == tickets[0]


async def test_a_killed_booth_is_told_to_the_agent_who_may_end(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    started = time.monotonic()
    await booth.kill()
    await agent.until(lambda page: page.call["booth_lost_at"] is not None)
    assert time.monotonic() - started < 2
    await agent.do("call.end", call_id=agent.call["call_id"], outcome="partly_completed")
    await agent.until(lambda page: page.view["wrap_up"] is not None)
    back = await house.page(BOOTH)
    assert back.view["phase"] == "rating"


async def test_a_booth_that_stays_away_loses_its_call(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    await booth.kill()
    await agent.until(lambda page: page.call["booth_lost_at"] is not None)
    await house.pass_time(181)
    await agent.until(lambda page: page.view["wrap_up"] is not None)
    assert agent.view["wrap_up"]["outcome"] == "dropped"
    assert agent.view["notice"]["code"] == "call_ended"


async def test_a_lost_agents_citizen_is_first_in_the_queue_again_after_15_s(house: House) -> None:
    earlier = await house.page(OTHER_BOOTH)
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    await earlier.do("call.enter", item_id=ITEM)
    call_id = booth.call["call_id"]
    await agent.kill()
    await booth.until(lambda page: page.call["recovering"])
    assert booth.view["phase"] == "talking"
    assert booth.call["links"]
    await house.pass_time(14)
    assert booth.call["recovering"]
    await house.pass_time(2)
    await booth.until(lambda page: page.view["phase"] == "waiting")
    assert (booth.call["call_id"], booth.call["ahead"], booth.call["links"]) == (call_id, 0, [])
    await earlier.until(lambda page: page.call["ahead"] == 1)
    other = await house.page(OTHER_AGENT)
    await other.do("agent.ready")
    await other.until(lambda page: page.view["offer"] is not None)
    assert other.view["offer"]["call_id"] == call_id
    await other.do("offer.accept", offer_id=other.view["offer"]["offer_id"])
    await booth.until(lambda page: page.view["phase"] == "talking" and page.call["agent"]["id"] == OTHER_AGENT)


async def test_an_agent_back_in_time_goes_on_talking(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    await agent.kill()
    await booth.until(lambda page: page.call["recovering"])
    again = await house.page(AGENT)
    await booth.until(lambda page: not page.call["recovering"])
    assert again.call["call_id"] == booth.call["call_id"]
    await booth.until(lambda page: page.link_id == again.link_id)


async def test_an_agent_lost_while_ringing_loses_the_offer_to_the_next(house: House) -> None:
    agent, other = await house.page(AGENT), await house.page(OTHER_AGENT)
    await agent.do("agent.ready")
    booth = await house.page(BOOTH)
    await booth.do("call.enter", item_id=ITEM)
    await agent.until(lambda page: page.view["offer"] is not None)
    await other.do("agent.ready")
    await agent.kill()
    await other.until(lambda page: page.view["offer"] is not None)
    assert other.view["offer"]["call_id"] == booth.call["call_id"]


async def test_declined_and_expired_offers_go_on(house: House) -> None:
    agent, other = await house.page(AGENT), await house.page(OTHER_AGENT)
    await agent.do("agent.ready")
    booth = await house.page(BOOTH)
    await booth.do("call.enter", item_id=ITEM)
    await agent.until(lambda page: page.view["offer"] is not None)
    offer_id = agent.view["offer"]["offer_id"]
    await other.do("agent.ready")
    await agent.do("offer.decline", offer_id=offer_id, reason="expert needed")
    await other.until(lambda page: page.view["offer"] is not None)
    assert await agent.refused("offer.accept", offer_id=offer_id) == "offer_over"
    await house.pass_time(21)
    await other.until(lambda page: page.view["offer"] is None)
    assert other.view["notice"]["code"] == "offer_expired"
    await agent.until(lambda page: page.view["offer"] is not None)


async def test_a_citizen_may_leave_waiting_or_talking(house: House) -> None:
    booth = await house.page(BOOTH)
    await booth.do("call.enter", item_id=ITEM)
    await booth.until(lambda page: page.view["phase"] == "waiting")
    await booth.do("call.leave", call_id=booth.call["call_id"])
    await booth.until(lambda page: page.view["phase"] == "idle")
    assert booth.view["notice"] is None
    booth, agent = await talk(house, OTHER_BOOTH, AGENT, ITEM)
    await booth.do("call.leave", call_id=booth.call["call_id"])
    await booth.until(lambda page: page.view["phase"] == "rating")
    await agent.until(lambda page: page.view["wrap_up"] is not None)
    assert agent.view["notice"]["reason"] == "citizen_left"


async def test_a_rating_is_asked_for_a_minute_and_taken_once(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await booth.until(lambda page: page.view["phase"] == "rating")
    again = await house.page(BOOTH)
    assert again.view["phase"] == "rating"
    await again.do("call.rate", call_id=call_id, level=4)
    assert await again.refused("call.rate", call_id=call_id, level=1) == "wrong_state"
    await again.until(lambda page: page.view["phase"] == "idle")


async def test_an_unrated_call_is_forgotten_by_the_booth(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await booth.until(lambda page: page.view["phase"] == "rating")
    await house.pass_time(61)
    await booth.until(lambda page: page.view["phase"] == "idle" and page.view["call"] is None)
    assert await booth.refused("call.rate", call_id=call_id, level=4) == "wrong_state"
    fresh = await house.page(BOOTH)
    assert fresh.snapshot["chat"] == []
    assert fresh.snapshot["captures"] == []


async def test_the_next_citizen_may_begin_while_a_rating_is_asked(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    await agent.do("call.end", call_id=booth.call["call_id"], outcome="completed")
    await booth.until(lambda page: page.view["phase"] == "rating")
    await booth.do("call.dismiss", call_id=booth.call["call_id"])
    await booth.until(lambda page: page.view["phase"] == "idle")
    await booth.do("call.enter", item_id=ITEM)
    await booth.until(lambda page: page.view["phase"] == "waiting")


async def test_notes_are_the_agents_alone(house: House) -> None:
    _booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    await agent.do("notes.save", call_id=agent.call["call_id"], text="客户情绪激动")
    assert (await house.page(AGENT)).snapshot["notes"] == "客户情绪激动"
    assert (await house.page(BOOTH)).snapshot["notes"] == ""


def test_turn_credentials_are_coturns_shared_secret_scheme() -> None:
    ice = IceServers(("stun:s:3478",), ("turn:t:3478",), "secret", turn_lifetime_s=600)
    stun, turn = ice.of("abc", 1_000_000.0)
    assert stun.username is None
    assert turn.username is not None
    assert turn.username.endswith(":abc")
    expiry = int(turn.username.split(":")[0])
    assert 300 <= expiry - 1_000_000 <= 600
    expected = base64.b64encode(hmac.digest(b"secret", turn.username.encode(), hashlib.sha1)).decode()
    assert turn.credential == expected
    assert ice.of("abc", 1_000_010.0)[1] == turn  # a view does not change because ten seconds passed
    assert "secret" not in repr(ice)


async def test_the_connection_is_made_ready_while_it_rings_and_goes_live_with_the_answer(house: House) -> None:
    agent, booth = await house.page(AGENT), await house.page(BOOTH)
    await agent.do("agent.ready")
    await booth.do("call.enter", item_id=ITEM)
    await agent.until(lambda page: page.view["offer"] is not None)
    await booth.until(lambda page: page.call["state"] == "offered")
    (ringing,) = agent.view["offer"]["links"]
    assert (ringing["live"], booth.call["links"][0]["live"]) == (False, False)
    assert ringing["link_id"] == booth.link_id
    await agent.do("link.signal", link_id=ringing["link_id"], description={"type": "offer", "sdp": OFFER})
    assert (await booth.told("link.signal"))["description"]["type"] == "offer"

    await agent.do("offer.accept", offer_id=agent.view["offer"]["offer_id"])
    await booth.until(lambda page: page.view["phase"] == "talking" and page.call["links"] != [])
    assert (booth.link_id, booth.call["links"][0]["live"]) == (ringing["link_id"], True)


async def test_the_connection_of_a_declined_offer_is_nobodys(house: House) -> None:
    agent, booth = await house.page(AGENT), await house.page(BOOTH)
    await agent.do("agent.ready")
    await booth.do("call.enter", item_id=ITEM)
    await agent.until(lambda page: page.view["offer"] is not None)
    (ringing,) = agent.view["offer"]["links"]
    for name in ("link.playing", "link.report"):
        more = {"state": "good"} if name == "link.report" else {}
        assert await agent.refused(name, link_id=ringing["link_id"], **more) == "not_a_member"
    await agent.do("offer.decline", offer_id=agent.view["offer"]["offer_id"], reason="busy")
    await booth.until(lambda page: page.call["state"] == "waiting" and page.call["links"] == [])
    assert (
        await agent.refused("link.signal", link_id=ringing["link_id"], description={"type": "offer", "sdp": OFFER})
        == "not_a_member"
    )
    assert (
        await booth.refused("link.signal", link_id=ringing["link_id"], description={"type": "offer", "sdp": OFFER})
        == "not_a_member"
    )


async def test_another_helper_has_no_part_in_a_connection_that_rings(house: House) -> None:
    agent, other, booth = await house.page(AGENT), await house.page(OTHER_AGENT), await house.page(BOOTH)
    await agent.do("agent.ready")
    await booth.do("call.enter", item_id=ITEM)
    await agent.until(lambda page: page.view["offer"] is not None)
    (ringing,) = agent.view["offer"]["links"]
    assert (
        await other.refused("link.signal", link_id=ringing["link_id"], description={"type": "offer", "sdp": OFFER})
        == "not_a_member"
    )
