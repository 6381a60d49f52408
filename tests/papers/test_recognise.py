"""Words that were read become fields: in their one form, or not at all."""

from __future__ import annotations

import pytest

from signaling.papers.recognise import date


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026.01.11", "2026-01-11"),
        ("2026年1月11日", "2026-01-11"),
        ("2026 年 11 月 1 日", "2026-11-01"),
        ("2026-11-1", "2026-11-01"),
        ("20260111", "2026-01-11"),
        ("2026.0111", "2026-01-11"),  # the reader missed a point
        ("2026.111", None),  # which one: 1.11 or 11.1?
        ("2024.02.29", "2024-02-29"),
        ("2026.02.29", None),
        ("2026.13.01", None),
        ("长期", "9999-12-31"),
        ("长期有效", "9999-12-31"),
        ("无", None),
    ],
)
def test_a_date_is_a_day_of_the_calendar_or_nothing(text: str, day: str | None) -> None:
    assert date(text) == day
