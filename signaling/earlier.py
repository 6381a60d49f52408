"""The citizen's leave to see their earlier visits: asked for by the helper, given and taken back by a touch.

Who somebody is, is not guessed. Of a phone the service keeps four digits it cannot read back, which thousands share,
and of a card nothing at all; what it can prove is a case: whoever has the receipt's number and its digits was there.
So the visits shown are those of the cases whose receipt was typed in this call, or that it belongs to already.

Promise: nothing is shown before the citizen's touch is in the audit log, to anybody but the agent who leads the call,
or a moment after it was taken back, the call ended or it changed hands. A restart of the service ends it: it is asked
for again. Every reading is audited.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from signaling.errors import Malformed, TooMany, Unknown, WrongState

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.auth import Identity
    from signaling.cases import Cases
    from signaling.records import Records
    from signaling.records.earlier import EarlierVisit
    from signaling.routing import Engine
    from signaling.routing.views import CallView

MOST_ASKED = 3
"""Questions in one call: whoever said "not now" twice means it."""


@dataclass(frozen=True, slots=True)
class Leave:
    """What stands in a call between its citizen and the agent who asked."""

    agent_id: str
    asked: int
    state: Literal["asked", "shown", "over"] = "asked"
    case_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Seen:
    """How it stands in a call. `known`: it belongs to a case, so that no receipt has to be typed."""

    state: Literal["", "asked", "shown"]
    known: bool
    visits: tuple[EarlierVisit, ...] = ()


class Earlier:
    """Owns the leaves of the running calls."""

    def __init__(
        self, records: Records, cases: Cases, engine: Callable[[], Engine], clock: Callable[[], float]
    ) -> None:
        self._records = records
        self._cases = cases
        self._engine = engine
        self._clock = clock
        self._leaves: dict[str, Leave] = {}

    async def ask(self, call: CallView, agent_id: str) -> bool:
        """Put the question to the citizen; return whether the call belongs to a case already.

        Raises:
            WrongState: they are shown already.
            TooMany: it was asked too often in this call.
        """
        self._sweep()
        before, standing = self._leaves.get(call.call_id), self._standing(call)
        if standing is not None and standing.state == "shown":
            raise WrongState("the citizen shows them", field="call_id", code="already_shown")
        asked = before.asked + 1 if before else 1
        if asked > MOST_ASKED:
            raise TooMany("the citizen was asked often enough", code="asked_enough")
        known = await self._cases.of_call(call.call_id) is not None
        await self._note(agent_id, "earlier_asked", call.call_id)
        self._leaves[call.call_id] = Leave(agent_id, asked)
        return known

    async def show(self, call: CallView, number: str | None, last_four: str | None) -> str:
        """The citizen agrees, and types a receipt where the call has no case yet; return the agent who may look.

        Raises:
            Unknown: nobody asks now, or there is no such pair of number and digits.
            Malformed: the call has no case, and no receipt was typed.
            TooMany: this booth, or this number, was tried too often.
        """
        leave = self._standing(call)
        if leave is None:
            raise Unknown("nobody asks for earlier visits now", code="not_asked")
        own = await self._cases.of_call(call.call_id)
        typed = await self._cases.find(call.booth_id, number, last_four) if number and last_four else None
        found = frozenset(case.case_id for case in (own, typed) if case is not None)
        if not found:
            raise Malformed("number: this call belongs to no case yet", field="number", code="no_receipt")
        await self._note(call.booth_id, "earlier_shown", call.call_id, to=leave.agent_id, cases=sorted(found))
        if self._leaves.get(call.call_id) is not leave:  # refused or asked anew while it was written
            raise Unknown("nobody asks for earlier visits now", code="not_asked")
        self._leaves[call.call_id] = replace(leave, state="shown", case_ids=leave.case_ids | found)
        return leave.agent_id

    async def hide(self, call: CallView) -> tuple[str, Literal["refused", "taken_back"]]:
        """The citizen says no, or takes it back: over before it is written; return who had asked, and which it is."""
        leave = self._standing(call)
        if leave is None:
            raise Unknown("nobody asks for earlier visits now", code="not_asked")
        self._leaves[call.call_id] = replace(leave, state="over", case_ids=frozenset())
        how: Literal["refused", "taken_back"] = "taken_back" if leave.state == "shown" else "refused"
        await self._note(call.booth_id, f"earlier_{how}", call.call_id, to=leave.agent_id)
        return leave.agent_id, how

    async def seen(self, reader: Identity, call_id: str) -> Seen:
        """Return how it stands to the two it concerns, and the visits to the agent; raise `Unknown` to anybody else."""
        call = self._call(call_id)
        if call is None or reader.id not in (call.booth_id, call.agent_id):
            raise Unknown("there is no such call of yours")
        known = await self._cases.of_call(call_id) is not None
        leave = self._standing(call)
        if leave is None or leave.state == "over":
            return Seen("", known)
        if leave.state == "asked" or reader.id != leave.agent_id:
            return Seen(leave.state, known)
        visits = await self._records.earlier.of(leave.case_ids, but=call_id)
        await self._note(reader.id, "earlier_read", call_id, cases=sorted(leave.case_ids))
        if self._leaves.get(call_id) is not leave or self._standing(call) is None:  # taken back while it was read
            return Seen("", known)
        return Seen("shown", known, visits)

    def _standing(self, call: CallView) -> Leave | None:
        """Return a call's leave while the agent who asked leads it."""
        leave, now = self._leaves.get(call.call_id), self._call(call.call_id)
        if leave is None or leave.state == "over" or now is None or now.agent_id != leave.agent_id:
            return None
        return leave

    def _call(self, call_id: str) -> CallView | None:
        try:
            call = self._engine().call(call_id)
        except Unknown:
            return None
        return call if call.state == "talking" else None

    def _sweep(self) -> None:
        """Forget the calls that are over: what is kept is bounded by the calls that are talked in."""
        self._leaves = {call_id: leave for call_id, leave in self._leaves.items() if self._call(call_id) is not None}

    async def _note(self, actor: str, action: str, call_id: str, **detail: object) -> None:
        await self._records.credentials.audit(actor, action, call_id, self._clock(), detail)
