"""Whether a call is recorded now, and that its node knows: the citizen's answer, hold, and the way of the media.

A call is recorded while all of this is so: its service item asks for it, the citizen agreed, somebody talks, nobody is
on hold, and a media node carries it (`hosting` sees to that as soon as the citizen agreed). Promises: an answer is
durable before anything follows from it; withdrawal and hold reach the node at once, or, when it is away, before it is
asked again to go on; what is shown as recording is what the node confirmed; when a node stops by itself, the call goes
on, both sides are told, and it is tried again.
"""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import TYPE_CHECKING, Final

import structlog

from signaling.errors import ServiceError, Unknown, WrongState
from signaling.nodes import StartRecording, StopRecording
from signaling.screens import RecordingState
from signaling.tasks import Tasks
from signaling.ways import heard_by_citizen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from signaling.hosting import Hosting
    from signaling.nodes import Nodes, Recorded
    from signaling.recording.accounts import Accounts
    from signaling.records.recordings import RecordingBooks
    from signaling.routing import Engine
    from signaling.routing.events import Event
    from signaling.routing.views import CallView
    from signaling.ways import Path
    from signaling.world import World

log = structlog.get_logger(__name__)

LOOK_S: Final = 1.0
RETRY_S: Final = 30.0
"""After a node stopped by itself or refused: a full disk may have been cleared."""
LATE_S: Final = 8.0
"""So long after it was due, a recording that has not begun is told as trouble: a node takes a second or two."""


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What a node was told to record."""

    path: Path
    legs: frozenset[str]


@dataclasses.dataclass(slots=True)
class Going:
    """How the recording of one call stands."""

    answer: str = ""
    """`agreed`, `declined`, `withdrawn`; empty: the question is open."""
    told: Told | None = None
    unsure: bool = False
    """The node, or we, may have forgotten: it is told again."""
    trouble: str = ""
    due_at: float | None = None
    """Since when it should run."""
    broken: bool = False
    """For a while it should not have run: a node goes on only after it has been told to stop."""
    retry_at: float = 0.0
    turn: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)


class Recording:
    """Owns what is said to nodes about recording."""

    def __init__(
        self, engine: Callable[[], Engine], world: World, nodes: Nodes, hosting: Hosting, books: RecordingBooks,
        accounts: Accounts, concern: Callable[..., None], clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._engine = engine
        self._world = world
        self._nodes = nodes
        self._hosting = hosting
        self._books = books
        self._accounts = accounts
        self._concern = concern
        self._clock = clock
        self._tasks = Tasks()
        self._going: dict[str, Going] = {}
        self._wanted: set[str] = set()
        self._wake = asyncio.Event()
        hosting.recorder = self
        nodes.archive = self

    async def recall(self) -> None:
        """Find the answers again after a restart; what nodes record meanwhile is told to them anew."""
        calls = [call.call_id for call in self._engine().calls() if self._asks(call)]
        for call_id in calls:
            if answers := [word for word, _ in await self._books.consent(call_id)]:
                self._going[call_id] = going = Going(_standing(answers[-1]), unsure=True)
                going.due_at = self._clock() if self._due(call_id) else None
                # A node that was away when it was withdrawn holds back what came since.
                going.broken = "withdrawn" in answers

    async def close(self) -> None:
        await self._tasks.close()

    # ── questions ───────────────────────────────────────────────────────────────────────────────────────────────

    def _asks(self, call: CallView) -> bool:
        """Say whether the item wants recording, and there is anything to record with."""
        item = self._world.items.get(call.item_id)
        return item is not None and item.recording == "consent" and self._nodes.admits

    def wanted(self, call_id: str) -> bool:
        """Say whether a node should carry the call for this."""
        going = self._going.get(call_id)
        return going is not None and going.answer == "agreed"

    def state(self, call: CallView) -> RecordingState | None:
        """Return what is shown of it; None for a call that is never recorded."""
        if not self._asks(call) or call.state == "ended":
            return None
        going = self._going.get(call.call_id, Going())
        return RecordingState(going.answer or "asked", going.told is not None, self._trouble(going))

    def _trouble(self, going: Going) -> str:
        if going.due_at is None or going.told is not None:
            return ""
        late = self._clock() - going.due_at >= LATE_S
        return going.trouble or ("no_node" if late else "")

    # ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def answer(self, call: CallView, agreed: bool, lang: str, at: float) -> None:
        """Take the citizen's answer; when this returns after a withdrawal, the node has been told to stop."""
        going = self._of(call)
        word = "agreed" if agreed else "withdrawn" if going.answer == "agreed" else "declined"
        if word != going.answer:
            await self._books.answered(call.call_id, word, lang, at)
            going.answer = word
            self._look(call.call_id)
        await self._settle(call.call_id)
        self._hosting.look_at(call.call_id)
        self._tell(call)

    async def ask_again(self, call: CallView, at: float) -> None:
        """Put the question once more to a citizen who said no."""
        going = self._of(call)
        if going.answer == "agreed":
            raise WrongState("the citizen has agreed", field="call_id")
        if going.answer:
            await self._books.answered(call.call_id, "asked_again", "", at)
            going.answer = ""
        self._tell(call)

    def _of(self, call: CallView) -> Going:
        if not self._asks(call):
            raise WrongState("this call is not recorded", field="call_id", code="not_recorded")
        return self._going.setdefault(call.call_id, Going())

    def _tell(self, call: CallView) -> None:
        agents = [party.agent_id for party in call.parties]
        self._concern(*filter(None, (call.booth_id, call.agent_id, call.offered_to, *agents)))

    # ── what happens ────────────────────────────────────────────────────────────────────────────────────────────

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall: quick, and never waits."""
        for _, event in events:
            if (call_id := getattr(event, "call_id", None)) in self._going:
                self._look(call_id)
                self.moved(call_id)

    def _look(self, call_id: str) -> None:
        """Note at once that it should not run: it may be wanted again before a node could be told."""
        going = self._going[call_id]
        if going.due_at is not None and not self._due(call_id):
            going.due_at, going.broken = None, True

    def _due(self, call_id: str) -> bool:
        call = self._call(call_id)
        answer = self._going[call_id].answer
        return call is not None and answer == "agreed" and call.state == "talking" and not call.held

    def moved(self, call_id: str) -> None:
        """Something about a call is another: who is in it, hold, or the way of its media."""
        self._wanted.add(call_id)
        self._wake.set()

    def node_came(self, node_id: str) -> None:
        for call_id, going in self._going.items():
            going.unsure = True
            self.moved(call_id)
        self._accounts.node_came(node_id)

    def node_left(self, node_id: str) -> None:
        for call_id, going in self._going.items():
            if going.told is not None and going.told.path.node_id == node_id:
                going.told = None
                self.moved(call_id)

    def node_recorded(self, node_id: str, event: Recorded) -> None:
        self._accounts.node_recorded(node_id, event)

    def stopped(self, node_id: str, call_id: str, reason: str) -> None:
        """A node stopped by itself."""
        going = self._going.get(call_id)
        if going is None or going.told is None or going.told.path.node_id != node_id:
            return
        log.error("recording_stopped", call=call_id, node=node_id, reason=reason)
        self._failed(going, reason)
        going.told = None
        self.moved(call_id)

    def _failed(self, going: Going, reason: str) -> None:
        going.trouble, going.retry_at = reason, self._clock() + RETRY_S

    # ── telling nodes ───────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Look after the recordings until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._wake.wait()
            except TimeoutError:
                self._wanted.update(call_id for call_id, going in self._going.items() if not going.turn.locked())
            self._wake.clear()
            wanted, self._wanted = self._wanted, set()
            for call_id in wanted:
                # In turn with what is under way: a hold must not wait for the next look.
                self._tasks.start(self._settle(call_id))

    async def _settle(self, call_id: str) -> None:
        """Have the node record what it should."""
        going = self._going.get(call_id)
        if going is None:
            return
        async with going.turn:
            call = self._call(call_id)
            if call is None:
                del self._going[call_id]
                return
            before = self.state(call)
            aim = self._aim(call, going)
            if going.told != aim or going.unsure or (aim is not None and going.broken):
                await self._bring_about(call, going, aim)
            if self.state(call) != before:
                self._tell(call)

    def _aim(self, call: CallView, going: Going) -> Told | None:
        self._look(call.call_id)
        if not self._due(call.call_id):
            going.trouble, going.retry_at = "", 0.0
            return None
        if going.due_at is None:
            going.due_at = self._clock()
        found = self._hosting.hosted(call)
        if found is None or not self._nodes.alive(found[0].node_id):
            return None
        path, legs = found
        heard = heard_by_citizen(call)
        recorded = frozenset(leg_id for leg_id, person_id in legs.items() if person_id in heard)
        return Told(path, recorded) if recorded else None

    async def _bring_about(self, call: CallView, going: Going, aim: Told | None) -> None:
        old = going.told
        if aim is not None:
            if old is None and self._clock() < going.retry_at:
                return
            if going.broken:
                if not await self._break(call, going, aim.path):
                    return
                old = None
            # The new way first, so that nothing falls between the two.
            if not await self._start(call, going, aim):
                return
            if old is None or old.path == aim.path:
                return
        path = old.path if old is not None else self._path(call)
        stopped = path is not None and await self._stop(call, path)
        # A node that is away tells, when it is back, and is told again.
        if path is None or stopped or not self._nodes.alive(path.node_id):
            going.unsure = False
            if aim is None:
                going.told, going.broken = None, going.broken and not stopped

    async def _break(self, call: CallView, going: Going, path: Path) -> bool:
        """Let the node forget the time in which it should not have run; returns whether that is sure."""
        going.broken = False  # it may break again meanwhile
        for one in {path} | ({going.told.path} if going.told is not None else set()):
            if not await self._stop(call, one):
                going.broken = True
                return False
        going.told = None
        return True

    async def _start(self, call: CallView, going: Going, aim: Told) -> bool:
        legs = self._hosting.hosted(call)
        try:
            if legs is not None:
                await self._books.seat(call.call_id, legs[1])
            asking = StartRecording(aim.path.call_on_node(call.call_id), call.call_id, tuple(sorted(aim.legs)))
            await self._nodes.ask(aim.path.node_id, asking)
        except ServiceError as refusal:
            log.warning("recording_not_started", call=call.call_id, node=aim.path.node_id, detail=refusal.detail)
            # A leg that is only just opening is no trouble: the node knows it a moment later.
            if refusal.code == "refused":
                self._failed(going, "refused")
            return False
        going.told, going.unsure, going.trouble = aim, False, ""
        return True

    async def _stop(self, call: CallView, path: Path) -> bool:
        """Return whether nothing of the call is recorded there any more, as far as the node can say."""
        try:
            await self._nodes.ask(path.node_id, StopRecording(path.call_on_node(call.call_id), "asked"))
        except ServiceError as refusal:
            log.warning("recording_not_stopped", call=call.call_id, node=path.node_id, detail=refusal.detail)
            return refusal.code in ("unknown", "refused")
        return True

    def _path(self, call: CallView) -> Path | None:
        found = self._hosting.hosted(call)
        return found[0] if found is not None and self._nodes.alive(found[0].node_id) else None

    def _call(self, call_id: str) -> CallView | None:
        try:
            call = self._engine().call(call_id)
        except Unknown:
            return None
        return None if call.state == "ended" else call


def _standing(answer: str) -> str:
    return "" if answer == "asked_again" else answer
