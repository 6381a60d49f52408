"""The hall: takes commands, lets whoever leads decide, tells what became durable.

Promises:
- `submit` returns, and listeners hear, only what the journal holds; `engine` shows nothing else either;
- listeners hear every event once, in the order of the numbers; refusals take a number too, so there are gaps;
- every task is owned by `Hall.open` and has ended when the block is left.
"""

from __future__ import annotations

import asyncio
import gc
import time
import uuid
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

import structlog

from signaling.errors import Malformed, Unavailable
from signaling.hall import copying
from signaling.hall.chair import Chair, Round
from signaling.hall.desk import OWN, Decided, Desk
from signaling.hall.letters import digest, write_command
from signaling.journal import Damaged, Deposed, Journal, Lead, Letter, Record, Snapshot
from signaling.routing import Command, Engine, Event, decode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence

Listener: TypeAlias = "Callable[[Sequence[tuple[int, Event]], float], None]"
"""Called with numbered events and their time."""
Reachable: TypeAlias = "Callable[[], Awaitable[Collection[str]]]"
"""Answers with ids of agents and booths."""

_log = structlog.get_logger(__name__)

ROUND = 256
"""So many commands are decided at once: about 10 ms of the loop."""
INBOX = 4096
"""So many submissions may wait; more are turned away as `Unavailable`."""
RETRY_S = 0.2
"""Pause after the journal failed."""
FOLLOW_S = 0.1
"""How long a node that follows waits for records before it asks for the lead: a part of the takeover time."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage while a state is built: nothing of it is any, and looking would take twice the time."""
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()


async def nobody() -> Collection[str]:
    """Say that no one is reachable, as after the only node was started again."""
    return ()


