"""What an operator's work at the district makes the server tell its pages."""

from __future__ import annotations

import dataclasses
from typing import ClassVar


@dataclasses.dataclass(frozen=True, slots=True)
class PageRestart:
    NAME: ClassVar = "page.restart"


@dataclasses.dataclass(frozen=True, slots=True)
class DistrictChanged:
    NAME: ClassVar = "district.changed"


TOLD = (PageRestart, DistrictChanged)
