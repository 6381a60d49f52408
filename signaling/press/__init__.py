"""Makes PDF/A of our own pages, in a process of its own: setting Chinese type takes a third of a second of a core."""

from signaling.press.press import Press

__all__ = ["Press"]
