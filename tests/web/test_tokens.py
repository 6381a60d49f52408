"""The colours are readable: every ink on every ground it is used on has the contrast WCAG 2.2 AA asks for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "web/css/tokens.css").read_text(encoding="utf-8")

TEXT = [
    ("ink", "page"), ("ink", "surface"), ("ink", "surface-2"), ("ink", "surface-3"),
    ("ink-soft", "page"), ("ink-soft", "surface"), ("ink-soft", "surface-2"),
    ("primary", "page"), ("primary", "surface"), ("on-primary", "primary"), ("on-primary", "primary-strong"),
    ("on-primary-soft", "primary-soft"), ("good", "surface"), ("on-good-soft", "good-soft"),
    ("on-warn-soft", "warn-soft"), ("warn", "surface"), ("danger", "surface"), ("on-strong", "danger"),
    ("on-strong", "danger-strong"), ("on-danger-soft", "danger-soft"), ("on-stage", "stage"),
    ("on-stage-soft", "stage"), ("on-stage", "stage-2"),
]  # fmt: skip
"""At least 4.5:1."""
EDGES = [("line-strong", "surface"), ("primary", "surface"), ("focus-inner", "focus")]
"""What one must see to use a control: at least 3:1."""


def tokens(theme: str) -> dict[str, str]:
    root = CSS[CSS.index(":root {") : CSS.index("@media (prefers-color-scheme")]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", root))
    if theme == "dark":
        dark = CSS[CSS.index(':root[data-theme="dark"] {') :]
        found.update(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", dark))
    return found


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(theme: str, ink: str, ground: str) -> None:
    found = tokens(theme)
    assert contrast(found[ink], found[ground]) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_controls_are_seen(theme: str, edge: str, ground: str) -> None:
    found = tokens(theme)
    assert contrast(found[edge], found[ground]) >= 3


def test_the_system_s_dark_and_the_chosen_dark_are_the_same() -> None:
    system = CSS[CSS.index("@media (prefers-color-scheme") : CSS.index(':root[data-theme="dark"] {')]
    chosen = CSS[CSS.index(':root[data-theme="dark"] {') : CSS.index(':root[data-theme="light"] {')]
    of = re.compile(r"--([\w-]+): ([^;]+);")
    assert of.findall(system) == of.findall(chosen)
