"""A card reader and a signature pad that are not there: for trying the window without them, and for tests.

Both say of themselves that they are simulated, and the pages show it wherever the device is named. What the card says
is made up: the number is valid by GB 11643 and belongs to nobody, as no one was born in the year it names.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from extension_point.devices.driver import Failed, Outcome

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


class CardReader:
    device = "card_reader"
    name = "模拟读卡器"
    simulated = True
    commands = frozenset({"read"})

    async def state(self) -> Literal["ok", "missing", "failed"]:
        return "ok"

    async def do(self, command: str, parameters: Mapping[str, Plain], data: bytes) -> Outcome:
        await asyncio.sleep(READ_S)
        return Outcome("ok", result=CARD)


class SignaturePad:
    """A second screen with a pen. Simulated, its screen is a box on the booth's page that says what it is."""

    device = "signature_pad"
    name = "模拟签字屏"
    simulated = True
    commands = frozenset({"show", "clear"})

    async def state(self) -> Literal["ok", "missing", "failed"]:
        return "ok"

    async def do(self, command: str, parameters: Mapping[str, Plain], data: bytes) -> Outcome:
        text = parameters.get("text", "")
        if command == "show" and (not isinstance(text, str) or not 1 <= len(text) <= 200):
            raise Failed("malformed", "text: 1–200 characters")
        return Outcome("ok", result={"screen": text if command == "show" else ""})
