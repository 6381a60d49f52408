"""The bridge's parts without the bridge: leave, settings, the simulated card, and what its documentation says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from stdnum.cn import ric

from extension_point.devices.config import PREFIX, Settings
from extension_point.devices.lease import LONGEST_S, Leave
from extension_point.devices.simulator import CARD
from signaling.messages.devices import ACTIONS, CODES
from tests.extension_point.devices.conftest import ORIGIN

DOCS = Path(__file__).parents[3] / "docs" / "bridge.md"


def test_the_simulated_card_s_number_is_valid() -> None:
    assert ric.calc_check_digit(str(CARD["number"])) == str(CARD["number"])[-1]


def test_a_lease_is_granted_for_a_time_and_a_few_at_once() -> None:
    leave = Leave()
    for wrong in (0, -1, LONGEST_S + 1, float("nan")):
        with pytest.raises(ValueError, match="for_s"):
            leave.grant("lease_1", frozenset({"printer"}), wrong, 0)
    for number in range(4):
        leave.grant(f"lease_{number}", frozenset({"printer"}), 10, 0)
    with pytest.raises(ValueError, match="at most"):
        leave.grant("lease_5", frozenset({"printer"}), 10, 0)
    assert leave.until("lease_1", "printer", 9.9) == 10
    assert leave.until("lease_1", "printer", 10) is None
    leave.grant("lease_5", frozenset({"printer"}), 10, 11)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"ORIGINS": ""}, "ORIGINS"),
        ({"ORIGINS": "window.example.cn"}, "ORIGINS"),
        ({"PORT": "70000"}, "PORT"),
        ({"PRINTER": "-o raw"}, "PRINTER"),
        ({"SIMULATE": "door"}, "SIMULATE"),
    ],
)
def test_a_wrong_setting_is_named(values: dict[str, str], named: str) -> None:
    environment = {f"{PREFIX}{name}": value for name, value in ({"ORIGINS": ORIGIN} | values).items()}
    ended = subprocess.run(
        [sys.executable, "-m", "extension_point.devices"], env=environment, capture_output=True, text=True, timeout=30
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert named in ended.stderr


def test_settings_actions_and_codes_are_documented() -> None:
    text = DOCS.read_text("utf-8")
    assert re.findall(r"^\| `VIRTUAL_WINDOW_BRIDGE_(\w+)`", text, re.M) == [
        name.upper() for name in Settings.model_fields
    ]
    for word in (*CODES, *(action for actions in ACTIONS.values() for action in actions)):
        assert f"`{word}`" in text, word
