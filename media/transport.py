"""DTLS by aiortc, over our own packets: the only module that touches aiortc's inside.

aiortc's `RTCDtlsTransport` wants an ICE transport with `_recv`, `_send`, `role` and `state`; `Path` is that, fed by the
shared socket. After the handshake aiortc has two pylibsrtp sessions, which `Secure` hands out as ciphers; from then on
aiortc sees only DTLS datagrams (its alerts), never a media packet. What is relied on, in aiortc 1.16:
`_set_role`, `_srtp_profiles`, `_rx_srtp`, `_tx_srtp`, `_register_data_receiver`, and that it has done with one datagram
when it asks for the next. tests/media/test_transport.py fails when a release moves it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, cast

from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AES128_CM_SHA1_80,
    SRTP_PROFILES,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
)

from media.errors import Failed
from media.srtp import Cipher

if TYPE_CHECKING:
    from collections.abc import Callable

# Measured here for 1,100 bytes, protect / unprotect: GCM-128 2.2 / 1.5 µs, CM-SHA1 3.9 / 2.3 µs. OpenSSL takes the
# server's first choice that the browser has.
_PROFILES: Final = [one for one in (SRTP_AEAD_AES_128_GCM, SRTP_AES128_CM_SHA1_80) if one in SRTP_PROFILES]
_CONTENTS: Final = range(20, 27)
"""Change of cipher, alert, handshake, application data, heartbeat, and those of DTLS 1.3."""
_FRUITFUL: Final = (21, 23)
"""Alert and application data: once hands are shaken, a genuine one ends the association or brings data. A handshake
record may be the last flight sent again, which is no junk and brings nothing."""
_BACKLOG: Final = 32
_HANDSHAKE_S: Final = 15.0

Certificate = RTCCertificate


def make_certificate() -> Certificate:
    """A key pair and a self-signed certificate, good for 30 days."""
    return RTCCertificate.generateCertificate()


def fingerprint(certificate: Certificate) -> str:
    """The SHA-256 fingerprint as descriptions write it."""
    return next(one.value for one in certificate.getFingerprints() if one.algorithm == "sha-256")


def are_records(datagram: bytes) -> bool:
    """Say whether a datagram is DTLS records from end to end (RFC 6347 §4.1), as every browser's are.

    OpenSSL drops what is not without a word. Records of DTLS 1.3 with its shorter
    header (RFC 9147 §4) end a datagram: their length may be left out.
    """
    at, size = 0, len(datagram)
    while at < size:
        if datagram[at] >> 5 == 1:
            return at + 4 < size
        if at + 13 > size or datagram[at] not in _CONTENTS or datagram[at + 1] != 0xFE:
            return False
        at += 13 + int.from_bytes(datagram[at + 11 : at + 13], "big")
    return at == size and size > 0


class Path:
    """Stands where aiortc expects an ICE transport."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], object], barren: Callable[[], object]) -> None:
        self._out, self._barren = send, barren
        self._in: asyncio.Queue[bytes | None] = asyncio.Queue(_BACKLOG)
        self.expects_fruit = self._owed = False

    def receive(self, datagram: bytes) -> bool:
        """Take a DTLS datagram off the socket; False for junk, and for one too many, which DTLS sends again."""
        if not are_records(datagram):
            return False
        try:
            self._in.put_nowait(datagram)
        except asyncio.QueueFull:
            return False
        return True

    def close(self) -> None:
        """Wake whoever waits for a datagram, for good."""
        while self._in.full():
            self._in.get_nowait()
        self._in.put_nowait(None)

    async def _recv(self) -> bytes:
        if self._owed:
            self._owed = False
            self._barren()
        datagram = await self._in.get()
        if datagram is None:
            self._in.put_nowait(None)
            raise ConnectionError
        self._owed = self.expects_fruit and datagram[0] in _FRUITFUL
        return datagram

    async def _handle_data(self, data: bytes) -> None:
        """What was taken last was genuine. Nobody has agreed on data, so it ends here."""
        self._owed = False

    async def _send(self, data: bytes) -> None:
        self._out(data)


class Secure:
    """One leg's DTLS association: `connect` once, then `sending` and `receiving` are there.

    `barren` is told of each record that is well formed but brings nothing: OpenSSL drops what is wrongly
    authenticated or replayed without a word.
    """

    def __init__(
        self, certificate: Certificate, send: Callable[[bytes], object], barren: Callable[[], object] = lambda: None
    ) -> None:
        self.path = Path(send, barren)
        self._dtls = RTCDtlsTransport(cast("Any", self.path), [certificate])
        self._dtls._register_data_receiver(self.path)
        self._dtls._srtp_profiles = _PROFILES
        self.sending: Cipher | None = None
        self.receiving: Cipher | None = None

    async def connect(self, fingerprints: tuple[tuple[str, str], ...], *, server: bool) -> None:
        """Shake hands; raises `Failed` when the peer is another than its description said, or silent."""
        self._dtls._set_role("server" if server else "client")
        theirs = RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints])
        try:
            async with asyncio.timeout(_HANDSHAKE_S):
                await self._dtls.start(theirs)
        except TimeoutError:
            raise Failed("dtls: no handshake in time") from None
        if self._dtls.state != "connected":
            raise Failed("dtls: the handshake failed")
        self.path.expects_fruit = True
        self.sending, self.receiving = Cipher(self._dtls._tx_srtp), Cipher(self._dtls._rx_srtp)

    def on_closed(self, told: Callable[[], None]) -> None:
        """Call back when the peer ends the association (a closed page says so with an alert)."""
        self._dtls.on("statechange", lambda: told() if self._dtls.state == "closed" else None)

    async def close(self) -> None:
        """Say goodbye and end aiortc's task."""
        await self._dtls.stop()
        self.path.close()
