"""For all tests: the quick ones go first, those with browsers last; no generated example is judged by the clock."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pytest

# A busy machine, or the first run in a new checkout, is slow for reasons that are not the code's.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Let no collection go through what was imported, as `virtual-window serve` does: it stays to the end."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order what was collected: a slip in a rule shows in seconds, not after minutes of browsers."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
