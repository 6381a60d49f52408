"""What becomes an alert, when, and when it goes."""

from __future__ import annotations

from signaling.floor.alerts import Away, Rules, Scene, Wait, judge
from signaling.floor.level import Level

NOW = 1_764_000_000.0
RULES = Rules()


def kinds(scene: Scene) -> list[tuple[str, str]]:
    return [(alert.kind, alert.subject) for alert in judge(scene, RULES, NOW)]


def test_an_empty_hall_has_no_alerts() -> None:
    assert judge(Scene(), RULES, NOW) == []


def test_long_waits_of_a_queue_are_one_alert_that_counts_them() -> None:
    waits = tuple(Wait("social", NOW - wait_s, 180.0) for wait_s in (179.0, 181.0, 300.0))
    (alert,) = judge(Scene(waits=waits), RULES, NOW)
    assert (alert.id, alert.since, alert.value) == ("long_wait.social", NOW - 120.0, 2.0)


def test_a_booth_may_be_away_for_a_minute_and_a_node_for_three_seconds() -> None:
    assert kinds(Scene(booths=(Away("b", NOW - 59),), nodes=(Away("n", NOW - 2),))) == []
    assert kinds(Scene(booths=(Away("b", NOW - 60),), nodes=(Away("n", NOW - 3),))) == [
        ("node_down", "n"),
        ("booth_down", "b"),
    ]


def test_an_agent_who_misses_offers_a_broken_device_and_a_stopped_recording_are_told() -> None:
    scene = Scene(
        missing=(("once", NOW, 1), ("twice", NOW, 2)), broken=(Away("b", NOW),), stopped=(Away("call_1", NOW),)
    )
    assert kinds(scene) == [("recording_stopped", "call_1"), ("offers_missed", "twice"), ("device_broken", "b")]


def test_the_service_level_counts_late_answers_and_who_gave_up_in_the_last_while() -> None:
    level = Level(1800.0)
    level.answered("social", NOW - 2000, in_time=False)  # too long ago
    for in_time in (True, True, False):
        level.answered("social", NOW - 100, in_time)
    level.abandoned("social", NOW - 100)
    assert list(level.shares(NOW, 4)) == [("social", 0.5)]
    assert list(level.shares(NOW, 5)) == []
    assert kinds(Scene(levels=(("social", 0.5), ("civil", 0.8)))) == [("service_level", "social")]
