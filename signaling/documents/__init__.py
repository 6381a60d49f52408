"""Stored documents of a call: uploaded, filled in, signed, receipts; checked, kept sealed, shown as pictures.

`Documents` is the one owner of their files; the rows lie in `records`. A document's bytes are opened in a process of
its own (`reader`) and reach a browser only as pictures of its pages, or as a download.
"""

from signaling.documents.documents import Documents
from signaling.documents.pages import Tile

__all__ = ["Documents", "Tile"]
