"""The whole state as bytes, and back.

Promise: canonical: equal states give equal bytes; indexes are left out and rebuilt. Every table names its columns, so a
snapshot of an older release loads: columns it lacks keep the value of a new object.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import fields
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from signaling.errors import Malformed
from signaling.routing import codec
from signaling.routing.demand import Exchange
from signaling.routing.events import Entered
from signaling.routing.reindex import index
from signaling.routing.state import Agent, Appointment, Booth, Call, Consult, Offer, Party, Queue, Seeker, State
from signaling.routing.values import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from signaling.routing.order import Entry

VERSION = 1

CALL = ("booth_id", "item_id", "place", "seq", "step", "state", "open", "passed")
RARE = (
    "declined_by", "wants", "wants_until", "accepted_at", "first_accepted_at", "ended_at", "outcome", "reason", "held",
    "kept", "overflowed", "booth_lost_at", "booth_until", "aside_until", "callback", "callback_by", "moved",
)  # fmt: skip
AGENT = (
    "agent_id", "state", "reason", "since", "idle_since", "talk_since", "present", "wrap_call", "wrap_queue",
    "wrap_since", "wrap_until", "lost_at", "lost_until", "cool_until", "misses", "break_reason", "busy_day", "busy_s",
    "last_offer", "kept_for", "kept_until",
)  # fmt: skip
QUEUE = (
    "offered", "talking", "callbacks", "closed", "closed_at", "closed_reason", "ticket_day", "ticket_no", "handled",
    "handled_at", "entered", "finished", "follow_ups", "credit_at", "credit_gap_s", "credit_s",
    "waited_s", "gave_up", "ring_s", "removed",
)  # fmt: skip
CONSULT = ("at", "by", "requires", "private", "open", "declined_by", "wants", "role")
APPOINTMENT = ("appointment_id", "queue_id", "starts_at", "item_id", "requires", "priority")
TOTALS = ("now", "calls_made", "offers_made")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=codec.plain).encode


SLICE_ROWS = 2000
"""So many rows are written at once: about 15 ms."""


def dump(state: State) -> Iterator[bytes]:
    """Write the state in slices, which together are the snapshot. Nothing may change it before the last."""
    needs: dict[tuple[Requirement, ...], int] = {}
    for queue in state.queues.values():
        for entry, passed in queue.order.counts():
            entry[2].call.passed = passed
        yield b""  # a pause
    entered = codec.FORMS["Entered"].names
    head = {
        "v": VERSION,
        "totals": {name: getattr(state, name) for name in TOTALS},
        "roster": state.roster,
        "queues": [_queue_row(queue) for _, queue in sorted(state.queues.items())],
        "columns": {"queue": QUEUE, "agent": AGENT, "call": CALL, "consult": CONSULT, "entered": entered},
    }
    yield _encode(head)[:-1].encode()
    yield from _table("agents", (_agent_row(agent) for _, agent in sorted(state.agents.items())))
    yield from _table("booths", ([booth_id, state.booths[booth_id].working] for booth_id in sorted(state.booths)))
    yield from _table("calls", (_call_row(call, needs) for call in state.calls.values()))
    yield from _table("ended", (_call_row(call, needs) for call in state.ended.values()))
    yield from _table("needs", needs)
    yield from _table("offers", (_offer_row(offer) for _, offer in sorted(state.offers.items())))
    appointments = (attrgetter(*APPOINTMENT)(one) for _, one in sorted(state.appointments.items()))
    yield from _table("appointments", appointments)
    yield b"}"


def _table(name: str, rows: Iterable[Any]) -> Iterator[bytes]:
    """Write one more table of the snapshot, some rows at a time."""
    left = iter(rows)
    start = f',"{name}":['
    while some := list(islice(left, SLICE_ROWS)):
        yield (start + _encode(some)[1:-1]).encode()
        start = ","
    yield b"]" if start == "," else f"{start}]".encode()


_call_values, _agent_values, _queue_values = attrgetter(*CALL), attrgetter(*AGENT), attrgetter(*QUEUE)
_consult_values = attrgetter(*CONSULT)
_rare_values = attrgetter(*RARE)
RARE_DEFAULTS = _rare_values(Seeker())
_entered_values = codec.FORMS["Entered"].values
NEEDS = codec.FORMS["Entered"].names.index("requires")
PRIORITY = codec.FORMS["Entered"].names.index("priority")
TAIL = codec.FORMS["Entered"].names.index("prefers")
TAIL_DEFAULTS = tuple(field.default for field in fields(Entered)[TAIL:])


def _queue_row(queue: Queue) -> list[Any]:
    return [queue.policy, queue.intervals, sorted(queue.slots.items()), _queue_values(queue)]


def _agent_row(agent: Agent) -> list[Any]:
    call, offer = agent.call, agent.offer
    return [
        agent.profile.key,
        call.call_id if call is not None else None,
        offer.offer_id if offer is not None else None,
        _agent_values(agent),
    ]


def _call_row(call: Call, needs: dict[tuple[Requirement, ...], int]) -> list[Any]:
    """A waiting call is short: requirements are named once for all, and what it never had is left out."""
    values = _entered_values(call.entered)
    requires = call.entered.requires
    number = needs.setdefault(requires, len(needs))
    entered = [*values[:NEEDS], number, *values[NEEDS + 1 : TAIL]]
    if values[TAIL:] != TAIL_DEFAULTS:
        entered += values[TAIL:]
    row: list[Any] = [entered, call.queue.queue_id, _call_values(call)]
    rare = _rare(call)
    if call.requires != requires:
        rare["requires"] = call.requires
    if rare:
        row.append(rare)
    return row


def _rare(call: Call) -> dict[str, Any]:
    values = _rare_values(call)
    rare = {}
    if values != RARE_DEFAULTS:
        rows = zip(RARE, values, RARE_DEFAULTS, strict=True)
        rare = {name: value for name, value, usual in rows if value != usual}
    if call.agent is not None:
        rare["agent"] = call.agent.agent_id
    if call.parties:
        rare["parties"] = [[p.agent.agent_id, p.role, p.private, p.since] for p in call.parties]
    if call.consult is not None:
        rare["consult"] = _consult_values(call.consult)
    return rare


def _offer_row(offer: Offer) -> list[Any]:
    companion = offer.companion.agent_id if offer.companion else None
    seeker = offer.seeker
    return [
        offer.offer_id, seeker.call.call_id, seeker is seeker.call, offer.agent.agent_id, companion, offer.at,
        offer.expires_at,
    ]  # fmt: skip


def load(data: bytes, copies: int = 1) -> list[State]:
    """Rebuild a state, several times if asked: what never changes is read once and shared."""
    try:
        body = json.loads(data)
        if body["v"] > VERSION:
            raise Malformed(f"snapshot version {body['v']} is newer than this release", code="snapshot_too_new")
        entered = _Entered(body)
        for table in ("ended", "calls"):
            for row in body[table]:
                row[0] = entered.read(row[0])
        return [_Loader(body).state for _ in range(copies)]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise Malformed(f"not a snapshot: {error}", code="bad_snapshot") from error


def _needs(value: Iterable[list[Any]]) -> tuple[Requirement, ...]:
    return tuple(Requirement(*need) for need in value)


class _Entered:
    """Reads the events that calls entered by."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.columns = body["columns"]["entered"]
        self.current = self.columns == list(codec.FORMS["Entered"].names)
        self.needs = [_needs(needs) for needs in body["needs"]]

    def read(self, values: list[Any]) -> Entered:
        values[NEEDS] = self.needs[values[NEEDS]]
        values[PRIORITY] = tuple(values[PRIORITY])
        if len(values) == TAIL and self.current:
            return Entered(*values)
        body = dict(zip(self.columns, values, strict=False))
        body["prefers"] = _needs(body.get("prefers", ()))
        body["devices"] = tuple(body.get("devices", ()))
        if body.get("steps") is not None:
            body["steps"] = codec.steps_from(body["steps"])
        return Entered(**body)


