"""The core path: tickets, offers, answers, losses, wrap-up."""

from __future__ import annotations

import pytest

from signaling.errors import Malformed, Refused, Unknown, WrongState
from signaling.routing import QueuePolicy, Requirement, Step
from signaling.routing import commands as c
from tests.signaling.routing.hall import START, Hall, names


def test_a_citizen_is_offered_to_a_ready_agent_and_served() -> None:
    hall = Hall(agents=("ann",))
    assert names(hall.enter("call_1")) == ["Entered", "Offered"]
    assert names(hall.accept("ann")) == ["Accepted"]
    assert hall.engine.call("call_1").state == "talking"
    assert names(hall.do(c.End("call_1", "ann", "completed"))) == ["Ended", "WrapUpStarted"]
    assert hall.state("ann") == "wrap_up"
    assert names(hall.do(c.FinishWrapUp("ann"))) == ["WrapUpFinished"]
    assert hall.state("ann") == "ready"
    assert hall.engine.totals() == (1, 1, 0, 0)


def test_tickets_count_up_and_restart_each_day() -> None:
    hall = Hall(QueuePolicy("general", "B"))
    hall.enter("call_1")
    hall.enter("call_2")
    assert [view.ticket for view in hall.engine.calls()] == ["B001", "B002"]
    hall.now += 86400
    hall.enter("call_3")
    assert hall.engine.call("call_3").ticket == "B001"


def test_first_come_is_first_served() -> None:
    hall = Hall()
    for number in range(5):
        hall.now += 1
        hall.enter(f"call_{number}")
    assert [hall.engine.ahead(f"call_{number}") for number in range(5)] == [0, 1, 2, 3, 4]
    hall.ready("ann")
    for number in range(5):
        assert hall.offered_to(f"call_{number}") == "ann"
        hall.serve("ann")


@pytest.mark.parametrize("credit_s", [0.0, 60.0])
def test_those_who_left_are_passed_over(credit_s: float) -> None:
    hall = Hall()
    hall.enter("last")
    for number in range(4):
        hall.enter(f"call_{number}", credit_s=credit_s)
    for name in ("call_1", "call_2", "call_0", *(() if credit_s else ("last",))):
        hall.do(c.GiveUp(name))
    hall.ready("ann")
    assert hall.offered_to("call_3") == "ann"


def test_when_most_of_a_long_line_left_the_others_keep_their_order() -> None:
    hall = Hall(shadow=False)
    for number in range(200):
        hall.enter(f"call_{number}")
    for number in range(1, 190):
        hall.do(c.GiveUp(f"call_{number}"))
    hall.ready("ann")
    for number in (0, *range(190, 200)):
        assert hall.offered_to(f"call_{number}") == "ann"
        hall.serve("ann")


def test_credit_is_a_head_start_not_a_class() -> None:
    hall = Hall()
    hall.enter("early")
    hall.now += 100
    hall.enter("late")
    hall.now += 10
    hall.enter("elder", credit_s=60, priority=("elder",))
    assert [hall.engine.ahead(name) for name in ("early", "elder", "late")] == [0, 1, 2]
    why = hall.engine.why("late")
    assert [(group.cause, group.count, group.words) for group in why.groups] == [
        ("earlier", 1, ()),
        ("priority", 1, ("elder",)),
    ]


def test_a_declined_offer_goes_to_the_next_agent() -> None:
    hall = Hall(agents=("ann", "bob"))
    hall.enter("call_1")
    assert hall.offered_to("call_1") == "ann"
    assert names(hall.decline("ann", "busy")) == ["Declined", "Offered"]
    assert hall.offered_to("call_1") == "bob"


def test_a_call_is_not_offered_again_to_its_decliner_while_another_qualifies() -> None:
    hall = Hall(agents=("ann", "bob"))
    hall.enter("call_1")
    hall.accept("ann")
    hall.enter("call_2")
    assert hall.offered_to("call_2") == "bob"
    hall.decline("bob")
    hall.tick(10)
    assert hall.offered_to("call_2") is None
    hall.do(c.NotReady("ann", "lunch"))
    hall.do(c.End("call_1", "ann", "completed"))
    hall.do(c.FinishWrapUp("ann"))
    assert hall.offered_to("call_2") == "bob"


def test_an_offer_expires_and_two_misses_are_a_break() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_1")
    assert "Expired" in names(hall.tick(20))
    assert hall.state("ann") == "ready"
    hall.tick(10)
    assert hall.offered_to("call_1") == "ann"
    hall.tick(20)
    assert (hall.state("ann"), hall.engine.agent("ann").reason) == ("not_ready", "missed_offers")
    assert hall.engine.call("call_1").state == "waiting"
    hall.do(c.Ready("ann"))
    assert hall.offered_to("call_1") == "ann"


