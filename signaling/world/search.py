"""Finding a service item by what a citizen or helper types: Chinese, pinyin, initials, English, with slips.

Promise: an exact part of a name comes before a keyword, a keyword before pinyin, and anything typed
rightly before anything that only resembles it. Kept in memory: full-text indexes of databases find
nothing for the two-character words Chinese is made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pypinyin import Style, lazy_pinyin, load_phrases_dict
from rapidfuzz.fuzz import partial_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from signaling.world.entities import Item

# pypinyin reads these by their more frequent sound.
load_phrases_dict({"长宁": [["cháng"], ["níng"]], "长征": [["cháng"], ["zhēng"]], "长寿": [["cháng"], ["shòu"]]})

SLIP = 75
"""Least resemblance (0–100) a typed word needs; below it, results are noise for two or three letters."""


def reading(text: str) -> str:
    """Return the pinyin of `text`, lower case, syllables separated by spaces."""
    return " ".join(part.strip().lower() for part in lazy_pinyin(text) if part.strip())


def initials(text: str) -> str:
    """Return the first letters of each syllable: 社保卡 → sbk."""
    return "".join(part[0].lower() for part in lazy_pinyin(text, style=Style.NORMAL) if part.strip())


@dataclass(frozen=True, slots=True)
class Entry:
    """What one item can be found by."""

    item: Item
    initials: str
    names: tuple[str, ...]
    keywords: tuple[str, ...]
    readings: tuple[str, ...]

    @classmethod
    def of(cls, item: Item) -> Entry:
        words = (item.name, *item.keywords)
        readings = tuple(r.replace(" ", "") for r in (item.pinyin or reading(item.name), *map(reading, item.keywords)))
        return cls(
            item,
            initials(item.name),
            (item.name.lower(), item.name_en.lower().replace(" ", "")),
            tuple(word.lower().replace(" ", "") for word in item.keywords),
            readings + tuple(map(initials, words)),
        )

    def score(self, query: str) -> float:
        """Return how well it fits, 0 (not at all) to 400."""
        for value, texts in ((400, self.names), (300, self.keywords), (200, self.readings)):
            fits = [1 if text.startswith(query) else 2 for text in texts if query in text]
            if fits:
                return value - min(fits)
        if len(query) < 3:
            return 0
        best = max((partial_ratio(query, text) for text in self.names + self.readings if len(text) >= 3), default=0)
        return best if best >= SLIP else 0


def find(entries: Iterable[Entry], query: str, limit: int = 20) -> list[Item]:
    """Return the items that fit `query`, best first."""
    wanted = query.strip().lower().replace(" ", "")
    if not wanted:
        return [entry.item for entry in entries][:limit]
    scored = [(entry.score(wanted), entry.item) for entry in entries]
    least = 100 if any(score > 100 for score, _ in scored) else 0  # resemblance counts only where nothing fits
    scored = [pair for pair in scored if pair[0] > least]
    return [item for _, item in sorted(scored, key=lambda pair: -pair[0])][:limit]
