"""The catalogues: both languages know the same words, and every word a page asks for is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from signaling.messages import BOOTH, cases, earlier, mirror
from web.catalogues import LANGUAGES, Catalogues, fill, plural_form

ROOT = Path(__file__).parents[2]
CATALOGUES = Catalogues.load(ROOT / "web/i18n")
PLACE = re.compile(r"\{(\w+)\}")

USED = re.compile(r"""\bt\(\s*["'`]([a-z_]+\.[a-z0-9_.]+)["'`]""")
"""`t("talk.mute")` and `t(on ? "talk.unmute" : …)` alike: see `words_of`."""
QUOTED = re.compile(r"""["'`]([a-z]+(?:_[a-z]+)*\.[a-z0-9_]+)["'`]""")

SOURCES = {
    "booth": [*ROOT.glob("extension_point/static/**/*.js"), *ROOT.glob("extension_point/templates/*.html")],
    "common": [*ROOT.glob("web/components/*/*.js"), *ROOT.glob("web/templates/*.html")],
}

FAMILIES = {
    "booth": [
        "attract.step_",
        "notice.",
        "rate.reason_",
        "problem.",
        "capture.",
        "chat.phrase_",
        "offline.",
        "ticket.before_",
        "ticket.news_",
        "away.",
        "enrol.",
        "superseded.",
        "lease.",
        "tool.",
        "deed.",
        "guide.",
        "recording.",
    ],
    "common": ["link.", "health.", "device.", "priority.", "need.", "rating.", "party.", "board.", "form."],
}
"""Words chosen by a code at run time: `t(`health.${health}`)`."""


def names() -> list[str]:
    return sorted(path.stem for path in (ROOT / "web/i18n/zh-CN").glob("*.json"))


@pytest.mark.parametrize("name", names())
def test_both_languages_have_the_same_keys_and_places(name: str) -> None:
    chinese, english = (CATALOGUES.by_language[language][name] for language in LANGUAGES)
    assert sorted(chinese) == sorted(english)
    for key, message in chinese.items():
        assert places(message) == places(english[key]), key


def places(message: Any) -> set[str]:
    forms = message.values() if isinstance(message, dict) else [message]
    return {place for form in forms for place in PLACE.findall(form)}


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_is_empty_and_plurals_have_their_rest(name: str, language: str) -> None:
    for key, message in CATALOGUES.by_language[language][name].items():
        if isinstance(message, dict):
            assert "other" in message, key
        else:
            assert message.strip(), key


@pytest.mark.parametrize("part", SOURCES)
def test_every_word_a_script_asks_for_is_in_the_catalogues(part: str) -> None:
    known = CATALOGUES.messages("zh-CN", "common", "booth", "player", "receipt")
    prefixes = {key.split(".")[0] for key in known}
    assert SOURCES[part]
    for path in SOURCES[part]:
        text = re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        asked = {*USED.findall(text), *(word for word in QUOTED.findall(text) if word.split(".")[0] in prefixes)}
        # Messages of the socket are quoted the same way: `call.enter`, `chat.say`.
        missing = {word for word in asked if word not in known and not is_message(word)}
        assert not missing, path


def is_message(word: str) -> bool:
    told = {"chat.said", "capture.changed", "capture.judged", "link.signal", "lease.changed", "device.asked"}
    told |= {kind.NAME for kind in (*cases.TOLD, *mirror.TOLD, *earlier.TOLD)}
    return word in BOOTH or word in told


def test_every_word_of_the_booth_is_asked_for_somewhere() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for paths in SOURCES.values() for path in paths)
    for key in CATALOGUES.by_language["zh-CN"]["booth"]:
        assert f'"{key}"' in text or any(key.startswith(family) for family in FAMILIES["booth"]), key


def test_the_plural_is_chosen_by_count() -> None:
    message = {"one": "{count} person", "other": "{count} people"}
    assert fill(message, "en", {"count": 1}) == "1 person"
    assert fill(message, "en", {"count": 2}) == "2 people"
    assert fill({"other": "{count}位"}, "zh-CN", {"count": 1}) == "1位"
    assert [plural_form("en", count) for count in (0, 1, 2)] == ["other", "one", "other"]


def test_a_missing_word_or_place_is_a_defect_and_not_a_silence() -> None:
    translate = CATALOGUES.translator("en", "common")
    with pytest.raises(KeyError):
        translate("no.such_word")
    with pytest.raises(KeyError):
        translate("time.seconds")
