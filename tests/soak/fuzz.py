"""Whatever the bytes, no parser of the media node does anything but read or refuse them.

`python -m tests.soak.fuzz TARGET [libFuzzer options] [seed folders]` fuzzes one of them.

A target takes bytes and may raise what its parser promises; anything else ends the process with the input kept. `wire`
goes further than the parsers: bytes become packets that are rightly encrypted, so that what lies behind the decryption
meets them too, and the datagrams of strangers.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from typing import TYPE_CHECKING, Any

import atheris

with atheris.instrument_imports(include=["media"]):
    from media import control, ice, rtcp, rtp, sdp
    from media.depacketise import Pictures, Sound
    from media.errors import Malformed
    from media.port import Port
    from media.srtp import HEADROOM, Cipher
    from media.switchboard import Switchboard
    from media.transport import are_records

from aioice import stun
from pylibsrtp import Policy, Session

from tests.media.conftest import Heard
from tests.media.synthetic import Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CREDENTIALS = ice.Credentials("abcd", "p" * 22)
_CODECS = {0: "vp8", 1: "h264", 2: "opus", 3: "red"}
_HERE = sdp.Here("u" * 8, "p" * 24, ":".join(["AA"] * 32), (("192.0.2.1", 40_000),))
_SSRCS = (11, 12, 13, 14, 22, 23, 24)
_KEYS = {"out": bytes(range(30)), "back": bytes(range(30, 60))}


def packet(data: bytes) -> None:
    """RTP, its extensions, RED, key frames."""
    for codec in _CODECS.values():
        rtp.starts_key_frame(codec, data)
    for parser in (rtp.red_blocks, rtp.red_primary):
        with contextlib.suppress(ValueError):
            parser(data)
    try:
        read = rtp.parse(data)
    except ValueError:
        return
    assert len(read.payload) <= len(data)


def report(data: bytes) -> None:
    """RTCP."""
    try:
        rtcp.parse(data)
    except ValueError:
        return


def check(data: bytes) -> None:
    """Connectivity checks: unsigned, and the same bytes with a right signature."""
    for datagram in (data, _signed(data)):
        try:
            ice.ufrag_of(datagram)
            ice.check(datagram, _CREDENTIALS, ("192.0.2.1", 1))
        except ValueError:
            continue


def records(data: bytes) -> None:
    """DTLS, as far as it is read here: what passes can be cut into records."""
    if not are_records(data):
        return
    while data and data[0] >> 5 != 1:
        data = data[13 + int.from_bytes(data[11:13], "big") :]


def _signed(data: bytes) -> bytes:
    """A check whose attributes are these bytes, signed as its sender would."""
    size = len(data) & ~3
    head = b"\0\1" + (size + 24).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + bytes(12)
    body = head + data[:size]
    return body + b"\0\x08\0\x14" + stun.message_integrity(body, _CREDENTIALS.pwd.encode())


def description(data: bytes) -> None:
    """Session descriptions; what is read can be answered, and the answer is one again."""
    try:
        theirs = sdp.read(data.decode("utf-8", "replace"))
    except Malformed:
        return
    count = len(theirs.sections)
    sdp.answer(theirs, _HERE, [sdp.Voice(1, 2)] * count, ["peer0/camera"] * count)


def frames(data: bytes) -> None:
    """Payloads into frames."""
    for assembler in (Pictures(_CODECS), Sound(_CODECS)):
        for count, (head, payload) in enumerate(_records(data)):
            gap, marker = bool(head & 128), bool(head & 64)
            for frame in assembler.feed(marker, head & 7, count // 3 * 3000, payload, gap=gap):
                assert frame.data


def message(data: bytes) -> None:
    """Messages of the control channel; what is read is written as it was read."""
    text = data.decode("utf-8", "replace")
    control.request_id_of(text)
    try:
        read = control.parse(text)
    except Malformed:
        return
    assert control.parse(control.dump(read)) == read


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Cut into (head, body) by a head byte and a length byte each."""
    at = 0
    while at + 2 <= len(data):
        yield data[at], data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]


