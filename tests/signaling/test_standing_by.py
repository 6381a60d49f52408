"""Two nodes of one service: the one that stands by takes nothing back, and says so where it cannot see."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import aiohttp

from signaling.floor.floor import RESTORED_S
from tests.browser.waiting import until
from tests.signaling.floor.test_floor import BOOTH, SUPERVISOR, follow
from tests.signaling.house import DEVICES, Clock, open_house
from tests.signaling.journal.redis_server import RedisServer
from tests.signaling.test_administration import ask

if TYPE_CHECKING:
    from pathlib import Path

    from tests.signaling.house import House

BROKEN = DEVICES | {"speaker": "failed"}
ALERT = f"device_broken.{BOOTH}"


async def ready(house: House) -> int:
    """What a load balancer is told when it asks whether the pages belong here."""
    async with aiohttp.ClientSession() as session, session.get(f"{house.url}/readyz") as answer:
        return answer.status


async def test_a_node_that_stands_by_ends_no_alert_and_knows_of_it_when_it_leads(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    clock = Clock()
    async with AsyncExitStack() as first:
        redis = first.enter_context(RedisServer(tmp_path / "redis"))
        journal = {"kind": "redis", "redis_url": redis.url}
        async with AsyncExitStack() as leads:
            leading = await leads.enter_async_context(
                open_house(tmp_path, cookies=cookies, clock=clock, journal=journal)
            )
            boss, booth = await follow(leading), await leading.page(BOOTH)
            await booth.do("health", **BROKEN)
            await boss.until(lambda rows: ALERT in rows["alerts"])
            await boss.page.do("alert.acknowledge", alert_id=ALERT)
            other = await first.enter_async_context(open_house(tmp_path, cookies=cookies, clock=clock, journal=journal))
            assert (leading.service.hall.epoch is None, other.service.hall.epoch is None) == (False, True)
            assert [await ready(leading), await ready(other)] == [200, 503]
            # The booth has its page at the other node: this one does not know how it is, and says so.
            path = f"/api/admin/booths/{BOOTH}/mirrors"
            status, problem = await ask(other, "POST", path, {"reason": "屏幕打不开"})
            assert (status, problem["code"]) == (409, "booth_offline")
            clock.ahead_s += RESTORED_S + 1
            await other.service.floor.look()
            assert await other.service.records.alerts.taken() == {ALERT: SUPERVISOR}
        await until(lambda: other.service.hall.epoch is not None, "it leads")
        assert await ready(other) == 200
        boss, booth = await follow(other), await other.page(BOOTH)
        await booth.do("health", **BROKEN)
        rows = await boss.until(lambda rows: ALERT in rows["alerts"])
        assert rows["alerts"][ALERT]["acknowledged_by"] == SUPERVISOR
