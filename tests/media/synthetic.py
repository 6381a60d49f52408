"""A browser made of a socket: speaks ICE, DTLS, SRTP and RTCP to the node, packet by packet, as a test says.

Unlike a browser it loses, repeats, reorders and forges on demand, and shows every packet it got. It is also what the
benchmarks load the node, and Janus, with.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import time
from typing import TYPE_CHECKING, Any

from aioice import stun

from media import ice, rtcp, rtp, sdp, srtp
from media.transport import Certificate, Secure, fingerprint, make_certificate
from tests.browser.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from media.control import Kind

_CERTIFICATES: list[Certificate] = []
VP8, VP8_RTX, OPUS, RED = 96, 97, 111, 63
IDS = {rtp.MID: 4, rtp.ABS_SEND_TIME: 2, rtp.TRANSPORT_CC: 3, rtp.ORIENTATION: 13}
KEY = b"\x10" + b"\x10\x00\x00\x9d\x01\x2a" + (1280).to_bytes(2, "little") + (720).to_bytes(2, "little")
"""A VP8 payload that starts a key frame: descriptor with S set, then a frame tag with its lowest bit clear; 720p."""
DELTA = b"\x10\x01" + bytes(8)


def _certificate() -> Certificate:
    if not _CERTIFICATES:
        _CERTIFICATES.append(make_certificate())
    return _CERTIFICATES[0]


class Caller:
    """One leg's far end. Make an `offer`, hand it to the node, `connect` with the answer."""

    host = "127.0.0.1"

    def __init__(self, *, red: bool = False, rtx: bool = True, payload_type: int = VP8) -> None:
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind((self.host, 0))
        self.sock.setblocking(False)
        self.credentials = ice.make_credentials()
        self.ssrcs = {kind: secrets.randbits(31) for kind in sdp.KINDS}
        self.repairs = {kind: secrets.randbits(31) | 1 << 31 for kind in sdp.KINDS[1:]}
        self.seqs = dict.fromkeys(sdp.KINDS, 1000)
        self.red, self.rtx, self.vp8 = red, rtx, payload_type
        self.transport_seq = 0
        self.packets: list[rtp.Packet] = []
        self.reports: list[rtcp.Report] = []
        self.feedback: list[bytes] = []
        self.replies = self.records = 0
        self.greeting = b""
        self.loses = 0
        self.node: Any = None
        self._checking: asyncio.Task[None] | None = None
        self.peer_streams: list[int] = []
        self.peer_repairs: list[int] = []
        self.secure = Secure(_certificate(), self._send_dtls)

    def offer(self, groups: int = 1) -> str:
        """An offer as a browser would make it, with `groups` of four sections."""
        lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0"]
        for index in range(4 * groups):
            lines += self._section(index)
        return "\r\n".join(lines) + "\r\n"

    def _section(self, index: int) -> list[str]:
        kind = sdp.kind_of(index)
        audio = kind == "microphone"
        if audio:
            types = f"{RED} {OPUS}" if self.red else str(OPUS)
        else:
            types = f"{self.vp8} {self.vp8 + 1}" if self.rtx else str(self.vp8)
        lines = [
            f"m={'audio' if audio else 'video'} 9 UDP/TLS/RTP/SAVPF {types}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{index}",
            f"a=ice-ufrag:{self.credentials.ufrag}",
            f"a=ice-pwd:{self.credentials.pwd}",
            f"a=fingerprint:sha-256 {fingerprint(_certificate())}",
            "a=setup:actpass",
            "a=rtcp-mux",
            "a=sendrecv" if index < 4 else "a=recvonly",
        ]
        lines += [f"a=extmap:{number} {uri}" for uri, number in IDS.items() if not audio or uri != rtp.ORIENTATION]
        if audio:
            lines += [f"a=rtpmap:{OPUS} opus/48000/2"]
            lines += [f"a=rtpmap:{RED} red/48000/2", f"a=fmtp:{RED} {OPUS}/{OPUS}"] if self.red else []
        else:
            lines += [f"a=rtpmap:{self.vp8} VP8/90000"]
            lines += [f"a=rtpmap:{self.vp8 + 1} rtx/90000", f"a=fmtp:{self.vp8 + 1} apt={self.vp8}"] if self.rtx else []
        if index < 4:
            lines += [f"a=ssrc:{self.ssrcs[kind]} cname:test"]
            if not audio and self.rtx:
                lines += [
                    f"a=ssrc-group:FID {self.ssrcs[kind]} {self.repairs[kind]}",
                    f"a=ssrc:{self.repairs[kind]} cname:test",
                ]
        return lines

    async def connect(self, answer: str) -> None:
        """Check the path, shake hands, and receive from now on."""
        theirs = sdp.read(answer)
        self.peer_streams = [one.ssrcs[0] if one.ssrcs else 0 for one in theirs.sections]
        self.peer_repairs = [next(iter(one.repairs.values()), 0) for one in theirs.sections]
        line = next(line for line in answer.splitlines() if line.startswith("a=candidate:"))
        self.node = (line.split()[4], int(line.split()[5]))
        asyncio.get_running_loop().add_reader(self.sock.fileno(), self._drain)
        # The path first: a handshake that overtakes its check is dropped, and DTLS repeats it a second later.
        self.check(theirs.ufrag, theirs.pwd)
        self._checking = asyncio.create_task(self._keep_checking(theirs))
        await self.secure.connect(theirs.fingerprints, server=theirs.setup == "active")

    async def _keep_checking(self, theirs: sdp.Description) -> None:
        while True:
            await asyncio.sleep(0.1 if self.secure.sending is None else 2.5)
            self.check(theirs.ufrag, theirs.pwd)

    def check(self, ufrag: str, pwd: str) -> None:
        """Send a connectivity check that nominates."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = f"{ufrag}:{self.credentials.ufrag}"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLING"] = 1
        message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity(pwd.encode())
        self.send_raw(bytes(message))

    def answer_check(self, datagram: bytes) -> None:
        """Answer a check; a full ICE agent, which the node is not, sends some."""
        message = stun.parse_message(datagram)
        if message.message_class is stun.Class.REQUEST:
            reply = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            reply.attributes["XOR-MAPPED-ADDRESS"] = self.node
            reply.add_message_integrity(self.credentials.pwd.encode())
            self.send_raw(bytes(reply))

    def send_raw(self, data: bytes) -> None:
        self.sock.sendto(data, self.node)

    def _send_dtls(self, data: bytes) -> None:
        self.greeting = self.greeting or data
        self.send_raw(data)

    def packet(self, kind: Kind, payload: bytes, *, marker: bool = True, timestamp: int | None = None) -> rtp.Packet:
        """The next packet of a track, not sent yet."""
        self.seqs[kind] = (self.seqs[kind] + 1) & 0xFFFF
        self.transport_seq = (self.transport_seq + 1) & 0xFFFF
        rate = 48000 if kind == "microphone" else 90000
        when = int(time.monotonic() * rate) & 0xFFFFFFFF if timestamp is None else timestamp
        payload_type = (RED if self.red else OPUS) if kind == "microphone" else self.vp8
        extensions = {IDS[rtp.ABS_SEND_TIME]: bytes(3), IDS[rtp.TRANSPORT_CC]: self.transport_seq.to_bytes(2, "big")}
        return rtp.Packet(marker, payload_type, self.seqs[kind], when, self.ssrcs[kind], payload, extensions)

    def sealed(self, packet: rtp.Packet) -> bytes:
        """Encrypt a packet and keep it."""
        assert self.secure.sending is not None
        datagram = srtp.protect_rtp(self.secure.sending, rtp.write(packet))
        assert datagram is not None
        return datagram

    def send(self, packet: rtp.Packet) -> bytes:
        """Encrypt and send; returns the datagram."""
        datagram = self.sealed(packet)
        self.send_raw(datagram)
        return datagram

    def say(self, kind: Kind, payload: bytes, **options: Any) -> rtp.Packet:
        """Send the next packet of a track."""
        packet = self.packet(kind, payload, **options)
        self.send(packet)
        return packet

    def send_again(self, kind: Kind, packet: rtp.Packet, seq: int) -> None:
        """Send a packet on the repair SSRC."""
        repair = rtp.Packet(
            packet.marker, self.vp8 + 1, seq, packet.timestamp, self.repairs[kind],
            packet.seq.to_bytes(2, "big") + packet.payload, {},
        )  # fmt: skip
        self.send(repair)

    def report(self, *packets: bytes) -> None:
        """Send RTCP."""
        assert self.secure.sending is not None
        datagram = srtp.protect_rtcp(self.secure.sending, b"".join(packets))
        assert datagram is not None
        self.send_raw(datagram)

    def heard(self, index: int) -> list[rtp.Packet]:
        """The packets of the node's stream in a section."""
        return [one for one in self.packets if one.ssrc == self.peer_streams[index]]

    def repaired(self, index: int) -> list[rtp.Packet]:
        """What was sent again for a section."""
        return [one for one in self.packets if one.ssrc == self.peer_repairs[index]]

    def told(self, kind: type[Any]) -> list[Any]:
        """The reports of one type."""
        return [one for one in self.reports if isinstance(one, kind)]

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                self._receive(self.sock.recv(2048))

    def _receive(self, data: bytes) -> None:
        if data[0] < 4:
            self.replies += 1
            self.answer_check(data)
        elif data[0] < 64:
            self.records += 1
            self.secure.path.receive(data)
        elif self.secure.receiving is None:
            return
        elif 191 < data[1] < 224:
            plain = srtp.unprotect_rtcp(self.secure.receiving, data)
            assert plain is not None, "the node sends valid SRTCP"
            self.feedback.append(plain)
            self.reports += rtcp.parse(plain)
        elif self.loses:
            self.loses -= 1
        else:
            plain = srtp._through(srtp.unprotect, self.secure.receiving, data)
            assert plain is not None, "the node sends valid SRTP"
            self.packets.append(rtp.parse(plain))

    def stop_checking(self) -> None:
        """Renew consent no more."""
        if self._checking is not None:
            self._checking.cancel()

    async def close(self) -> None:
        """Say goodbye and let go of the socket; done twice is done once."""
        if self.sock.fileno() < 0:
            return
        self.stop_checking()
        with contextlib.suppress(OSError):
            await self.secure.close()
        asyncio.get_running_loop().remove_reader(self.sock.fileno())
        self.sock.close()


@contextlib.asynccontextmanager
async def calling(
    board: Any, call_id: str, leg_id: str, role: str, *, groups: int = 1, **options: Any
) -> AsyncIterator[Caller]:
    """A connected caller."""
    caller = Caller(**options)
    leg = board.open_leg(call_id, leg_id, role)
    answer = leg.take_offer(caller.offer(groups), board.now())
    board.arrange(board.calls[call_id])
    await caller.connect(answer)
    await until(lambda: leg.connected, "the node has shaken hands")
    try:
        yield caller
    finally:
        await caller.close()