class _Loader:
    """One pass over a snapshot; references are by id and set when both ends exist."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.columns = body["columns"]
        self.current_call = self.columns["call"] == list(CALL)
        self.standing: defaultdict[str, list[tuple[Entry, int]]] = defaultdict(list)
        """By queue: who stands in its order."""
        state = self.state = State(Exchange())
        for name, value in body["totals"].items():
            setattr(state, name, value)
        state.roster = codec.READERS["tuple[RosterAgent, ...]"](body["roster"])
        for row in body["queues"]:
            self._queue(row)
        state.exchange.queues = state.queues
        for row in body["agents"]:
            self._agent(row)
        for booth_id, working in body["booths"]:
            booth = state.booths[booth_id] = Booth(booth_id)
            booth.working = None if working is None else tuple(working)
        for row in body["ended"]:
            self._call(row, state.ended)
        state.ended_order.extend(state.ended.values())
        for row in body["calls"]:
            self._call(row, state.calls)
        for queue_id, counted in self.standing.items():
            state.queues[queue_id].order.fill(counted)
        for row in body["offers"]:
            self._offer(row)
        for row in body["appointments"]:
            one = Appointment(row[0], row[1], row[2], row[3], _needs(row[4]), tuple(row[5] if len(row) > 5 else ()))
            state.appointments[one.appointment_id] = one
        self._link(body)
        index(state)

    def _fill(self, thing: object, table: str, values: Iterable[Any]) -> None:
        for name, value in zip(self.columns[table], values, strict=True):
            if getattr(thing, name) != value:
                setattr(thing, name, value)

    def _queue(self, row: list[Any]) -> None:
        queue = Queue(codec.policy_from(row[0]))
        queue.intervals = tuple((opens, closes) for opens, closes in row[1])
        queue.slots = dict(row[2])
        self._fill(queue, "queue", row[3])
        queue.handled = list(queue.handled)
        self.state.queues[queue.queue_id] = queue

    def _agent(self, row: list[Any]) -> None:
        skills, queues, second = row[0]
        pairs = tuple((skill, level) for skill, level in skills)
        profile = self.state.exchange.profile(pairs, tuple(queues), tuple(second))
        agent = Agent("", profile)
        self._fill(agent, "agent", row[3])
        self.state.agents[agent.agent_id] = agent

    def _call(self, row: list[Any], where: dict[str, Call]) -> None:
        state = self.state
        call = Call(row[0], 0, state.queues[row[1]])
        if call.wants is not None:
            # A wish may be over by now: if it is not, it stands among the rare values.
            call.wants, call.wants_until = None, 0.0
        if self.current_call:
            (
                call.booth_id, call.item_id, call.place, call.seq, call.step, call.state, call.open, call.passed,
            ) = row[2]  # fmt: skip
        else:
            for name, value in zip(self.columns["call"], row[2], strict=True):
                setattr(call, name, value)
        call.entry = (call.place, call.seq, call)
        if len(row) > 3:
            self._set_rare(call, row[3])
        where[call.call_id] = call
        if call.state in ("waiting", "offered"):
            self.standing[row[1]].append((call.entry, call.passed))
        if where is state.calls and call.callback == "":
            state.booths[call.booth_id].call = call

    def _set_rare(self, call: Call, rare: dict[str, Any]) -> None:
        agents = self.state.agents
        for name, value in rare.items():
            if name == "agent":
                call.agent = agents[value]
            elif name == "parties":
                call.parties = tuple(Party(agents[p[0]], p[1], p[2], p[3]) for p in value)
            elif name == "consult":
                call.consult = self._consult(call, value)
            elif name == "requires":
                call.requires = _needs(value)
            else:
                setattr(call, name, value)

    def _consult(self, call: Call, values: list[Any]) -> Consult:
        row = dict(zip(self.columns["consult"], values, strict=True))
        row["requires"] = _needs(row["requires"])
        consult = Consult(call, 0.0, "", (), False)
        for name, value in row.items():
            setattr(consult, name, value)
        return consult

    def _offer(self, row: list[Any]) -> None:
        state = self.state
        call = state.calls[row[1]]
        seeker = call if row[2] else call.consult
        assert seeker is not None
        companion = state.agents[row[4]] if row[4] is not None else None
        offer = Offer(row[0], seeker, state.agents[row[3]], companion, row[5], row[6])
        state.offers[offer.offer_id] = offer
        seeker.offer = offer

    def _link(self, body: dict[str, Any]) -> None:
        state = self.state
        for row, agent in zip(body["agents"], state.agents.values(), strict=True):
            if row[1] is not None:
                agent.call = state.calls.get(row[1]) or state.ended[row[1]]
            if row[2] is not None:
                agent.offer = state.offers[row[2]]
