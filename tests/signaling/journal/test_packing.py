"""Records survive being bytes; bytes nobody wrote are not taken for records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.journal import Damaged, Letter, Record
from signaling.journal.packing import continued, pack, pack_letters, unpack, unpack_letters
from tests.signaling.journal.stores import run_of

bodies = st.tuples(
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.binary(max_size=16),
    st.lists(st.binary(max_size=50), max_size=4),
)


@given(st.lists(bodies, max_size=10), st.integers(0, 1 << 40))
def test_what_is_packed_is_unpacked(parts: list[tuple[float, str, bytes, list[bytes]]], start: int) -> None:
    records, after = [], start
    for at, command_id, digest, payloads in parts:
        after += max(len(payloads), 1)
        records.append(Record(after, at, command_id, digest, tuple(payloads), b"" if payloads else b"no"))
    assert unpack(pack(records), after=start) == records
    assert continued(records, start)


@given(st.data())
def test_a_flipped_bit_is_never_taken_for_a_record(data: st.DataObject) -> None:
    records = run_of(6)
    entry = bytearray(pack(records))
    entry[data.draw(st.integers(0, len(entry) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(Damaged):
        unpack(bytes(entry), after=0)


def test_an_entry_cut_anywhere_is_damaged_or_ends_at_a_whole_record() -> None:
    records = run_of(4)
    entry = pack(records)
    for size in range(len(entry)):
        try:
            assert unpack(entry[:size], after=0) in [records[:count] for count in range(4)]
        except Damaged:
            continue


def test_a_missing_record_is_seen() -> None:
    records = run_of(6)
    del records[2]
    with pytest.raises(Damaged, match="has number"):
        unpack(pack(records), after=0)
    assert not continued(records, 0)


def test_letters_keep_their_words_and_get_the_mark_of_their_entry() -> None:
    letters = [Letter("a", b"1", b"Tick {}"), Letter("命令", b"", b"")]
    found = unpack_letters(pack_letters(letters), "7-0")
    assert found == [Letter("a", b"1", b"Tick {}", "7-0"), Letter("命令", b"", b"", "7-0")]
