"""How much a queue takes and when: hours, overflow, call-backs, appointments."""

from __future__ import annotations

import pytest

from signaling.errors import Refused, TooMany, Unknown, WrongState
from signaling.routing import QueuePolicy, Slot
from signaling.routing import commands as c
from signaling.routing.recount import recount
from tests.signaling.routing.hall import START, Hall, names


def test_hours_and_manual_closing_say_when_it_opens() -> None:
    hall = Hall()
    hall.do(c.SetHours("general", ((START - 100, START + 100), (START + 1000, START + 2000))))
    hall.enter("call_1")
    hall.now += 100
    with pytest.raises(Refused) as raised:
        hall.enter("call_2")
    assert raised.value.code == "closed"
    hall.do(c.BoothDevices("booth_9", ("camera",)))
    assert hall.engine.queue("general").next_opening == START + 1000
    hall.do(c.CloseQueue("general", "eve", "drill"), after=1000)
    with pytest.raises(Refused):
        hall.enter("call_3")
    hall.do(c.OpenQueue("general"))
    hall.enter("call_4")


def test_a_queue_goes_when_nobody_is_in_it_and_comes_back_when_it_is_defined_again() -> None:
    policies = QueuePolicy("general", max_waiting=1, overflow_to="social"), QueuePolicy("social", "S")
    hall = Hall(*policies)
    hall.enter("call_1")
    hall.enter("call_2")  # overflowed
    with pytest.raises(Refused) as raised:
        hall.do(c.RemoveQueue("social"))
    assert raised.value.code == "queue_in_use"
    hall.do(c.End("call_2", "service", "referred"))
    hall.do(c.RemoveQueue("social"))
    assert [queue.queue_id for queue in hall.engine.queues()] == ["general"]
    with pytest.raises(Unknown):
        hall.enter("call_3", queue="social")
    with pytest.raises(TooMany):
        hall.enter("call_4")  # nothing overflows into what is gone
    assert hall.engine.call("call_2").queue_id == "social"
    hall.do(c.DefineQueue(policies[1]))
    hall.enter("call_5", queue="social")


def test_who_waits_in_a_queue_that_goes_goes_on_in_another_in_one_decision_whoever_came_from_elsewhere() -> None:
    hall = Hall(QueuePolicy("general", max_waiting=1, overflow_to="social"), QueuePolicy("social", "S"))
    hall.enter("call_1")
    hall.enter("call_2")  # overflowed
    hall.enter("call_3", queue="social")
    hall.do(c.CloseQueue("general", "eve", "drill"))
    for to, code in (("", "queue_in_use"), ("social", "closed"), ("general", "closed"), ("nowhere", "unknown_queue")):
        with pytest.raises(Refused) as raised:
            hall.do(c.RemoveQueue("social", to))
        assert raised.value.code == code
    hall.do(c.OpenQueue("general"))
    before = hall.engine.call("call_2")
    assert names(hall.do(c.RemoveQueue("social", "general"), after=5)) == ["Overflowed", "Overflowed", "QueueRemoved"]
    after = hall.engine.call("call_2")
    assert (after.queue_id, after.ticket, after.entered_at) == ("general", before.ticket, before.entered_at)
    assert [hall.engine.ahead(f"call_{number}") for number in (1, 2, 3)] == [0, 1, 2]


def test_who_goes_on_elsewhere_keeps_the_place_they_were_given_and_counts_as_passed_but_once() -> None:
    hall = Hall(QueuePolicy("general", passes=2), QueuePolicy("social", "S"))
    hall.enter("call_1", queue="social")
    hall.do(c.Enter("call_2", "booth_2", "social", "item", credit_s=60.0), after=1)
    hall.enter("call_3", queue="social")
    hall.do(c.MoveAhead("call_3", "eve", "faint"))
    hall.do(c.RemoveQueue("social", "general"))
    assert [hall.engine.ahead(f"call_{number}") for number in (3, 2, 1)] == [0, 1, 2]
    assert [hall.engine.call(f"call_{number}").passed for number in (3, 2, 1)] == [0, 1, 2]


def test_who_was_passed_often_where_that_is_allowed_is_passed_by_nobody_where_it_is_not() -> None:
    hall = Hall(QueuePolicy("general", passes=1), QueuePolicy("social", "S", passes=2))
    hall.enter("call_1", queue="social")
    for number in (2, 3):
        hall.do(c.Enter(f"call_{number}", f"booth_{number}", "social", "item", credit_s=60.0), after=1)
    hall.do(c.RemoveQueue("social", "general"))
    assert hall.engine.ahead("call_1") == 2
    recount(hall.engine)
    hall.do(c.Enter("call_4", "booth_4", "general", "item", credit_s=60.0))
    assert hall.engine.ahead("call_4") == 3
    with pytest.raises(Refused) as raised:
        hall.do(c.MoveAhead("call_4", "eve", "faint"))
    assert raised.value.code == "no_further"


def test_nobody_is_taken_from_a_queue_in_which_it_rings() -> None:
    hall = Hall(QueuePolicy("general"), QueuePolicy("social", "S"), agents=("ann",))
    hall.enter("call_1")
    with pytest.raises(Refused) as raised:
        hall.do(c.RemoveQueue("general", "social"))
    assert raised.value.code == "queue_in_use"


