"""Those who make the events and those who follow them: 199 agents and three supervisors on sockets of their own.

`python -m tests.bench.staff_crowd` reads one line of JSON, opens every socket, prints a line, and comes and goes at the
asked rate until its input ends; then it prints how many messages were said and how many were refused. It speaks
Socket.IO's frames itself (Socket.IO protocol 5 over Engine.IO 4) and reads no more of an answer than whether it is
one, so that the crowd takes a small part of the machine the service and the browser under measurement run on.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, TCPConnector, WSMsgType

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientWebSocketResponse

OPEN_S = 20.0
READY = '["agent.ready",{}]'
BREAK = '["agent.not_ready",{"reason":"break"}]'


class Crowd:
    """All of them: counts what they say."""

    def __init__(self) -> None:
        self.said = self.refused = 0
        self.ended = asyncio.Event()

    @contextlib.asynccontextmanager
    async def member(self, http: ClientSession, url: str, name: str, cookie: str) -> AsyncIterator[Any]:
        """Open one page's socket and read it until the block is left."""
        address = f"{url}/socket.io/?EIO=4&transport=websocket"
        async with http.ws_connect(address, headers={"Cookie": cookie}, max_msg_size=0) as socket:
            await socket.send_str(f'40/staff,{{"page_id":"page_{name}"}}')
            while not (await socket.receive_str(timeout=OPEN_S)).startswith("40/staff,"):
                pass
            reading = asyncio.create_task(self._read(socket))
            try:
                yield socket
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, socket: ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            if message.data == "2":
                await socket.send_str("3")
            elif message.data.startswith("43/staff,"):
                self.refused += '"ok":false' in message.data[:40]

    async def agent(self, socket: ClientWebSocketResponse, due: float, every_s: float) -> None:
        """Come and go, each agent at a moment of their own."""
        ready = False
        while not self.ended.is_set():
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due + every_s, time.monotonic() - 1.0)
            ready = not ready
            self.said += 1
            await socket.send_str(f"42/staff,{self.said}{READY if ready else BREAK}")


async def main() -> None:
    loop = asyncio.get_running_loop()
    asked = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    crowd = Crowd()
    async with ClientSession(connector=TCPConnector(limit=0)) as http, contextlib.AsyncExitStack() as stack:

        async def come(people: dict[str, str]) -> list[Any]:
            members = [crowd.member(http, asked["url"], *person) for person in people.items()]
            return [await stack.enter_async_context(member) for member in members]

        agents, supervisors = await come(asked["agents"]), await come(asked["supervisors"])
        for socket in supervisors:
            await socket.send_str('42/staff,1["floor.watch",{}]')
        every_s = len(agents) / asked["messages_per_s"]
        async with asyncio.TaskGroup() as tasks:
            for number, socket in enumerate(agents):
                due = time.monotonic() + every_s * number / len(agents)
                tasks.create_task(crowd.agent(socket, due, every_s))
            print("there", flush=True)
            await loop.run_in_executor(None, sys.stdin.read)
            crowd.ended.set()
    print(json.dumps({"said": crowd.said, "refused": crowd.refused}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
