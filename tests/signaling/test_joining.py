"""Coming to a call that goes on: what was said and shown before is there, for those who are in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.signaling.house import open_house, talk

if TYPE_CHECKING:
    from pathlib import Path

BOOTH, AGENT, EXPERT, SUPERVISOR = "booth_taopu_center", "agent_chen_jing", "agent_wu_guoqiang", "supervisor_zhao_lin"


async def test_whoever_comes_later_is_shown_what_was_said_and_asked_for_before(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        booth, agent = await talk(house, BOOTH, AGENT, "social_card_replace")
        call_id = booth.call["call_id"]
        await booth.do("chat.say", call_id=call_id, message_id="msg_1", text="我的卡丢了")
        await agent.do("chat.say", call_id=call_id, message_id="msg_2", text="没关系")
        asked = await agent.do("capture.request", call_id=call_id)
        await agent.do("notes.save", call_id=call_id, text="卡丢失")
        expert, boss = await house.page(EXPERT), await house.page(SUPERVISOR)
        assert await expert.refused("call.read", call_id=call_id) == "not_a_member"
        assert await boss.refused("call.read", call_id=call_id) == "not_a_member"
        await boss.do("call.join", call_id=call_id, role="listener")
        told = await boss.do("call.read", call_id=call_id)
        assert [(line["from"], line["text"]) for line in told["chat"]] == [
            ("citizen", "我的卡丢了"),
            ("agent", "没关系"),
        ]
        assert [one["capture_id"] for one in told["captures"]] == [asked["capture_id"]]
        assert told["notes"] == "卡丢失"
        await boss.do("call.step_out", call_id=call_id)
        assert await boss.refused("call.read", call_id=call_id) == "not_a_member"
