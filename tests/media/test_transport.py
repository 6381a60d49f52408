"""What the node relies on inside aiortc and pylibsrtp: this fails when a release moves it."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from aiortc import rtcdtlstransport
from pylibsrtp import Session, _binding

from media import rtp, srtp
from media.errors import Failed
from media.transport import Secure, fingerprint, make_certificate
from tests.browser.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_releases_are_those_it_was_written_for() -> None:
    assert version("aiortc").split(".")[:2] == ["1", "16"], "read media/transport.py against the new release"
    assert version("pylibsrtp").split(".")[:2] == ["1", "0"], "read media/srtp.py against the new release"


async def test_the_names_it_touches_are_there() -> None:
    source = inspect.getsource(rtcdtlstransport.RTCDtlsTransport)
    for name in (
        "_set_role",
        "_srtp_profiles",
        "_rx_srtp",
        "_tx_srtp",
        "_register_data_receiver",
        "transport._recv()",
        "transport._send(data)",
    ):
        assert name in source
    session = Session()
    assert session._srtp[0] is not None
    assert {"srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"} <= set(dir(_binding.lib))


async def _pair(said: str = "", barren: Callable[[], object] = lambda: None) -> tuple[Secure, Secure]:
    """Two ends with nothing between them; `barren` hears what the first finds nothing in."""
    ours, theirs = make_certificate(), make_certificate()
    ends: list[Secure] = []
    ends.append(Secure(ours, lambda data: ends[1].path.receive(data), barren))
    ends.append(Secure(theirs, lambda data: ends[0].path.receive(data)))
    shaking = asyncio.create_task(ends[1].connect((("sha-256", fingerprint(ours)),), server=False))
    try:
        await ends[0].connect((("sha-256", said or fingerprint(theirs)),), server=True)
    finally:
        await shaking
    return ends[0], ends[1]


async def test_two_ends_shake_hands_and_understand_each_other() -> None:
    server, client = await _pair()
    packet = rtp.write(rtp.Packet(True, 96, 1, 2, 3, b"hello"))
    assert server.sending is not None
    assert client.receiving is not None
    protected = srtp.protect_rtp(server.sending, packet)
    assert protected is not None
    assert protected[:12] == packet[:12]
    assert b"hello" not in protected
    room = srtp.Room(2048)
    room.bytes[srtp.HEADROOM : srtp.HEADROOM + len(protected)] = protected
    srtp.LENGTH[0] = len(protected)
    assert srtp.unprotect(client.receiving.context, room.packet, srtp.LENGTH) == 0
    assert room.bytes[srtp.HEADROOM : srtp.HEADROOM + srtp.LENGTH[0]] == packet
    srtp.LENGTH[0] = len(protected)
    closed = asyncio.Event()
    client.on_closed(closed.set)
    await server.close()
    async with asyncio.timeout(5):
        await closed.wait()
    await client.close()


async def test_another_certificate_than_announced_is_not_let_in() -> None:
    with pytest.raises(Failed, match="handshake"):
        await _pair("00:" * 31 + "00")


async def test_records_that_bring_nothing_are_told_and_genuine_ones_are_not() -> None:
    heard: Counter[str] = Counter()
    server, client = await _pair(barren=lambda: heard.update(["barren"]))
    kept: list[bytes] = []
    client.path._out = kept.append
    await client._dtls._send_data(b"nobody asked for it")
    (genuine,) = kept
    forged = genuine[:-1] + bytes([genuine[-1] ^ 1])
    alert = b"\x15" + genuine[1:]
    for records, barren in (((genuine,), 0), ((forged,), 1), ((genuine,), 2), ((alert, forged), 4)):
        for record in records:
            assert server.path.receive(record)
        await until(server.path._in.empty, "it is read")
        await asyncio.sleep(0)
        assert heard["barren"] == barren
    closed = asyncio.Event()
    server.on_closed(closed.set)
    client.path._out = server.path.receive
    await client.close()
    async with asyncio.timeout(5):
        await closed.wait()
    assert heard["barren"] == 4
    await server.close()
