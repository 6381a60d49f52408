"""The estimated wait: what the engine's rules, run forward, make of how things stand."""

from __future__ import annotations

from dataclasses import replace

from signaling.routing import QueuePolicy, Step
from signaling.routing import commands as c
from tests.signaling.routing.hall import Hall

ENOUGH = 20


def measured(*handled_s: float, ring_s: float = 0.0, policy: QueuePolicy | None = None) -> Hall:
    """Return a hall whose queue has handled enough calls to know its times, after which nobody is at work."""
    hall = Hall(policy or QueuePolicy("general"), agents=("ann",), shadow=False)
    for number in range(ENOUGH * len(handled_s)):
        hall.enter(f"past_{number}")
        hall.now += ring_s
        hall.accept("ann")
        hall.now += handled_s[number % len(handled_s)]
        hall.do(c.End(f"past_{number}", "ann", "completed"))
        hall.do(c.FinishWrapUp("ann"))
    hall.do(c.SignOut("ann"))
    return hall


def talking(hall: Hall, agent: str, *skills: str) -> None:
    """Let one more agent begin a call."""
    hall.ready(agent, dict.fromkeys(skills, 1))
    hall.enter(f"call_of_{agent}", *skills)
    hall.accept(agent)


def test_an_estimate_knows_who_is_gone_cooling_down_or_writing() -> None:
    hall = Hall(QueuePolicy("general", decline_cool_s=300, wrap_up_s=10, expected_s=100_000), agents=("ann",))
    hall.enter("call_1")
    hall.decline("ann")
    assert 300 <= hall.engine.estimate("call_1", hall.now).p50_s < 320
    hall.tick(300)
    hall.accept("ann")
    hall.enter("call_2")
    hall.do(c.End("call_1", "ann", "completed"), after=5)
    assert hall.engine.estimate("call_2", hall.now).p90_s < 30
    hall.do(c.AgentLost("ann"))
    assert hall.engine.estimate("call_2", hall.now).p50_s == 86400.0


def test_an_estimate_counts_how_long_the_agents_talk_already() -> None:
    hall = measured(60.0, 600.0)
    talking(hall, "ann")
    hall.now += 100
    hall.enter("call_1")
    told = hall.engine.estimate("call_1", hall.now)
    assert 500 <= told.p50_s <= told.p90_s < 510  # of those of 60 s none lasts 100


def test_an_estimate_lets_no_agent_take_a_call_that_is_not_theirs_yet() -> None:
    policy = QueuePolicy("general", wrap_up_s=20, steps=(Step(5000, drop=("pension",)),))
    hall = measured(600.0, policy=policy)
    talking(hall, "bob", "pension")
    talking(hall, "ann")
    hall.enter("ahead", "pension")
    hall.enter("call_1")
    hall.do(c.End("call_of_ann", "ann", "completed"))
    assert hall.engine.estimate("call_1", hall.now).p90_s < 40


def test_an_estimate_counts_on_citizens_who_give_up() -> None:
    hall = measured(600.0)
    for number in range(ENOUGH):
        hall.enter(f"gone_{number}")
        hall.do(c.GiveUp(f"gone_{number}"), after=30)
    talking(hall, "ann")
    for number in range(10):
        hall.enter(f"ahead_{number}")
    hall.enter("call_1")
    assert hall.engine.estimate("call_1", hall.now).p50_s < 3 * 600


def credited(passes: int) -> Hall:
    """Return a hall where every five seconds somebody with a head start enters, and one citizen waits."""
    hall = measured(60.0, policy=QueuePolicy("general", passes=passes))
    talking(hall, "ann")
    hall.enter("call_1")
    for number in range(3):
        hall.now += 5
        hall.enter(f"elder_{number}", credit_s=3600, priority=("elder",))
    return hall


def test_an_estimate_counts_on_those_who_may_still_pass() -> None:
    few, many = credited(passes=3), credited(passes=8)
    assert few.engine.ahead("call_1") == many.engine.ahead("call_1") == 3
    settled, open_ = (hall.engine.estimate("call_1", hall.now) for hall in (few, many))
    assert settled.p90_s < 4 * 70  # three are before it already, and more may not pass
    assert 8 * 60 < open_.p50_s <= open_.p90_s < 9 * 70


def test_who_enters_too_late_for_their_head_start_does_not_pass() -> None:
    hall = measured(60.0)
    talking(hall, "ann")
    for number in range(3):
        hall.now += 5
        hall.enter(f"elder_{number}", credit_s=20, priority=("elder",))
    hall.enter("call_1")
    hall.now += 30
    assert hall.engine.estimate("call_1", hall.now).p90_s < 4 * 60


def test_an_estimate_waits_until_a_step_lets_the_agent_have_the_call() -> None:
    hall = measured(600.0, policy=QueuePolicy("general", steps=(Step(300, drop=("pension",)),)))
    talking(hall, "bob", "pension")
    hall.enter("call_1", "pension")
    hall.ready("ann")
    hall.now += 100
    assert 200 <= hall.engine.estimate("call_1", hall.now).p50_s < 210


def test_who_talks_longer_than_anybody_did_is_counted_on_in_the_end() -> None:
    hall = measured(60.0)
    talking(hall, "ann")
    hall.now += 600
    hall.enter("call_1")
    told = hall.engine.estimate("call_1", hall.now)
    assert 0 < told.p50_s < 60 < told.p90_s < 300


def test_an_estimate_is_scaled_to_more_calls_than_are_played() -> None:
    hall = measured(60.0)
    talking(hall, "ann")
    for number in range(1000):
        hall.enter(f"ahead_{number}")
    hall.enter("call_1")
    assert 900 * 60 < hall.engine.estimate("call_1", hall.now).p50_s < 1100 * 60


def test_an_estimate_knows_that_who_is_connected_at_once_is_not_rung() -> None:
    policy = QueuePolicy("general", wrap_up_s=20)
    hall = measured(60.0, ring_s=10.0, policy=policy)
    talking(hall, "ann")
    hall.enter("call_1")
    hall.do(c.End("call_of_ann", "ann", "completed"))
    assert hall.engine.estimate("call_1", hall.now).p50_s > 26
    hall.do(c.DefineQueue(replace(policy, auto_answer=True)))
    assert hall.engine.estimate("call_1", hall.now).p90_s <= 20
