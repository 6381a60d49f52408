"""A card reader, a signature pad and a camera's controls that are not there: for trying the window, and for tests.

All say of themselves that they are simulated, and the pages show it wherever the device is named. What the card says is
made up: the number is valid by GB 11643 and belongs to nobody, as no one was born in the year it names. The camera has
controls and no picture: what is turned there changes nothing of what the browser's own camera sees.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from extension_point.devices.driver import Camera, Control, Driver, Failed, Look, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from extension_point.devices.driver import Plain

READ_S = 0.6
"""A real reader takes about that long over an identity card."""
CARD: Mapping[str, Plain] = {
    "kind": "id_card",
    "name": "示例市民",
    "number": "310107209901010012",
    "valid_until": "2099-12-31",
}


class CardReader(Driver):
    device = "card_reader"
    name = "模拟读卡器"
    simulated = True
    commands = frozenset({"read"})

    async def look(self) -> Look:
        return Look("ok")

    async def do(self, command: str, parameters: Mapping[str, Plain], data: bytes) -> Outcome:
        await asyncio.sleep(READ_S)
        return Outcome("ok", result=CARD)


class SignaturePad(Driver):
    """A second screen with a pen. Simulated, its screen is a box on the booth's page that says what it is."""

    device = "signature_pad"
    name = "模拟签字屏"
    simulated = True
    commands = frozenset({"show", "clear"})

    async def look(self) -> Look:
        return Look("ok")

    async def do(self, command: str, parameters: Mapping[str, Plain], data: bytes) -> Outcome:
        text = parameters.get("text", "")
        if command == "show" and (not isinstance(text, str) or not 1 <= len(text) <= 200):
            raise Failed("malformed", "text: 1–200 characters")
        return Outcome("ok", result={"screen": text if command == "show" else ""})


class SimulatedCamera:
    """A bank of one camera whose controls remember what they were turned to."""

    name = "模拟高拍仪"
    simulated = True

    def __init__(self) -> None:
        self._controls = {
            one.control: one
            for one in (
                Control("focus", 40, 0, 250, 5, 40, automatic=True),
                Control("brightness", 128, 0, 255, 1, 128, automatic=None),
                Control("zoom", 100, 100, 400, 10, 100, automatic=None),
                Control("light", 0, 0, 1, 1, 0, automatic=None),
                Control("white_balance", 4000, 2000, 6500, 10, 4000, automatic=True),
            )
        }

    def cameras(self) -> list[Camera]:
        return [Camera(self.name, tuple(self._controls.values()))]

    def turn(self, camera: str, control: str, value: int) -> None:
        one = self._controls[control]
        self._controls[control] = replace(one, value=value, automatic=None if one.automatic is None else False)

    def leave(self, camera: str, control: str, automatic: bool) -> None:
        self._controls[control] = replace(self._controls[control], automatic=automatic)
