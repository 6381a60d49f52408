"""SRTP in place, through the binding pylibsrtp ships: no copy, no Python object per call.

`Room` is one piece of memory that the socket, libsrtp and `struct` all write into. A `Cipher` is one direction of one
leg; its `context` goes straight into `protect` and `unprotect`, which return 0 or libsrtp's error number and leave the
new length in `LENGTH[0]`. pylibsrtp 1.0 has the same functions behind a copy in and a copy out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from pylibsrtp import Session

HEADROOM: Final = 64
"""Where a received datagram starts in its room: a header may grow towards the front. `Room.packet` points there."""

TAG: Final = 16 + 4
"""The most SRTP (16) or SRTCP (16 + 4) adds to a packet with the profiles the node offers."""

REPLAYED: Final = (9, 10)
"""libsrtp's srtp_err_status_replay_fail and _replay_old."""

LENGTH: Final[Any] = ffi.new("int *")
protect: Final[Any] = lib.srtp_protect
unprotect: Final[Any] = lib.srtp_unprotect
_protect_rtcp: Final[Any] = lib.srtp_protect_rtcp
_unprotect_rtcp: Final[Any] = lib.srtp_unprotect_rtcp


class Room:
    """Memory for packets: `base` for C, `bytes` for slices and `struct`, `view` for sockets."""

    __slots__ = ("base", "bytes", "packet", "view")

    def __init__(self, size: int) -> None:
        self.base: Any = ffi.new("char[]", size)
        self.packet: Any = self.base + min(size, HEADROOM)
        self.bytes: Any = ffi.buffer(self.base)
        self.view = memoryview(self.bytes)


class Cipher:
    """One direction's keys."""

    __slots__ = ("_session", "context")

    def __init__(self, session: Session) -> None:
        self._session = session
        self.context: Any = session._srtp[0]


_scratch: Final = Room(2048)


def protect_rtcp(cipher: Cipher, packet: bytes) -> bytes | None:
    """Encrypt one compound packet; None when libsrtp refuses."""
    return _through(_protect_rtcp, cipher, packet)


def unprotect_rtcp(cipher: Cipher, packet: bytes) -> bytes | None:
    """Check and decrypt one compound packet; None when it is forged or replayed."""
    return _through(_unprotect_rtcp, cipher, packet)


def protect_rtp(cipher: Cipher, packet: bytes) -> bytes | None:
    """Encrypt one packet off the hot path."""
    return _through(protect, cipher, packet)


def _through(function: Any, cipher: Cipher, packet: bytes) -> bytes | None:
    size = len(packet)
    if size > 2048 - TAG:
        return None
    _scratch.bytes[0:size] = packet
    LENGTH[0] = size
    if function(cipher.context, _scratch.base, LENGTH):
        return None
    plain: bytes = _scratch.bytes[0 : LENGTH[0]]
    return plain
