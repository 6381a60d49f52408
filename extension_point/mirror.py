"""What a booth says while a supervisor looks at its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.messages import BOOTH
from signaling.messages.mirror import MirrorShow, MirrorTell
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.parts import Parts

table: Table[Parts] = Table(BOOTH)


@table.on(MirrorTell)
async def tell(parts: Parts, caller: Caller, message: MirrorTell) -> Answer:
    await parts.mirrors.told(caller, message.mirror_id, message.what)
    return None


@table.on(MirrorShow)
async def show(parts: Parts, caller: Caller, message: MirrorShow) -> Answer:
    parts.mirrors.show(caller, message)
    return None
