"""Who waits for an answer, and what was answered lately.

Promises:
- a command id has one outcome: sent again it gets the first answer, with another command it is refused;
- every waiting submission ends: answered, refused, or told that the journal is unavailable;
- at most `limit` submissions wait, none longer than `answer_s`; more are turned away at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from signaling.errors import Malformed, ServiceError, Unavailable
from signaling.hall.letters import read_refusal
from signaling.journal import REMEMBERED, REMEMBERED_MOST, REMEMBERED_S, Record
from signaling.routing import Command, Event, decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


OWN = "~"
"""Begins the ids that a hall gives to submissions without one."""


@dataclass(frozen=True, slots=True)
class Decided:
    """The durable outcome of a command: the last number it took, and its events."""

    seq: int
    events: tuple[Event, ...]


@dataclass(slots=True)
class Waiting:
    """A command on its way and everybody who submitted it; each waits alone, so each may be cancelled alone."""

    command: Command
    digest: bytes
    until: float
    answers: list[asyncio.Future[Decided]]

    def wait(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[Decided]:
        """Return one more submitter's answer."""
        answer: asyncio.Future[Decided] = loop.create_future()
        self.answers.append(answer)
        return answer

    def end(self, outcome: Decided | ServiceError) -> None:
        """Give the outcome to those who still wait."""
        for answer in self.answers:
            if answer.done():
                continue
            if isinstance(outcome, Decided):
                answer.set_result(outcome)
            else:
                answer.set_exception(outcome)


def _other_command() -> Malformed:
    return Malformed("the command id was used for another command", field="command_id", code="command_id_reused")


class Desk:
    """Submissions that wait, by command id, and the records of commands that may be sent again."""

    def __init__(self, limit: int, answer_s: float) -> None:
        self._limit = limit
        self._answer_s = answer_s
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, Waiting] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._answered: dict[str, Record] = {}
        self._order: deque[Record] = deque()

    def __contains__(self, command_id: str) -> bool:
        """Tell whether the command was decided already."""
        return command_id in self._answered

    def recall(self, command_id: str, digest: bytes) -> Decided | None:
        """Return the outcome of a command sent again, or raise the refusal it got."""
        record = self._answered.get(command_id)
        if record is None:
            return None
        if record.digest != digest:
            raise _other_command()
        if record.refusal:
            raise read_refusal(record.refusal)
        return Decided(record.seq, tuple(map(decode, record.payloads)))

    def join(self, command_id: str, digest: bytes) -> asyncio.Future[Decided] | None:
        """Wait with the submission that is under way under this id, if there is one."""
        found = self._waiting.get(command_id)
        if found is None:
            return None
        if found.digest != digest:
            raise _other_command()
        return found.wait(self._loop)

    def wait(self, command_id: str, digest: bytes, command: Command) -> asyncio.Future[Decided]:
        """Let a submission wait. Raises `Unavailable` when too many do."""
        if len(self._waiting) >= self._limit:
            raise Unavailable(f"{self._limit} commands wait already", code="hall_busy")
        waiting = self._waiting[command_id] = Waiting(command, digest, self._loop.time() + self._answer_s, [])
        if self._sweeping is None:
            self._sweeping = self._loop.call_at(waiting.until, self._sweep)
        return waiting.wait(self._loop)

    def _sweep(self) -> None:
        """End the submissions that waited too long. The first came first."""
        now = self._loop.time()
        late = list(takewhile(lambda command_id: self._waiting[command_id].until <= now, self._waiting))
        self.fail(late, Unavailable(f"no answer within {self._answer_s:g} s", code="no_answer"))
        oldest = next(iter(self._waiting.values()), None)
        self._sweeping = self._loop.call_at(oldest.until, self._sweep) if oldest else None

    def command(self, command_id: str) -> Command | None:
        """Return a command submitted here, sparing its journey through bytes."""
        waiting = self._waiting.get(command_id)
        return waiting.command if waiting else None

    def remember(self, record: Record) -> None:
        """Know the command again if it is sent again."""
        # An id that a hall made is not sent again: its letter goes in the step that answers it.
        if record.command_id and not record.command_id.startswith(OWN):
            self._answered[record.command_id] = record
            self._order.append(record)
        while self._order and self._forgotten(self._order[0], record):
            old = self._order.popleft()
            if self._answered.get(old.command_id) is old:
                del self._answered[old.command_id]

    @staticmethod
    def _forgotten(old: Record, newest: Record) -> bool:
        numbers = newest.seq - old.seq
        return numbers >= REMEMBERED_MOST or (numbers >= REMEMBERED and newest.at - old.at >= REMEMBERED_S)

    def answer(self, record: Record, events: Sequence[Event]) -> None:
        """Give a durable record to whoever waits for it."""
        waiting = self._waiting.pop(record.command_id, None)
        if waiting is None:
            return
        if waiting.digest != record.digest:
            waiting.end(_other_command())
        elif record.refusal:
            waiting.end(read_refusal(record.refusal))
        else:
            waiting.end(Decided(record.seq, tuple(events)))

    def fail(self, command_ids: Iterable[str], error: ServiceError) -> None:
        """End submissions without an outcome."""
        for command_id in command_ids:
            waiting = self._waiting.pop(command_id, None)
            if waiting is not None:
                waiting.end(error)

    def close(self) -> None:
        """End all submissions."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self.fail(list(self._waiting), Unavailable("the hall is closing", code="hall_closing"))
