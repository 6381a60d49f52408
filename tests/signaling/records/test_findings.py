"""What was found about papers holds until a later reading says otherwise; decisions stay. On both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from signaling.errors import Unknown
from signaling.records import Capture, Finding, Reading
from signaling.records.tables import AuditRow, FindingRow

if TYPE_CHECKING:
    from signaling.records import Records
    from signaling.records.findings import Decision, Verdict

EXPIRED = Finding(
    "call_1", "cap_1", "id_card", "valid_until", "valid_until", "failed", "expired", {"on": "2020-01-01"}, 5
)
ASKED = Finding("call_1", "cap_1", "id_card", "number", "number", "ask", "not_read", {}, 5)


async def test_a_reading_replaces_the_one_before(records: Records) -> None:
    first = Reading("cap_1", "call_1", "read", 5.0, kind="form", corners={"points": [[0, 0]]}, quality={"problems": []})
    await records.findings.save(first)
    await records.findings.save(replace(first, kind="id_card_front", read_at=6.0))
    assert [(one.kind, one.corners) for one in await records.findings.readings("call_1")] == [
        ("id_card_front", {"points": [[0, 0]]})
    ]
    assert (await records.findings.reading("cap_1")).read_at == 6.0
    with pytest.raises(Unknown):
        await records.findings.reading("cap_2")


async def test_what_is_found_again_keeps_its_decision_and_what_is_not_stays_superseded(records: Records) -> None:
    _, expired = await records.findings.settle("call_1", [EXPIRED, ASKED], 5)
    await records.findings.decide(expired.finding_id, "call_1", "overruled", by="agent_1", why="新证已办", now=6)
    (kept,) = await records.findings.settle("call_1", [replace(EXPIRED, found_at=9)], 9)
    assert (kept.finding_id, kept.decision, kept.decided_by, kept.decided_at, kept.why) == (
        expired.finding_id, "overruled", "agent_1", 6, "新证已办",
    )  # fmt: skip
    assert await records.findings.settle("call_1", [], 10) == []
    async with records.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(FindingRow)) == 2
        assert await session.scalar(select(FindingRow.why).where(FindingRow.superseded_at == 10)) == "新证已办"


async def test_a_decision_is_audited_and_another_calls_finding_is_not_decided(records: Records) -> None:
    (finding,) = await records.findings.settle("call_1", [ASKED], 5)
    with pytest.raises(Unknown):
        await records.findings.decide(finding.finding_id, "call_2", "confirmed", by="agent_2", why="", now=6)
    assert (await records.findings.of_call("call_1"))[0].decision is None
    await records.findings.decide(finding.finding_id, "call_1", "confirmed", by="agent_1", why="看过", now=7)
    async with records.database.reading() as session:
        audit = (await session.scalars(select(AuditRow).where(AuditRow.action == "finding_confirmed"))).one()
    assert (audit.actor, audit.subject, audit.at) == ("agent_1", finding.finding_id, 7)


@pytest.mark.parametrize(
    ("verdict", "decision", "standing"),
    [
        ("passed", None, "passed"), ("failed", None, "failed"), ("ask", None, "ask"),
        ("passed", "confirmed", "passed"), ("passed", "overruled", "failed"),
        ("failed", "confirmed", "failed"), ("failed", "overruled", "passed"),
        ("ask", "confirmed", "passed"), ("ask", "overruled", "failed"),
    ],
)  # fmt: skip
def test_the_helpers_word_goes_before_the_rules(verdict: Verdict, decision: Decision | None, standing: Verdict) -> None:
    assert replace(ASKED, verdict=verdict, decision=decision).standing == standing


async def test_what_was_never_read_is_known_in_the_order_it_was_stored(records: Records) -> None:
    for name, asked_at, stored_at in (("old", 1, 2), ("late", 11, 40), ("soon", 12, 30), ("read", 13, 35)):
        await records.stills.request(Capture(f"cap_{name}", "call_1", "booth_1", "agent_1", asked_at, "requested"))
        await records.stills.change(f"cap_{name}", "uploading")
        await records.stills.change(f"cap_{name}", "stored", stored_at=stored_at)
    await records.stills.request(Capture("cap_open", "call_1", "booth_1", "agent_1", 14, "requested"))
    await records.findings.save(Reading("cap_read", "call_1", "failed", 36.0))
    await records.stills.request(Capture("cap_back", "call_1", "booth_1", "agent_1", 15, "requested"))
    await records.stills.change("cap_back", "withdrawn", stored_at=50)

    async def unread(most: int) -> list[str]:
        return [one.capture_id for one in await records.stills.unread(10, most)]

    assert (await unread(9), await unread(1)) == (["cap_soon", "cap_late"], ["cap_soon"])
