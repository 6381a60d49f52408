"""Records as bytes, the same in both stores.

Promise: `unpack(pack(records), after=...)` gives equal records, or raises `Damaged`: each record carries its own
CRC-32, and each must begin at the number after the one before it.

An entry is what one append writes: a format byte, then for each record its length, its checksum and its body.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from signaling.journal.protocol import Damaged, Letter, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMAT = 1
_FRAME = struct.Struct("<II")  # length and CRC-32 of a body
_BODY = struct.Struct("<QdHHIH")  # seq, at, then the sizes of id, digest, refusal, and how many payloads
_SIZE = struct.Struct("<I")


def _body(record: Record) -> bytes:
    command_id = record.command_id.encode()
    parts = [
        _BODY.pack(
            record.seq, record.at, len(command_id), len(record.digest), len(record.refusal), len(record.payloads)
        ),
        command_id,
        record.digest,
        record.refusal,
    ]
    for payload in record.payloads:
        parts += (_SIZE.pack(len(payload)), payload)
    return b"".join(parts)


def pack(records: Iterable[Record]) -> bytes:
    """Return one entry."""
    parts = [bytes((FORMAT,))]
    for record in records:
        body = _body(record)
        parts += (_FRAME.pack(len(body), zlib.crc32(body)), body)
    return b"".join(parts)


def _record(body: bytes) -> Record:
    seq, at, id_size, digest_size, refusal_size, count = _BODY.unpack_from(body)
    start = _BODY.size
    command_id = body[start : start + id_size].decode()
    start += id_size
    digest = body[start : start + digest_size]
    start += digest_size
    refusal = body[start : start + refusal_size]
    start += refusal_size
    payloads = []
    for _ in range(count):
        (size,) = _SIZE.unpack_from(body, start)
        start += _SIZE.size
        payloads.append(body[start : start + size])
        start += size
    return Record(seq, at, command_id, digest, tuple(payloads), refusal)


def _bodies(entry: bytes, where: str) -> Iterator[bytes]:
    if not entry or entry[0] != FORMAT:
        raise Damaged(f"{where} is of an unknown format")
    at = 1
    while at < len(entry):
        if len(entry) < at + _FRAME.size:
            raise Damaged(f"{where} is cut short")
        length, checksum = _FRAME.unpack_from(entry, at)
        at += _FRAME.size
        body = entry[at : at + length]
        at += length
        if len(body) != length or zlib.crc32(body) != checksum:
            raise Damaged(f"{where} does not match its checksum")
        yield body


def unpack(entry: bytes, *, after: int | None) -> list[Record]:
    """Return the records of an entry, which must continue after number `after` (None: wherever it begins)."""
    records = []
    for body in _bodies(entry, f"the journal's entry after number {after}"):
        record = _record(body)
        if after is not None and record.first != after + 1:
            raise Damaged(f"the journal has number {record.first} where {after + 1} should be")
        after = record.seq
        records.append(record)
    return records


def continued(records: Sequence[Record], after: int) -> bool:
    """Tell whether the records continue a journal that ends at `after`, without a gap."""
    for record in records:
        if record.first != after + 1:
            return False
        after = record.seq
    return True


def pack_letters(letters: Iterable[Letter]) -> bytes:
    """Return letters as one entry: records of one payload that have no number yet."""
    return pack(Record(0, 0.0, letter.command_id, letter.digest, (letter.body,)) for letter in letters)


def unpack_letters(entry: bytes, mark: str) -> list[Letter]:
    """Return the letters of one entry, each under the mark of its entry."""
    records = map(_record, _bodies(entry, f"the posted entry {mark}"))
    return [Letter(record.command_id, record.digest, record.payloads[0], mark) for record in records]
