"""What the engine knows: calls, agents, queues, booths, offers.

Promise: nothing here decides. The objects are mutable, slotted and owned by one engine; only `evolve` changes
them, and `snapshot` writes and reads every field that is not an index (indexes are rebuilt).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from signaling.routing.deadlines import Deadlines
from signaling.routing.order import Order

if TYPE_CHECKING:
    from signaling.routing.demand import Demand, Exchange, Plan, Profile
    from signaling.routing.events import Entered
    from signaling.routing.hours import Intervals
    from signaling.routing.order import Entry
    from signaling.routing.values import Outcome, QueuePolicy, Requirement, Role, RosterAgent

# A call that lost its agent goes before everybody: 10⁹ s is longer than any wait and keeps µs precision.
FRONT_S = 1e9

# Measured handling times kept per queue: enough for a stable p90, few enough for a small snapshot.
HANDLED_KEPT = 128

# Head starts are measured over about the last 20; a gap longer than an hour (a night) counts as one hour.
CREDIT_WEIGHT = 1 / 20
CREDIT_GAP_S = 3600.0

# Ended calls stay known this long and this many, so that late commands get a right answer.
ENDED_KEPT_S = 3600.0
ENDED_KEPT = 10_000


# Days turn at midnight in China (UTC+8): tickets and "busy today" are counted by it unless a queue says otherwise.
DAY_OFFSET_S = 28800.0


def day_of(at: float, offset_s: float = DAY_OFFSET_S) -> int:
    """Return the number of the day a time falls on."""
    return int((at + offset_s) // 86400.0)


class Dated:
    """What may have a deadline; `due` is the one that holds."""

    __slots__ = ("due",)

    due: float | None

    def __lt__(self, other: object) -> bool:
        # Asked only where time, kind and name are equal: an outdated entry beside the one of a thing made anew.
        return False


class Seeker(Dated):
    """Something that looks for an agent: a waiting call, or a consult inside a running one."""

    __slots__ = (
        "accepted_at", "agent", "aside_until", "booth_lost_at", "booth_until", "call", "callback", "callback_by",
        "consult", "declined_by", "demand", "ended_at", "entry", "first_accepted_at", "held", "kept", "moved", "offer",
        "open", "outcome", "overflowed", "pair", "parties", "plan", "reason", "role", "step", "wants", "wants_until",
    )  # fmt: skip

    call: Call
    role: Role
    plan: Plan
    entry: Entry

    def __init__(self) -> None:
        self.due = None
        self.step = 0
        self.open = False
        """Waiting and offerable: listed in the index."""
        self.demand: Demand | None = None
        """Index it is listed under while `open`; None while it waits for one agent alone."""
        self.pair: Demand | None = None
        """Index of agents who could serve it together with a companion."""
        self.declined_by: str | None = None
        self.wants: str | None = None
        """Waits for this agent alone."""
        self.wants_until = 0.0
        self.offer: Offer | None = None
        self.agent: Agent | None = None
        self.parties: tuple[Party, ...] = ()
        self.consult: Consult | None = None
        self.accepted_at: float | None = None
        self.first_accepted_at: float | None = None
        self.ended_at: float | None = None
        self.outcome: Outcome | None = None
        self.reason = ""
        self.held = False
        self.kept = False
        """An interpreter was kept for it once; not again."""
        self.overflowed = False
        self.booth_lost_at: float | None = None
        self.booth_until = 0.0
        self.aside_until: float | None = None
        self.callback = ""
        self.callback_by = 0.0
        self.moved = ""


class Party:
    """An agent inside a call besides its lead."""

    __slots__ = ("agent", "private", "role", "since")

    def __init__(self, agent: Agent, role: Role, private: bool, since: float) -> None:
        self.agent, self.role, self.private, self.since = agent, role, private, since


class Consult(Seeker):
    """The wish for a second agent in a running call."""

    __slots__ = ("at", "by", "private", "requires")

    def __init__(self, call: Call, at: float, by: str, requires: tuple[Requirement, ...], private: bool) -> None:
        super().__init__()
        self.call, self.at, self.by, self.requires, self.private = call, at, by, requires, private
        self.role = "interpreter" if by == "" else "consult"
        self.entry = (call.place, call.seq, self)


class Call(Seeker):
    """One visit of one citizen."""

    __slots__ = (
        "booth_id", "call_id", "entered", "entered_at", "item_id", "passed", "place", "queue", "requires",
        "seq", "state",
    )  # fmt: skip

    def __init__(self, entered: Entered, seq: int, queue: Queue) -> None:
        super().__init__()
        place = entered.place
        self.entered = entered
        self.call_id = entered.call_id
        self.entered_at = entered.at
        self.booth_id = entered.booth_id
        self.item_id = entered.item_id
        self.requires = entered.requires
        self.queue = queue
        self.seq = seq
        self.place = place
        self.passed = 0
        """How often later ones went ahead, as it was when it last left a queue; while it waits, its order counts."""
        self.call = self
        self.role = "lead"
        self.step = entered.step
        self.state = "waiting"
        self.entry = (place, seq, self)
        if entered.prefers_agent is not None:
            self.wants = entered.prefers_agent
            self.wants_until = entered.prefers_agent_until


def passed_by(call: Call) -> int:
    """How many later calls went ahead of this one."""
    return call.queue.order.passed(call.entry) if call.state in ("waiting", "offered") else call.passed


class Offer(Dated):
    """One call put to one agent (and an interpreter with them) for a limited time."""

    __slots__ = ("agent", "at", "companion", "expires_at", "offer_id", "role", "seeker")

    def __init__(
        self, offer_id: str, seeker: Seeker, agent: Agent, companion: Agent | None, at: float, expires_at: float
    ) -> None:
        self.offer_id, self.seeker, self.agent, self.companion = offer_id, seeker, agent, companion
        self.at, self.expires_at, self.role = at, expires_at, seeker.role
        self.due = expires_at


class Agent(Dated):
    """One helper: 普小二, expert, interpreter or supervisor; they differ by skill only."""

    __slots__ = (
        "agent_id", "break_reason", "busy_day", "busy_s", "call", "cool_until", "idle_no", "idle_since",
        "kept_for", "kept_until", "last_offer", "lost_at", "lost_until", "misses", "offer", "present", "profile",
        "reason", "since", "state", "talk_since", "wanted", "wrap_call", "wrap_queue", "wrap_since", "wrap_until",
    )  # fmt: skip

    def __init__(self, agent_id: str, profile: Profile) -> None:
        self.agent_id = agent_id
        self.profile = profile
        self.state = "offline"
        self.reason = ""
        self.since = 0.0
        self.idle_since = 0.0
        """Start of the idle time that the choice of agent counts; an offer taken back does not end it."""
        self.talk_since = 0.0
        self.present = False
        self.offer: Offer | None = None
        self.call: Call | None = None
        self.wrap_call = ""
        self.wrap_queue = ""
        self.wrap_since = 0.0
        self.wrap_until = 0.0
        self.lost_at: float | None = None
        self.lost_until = 0.0
        self.cool_until = 0.0
        self.misses = 0
        self.break_reason = ""
        self.busy_day = 0
        self.busy_s = 0.0
        self.last_offer = 0
        self.kept_for = ""
        self.kept_until = 0.0
        self.due = None
        self.idle_no = 0
        """Number of the present idle time, 0 while not idle; makes older index entries void."""
        self.wanted: list[Entry] = []
        """Heap of the seekers that wait for this agent alone."""

    @property
    def free(self) -> bool:
        """Can be offered a call now (a kept interpreter only together with the call it is kept for)."""
        return self.state == "ready" and self.lost_at is None and not self.cool_until

    def busy_today(self) -> float:
        """Seconds spent in calls on the day its present idle time began."""
        return self.busy_s if self.busy_day == day_of(self.idle_since) else 0.0


class Queue:
    """Calls waiting under one name."""

    __slots__ = (
        "callbacks",
        "closed",
        "closed_at",
        "closed_reason",
        "credit_at",
        "credit_gap_s",
        "credit_s",
        "entered",
        "finished",
        "follow_ups",
        "gave_up",
        "handled",
        "handled_at",
        "intervals",
        "offered",
        "order",
        "policy",
        "queue_id",
        "removed",
        "ring_s",
        "slots",
        "talking",
        "ticket_day",
        "ticket_no",
        "waited_s",
    )  # fmt: skip

    def __init__(self, policy: QueuePolicy) -> None:
        self.policy = policy
        self.queue_id = policy.queue_id
        self.order = Order()
        self.offered = 0
        self.talking = 0
        self.callbacks = 0
        self.closed = False
        self.closed_at = 0.0
        self.closed_reason = ""
        self.removed = False
        """Nothing can be asked of it any more; kept for what it counted."""
        self.intervals: Intervals = ()
        self.slots: dict[float, int] = {}
        self.ticket_day = 0
        self.ticket_no = 0
        self.handled: list[float] = []
        self.handled_at = 0
        self.entered = 0
        self.finished = 0
        self.follow_ups = 0
        self.waited_s = 0.0
        """Sum of all waits so far, answered or not; with `gave_up` it measures the citizens' patience."""
        self.gave_up = 0
        self.credit_at = 0.0
        self.credit_gap_s = 0.0
        self.credit_s = 0.0
        """When the last citizen with a head start entered; the moving means of their gaps and head starts."""
        self.ring_s = 5.0
        """How long an offer rings until it is accepted, as a moving mean."""

    def note_credit(self, at: float, credit_s: float) -> None:
        """Measure how often citizens with a head start come, and how large it is."""
        if self.credit_at:
            gap = min(at - self.credit_at, CREDIT_GAP_S)
            self.credit_gap_s += (gap - self.credit_gap_s) * CREDIT_WEIGHT if self.credit_gap_s else gap
            self.credit_s += (credit_s - self.credit_s) * CREDIT_WEIGHT
        else:
            self.credit_s = credit_s
        self.credit_at = at

    def note_handled(self, handled_s: float) -> None:
        """Remember one measured handling time, forgetting the oldest."""
        if len(self.handled) < HANDLED_KEPT:
            self.handled.append(handled_s)
        else:
            self.handled[self.handled_at] = handled_s
            self.handled_at = (self.handled_at + 1) % HANDLED_KEPT


