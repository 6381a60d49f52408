"""The floor over real sockets: what a supervisor is told, what they may order, and that nobody else may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from signaling.messages import floor
from signaling.records.tables import AuditRow
from tests.signaling.house import DEVICES, House, Page, open_house, talk
from tests.signaling.test_messages import OFFER

if TYPE_CHECKING:
    from pathlib import Path

BOOTH, OTHER_BOOTH = "booth_caoyang_center", "booth_changfeng_center"
ITEM = "social_card_replace"
HELPER, OTHER = "agent_chen_jing", "agent_shen_hao"
SUPERVISOR = "supervisor_zhao_lin"


class Followed:
    """What a supervisor's page holds: the rows it was given, changed by every delta since."""

    def __init__(self, page: Page, board: dict[str, Any]) -> None:
        self.page = page
        self.rows = {kind: {row["id"]: row for row in rows} for kind, rows in board.items() if isinstance(rows, list)}
        self._read = len(page.events)

    def now(self) -> dict[str, dict[str, Any]]:
        for name, payload in self.page.events[self._read :]:
            if name == "floor.changed":
                for kind, rows in self.rows.items():
                    rows.update({row["id"]: row for row in payload.get(kind, [])})
                    for gone in payload["gone"].get(kind, []):
                        rows.pop(gone, None)
        self._read = len(self.page.events)
        return self.rows

    async def until(self, true: Any) -> dict[str, dict[str, Any]]:
        await self.page.until(lambda _: bool(true(self.now())))
        return self.rows


async def follow(house: House) -> Followed:
    page = await house.page(SUPERVISOR)
    return Followed(page, await page.do("floor.watch"))


async def audited(house: House) -> list[tuple[str, str, str, dict[str, Any]]]:
    async with house.service.records.database.reading() as session:
        rows = list(await session.scalars(select(AuditRow).order_by(AuditRow.id)))
    return [(row.actor, row.action, row.subject, row.detail) for row in rows]


