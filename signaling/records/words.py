"""Words that somebody types to find rows: apart at spaces, letters and digits as wide as the records hold them."""

from __future__ import annotations

MOST = 8
WIDE = (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
"""Digits and letters as wide as a sign, as a keyboard for Chinese may give them: no record is written so."""
NARROW = {code: code - 0xFEE0 for code in WIDE}


def words_of(query: str) -> list[str]:
    """Return the first words of a query."""
    return query.translate(NARROW).split()[:MOST]
