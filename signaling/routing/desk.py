"""The desk a decision is made at: the state, the time, and the events decided so far.

Promise: an event emitted has already acted on the state, so the next step of the same decision sees it.
Look-ups raise Unknown or WrongState before anything is emitted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import Unknown, WrongState
from signaling.routing.evolve import EVOLVE

if TYPE_CHECKING:
    from signaling.routing.events import Event
    from signaling.routing.state import Agent, Call, Queue, State


class Desk:
    __slots__ = ("now", "out", "state")

    def __init__(self, state: State) -> None:
        self.state = state
        self.now = 0.0
        self.out: list[Event] = []

    def emit(self, event: Event) -> None:
        self.out.append(event)
        state = self.state
        state.now = event.at
        EVOLVE[type(event)](state, event)

    def call(self, call_id: str) -> Call:
        """Return a call that is not over."""
        call = self.state.calls.get(call_id)
        if call is None:
            if call_id in self.state.ended:
                raise WrongState(f"{call_id} is over", field="call_id", code="call_ended")
            raise Unknown(f"no call {call_id}", field="call_id", code="unknown_call")
        return call

    def agent(self, agent_id: str) -> Agent:
        """Return an agent who is signed in."""
        agent = self.state.agents.get(agent_id)
        if agent is None:
            raise Unknown(f"no agent {agent_id}", field="agent_id", code="unknown_agent")
        if agent.state == "offline":
            raise WrongState(f"{agent_id} is not signed in", field="agent_id", code="agent_offline")
        return agent

    def queue(self, queue_id: str, field: str = "queue_id") -> Queue:
        queue = self.state.queues.get(queue_id)
        if queue is None or queue.removed:
            raise Unknown(f"no queue {queue_id}", field=field, code="unknown_queue")
        return queue
