"""Who is in which call in what role, which links that makes, and what each side shows.

The engine's state says who belongs together; this module derives the rest. A link's id comes from the call and the two
pages, so nothing about links is remembered: a reloaded page gets a new link, a restarted server names the same one.
Only sharing and muting are kept here, for as long as the process lives; pages say them again (docs/protocol.md).
"""

from __future__ import annotations

import dataclasses
import hashlib
from typing import TYPE_CHECKING

from signaling.errors import NotAllowed, Unknown, WrongState
from signaling.screens import Link, Media, Sharing, Tracks

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.ice import IceServers
    from signaling.routing import Engine
    from signaling.routing.views import AgentView, CallView
    from signaling.world import World

TOPOLOGY = "direct"


@dataclasses.dataclass(slots=True)
class Shown:
    """What the two sides of a talking call send."""

    sharing: Sharing = dataclasses.field(default_factory=Sharing)
    media: Media = dataclasses.field(default_factory=Media)


class Calls:
    """Questions about membership, answered from the engine's state."""

    def __init__(
        self, engine: Callable[[], Engine], world: World, ice: IceServers, page_of: Callable[[str], str | None]
    ) -> None:
        self._engine = engine
        self._world = world
        self._ice = ice
        self._page_of = page_of
        self._shown: dict[str, Shown] = {}

    # ── membership ──────────────────────────────────────────────────────────────────────────────────────────────

    def at_booth(self, booth_id: str) -> CallView | None:
        """Return the booth's call that has not ended."""
        return self._engine().call_at(booth_id)

    def of_agent(self, agent_id: str) -> CallView | None:
        """Return the call an agent talks in; not one that only rings or is being wrapped up."""
        agent = self._agent(agent_id)
        if agent is None or agent.state != "talking" or agent.call_id is None:
            return None
        return self._engine().call(agent.call_id)

    def wrapped_up_by(self, agent_id: str) -> CallView | None:
        """Return the call an agent is finishing the record of."""
        agent = self._agent(agent_id)
        if agent is None or agent.state != "wrap_up" or agent.call_id is None:
            return None
        try:
            return self._engine().call(agent.call_id)
        except Unknown:
            return None

    def member(self, person_id: str, side: str, call_id: str) -> CallView:
        """Return a running call that this person is in, or refuse: whether it exists is nobody else's business."""
        mine = self.at_booth(person_id) if side == "citizen" else self.of_agent(person_id)
        if mine is None or mine.call_id != call_id:
            raise NotAllowed("this is not a call of yours", field="call_id", code="not_a_member")
        return mine

    def talking(self, person_id: str, side: str, call_id: str) -> CallView:
        """Return a call of this person in which somebody talks, or refuse."""
        call = self.member(person_id, side, call_id)
        if call.state != "talking":
            raise WrongState("nobody talks in this call now", field="call_id")
        return call

    def peer(self, call: CallView, side: str) -> str | None:
        """Return who is at the other end of the link: the citizen's is the leading agent."""
        return call.agent_id if side == "citizen" else call.booth_id

    def people(self, call: CallView) -> tuple[str, ...]:
        """Return everybody a change of this call concerns."""
        agents = [party.agent_id for party in call.parties]
        return tuple(dict.fromkeys([call.booth_id, *agents, *filter(None, (call.agent_id, call.offered_to))]))

    def witnesses(self, call_id: str, booth_id: str) -> tuple[str, ...]:
        """Return who may hear of what belongs to a call now: those in it, and the agent who finishes its record."""
        running = self.at_booth(booth_id)
        if running is not None and running.call_id == call_id:
            return self.people(running)
        finishing = (agent for agent in self._engine().agents() if agent.state == "wrap_up")
        return tuple(agent.agent_id for agent in finishing if agent.call_id == call_id)

    # ── links ───────────────────────────────────────────────────────────────────────────────────────────────────

    def link_id(self, call: CallView) -> str | None:
        """Return the id of the call's direct link; None while a page was never seen."""
        if call.state != "talking" or call.agent_id is None:
            return None
        pages = (self._page_of(call.booth_id), self._page_of(call.agent_id))
        if None in pages:
            return None
        told = "\n".join((call.call_id, TOPOLOGY, *map(str, pages)))
        return "link_" + hashlib.sha256(told.encode()).hexdigest()[:32]

    def links(self, call: CallView, person_id: str, now: float) -> tuple[Link, ...]:
        """Return what this person's page has to hold."""
        link_id = self.link_id(call)
        if link_id is None or person_id not in (call.booth_id, call.agent_id):
            return ()
        citizen = person_id == call.booth_id
        # The agent's page comes to the call last, after its click: it offers, so no round trip is lost.
        return (
            Link(
                link_id=link_id,
                peer="agent" if citizen else "citizen",
                peer_name=self._name(call.agent_id or "") if citizen else self._world.place(call.booth_id).point.name,
                offerer=not citizen,
                polite=citizen,
                topology=TOPOLOGY,
                ice_servers=self._ice.of(link_id[5:21], now),
            ),
        )

    def by_link(self, person_id: str, side: str, link_id: str) -> CallView:
        """Return the call of one's own present link, or refuse."""
        call = self.at_booth(person_id) if side == "citizen" else self.of_agent(person_id)
        if call is None or self.link_id(call) != link_id:
            raise NotAllowed("this is not a link of yours now", field="link_id", code="not_a_member")
        return call

    # ── what each side shows ────────────────────────────────────────────────────────────────────────────────────

    def shown(self, call: CallView) -> Shown:
        return self._shown.get(call.call_id, Shown()) if call.state == "talking" else Shown()

    def share(self, call: CallView, side: str, on: bool) -> None:
        shown = self._shown.setdefault(call.call_id, Shown())
        citizen = on if side == "citizen" else shown.sharing.citizen
        agent = on if side == "agent" else shown.sharing.agent
        shown.sharing = Sharing(citizen, agent)

    def show(self, call: CallView, side: str, tracks: Tracks) -> None:
        shown = self._shown.setdefault(call.call_id, Shown())
        shown.media = Media(
            tracks if side == "citizen" else shown.media.citizen, tracks if side == "agent" else shown.media.agent
        )

    def reset(self, call_id: str, side: str | None = None) -> None:
        """Forget what a side showed (its page is a new one), or both (nobody talks any more)."""
        shown = self._shown.get(call_id)
        if shown is None:
            return
        if side is None:
            del self._shown[call_id]
            return
        if side == "citizen":
            shown.sharing, shown.media = Sharing(False, shown.sharing.agent), Media(Tracks(), shown.media.agent)
        else:
            shown.sharing, shown.media = Sharing(shown.sharing.citizen), Media(shown.media.citizen)

    def _agent(self, agent_id: str) -> AgentView | None:
        try:
            return self._engine().agent(agent_id)
        except Unknown:
            return None

    def _name(self, agent_id: str) -> str:
        agent = self._world.agents.get(agent_id)
        return agent.name if agent else ""
