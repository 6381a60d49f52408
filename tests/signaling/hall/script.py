"""Commands for tests: a small world, and a visitor who does one random thing after another."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from signaling.errors import ServiceError
from signaling.routing import Command, QueuePolicy, Requirement
from signaling.routing.commands import (
    Accept,
    AgentLost,
    AgentReturned,
    BoothLost,
    BoothReturned,
    Decline,
    DefineQueue,
    End,
    Enter,
    FinishWrapUp,
    GiveUp,
    Hold,
    MoveAhead,
    NotReady,
    Ready,
    Resume,
    SignIn,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from signaling.hall import Decided, Hall

QUEUES = ("health", "trade")
AGENTS = ("agent_1", "agent_2", "agent_3")
SKILLS = ("cards", "permits", "sign_language")


def world(**policy: float) -> Iterator[Command]:
    """Yield the commands that make a world of two queues and three agents, signed in and ready."""
    for name in QUEUES:
        yield DefineQueue(QueuePolicy(name, prefix=name[0].upper(), **policy))  # type: ignore[arg-type]
    for number, agent in enumerate(AGENTS):
        yield SignIn(agent, tuple((skill, 5 - number) for skill in SKILLS[: number + 1]), QUEUES)
        yield Ready(agent)


async def build(hall: Hall, **policy: float) -> None:
    """Make the world."""
    for command in world(**policy):
        await hall.submit(command)


class Visitor:
    """Does random things that mostly make sense, and keeps what was answered."""

    def __init__(self, hall: Hall, seed: int, name: str = "") -> None:
        self.hall = hall
        self.random = random.Random(seed)
        self.name = name or f"visitor_{seed}"
        self.steps = 0
        self.acknowledged: list[tuple[str, Decided]] = []

    def command(self) -> Command:
        """Choose what to do next from what the state shows."""
        engine, pick = self.hall.engine, self.random.choice
        calls = [call.call_id for call in engine.calls() if call.state != "ended"]
        agent = engine.agent(pick(AGENTS))
        booth = f"booth_{self.random.randrange(12)}"
        offer, call = agent.offer_id or "offer_none", pick(calls or ["call_none"])
        enter = Enter(
            f"call_{self.name}_{self.steps}", booth, pick(QUEUES), "item", (Requirement(pick(SKILLS)),),
            credit_s=pick((0.0, 600.0)),
        )  # fmt: skip
        return pick((
            enter, enter, enter, GiveUp(call), Accept(agent.agent_id, offer), Accept(agent.agent_id, offer),
            Decline(agent.agent_id, offer, "busy"), Ready(agent.agent_id), NotReady(agent.agent_id, "lunch"),
            AgentLost(agent.agent_id), AgentReturned(agent.agent_id), BoothLost(booth), BoothReturned(booth),
            Hold(call, agent.agent_id), Resume(call, agent.agent_id), MoveAhead(call, "supervisor", "heat"),
            End(agent.call_id or call, agent.agent_id, "completed"), FinishWrapUp(agent.agent_id),
        ))  # fmt: skip

    async def step(self) -> None:
        """Do one thing; a refusal is an answer too."""
        self.steps += 1
        command_id = f"{self.name}.{self.steps}"
        try:
            decided = await self.hall.submit(self.command(), command_id=command_id)
        except ServiceError as error:
            if error.status == 503:
                raise
        else:
            self.acknowledged.append((command_id, decided))


async def everybody() -> Collection[str]:
    """Say that everybody is reachable, so that opening a hall changes nothing."""
    return {*AGENTS, *(f"booth_{number}" for number in range(12))}
