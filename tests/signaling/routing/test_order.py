"""The order of a queue against a plain sorted list, in blocks so small that every step may split or empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.routing import order
from signaling.routing.order import INFINITE, MOST_PASSES, Order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from signaling.routing.order import Entry

places = st.integers(0, 6).map(float)  # few, so that ties are the rule
steps = st.lists(
    st.tuples(
        st.sampled_from(("newcomer", "newcomer", "newcomer", "again", "gone", "restart")), places, st.integers(0, 30)
    ),
    max_size=40,
)


@pytest.fixture(autouse=True, scope="module")
def small_blocks() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(order, "BLOCK", 3)
        yield


def plain_pass(counts: dict[Entry, int], place: float, seq: float, until: float) -> None:
    for one in counts:
        if one[0] > place and one[1] < seq and one[:2] < (until, seq):
            counts[one] = min(MOST_PASSES, counts[one] + 1)


@given(steps, places, st.integers(0, 40), st.integers(1, 3), places)
def test_places_counts_and_ranks_are_those_of_a_sorted_list(
    todo: list[tuple[str, float, int]], place: float, seq: int, passes: int, until: float
) -> None:
    real, counts = Order(), cast("dict[Entry, int]", {})
    for number, (what, at, which) in enumerate(todo):
        if what == "newcomer":
            entry: Any = (at, number, object())
            real.pass_by(at)
            plain_pass(counts, at, INFINITE, INFINITE)
            real.add(entry)
            counts[entry] = 0
        elif what == "restart":
            kept, real = [*real.counts()], Order()
            real.fill(kept[::-1])
        elif counts:
            one = sorted(counts)[which % len(counts)]
            assert real.remove(one) == counts.pop(one)
            if what == "again":  # moved ahead: counted for those earlier ones between its new and its old place
                moved: Any = (min(at, one[0]), one[1], one[2])
                real.pass_by(moved[0], one[1], one[0])
                plain_pass(counts, moved[0], one[1], one[0])
                real.add(moved, 1)
                counts[moved] = 1
        assert list(real) == sorted(counts)
    assert dict(real.counts()) == counts
    assert [real.rank(one) for one in sorted(counts)] == list(range(len(counts)))
    assert [real.passed(one) for one in counts] == list(counts.values())
    for limit in (until, INFINITE):
        behind = [
            one
            for one in sorted(counts)
            if one[0] > place and one[1] < seq and one[:2] < (limit, seq) and counts[one] >= passes
        ]
        assert real.blocker(place, seq, passes, limit) == (behind[-1][0] if behind else None)
