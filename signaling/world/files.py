"""Reads the district's TOML files and says exactly what is wrong with them.

Promise: either everything is read, or `WorldError` lists every problem found, each naming the
file, the entry and the key. The files: places.toml, hours.toml, skills.toml, queues.toml,
items.toml, agents.toml, texts.toml.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import TypeAdapter, ValidationError

from signaling.routing.values import QueuePolicy
from signaling.world.checks import Check
from signaling.world.entities import (
    Ability,
    Agent,
    Booth,
    Item,
    Need,
    Phrase,
    Point,
    Policy,
    Priority,
    Queue,
    QueueLine,
    Skill,
    Street,
)
from signaling.world.hours import Calendar, Day, Hours

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

T = TypeVar("T")

Draft: TypeAlias = dict[str, dict[str, Any]]
"""A district as plain data: by file, then by table, as its TOML would be read; dates are text."""

TABLES: dict[str, dict[str, type]] = {
    "places.toml": {"streets": Street, "points": Point, "booths": Booth},
    "hours.toml": {"hours": Hours},
    "skills.toml": {"skills": Skill, "needs": Need, "priorities": Priority},
    "queues.toml": {},
    "items.toml": {"items": Item},
    "agents.toml": {"agents": Agent},
    "quality.toml": {"abilities": Ability},
    "checks.toml": {"checks": Check},
    "texts.toml": {"phrases": Phrase, "policies": Policy},
}
OTHER_KEYS = {"hours.toml": {"timezone", "days"}, "queues.toml": {"queues"}}


class WorldError(Exception):
    """The district's files are wrong; `problems` holds a sentence for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Files:
    """What the files hold, by table name, and where each entry stands."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    calendar: Calendar = field(default_factory=lambda: Calendar(ZoneInfo("Asia/Shanghai")))

    def refuse(self, where: str, message: str) -> None:
        """Note a problem; reading goes on, so that one run tells all."""
        self.problems.append(f"{where}: {message}")


def draft(directory: Path) -> Draft:
    """Return what the files of `directory` hold; raise `WorldError` for what is missing or no TOML."""
    problems: list[str] = []
    files = {name: _parse(directory / name, problems) for name in TABLES}
    if problems:
        raise WorldError(problems)
    return draft_of(files)


def draft_of(files: Mapping[str, Mapping[str, Any]]) -> Draft:
    """Return parsed TOML as plain JSON: dates become text."""
    plain: Draft = json.loads(json.dumps(files, ensure_ascii=False, default=str))
    return plain


def read(draft: Draft) -> Files:
    """Read a whole draft; the caller checks how the entries fit together."""
    files = Files()
    for name, tables in TABLES.items():
        data = draft.get(name, {})
        for key in sorted(data.keys() - tables.keys() - OTHER_KEYS.get(name, set())):
            files.refuse(f"{name}: {key}", "there is no such table")
        for key, kind in tables.items():
            files.tables[key] = _entries(files, name, key, data.get(key, []), _maker(kind))
        if name == "queues.toml":
            files.tables["queues"] = _entries(files, name, "queues", data.get("queues", []), _queue)
        if name == "hours.toml":
            files.calendar = _calendar(files, data)
    return files


def file_of(table: str) -> str | None:
    """Return the file a table of entries stands in."""
    if table in ("queues", "days"):
        return "queues.toml" if table == "queues" else "hours.toml"
    return next((name for name, tables in TABLES.items() if table in tables), None)


def place(table: str, id: str, key: str = "") -> str:
    """Name an entry's key for a message: `items.toml: items "social_card".queue_id`."""
    return f'{file_of(table)}: {table} "{id}"{"." + key if key else ""}'


def _parse(file: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        problems.append(f"{file.name}: is missing in {file.parent}")
    except (OSError, ValueError) as error:
        problems.append(f"{file.name}: {error}")
    return {}


def _entries(files: Files, name: str, key: str, data: object, make: Callable[[Any], T]) -> dict[str, T]:
    """Make the entries of one table, by id."""
    entries: dict[str, T] = {}
    if not isinstance(data, list):
        files.refuse(f"{name}: {key}", f"write each entry under [[{key}]]")
        return entries
    for number, raw in enumerate(data, 1):
        label = raw.get("id") if isinstance(raw, dict) else None
        where = f'{name}: {key} "{label}"' if label else f"{name}: {key} number {number}"
        try:
            entry = make(raw)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                files.refuse(where + _dotted(problem["loc"]), _message(problem["type"], problem["msg"]))
            continue
        except ValueError as error:
            files.refuse(where, str(error))
            continue
        if label in entries:
            files.refuse(where + ".id", "is used twice")
        entries[str(label)] = entry
    return entries


def _maker(kind: type[T]) -> Callable[[Any], T]:
    return TypeAdapter(kind).validate_python


def _queue(raw: Any) -> Queue:
    """A queue's own keys and, under `policy`, any number of the routing engine's."""
    line = TypeAdapter(QueueLine).validate_python(raw)
    known = {f.name for f in fields(QueuePolicy)} - {"queue_id", "prefix", "name"}
    if unknown := sorted(line.policy.keys() - known):
        raise ValueError(f"policy: there is no such key: {', '.join(unknown)}")
    head = {"queue_id": line.id, "prefix": line.prefix, "name": line.name}
    policy = TypeAdapter(QueuePolicy).validate_python({**head, **line.policy})
    return Queue(line.id, line.name, line.name_en, line.hours_id, policy, line.booked_share)


def _calendar(files: Files, data: Mapping[str, Any]) -> Calendar:
    try:
        zone = ZoneInfo(str(data.get("timezone", "Asia/Shanghai")))
    except (ZoneInfoNotFoundError, ValueError):
        files.refuse("hours.toml: timezone", f"there is no time zone {data['timezone']!r}")
        zone = ZoneInfo("Asia/Shanghai")
    rows = [{"id": str(raw.get("date")), **raw} for raw in data.get("days", []) if isinstance(raw, dict)]
    days = _entries(
        files, "hours.toml", "days", rows, lambda raw: _maker(Day)({k: v for k, v in raw.items() if k != "id"})
    )
    return Calendar(zone, {day.date: day for day in days.values()})


def _dotted(location: tuple[int | str, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)


def _message(kind: str, message: str) -> str:
    return {
        "unexpected_keyword_argument": "there is no such key",
        "missing": "is missing",
        "missing_argument": "is missing",
    }.get(kind, message.removeprefix("Value error, "))
