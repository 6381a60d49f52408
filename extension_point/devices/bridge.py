"""The bridge: a WebSocket on the booth's own loopback address between the booth's page and its devices.

Promise: it listens on 127.0.0.1 and nowhere else; it hears only a page of the service's origin that shows the token it
was paired with; every message gets one answer with a result code, in docs/bridge.md's words; no device is touched
without a lease that lives by the bridge's own clock, and what goes on under a lease ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hmac
import json
import os
import secrets
import signal
import sys
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import WSMsgType, web
from pydantic import ValidationError

from extension_point.devices.camera import DocumentCamera
from extension_point.devices.config import Settings
from extension_point.devices.driver import Failed, Look
from extension_point.devices.lease import Leave
from extension_point.devices.printing import MOST_BYTES, Cups, Folder, Printer
from extension_point.devices.simulator import CardReader, SignaturePad, SimulatedCamera
from extension_point.devices.v4l2 import Cameras

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from extension_point.devices.driver import Driver, Plain

log = structlog.get_logger(__name__)

HOST = "127.0.0.1"
PATH = "/devices"
HELLO_S = 5.0
"""A page that has not shown its token by then is cut."""
LOOK_S = 3.0
"""A device that does not say by then how it is has failed; the page hears of the others in time."""
DO_S = 40.0
"""No action takes longer: the service stops waiting at 45 s."""
MOST_PAGES = 8
"""A booth has one page; a demo several on one machine."""
MOST_TEXT = 64 * 1024
WRONG = 2


class Wrong(Exception):
    """A message that is answered with a code and changes nothing."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Bridge:
    """The devices, and the pages that are connected to them."""

    def __init__(self, settings: Settings, drivers: Sequence[Driver], token: str) -> None:
        self._origins = settings.origins
        self._drivers = {driver.device: driver for driver in drivers}
        self._token = token
        self._pages: set[Page] = set()
        self.busy: set[str] = set()

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Take a page in, or refuse it before a word is said."""
        if request.headers.get("Origin") not in self._origins:
            raise web.HTTPForbidden(text="this page is not of the service")
        if request.host.rpartition(":")[0] not in (HOST, "localhost"):
            raise web.HTTPForbidden(text="this is not my name")  # a name that was bent to the loopback address
        if len(self._pages) >= MOST_PAGES:
            raise web.HTTPServiceUnavailable(text="too many pages")
        socket = web.WebSocketResponse(max_msg_size=MOST_BYTES + MOST_TEXT, heartbeat=20, timeout=1)
        await socket.prepare(request)
        page = Page(self, socket)
        self._pages.add(page)
        try:
            await page.serve()
        finally:
            self._pages.discard(page)
        return socket

    async def close(self) -> None:
        for page in tuple(self._pages):
            await page.close()

    def paired(self, token: object) -> bool:
        return isinstance(token, str) and hmac.compare_digest(token.encode(), self._token.encode())

    def driver(self, device: object) -> Driver:
        driver = self._drivers.get(device) if isinstance(device, str) else None
        if driver is None:
            raise Wrong("no_such_device", "this booth has none")
        return driver

    async def devices(self) -> list[dict[str, Any]]:
        """Return what there is and how it is."""
        return await asyncio.gather(*(_seen(driver) for driver in self._drivers.values()))


class Page:
    """One connected page: its leave, and what goes on for it."""

    def __init__(self, bridge: Bridge, socket: web.WebSocketResponse) -> None:
        self._bridge = bridge
        self._socket = socket
        self._leave = Leave()
        self._going_on: dict[asyncio.Task[None], str] = {}
        """What is being done, each with the lease it is done under."""
        self._worked: set[tuple[str, str]] = set()
        """Leases, and the devices that were worked under them."""

    async def close(self) -> None:
        await self._socket.close()

    async def serve(self) -> None:
        """Answer this page until it goes; nothing of its leave is left then."""
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    if await self._greet():
                        await self._listen(tasks)
                finally:
                    self._leave = Leave()
                    for task in self._going_on:
                        task.cancel()
        except* ConnectionError:  # it went while it was being answered
            pass

    async def _greet(self) -> bool:
        """Hear the token first; a page without it is told so and cut."""
        try:
            async with asyncio.timeout(HELLO_S):
                message = _read(await self._socket.receive_str())
                if message.get("action") != "hello" or not self._bridge.paired(message.get("token")):
                    log.warning("not_paired")
                    await self._answer(message, _refusal("not_paired", "show the token of the pairing first"))
                    await self._socket.close()
                    return False
                await self._answer(message, {"code": "ok", "devices": await self._bridge.devices()})
        except (TimeoutError, TypeError, ValueError):  # silent, gone, or no text
            await self._socket.close()
            return False
        return True

    async def _listen(self, tasks: asyncio.TaskGroup) -> None:
        async for frame in self._socket:
            if frame.type is not WSMsgType.TEXT:
                continue  # bytes that nobody announced
            message: dict[str, Any] = {}
            try:
                message = _read(frame.data)
                await self._hear(message, tasks)
            except Wrong as wrong:
                await self._answer(message, _refusal(wrong.code, wrong.detail))
            except ValueError as wrong:
                await self._answer(message, _refusal("malformed", str(wrong)))

    async def _hear(self, message: Mapping[str, Any], tasks: asyncio.TaskGroup) -> None:
        match message.get("action"):
            case "devices":
                await self._answer(message, {"code": "ok", "devices": await self._bridge.devices()})
            case "lease":
                devices = message.get("devices")
                if not isinstance(devices, list) or not all(isinstance(one, str) for one in devices):
                    raise ValueError("devices: a list of names")
                for_s = message.get("for_s")
                if isinstance(for_s, bool) or not isinstance(for_s, int | float):
                    raise ValueError("for_s: seconds")
                self._leave.grant(_id(message), frozenset(devices), float(for_s), _now())
                await self._answer(message, {"code": "ok"})
            case "end":
                self._end(_id(message))
                await self._answer(message, {"code": "ok"})
            case "do":
                data = await self._bytes(message)
                self._begin(message, data, tasks)
            case _:
                raise Wrong("no_such_action", "hello, devices, lease, end or do")

    def _end(self, lease_id: str) -> None:
        """The citizen took the devices back: what goes on under this lease stops now."""
        self._leave.end(lease_id)
        for task, under in self._going_on.items():
            if under == lease_id:
                task.cancel()

    async def _bytes(self, message: Mapping[str, Any]) -> bytes:
        """Return the bytes that follow a message which announces them."""
        size = message.get("bytes", 0)
        if size == 0:
            return b""
        if isinstance(size, bool) or not isinstance(size, int) or not 0 < size <= MOST_BYTES:
            raise Wrong("too_large", f"bytes: a whole number up to {MOST_BYTES}")
        data = await self._socket.receive_bytes(timeout=HELLO_S)
        if len(data) != size:
            raise ValueError(f"{len(data)} bytes came, {size} were announced")
        return data

    def _begin(self, message: Mapping[str, Any], data: bytes, tasks: asyncio.TaskGroup) -> None:
        driver, lease_id = self._bridge.driver(message.get("device")), _id(message)
        if message.get("command") not in driver.commands:
            raise Wrong("no_such_action", f"command: one of {', '.join(sorted(driver.commands))}")
        parameters = message.get("parameters", {})
        if not isinstance(parameters, dict) or not all(
            isinstance(one, str | int | bool) for one in parameters.values()
        ):
            raise ValueError("parameters: a flat object")
        if self._leave.until(lease_id, driver.device, _now()) is None:
            raise Wrong("no_lease", "no live lease covers this device")
        if driver.device in self._bridge.busy:
            raise Wrong("busy", "the last action has not ended")
        self._bridge.busy.add(driver.device)
        tasks.create_task(self._do(message, lease_id, driver, parameters, data))
        if (lease_id, driver.device) not in self._worked:
            self._worked.add((lease_id, driver.device))
            tasks.create_task(self._put_back(lease_id, driver))

    async def _do(
        self, message: Mapping[str, Any], lease_id: str, driver: Driver, parameters: dict[str, Plain], data: bytes
    ) -> None:
        """Have a device do something and answer with how it ended: by itself, by time, or by being taken back."""
        task = asyncio.current_task()
        assert task is not None
        # Not before it runs: a task that is cancelled sooner would neither answer nor free its device.
        self._going_on[task] = lease_id
        try:
            until = self._leave.until(lease_id, driver.device, _now())
            answer = await _outcome(driver, str(message["command"]), parameters, data, until or _now())
        except asyncio.CancelledError:  # by `_end`, or the page has gone
            answer = _refusal("no_lease", "taken back")
        finally:
            del self._going_on[task]
            self._bridge.busy.discard(driver.device)
        with contextlib.suppress(ConnectionError):
            await self._answer(message, answer)

    async def _put_back(self, lease_id: str, driver: Driver) -> None:
        """Wait until the lease is over, however it ends; then have the device as it was found."""
        task = asyncio.current_task()
        assert task is not None
        self._going_on[task] = lease_id
        try:
            # Granted anew it lasts longer than it said at first.
            while (until := self._leave.until(lease_id, driver.device, _now())) is not None:  # noqa: ASYNC110
                await asyncio.sleep(until - _now())
        except asyncio.CancelledError:  # by `_end`, or the page has gone
            pass
        finally:
            del self._going_on[task]
            self._worked.discard((lease_id, driver.device))
        try:
            await driver.put_back()
        except Failed as failed:
            log.warning("not_put_back", device=driver.device, code=failed.code, detail=failed.detail)

    async def _answer(self, message: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        await self._socket.send_str(json.dumps({"id": message.get("id"), **answer}, ensure_ascii=False))


async def _outcome(
    driver: Driver, command: str, parameters: dict[str, Plain], data: bytes, until: float
) -> dict[str, Any]:  # fmt: skip
    left_s = until - _now()
    if left_s <= 0:
        return _refusal("no_lease", "taken back")
    try:
        async with asyncio.timeout(min(left_s, DO_S)):
            outcome = await driver.do(command, parameters, data)
    except TimeoutError:
        return _refusal("no_lease", "expired") if left_s < DO_S else _refusal("no_answer", "")
    except Failed as failed:
        return _refusal(failed.code, failed.detail)
    except Exception:
        log.exception("driver_failed", device=driver.device)
        return _refusal("failed", "")
    result = {**outcome.result, **({"simulated": True} if driver.simulated else {})}
    return {"code": outcome.code, "detail": outcome.detail, "result": result}


async def _seen(driver: Driver) -> dict[str, Any]:
    try:
        async with asyncio.timeout(LOOK_S):
            look = await driver.look()
    except (Failed, TimeoutError):
        look = Look("failed")
    cameras = {"cameras": [dataclasses.asdict(one) for one in look.cameras]} if look.cameras else {}
    return {
        "device": driver.device, "name": driver.name, "state": look.state, "simulated": driver.simulated, **cameras
    }  # fmt: skip


def _refusal(code: str, detail: str) -> dict[str, Any]:
    return {"code": code, "detail": detail}


def _read(text: str) -> dict[str, Any]:
    """Return a message; raise ValueError when it is none."""
    if len(text) > MOST_TEXT:
        raise ValueError(f"a message has at most {MOST_TEXT} characters")
    try:
        message = json.loads(text)
    except RecursionError:
        raise ValueError("a message is a flat object") from None
    if not isinstance(message, dict):
        raise ValueError("a message is an object")
    return message


def _id(message: Mapping[str, Any]) -> str:
    lease_id = message.get("lease_id")
    if not isinstance(lease_id, str) or not 1 <= len(lease_id) <= 64:
        raise ValueError("lease_id: 1–64 characters")
    return lease_id


def _now() -> float:
    return asyncio.get_running_loop().time()


# ── the process ─────────────────────────────────────────────────────────────────────────────────────────────────────


def drivers(settings: Settings) -> list[Driver]:
    """Return the devices of this booth."""
    printer = Printer(Folder(settings.print_to) if settings.print_to else Cups(settings.printer))
    camera = DocumentCamera(SimulatedCamera() if "document_camera" in settings.simulate else Cameras())
    simulated: dict[str, Driver] = {"card_reader": CardReader(), "signature_pad": SignaturePad()}
    return [printer, camera, *(driver for name, driver in simulated.items() if name in settings.simulate)]


def token(folder: Path) -> str:
    """Return the token that pairs the booth's page with this bridge; make it the first time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / "token"
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(secrets.token_urlsafe(32))
    return file.read_text().strip()


async def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    paired = token(settings.state_dir)
    bridge = Bridge(settings, drivers(settings), paired)
    app = web.Application()
    app.router.add_get(PATH, bridge.accept)
    app.on_shutdown.append(lambda _: bridge.close())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, settings.port).start()
        port = runner.addresses[0][1]
        for origin in settings.origins:
            print(f"pair the booth's page once: {origin}/booth#bridge={port}.{paired}", flush=True)
        await ended.wait()
    finally:
        await runner.cleanup()


def main() -> None:
    """Run a bridge; a wrong setting ends it with a line that names it."""
    try:
        settings = Settings()
    except ValidationError as wrong:
        for error in wrong.errors():
            name = "_".join(str(part) for part in error["loc"][:1]).upper()
            print(f"VIRTUAL_WINDOW_BRIDGE_{name}: {error['msg']}", file=sys.stderr)
        raise SystemExit(WRONG) from None
    try:
        asyncio.run(run(settings))
    except OSError as error:
        print(f"127.0.0.1:{settings.port}: {error.strerror}", file=sys.stderr)
        raise SystemExit(WRONG) from None
