"""Recording of calls: asked of the citizen, told to the nodes, kept account of, watched by those who may."""

from signaling.recording.recording import Recording
from signaling.recording.viewings import Viewings

__all__ = ["Recording", "Viewings"]
