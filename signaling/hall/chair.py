"""Who leads has a chair: an engine of its own that decides ahead of the journal.

The hall's engine knows durable events only. Deciding happens on a copy of it, and when an append
fails the copy is thrown away: the state before the batch was never touched. Promises:
- a round holds everything that waited, each command decided at most once, in the order of arrival;
- time never goes back: a round is decided at the latest time seen, whatever the clock says;
- a defect in a rule costs the command that met it, not the state: it is logged, and the copy is made anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import structlog

from signaling.errors import ServiceError, Unavailable
from signaling.hall.letters import read_command, write_refusal
from signaling.journal import Batch, Letter, Record
from signaling.routing import Command, Engine, Event, encode
from signaling.routing.commands import AgentLost, AgentReturned, BoothLost, BoothReturned, Tick

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from signaling.hall.desk import Desk

_log = structlog.get_logger(__name__)

LOST_A_ROUND = 256
"""After a restart so many of those who are gone are declared lost between two rounds of commands."""


@dataclass(slots=True)
class Round:
    """What was decided and is not durable yet."""

    decided: list[tuple[Record, Sequence[Event]]] = field(default_factory=list)
    unrecorded: list[Record] = field(default_factory=list)
    """What changed nothing and nobody can ask for again: answered, not recorded."""
    marks: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def batch(self) -> Batch:
        return Batch([record for record, _ in self.decided], self.marks)


class Chair:
    """Decides for all nodes while the lead lasts.

    Args:
        fork: makes a copy of the durable engine.
        seq: the last durable number.
        at: the time of the last durable event.
        desk: knows what was decided already.
        here: prefix of the ids that this hall gives to submissions without one.
    """

    def __init__(self, fork: Callable[[], Engine], seq: int, at: float, desk: Desk, here: str) -> None:
        self._fork = fork
        self._engine = fork()
        self._seq = seq
        self._now = at
        self._desk = desk
        self._here = here
        self._lost: dict[str, type[AgentLost | BoothLost]] = {}
        """Who is to be declared lost, and by which command."""
        self._idle_at: float | None = None

    def declare_lost(self, reachable: Collection[str]) -> None:
        """Plan to declare lost everybody the state holds as connected, except those reachable now."""
        agents, booths = self._engine.connected()
        self._lost.update((f"agent {name}", AgentLost) for name in agents if name not in reachable)
        self._lost.update((f"booth {name}", BoothLost) for name in booths if name not in reachable)

    def patience(self, now: float) -> float | None:
        """Return how long it may wait for commands."""
        if self._lost:
            return 0.0
        deadline = self._engine.next_deadline()
        if deadline is None:
            return None
        # A tick that changed nothing is not repeated in the same instant.
        return max(deadline - now, 0.05 if self._idle_at == self._now else 0.0)

    def decide(self, letters: Sequence[Letter], now: float) -> Round:
        """Decide what is due and what is asked."""
        self._now = max(now, self._now)
        decided = Round()
        self._tick(decided)
        for key in list(islice(self._lost, LOST_A_ROUND)):
            self._lose(key, decided)
        for letter in letters:
            decided.marks.append(letter.mark)
            if letter.command_id not in self._desk and letter.command_id not in decided.ids:
                self._asked(letter, decided)
        return decided

    def _tick(self, decided: Round) -> None:
        deadline = self._engine.next_deadline()
        if deadline is not None and deadline <= self._now:
            before = self._seq
            self._unasked(Tick(), decided)
            self._idle_at = self._now if self._seq == before else None

    def _unasked(self, command: Command, decided: Round) -> None:
        try:
            events = self._apply(command, decided)
        except ServiceError:
            return  # they were gone already: nothing to change
        if events:
            self._record("", b"", events, decided)

    def _asked(self, letter: Letter, decided: Round) -> None:
        decided.ids.add(letter.command_id)
        try:
            command = self._desk.command(letter.command_id) or read_command(letter.body)
            self._lose_first(command, decided)
            events = self._apply(command, decided)
        except ServiceError as error:
            self._record(letter.command_id, letter.digest, (), decided, write_refusal(error))
        else:
            self._record(letter.command_id, letter.digest, events, decided)

    def _lose_first(self, command: Command, decided: Round) -> None:
        """Who comes back before being declared lost is declared lost first, so that coming back is true."""
        match command:
            case AgentReturned(agent_id=agent_id):
                key = f"agent {agent_id}"
            case BoothReturned(booth_id=booth_id):
                key = f"booth {booth_id}"
            case _:
                return
        if key in self._lost:
            self._lose(key, decided)

    def _lose(self, key: str, decided: Round) -> None:
        self._unasked(self._lost.pop(key)(key.partition(" ")[2]), decided)

    def _apply(self, command: Command, decided: Round) -> Sequence[Event]:
        try:
            return self._engine.apply(command, self._now)
        except ServiceError:
            raise
        except Exception as error:
            _log.exception("defect_in_a_rule", command=type(command).__name__)
            self._engine = self._fork()
            for _, events in decided.decided:
                for event in events:
                    self._engine.evolve(event)
            raise Unavailable("a defect keeps this from being done; it was logged", code="defect") from error

    def _record(
        self, command_id: str, digest: bytes, events: Sequence[Event], decided: Round, refusal: bytes = b""
    ) -> None:
        if not events and command_id.startswith(self._here):
            decided.unrecorded.append(Record(self._seq, self._now, command_id, digest, (), refusal))
            return
        self._seq += len(events) or 1
        payloads = tuple(map(encode, events))
        decided.decided.append((Record(self._seq, self._now, command_id, digest, payloads, refusal), events))
