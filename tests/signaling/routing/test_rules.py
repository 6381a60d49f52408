"""The deeper rules: relaxation, passing, pairs, teams, capacity, call-back, appointments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaling.errors import Malformed, NotAllowed, Refused, WrongState
from signaling.routing import Engine, QueuePolicy, RosterAgent, Step, decode
from signaling.routing import commands as c
from tests.signaling.routing.hall import START, Hall, names, need


def test_requirements_relax_in_steps_counted_from_entry() -> None:
    steps = (Step(30, ring=2), Step(60, lower=(("pension", 2),)), Step(90, ring=3))
    hall = Hall(QueuePolicy("general", steps=steps))
    hall.ready("busy", {"pension": 5})
    hall.enter("first", "pension:4")
    hall.accept("busy")
    hall.ready("junior", {"pension": 2})
    hall.enter("call_1", "pension:4")
    hall.tick(59)
    assert hall.offered_to("call_1") is None
    hall.tick(1)
    assert hall.offered_to("call_1") == "junior"


def test_a_step_nobody_present_could_serve_is_skipped_at_once() -> None:
    hall = Hall(QueuePolicy("general", steps=(Step(60, lower=(("pension", 1),)),)))
    hall.ready("junior", {"pension": 1})
    hall.ready("senior", {"pension": 4})
    hall.do(c.NotReady("senior", "lunch"))
    hall.enter("call_1", "pension:4")
    assert hall.offered_to("call_1") == "junior"


def test_an_essential_skill_is_never_dropped() -> None:
    hall = Hall(QueuePolicy("general", steps=(Step(10, drop=("sign", "pension"), ring=3),)))
    hall.ready("ann", {"pension": 5})
    hall.enter("call_1", "sign!", "pension:5")
    for _ in range(20):  # more often than an offer lasts: one to ann would be seen
        hall.tick(10)
        assert hall.offered_to("call_1") is None
    hall.ready("signer", {"sign": 1}, queues=())
    assert hall.offered_to("call_1") == "signer"


def test_an_essential_skill_is_never_lowered() -> None:
    hall = Hall(QueuePolicy("general", steps=(Step(10, lower=(("sign", 1),), ring=3),)))
    hall.ready("ann", {"sign": 1})
    hall.enter("call_1", "sign!:3")
    hall.tick(15)
    assert hall.offered_to("call_1") is None


def test_who_signed_out_does_nothing_until_they_come_back() -> None:
    hall = Hall()
    hall.ready("ann", {"pension": 5})
    hall.do(c.SignOut("ann"))
    with pytest.raises(WrongState, match="not signed in"):
        hall.do(c.Ready("ann"))


def test_the_agent_who_knows_the_case_is_waited_for_but_not_forever() -> None:
    hall = Hall(agents=("ann", "bob"))
    hall.enter("call_0")
    hall.accept("ann")
    hall.enter("call_1", prefers_agent="ann", prefers_agent_s=20)
    assert hall.offered_to("call_1") is None
    assert hall.engine.why("call_1").hindered == "agent"
    hall.tick(20)
    assert hall.offered_to("call_1") == "bob"


def test_the_wait_for_one_agent_ends_when_they_go_on_break() -> None:
    hall = Hall(agents=("ann", "bob"))
    hall.enter("call_0")
    hall.accept("ann")
    hall.enter("call_1", prefers_agent="ann", prefers_agent_s=2000)
    hall.do(c.SignOut("ann"))
    assert "bob" in (hall.offered_to("call_0"), hall.offered_to("call_1"))


def test_no_call_is_passed_by_more_than_the_queue_allows() -> None:
    hall = Hall(QueuePolicy("general", passes=2))
    hall.enter("patient")
    for number in range(4):
        hall.now += 1
        hall.enter(f"elder_{number}", credit_s=600, priority=("elder",))
    assert hall.engine.ahead("patient") == 2
    assert hall.engine.call("patient").passed == 2
    assert [hall.engine.ahead(f"elder_{number}") for number in range(4)] == [0, 1, 3, 4]


def test_letting_others_first_keeps_the_place() -> None:
    hall = Hall()
    hall.enter("call_1", credit_s=60)
    hall.enter("call_2")
    hall.do(c.LetOthersFirst("call_1", 600))
    hall.ready("ann")
    assert hall.offered_to("call_2") == "ann"
    hall.accept("ann")
    hall.tick(600)
    hall.do(c.End("call_2", "ann", "completed"))
    hall.do(c.FinishWrapUp("ann"))
    assert hall.offered_to("call_1") == "ann"


def test_a_supervisor_moves_a_call_ahead_with_a_recorded_reason() -> None:
    hall = Hall(QueuePolicy("general", passes=1))
    for number in range(4):
        hall.now += 1
        hall.enter(f"call_{number}")
    hall.do(c.MoveAhead("call_3", "eve", "feels faint"))
    assert hall.engine.ahead("call_3") == 0
    group = hall.engine.why("call_0").groups[0]
    assert (group.cause, group.words) == ("moved", ("feels faint",))
    with pytest.raises(Refused, match="further"):
        hall.do(c.MoveAhead("call_2", "eve", "also"))


@pytest.mark.parametrize(
    ("choice", "expected"),
    [("longest_idle", "ann"), ("highest_level", "bob"), ("least_occupied", "cat"), ("round_robin", "cat")],
)
def test_the_queue_chooses_among_its_agents(choice: str, expected: str) -> None:
    hall = Hall(QueuePolicy("general", choice=choice, wrap_up_s=0))  # type: ignore[arg-type]
    for name, level in (("ann", 1), ("bob", 5)):
        hall.ready(name, {"pension": level})
        hall.enter(f"call_{name}", "pension")
        hall.accept(name)
        hall.do(c.End(f"call_{name}", name, "completed"), after=50)
        hall.do(c.NotReady(name, "pause"))
    for name in ("ann", "bob"):
        hall.now += 1
        hall.do(c.Ready(name))
    hall.now += 1
    hall.ready("cat", {"pension": 2})
    hall.enter("call_1", "pension")
    assert hall.offered_to("call_1") == expected


def test_a_weightier_queue_and_danger_raise_a_call() -> None:
    hall = Hall(QueuePolicy("general"), QueuePolicy("social", "S", weight=3.0), QueuePolicy("tax", "T", danger_s=50))
    hall.enter("old")
    hall.now += 60
    hall.enter("heavy", queue="social")
    hall.now += 40
    hall.ready("ann", queues=("general", "social"))
    assert hall.offered_to("heavy") == "ann"
    hall.enter("threatened", queue="tax")
    hall.now += 50
    hall.ready("bob", queues=("general", "tax"))
    assert hall.offered_to("threatened") == "bob"


def test_the_wait_for_one_agent_outlasts_the_steps_that_come_due_before() -> None:
    hall = Hall(QueuePolicy("general", steps=(Step(30, ring=2),)), agents=("ann",))
    hall.enter("call_0")
    hall.accept("ann")
    hall.enter("call_1", prefers_agent="ann", prefers_agent_s=200)
    hall.ready("bob")
    hall.tick(199)
    assert hall.offered_to("call_1") is None
    hall.tick(1)
    assert hall.offered_to("call_1") == "bob"


def test_a_step_is_skipped_when_the_last_interpreter_goes() -> None:
    hall = Hall(QueuePolicy("general", steps=(Step(600, drop=("sign",)),)))
    hall.ready("signer", {"sign": 3}, queues=())
    hall.ready("ann", {"pension": 3})
    hall.enter("first", "pension")
    hall.accept("ann")
    hall.ready("bob", {"pension": 3})
    hall.enter("second", "pension")
    hall.accept("bob")
    hall.enter("call_1", "pension", "sign+")
    assert "Relaxed" in names(hall.do(c.NotReady("signer", "lunch")))


def keeping() -> Hall:
    """Return a hall where an interpreter is kept for `signed`, whose agent is busy with `first`; `later` waits too."""
    hall = Hall(QueuePolicy("general", keep_s=60))
    hall.ready("ann", {"pension": 3})
    hall.enter("first", "pension")
    hall.accept("ann")
    hall.enter("signed", "pension", "sign!+")
    assert "Kept" in names(hall.ready("signer", {"sign": 3}))
    hall.enter("later")
    return hall


def test_an_interpreter_whose_call_leaves_is_free_for_others() -> None:
    hall = keeping()
    assert hall.offered_to("later") is None
    hall.do(c.GiveUp("signed"))
    assert hall.offered_to("later") == "signer"


def test_sign_language_takes_agent_and_interpreter_together_or_neither() -> None:
    hall = Hall()
    hall.ready("ann", {"pension": 3})
    events = hall.enter("call_1", "pension", "sign!+")
    assert names(events) == ["Entered"]
    assert hall.state("ann") == "ready"
    hall.ready("signer", {"sign": 3}, queues=())
    assert (hall.offered_to("call_1"), hall.state("signer")) == ("ann", "offered")
    with pytest.raises(WrongState) as refused:
        hall.do(c.Accept("signer", hall.engine.call("call_1").offer_id or ""))
    assert refused.value.code == "reserved"
    hall.decline("ann")
    assert hall.state("signer") == "ready"
    hall.ready("bob", {"pension": 1})
    assert hall.offered_to("call_1") == "bob"
    assert names(hall.accept("bob")) == ["Accepted", "Joined"]
    assert [party.role for party in hall.engine.call("call_1").parties] == ["interpreter"]
    hall.do(c.End("call_1", "bob", "completed"))
    assert hall.state("signer") == "ready"


def test_an_agent_who_signs_needs_no_interpreter() -> None:
    hall = Hall()
    hall.ready("both", {"pension": 3, "sign": 3})
    hall.enter("call_1", "pension", "sign!+")
    assert hall.offered_to("call_1") == "both"


def test_an_interpreter_is_kept_for_the_earlier_call() -> None:
    hall = keeping()
    assert hall.offered_to("later") is None
    hall.do(c.End("first", "ann", "completed"))
    hall.do(c.FinishWrapUp("ann"))
    assert (hall.offered_to("signed"), hall.state("signer")) == ("ann", "offered")


def test_an_interpreter_is_kept_once_and_then_takes_who_else_waits() -> None:
    hall = keeping()
    hall.tick(59)
    assert hall.offered_to("later") is None
    hall.tick(1)
    assert hall.offered_to("later") == "signer"


def test_consult_conference_and_warm_transfer() -> None:
    hall = Hall(agents=("ann",))
    hall.ready("expert", {"law": 5}, queues=())
    hall.enter("call_1")
    hall.accept("ann")
    with pytest.raises(NotAllowed):
        hall.do(c.Consult("call_1", "expert", requires=(need("law"),)))
    hall.do(c.Consult("call_1", "ann", requires=(need("law:4"),)))
    hall.accept("expert")
    party = hall.engine.call("call_1").parties[0]
    assert (party.agent_id, party.role, party.private) == ("expert", "consult", True)
    hall.do(c.Conference("call_1", "ann"))
    assert not hall.engine.call("call_1").parties[0].private
    hall.do(c.HandOver("call_1", "ann", "expert"))
    assert (hall.engine.call("call_1").agent_id, hall.state("ann")) == ("expert", "wrap_up")


def test_a_consult_by_name_rings_that_agent_and_can_be_cancelled() -> None:
    hall = Hall(agents=("ann", "bob"))
    hall.enter("call_1")
    hall.accept("ann")
    hall.do(c.Consult("call_1", "ann", "bob"))
    assert hall.state("bob") == "offered"
    assert names(hall.do(c.CancelConsult("call_1", "ann"))) == ["Withdrawn", "ConsultEnded"]
    assert hall.state("bob") == "ready"


def test_a_cold_transfer_keeps_place_and_clock() -> None:
    hall = Hall(QueuePolicy("general"), QueuePolicy("social", "S"), agents=("ann",))
    hall.enter("call_1", "sign!+")
    hall.ready("signer", {"sign": 3})
    hall.accept("signer")
    hall.now += 100
    hall.enter("call_2", queue="social")
    with pytest.raises(Refused, match="essential"):
        hall.do(c.TransferToQueue("call_1", "signer", "social", ()))
    hall.do(c.TransferToQueue("call_1", "signer", "social", reason="other matter"))
    call = hall.engine.call("call_1")
    assert (call.state, call.entered_at, call.queue_id) == ("waiting", START, "social")
    assert (hall.engine.ahead("call_1"), hall.engine.ahead("call_2")) == (0, 1)


def test_a_call_transferred_back_into_its_own_queue_is_a_stated_reason_for_who_waits_behind_it() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("first")
    hall.accept("ann")
    hall.enter("second")
    hall.do(c.NotReady("ann"))
    hall.do(c.TransferToQueue("first", "ann", "general"))
    assert hall.engine.ahead("second") == 1
    assert [group.cause for group in hall.engine.why("second").groups] == ["transferred"]


def test_a_supervisor_accompanies_the_whole_call() -> None:
    hall = Hall(agents=("ann",))
    hall.do(c.SignIn("chief"))
    hall.enter("call_1")
    hall.accept("ann")
    hall.do(c.Accompany("call_1", "chief"))
    assert hall.state("chief") == "talking"
    hall.do(c.End("call_1", "ann", "completed"))
    assert hall.state("chief") == "not_ready"


def test_a_supervisor_listens_then_coaches_then_takes_the_call_over() -> None:
    hall = Hall(agents=("ann",))
    hall.do(c.SignIn("chief"))
    hall.enter("call_1")
    hall.accept("ann")

    def chief() -> list[tuple[str, bool]]:
        return [(party.role, party.private) for party in hall.engine.call("call_1").parties]

    with pytest.raises(Malformed):
        hall.do(c.Accompany("call_1", "chief", "lead"))
    hall.do(c.Accompany("call_1", "chief", "listen"))
    assert chief() == [("listen", True)]
    assert not hall.do(c.Accompany("call_1", "chief", "listen"))
    hall.do(c.Accompany("call_1", "chief", "coach"))
    hall.do(c.Conference("call_1", "ann"))
    assert chief() == [("coach", True)]
    assert hall.state("chief") == "talking"
    hall.do(c.HandOver("call_1", "", "chief"))
    assert hall.engine.call("call_1").agent_id == "chief"
    assert (hall.state("ann"), hall.state("chief")) == ("wrap_up", "talking")


def test_a_changed_policy_lets_the_longest_idle_take_what_now_fits_them() -> None:
    strict = QueuePolicy("general", steps=())
    hall = Hall(strict)
    hall.enter("call_1", "pension:3")
    hall.ready("zoe", {"pension": 1})
    hall.now += 10
    hall.ready("ann", {"pension": 1})
    before = hall.engine.dump()
    loose = replace(strict, steps=(Step(0.0, lower=(("pension", 1),)),))
    events = hall.do(c.DefineQueue(loose))
    assert hall.offered_to("call_1") == "zoe"
    assert Engine.load(before).apply(c.DefineQueue(loose), hall.now) == events


def test_an_impossible_requirement_is_told_at_once() -> None:
    hall = Hall()
    hall.do(c.DefineRoster((RosterAgent("ann", (("pension", 3),), ("general",)),)))
    hall.enter("call_1", "pension:3")
    with pytest.raises(Refused) as raised:
        hall.enter("call_2", "tax!")
    assert raised.value.code == "impossible"


def test_a_broken_device_is_told_at_once_with_the_booths_that_work() -> None:
    hall = Hall()
    hall.do(c.BoothDevices("booth_call_1", ("camera",)))
    hall.do(c.BoothDevices("booth_8", ("camera", "document_camera")))
    with pytest.raises(Refused) as raised:
        hall.enter("call_1", devices=("document_camera",))
    assert raised.value.code == "device_not_working"
    assert hall.engine.booths_with(("document_camera",)) == ("booth_8",)


def test_moving_ahead_stops_behind_a_call_that_lost_its_agent() -> None:
    hall = Hall(agents=("ann",))
    hall.enter("lost")
    hall.accept("ann")
    hall.enter("early")
    hall.enter("late")
    hall.do(c.SignOut("ann"))
    hall.do(c.MoveAhead("late", "eve", "fell ill"))
    assert [hall.engine.ahead(name) for name in ("lost", "late", "early")] == [0, 1, 2]


def test_a_ticket_shown_at_its_own_booth_is_a_citizen_who_came_back() -> None:
    hall = Hall()
    hall.enter("call_1")
    hall.do(c.BoothLost("booth_call_1"))
    hall.do(c.ChangeBooth("call_1", "booth_call_1"))
    hall.tick(500)
    call = hall.engine.call("call_1")
    assert (call.state, call.booth_lost_at) == ("waiting", None)


def test_a_ticket_goes_on_at_another_booth() -> None:
    hall = Hall()
    hall.enter("call_1")
    hall.do(c.BoothLost("booth_call_1"))
    hall.do(c.ChangeBooth("call_1", "booth_9"))
    hall.tick(500)
    call = hall.engine.call("call_1")
    assert (call.state, call.booth_id, call.booth_lost_at) == ("waiting", "booth_9", None)
    assert hall.engine.call_at("booth_call_1") is None


def test_auto_answer_connects_without_ringing() -> None:
    hall = Hall(QueuePolicy("general", auto_answer=True), agents=("ann",))
    assert names(hall.enter("call_1")) == ["Entered", "Offered", "Accepted"]


def test_an_event_of_an_older_release_loads_with_defaults() -> None:
    old = (
        b'{"t":"Entered","v":1,"at":1.0,"call_id":"c","booth_id":"b","queue_id":"q","item_id":"i","ticket":"A001",'
        b'"requires":[["pension",2]],"credit_s":0.0,"priority":[],"place":1.0}'
    )
    event = decode(old)
    assert event.requires == (need("pension:2"),)  # type: ignore[union-attr]
    assert event.steps is None  # type: ignore[union-attr]


def test_a_snapshot_loads_and_goes_on_alike() -> None:
    hall = Hall(agents=("ann", "bob"))
    for number in range(6):
        hall.enter(f"call_{number}", credit_s=number * 5.0)
    other = Engine.load(hall.engine.dump())
    assert other.dump() == hall.engine.dump()
    for engine in (hall.engine, other):
        engine.apply(c.GiveUp("call_0"), hall.now + 1)
        engine.apply(c.Tick(), hall.now + 200)
    assert other.dump() == hall.engine.dump()


def test_twins_of_a_snapshot_are_equal_and_share_nothing_that_changes() -> None:
    hall = Hall(agents=("ann", "bob"))
    for number in range(4):
        hall.enter(f"call_{number}")
    hall.serve("ann")
    before = hall.engine.dump()
    one, other = Engine.load_twins(before)
    offer_id = one.agent("ann").offer_id
    assert offer_id is not None
    for command in (c.Accept("ann", offer_id), c.End("call_2", "ann", "completed"), c.FinishWrapUp("ann")):
        one.apply(command, hall.now + 1)
    assert one.dump() != before
    assert other.dump() == before
