"""The pages of one paper, taken one after the other, as one document."""

from __future__ import annotations

from signaling.binding.binder import Binder

__all__ = ["Binder"]