class Booth:
    """One citizen-facing device: its call and its working devices (None: never reported)."""

    __slots__ = ("booth_id", "call", "working")

    def __init__(self, booth_id: str) -> None:
        self.booth_id = booth_id
        self.call: Call | None = None
        self.working: tuple[str, ...] | None = None


class Appointment(Dated):
    __slots__ = ("appointment_id", "item_id", "priority", "queue_id", "requires", "starts_at")

    def __init__(
        self, appointment_id: str, queue_id: str, starts_at: float, item_id: str, requires: tuple[Requirement, ...],
        priority: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self.appointment_id, self.queue_id, self.starts_at = appointment_id, queue_id, starts_at
        self.item_id, self.requires, self.priority = item_id, requires, priority
        self.due = None


class State:
    """Everything, with its indexes."""

    def __init__(self, exchange: Exchange) -> None:
        self.now = 0.0
        self.calls_made = 0
        self.offers_made = 0
        self.queues: dict[str, Queue] = {}
        self.agents: dict[str, Agent] = {}
        self.booths: dict[str, Booth] = {}
        self.calls: dict[str, Call] = {}
        self.ended: dict[str, Call] = {}
        self.ended_order: deque[Call] = deque()
        self.offers: dict[str, Offer] = {}
        self.appointments: dict[str, Appointment] = {}
        self.roster: tuple[RosterAgent, ...] = ()
        self.exchange = exchange
        exchange.queues = self.queues
        # Indexes and notes for the decision in hand; rebuilt, never saved.
        self.deadlines = Deadlines()
        self.fresh: deque[Seeker] = deque()
        """Seekers that just became offerable."""
        self.unplaced: dict[str, Agent] = {}
        """Free agents not yet listed as idle."""
        self.absent: dict[str, Agent] = {}
        """Agents who just stopped being present while somebody waits for them alone."""
        self.thinned: dict[int, Demand] = {}
        """Demands that just lost a present agent."""
        self.kept: dict[str, Agent] = {}
        """Kept interpreters by call."""
        self.advanced: dict[str, Queue] = {}
        """Queues with call-backs whose order moved up."""
