"""A small hall for tests: one engine, its journal, and a shadow that only replays the journal.

After every command the shadow's state must equal the engine's byte for byte; after every refusal nothing may have
moved. Every test that uses `Hall` therefore also proves replay and the typed refusals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import ServiceError
from signaling.routing import Engine, QueuePolicy, Requirement, decode, encode
from signaling.routing import commands as c

if TYPE_CHECKING:
    from signaling.routing import Event

START = 1_764_000_000.0


class Hall:
    def __init__(self, *policies: QueuePolicy, agents: tuple[str, ...] = (), shadow: bool = True) -> None:
        self.engine = Engine()
        self.shadow = Engine() if shadow else None
        self.journal: list[bytes] = []
        self.now = START
        for policy in policies or (QueuePolicy("general"),):
            self.do(c.DefineQueue(policy))
        for name in agents:
            self.ready(name)

    def do(self, command: c.Command, after: float = 0.0) -> list[Event]:
        self.now += after
        before = self.engine.dump() if self.shadow else b""
        try:
            events = self.engine.apply(command, self.now)
        except ServiceError:
            if self.shadow:
                assert self.engine.dump() == before
            raise
        for event in events:
            line = encode(event)
            self.journal.append(line)
            if self.shadow:
                self.shadow.evolve(decode(line))
        if self.shadow:
            assert self.shadow.dump() == self.engine.dump()
        return events

    def ready(
        self, name: str, skills: dict[str, int] | None = None, queues: tuple[str, ...] = ("general",),
        second: tuple[str, ...] = (),
    ) -> list[Event]:  # fmt: skip
        self.do(c.SignIn(name, tuple((skills or {}).items()), queues, second))
        return self.do(c.Ready(name))

    def enter(self, name: str, *needs: str, queue: str = "general", **more: object) -> list[Event]:
        requires = tuple(need(text) for text in needs)
        return self.do(c.Enter(name, f"booth_{name}", queue, "item", requires, **more))  # type: ignore[arg-type]

    def tick(self, after: float) -> list[Event]:
        """Let time pass, ticking at every deadline as the hall does."""
        events: list[Event] = []
        end = self.now + after
        while (deadline := self.engine.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            events += self.do(c.Tick())
        self.now = end
        return events

    def offered_to(self, call_id: str) -> str | None:
        return self.engine.call(call_id).offered_to

    def accept(self, agent_id: str) -> list[Event]:
        offer_id = self.engine.agent(agent_id).offer_id
        assert offer_id is not None, f"{agent_id} has no offer"
        return self.do(c.Accept(agent_id, offer_id))

    def decline(self, agent_id: str, reason: str = "") -> list[Event]:
        offer_id = self.engine.agent(agent_id).offer_id
        assert offer_id is not None, f"{agent_id} has no offer"
        return self.do(c.Decline(agent_id, offer_id, reason))

    def serve(self, agent_id: str, outcome: str = "completed") -> None:
        """Accept what the agent is offered, end it and finish the wrap-up."""
        self.accept(agent_id)
        call_id = self.engine.agent(agent_id).call_id
        assert call_id is not None
        self.do(c.End(call_id, agent_id, outcome))  # type: ignore[arg-type]
        if self.engine.agent(agent_id).state == "wrap_up":
            self.do(c.FinishWrapUp(agent_id))

    def state(self, agent_id: str) -> str:
        return self.engine.agent(agent_id).state


def need(text: str) -> Requirement:
    """`skill`, `skill:3`, `skill!` (essential), `skill+` (a companion may have it)."""
    essential, companion = "!" in text, "+" in text
    name, _, level = text.replace("!", "").replace("+", "").partition(":")
    return Requirement(name, int(level or 1), essential, companion)


def names(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events]
