"""More calls than anyone reads, as rows: for what has to stay light however long the list is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert

from signaling.records.tables import CallRow

if TYPE_CHECKING:
    from signaling.records import Records

FIRST_AT = 1_000_000.0
"""Long before everything else: these are the last of any list."""


async def add_many(records: Records, count: int) -> None:
    """Write so many calls, a second apart, their tickets from S00000 on."""
    call = {
        "queue_id": "social", "queue_name": "社会保障", "item_id": "social_card_replace", "item_name": "社保卡更换",
        "booth_id": "booth_caoyang_center", "booth_name": "01", "point_id": "caoyang_center", "point_name": "曹杨",
        "street_name": "曹杨新村", "priority": [], "outcome": "abandoned", "ended_by": "citizen", "reason": "",
        "follow_up": True,
    }  # fmt: skip
    rows = [
        {**call, "call_id": f"call_long_{number:05d}", "ticket": f"S{number:05d}", "entered_at": FIRST_AT + number}
        for number in range(count)
    ]
    async with records.database.writing() as session:
        await session.execute(insert(CallRow), rows)
