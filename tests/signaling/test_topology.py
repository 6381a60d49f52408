"""Which way a call's media go, as a table."""

from __future__ import annotations

import pytest

from signaling.topology import NO_PICTURE_S, Situation, decide, direct_has_failed

LONG = 3600.0


@pytest.mark.parametrize(
    ("situation", "way"),
    [
        (Situation(node=True), "direct"),
        (Situation(node=True, extra_legs=True), "hosted"),
        (Situation(node=True, recorded=True), "hosted"),
        (Situation(node=True, direct_failed=True), "hosted"),
        (Situation(node=False, extra_legs=True, recorded=True), "direct"),
        (Situation(node=False, direct_failed=True, hosted=True), "direct"),
        (Situation(node=True, hosted=True, extra_legs=True), "hosted"),
        (Situation(node=True, hosted=True, lingers=True), "hosted"),
        (Situation(node=True, hosted=True), "direct"),
        (Situation(node=True, hosted=True, direct_failed=True), "hosted"),
        (Situation(node=True, hosted=False, lingers=True), "direct"),
    ],
)
def test_the_way_follows_from_the_situation(situation: Situation, way: str) -> None:
    assert decide(situation) == way


@pytest.mark.parametrize(
    ("open_s", "seen", "lost_s", "failed"),
    [
        (NO_PICTURE_S - 0.1, False, 0, False),
        (NO_PICTURE_S, False, 0, True),
        (LONG, True, 0, False),
        (LONG, True, NO_PICTURE_S - 0.1, False),
        (LONG, True, NO_PICTURE_S, True),
    ],
)
def test_direct_fails_by_showing_nothing_for_six_seconds(
    open_s: float, seen: bool, lost_s: float, failed: bool
) -> None:
    assert direct_has_failed(open_s=open_s, seen=seen, lost_s=lost_s) is failed
