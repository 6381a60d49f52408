"""Reports: a helper's own, a supervisor's all; as JSON for the page, as CSV and XLSX to take along.

What is long is made in a thread, so that a report of a year delays nobody's call.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from datetime import date
from typing import TYPE_CHECKING, Any, cast, get_args

from aiohttp import web

from signaling.api.back import BACK, staff
from signaling.api.report_shapes import Choices, report_shape
from signaling.api.report_shapes import choices as narrowing
from signaling.api.sheets import Sheet, csv_pieces, write_xlsx
from signaling.errors import Malformed, NotAllowed
from signaling.figures import MEASURES, Periods
from signaling.records.figures import By, Step, Wish
from web.pages import RENDER, language_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.api.back import Back
    from signaling.api.report_shapes import LineShape, ReportShape
    from signaling.api.sheets import Cell
    from signaling.auth import Identity
    from signaling.records.figures import Report

MAX_DAYS = 800
MAKE_S = 60.0
PIECE = 256 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def report(request: web.Request) -> web.Response:
    """Return the figures of a time, by steps and groups."""
    back = request.app[BACK]
    asked = wish(request, await staff(request))
    found = await add_up(back, asked)

    def text() -> str:
        return json.dumps(report_shape(back.world, found), ensure_ascii=False, default=_plain)

    return web.json_response(text=await asyncio.to_thread(text))


async def choices(request: web.Request) -> Choices:
    """Return what a report can be narrowed to."""
    reader, back = await staff(request), request.app[BACK]
    return narrowing(back.world, back.clock(), agents=reader.kind == "supervisor")


async def export_report(request: web.Request) -> web.StreamResponse:
    """Return the same figures as a file; taking them along is noted in the audit log."""
    back, reader = request.app[BACK], await staff(request)
    asked = wish(request, reader)
    kind = _one_of(request, "format", ("csv", "xlsx"))
    columns = _columns(request)
    found = await add_up(back, asked)
    words = request.app[RENDER].catalogues.translator(language_of(request), "figures")
    english = language_of(request) == "en"
    shape = await asyncio.to_thread(report_shape, back.world, found)
    sheet = await asyncio.to_thread(_sheet, shape, columns, words, english)
    detail: dict[str, object] = {"format": kind, "query": request.query_string[:500]}
    await back.records.credentials.audit(reader.id, "report_exported", "report", back.clock(), detail)
    name = f"report-{shape.first}-{shape.last}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    answer = web.StreamResponse(headers=headers)
    answer.content_type = "text/csv" if kind == "csv" else XLSX
    if kind == "csv":
        answer.charset = "utf-8"
    await answer.prepare(request)
    await (_send_csv(answer, sheet) if kind == "csv" else _send_xlsx(answer, sheet))
    await answer.write_eof()
    return answer


def _plain(shape: Any) -> dict[str, Any]:
    """Return a shape's members; `dataclasses.asdict` would copy every number of ten thousand lines as well."""
    return {name: getattr(shape, name) for name in shape.__slots__}


async def add_up(back: Back, asked: Wish) -> Report:
    """Return the sums, within the time a report may take."""
    async with asyncio.timeout(MAKE_S):
        return await back.records.reports.report(asked, Periods(back.world.calendar.timezone), back.clock())


def wish(request: web.Request, reader: Identity) -> Wish:
    """Return what is asked for; raise `Malformed`, or `NotAllowed` when a helper asks for another's figures."""
    first, last = _day(request, "from"), _day(request, "to")
    if not 0 <= last - first < MAX_DAYS:
        raise Malformed(f"to: not before from, and at most {MAX_DAYS} days", field="to")
    agent_id = _id(request, "agent")
    if reader.kind != "supervisor":
        if agent_id not in ("", reader.id):
            raise NotAllowed("another helper's figures are for supervisors")
        agent_id = reader.id
    by = cast("By", _one_of(request, "by", get_args(By)))
    step = cast("Step", _one_of(request, "step", get_args(Step)))
    if by == "call" and step:
        raise Malformed("step: none in a report by call", field="step")
    return Wish(first, last, step, by, _id(request, "queue"), _id(request, "item"), _id(request, "point"), agent_id)


def _sheet(shape: ReportShape, columns: tuple[int, ...], words: Callable[[str], str], english: bool) -> Sheet:
    """Lay a report out as rows, the total last."""
    periods = bool(shape.step) or shape.by == "call"
    lead = [words(f"step.{shape.step or 'moment'}")] if periods else []
    if shape.by or not lead:
        lead.append(words(f"by.{shape.by or 'all'}"))

    def texts(line: LineShape) -> list[str]:
        group = line.group
        name = words("group.nobody") if group is None else (english and group.name_en) or group.name
        return ([line.period] if periods else []) + ([name if shape.by else ""] if len(lead) > periods else [])

    rows: list[tuple[Cell, ...]] = [(*texts(line), *(line.values[one] for one in columns)) for line in shape.lines]
    rows.append((words("total"), *[""] * (len(lead) - 1), *(shape.total[one] for one in columns)))
    head = (*lead, *(words(f"measure.{MEASURES[one].key}") for one in columns))
    units = (*[""] * len(lead), *(MEASURES[one].unit for one in columns))
    return Sheet(f"{shape.first} {shape.last}", head, units, rows)


async def _send_csv(answer: web.StreamResponse, sheet: Sheet) -> None:
    for piece in csv_pieces(sheet):
        await answer.write(piece)


async def _send_xlsx(answer: web.StreamResponse, sheet: Sheet) -> None:
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(write_xlsx, sheet, file)
        file.seek(0)
        while piece := await asyncio.to_thread(file.read, PIECE):
            await answer.write(piece)


def _day(request: web.Request, name: str) -> int:
    try:
        return date.fromisoformat(request.query.get(name, "")).toordinal()
    except ValueError:
        raise Malformed(f"{name}: a date like 2026-11-25", field=name) from None


def _one_of(request: web.Request, name: str, words: tuple[str, ...]) -> str:
    word = request.query.get(name, "")
    if word not in words:
        raise Malformed(f"{name}: one of {', '.join(filter(None, words))}", field=name)
    return word


def _id(request: web.Request, name: str) -> str:
    text = request.query.get(name, "")
    if len(text) > 64:
        raise Malformed(f"{name}: an id of at most 64 characters", field=name)
    return text


def _columns(request: web.Request) -> tuple[int, ...]:
    """Return which measures the file shall hold, all unless they are named."""
    keys = [measure.key for measure in MEASURES]
    wanted = [key for key in request.query.get("columns", "").split(",") if key] or keys
    if unknown := sorted(set(wanted) - set(keys)):
        raise Malformed(f"columns: there is no {unknown[0][:40]}", field="columns")
    return tuple(keys.index(key) for key in wanted)