def test_giving_up_while_ringing_frees_the_agent() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_1")
    hall.enter("call_2")
    assert names(hall.do(c.GiveUp("call_1"))) == ["Withdrawn", "Ended", "Offered"]
    assert hall.offered_to("call_2") == "ann"
    assert hall.engine.call("call_1").outcome == "abandoned"
    assert hall.engine.call("call_1").follow_up


def test_an_agent_lost_while_ringing_loses_the_offer() -> None:
    hall = Hall(agents=("ann", "bob"))
    hall.enter("call_1")
    assert names(hall.do(c.AgentLost("ann"))) == ["Withdrawn", "AgentWentAway", "Offered"]
    assert hall.offered_to("call_1") == "bob"
    hall.do(c.AgentReturned("ann"), after=2)
    hall.enter("call_2")
    assert hall.offered_to("call_2") is None
    hall.tick(3)
    assert hall.offered_to("call_2") == "ann"


def test_a_call_whose_agent_stays_lost_is_first_in_the_queue_again() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_1")
    hall.accept("ann")
    hall.enter("call_2", credit_s=3600)
    hall.do(c.AgentLost("ann"), after=30)
    assert hall.engine.call("call_1").recovering
    assert "CallRequeued" not in names(hall.tick(14.9))
    assert names(hall.tick(0.2))[:2] == ["CallRequeued", "AgentStateChanged"]
    call = hall.engine.call("call_1")
    assert (call.state, call.entered_at, hall.engine.ahead("call_1")) == ("waiting", START, 0)
    assert (hall.state("ann"), hall.engine.agent("ann").reason) == ("not_ready", "connection_lost")
    hall.ready("bob")
    assert hall.offered_to("call_1") == "bob"


def test_an_agent_back_in_time_keeps_the_call() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_1")
    hall.accept("ann")
    hall.do(c.AgentLost("ann"))
    hall.do(c.AgentReturned("ann"), after=10)
    hall.tick(100)
    assert hall.engine.call("call_1").agent_id == "ann"


def test_a_lost_booth_keeps_its_place_for_its_grace_time() -> None:
    hall = Hall()
    hall.enter("call_1")
    hall.enter("call_2")
    hall.do(c.BoothLost("booth_call_1"))
    hall.ready("ann")
    assert hall.offered_to("call_2") == "ann"
    hall.do(c.BoothReturned("booth_call_1"), after=100)
    hall.serve("ann")
    assert hall.offered_to("call_1") == "ann"


def test_a_booth_that_comes_back_into_a_talking_call_is_due_for_nothing() -> None:
    hall = Hall(agents=("ann", "bob"))
    hall.enter("call_1")
    hall.accept(hall.offered_to("call_1") or "")
    hall.do(c.BoothLost("booth_call_1"))
    hall.do(c.BoothReturned("booth_call_1"), after=5)
    assert hall.engine.next_deadline() is None
    assert hall.do(c.Tick(), after=300) == []
    assert hall.engine.call("call_1").state == "talking"


def test_a_booth_that_stays_lost_is_dropped_and_followed_up() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_1")
    hall.accept("ann")
    hall.do(c.BoothLost("booth_call_1"))
    hall.tick(180)
    call = hall.engine.call("call_1")
    assert (call.state, call.outcome, call.follow_up) == ("ended", "dropped", True)
    assert hall.state("ann") == "wrap_up"
    assert hall.engine.totals() == (1, 0, 1, 0)


def test_wrap_up_ends_by_itself_and_can_be_extended() -> None:
    hall = Hall(QueuePolicy("general", wrap_up_max_s=100), agents=("ann",))
    hall.enter("call_1")
    hall.accept("ann")
    hall.do(c.End("call_1", "ann", "completed"))
    hall.do(c.ExtendWrapUp("ann", 30))
    hall.tick(89)
    assert hall.state("ann") == "wrap_up"
    hall.do(c.ExtendWrapUp("ann", 3000))
    with pytest.raises(WrongState, match="further"):
        hall.do(c.ExtendWrapUp("ann", 10))
    hall.tick(11)
    assert hall.state("ann") == "ready"


def test_a_break_asked_for_during_a_call_comes_after_wrap_up() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_1")
    hall.accept("ann")
    hall.do(c.NotReady("ann", "lunch"))
    assert hall.engine.agent("ann").break_planned == "lunch"
    hall.do(c.End("call_1", "ann", "completed"))
    hall.do(c.FinishWrapUp("ann"))
    assert (hall.state("ann"), hall.engine.agent("ann").reason) == ("not_ready", "lunch")


def test_skills_levels_and_queues_decide_who_may_take_a_call() -> None:
    hall = Hall(QueuePolicy("general", steps=()), QueuePolicy("social", "S", steps=()))
    hall.ready("junior", {"pension": 2})
    hall.ready("elsewhere", {"pension": 5}, queues=("social",))
    hall.enter("call_1", "pension:3")
    assert hall.offered_to("call_1") is None
    hall.ready("senior", {"pension": 3})
    assert hall.offered_to("call_1") == "senior"


