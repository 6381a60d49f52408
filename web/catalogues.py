"""The words of the pages, by language: `i18n/<language>/<catalogue>.json`.

A catalogue is a flat object. A value is a sentence with `{name}` places, or an object of plural forms chosen by
the parameter `count`:

    "ticket.ahead": {"one": "{count} person ahead of you", "other": "{count} people ahead of you"}

`js/i18n.js` reads the same catalogues by the same rules.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

DEFAULT_LANGUAGE: Final = "zh-CN"
LANGUAGES: Final[Mapping[str, str]] = {"zh-CN": "中文", "en": "English"}

Message = str | dict[str, str]

PLACE: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Catalogues:
    """All catalogues, loaded once."""

    by_language: Mapping[str, Mapping[str, Mapping[str, Message]]]

    @classmethod
    def load(cls, root: Path) -> Catalogues:
        return cls(
            {
                language: {
                    path.stem: json.loads(path.read_text(encoding="utf-8"))
                    for path in sorted((root / language).glob("*.json"))
                }
                for language in LANGUAGES
            }
        )

    def messages(self, language: str, *names: str) -> dict[str, Message]:
        """The named catalogues as one; a catalogue nobody wrote yet is empty."""
        merged: dict[str, Message] = {}
        for name in names:
            merged.update(self.by_language[language].get(name, {}))
        return merged

    def translator(self, language: str, *names: str) -> Callable[..., str]:
        """A function from key and parameters to the sentence. A missing key is a `KeyError`: a defect, not a state."""
        messages = self.messages(language, *names)

        def translate(key: str, **params: str | int) -> str:
            return fill(messages[key], language, params)

        return translate


def fill(message: Message, language: str, params: Mapping[str, str | int]) -> str:
    """Put the parameters into the message, choosing the plural form by `count`."""
    if isinstance(message, dict):
        form = plural_form(language, params.get("count", 0))
        message = message.get(form, message["other"])
    return PLACE.sub(lambda place: str(params[place[1]]), message)


def plural_form(language: str, count: str | int) -> str:
    """The CLDR cardinal category for the two languages the project speaks."""
    return "one" if language == "en" and count == 1 else "other"
