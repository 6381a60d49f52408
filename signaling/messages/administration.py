"""What an operator's work at the district makes the server tell a booth."""

from __future__ import annotations

import dataclasses
from typing import ClassVar


@dataclasses.dataclass(frozen=True, slots=True)
class PageRestart:
    NAME: ClassVar = "page.restart"


TOLD = (PageRestart,)
