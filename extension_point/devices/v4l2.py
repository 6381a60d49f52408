"""Cameras of Video4Linux: found under /dev, named as Chromium names them, their controls read and set by the kernel.

A node may be opened beside the program that streams from it (Linux Media API, "Opening and Closing Devices", Multiple
Opens); a control needs no part in the streaming. Nothing stays open between two calls, nothing here asks for a picture.
Layouts and numbers are those of `linux/videodev2.h`; calls raise OSError with the kernel's number, and may block.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extension_point.devices.driver import Camera, Control

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

CAPABILITY = struct.Struct("=16s32s32sIII12x")
"""driver, card, bus_info, version, capabilities, device_caps."""
QUERY = struct.Struct("=II32siiiiI8x")
"""id, type, name, minimum, maximum, step, default_value, flags."""
VALUE = struct.Struct("=Ii")
"""id, value."""


def _call(direction: int, number: int, layout: struct.Struct) -> int:
    # _IOC of asm-generic/ioctl.h, as x86, Arm and RISC-V have it: 2 bits direction, 14 size, 8 type, 8 number.
    return direction << 30 | layout.size << 16 | ord("V") << 8 | number


QUERYCAP = _call(2, 0, CAPABILITY)
G_CTRL, S_CTRL, QUERYCTRL = _call(3, 27, VALUE), _call(3, 28, VALUE), _call(3, 36, QUERY)
CAP_VIDEO_CAPTURE, CAP_DEVICE_CAPS = 0x1, 0x80000000
FLAG_DISABLED, FLAG_READ_ONLY = 0x1, 0x4
EXPOSURE_MANUAL, EXPOSURE_APERTURE_PRIORITY = 1, 3


@dataclass(frozen=True, slots=True)
class Knob:
    """The kernel's controls behind one of ours: its value, and whether the camera sees to it; 0: it never does."""

    by_hand: int
    by_itself: int = 0
    manual: int = 0
    """What `by_itself` is while it is turned by hand."""


KNOBS: Mapping[str, Knob] = {
    "focus": Knob(0x009A090A, 0x009A090C),
    "brightness": Knob(0x00980900),
    "exposure": Knob(0x009A0902, 0x009A0901, EXPOSURE_MANUAL),
    "zoom": Knob(0x009A090D),
    "light": Knob(0x00980925),
    "white_balance": Knob(0x0098091A, 0x0098090C),
}
"""What one turns at a document camera: FOCUS_ABSOLUTE and _AUTO, BRIGHTNESS, EXPOSURE_ABSOLUTE and _AUTO,
ZOOM_ABSOLUTE, ILLUMINATORS_1, WHITE_BALANCE_TEMPERATURE and AUTO_WHITE_BALANCE of `linux/v4l2-controls.h`."""


@dataclass(frozen=True, slots=True)
class Range:
    least: int
    most: int
    step: int
    usual: int


