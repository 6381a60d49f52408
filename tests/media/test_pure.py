"""The rules that need no packets: the matrix, seats, bitrates."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import bitrate, matrix
from media.bitrate import Downlink, Lag, Viewer
from media.control import Role

_ROLES = st.sampled_from(get_args(Role))


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=2), _ROLES, max_size=8))
def test_nobody_perceives_a_listener_only_agents_a_coach_and_who_waits_is_alone(roles: dict[str, Role]) -> None:
    for viewer in roles:
        seen = matrix.seen_by(viewer, roles)
        assert viewer not in seen
        assert all(roles[one] != "listener" for one in seen)
        assert all(roles[viewer] == "agent" for one in seen if roles[one] == "coach")
        assert all(roles[one] != "waiting" for one in seen)
        plain = {one for one, role in roles.items() if role not in ("listener", "coach", "waiting")} - {viewer}
        assert set(seen) == set() if roles[viewer] == "waiting" else plain <= set(seen)


def test_a_wall_hides_both_sides_from_each_other() -> None:
    roles: dict[str, Role] = {"a": "citizen", "b": "agent", "c": "expert"}
    assert matrix.seen_by("a", roles, [("b", "a")]) == ["c"]
    assert matrix.seen_by("b", roles, [("b", "a")]) == ["c"]
    assert matrix.seen_by("c", roles, [("b", "a")]) == ["a", "b"]


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.lists(st.none() | st.sampled_from("abcdef"), max_size=4, unique_by=lambda one: one or object()),
    st.integers(0, 4),
)
def test_who_has_a_seat_keeps_it(seen: list[str], before: list[str | None], slots: int) -> None:
    seats = matrix.seat(seen, before, slots)
    assert len(seats) == slots
    for at, one in enumerate(before[:slots]):
        if one in seen:
            assert seats[at] == one
    taken = [one for one in seats if one is not None]
    assert len(set(taken)) == len(taken) == min(slots, len(set(taken) | set(seen)))


def test_a_publisher_is_capped_by_its_slowest_viewer_and_its_voice_comes_on_top() -> None:
    viewers = [Viewer(2_000_000, {"a": 1}), Viewer(1_000_000, {"a": 1, "b": 1}), Viewer(None, {"b": 1})]
    capped = 500_000 + bitrate.VOICE_BPS
    assert bitrate.caps(["a", "b", "c"], viewers) == {"a": capped, "b": capped, "c": bitrate.CEILING_BPS}


def test_an_interpreter_s_picture_gets_the_larger_share_of_the_citizen_s_link() -> None:
    weights = {one: matrix.weight("citizen", one) for one in ("agent", "interpreter")}
    caps = bitrate.caps(weights, [Viewer(900_000, weights)])
    assert caps == {"agent": 300_000 + bitrate.VOICE_BPS, "interpreter": 600_000 + bitrate.VOICE_BPS}
    assert matrix.weight("agent", "interpreter") == 1


@given(st.integers(0, 10_000_000), st.integers(1, 6))
def test_a_cap_stays_within_its_bounds(estimate: int, publishers: int) -> None:
    names = [str(one) for one in range(publishers)]
    caps = bitrate.caps(names, [Viewer(estimate, dict.fromkeys(names, 1))])
    assert all(bitrate.FLOOR_BPS < one <= bitrate.CEILING_BPS for one in caps.values())


def test_an_estimate_limits_nobody_until_less_gets_through_than_is_sent() -> None:
    link = Downlink()

    def takes(estimate: int | None, sent: int) -> int | None:
        return link.step(estimate, sent, None, 0.0)

    assert takes(None, 200_000) is None
    # A browser's first estimate is what arrived; then it rises, however little that is of what the link would take.
    assert [takes(estimate, 200_000) for estimate in (200_000, 216_000, 310_000, 310_000)] == [None] * 4
    # A screen is shared: five times as much, and the estimate follows at 8 % a second.
    assert [takes(estimate, 1_000_000) for estimate in (335_000, 362_000)] == [None, None]
    # The link is full.
    assert takes(340_000, 400_000) == 340_000
    assert [takes(estimate, 350_000) for estimate in (350_000, 380_000, 420_000)] == [350_000, 380_000, 420_000]
    # The publisher needs far less than the link takes.
    assert takes(420_000, 300_000) is None


def test_a_queue_that_stays_full_is_drained_whatever_the_browser_says_of_it() -> None:
    link = Downlink()
    assert link.step(300_000, 250_000, 0.04, 0.0) is None
    assert link.step(300_000, 250_000, 0.35, 1.0) == 200_000
    assert link.step(300_000, 230_000, 0.34, 2.0) == 160_000
    # The same word again says nothing new; then the queue is gone.
    assert link.step(300_000, 160_000, 0.34, 3.0) == 160_000
    assert link.step(300_000, 160_000, 0.05, 4.0) == 172_800
    # Another way there, longer for good, is soon known for what it is.
    taken = [link.step(300_000, 150_000, 0.3 + at / 1000, 5.0 + at) for at in range(45)]
    assert min(one for one in taken if one is not None) == bitrate.FLOOR_BPS
    assert taken[-1] is None


def test_a_lagging_viewer_loses_the_picture_and_is_tried_ever_more_seldom() -> None:
    lag, changes, shown = Lag(), [], True
    for second in range(200):
        now_shown = lag.step(100_000, 1_000_000, float(second))
        if now_shown != shown:
            changes.append((second, now_shown))
            shown = now_shown
    lost = [at for at, state in changes if not state]
    back = [at for at, state in changes if state]
    assert lost[0] == 2
    pauses = [after - before for before, after in zip(lost, back, strict=False)]
    assert pauses == sorted(pauses)
    assert pauses[:3] == [5, 10, 20]
    assert max(pauses) <= 60


def test_a_viewer_whose_link_carries_the_picture_keeps_it() -> None:
    lag = Lag()
    assert all(lag.step(1_000_000, 1_000_000, float(second)) for second in range(60))
    assert lag.step(100_000, 1_000_000, 60.0)
    assert lag.step(None, 1_000_000, 61.0)


@pytest.mark.parametrize(
    ("estimate", "rates", "smallest", "chosen"),
    [
        (None, [100, 300, 900], False, 2),
        (None, [100, 300, 900], True, 0),
        (400, [100, 300, 900], False, 1),
        (50, [100, 300, 900], False, 0),
        (5000, [0, 300, 0], False, 1),
        (5000, [0, 0], False, 0),
    ],
)
def test_layers(estimate: int | None, rates: list[int], smallest: bool, chosen: int) -> None:
    assert bitrate.layer_for(estimate, rates, smallest=smallest) == chosen
