"""The node's end of the control channel: finds signaling, keeps the connection, starts over when it breaks.

The node is the client, so that it needs no open port but the one for media, and signaling sees at once whether it is
alive. After every connect it says `hello` with what runs here; signaling answers with what shall. Events that nobody
can hear are dropped: whoever connects next asks for what matters.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import random
from typing import TYPE_CHECKING, Final

import aiohttp

from media import control

if TYPE_CHECKING:
    from media.desk import Desk

_log = logging.getLogger(__name__)
_FIRST_S: Final = 0.25
_LONGEST_S: Final = 8.0
_HEARTBEAT_S: Final = 3.0
_BACKLOG: Final = 1000
"""Messages waiting for a slow connection; it is closed then, and the next one starts from `hello`."""


class Uplink:
    """`run` until cancelled; `send` from anywhere on the loop."""

    def __init__(self, urls: tuple[str, ...], token: str) -> None:
        self._urls, self._token = urls, token
        self._out: asyncio.Queue[control.Message] | None = None
        self._overflowed = asyncio.Event()
        self.connected = asyncio.Event()

    def send(self, message: control.Message) -> None:
        """Send when connected."""
        if self._out is None:
            return
        try:
            self._out.put_nowait(message)
        except asyncio.QueueFull:
            self._overflowed.set()

    async def run(self, desk: Desk) -> None:
        """Stay connected."""
        wait_s = _FIRST_S
        async with aiohttp.ClientSession() as session:
            for url in itertools.cycle(self._urls):
                with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                    async with asyncio.timeout(10):
                        socket = await session.ws_connect(
                            url,
                            headers={"Authorization": f"Bearer {self._token}"},
                            protocols=(control.SUBPROTOCOL,),
                            heartbeat=_HEARTBEAT_S,
                            autoping=False,
                            max_msg_size=control.MAX_MESSAGE,
                        )
                    _log.info("connected to signaling")
                    wait_s = _FIRST_S
                    async with socket:
                        await self._converse(socket, desk)
                self._out = None
                self.connected.clear()
                # Nodes that lost one signaling process must not all come back in the same moment.
                await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))
                wait_s = min(2 * wait_s, _LONGEST_S)

    async def _converse(self, socket: aiohttp.ClientWebSocketResponse, desk: Desk) -> None:
        self._out = asyncio.Queue(_BACKLOG)
        self._overflowed.clear()
        self.send(desk.hello())
        self.connected.set()
        async with asyncio.TaskGroup() as tasks:
            sender = tasks.create_task(self._send_all(socket, self._out))
            watcher = tasks.create_task(self._close_when_full(socket))
            answers: set[asyncio.Task[None]] = set()
            try:
                async for message in socket:
                    desk.heard()
                    if message.type is aiohttp.WSMsgType.PING:
                        with contextlib.suppress(ConnectionError):
                            await socket.pong(message.data)
                    elif message.type is aiohttp.WSMsgType.TEXT:
                        # Tasks start in order, and what must happen in order happens before their first wait.
                        task = tasks.create_task(self._answer(desk, message.data))
                        answers.add(task)
                        task.add_done_callback(answers.discard)
            finally:
                desk.parted()
                for task in (sender, watcher, *answers):
                    task.cancel()

    async def _answer(self, desk: Desk, text: str) -> None:
        self.send(await desk.take(text))

    async def _send_all(self, socket: aiohttp.ClientWebSocketResponse, out: asyncio.Queue[control.Message]) -> None:
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            while True:
                await socket.send_str(control.dump(await out.get()))

    async def _close_when_full(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await self._overflowed.wait()
        _log.warning("signaling does not keep up; connecting anew")
        await socket.close()