async def test_a_supervisor_follows_a_visit_by_its_rows(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        boss = await follow(house)
        booth = await house.page(BOOTH)
        await booth.do("health", **DEVICES | {"speaker": "failed"})
        entered = await booth.do("call.enter", item_id=ITEM, priority=["elder"])
        call_id = entered["call_id"]
        rows = await boss.until(lambda rows: call_id in rows["calls"] and rows["booths"][BOOTH]["here"])
        assert rows["calls"][call_id]["state"] == "waiting"
        assert rows["calls"][call_id]["priority"] == ["elder"]
        assert rows["queues"]["social"]["waiting"] == 1
        assert rows["booths"][BOOTH]["broken"] == ["speaker"]
        assert "device_broken." + BOOTH in (await boss.until(lambda rows: rows["alerts"]))["alerts"]
        agent = await house.page(HELPER)
        await agent.do("agent.ready")
        await agent.until(lambda page: page.view["offer"] is not None)
        await agent.do("offer.accept", offer_id=agent.view["offer"]["offer_id"])
        await boss.until(lambda rows: rows["calls"][call_id]["agent"] == HELPER)
        rows = await boss.until(lambda rows: rows["agents"][HELPER]["state"] == "talking")
        assert rows["agents"][HELPER]["call"] == call_id
        await agent.do("call.end", call_id=call_id, outcome="completed")
        rows = await boss.until(lambda rows: call_id not in rows["calls"])
        assert rows["queues"]["social"]["waiting"] == 0
        # What a page holds after the deltas is what one that comes now is given.
        board = await boss.page.do("floor.watch")
        assert {row["id"]: row for row in board["agents"]} == boss.now()["agents"]


async def test_orders_take_effect_and_stand_in_the_audit_log(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        boss = await follow(house)
        booth = await house.page(BOOTH)
        agent = await house.page(HELPER)
        await boss.until(lambda rows: HELPER in rows["agents"])
        await boss.page.do("agent.assign", agent_id=HELPER, queues=["civil"], second=["social"], reason="民政人手不足")
        rows = await boss.until(lambda rows: rows["agents"][HELPER]["queues"] == ["civil"])
        assert rows["agents"][HELPER]["second"] == ["social"]
        await boss.page.do("queue.close", queue_id="social", reason="系统升级")
        rows = await boss.until(lambda rows: rows["queues"]["social"]["closed"])
        assert (rows["queues"]["social"]["open"], rows["queues"]["social"]["closed_reason"]) == (False, "系统升级")
        assert await booth.refused("call.enter", item_id=ITEM) == "closed"
        await boss.page.do("queue.open", queue_id="social", reason="已恢复")
        await boss.until(lambda rows: rows["queues"]["social"]["open"])
        entered = await booth.do("call.enter", item_id=ITEM)
        told = await boss.page.do("floor.why", call_id=entered["call_id"])
        assert (told["ahead"], told["hindered"]) == (0, "")
        stop = {"call_id": entered["call_id"], "reason": "重复取号"}
        assert await boss.page.refused("call.stop", outcome="completed", **stop) == "not_answered"
        await boss.page.do("call.stop", outcome="refused", **stop)
        await booth.until(lambda page: page.view["phase"] == "idle")
        done = [
            (actor, action, subject, detail["reason"])
            for actor, action, subject, detail in await audited(house)
            if "reason" in detail
        ]
        assert done == [
            (SUPERVISOR, "agent_assigned", HELPER, "民政人手不足"),
            (SUPERVISOR, "queue_closed", "social", "系统升级"),
            (SUPERVISOR, "queue_opened", "social", "已恢复"),
            (SUPERVISOR, "call_stopped", entered["call_id"], "重复取号"),
        ]
        await agent.close()


async def test_a_call_moved_ahead_stands_before_the_earlier_ones_and_in_the_audit_log(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        boss = await follow(house)
        first, later = await house.page(BOOTH), await house.page(OTHER_BOOTH)
        earlier = (await first.do("call.enter", item_id=ITEM))["call_id"]
        call_id = (await later.do("call.enter", item_id=ITEM))["call_id"]
        await boss.until(lambda rows: {earlier, call_id} <= rows["calls"].keys())
        await boss.page.do("call.move_ahead", call_id=call_id, reason="老人身体不适")
        rows = await boss.until(lambda rows: rows["calls"][call_id]["moved"])
        assert rows["calls"][call_id]["place"] < rows["calls"][earlier]["place"]
        told = await boss.page.do("floor.why", call_id=earlier)
        assert [(one["cause"], one["words"]) for one in told["groups"]] == [("moved", ["老人身体不适"])]
        assert (SUPERVISOR, "call_moved_ahead", call_id, {"reason": "老人身体不适"}) in await audited(house)


async def test_a_broadcast_is_shown_where_it_is_meant_until_its_end_also_after_a_restart(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    async with open_house(tmp_path, cookies=cookies) as house:
        boss = await follow(house)
        here, there = await house.page(BOOTH), await house.page(OTHER_BOOTH)
        said = await boss.page.do("broadcast.say", text="系统14:00恢复", for_s=600, street_id="caoyang")
        await here.until(lambda page: [one["text"] for one in page.view["messages"]] == ["系统14:00恢复"])
        everywhere = await boss.page.do("broadcast.say", text="<script>alert(1)</script>", for_s=60)
        await there.until(lambda page: [one["id"] for one in page.view["messages"]] == [everywhere["broadcast_id"]])
        await boss.page.do("broadcast.end", broadcast_id=everywhere["broadcast_id"])
        await there.until(lambda page: page.view["messages"] == [])
        assert await boss.page.refused("broadcast.end", broadcast_id=everywhere["broadcast_id"]) == "unknown_broadcast"
        assert await boss.page.refused("broadcast.say", text="x", for_s=60, point_id="nowhere") == "unknown_point"
        assert await boss.page.refused("broadcast.say", text="x", for_s=59) == "malformed"
        assert "broadcast_said" in [action for _, action, _, _ in await audited(house)]
    async with open_house(tmp_path, cookies=cookies) as house:
        here = await house.page(BOOTH)
        assert [one["id"] for one in here.view["messages"]] == [said["broadcast_id"]]
        await house.pass_time(600)
        await here.until(lambda page: page.view["messages"] == [])


async def test_an_alert_is_quiet_when_somebody_looks_after_it_until_it_comes_again(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        boss = await follow(house)
        booth = await house.page(BOOTH)
        await booth.do("call.enter", item_id=ITEM)
        await house.pass_time(200)
        alert_id = "long_wait.social"
        rows = await boss.until(lambda rows: alert_id in rows["alerts"])
        assert rows["alerts"][alert_id]["acknowledged_by"] is None
        await boss.page.do("alert.acknowledge", alert_id=alert_id)
        await boss.until(lambda rows: rows["alerts"][alert_id]["acknowledged_by"] == SUPERVISOR)
        cookies, clock = house.cookies, house.clock
    async with open_house(tmp_path, cookies=cookies, clock=clock) as house:
        boss, booth = await follow(house), await house.page(BOOTH)
        rows = await boss.until(lambda rows: alert_id in rows["alerts"])
        assert rows["alerts"][alert_id]["acknowledged_by"] == SUPERVISOR, "a restart forgot who looks after it"
        await booth.do("call.leave", call_id=booth.call["call_id"])
        await boss.until(lambda rows: alert_id not in rows["alerts"])
        assert await boss.page.refused("alert.acknowledge", alert_id=alert_id) == "unknown_alert"
        await booth.do("call.enter", item_id=ITEM)
        await house.pass_time(200)
        rows = await boss.until(lambda rows: alert_id in rows["alerts"])
        assert rows["alerts"][alert_id]["acknowledged_by"] is None
        assert await house.service.records.alerts.taken() == {}


async def test_an_alert_that_comes_and_goes_stays_with_who_looks_after_it(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        boss, booth = await follow(house), await house.page(BOOTH)
        alert_id = f"device_broken.{BOOTH}"
        await booth.do("health", **DEVICES | {"speaker": "failed"})
        await boss.until(lambda rows: alert_id in rows["alerts"])
        await boss.page.do("alert.acknowledge", alert_id=alert_id)
        for _ in range(2):
            await booth.do("health", **DEVICES)
            await boss.until(lambda rows: alert_id not in rows["alerts"])
            await booth.do("health", **DEVICES | {"speaker": "failed"})
            rows = await boss.until(lambda rows: alert_id in rows["alerts"])
            assert rows["alerts"][alert_id]["acknowledged_by"] == SUPERVISOR


async def test_what_is_looked_after_at_another_node_is_known_here(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        boss, booth = await follow(house), await house.page(BOOTH)
        await booth.do("call.enter", item_id=ITEM)
        await house.pass_time(200)
        alert_id = "long_wait.social"
        await boss.until(lambda rows: alert_id in rows["alerts"])
        # Nodes have the records in common, and nothing else of this.
        await house.service.records.alerts.take(alert_id, "supervisor_elsewhere", house.clock())
        await boss.until(lambda rows: rows["alerts"][alert_id]["acknowledged_by"] == "supervisor_elsewhere")


MESSAGES: dict[str, dict[str, Any]] = {
    "floor.watch": {},
    "floor.leave": {},
    "floor.why": {"call_id": "call_1"},
    "agent.assign": {"agent_id": HELPER, "queues": ["civil"], "second": [], "reason": "mine"},
    "queue.open": {"queue_id": "social", "reason": "mine"},
    "queue.close": {"queue_id": "social", "reason": "mine"},
    "call.stop": {"call_id": "call_1", "outcome": "refused", "reason": "mine"},
    "broadcast.say": {"text": "hello", "for_s": 60},
    "broadcast.end": {"broadcast_id": "msg_1"},
    "call.move_ahead": {"call_id": "call_1", "reason": "mine"},
    "alert.acknowledge": {"alert_id": "long_wait.social"},
    "preview.open": {"call_id": "call_1", "description": {"type": "offer", "sdp": OFFER}},
    "preview.close": {"preview_id": "view_1"},
    "call.join": {"call_id": "call_1", "role": "listener"},
    "call.take_over": {"call_id": "call_1"},
}


async def test_a_helper_may_say_nothing_that_is_a_supervisors(tmp_path: Path) -> None:
    assert {kind.NAME for kind in floor.MESSAGES} <= MESSAGES.keys()
    async with open_house(tmp_path) as house:
        booth, agent = await talk(house, BOOTH, HELPER, ITEM)
        seq, call_id = house.service.hall.seq, agent.call["call_id"]
        for name, members in MESSAGES.items():
            # Also about a call of their own.
            assert (
                await agent.refused(name, **members | {"call_id": call_id} if "call_id" in members else members)
                == "not_allowed"
            ), name
            assert await booth.refused(name, **members) == "unknown_message", name
        assert house.service.hall.seq == seq
        assert not any(name == "floor.changed" for name, _ in agent.events)


@pytest.mark.parametrize("announced", [(), ("listener",)])
async def test_a_listener_is_announced_as_the_policy_says_and_always_in_the_audit_log(
    tmp_path: Path, announced: tuple[str, ...]
) -> None:
    async with open_house(tmp_path, floor={"announced_roles": announced}) as house:
        booth, agent = await talk(house, BOOTH, HELPER, ITEM)
        call_id = agent.call["call_id"]
        boss = await house.page(SUPERVISOR)
        await boss.do("call.join", call_id=call_id, role="listener")
        await boss.until(lambda page: page.view["call"] is not None)
        await agent.do("call.hold", call_id=call_id)  # whatever they were to be told before, they have been
        await booth.until(lambda page: page.call["held"])
        seen = [one["id"] for one in booth.call["participants"]]
        assert (SUPERVISOR in seen) == bool(announced)
        await boss.do("call.join", call_id=call_id, role="coach")
        await boss.do("call.take_over", call_id=call_id)
        done = [
            (action, subject, detail) for actor, action, subject, detail in await audited(house) if actor == SUPERVISOR
        ]
        assert done == [
            ("call_joined", call_id, {"role": "listener"}),
            ("call_joined", call_id, {"role": "coach"}),
            ("call_taken_over", call_id, {"from": HELPER}),
        ]


async def test_a_frame_of_more_than_a_megabyte_is_not_taken(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        booth, agent = await talk(house, BOOTH, HELPER, ITEM)
        long = {"call_id": agent.call["call_id"], "message_id": "m1"}
        assert await agent.refused("chat.say", text="长" * 2001, **long) == "malformed"
        await agent.shout("chat.say", text="x" * 1_100_000, **long)
        await agent.until(lambda page: page.closed)
        assert not any(name == "chat.said" for name, _ in booth.events)
