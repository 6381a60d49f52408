"""The one UDP socket of the process: drained per wake-up, each datagram handed to the leg it belongs to.

Datagrams are told apart by their first byte (RFC 7983): STUN is answered here, DTLS and SRTP go to the leg that STUN
has paired their address with; anything else is dropped and counted. There is no task, queue or future per packet: what
a wake-up received has left again when `_drain` returns.

One system call a datagram: recvmmsg through cffi took 1.03 µs instead of 1.14 µs for each of 64, 2.9 instead of 3.0 for
one alone, out of some 18 µs that a forwarded packet costs; sending is cut by the kernel already (`outbox`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import time
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from media import ice
from media.outbox import Address, Outbox
from media.srtp import HEADROOM, Room

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

LARGEST: Final = 1500
"""No browser sends a datagram larger than its 1,200 or so; what does not fit an Ethernet frame is no call of ours."""
_BATCH: Final = 64
"""Datagrams per wake-up: with 15 µs each, timers and control wait for a millisecond at most."""
_BUFFER: Final = 4 << 20
"""Tens of milliseconds of a full core's packets, should the process not get the core for so long."""
_FORCED: Final = (33, 32)
"""Linux's SO_RCVBUFFORCE and SO_SNDBUFFORCE."""
_ADDRESSES: Final = 8
"""Addresses a leg may have paired at once: two families, two networks, a relay, and one that just moved."""


class Endpoint(Protocol):
    """What the socket needs of a leg."""

    outbox: Outbox
    addresses: list[Address]
    receive_media: Callable[[Room, int, float], None]

    def credentials_for(self, ufrag: str) -> ice.Credentials | None: ...
    def checked(self, ufrag: str, nominated: bool, now: float) -> None: ...
    def receive_dtls(self, datagram: bytes) -> None: ...


class Port:
    """Opened by `open`, closed by `close`; in between every datagram is counted somewhere."""

    def __init__(self, sock: socket.socket, clock: Callable[[], float] = time.monotonic) -> None:
        self.sock = sock
        self.dropped: Counter[str] = Counter()
        self._clock = clock
        self._room = Room(HEADROOM + 4096)
        self._into = self._room.view[HEADROOM:]
        self._paired: dict[Address, Endpoint] = {}
        self._named: dict[str, Endpoint] = {}
        self._dirty: list[Outbox] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    @classmethod
    def bind(cls, host: str, port: int) -> Port:
        """Bind host:port; port 0 takes a free one."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF, *_FORCED):
            with contextlib.suppress(OSError):  # the last two need a privilege, the first are cut to net.core.*mem_max
                sock.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        sock.bind((host, port))
        return cls(sock)

    @property
    def number(self) -> int:
        number: int = self.sock.getsockname()[1]
        return number

    def open(self) -> None:
        """Receive from now on, on the running loop."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self.sock.fileno(), self._drain)

    def close(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self.sock.fileno())
        self._loop = None
        self.sock.close()

    def outbox(self, hurry: Callable[[], None]) -> Outbox:
        return Outbox(self.sock, self._dirty, hurry)

    def name(self, ufrag: str, endpoint: Endpoint) -> None:
        """Checks under this user name fragment belong to the endpoint."""
        self._named[ufrag] = endpoint

    def unname(self, ufrag: str) -> None:
        self._named.pop(ufrag, None)

    def forget(self, endpoint: Endpoint) -> None:
        """Receive nothing more for the endpoint."""
        self._named = {name: one for name, one in self._named.items() if one is not endpoint}
        for address in endpoint.addresses:
            self._paired.pop(address, None)
        endpoint.addresses.clear()

    def send(self, data: bytes, address: Address | None) -> None:
        """Send one datagram off the hot path; a full socket drops it, as the network might."""
        if address is None:
            return
        try:
            self.sock.sendto(data, address)
        except OSError:
            self.dropped["unsendable"] += 1

    def flush(self) -> None:
        """Send what outboxes hold; for packets that did not come out of a wake-up."""
        dirty = self._dirty
        while dirty:
            dirty.pop().flush()

    def _drain(self) -> None:
        try:
            self._receive()
        except Exception:
            # A defect of ours met by one packet: that one is lost, the next wake-up goes on with those behind it.
            self.dropped["defect"] += 1
            _log.exception("a packet met a defect")
        self.flush()

    def _receive(self) -> None:
        receive, into, paired, room, clock = self.sock.recvfrom_into, self._into, self._paired, self._room, self._clock
        for _ in range(_BATCH):
            try:
                size, address = receive(into)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error of an earlier send
                continue
            first = into[0]
            if 127 < first < 192 and size <= LARGEST:
                endpoint = paired.get(address)
                if endpoint is not None:
                    endpoint.receive_media(room, size, clock())
                else:
                    self.dropped["unpaired"] += 1
            else:
                self._other(first, bytes(into[:size]), address)

    def _other(self, first: int, datagram: bytes, address: Address) -> None:
        if not datagram or len(datagram) > LARGEST:
            self.dropped["oversized" if datagram else "unknown"] += 1
        elif first < 4:
            self._stun(datagram, address)
        elif 19 < first < 64 and address in self._paired:
            self._paired[address].receive_dtls(datagram)
        else:
            self.dropped["unknown"] += 1

    def _stun(self, datagram: bytes, address: Address) -> None:
        try:
            ufrag = ice.ufrag_of(datagram)
            endpoint = self._named.get(ufrag)
            credentials = endpoint.credentials_for(ufrag) if endpoint else None
            if endpoint is None or credentials is None:
                raise ValueError("nobody here has that name")
            checked = ice.check(datagram, credentials, (address[0], address[1]))
        except ValueError:
            self.dropped["stun"] += 1
            return
        self._pair(address, endpoint, nominated=checked.nominates)
        endpoint.checked(ufrag, checked.nominates, self._clock())
        self.send(checked.reply, address)

    def _pair(self, address: Address, endpoint: Endpoint, *, nominated: bool) -> None:
        if self._paired.get(address) is not endpoint:
            previous = self._paired.get(address)
            if previous is not None:
                previous.addresses.remove(address)
            self._paired[address] = endpoint
            endpoint.addresses.append(address)
            if len(endpoint.addresses) > _ADDRESSES:
                oldest = next(one for one in endpoint.addresses if one != endpoint.outbox.address)
                endpoint.addresses.remove(oldest)
                del self._paired[oldest]
        if nominated or endpoint.outbox.address is None:
            endpoint.outbox.address = address
