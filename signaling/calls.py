"""Who is in which call in what role, which links that makes, and what each side shows.

The engine's state says who belongs together, `hosting` which way their media go; this module derives the rest. A link's
id comes from the call, the path and the pages, so a reloaded page gets a new link and a restarted server names the same
one. Only sharing and muting are kept here, for as long as the process lives; pages say them again (docs/protocol.md).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from signaling.errors import NotAllowed, Unknown, WrongState
from signaling.screens import Link, Media, Sharing, Tracks
from signaling.ways import HIDDEN, consultants, roles

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.hosting import Hosting
    from signaling.ice import IceServers
    from signaling.routing import Engine
    from signaling.routing.views import AgentView, CallView
    from signaling.ways import Path
    from signaling.world import World


MOST_GROUPS = 4
"""People one page shows at once; a description of more would be longer than `sdp` lets through."""


@dataclasses.dataclass(slots=True)
class Shown:
    """What the people in a talking call send."""

    sharing: Sharing = dataclasses.field(default_factory=Sharing)
    tracks: dict[str, Tracks] = dataclasses.field(default_factory=dict)

    def media(self, person_id: str | None) -> Tracks:
        return self.tracks.get(person_id or "", Tracks())


class Calls:
    """Questions about membership, answered from the engine's state."""

    def __init__(
        self, engine: Callable[[], Engine], world: World, ice: IceServers, hosting: Hosting,
        announced: frozenset[str],
    ) -> None:  # fmt: skip
        self._engine = engine
        self._world = world
        self._ice = ice
        self._hosting = hosting
        self._announced = announced
        """Roles of supervisors that everybody in the call is told of although they perceive nothing of them."""
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

    def led_to_its_end(self, agent_id: str, call_id: str) -> bool:
        """Say whether an agent led a call when it ended; the hall knows for an hour."""
        try:
            call = self._engine().call(call_id)
        except Unknown:
            return False
        return call.state == "ended" and call.agent_id == agent_id

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

    def leading(self, person_id: str, side: str, call_id: str) -> CallView:
        """Return a talking call of the citizen or of the agent who leads it; others in it have no say in this."""
        call = self.talking(person_id, side, call_id)
        if person_id not in (call.booth_id, call.agent_id):
            raise NotAllowed("this is for the agent who leads the call", field="call_id", code="not_lead")
        return call

    def peer(self, call: CallView, person_id: str) -> str | None:
        """Return whom this person talks with, or will: the citizen and the leading agent are each other's."""
        lead = call.agent_id or call.offered_to
        if person_id == call.booth_id:
            return lead
        return call.booth_id if person_id == lead else None

    def visible(self, call: CallView, viewer_id: str) -> dict[str, str]:
        """Return who is in a talking call, and in what role, as far as this person may know."""
        known = roles(call)
        hidden = HIDDEN.get(known.get(viewer_id, ""), frozenset()) - self._announced
        apart = consultants(call) if known.get(viewer_id) in ("citizen", "interpreter") else frozenset()
        return {person_id: role for person_id, role in known.items() if role not in hidden and person_id not in apart}

    def private(self, call: CallView) -> str:
        """Say whether something is discussed without the citizen: empty, `coming` (not apart yet) or `on`."""
        if not consultants(call):
            return ""
        return "on" if self._hosting.private(call) else "coming"

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

    def links(self, call: CallView, person_id: str, now: float) -> tuple[Link, ...]:
        """Return what this person's page has to hold, what serves first."""
        held = self._hosting.links(call, person_id)
        return tuple(self._link(call, person_id, path, link_id, now) for path, link_id in held)

    def _link(self, call: CallView, person_id: str, path: Path, link_id: str, now: float) -> Link:
        citizen = person_id == call.booth_id
        peer_name = self._name(call.agent_id or "") if citizen else self._world.place(call.booth_id).point.name
        return Link(
            link_id=link_id,
            live=call.state == "talking",
            peer="agent" if citizen else "citizen",
            peer_name=peer_name,
            # The agent's page comes to the call last, after its click: it offers, so no round trip is lost. A node
            # waits for everybody's.
            offerer=path.hosted or not citizen,
            polite=path.hosted or citizen,
            topology=path.topology,
            groups=max(1, min(MOST_GROUPS, len(self._hosting.roles(call)) - 1)) if path.hosted else 1,
            seats=self._hosting.seats(call, path, link_id, person_id),
            ice_servers=self._ice.of(link_id[5:21], now),
        )

    def by_link(self, person_id: str, side: str, link_id: str) -> tuple[CallView, Path]:
        """Return the call and the path of one's own present link, also of one that only rings; or refuse."""
        call = self.at_booth(person_id) if side == "citizen" else self.of_agent(person_id) or self._ringing(person_id)
        held = self._hosting.links(call, person_id) if call is not None else []
        path = next((path for path, own in held if own == link_id), None)
        if call is None or path is None:
            raise NotAllowed("this is not a link of yours now", field="link_id", code="not_a_member")
        return call, path

    def _ringing(self, agent_id: str) -> CallView | None:
        """Return the call that rings at an agent who would lead it, or would interpret."""
        agent = self._agent(agent_id)
        if agent is None or agent.offer_id is None or agent.call_id is None:
            return None
        call = self._engine().call(agent.call_id)
        return call if call.state == "offered" and call.offer_id == agent.offer_id else None

    # ── what each side shows ────────────────────────────────────────────────────────────────────────────────────

    def shown(self, call: CallView) -> Shown:
        return self._shown.get(call.call_id, Shown()) if call.state == "talking" else Shown()

    def share(self, call: CallView, side: str, on: bool) -> None:
        shown = self._shown.setdefault(call.call_id, Shown())
        citizen = on if side == "citizen" else shown.sharing.citizen
        agent = on if side == "agent" else shown.sharing.agent
        shown.sharing = Sharing(citizen, agent)

    def show(self, call: CallView, person_id: str, tracks: Tracks) -> None:
        self._shown.setdefault(call.call_id, Shown()).tracks[person_id] = tracks

    def media(self, call: CallView) -> Media:
        """Return what the two sides of the conversation send."""
        shown = self.shown(call)
        return Media(shown.media(call.booth_id), shown.media(call.agent_id))

    def renew(self, call: CallView, person_id: str) -> None:
        """A person's page is a new one: forget what the last one showed."""
        shown = self._shown.get(call.call_id)
        if shown is None:
            return
        shown.tracks.pop(person_id, None)
        if person_id == call.booth_id:
            shown.sharing = Sharing(False, shown.sharing.agent)
        elif person_id == call.agent_id:
            shown.sharing = Sharing(shown.sharing.citizen)

    def reset(self, call_id: str) -> None:
        """Nobody talks any more: forget what was shown."""
        self._shown.pop(call_id, None)

    def _agent(self, agent_id: str) -> AgentView | None:
        try:
            return self._engine().agent(agent_id)
        except Unknown:
            return None

    def _name(self, agent_id: str) -> str:
        agent = self._world.agents.get(agent_id)
        return agent.name if agent else ""