class Cameras:
    """The bank of cameras that are plugged in."""

    name = "Video4Linux"
    simulated = False

    def __init__(self, nodes: Path = Path("/dev"), about: Path = Path("/sys/class/video4linux")) -> None:
        self._nodes = nodes
        self._about = about

    def cameras(self) -> list[Camera]:
        """Look anew. Raises PermissionError: there is a node this process may not open."""
        return [Camera(name, tuple(_controls(descriptor))) for name, descriptor in self._open()]

    def turn(self, camera: str, control: str, value: int) -> None:
        knob = KNOBS[control]
        with self._camera(camera) as descriptor:
            if knob.by_itself and _range(descriptor, knob.by_itself):
                _set(descriptor, knob.by_itself, knob.manual)
            _set(descriptor, knob.by_hand, value)

    def leave(self, camera: str, control: str, automatic: bool) -> None:
        knob = KNOBS[control]
        with self._camera(camera) as descriptor:
            _set(descriptor, knob.by_itself, _itself(descriptor, knob) if automatic else knob.manual)

    def _open(self) -> Generator[tuple[str, int], None, None]:
        """Yield each camera's name and its node, open until the next one is asked for."""
        nodes = [node for node in self._nodes.glob("video*") if re.fullmatch(r"video\d{1,3}", node.name)]
        for node in sorted(nodes, key=lambda node: int(node.name[5:])):
            with contextlib.ExitStack() as stack:
                try:
                    descriptor = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
                except PermissionError:
                    raise
                except OSError:  # it has just been pulled out, or is another program's alone
                    continue
                stack.callback(os.close, descriptor)
                if (card := _card(descriptor)) is not None:
                    yield self._name(node, card), descriptor

    @contextlib.contextmanager
    def _camera(self, name: str) -> Iterator[int]:
        with contextlib.closing(self._open()) as cameras:
            for known, descriptor in cameras:
                if known == name:
                    yield descriptor
                    return
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))

    def _name(self, node: Path, card: str) -> str:
        """Name a camera as Chromium does, by which the page knows it: the interface's own name, or the card, and the
        USB numbers (media/capture/video/linux/video_capture_device_factory_v4l2.cc)."""
        device = self._about / node.name / "device"
        numbers = [_text(device / ".." / one) for one in ("idVendor", "idProduct")]
        return (_text(device / "interface") or card) + (f" ({':'.join(numbers)})" if all(numbers) else "")


def _card(descriptor: int) -> str | None:
    """Return what a camera calls itself; None of a node that gives no picture: a camera has one for metadata too."""
    try:
        answer = fcntl.ioctl(descriptor, QUERYCAP, bytes(CAPABILITY.size))
    except OSError:
        return None
    _, card, _, _, whole, own = CAPABILITY.unpack(answer)
    if not (own if whole & CAP_DEVICE_CAPS else whole) & CAP_VIDEO_CAPTURE:
        return None
    return bytes(card).partition(b"\0")[0].decode(errors="replace").strip()


def _controls(descriptor: int) -> Iterator[Control]:
    """Yield what this camera has of `KNOBS`. A control that does not answer is as good as none."""
    for control, knob in KNOBS.items():
        by_hand = _range(descriptor, knob.by_hand)
        by_itself = _range(descriptor, knob.by_itself) if knob.by_itself else None
        with contextlib.suppress(OSError):
            automatic = None if by_itself is None else _get(descriptor, knob.by_itself) != knob.manual
            if by_hand is not None:
                value = _get(descriptor, knob.by_hand)
                yield Control(control, value, by_hand.least, by_hand.most, by_hand.step, by_hand.usual, automatic)
            elif automatic is not None:
                yield Control(control, 0, 0, 0, 1, 0, automatic)


def _range(descriptor: int, number: int) -> Range | None:
    """Return the range of a control the camera has and lets be set."""
    try:
        answer = fcntl.ioctl(descriptor, QUERYCTRL, QUERY.pack(number, 0, b"", 0, 0, 0, 0, 0))
    except OSError:
        return None
    _, _, _, least, most, step, usual, flags = QUERY.unpack(answer)
    return None if flags & (FLAG_DISABLED | FLAG_READ_ONLY) else Range(least, most, step or 1, usual)


def _itself(descriptor: int, knob: Knob) -> int:
    """Return the value by which a camera turns something by itself; for exposure its maker chose among several."""
    if knob.manual != EXPOSURE_MANUAL:
        return 1
    usual = _range(descriptor, knob.by_itself)
    return usual.usual if usual and usual.usual != EXPOSURE_MANUAL else EXPOSURE_APERTURE_PRIORITY


def _get(descriptor: int, number: int) -> int:
    value: int = VALUE.unpack(fcntl.ioctl(descriptor, G_CTRL, VALUE.pack(number, 0)))[1]
    return value


def _set(descriptor: int, number: int, value: int) -> None:
    fcntl.ioctl(descriptor, S_CTRL, VALUE.pack(number, value))


def _text(file: Path) -> str:
    try:
        return " ".join(file.read_text("utf-8", "replace").split())
    except OSError:
        return ""
