"""For all tests: the quick ones go first, those that drive browsers last."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order what was collected: a slip in a rule shows in seconds, not after minutes of browsers."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
