"""Coming to a call that goes on: what was said and shown before is there for those in it, and who comes as what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.signaling.house import DISTRICT, House, Page, open_house, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOTH, AGENT, EXPERT, SUPERVISOR = "booth_taopu_center", "agent_chen_jing", "agent_wu_guoqiang", "supervisor_zhao_lin"
INTERPRETER, SIGN, ITEM = "agent_fang_min", "sign_language", "social_card_replace"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A district whose expert also signs, among much else."""
    known = DISTRICT.agents[EXPERT]
    agents = {**DISTRICT.agents, EXPERT: replace(known, skills=known.skills | {SIGN: 3})}
    async with open_house(tmp_path_factory.mktemp("house"), world=replace(DISTRICT, agents=agents)) as house:
        yield house


async def finish(agent: Page, *others: Page) -> None:
    """End the agent's call; nobody is left in the house."""
    call_id = agent.call["call_id"]
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await agent.do("wrap_up.finish", call_id=call_id)
    for page in (agent, *others):
        if page.namespace == "/staff":
            await page.do("agent.not_ready", reason="break")
        await page.close()


async def offered(page: Page) -> str:
    """Wait until it rings; return as what they are asked."""
    await page.until(lambda page: page.view["offer"] is not None)
    return str(page.view["offer"]["role"])


async def test_whoever_comes_later_is_shown_what_was_said_and_asked_for_before(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
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
    await finish(agent, booth, expert, boss)


async def test_an_interpreter_asked_by_name_comes_as_one_and_an_expert_as_an_expert(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    await booth.do("chat.say", call_id=call_id, message_id="msg_3", text="补卡要多久")
    await agent.do("notes.save", call_id=call_id, text="要补卡")
    colleagues = [await house.page(EXPERT), await house.page(INTERPRETER)]
    for colleague, role in zip(colleagues, ("expert", "interpreter"), strict=True):
        await colleague.do("agent.ready")
        await agent.do("consult.ask", call_id=call_id, agent_id=colleague.view["agent"]["id"])
        assert await offered(colleague) == role
        # The case is there before they answer, and for nobody else.
        offer_id = colleague.view["offer"]["offer_id"]
        brief = await colleague.do("consult.read", offer_id=offer_id)
        assert (brief["notes"], [line["text"] for line in brief["chat"]]) == ("要补卡", ["补卡要多久"])
        assert {line["state"] for line in brief["papers"]} == {"missing"}
        assert await agent.refused("consult.read", offer_id=offer_id) == "not_your_offer"
        await colleague.do("offer.accept", offer_id=colleague.view["offer"]["offer_id"])
        await colleague.until(lambda page: page.view["call"] is not None)
        assert colleague.call["role"] == role
        assert await colleague.refused("consult.read", offer_id=offer_id) == "unknown_offer"
    # It is by this word that the booth shows them large, beside the helper.
    await booth.until(lambda page: len(page.call["participants"]) == 4)
    assert {one["id"]: one["role"] for one in booth.call["participants"]}[INTERPRETER] == "interpreter"
    assert await agent.refused("call.hand_over", call_id=call_id, agent_id=INTERPRETER) == "not_in_call"
    await finish(agent, booth, *colleagues)


async def test_whoever_signs_among_other_things_interprets_where_the_citizen_lacks_it(house: House) -> None:
    interpreter, agent, booth = [await house.page(one) for one in (INTERPRETER, AGENT, BOOTH)]
    for page in (interpreter, agent):
        await page.do("agent.ready")
    await booth.do("call.enter", item_id=ITEM, needs=[SIGN])
    await offered(agent)
    offer_id = agent.view["offer"]["offer_id"]
    assert await agent.refused("consult.read", offer_id=offer_id) == "not_your_offer"
    await agent.do("offer.accept", offer_id=agent.view["offer"]["offer_id"])
    await interpreter.until(lambda page: page.view["call"] is not None)
    call_id = interpreter.call["call_id"]
    await interpreter.do("call.step_out", call_id=call_id)
    await interpreter.do("agent.not_ready", reason="break")
    # The service looks for another by itself; the helper knows whom to ask.
    await agent.do("consult.cancel", call_id=call_id)
    expert = await house.page(EXPERT)
    await expert.do("agent.ready")
    await agent.do("consult.ask", call_id=call_id, agent_id=EXPERT)
    assert await offered(expert) == "interpreter"
    await agent.do("consult.cancel", call_id=call_id)
    await expert.until(lambda page: page.view["offer"] is None)
    await finish(agent, booth, expert, interpreter)
