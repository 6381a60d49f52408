"""What a journal promises, whichever store is below it.

The journal is a sequence of numbers. Every event takes one number, every recorded refusal takes
one too, and a `Record` holds the numbers that one command took: a missing record is a gap that
the reader sees. Promises:

- `append` returns when the batch is durable. When it raises, the batch may or may not have been
  written, whole or not at all; whoever appended reads the journal again before deciding on.
- One writer: the batch must continue exactly at the last number, and a `Lead` that was succeeded by
  another (a higher epoch) can write nothing.
- What cannot be read back as it was written raises `Damaged`, except at the very end, where the
  store cuts at the last whole commit and says so in `Loaded.cut`.
- `post` hands a command to whoever leads. A posted command may be delivered more than once and must be applied at
  most once: the ids of the last `REMEMBERED` numbers and `REMEMBERED_S` seconds are read back at start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from signaling.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager

REMEMBERED = 20_000
"""For so many numbers back a command id is known again: an hour at five commands a second."""
REMEMBERED_S = 600.0
"""And for so long: a busy hall gives its numbers faster than who sent a command and died is back to send it again."""
REMEMBERED_MOST = 200_000
"""But for no more numbers than this: 160 MB and a second of a restart if each command brings an id; only tickets do."""


class Damaged(Unavailable):
    """The journal holds bytes that nobody wrote. It is left as it is, for a person to look at."""

    code = "journal_damaged"


class Deposed(Unavailable):
    """Another node leads now; nothing was written."""

    code = "not_leading"


class Forgotten(Unavailable):
    """The asked-for records are older than the journal keeps."""

    code = "journal_forgotten"


class Letter(NamedTuple):
    """A command on its way to whoever leads.

    `mark` is the store's own name for the letter; `Lead.append` is told the marks it answers.
    """

    command_id: str
    digest: bytes
    body: bytes
    mark: str = ""


class Record(NamedTuple):  # like Letter made for every command: a frozen dataclass takes four times as long
    """What became of one command: its events, or why it was refused.

    `seq` is the last number it takes; `digest` tells a command sent again from another one under the same id.
    """

    seq: int
    at: float
    command_id: str = ""
    digest: bytes = b""
    payloads: tuple[bytes, ...] = ()
    refusal: bytes = b""

    @property
    def first(self) -> int:
        """The first number it takes; a refusal takes one."""
        return self.seq - (len(self.payloads) or 1) + 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state after number `seq`, as bytes."""

    seq: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a journal holds at the start.

    `recent` are the records before the snapshot whose command ids are known again; `tail` those after it.
    `cut` says what was cut from a torn end, `fallen_back` why an older snapshot was taken.
    """

    snapshot: Snapshot | None = None
    recent: Sequence[Record] = ()
    tail: Sequence[Record] = ()
    cut: str | None = None
    fallen_back: str | None = None


def before(recent: Sequence[Record], start: int) -> tuple[int, int] | None:
    """Return which numbers to read next for their command ids, as (after, until); None: these reach back far enough.

    `recent` are the records up to number `start` that were read already.
    """
    until = recent[0].first - 1 if recent else start
    if until <= max(0, start - REMEMBERED_MOST) or (recent and recent[-1].at - recent[0].at >= REMEMBERED_S):
        return None
    return max(until - REMEMBERED, 0), until


@dataclass(frozen=True, slots=True)
class Batch:
    """What is appended at once: records that continue the journal, and the marks of the letters they answer."""

    records: Sequence[Record] = ()
    marks: Sequence[str] = field(default=())


class Lead(Protocol):
    """The right to decide, under an epoch that is higher than every earlier one."""

    @property
    def epoch(self) -> int: ...

    async def letters(self, limit: int, wait_s: float | None) -> list[Letter]:
        """Return the commands that wait; with none, wait up to `wait_s` (None: no limit), perhaps less."""

    async def append(self, batch: Batch) -> None:
        """Make a batch durable. Raises `Deposed` (nothing written) or `Unavailable` (perhaps written)."""

    async def snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot of durable numbers and compact what lies before the one it replaces."""


class Journal(Protocol):
    """A place where commands are posted and what became of them is kept in order."""

    async def load(self) -> Loaded:
        """Return everything a node needs to rebuild the state. Called once, first."""

    async def post(self, letter: Letter) -> None:
        """Hand over a command. Raises `Unavailable` when it may not have arrived."""

    async def head(self) -> int:
        """Return the last durable number: where whoever catches up is to stop, for another node may write on and on."""

    async def records(self, after: int, *, limit: int = 500, wait_s: float = 0.0) -> list[Record]:
        """Return durable records that end after number `after`, in order; waits up to `wait_s` for the first."""

    def lead(self) -> AbstractAsyncContextManager[Lead | None]:
        """Take the lead if nobody has it; None when another node does. Leaving the block resigns."""
