"""A network of namespaces with one bad link in it, for browsers and servers that believe it.

Every place is a network namespace whose only interface is a TUN device; this process is the router between them and
does to packets what `tc netem` would: loses, delays, slows and filters them. So it needs root and TUN, but no kernel
with netem. One namespace's link is the bad one; it is as bad both ways.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import os
import random
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TUNSETIFF: Final = 0x400454CA
_TUN_WITHOUT_HEAD: Final = 0x1001
_NEWNET: Final = 0x40000000
_UDP: Final = 17
_QUEUE_S: Final = 0.3
"""What waits longer for a slow link is dropped: the buffer of a cheap router."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What happens to packets of a link, each way."""

    loss: float = 0.0
    delay_s: float = 0.0
    bits_per_s: float = float("inf")
    udp: bool = True


class Place:
    """A network namespace with one address."""

    def __init__(self, network: Network, name: str, address: str) -> None:
        self.name, self.address = f"window-{name}-{os.getpid()}", address
        self.weather = Weather()
        self._network, self._free_at = network, {"up": 0.0, "down": 0.0}
        _run("ip", "netns", "add", self.name)
        self.tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        device = f"window{self.tun}"
        fcntl.ioctl(self.tun, _TUNSETIFF, struct.pack("16sH", device.encode(), _TUN_WITHOUT_HEAD))
        _run("ip", "link", "set", device, "netns", self.name)
        self.device = device
        self._ip("link", "set", "lo", "up")
        self._ip("address", "add", f"{address}/32", "dev", device)
        self._ip("link", "set", device, "up")
        self._ip("route", "add", "default", "dev", device)

    def _ip(self, *arguments: str) -> None:
        _run("ip", "-n", self.name, *arguments)

    def move(self, address: str) -> None:
        """Have another address from now on, as a booth that falls over to its second line."""
        self._ip("address", "add", f"{address}/32", "dev", self.device)
        self._ip("address", "del", f"{self.address}/32", "dev", self.device)
        self._network.rename(self, address)

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs something here."""
        return ["ip", "netns", "exec", self.name, *arguments]

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Sockets made in this block belong here."""
        here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            if libc.setns(there, _NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
            yield
        finally:
            libc.setns(here, _NEWNET)
            os.close(here)
            os.close(there)

    def arrives_after(self, packet: bytes, way: str, now: float) -> float | None:
        """How long this packet takes over this place's link, None when it never arrives."""
        weather = self.weather
        if (packet[9] == _UDP and not weather.udp) or random.random() < weather.loss:
            return None
        start = max(now, self._free_at[way])
        if start - now > _QUEUE_S:
            return None
        self._free_at[way] = start + len(packet) * 8 / weather.bits_per_s
        return self._free_at[way] - now + weather.delay_s

    def close(self) -> None:
        os.close(self.tun)
        _run("ip", "netns", "del", self.name)


class Network:
    """The router; `place` adds a namespace."""

    def __init__(self) -> None:
        self._places: dict[bytes, Place] = {}

    def place(self, name: str, address: str) -> Place:
        made = Place(self, name, address)
        self.rename(made, address)
        asyncio.get_running_loop().add_reader(made.tun, self._forward, made)
        return made

    def rename(self, place: Place, address: str) -> None:
        """Deliver what is for this address, and nothing for the old one."""
        self._places = {key: one for key, one in self._places.items() if one is not place}
        self._places[bytes(map(int, address.split(".")))] = place
        place.address = address

    def _forward(self, source: Place) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                packet = os.read(source.tun, 2048)
                target = self._places.get(packet[16:20]) if packet[0] >> 4 == 4 else None
                if target is not None and packet[12:16] in self._places:
                    self._carry(packet, source, target)

    def _carry(self, packet: bytes, source: Place, target: Place) -> None:
        now = time.monotonic()
        up = source.arrives_after(packet, "up", now)
        down = target.arrives_after(packet, "down", now + up) if up is not None else None
        if up is not None and down is not None:
            asyncio.get_running_loop().call_later(up + down, self._deliver, packet, target)

    def _deliver(self, packet: bytes, target: Place) -> None:
        with contextlib.suppress(OSError):  # closed in the meantime, or its queue is full
            os.write(target.tun, packet)

    def close(self) -> None:
        for place in set(self._places.values()):
            asyncio.get_running_loop().remove_reader(place.tun)
            place.close()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def wrapper(path: Path, place: Place, program: str) -> Path:
    """A program that is `program` at this place, for who wants one path to start it by."""
    path.write_text(f'#!/bin/sh\nexec {" ".join(place.command(program))} "$@"\n')
    path.chmod(0o755)
    return path


def allowed() -> bool:
    """Whether this machine lets us make namespaces and TUN devices."""
    return os.geteuid() == 0 and os.access("/dev/net/tun", os.R_OK | os.W_OK)