def test_signing_out_in_a_call_sends_it_back_to_the_front() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_1")
    hall.accept("ann")
    hall.do(c.SignOut("ann"))
    assert hall.engine.call("call_1").state == "waiting"
    assert hall.state("ann") == "offline"


def test_hold_and_resume() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_1")
    with pytest.raises(WrongState):
        hall.do(c.Hold("call_1", "ann"))
    hall.accept("ann")
    hall.do(c.Hold("call_1", "ann"))
    assert hall.engine.call("call_1").held
    assert hall.do(c.Hold("call_1", "ann")) == []
    hall.do(c.Resume("call_1", "ann"))
    assert not hall.engine.call("call_1").held


@pytest.mark.parametrize(
    ("command", "error", "code"),
    [
        (c.GiveUp("call_9"), Unknown, "unknown_call"),
        (c.GiveUp("call_2"), WrongState, "call_talking"),
        (c.GiveUp("call_0"), WrongState, "call_ended"),
        (c.End("call_0", "ann", "completed"), WrongState, "call_ended"),
        (c.End("call_3", "ann", "completed"), WrongState, "not_answered"),
        (c.End("call_2", "ann", "won"), Malformed, "bad_outcome"),  # type: ignore[arg-type]
        (c.Ready("zoe"), Unknown, "unknown_agent"),
        (c.SignIn("zoe", (("pension", 6),)), Malformed, "level_out_of_range"),
        (c.SignIn("zoe", (), ("nowhere",)), Unknown, "unknown_queue"),
        (c.Enter("call_9", "booth_9", "nowhere", "item"), Unknown, "unknown_queue"),
        (c.Enter("call_9", "booth_call_3", "general", "item"), WrongState, "booth_busy"),
        (c.Enter("call_9", "booth_9", "general", "item", credit_s=-1), Malformed, "credit_out_of_range"),
        (c.Enter("call_9", "booth_9", "general", "item", credit_s=float("nan")), Malformed, "credit_out_of_range"),
        (
            c.Enter("call_9", "booth_9", "general", "x", (Requirement("pension", 6),)),
            Malformed,
            "level_out_of_range",
        ),
        (
            c.Enter("call_9", "booth_9", "general", "x", (Requirement("pension", 0),)),
            Malformed,
            "level_out_of_range",
        ),
        (c.Enter("call_3", "booth_call_3", "general", "other"), Refused, "duplicate_id"),
        (c.Enter("call_3", "booth_call_3", "general", "item", prefers_s=9.0), Refused, "duplicate_id"),
        (c.DefineQueue(QueuePolicy("tax", steps=(Step(-1.0),))), Malformed, "bad_step"),
        (
            c.DefineQueue(QueuePolicy("tax", steps=(Step(9.0, lower=(("pension", 6),)),))),
            Malformed,
            "level_out_of_range",
        ),
        (c.Accept("ann", "offer_1"), WrongState, "offer_over"),
        (c.Accept("ann", "offer_ffff"), Unknown, "unknown_offer"),
        (c.Accept("ann", "nonsense!"), Unknown, "unknown_offer"),
        (c.FinishWrapUp("ann"), WrongState, "agent_talking"),
        (c.MoveAhead("call_3", "eve", " "), Malformed, "no_reason"),
        (c.LetOthersFirst("call_3", float("inf")), Malformed, "bad_time"),
        (c.DefineQueue(QueuePolicy("")), Malformed, "no_id"),
        (c.DefineQueue(QueuePolicy("x", offer_s=float("nan"))), Malformed, "bad_time"),
        (c.SetHours("general", ((5.0, 4.0),)), Malformed, "bad_hours"),
    ],
)
def test_bad_input_is_a_typed_refusal_and_changes_nothing(command: c.Command, error: type, code: str) -> None:
    hall = Hall(agents=("ann",))
    hall.enter("call_0")
    hall.serve("ann")
    hall.enter("call_2")
    hall.accept("ann")
    hall.enter("call_3")
    with pytest.raises(error) as raised:
        hall.do(command)
    assert raised.value.code == code  # type: ignore[attr-defined]


def test_time_going_back_or_nowhere_is_refused() -> None:
    hall = Hall(agents=("ann",))
    for now in (START - 1, float("nan"), float("inf")):
        before = hall.engine.dump()
        with pytest.raises((WrongState, Malformed)):
            hall.engine.apply(c.Tick(), now)
        assert hall.engine.dump() == before


def test_the_same_enter_twice_is_one_call() -> None:
    hall = Hall()
    hall.enter("call_1", credit_s=10)
    assert hall.enter("call_1", credit_s=10) == []
    with pytest.raises(Refused) as raised:
        hall.enter("call_1", credit_s=11)
    assert raised.value.code == "duplicate_id"
    hall.do(c.GiveUp("call_1"))
    assert hall.enter("call_1", credit_s=10) == []
