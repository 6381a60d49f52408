"""What a driver is: one device, what it is called, how it is, and what it can be asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Code = Literal["ok", "malformed", "too_large", "busy", "no_card", "not_connected", "no_answer", "failed"]
State = Literal["ok", "missing", "failed"]
Plain = str | int | bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended. `detail` is for the log of the hall, not for citizens."""

    code: Code
    detail: str = ""
    result: Mapping[str, Plain] = field(default_factory=dict)


class Failed(Exception):
    """An action could not be done; raised by drivers, answered with its code."""

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Control:
    """One thing of a camera that can be turned, in the camera's own whole numbers."""

    control: str
    value: int
    least: int
    most: int
    """As little as `least` where the camera only turns it by itself."""
    step: int
    usual: int
    automatic: bool | None
    """Whether the camera turns it by itself now; None: it never does."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera that is plugged in, by the name a browser gives it."""

    name: str
    controls: tuple[Control, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """How a device is at this moment."""

    state: State
    cameras: tuple[Camera, ...] = ()


class Driver(Protocol):
    """One device. `do` may be cancelled at any await: the citizen took the device back."""

    @property
    def device(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def simulated(self) -> bool: ...
    @property
    def commands(self) -> frozenset[str]: ...
    async def look(self) -> Look: ...
    async def do(self, command: str, parameters: Mapping[str, Plain], data: bytes) -> Outcome: ...
    async def put_back(self) -> None:
        """Be as it was found, where something stays turned: the lease it was worked under has ended."""
        return
