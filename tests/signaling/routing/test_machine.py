"""Every command in any order, at any time, with losses and restarts: the invariants hold after each step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from signaling.errors import ServiceError
from signaling.routing import Engine, QueuePolicy, Requirement, RosterAgent, Slot, Step, decode, encode
from signaling.routing import commands as c
from signaling.routing import events as e
from signaling.routing.recount import recount
from signaling.routing.values import SUPERVISING, Role
from tests.signaling.routing.hall import START

AGENTS = [f"agent_{number}" for number in range(6)]
BOOTHS = [f"booth_{number}" for number in range(7)]
QUEUES = ["general", "social"]
SIGN = "sign_language"

agents = st.sampled_from(AGENTS)
booths = st.sampled_from(BOOTHS)
queues = st.sampled_from(QUEUES)
pick = st.integers(0, 30)
levels = st.integers(1, 5)
needs = st.one_of(
    st.just(()),
    st.builds(lambda level: (Requirement("pension", level),), levels),
    st.builds(lambda level: (Requirement("tax", level, essential=True),), levels),
    st.just((Requirement("pension", 1), Requirement(SIGN, 1, essential=True, companion=True))),
    st.just((Requirement(SIGN, 2, essential=True, companion=True),)),
)
skills = st.sampled_from(
    [(), (("pension", 2),), (("pension", 5), ("tax", 3)), (("tax", 5),), ((SIGN, 3),), (("pension", 1), (SIGN, 2))]
)
served = st.sampled_from([("general",), ("social",), ("general", "social"), ()])

POLICIES = st.builds(
    QueuePolicy,
    st.just("general"),
    choice=st.sampled_from(["longest_idle", "highest_level", "least_occupied", "round_robin"]),
    weight=st.sampled_from([1.0, 2.0]),
    danger_s=st.sampled_from([None, 30.0]),
    passes=st.integers(0, 3),
    misses_to_break=st.integers(0, 2),
    auto_answer=st.booleans(),
    decline_cool_s=st.sampled_from([0.0, 5.0]),
    wrap_up_s=st.sampled_from([0.0, 60.0]),
    max_waiting=st.sampled_from([None, 3]),
    max_wait_s=st.sampled_from([None, 100.0]),
    overflow_to=st.sampled_from([None, "social"]),
    closing_grace_s=st.sampled_from([None, 20.0]),
    keep_s=st.sampled_from([0.0, 40.0]),
    callback_ahead=st.integers(0, 1),
    steps=st.sampled_from(
        [(), (Step(30, ring=2), Step(90, ring=3)), (Step(20, ("pension",)), Step(50, (), (("tax", 1),), 3))]
    ),
)


class Routing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.engine = Engine()
        self.shadow = Engine()
        self.now = START
        self.made = 0
        self.ahead: dict[str, tuple[int, set[str]]] = {}

    @initialize(policy=POLICIES, roster=st.booleans())
    def open_hall(self, policy: QueuePolicy, roster: bool) -> None:
        self.do(c.DefineQueue(policy))
        self.do(c.DefineQueue(QueuePolicy("social", "S", passes=2)))
        self.do(c.SetSlots("general", (Slot(START + 100, 1), Slot(START + 1000, 2))))
        if roster:
            self.do(c.DefineRoster((RosterAgent("agent_0", (("pension", 5), ("tax", 5), (SIGN, 3)), ("general",)),)))

    def do(self, command: c.Command) -> None:
        """Apply; replay every event in the shadow and compare; a refusal moves nothing.

        An engine loaded from the snapshot before, and the one that only ever replayed, must decide the same.
        """
        before = self.engine.dump()
        try:
            events = self.engine.apply(command, self.now)
        except ServiceError:
            assert self.engine.dump() == before
            return
        assert Engine.load(before).apply(command, self.now) == events
        for event in events:
            self._check(event)
            self.shadow.evolve(decode(encode(event)))
        assert self.shadow.dump() == self.engine.dump()

    def _check(self, event: e.Event) -> None:
        if isinstance(event, e.Offered):
            assert event.agent_id != event.companion_id
        if isinstance(event, e.Entered):
            assert event.place >= event.at - event.credit_s

    def _call(self, number: int) -> str:
        known = [*self.engine._state.calls, *self.engine._state.ended, "call_unknown"]
        return known[number % len(known)]

    def _offer(self, number: int) -> tuple[str, str]:
        offers = [(o.agent.agent_id, o.offer_id) for o in self.engine._state.offers.values()]
        offers += [(o.companion.agent_id, o.offer_id) for o in self.engine._state.offers.values() if o.companion]
        offers += [("agent_0", "offer_1")]
        return offers[number % len(offers)]

    # --- agents
    @rule(agent=agents, skills=skills, queues=served, second=served)
    def sign_in_and_be_ready(self, agent: str, skills: Any, queues: Any, second: Any) -> None:
        self.do(c.SignIn(agent, skills, queues, second))
        self.do(c.Ready(agent))

    @rule(agent=agents, kind=st.sampled_from([c.SignOut, c.Ready, c.FinishWrapUp, c.AgentLost, c.AgentReturned]))
    def agent_command(self, agent: str, kind: Any) -> None:
        self.do(kind(agent))

    @rule(agent=agents)
    def go_on_break(self, agent: str) -> None:
        self.do(c.NotReady(agent, "lunch"))

    @rule(number=pick)
    def accept(self, number: int) -> None:
        self.do(c.Accept(*self._offer(number)))

    @rule(number=pick)
    def decline(self, number: int) -> None:
        self.do(c.Decline(*self._offer(number), "busy"))

    @rule(agent=agents, by_s=st.sampled_from([10.0, 1000.0]))
    def extend(self, agent: str, by_s: float) -> None:
        self.do(c.ExtendWrapUp(agent, by_s))

    # --- calls
    @rule(
        booth=booths, queue=queues, requires=needs, credit=st.sampled_from([0.0, 0.0, 60.0, 3600.0]),
        agent=st.one_of(st.none(), agents), prefers=st.booleans(),
    )  # fmt: skip
    def enter(self, booth: str, queue: str, requires: Any, credit: float, agent: str | None, prefers: bool) -> None:
        self.made += 1
        wish = (Requirement("tax", 2),) if prefers else ()
        self.do(
            c.Enter(
                f"call_{self.made}", booth, queue, "item", requires, credit, ("elder",) if credit else (),
                wish, 15.0 if prefers else 0.0, agent, 25.0 if agent else 0.0,
            )
        )  # fmt: skip

    @rule(number=pick)
    def give_up(self, number: int) -> None:
        self.do(c.GiveUp(self._call(number)))

    @rule(number=pick, for_s=st.sampled_from([10.0, 300.0]))
    def let_others_first(self, number: int, for_s: float) -> None:
        self.do(c.LetOthersFirst(self._call(number), for_s))

    @rule(number=pick)
    def move_ahead(self, number: int) -> None:
        self.do(c.MoveAhead(self._call(number), "eve", "faint"))

    @rule(number=pick, outcome=st.sampled_from(["completed", "failed", "referred"]))
    def end(self, number: int, outcome: Any) -> None:
        self.do(c.End(self._call(number), "service", outcome))

    @rule(number=pick)
    def requeue(self, number: int) -> None:
        self.do(c.Requeue(self._call(number), "node_failed"))

    @rule(number=pick, kind=st.sampled_from([c.Hold, c.Resume, c.CancelConsult, c.Conference]))
    def during(self, number: int, kind: Any) -> None:
        self.do(kind(self._call(number), ""))

    @rule(booth=booths, kind=st.sampled_from([c.BoothLost, c.BoothReturned]))
    def booth(self, booth: str, kind: Any) -> None:
        self.do(kind(booth))

    @rule(number=pick, booth=booths)
    def change_booth(self, number: int, booth: str) -> None:
        self.do(c.ChangeBooth(self._call(number), booth))

    @rule(number=pick, agent=st.one_of(st.none(), agents), requires=needs)
    def consult(self, number: int, agent: str | None, requires: Any) -> None:
        self.do(c.Consult(self._call(number), "", agent, () if agent else requires))

    @rule(number=pick, agent=agents, role=st.sampled_from(sorted(SUPERVISING)))
    def supervise(self, number: int, agent: str, role: Role) -> None:
        self.do(c.Accompany(self._call(number), agent, role))

    @rule(number=pick, agent=agents)
    def leave(self, number: int, agent: str) -> None:
        self.do(c.Leave(self._call(number), agent))

    @rule(number=pick, agent=agents)
    def hand_over(self, number: int, agent: str) -> None:
        self.do(c.HandOver(self._call(number), "", agent))

    @rule(number=pick, queue=queues, agent=st.one_of(st.none(), agents))
    def transfer(self, number: int, queue: str, agent: str | None) -> None:
        self.do(c.TransferToQueue(self._call(number), "", queue, None, agent, 20.0 if agent else 0.0))

    @rule(number=pick)
    def ask_call_back(self, number: int) -> None:
        self.do(c.AskCallBack(self._call(number)))

    @rule(number=pick, booth=st.one_of(st.none(), booths))
    def answer_call_back(self, number: int, booth: str | None) -> None:
        self.do(c.AnswerCallBack(self._call(number), booth))

    @rule(number=pick, call=st.one_of(st.none(), pick))
    def book(self, number: int, call: int | None) -> None:
        called = None if call is None else self._call(call)
        at, priority = START + (100 if number % 2 else 1000), ("elder",) if number % 3 else ()
        self.do(c.BookSlot(f"slot_{number % 4}", "general", at, "item", (), called, priority))

    # --- the world
    @rule(queue=queues, kind=st.sampled_from([c.OpenQueue, c.CloseQueue]))
    def open_or_close(self, queue: str, kind: Any) -> None:
        self.do(kind(queue, "eve", "drill"))

    @rule(back=st.booleans(), waiting_to=st.sampled_from(["", "general", "social"]))
    def remove_a_queue(self, back: bool, waiting_to: str) -> None:
        self.do(c.RemoveQueue("social", waiting_to))
        if back:
            self.do(c.DefineQueue(QueuePolicy("social", "S", passes=2)))

    @rule(policy=POLICIES)
    def change_policy(self, policy: QueuePolicy) -> None:
        # A smaller `passes` cannot undo what happened under the larger one.
        passes = self.engine.queue("general").policy.passes
        self.do(c.DefineQueue(replace(policy, passes=passes)))

    @rule(step=st.sampled_from([0.0, 1.0, 10.0, 30.0, 200.0]))
    def let_time_pass(self, step: float) -> None:
        end = self.now + step
        while (deadline := self.engine.next_deadline()) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.do(c.Tick())
        self.now = end

    @rule(back=st.sampled_from([0.001, 5.0]))
    def clock_steps_back(self, back: float) -> None:
        now, self.now = self.now, self.engine.now - back
        self.do(c.Tick())
        self.now = now

    @rule()
    def crash(self) -> None:
        """Go on with an engine loaded from a snapshot, and a shadow that is the old one's replay."""
        self.engine = Engine.load(self.engine.dump())
        assert self.engine.dump() == self.shadow.dump()

    @rule()
    def take_over(self) -> None:
        """Go on with the engine that only replayed: a second node takes the lease."""
        self.engine, self.shadow = self.shadow, Engine.load(self.engine.dump())
        assert self.engine.next_deadline() == self.shadow.next_deadline()

    @invariant()
    def everything_holds(self) -> None:
        recount(self.engine)

    @invariant()
    def a_position_gets_worse_only_for_a_stated_reason(self) -> None:
        seen: dict[str, tuple[int, set[str]]] = {}
        for view in self.engine.calls():
            if view.state in ("waiting", "offered"):
                why = self.engine.why(view.call_id)
                seen[view.call_id] = (why.ahead, {group.cause for group in why.groups})
                assert why.ahead == self.engine.ahead(view.call_id)
        for call_id, (ahead, causes) in seen.items():
            before = self.ahead.get(call_id)
            assert before is None or ahead <= before[0] or causes & STATED, f"{call_id}: {before} → {ahead} {causes}"
        self.ahead = seen


STATED = {"priority", "appointment", "moved", "recovered", "transferred", "overflowed"}
HEALTH = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_the_invariants_hold_over_any_history() -> None:
    some = settings(max_examples=60, stateful_step_count=40, suppress_health_check=HEALTH)
    run_state_machine_as_test(Routing, settings=some)


@pytest.mark.soak
def test_the_invariants_hold_over_many_long_histories() -> None:
    many = settings(max_examples=3000, stateful_step_count=150, suppress_health_check=HEALTH)
    run_state_machine_as_test(Routing, settings=many)