class Wire:
    """A node with one call between two legs, fed by `take`. The call goes on from one input to the next."""

    def __init__(self) -> None:
        self.port = Port.bind("127.0.0.1", 0)
        self.now = 1000.0
        self.board = Switchboard(self.port, ("127.0.0.1",), Heard(), clock=lambda: self.now)
        self.legs = [self._leg(name, role) for name, role in (("leg_a", "citizen"), ("leg_b", "agent"))]
        self.paired = ("127.0.0.1", 8)
        self.port._pair(self.paired, self.legs[0], nominated=False)
        self.call = self.board.calls["call_1"]
        self.call.arrange(self.now)

    def _leg(self, name: str, role: Any) -> Any:
        leg = self.board.open_leg("call_1", name, role)
        leg.take_offer(_OFFER, self.now)
        assert leg._connecting is not None
        leg._connecting.cancel()
        leg.outbox.open(Cipher(Session(_policy("back"))))
        leg.outbox.address = ("127.0.0.1", 9)
        leg.feedback.open(Cipher(Session(_policy("back"))), self.port)
        leg.reader.open(Cipher(Session(_policy("out"))))
        leg._become("connected")
        return leg

    def take(self, data: bytes) -> None:
        """Let the bytes be what the citizen's browser, and strangers, send."""
        sender = Session(_policy("out"))
        for leg in self.legs:
            leg.reader.open(Cipher(Session(_policy("out"))))
        for head, body in _records(data):
            self.now += (head >> 4) * 0.02
            self._one(head & 7, body, sender)
            self.port.flush()
        self._tick()
        assert list(self.board.calls) == ["call_1"]

    def _one(self, kind: int, body: bytes, sender: Session) -> None:
        if kind == 7:
            self._tick()
        elif kind == 6:
            for address in (("127.0.0.1", 7), self.paired):
                self.port._other(body[0] if body else 0, body, address)
        elif kind == 5 and len(body) >= 8:
            self._read(self.legs[body[-1] & 1], _sealed(sender.protect_rtcp, b"\x80\xc9" + body[2:]))
        elif len(body) > 5:
            # The first octets say how the header is to be; its SSRC is one that was announced.
            ssrc = _SSRCS[body[0] % len(_SSRCS)].to_bytes(4, "big")
            head = bytes((0x80 | body[1] & 0x3F, body[2])) + b"\0" + body[3:4] + bytes(3) + body[4:5] + ssrc
            self._read(self.legs[0], _sealed(sender.protect, head + body[5:]))

    def _read(self, leg: Any, datagram: bytes | None) -> None:
        if datagram is not None:
            room = self.port._room
            room.bytes[HEADROOM : HEADROOM + len(datagram)] = datagram
            leg.receive_media(room, len(datagram), self.now)

    def _tick(self) -> None:
        for leg in self.legs:
            leg.feedback.tick(self.now)
            leg.feedback.tell_arrivals()
            leg.feedback.tell_reports(self.now)
        self.call.measure(self.now)


def _policy(way: str) -> Policy:
    return Policy(_KEYS[way], ssrc_type=Policy.SSRC_ANY_INBOUND if way == "out" else Policy.SSRC_ANY_OUTBOUND)


def _sealed(protect: Callable[[bytes], bytes], plain: bytes) -> bytes | None:
    try:
        return protect(plain)
    except Exception:  # libsrtp refuses to send what repeats itself or is no packet
        return None


def _offer() -> str:
    caller = Caller()
    caller.sock.close()
    caller.ssrcs = dict(zip(sdp.KINDS, _SSRCS[:4], strict=True))
    caller.repairs = dict(zip(sdp.KINDS[1:], _SSRCS[4:], strict=True))
    return caller.offer()


_OFFER = _offer()
TARGETS: dict[str, Callable[[bytes], None]] = {
    one.__name__: one for one in (packet, report, check, records, description, frames, message)
}


async def main() -> None:
    """Fuzz one target until libFuzzer has had enough; the loop is there because legs own tasks."""
    name = sys.argv.pop(1)
    target = TARGETS[name] if name in TARGETS else Wire().take
    atheris.Setup(sys.argv, target, enable_python_coverage=True)
    atheris.Fuzz()


if __name__ == "__main__":
    asyncio.run(main())
