"""Stills of citizens' papers: asked for, uploaded, judged, sealed, shown, withdrawn.

`Captures` is the one owner of their files; the rows lie in `records`.
"""

from signaling.captures.captures import Captures, Upload, WrongOffset
from signaling.captures.vault import Vault

__all__ = ["Captures", "Upload", "Vault", "WrongOffset"]
