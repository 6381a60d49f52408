"""No key of the desk means two things at once."""

from __future__ import annotations

import re
from pathlib import Path

KEYS = Path(__file__).parents[2] / "agent_console/static/keys.js"


def test_every_key_means_one_thing_during_a_call() -> None:
    # The keys of a shift are for when there is no call, the viewer's for when a picture has the focus.
    written = re.findall(r'\{ key: "([^"]+)", says: "[^"]+", group: "(\w+)"', KEYS.read_text("utf-8"))
    keys = [key for key, group in written if group not in ("shift", "viewer")]
    assert len(keys) > 20
    assert sorted(keys) == sorted(set(keys))
