"""Finding service items and policy texts by what somebody types: Chinese, pinyin, initials, English, with slips.

Promise: an exact part of a name comes before a keyword, a keyword before pinyin, pinyin before the running text, and
anything typed rightly before anything that only resembles it. Kept in memory: full-text indexes of databases find
nothing for the two-character words Chinese is made of.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from pypinyin import Style, lazy_pinyin, load_phrases_dict
from rapidfuzz.fuzz import partial_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable

    from signaling.world.entities import Item, Policy

# pypinyin reads these by their more frequent sound.
load_phrases_dict({"长宁": [["cháng"], ["níng"]], "长征": [["cháng"], ["zhēng"]], "长寿": [["cháng"], ["shòu"]]})

SLIP = 75
"""Least resemblance (0–100) a typed word needs; below it, results are noise for two or three letters."""
BODY = 150
"""What a find in the running text is worth: less than any name, more than any resemblance."""


def reading(text: str) -> str:
    """Return the pinyin of `text`, lower case, syllables separated by spaces."""
    return " ".join(part.strip().lower() for part in lazy_pinyin(text) if part.strip())


def initials(text: str) -> str:
    """Return the first letters of each syllable: 社保卡 → sbk."""
    return "".join(part[0].lower() for part in lazy_pinyin(text, style=Style.NORMAL) if part.strip())


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """What one thing can be found by."""

    thing: T
    names: tuple[str, ...]
    keywords: tuple[str, ...]
    readings: tuple[str, ...]
    body: str = ""

    def score(self, query: str) -> float:
        """Return how well it fits, 0 (not at all) to 400."""
        for value, texts in ((400, self.names), (300, self.keywords), (200, self.readings)):
            fits = [1 if text.startswith(query) else 2 for text in texts if query in text]
            if fits:
                return value - min(fits)
        if query in self.body:
            return BODY
        if len(query) < 3:
            return 0
        best = max((partial_ratio(query, text) for text in self.names + self.readings if len(text) >= 3), default=0)
        return best if best >= SLIP else 0


def item_entry(item: Item) -> Entry[Item]:
    readings = (item.pinyin or reading(item.name), *map(reading, item.keywords))
    return Entry(
        item,
        (_folded(item.name), _folded(item.name_en)),
        tuple(map(_folded, item.keywords)),
        (*map(_folded, readings), *map(initials, (item.name, *item.keywords))),
    )


def policy_entry(policy: Policy) -> Entry[Policy]:
    words = (policy.title, *policy.keywords)
    return Entry(
        policy,
        (_folded(policy.title), _folded(policy.source)),
        tuple(map(_folded, policy.keywords)),
        (*(_folded(reading(word)) for word in words), *map(initials, words)),
        _folded(policy.text),
    )


def find(entries: Iterable[Entry[T]], query: str, limit: int = 20) -> list[T]:
    """Return what fits `query`, best first."""
    wanted = _folded(query)
    if not wanted:
        return [entry.thing for entry in entries][:limit]
    scored = [(entry.score(wanted), entry.thing) for entry in entries]
    least = 100 if any(score > 100 for score, _ in scored) else 0  # resemblance counts only where nothing fits
    scored = [pair for pair in scored if pair[0] > least]
    return [thing for _, thing in sorted(scored, key=lambda pair: -pair[0])][:limit]


def _folded(text: str) -> str:
    """Return a text as it is compared: without case, spaces, tones, and the full width some keyboards give letters."""
    parts = unicodedata.normalize("NFKD", text.lower()).replace("u\u0308", "v")  # as pinyin is typed, and pypinyin says
    return "".join(part for part in parts if not part.isspace() and not unicodedata.combining(part))
