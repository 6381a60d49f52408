"""The things a district consists of, as frozen values. Their fields are the keys of the files.

Promise: names are Chinese first (`name`) with an optional English one (`name_en`); references to
other things are ids ending in `_id`; numbers carry their unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from signaling.routing.values import QueuePolicy, Requirement

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Level = Annotated[int, Field(ge=1, le=5)]
Device = Literal["camera", "document_camera", "microphone", "speaker", "card_reader", "signature_screen", "printer"]

CLOSED = ConfigDict(extra="forbid")
"""Pydantic refuses keys that no field bears: a slip of the pen is told, not ignored."""


@dataclass(frozen=True, slots=True)
class Street:
    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A neighbourhood extension point. `x`, `y` place it on the schematic map: fractions from its upper left."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    street_id: Id
    address: Name
    x: Fraction
    y: Fraction
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Booth:
    """One citizen-facing device. `devices`: what is fitted; what works is reported by the booth itself."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    point_id: Id
    name: Name
    name_en: str = ""
    devices: tuple[Device, ...] = ("camera", "document_camera", "microphone", "speaker")


@dataclass(frozen=True, slots=True)
class Skill:
    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What a citizen may ask for besides the item (sign language): it becomes a requirement of the call."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    skill_id: Id
    name_en: str = ""
    level: Level = 1
    essential: bool = True
    companion: bool = True

    def requirement(self) -> Requirement:
        """Return it as the routing engine takes it."""
        return Requirement(self.skill_id, self.level, self.essential, self.companion)


@dataclass(frozen=True, slots=True)
class Priority:
    """A head start in the queue, in seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    credit_s: Annotated[float, Field(ge=0, le=7200)]
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A queue as it is written: `policy` holds any of the routing engine's numbers (`QueuePolicy`).

    `booked_share`: how much of what its own agents can do may be booked ahead; the rest is for those who just come.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    prefix: str
    hours_id: Id
    name_en: str = ""
    booked_share: Fraction = 0.25
    policy: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as it is used."""

    id: str
    name: str
    name_en: str
    hours_id: str
    policy: QueuePolicy
    booked_share: float = 0.0


@dataclass(frozen=True, slots=True)
class SkillNeeded:
    """A line of an item's `requires`."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    skill: Id
    level: Level = 1
    essential: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """One paper of an item's checklist, in words a citizen uses.

    `capture`: the helper looks at it under the document camera. `required` false: only in the case `note` describes.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    name_en: str = ""
    note: str = ""
    note_en: str = ""
    required: bool = True
    original: bool = True
    copies: Annotated[int, Field(ge=0, le=9)] = 0
    capture: bool = True


@dataclass(frozen=True, slots=True)
class Item:
    """A matter a citizen comes for (事项). `hours_id` empty: those of its queue."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    queue_id: Id
    requires: Annotated[tuple[SkillNeeded, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(ge=1, le=240)]
    name_en: str = ""
    summary: str = ""
    summary_en: str = ""
    audience: Literal["person", "company", "both"] = "person"
    keywords: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    devices: tuple[Device, ...] = ("document_camera",)
    hours_id: str = ""
    recording: Literal["never", "consent"] = "never"
    next_steps: Annotated[str, Field(max_length=500)] = ""
    """What happens after the papers were taken, in a citizen's words: a receipt begins with it."""
    next_steps_en: Annotated[str, Field(max_length=500)] = ""
    due_days: Annotated[int, Field(ge=0, le=365)] = 0
    """Working days until the matter is decided, as promised to the citizen; 0: nothing is promised."""
    pinyin: str = ""
    """How the name is read, without tones; made on load, given in the file only where that would be wrong."""

    @property
    def needs_document_camera(self) -> bool:
        return "document_camera" in self.devices

    def requirements(self) -> tuple[Requirement, ...]:
        """Return what it asks of an agent, as the routing engine takes it."""
        return tuple(Requirement(line.skill, line.level, line.essential) for line in self.requires)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence helpers often write to citizens, ready for one key."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    text: Annotated[str, Field(min_length=1, max_length=300)]
    text_en: Annotated[str, Field(max_length=300)] = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """A text helpers look things up in: a rule, a price, a deadline, with where it comes from."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    title: Name
    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    source: Name
    keywords: tuple[str, ...] = ()
    items: tuple[Id, ...] = ()
    """The service items it belongs to."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A helper, expert, interpreter or supervisor. `second`: queues that ring for them from the second ring on."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    login: Annotated[str, Field(pattern=r"^[a-z][a-z0-9._-]{1,31}$")]
    name: Name
    badge: Annotated[str, Field(pattern=r"^[A-Z0-9-]{2,12}$")]
    title: Name
    name_en: str = ""
    title_en: str = ""
    role: Literal["agent", "supervisor"] = "agent"
    skills: dict[Id, Level] = field(default_factory=dict, hash=False)
    queues: tuple[Id, ...] = ()
    second: tuple[Id, ...] = ()
    initial_password: Annotated[str, Field(repr=False)] = ""
    """Taken in the demo only; elsewhere `virtual-window admin agent password` sets the first one."""

    def levels(self) -> tuple[tuple[str, int], ...]:
        """Return the skills as the routing engine takes them."""
        return tuple(sorted(self.skills.items()))


@dataclass(frozen=True, slots=True)
class FactRule:
    """How a measured fact becomes points: `worst` gives 1, `best` 5."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    fact: Literal["pace", "first_visit", "rating", "satisfied", "overruled"]
    worst: Annotated[float, Field(allow_inf_nan=False)]
    best: Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Ability:
    """One of the abilities a helper is evaluated by. `reviewed`: supervisors judge it in the calls drawn for review."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    name: Name
    name_en: str = ""
    weight: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0
    reviewed: bool = False
    facts: tuple[FactRule, ...] = ()
