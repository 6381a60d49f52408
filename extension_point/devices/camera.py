"""The document camera as one who stands before it works it: focus, light, brightness, zoom. The browser alone takes its
picture (docs/bridge.md).

Promise: only controls the camera says it has are offered, only values within their range are set, and when the lease
has ended the camera is as it was found. The cameras of Video4Linux are in `v4l2`, a simulated one in `simulator`.
"""

from __future__ import annotations

import asyncio
import errno
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from extension_point.devices.driver import Camera, Control, Driver, Failed, Look, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from extension_point.devices.driver import Code, Plain

Answer = TypeVar("Answer")

WITHIN_S = 8.0
"""The kernel gives a USB camera 5 s to answer about one control (UVC_CTRL_CONTROL_TIMEOUT of uvcvideo)."""
CODES: Mapping[int, Code] = {
    errno.EBUSY: "busy", errno.ENODEV: "not_connected", errno.ENXIO: "not_connected", errno.ENOENT: "not_connected",
    errno.EIO: "not_connected", errno.ETIMEDOUT: "no_answer", errno.ERANGE: "malformed", errno.EINVAL: "malformed",
}  # fmt: skip


class Bank(Protocol):
    """Where cameras are: looked for anew each time, as they come and go. Its calls may block and raise OSError."""

    @property
    def name(self) -> str: ...
    @property
    def simulated(self) -> bool: ...
    def cameras(self) -> Sequence[Camera]: ...
    def turn(self, camera: str, control: str, value: int) -> None:
        """Set a value by hand: the camera no longer turns it by itself."""

    def leave(self, camera: str, control: str, automatic: bool) -> None:
        """Let the camera turn it by itself, or keep it as it is now."""


class DocumentCamera(Driver):
    """The driver, of the cameras of a bank."""

    device = "document_camera"
    commands = frozenset({"turn", "automatic", "reset"})

    def __init__(self, bank: Bank) -> None:
        self._bank = bank
        self._found: dict[str, tuple[Control, ...]] = {}
        """As the cameras were before anybody turned something, by their names."""
        # One thread: a camera answers one question at a time, and one that hangs holds nothing else up.
        self._thread = ThreadPoolExecutor(1, "cameras")

    @property
    def name(self) -> str:
        return self._bank.name

    @property
    def simulated(self) -> bool:
        return self._bank.simulated

    async def look(self) -> Look:
        cameras = tuple(await self._asked(self._bank.cameras))
        return Look("ok" if cameras else "missing", cameras)

    async def do(self, command: str, parameters: Mapping[str, Plain], data: bytes) -> Outcome:
        """Turn a control, leave it to the camera anew, or put all back to what the camera's maker thought usual."""
        name = str(parameters.get("camera", ""))
        camera = await self._camera(name)
        self._found.setdefault(name, camera.controls)
        if command == "reset":
            for control in camera.controls:
                await self._restore(name, control, control.usual, automatic=control.automatic is not None)
            return Outcome("ok")
        control = _control(camera, parameters.get("control"))
        if command == "automatic":
            await self._automatic(name, control)
        else:
            await self._turn(name, control, parameters.get("value"))
        after = _control(await self._camera(name), control.control)
        return Outcome("ok", result={"control": after.control, "value": after.value})

    async def put_back(self) -> None:
        found, self._found = self._found, {}
        for name, controls in found.items():
            for control in controls:
                await self._restore(name, control, control.value, automatic=bool(control.automatic))

    async def _camera(self, name: str) -> Camera:
        alike = [one for one in await self._asked(self._bank.cameras) if one.name == name]
        if not alike:
            raise Failed("not_connected", "there is no such camera")
        if len(alike) > 1:
            raise Failed("failed", "two cameras have this name")
        return alike[0]

    async def _turn(self, name: str, control: Control, value: Plain | None) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not control.least <= value <= control.most:
            raise Failed("malformed", f"value: a whole number {control.least}–{control.most}")
        if control.least == control.most:
            raise Failed("malformed", "this camera turns it by itself only")
        await self._asked(partial(self._bank.turn, name, control.control, value))

    async def _automatic(self, name: str, control: Control) -> None:
        if control.automatic is None:
            raise Failed("malformed", "this camera does not turn it by itself")
        # Off and on again: a camera that thinks it is sharp looks anew.
        await self._asked(partial(self._bank.leave, name, control.control, False))
        await self._asked(partial(self._bank.leave, name, control.control, True))

    async def _restore(self, name: str, control: Control, value: int, *, automatic: bool) -> None:
        if automatic:
            await self._asked(partial(self._bank.leave, name, control.control, True))
        elif control.least < control.most:
            await self._asked(partial(self._bank.turn, name, control.control, value))
        else:
            await self._asked(partial(self._bank.leave, name, control.control, False))

    async def _asked(self, ask: Callable[[], Answer]) -> Answer:
        """Return what the cameras answer; raise `Failed` for what they refuse or leave unanswered."""
        try:
            async with asyncio.timeout(WITHIN_S):
                return await asyncio.get_running_loop().run_in_executor(self._thread, ask)
        except TimeoutError:
            raise Failed("no_answer", f"the camera did not answer within {WITHIN_S:g} s") from None
        except OSError as error:
            raise Failed(CODES.get(error.errno or 0, "failed"), error.strerror or "") from None


def _control(camera: Camera, wanted: Plain | None) -> Control:
    for control in camera.controls:
        if control.control == wanted:
            return control
    raise Failed("malformed", f"control: one of {', '.join(one.control for one in camera.controls)}")
