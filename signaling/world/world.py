"""The checked district: who and what there is, and how it is told to the routing engine.

Promise: every id it holds resolves; every item has an agent who can serve it. It never changes by half: whoever holds
it sees one district whole until its owner (`signaling.district`) exchanges it for another whole one. Nothing here reads
a clock.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from signaling.routing.commands import Command, DefineQueue, DefineRoster, SetHours, SetSlots
from signaling.routing.values import RosterAgent, Slot
from signaling.world import checks as world_checks
from signaling.world import files as world_files
from signaling.world import search
from signaling.world.files import Draft, Files, WorldError, place

if TYPE_CHECKING:
    from pathlib import Path

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
        Skill,
        Street,
    )
    from signaling.world.hours import Calendar, Hours

SLOT_S = 1800.0
"""Appointments are booked by the half hour."""
BOOKED_DAYS = 7


@dataclass(frozen=True, slots=True)
class Place:
    """Where a booth stands, in names."""

    booth: Booth
    point: Point
    street: Street


@dataclass(frozen=True)
class World:
    """Everything by id. Load it with `World.load`."""

    streets: Mapping[str, Street]
    points: Mapping[str, Point]
    booths: Mapping[str, Booth]
    skills: Mapping[str, Skill]
    needs: Mapping[str, Need]
    priorities: Mapping[str, Priority]
    queues: Mapping[str, Queue]
    items: Mapping[str, Item]
    agents: Mapping[str, Agent]
    abilities: Mapping[str, Ability]
    hours: Mapping[str, Hours]
    checks: Mapping[str, Check]
    phrases: Mapping[str, Phrase]
    policies: Mapping[str, Policy]
    calendar: Calendar
    draft: Draft = field(default_factory=dict, repr=False, compare=False)
    """What it was made of, as plain data."""
    english: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What each thing's Chinese name is in English, where the files say it: records keep Chinese names alone."""
    _items: tuple[search.Entry[Item], ...] = field(default=(), repr=False)
    _policies: tuple[search.Entry[Policy], ...] = field(default=(), repr=False)

    @classmethod
    def load(cls, directory: Path) -> World:
        """Read and check the files of `directory`; raise `WorldError` with every problem found."""
        return cls.of(world_files.draft(directory))

    @classmethod
    def of(cls, draft: Draft) -> World:
        """Check a draft; raise `WorldError` with every problem found."""
        read = world_files.read(draft)
        if not read.problems:
            _check(read)
        if read.problems:
            raise WorldError(read.problems)
        return cls(
            **read.tables,
            calendar=read.calendar,
            draft=draft,
            english=_english(read.tables),
            _items=tuple(map(search.item_entry, read.tables["items"].values())),
            _policies=tuple(map(search.policy_entry, read.tables["policies"].values())),
        )

    def become(self, other: World) -> None:
        """Be another district from now on, for all who hold this one. For its one owner."""
        for one in fields(self):
            object.__setattr__(self, one.name, getattr(other, one.name))

    def copy(self) -> World:
        """Return it as it is now."""
        return replace(self)

    def place(self, booth_id: str) -> Place:
        """Return where a booth stands; raise KeyError for an unknown one."""
        booth = self.booths[booth_id]
        point = self.points[booth.point_id]
        return Place(booth, point, self.streets[point.street_id])

    def nearest(self, booth_id: str, among: Iterable[str]) -> Place | None:
        """Return the place of that booth out of these which is closest on the map, at another point than this one."""
        here = self.place(booth_id).point
        others = (self.place(one) for one in among)
        away = (one for one in others if one.point.id != here.id)
        return min(away, key=lambda one: math.dist((one.point.x, one.point.y), (here.x, here.y)), default=None)

    def agent_by_login(self, login: str) -> Agent | None:
        """Return the agent who signs in by this name."""
        return next((agent for agent in self.agents.values() if agent.login == login), None)

    def credit_s(self, priority: Iterable[str]) -> float:
        """Return the head start of a citizen with these priorities: the largest counts, they do not add up."""
        return max((self.priorities[word].credit_s for word in priority), default=0.0)

    def item_hours(self, item_id: str) -> Hours:
        """Return the hours of an item: its own or its queue's."""
        item = self.items[item_id]
        return self.hours[item.hours_id or self.queues[item.queue_id].hours_id]

    def item_open(self, item_id: str, now: float) -> bool:
        """Say whether a ticket for the item can be taken at `now`, by its hours and its queue's."""
        queue = self.hours[self.queues[self.items[item_id].queue_id].hours_id]
        return self.item_hours(item_id).open_at(self.calendar, now) and queue.open_at(self.calendar, now)

    def item_opens_at(self, item_id: str, now: float) -> float | None:
        """Return when a ticket for the item can be taken next; None: not within 60 days."""
        queue = self.hours[self.queues[self.items[item_id].queue_id].hours_id]
        own = self.item_hours(item_id).intervals(self.calendar, now, 60)
        starts = (max(now, a[0], b[0]) for a in own for b in queue.intervals(self.calendar, now, 60)
                  if max(now, a[0], b[0]) < min(a[1], b[1]))  # fmt: skip
        return min(starts, default=None)

    def find_items(self, query: str, limit: int = 20) -> list[Item]:
        """Return the items that fit what was typed, best first."""
        return search.find(self._items, query, limit)

    def find_policies(self, query: str, limit: int = 20) -> list[Policy]:
        """Return the policy texts that fit what was typed, best first."""
        return search.find(self._policies, query, limit)

    def readings(self, item_id: str) -> tuple[str, str]:
        """Return an item's pinyin and initials, for a page that searches by itself."""
        item = self.items[item_id]
        return item.pinyin or search.reading(item.name), search.initials(item.name)

    def commands(self, now: float, days: int = 30) -> list[Command]:
        """Return what the routing engine is told at start, and again once a day so that its hours never run out."""
        roster = tuple(
            RosterAgent(agent.id, agent.levels(), agent.queues, agent.second) for agent in self.agents.values()
        )
        commands: list[Command] = [DefineQueue(queue.policy) for queue in self.queues.values()]
        commands.append(DefineRoster(roster))
        for queue in self.queues.values():
            hours = self.hours[queue.hours_id]
            spans = () if hours.always else hours.intervals(self.calendar, now, days)
            commands.append(SetHours(queue.id, spans))
            commands.append(SetSlots(queue.id, self._slots(queue, now)))
        return commands

    def _slots(self, queue: Queue, now: float) -> tuple[Slot, ...]:
        """Return the appointment times of the coming days, each for the calls its agents can take beside others."""
        agents = sum(queue.id in agent.queues for agent in self.agents.values())
        capacity = int(agents * SLOT_S / queue.policy.expected_s * queue.booked_share) if queue.policy.expected_s else 0
        if capacity == 0:
            return ()
        spans = self.hours[queue.hours_id].intervals(self.calendar, now, BOOKED_DAYS)
        first = math.ceil(now / SLOT_S) * SLOT_S
        return tuple(
            Slot(starts_at, capacity)
            for opens, closes in spans
            for starts_at in _every(SLOT_S, max(opens, first), closes)
        )


