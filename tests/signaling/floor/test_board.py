"""What waits for a watcher is bounded by the things on the floor, not by the events."""

from __future__ import annotations

from signaling.floor.board import Board
from signaling.floor.rows import BoothRow


def booth(here: bool) -> BoothRow:
    return BoothRow("booth", here, None, (), None)


def test_a_row_that_changed_often_is_told_once_as_it_is_now() -> None:
    board = Board()
    for here in (True, False, True):
        assert board.put("booths", "booth", booth(here))
    assert not board.put("booths", "booth", booth(True))
    there, gone = board.told(board.changed())
    assert there["booths"] == [booth(True)]
    assert gone == {}
    assert board.changed() == set()


def test_what_is_gone_is_named() -> None:
    board = Board()
    board.put("booths", "booth", booth(True))
    board.put("booths", "booth", None)
    assert not board.put("booths", "another", None)
    there, gone = board.told(board.changed())
    assert there["booths"] == []
    assert gone == {"booths": ["booth"]}
