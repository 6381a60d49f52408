"""Every parser that sees a packet or a description: right on what is right, `ValueError` or `Malformed` on the rest."""

from __future__ import annotations

import contextlib
import secrets

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from media import ice, rtcp, rtp, sdp
from media.depacketise import Pictures, Sound
from media.errors import Malformed
from tests.media.synthetic import KEY, Caller

_PACKETS = st.builds(
    rtp.Packet,
    marker=st.booleans(),
    payload_type=st.integers(0, 127),
    seq=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=80),
    extensions=st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=4),
)
_SEQS = st.integers(0, 0xFFFF)


@given(_PACKETS)
def test_a_packet_is_read_as_it_was_written(packet: rtp.Packet) -> None:
    assert rtp.parse(rtp.write(packet)) == packet


@given(st.binary(max_size=120))
@example(b"\x90" + bytes(11))
@example(b"\xb0" + bytes(14) + b"\xff")
def test_any_bytes_are_a_packet_or_refused(data: bytes) -> None:
    for first in (data, b"\x90" + data, b"\x80\x60" + data, b"\x90\x60" + bytes(10) + b"\xbe\xde\0\2" + data):
        try:
            packet = rtp.parse(first)
        except ValueError:
            continue
        assert len(packet.payload) <= len(first)


@given(st.binary(max_size=60))
def test_any_bytes_are_red_or_refused(data: bytes) -> None:
    try:
        blocks = rtp.red_blocks(data)
    except ValueError:
        return
    assert sum(len(block) for _, _, block in blocks) < len(data)


@given(st.binary(max_size=30), st.sampled_from(["vp8", "h264", "opus", ""]))
def test_any_payload_is_a_key_frame_or_not(data: bytes, codec: str) -> None:
    assert rtp.starts_key_frame(codec, data) in (True, False)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.binary(max_size=30), st.booleans()), max_size=30))