def _english(tables: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the English names and titles of all things; of two with one Chinese name the first counts."""
    things = [thing for table in tables.values() for thing in table.values()]
    things += [material for item in tables["items"].values() for material in item.materials]
    named: dict[str, str] = {}
    for thing in things:
        for member in ("name", "title"):
            if english := getattr(thing, f"{member}_en", ""):
                named.setdefault(getattr(thing, member), english)
    return named


def _every(step_s: float, first: float, end: float) -> Iterator[float]:
    """Yield times from `first` on, each of which leaves a whole step before `end`."""
    for number in range(int((end - first) // step_s)):
        yield first + number * step_s


def _check(read: Files) -> None:
    for table, key, target in _REFERENCES:
        _check_references(read, table, key, target)
    _check_twice(read, "agents", "login", lambda agent: agent.login)
    _check_twice(read, "agents", "badge", lambda agent: agent.badge)
    _check_twice(read, "queues", "prefix", lambda queue: queue.policy.prefix)
    for id, hours in read.tables["hours"].items():
        if hours.never:
            read.refuse(place("hours", id), "is never open")
    for id, queue in read.tables["queues"].items():
        if len(queue.policy.prefix) != 1 or not "A" <= queue.policy.prefix <= "Z":
            read.refuse(place("queues", id, "prefix"), "must be one letter A–Z")
    for table in ("booths", "agents", "items"):
        if not read.tables[table]:
            read.refuse(table, "there are none")
    for id, ability in read.tables["abilities"].items():
        if not ability.facts and not ability.reviewed:
            read.refuse(place("abilities", id, "facts"), "nothing is measured and nobody reviews it")
        if any(rule.worst == rule.best for rule in ability.facts):
            read.refuse(place("abilities", id, "facts"), "worst and best are the same")
    for id, key, sentence in world_checks.problems(read.tables["checks"], read.tables["items"]):
        read.refuse(place("checks", id, key), sentence)
    if not read.problems:
        _check_served(read)


_REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("points", "street_id", "streets"),
    ("booths", "point_id", "points"),
    ("needs", "skill_id", "skills"),
    ("queues", "hours_id", "hours"),
    ("items", "queue_id", "queues"),
    ("items", "hours_id", "hours"),
    ("items", "requires", "skills"),
    ("agents", "skills", "skills"),
    ("agents", "queues", "queues"),
    ("agents", "second", "queues"),
    ("policies", "items", "items"),
)


def _check_references(read: Files, table: str, key: str, target: str) -> None:
    for id, entry in read.tables[table].items():
        for name in _named(getattr(entry, key)):
            if name not in read.tables[target]:
                read.refuse(place(table, id, key), f'there is no "{name}" in the {target}')


def _named(value: object) -> Iterator[str]:
    """Yield the ids a reference holds: one, several, the keys of a table, or the skills of `requires`."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, Iterable):
        for part in value:
            yield part if isinstance(part, str) else part.skill


def _check_twice(read: Files, table: str, key: str, value: Callable[[Any], str]) -> None:
    seen: dict[str, str] = {}
    for id, entry in read.tables[table].items():
        if (other := seen.setdefault(value(entry), id)) != id:
            read.refuse(place(table, id, key), f'"{value(entry)}" is also used by "{other}"')


def _check_served(read: Files) -> None:
    """Every item needs an agent of its queue with all its skills, every need someone with its skill."""
    agents: list[Agent] = list(read.tables["agents"].values())
    for id, item in read.tables["items"].items():
        wanted = {line.skill: line.level for line in item.requires}
        qualified = [a for a in agents if all(a.skills.get(skill, 0) >= level for skill, level in wanted.items())]
        listed = ", ".join(f"{skill} {level}" for skill, level in wanted.items())
        if not qualified:
            read.refuse(place("items", id, "requires"), f"no agent has the skills it asks for ({listed})")
        elif not any(item.queue_id in (*agent.queues, *agent.second) for agent in qualified):
            read.refuse(place("items", id, "queue_id"), f'no agent with its skills serves the queue "{item.queue_id}"')
        if len({material.id for material in item.materials}) != len(item.materials):
            read.refuse(place("items", id, "materials"), "two materials have the same id")
    for id, need in read.tables["needs"].items():
        if not any(agent.skills.get(need.skill_id, 0) >= need.level for agent in agents):
            read.refuse(place("needs", id, "skill_id"), f'no agent has "{need.skill_id}" at level {need.level}')