class Hall:
    """Owns the engine. Made by `Hall.open`.

    Args:
        journal: where commands are posted and outcomes kept.
        clock: the time in seconds since 1970.
        reachable: asked on taking the lead from another process: ids of agents and booths connected to this or
            another living node. Everybody else whom the state holds as connected is declared lost.
        snapshot_every: a snapshot is written after so many numbers.
        answer_s: how long `submit` waits before it says `Unavailable`.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        clock: Callable[[], float],
        reachable: Reachable,
        snapshot_every: int,
        answer_s: float,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._reachable = reachable
        self._snapshot_every = snapshot_every
        self._here = f"{OWN}{uuid.uuid4().hex[:12]}."
        self._numbers = count(1)
        self._desk = Desk(INBOX, answer_s)
        self._listeners: list[Listener] = []
        self._engine = Engine()
        self._seq = 0
        self._at = 0.0
        self._snapshot_seq = 0
        self._twin: Engine | None = None
        """A second engine that follows along until this node leads: made then, it would keep the hall waiting."""
        self._epoch: int | None = None
        self._led: int | None = None
        self._trouble: str | None = None
        self._open = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        journal: Journal,
        *,
        clock: Callable[[], float] = time.time,
        reachable: Reachable = nobody,
        snapshot_every: int = 20_000,
        answer_s: float = 5.0,
    ) -> AsyncIterator[Hall]:
        """Rebuild the state, declare lost who was connected, and serve until the block is left."""
        hall = cls(journal, clock=clock, reachable=reachable, snapshot_every=snapshot_every, answer_s=answer_s)
        await hall._load()
        try:
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(hall._serve(), name="hall")
                await hall._open.wait()
                yield hall
                serving.cancel()
        except BaseExceptionGroup as group:
            # What went wrong in the block, or ended the hall, is told as it was raised.
            if len(group.exceptions) == 1:
                raise group.exceptions[0] from None
            raise
        finally:
            hall._desk.close()

    # --- what others use ---------------------------------------------------------------------------
    @property
    def engine(self) -> Engine:
        """The durable state, for its views."""
        return self._engine

    @property
    def seq(self) -> int:
        """The last durable number."""
        return self._seq

    @property
    def epoch(self) -> int | None:
        """The epoch of this node's lead; None while another node leads or the journal is away."""
        return self._epoch

    async def submit(self, command: Command, *, command_id: str | None = None) -> Decided:
        """Have a command decided; return when its events are durable.

        A command with an id is applied at most once, also after a restart: sent again, it gets the outcome it got.
        Raises the engine's refusals, and `Unavailable` when nothing was acknowledged; then it may still be
        applied later, and is safely sent again under the same id.
        """
        body = write_command(command)
        if command_id is None:
            command_id, mark = f"{self._here}{next(self._numbers)}", b""
        else:
            if not 1 <= len(command_id) <= 128 or command_id.startswith(OWN):
                raise Malformed(f"1 to 128 characters, the first not {OWN}", field="command_id")
            mark = digest(body)
        known = self._desk.recall(command_id, mark)
        if known is not None:
            return known
        # Each submitter awaits an answer of its own: one who is cancelled takes nothing back from the others.
        answer = self._desk.join(command_id, mark)
        if answer is None:
            if self._trouble is not None:
                raise Unavailable(self._trouble, code="journal_unavailable")
            answer = self._desk.wait(command_id, mark, command)
            try:
                await self._journal.post(Letter(command_id, mark, body))
            except Unavailable as error:
                self._desk.fail([command_id], error)
        return await answer

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(numbered events, at)` for every durable decision from now on; it must not block.

        Returns how to stop it. What a listener raises is logged; the others are told all the same.
        """
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    async def events_since(self, seq: int) -> AsyncIterator[tuple[int, float, Event]]:
        """Yield all durable events after a number, up to the present one: (number, at, event)."""
        end = self._seq
        while seq < end:
            for record in await self._journal.records(seq):
                for number, payload in enumerate(record.payloads, record.first):
                    if seq < number <= end:
                        yield number, record.at, decode(payload)
                seq = max(seq, record.seq)

    # --- following and leading ---------------------------------------------------------------------
    async def _load(self) -> None:
        loaded = await self._journal.load()
        for record in loaded.recent:
            self._desk.remember(record)
            self._at = record.at
        if loaded.snapshot is not None:
            with uncollected():
                self._engine, self._twin = Engine.load_twins(loaded.snapshot.body)
                gc.freeze()  # or the first look after this would walk all of it
            self._seq = self._snapshot_seq = loaded.snapshot.seq
        else:
            self._twin = Engine()
        for record in loaded.tail:
            self._learn(record, [decode(payload) for payload in record.payloads])

    async def _serve(self) -> None:
        while True:
            try:
                async with self._journal.lead() as lead:
                    await self._catch_up()
                    if lead is None:
                        await self._follow()
                    else:
                        await self._lead(lead)
            except Damaged:
                raise
            except Deposed as error:
                _log.warning("lead_lost", reason=str(error))
            except Unavailable as error:
                if self._trouble is None:
                    _log.error("journal_unavailable", reason=str(error))
                self._trouble = error.detail
                await asyncio.sleep(RETRY_S)
            finally:
                self._epoch = None

    async def _catch_up(self) -> None:
        head = await self._journal.head()
        while self._seq < head and (records := await self._journal.records(self._seq)):
            self._tell([(record, [decode(payload) for payload in record.payloads]) for record in records])

    async def _follow(self) -> None:
        self._trouble = None
        self._open.set()
        records = await self._journal.records(self._seq, wait_s=FOLLOW_S)
        self._tell([(record, [decode(payload) for payload in record.payloads]) for record in records])

    async def _lead(self, lead: Lead) -> None:
        chair = Chair(self._copy, self._seq, self._at, self._desk, self._here)
        if lead.epoch - 1 != self._led:  # this process is new, or another node led in between
            chair.declare_lost(await self._reachable())
        self._epoch = self._led = lead.epoch
        _log.info("leading", epoch=lead.epoch, seq=self._seq)
        letters: list[Letter] = []
        keeping: asyncio.Task[None] | None = None
        try:
            while True:
                decided = chair.decide(letters, self._clock())
                await self._write(lead, decided)
                self._trouble = None
                self._tell(decided.decided)
                for record in decided.unrecorded:
                    self._desk.answer(record, ())
                self._open.set()
                if keeping is not None and keeping.done():
                    keeping.result()  # what went wrong ends this lead
                    keeping = None
                if keeping is None and self._seq - self._snapshot_seq >= self._snapshot_every:
                    keeping = asyncio.create_task(self._keep_snapshot(lead), name="hall snapshot")
                letters = await lead.letters(ROUND, chair.patience(self._clock()))
        finally:
            if keeping is not None:
                keeping.cancel()
                await asyncio.wait([keeping])

    def _copy(self) -> Engine:
        twin, self._twin = self._twin, None
        if twin is not None:
            return twin
        with uncollected():
            return Engine.load(self._engine.dump())

    async def _write(self, lead: Lead, decided: Round) -> None:
        try:
            await lead.append(decided.batch())
        except Deposed:
            raise  # the letters wait for the node that leads now
        except Unavailable as error:
            self._desk.fail([*decided.ids], Unavailable(error.detail, code=error.code))
            raise

    async def _keep_snapshot(self, lead: Lead) -> None:
        """Write a snapshot of the state as it is now, while deciding goes on."""
        seq = self._snapshot_seq = self._seq
        try:
            body = await copying.dump(self._engine.dump_slices)
        except Unavailable as error:
            _log.error("snapshot_not_written", reason=str(error))  # the journal is whole without it
        else:
            await lead.snapshot(Snapshot(seq, body))

    # --- what became durable -----------------------------------------------------------------------
    def _tell(self, decided: Sequence[tuple[Record, Sequence[Event]]]) -> None:
        for record, events in decided:
            self._learn(record, events)
            self._desk.answer(record, events)
            if events:
                numbered = list(enumerate(events, record.first))
                for listener in tuple(self._listeners):
                    self._call(listener, numbered, record.at)

    def _learn(self, record: Record, events: Sequence[Event]) -> None:
        for event in events:
            self._engine.evolve(event)
            if self._twin is not None:
                self._twin.evolve(event)
        self._seq = record.seq
        self._at = record.at
        self._desk.remember(record)

    def _call(self, listener: Listener, events: Sequence[tuple[int, Event]], at: float) -> None:
        try:
            listener(events, at)
        except Exception:
            _log.exception("listener_failed", listener=getattr(listener, "__qualname__", "listener"))
