"""Moving helpers in thought: nobody is made or lost, what is not there cannot be moved, and the effect is shown."""

from __future__ import annotations

import pytest

from signaling.figures.staffing import Move, QueueLoad, TooFew, day, moved, needs, together

SOCIAL = QueueLoad("social", 60.0, 420.0, 600.0, {18: 12.0, 19: 20.0, 40: 0.0})
CIVIL = QueueLoad("civil", 45.0, 300.0, None, {18: 2.0, 19: 2.0})
STAFFED = {("social", 18): 3.0, ("social", 19): 3.0, ("civil", 18): 3.5, ("civil", 19): 3.5}
MOVE = Move(2, "civil", 18, 19, "social", 18, 19)


def test_a_move_takes_from_one_queue_what_it_gives_another_and_leaves_the_plan_itself() -> None:
    before = dict(STAFFED)
    after = moved(STAFFED, [MOVE])
    assert before == STAFFED
    assert sum(after.values()) == sum(before.values())
    assert after == {("social", 18): 5.0, ("social", 19): 5.0, ("civil", 18): 1.5, ("civil", 19): 1.5}
    later = moved(STAFFED, [Move(1, "social", 18, 18, "social", 19, 19)])
    assert (later["social", 18], later["social", 19]) == (2.0, 4.0)


def test_more_than_there_are_cannot_be_moved() -> None:
    with pytest.raises(TooFew) as caught:
        moved(STAFFED, [MOVE, MOVE])
    assert (caught.value.queue_id, caught.value.half_hour, caught.value.staffed) == ("civil", 18, 1.5)


def test_the_effect_shows_in_both_queues_and_the_need_does_not_change() -> None:
    for queue, better in ((SOCIAL, True), (CIVIL, False)):
        before, after = (together(queue, day(queue, staffed)) for staffed in (STAFFED, moved(STAFFED, [MOVE])))
        assert before is not None
        assert after is not None
        assert (after.service_level > before.service_level) == better
        assert (after.occupancy < before.occupancy) == better
    assert needs(SOCIAL, 0.8).keys() == {18, 19}
    enough = {("social", half_hour): float(number) for half_hour, number in needs(SOCIAL, 0.8).items()}
    assert all(one.service_level >= 0.8 for one in day(SOCIAL, enough).values())


def test_a_day_without_calls_foretells_nothing() -> None:
    nothing = QueueLoad("social", 60.0, 420.0, None, {})
    assert together(nothing, day(nothing, STAFFED)) is None
