"""What the server tells of stored documents."""

from __future__ import annotations

import dataclasses
from typing import ClassVar


@dataclasses.dataclass(frozen=True, slots=True)
class DocumentChanged:
    NAME: ClassVar = "document.changed"
    document_id: str
    call_id: str
    name: str
    kind: str
    """`upload`, `form`, `signed` or `receipt`."""
    media_type: str
    page_sizes: tuple[tuple[float, float], ...]
    """Width and height of each page: points of a PDF, pixels of a picture."""
    size: int
    sha256: str
    made_at: str
    made_by: str
    removed: bool = False
    """Taken back by whoever sent it."""
