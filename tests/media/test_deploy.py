"""What lies in deploy/ for the media node fits it: settings and measures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from media.config import PREFIX, Settings
from media.statistics import Statistics

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.parametrize("name", ["media.env", "systemd/virtual-window-media@.service", "compose.yaml"])
def test_every_setting_named_is_one(name: str) -> None:
    named = {word.lower() for word in re.findall(rf"{PREFIX}([A-Z_]+)", (DEPLOY / name).read_text("utf-8"))}
    assert named
    assert named <= set(Settings.model_fields)


def test_alerts_ask_only_for_measures_the_node_has() -> None:
    alerts = (DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8")
    asked = set(re.findall(r"virtual_window_media_\w+", alerts))
    assert asked
    assert asked <= set(re.findall(r"^# HELP (\S+)", Statistics().exposition().decode(), re.MULTILINE))
