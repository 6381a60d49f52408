"""A supervisor looks at a booth's page: what the booth is told of it, and what it says."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar, Literal

from signaling.wire import Flag, Name, OneOf, Text, Whole

MirrorId = Annotated[str, Name("mirror")]
TREE = 300_000
"""Characters of a described page: several times the largest screen."""


@dataclasses.dataclass(frozen=True, slots=True)
class MirrorTell:
    NAME: ClassVar = "mirror.tell"
    mirror_id: MirrorId
    what: Annotated[Literal["came", "allowed", "refused", "left"], OneOf("came", "allowed", "refused", "left")]


@dataclasses.dataclass(frozen=True, slots=True)
class MirrorShow:
    NAME: ClassVar = "mirror.show"
    mirror_id: MirrorId
    screen: Annotated[str, Name()]
    width: Annotated[int, Whole(1, 20_000)]
    height: Annotated[int, Whole(1, 20_000)]
    lang: Annotated[str, Name()]
    elder: Annotated[bool, Flag()]
    tree: Annotated[str, Text(TREE)]


@dataclasses.dataclass(frozen=True, slots=True)
class MirrorChanged:
    NAME: ClassVar = "mirror.changed"
    mirror_id: str
    state: str
    by: str


BOOTH = (MirrorTell, MirrorShow)
TOLD = (MirrorChanged,)
