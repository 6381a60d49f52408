"""Reports over HTTP: who sees what, as JSON and as files, in which nothing is a formula."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import pytest_asyncio
from aiohttp import ClientSession
from sqlalchemy import select

from signaling.api.reports import XLSX
from signaling.api.sheets import safe
from signaling.figures import MEASURES
from signaling.records.tables import AuditRow
from tests.signaling.figures.filled import keep, play
from tests.signaling.house import DISTRICT, House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

ATTACK = '=HYPERLINK("http://evil","<script>")'
NAMELESS = "-2+3"
ITEM = "social_card_replace"
HELPER, OTHER, BOSS, BOOTH = "agent_chen_jing", "agent_lu_wei", "supervisor_zhao_lin", "booth_caoyang_center"
SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY_S = 86_400.0
KEYS = [measure.key for measure in MEASURES]


def attacked() -> Any:
    items = {**DISTRICT.items, ITEM: replace(DISTRICT.items[ITEM], name=ATTACK, name_en=NAMELESS)}
    return replace(DISTRICT, items=items)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    world = attacked()
    async with open_house(tmp_path_factory.mktemp("house"), world=world) as house:
        morning = time.time() // DAY_S * DAY_S - 2 * DAY_S
        await keep(house.service.records, world, play(world, 2, 120, morning))
        yield house


def days(**more: str) -> dict[str, str]:
    today = datetime.now(SHANGHAI).date()
    return {"from": str(today.replace(year=today.year - 1)), "to": str(today), **more}


async def ask(house: House, who: str, path: str, **query: str) -> tuple[int, Any, str]:
    headers = {"Cookie": await house.cookie(who)} if who else {}
    async with ClientSession() as session, session.get(house.url + path, params=query, headers=headers) as answer:
        body: Any = await (answer.json() if "json" in answer.content_type else answer.read())
        return answer.status, body, answer.content_type


async def export(house: House, who: str, **query: str) -> tuple[int, bytes, str]:
    return await ask(house, who, "/api/reports/export", **days(**query))


async def report(house: House, who: str, **query: str) -> Any:
    status, body, _ = await ask(house, who, "/api/reports", **days(**query))
    assert status == 200, body
    return body


async def test_lines_add_up_to_the_total_whatever_they_are_grouped_by(house: House) -> None:
    whole = await report(house, BOSS)
    offered = KEYS.index("offered")
    assert whole["total"][offered] > 150
    assert whole["lines"][0]["values"] == whole["total"]
    for by, step in (("queue", ""), ("item", ""), ("point", "week"), ("agent", "month"), ("call", ""), ("", "day"),
                     ("", "half_hour")):  # fmt: skip
        body = await report(house, BOSS, by=by, step=step)
        for count in ("offered", "answered", "abandoned", "finished", "follow_ups", "rated"):
            assert sum(line["values"][KEYS.index(count)] for line in body["lines"]) == whole["total"][KEYS.index(count)]
        assert body["total"][KEYS.index("p90_answer")] == whole["total"][KEYS.index("p90_answer")]
    parts = [await report(house, BOSS, queue=queue) for queue in DISTRICT.queues]
    assert sum(part["total"][offered] for part in parts) == whole["total"][offered]


async def test_a_day_is_the_districts_and_its_half_hours_are_local(house: House) -> None:
    body = await report(house, BOSS, step="half_hour")
    times = [line["period"] for line in body["lines"] if line["values"][KEYS.index("offered")]]
    assert (body["zone"], times[0], times[-1]) == ("Asia/Shanghai", "08:00", "16:30")
    assert len((await report(house, BOSS, step="day"))["lines"]) == 2


async def test_a_helper_sees_their_own_work_and_nobody_elses(house: House) -> None:
    mine = await report(house, HELPER, by="agent")
    assert [line["group"]["id"] for line in mine["lines"]] == [HELPER]
    (line,) = (
        one for one in (await report(house, BOSS, by="agent"))["lines"] if (one["group"] or {}).get("id") == HELPER
    )
    assert line["values"] == mine["total"]
    assert (await ask(house, HELPER, "/api/reports/choices"))[1]["agents"] == []
    assert (await ask(house, BOSS, "/api/reports/choices"))[1]["agents"] != []
    for path in ("/api/reports", "/api/reports/export"):
        status, problem, _ = await ask(house, HELPER, path, **days(agent=OTHER, format="csv"))
        assert (status, problem["code"]) == (403, "not_allowed")


@pytest.mark.parametrize("path", ["/api/reports", "/api/reports/choices", "/api/reports/export"])
async def test_figures_are_for_staff(house: House, path: str) -> None:
    for who in ("", BOOTH):
        assert (await ask(house, who, path, **days(format="csv")))[0] == 401


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "yesterday"}, "from"), ({"to": "1990-01-01"}, "to"), ({"to": "2100-01-01"}, "to"),
        ({"step": "minute"}, "step"), ({"by": "citizen"}, "by"), ({"by": "call", "step": "day"}, "step"),
        ({"queue": "q" * 65}, "queue"), ({"format": "exe"}, "format"), ({"columns": "offered,nothing"}, "columns"),
    ],
)  # fmt: skip
async def test_a_bad_wish_is_refused_by_name(house: House, query: dict[str, str], field: str) -> None:
    status, problem, _ = await ask(house, BOSS, "/api/reports/export", **{**days(format="csv"), **query})
    assert (status, problem["code"], problem["field"]) == (400, "malformed", field)


async def test_csv_holds_the_same_numbers_and_no_formula(house: House) -> None:
    status, body, kind = await ask(
        house, BOSS, "/api/reports/export", **days(by="item", format="csv", columns="asa,offered")
    )
    assert (status, kind, body[:3]) == (200, "text/csv", b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert rows[0] == ["事项", "平均应答", "取号数"]
    shown = await report(house, BOSS, by="item")
    places = [KEYS.index("asa"), KEYS.index("offered")]
    expected = [
        ["" if line["values"][at] is None else str(line["values"][at]) for at in places] for line in shown["lines"]
    ]
    assert [row[1:] for row in rows[1:-1]] == expected
    assert rows[-1] == ["合计", *(str(shown["total"][at]) for at in places)]
    assert f"'{ATTACK}" in [row[0] for row in rows]
    english = (await export(house, BOSS, by="item", format="csv", lang="en"))[1].decode()
    assert f"'{NAMELESS}" in english
    assert not [cell for row in csv.reader(io.StringIO(english)) for cell in row if cell[:1] in "=+-@\t\r" and cell]


async def test_xlsx_holds_the_same_numbers_and_writes_names_as_text(house: House) -> None:
    status, body, kind = await ask(
        house, BOSS, "/api/reports/export", **days(by="item", format="xlsx", columns="offered,aht")
    )
    assert (status, kind) == (200, XLSX)
    page = openpyxl.load_workbook(io.BytesIO(body)).active
    assert page is not None
    rows = list(page.iter_rows())
    attacked = next(row for row in rows if row[0].value == ATTACK)
    assert attacked[0].data_type == "s"
    shown = await report(house, BOSS, by="item")
    line = next(one for one in shown["lines"] if one["group"]["id"] == ITEM)
    assert attacked[1].value == line["values"][KEYS.index("offered")]
    assert attacked[2].number_format == "[h]:mm:ss"
    assert rows[-1][1].value == shown["total"][KEYS.index("offered")]


async def test_no_beginning_that_a_spreadsheet_calculates_is_left() -> None:
    for risky in "=+-@\uff1d\uff0b\uff0d\uff20\t\r\n":
        assert safe(f"{risky}1+1") == f"'{risky}1+1"
    assert safe("1+1=2") == "1+1=2"


async def test_who_takes_figures_along_is_noted(house: House) -> None:
    await export(house, HELPER, format="csv")
    async with house.service.records.database.reading() as session:
        row = (await session.scalars(select(AuditRow).where(AuditRow.actor == HELPER))).all()[-1]
    assert (row.action, row.detail["format"]) == ("report_exported", "csv")


async def test_planning_shows_staff_needs_and_what_moving_helpers_does(house: House) -> None:
    status, plan, _ = await ask(house, BOSS, "/api/planning", **days())
    assert status == 200, plan
    assert plan["days"] == 2
    queues = {one["queue"]["id"]: one for one in plan["queues"]}
    whole = await report(house, BOSS, by="queue")
    for line in whole["lines"]:
        one = queues[line["group"]["id"]]
        assert one["offered"] * 2 == pytest.approx(line["values"][KEYS.index("offered")], abs=0.2)
        assert one["service_level"] == line["values"][KEYS.index("service_level")]
        assert one["handling_s"] == line["values"][KEYS.index("aht")]
        assert one["before"] == one["after"]
    points = sum(cell["offered"] for point in plan["points"] for cell in point["cells"])
    assert points * 2 == pytest.approx(whole["total"][KEYS.index("offered")], abs=3)
    status, other, _ = await ask(house, BOSS, "/api/planning", **days(move="1:social:20-23:civil:20-23"))
    changed = {one["queue"]["id"]: one for one in other["queues"]}
    assert changed["social"]["after"]["service_level"] < changed["social"]["before"]["service_level"]
    assert changed["civil"]["after"]["service_level"] > changed["civil"]["before"]["service_level"]
    assert changed["business"] == queues["business"]


async def test_planning_is_for_supervisors_and_refuses_what_cannot_be(house: House) -> None:
    assert (await ask(house, HELPER, "/api/planning", **days()))[0] == 403
    assert (await ask(house, "", "/api/planning", **days()))[0] == 401
    for query, field in (
        ({"goal": "2"}, "goal"), ({"goal": "nan"}, "goal"), ({"move": "1:social"}, "move"),
        ({"move": "1:no_queue:1-2:social:1-2"}, "move"), ({"move": "1:social:5-2:civil:1-2"}, "move"),
        ({"move": "99:social:20-21:civil:20-21"}, "move"),
    ):  # fmt: skip
        status, problem, _ = await ask(house, BOSS, "/api/planning", **days(**query))
        assert (status, problem["field"]) == (400, field)
    _, problem, _ = await ask(house, BOSS, "/api/planning", **days(move="99:social:20-21:civil:20-21"))
    assert (problem["code"], problem["queue"], problem["half_hour"]) == ("too_few_helpers", "social", "20")
