"""The journal's fixtures serve the hall's tests too."""

from __future__ import annotations

from tests.signaling.journal.conftest import redis_server, store

__all__ = ["redis_server", "store"]