def test_a_full_queue_overflows_then_refuses() -> None:
    hall = Hall(QueuePolicy("general", max_waiting=1, overflow_to="social"), QueuePolicy("social", "S", max_waiting=1))
    hall.enter("call_1")
    hall.enter("call_2")
    assert hall.engine.call("call_2").queue_id == "social"
    with pytest.raises(TooMany):
        hall.enter("call_3")


def test_waiting_too_long_overflows_once_and_then_ends_for_follow_up() -> None:
    hall = Hall(QueuePolicy("general", max_wait_s=60, overflow_to="social"), QueuePolicy("social", "S", max_wait_s=90))
    hall.enter("call_1")
    hall.tick(60)
    assert hall.engine.call("call_1").queue_id == "social"
    hall.tick(30)
    call = hall.engine.call("call_1")
    assert (call.outcome, call.reason, call.follow_up) == ("refused", "max_wait", True)


def test_an_overflow_behind_those_who_wait_there_already_is_a_stated_reason() -> None:
    hall = Hall(QueuePolicy("general", max_wait_s=60, overflow_to="social"), QueuePolicy("social", "S"))
    hall.enter("call_1", queue="social")
    hall.enter("call_2")
    hall.tick(60)
    assert hall.engine.ahead("call_2") == 1
    assert [group.cause for group in hall.engine.why("call_2").groups] == ["overflowed"]


def test_closing_ends_who_is_left_after_the_grace_time() -> None:
    hall = Hall(QueuePolicy("general", closing_grace_s=300))
    hall.do(c.SetHours("general", ((START, START + 100),)))
    hall.enter("call_1")
    hall.tick(400)
    assert hall.engine.call("call_1").outcome == "closed"


def test_a_call_back_keeps_the_place_and_frees_the_booth() -> None:
    hall = Hall(QueuePolicy("general", callback_ahead=0), agents=("ann",))
    hall.enter("call_0")
    hall.accept("ann")
    hall.enter("call_1")
    hall.enter("call_2")
    hall.do(c.AskCallBack("call_2"))
    hall.do(c.Enter("call_3", "booth_call_2", "general", "item"))
    assert "CalledBack" in names(hall.do(c.GiveUp("call_1")))
    with pytest.raises(WrongState):
        hall.do(c.AnswerCallBack("call_2"))
    hall.do(c.AnswerCallBack("call_2", "booth_9"))
    hall.do(c.End("call_0", "ann", "completed"))
    hall.do(c.FinishWrapUp("ann"))
    assert hall.offered_to("call_2") == "ann"


def test_a_called_back_citizen_who_does_not_come_is_released() -> None:
    hall = Hall()
    hall.enter("call_1")
    hall.do(c.AskCallBack("call_1"))
    hall.tick(120)
    call = hall.engine.call("call_1")
    assert (call.outcome, call.reason) == ("abandoned", "no_show")


def test_one_who_is_called_to_a_booth_in_use_is_called_again() -> None:
    hall = Hall()
    hall.enter("call_1")
    hall.do(c.AskCallBack("call_1"))
    hall.do(c.Enter("call_2", "booth_call_1", "general", "item"))
    assert names(hall.tick(120)) == ["CalledBack"]
    hall.do(c.GiveUp("call_2"))
    hall.tick(120)
    assert hall.engine.call("call_1").reason == "no_show"


def test_appointments_respect_capacity_and_release_no_shows() -> None:
    hall = Hall()
    hall.do(c.SetSlots("general", (Slot(START + 600, 1),)))
    hall.do(c.BookSlot("slot_1", "general", START + 600, "item"))
    with pytest.raises(TooMany):
        hall.do(c.BookSlot("slot_2", "general", START + 600, "item"))
    assert hall.engine.free_slots("general", START) == ()
    assert names(hall.tick(1200)) == ["SlotReleased"]
    with pytest.raises(Refused):
        hall.enter("call_1", appointment_id="slot_1")


def test_an_appointment_may_be_cancelled_and_booked_again_under_its_id() -> None:
    hall = Hall()
    hall.do(c.SetSlots("general", (Slot(START + 600, 1),)))
    for _ in range(2):
        hall.do(c.BookSlot("slot_1", "general", START + 600, "item"))
        hall.do(c.CancelSlot("slot_1"))
    hall.do(c.BookSlot("slot_1", "general", START + 600, "item"))
    assert names(hall.tick(1200)) == ["SlotReleased"]


def test_an_appointment_gives_a_head_start() -> None:
    hall = Hall()
    hall.do(c.SetSlots("general", (Slot(START + 600, 1),)))
    hall.do(c.BookSlot("slot_1", "general", START + 600, "item"))
    hall.now += 590
    hall.enter("walk_in")
    hall.now += 10
    assert names(hall.enter("booked", appointment_id="slot_1")) == ["Entered", "SlotReleased"]
    assert hall.engine.ahead("booked") == 0
    assert hall.engine.why("walk_in").groups[0].cause == "appointment"
