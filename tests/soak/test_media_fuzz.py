"""Every parser of the media node that meets bytes of strangers, under libFuzzer, for a bounded time each.

The seeds are what a right peer sends, so that the fuzzer begins behind the first checks. An input that fails is left in
build/fuzz/TARGET; it becomes an example of a test in tests/media.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from aioice import stun

from media import control, rtcp, rtp
from tests.media.synthetic import DELTA, KEY, Caller

pytestmark = pytest.mark.soak

SECONDS: Final = 60


def _offers() -> list[bytes]:
    found = []
    for red in (False, True):
        caller = Caller(red=red)
        with contextlib.closing(caller.sock):
            found.append(caller.offer(1 + red).encode())
    layered = found[0].replace(b"a=sendrecv", b"a=rid:h send\r\na=simulcast:send h;l\r\na=sendrecv")
    h264 = found[0].replace(b"VP8/90000", b"H264/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=42e01f")
    return [*found, layered, h264]


def _packets() -> list[bytes]:
    plain = [
        rtp.Packet(True, 96, 7, 8, 11, payload, {4: b"1", 2: b"abc", 3: b"\0\1"})
        for payload in (KEY, DELTA, b"\x7c\x85abc", b"\x78\0\2\x67\1\0\2\x68\2", b"\xef\0\0\3\x6foldnew", b"")
    ]
    two_bytes = b"\x90\x60\0\1" + bytes(8) + b"\x10\0\0\2\4\1a\2\3abc\0payload"
    return [*map(rtp.write, plain), two_bytes, b"\xb0" + two_bytes[1:] + b"\0\0\3"]


def _reports() -> list[bytes]:
    block = rtcp.Block(11, 3, -5, 0x12345, 9, 10, 11)
    return [
        rtcp.sender_report(rtcp.SenderReport(11, 1 << 63, 5, 6, 7, (block,))) + rtcp.description(1, "name"),
        rtcp.receiver_report(rtcp.ReceiverReport(1, (block, block))) + rtcp.remb(1, 700_000, [12, 13]),
        rtcp.nack(1, 12, [5, 6, 9, 40]) + rtcp.picture_loss(1, 12),
        rtcp.transport_feedback(1, 12, 3, 100, [(100, 1.0), (102, 1.2), (103, 1.1)]),
    ]


def _checks() -> list[bytes]:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "abcd:efgh"
    message.attributes["PRIORITY"] = 1
    message.attributes["USE-CANDIDATE"] = None
    raw = bytes(message)
    return [raw, raw[20:]]


def _messages() -> list[bytes]:
    said: list[control.Message] = [
        control.Welcome("r1", {"call_1": ("leg_a", "leg_b")}),
        control.OpenLeg("r2", "call_1", "leg_a", "citizen", "v=0"),
        control.SetMatrix("r3", "call_1", {"leg_a": "coach"}, (("leg_a", "leg_b"),), {"leg_b": "small"}),
        control.StartRecording("r4", "call_1"),
    ]
    return [control.dump(one).encode() for one in said]


def _records() -> list[bytes]:
    hello, sealed = b"\x16\xfe\xff" + bytes(8) + b"\0\4\1abc", b"\x17\xfe\xfd" + bytes(8) + b"\0\2ab"
    return [hello, hello + sealed, b"\x2f\0\1ciphertext"]


def _wires() -> list[bytes]:
    packets = [
        bytes((kind << 4, len(body))) + body
        for kind, body in ((0, b"\1\x10\x60\1\0" + KEY), (2, b"\1\0\xe0\2\0" + DELTA))
    ]
    reports = [bytes((0x15, min(255, len(one)))) + one[:255] for one in _reports()]
    return [
        b"".join(
            (*packets, *reports, b"\x17\0", *(b"\6" + bytes((len(one),)) + one for one in (*_checks(), *_records())))
        )
    ]


SEEDS = {
    "packet": _packets,
    "report": _reports,
    "check": _checks,
    "records": _records,
    "description": _offers,
    "frames": lambda: [b"".join(b"\x40" + bytes((len(one),)) + one for one in _packets())],
    "message": _messages,
    "wire": _wires,
}


@pytest.mark.parametrize("target", SEEDS)
def test_any_bytes_are_read_or_refused(target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("atheris", reason="atheris has no build for this machine's Python")
    seeds, kept = tmp_path / "seeds", Path("build/fuzz") / target
    for folder in (seeds, kept):
        folder.mkdir(parents=True, exist_ok=True)
    for count, seed in enumerate(SEEDS[target]()):
        (seeds / str(count)).write_bytes(seed)
    command = [sys.executable, "-m", "tests.soak.fuzz", target, f"-max_total_time={SECONDS}", "-timeout=5",
               f"-artifact_prefix={kept}/", str(seeds)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS + 60)
    assert done.returncode == 0, done.stderr[-4000:]
    runs = [line for line in done.stderr.splitlines() if line.startswith("Done ")]
    assert runs, "the fuzzer ran its time"
    with capsys.disabled():
        print(f"\n{target}: {runs[-1]}")
