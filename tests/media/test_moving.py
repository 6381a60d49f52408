"""A page whose path to the node is gone finds another by itself, without a word to anybody (web/js/link.js)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.waiting import until
from tests.media.browser import SPEAKING, party
from tests.media.linked import linked

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

    from media.leg import Leg
    from media.switchboard import Switchboard

pytestmark = [pytest.mark.browser, pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


async def test_a_silent_path_is_left_without_asking_the_server(board: Switchboard, tabs: BrowserContext) -> None:
    citizen = await linked(tabs, board, "call_1", "leg_citizen", "citizen")
    agent = await party(tabs, board, "call_1", "leg_agent", "agent")
    await agent.offer(0b101001, sending=SPEAKING)
    await citizen.sees(30)
    assert _bound_to(citizen.leg) == "00000000", "a socket of one address would die with it"
    citizen.signaling = False
    before, loop = citizen.leg.outbox.address, asyncio.get_running_loop()
    loop.remove_reader(board.port.sock.fileno())
    await until(citizen.has_restarted, "the page has noticed")
    loop.add_reader(board.port.sock.fileno(), board.port._drain)
    await until(lambda: citizen.leg.outbox.address != before, "the leg has moved")
    await citizen.sees(await citizen.pictures() + 30)
    assert citizen.carried == 1
    assert await citizen.states() == ["good"]


def _bound_to(leg: Leg) -> str:
    """Where the browser's socket is bound, in hexadecimal, as Linux says it."""
    assert leg.outbox.address is not None
    sockets = (line.split()[1].split(":") for line in Path("/proc/net/udp").read_text().splitlines()[1:])
    return next(address for address, port in sockets if int(port, 16) == leg.outbox.address[1])