def test_any_payloads_are_frames_or_gaps(packets: list[tuple[bool, int, bytes, bool]]) -> None:
    codecs = {0: "vp8", 1: "h264", 2: "opus", 3: "red"}
    for assembler in (Pictures(codecs), Sound(codecs)):
        for at, (marker, kind, payload, gap) in enumerate(packets):
            for frame in assembler.feed(marker, kind, at // 3 * 3000, payload, gap=gap):
                assert frame.data


@given(st.binary(max_size=200))
def test_any_bytes_are_rtcp_or_refused(data: bytes) -> None:
    for start in (b"", b"\x81\xc8", b"\x81\xcd\0\4", b"\x8f\xce\0\5" + bytes(8) + b"REMB"):
        try:
            rtcp.parse(start + data)
        except ValueError:
            continue


@given(st.lists(_SEQS, min_size=1, max_size=60, unique=True), _SEQS)
def test_a_nack_names_what_is_lost(offsets: list[int], base: int) -> None:
    lost = [(base + one % 2000) & 0xFFFF for one in sorted({one % 2000 for one in offsets})]
    (read,) = rtcp.parse(rtcp.nack(1, 2, lost))
    assert isinstance(read, rtcp.Nack)
    assert sorted(read.lost) == sorted(lost)


@given(st.integers(1, 1 << 30), st.lists(st.integers(0, 0xFFFFFFFF), max_size=5))
def test_a_cap_survives_its_floating_point(bitrate: int, media: list[int]) -> None:
    (read,) = rtcp.parse(rtcp.remb(1, bitrate, media))
    assert isinstance(read, rtcp.Remb)
    assert read.media == tuple(media)
    assert bitrate * (1 - 1 / (1 << 17)) <= read.bitrate <= bitrate


def test_reports_are_read_as_they_were_written() -> None:
    block = rtcp.Block(7, 3, -5, 0x12345, 9, 10, 11)
    report = rtcp.SenderReport(1, 1 << 63, 5, 6, 7, (block,))
    packet = rtcp.sender_report(report) + rtcp.receiver_report(rtcp.ReceiverReport(1, (block,)))
    assert rtcp.parse(packet + rtcp.description(1, "name") + rtcp.picture_loss(1, 2)) == [
        report,
        rtcp.ReceiverReport(1, (block,)),
        rtcp.KeyRequest(1, 2),
    ]


def _arrivals(packet: bytes) -> dict[int, float]:
    """Read transport-wide feedback as a browser does, in ticks of a quarter millisecond."""
    base, count = int.from_bytes(packet[12:14], "big"), int.from_bytes(packet[14:16], "big")
    clock = int.from_bytes(packet[16:19], "big") * 256
    at, symbols = 20, list[int]()
    while len(symbols) < count:
        word = int.from_bytes(packet[at : at + 2], "big")
        at += 2
        if word & 0x8000:
            assert word & 0x4000, "two-bit vectors only"
            symbols += [word >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [word >> 13] * (word & 0x1FFF)
    found: dict[int, float] = {}
    for offset, symbol in enumerate(symbols[:count]):
        if symbol:
            clock += int.from_bytes(packet[at : at + symbol], "big", signed=symbol == 2)
            at += symbol
            found[(base + offset) & 0xFFFF] = clock
    return found


@given(
    st.lists(st.tuples(st.integers(1, 12), st.integers(-8, 300)), min_size=1, max_size=80),
    _SEQS,
    st.integers(0, 3),
)
def test_feedback_says_when_each_packet_arrived(steps: list[tuple[int, int]], base: int, before: int) -> None:
    seq, ticks, arrivals = base, 400_000, []
    for step, delta in steps:
        arrivals.append((seq & 0xFFFF, ticks / 4000))
        seq, ticks = seq + step, ticks + delta
    packet = rtcp.transport_feedback(1, 2, 3, (base - before) & 0xFFFF, arrivals)
    assert len(packet) % 4 == 0
    assert _arrivals(packet) == {one: int(at * 4000) for one, at in arrivals}


@given(st.binary(max_size=200))
def test_any_bytes_are_a_check_or_refused(data: bytes) -> None:
    credentials = ice.Credentials("abcd", "p" * 22)
    for datagram in (data, b"\0\1" + len(data).to_bytes(2, "big") + b"\x21\x12\xa4\x42" + data):
        refused = 0
        for parser in (ice.ufrag_of, lambda raw: ice.check(raw, credentials, ("127.0.0.1", 1))):
            try:
                parser(datagram)
            except ValueError:
                refused += 1
        assert refused, "nothing unsigned passes"


def _offer(groups: int, *, red: bool = False) -> tuple[Caller, str]:
    caller = Caller(red=red)
    with contextlib.closing(caller.sock):
        return caller, caller.offer(groups)


_LINES = _offer(1)[1].splitlines()


def test_an_offer_is_read_and_answered_section_by_section() -> None:
    caller, offer = _offer(2, red=True)
    theirs = sdp.read(offer)
    assert [one.media for one in theirs.sections] == ["audio", "video", "video", "video"] * 2
    assert theirs.sections[0].formats[0].codec == "red"
    assert theirs.sections[1].repairs == {caller.ssrcs["camera"]: caller.repairs["camera"]}
    here = sdp.Here("u" * 8, "p" * 24, theirs.fingerprints[0][1], (("192.0.2.1", 40000), ("2001:db8::1", 40000)))
    voices = [sdp.Voice(secrets.randbits(31), secrets.randbits(31)) for _ in theirs.sections]
    text = sdp.answer(theirs, here, voices, [f"peer{at // 4}/{sdp.kind_of(at)}" for at in range(8)])
    ours = sdp.read(text)
    assert "a=ice-lite" in text
    assert (ours.setup, ours.ufrag) == ("passive", "u" * 8)
    assert [one.ssrcs for one in ours.sections] == [(voice.ssrc,) for voice in voices]
    assert "candidate:1 1 udp 2130706431 192.0.2.1 40000 typ host" in text


@settings(max_examples=300)
@given(st.integers(0, len(_LINES) - 1), st.sampled_from(["drop", "cut", "twice", "junk"]), st.text(max_size=12))
def test_a_damaged_offer_is_read_or_refused(at: int, how: str, junk: str) -> None:
    lines = list(_LINES)
    line = lines.pop(at)
    damaged = {"drop": [], "cut": [line[: len(line) // 2]], "twice": [line, line], "junk": [line + junk]}[how]
    lines[at:at] = damaged
    try:
        theirs = sdp.read("\r\n".join(lines))
    except Malformed:
        return
    here = sdp.Here("u" * 8, "p" * 24, "AA:" * 31 + "AA", ())
    voices = [sdp.Voice(1, 2)] * len(theirs.sections)
    sdp.read(
        sdp.answer(theirs, here, voices, ["peer0/camera"] * len(voices)).replace(
            "sha-256 AA", "sha-256 " + "AA:" * 31 + "AA"
        )
    )


def test_a_group_of_nothing_is_read_over() -> None:
    lines = ["a=ssrc-group" if line.startswith("a=ssrc-group") else line for line in _LINES]
    assert [section.repairs for section in sdp.read("\r\n".join(lines)).sections] == [{}] * 4


@given(st.text(max_size=300))
def test_any_text_is_no_description(text: str) -> None:
    with pytest.raises(Malformed):
        sdp.read(text)


def test_a_key_frame_is_told_from_others() -> None:
    assert rtp.starts_key_frame("vp8", KEY)
    assert rtp.starts_key_frame("vp8", b"\x90\xe0\x81\x23\x05\x20" + b"\x00")
    assert not rtp.starts_key_frame("vp8", b"\x10\x01")
    assert not rtp.starts_key_frame("vp8", b"\x00\x00")
    assert rtp.starts_key_frame("h264", b"\x67\x42")
    assert rtp.starts_key_frame("h264", b"\x7c\x85\x00")
    assert not rtp.starts_key_frame("h264", b"\x7c\x05\x00")
    assert not rtp.starts_key_frame("h264", b"\x41\x9a")
