"""What a driver is: one device, what it is called, how it is, and what it can be asked to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Code = Literal["ok", "malformed", "too_large", "busy", "no_card", "not_connected", "no_answer", "failed"]
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
    async def state(self) -> Literal["ok", "missing", "failed"]: ...
    async def do(self, command: str, parameters: Mapping[str, Plain], data: bytes) -> Outcome: ...
