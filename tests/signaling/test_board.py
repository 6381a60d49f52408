"""The board's rules: what each step changes, what is refused, and that whoever follows what is told sees the same."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import board as rules
from signaling.board import MOST_MARKS, MOST_OF_MARK, MOST_POINTS, Board, Mark, Surface, View
from signaling.boards import Boards
from signaling.errors import ServiceError
from signaling.messages.looking import BoardChanged, BoardDrawn, BoardWiped

if TYPE_CHECKING:
    from signaling.records.boards import BoardBook

PAPER = Surface("document", "doc_1", 5)
OTHER = Surface("capture", "cap_1")


def mark(mark_id: str = "mark_1", by: str = "agent_1", page: int = 3, points: int = 2, surface: str = "doc_1") -> Mark:
    return Mark(mark_id, by, "agent", surface, page, "highlight", ((0.1, 0.2),) * points)


def lying(page: int = 3) -> Board:
    return rules.show(Board(), PAPER, page, "agent_1")


def test_turning_a_page_shows_the_whole_of_it_and_who_turns_leads() -> None:
    board = rules.look(lying(), "doc_1", 3, View(0.2, 0.2, 0.5, 0.4), "agent_1")
    board = rules.turn(board, "doc_1", 4, "booth_1")
    assert (board.page, board.view, board.leader) == (4, View(), "booth_1")


def test_marks_stay_on_their_page_while_others_are_looked_at() -> None:
    board = rules.draw(lying(), mark())
    away = rules.show(rules.turn(board, "doc_1", 4, "agent_1"), OTHER, 1, "agent_1")
    assert not any(rules.on_page(away, one) for one in away.marks)
    back = rules.show(away, PAPER, 3, "agent_1")
    assert [one.mark_id for one in back.marks if rules.on_page(back, one)] == ["mark_1"]


def test_a_stroke_grows_while_it_is_drawn() -> None:
    board = rules.draw(rules.draw(lying(), mark()), mark(points=3))
    assert [len(one.points) for one in board.marks] == [5]


def test_undo_takes_ones_own_last_mark_of_the_page_and_clear_takes_all_of_it() -> None:
    board = lying()
    for one in (mark("mark_1"), mark("mark_2", by="booth_1"), mark("mark_3", page=2)):
        board = rules.draw(board, one)
    assert [one.mark_id for one in rules.undo(board, "agent_1").marks] == ["mark_2", "mark_3"]
    assert rules.undo(board, "agent_2") is board
    assert [one.mark_id for one in rules.clear(board).marks] == ["mark_3"]


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (lambda board: rules.turn(board, "doc_1", 6, "agent_1"), "unknown_page"),
        (lambda board: rules.turn(board, "doc_2", 1, "agent_1"), "paper_changed"),
        (lambda board: rules.look(board, "doc_1", 2, View(), "agent_1"), "page_turned"),
        (lambda board: rules.look(board, "doc_1", 3, View(0.5, 0, 0.5, 1), "agent_1"), "empty_view"),
        (lambda board: rules.draw(board, mark(by="booth_1")), "not_your_mark"),
        (lambda board: rules.draw(board, mark(points=MOST_OF_MARK)), "too_many_marks"),
        (lambda board: rules.draw(board, mark("mark_2", surface="doc_2")), "paper_changed"),
        (lambda board: rules.show(board, PAPER, 6, "agent_1"), "unknown_page"),
    ],
)
def test_what_does_not_fit_is_refused(step: object, code: str) -> None:
    board = rules.draw(lying(), mark())
    with pytest.raises(ServiceError) as refused:
        step(board)  # type: ignore[operator]
    assert refused.value.code == code


def test_a_still_is_seen_as_it_was_laid_straight_unless_somebody_marked_the_untouched_picture() -> None:
    still = Surface("capture", "cap_1")
    board = rules.corrected(rules.show(Board(), still, 1, "agent_1"), "cap_1", "a")
    assert (board.page, board.surface) == (2, Surface("capture", "cap_1", 2, "a"))
    untouched = rules.corrected(rules.turn(board, "cap_1", 1, "booth_1"), "cap_1", "b")
    assert (untouched.page, untouched.surface) == (1, Surface("capture", "cap_1", 2, "b"))
    marked = rules.draw(rules.show(Board(), still, 1, "agent_1"), mark(surface="cap_1", page=1))
    assert rules.corrected(marked, "cap_1", "a").page == 1
    assert rules.corrected(lying(), "cap_1", "a") == lying()


ids = st.sampled_from([f"mark_{number}" for number in range(4)])
people = st.sampled_from(["agent_1", "booth_1"])
pages = st.integers(0, 6)
STEPS = st.one_of(
    st.tuples(st.just("draw"), ids, people, pages, st.integers(1, 700)),
    st.tuples(st.just("turn"), pages, people),
    st.tuples(st.just("undo"), people),
    st.tuples(st.just("clear")),
    st.tuples(st.just("show"), st.sampled_from([PAPER, OTHER]), pages, people),
    st.tuples(st.just("hide")),
    st.tuples(st.just("corrected"), st.sampled_from(["a", "b"])),
)


@given(st.lists(STEPS, max_size=60))
def test_a_page_that_follows_what_is_told_sees_what_the_server_has(steps: list[tuple[object, ...]]) -> None:
    boards, page = Boards(cast("BoardBook", None)), Board()  # nothing is written here
    for step in steps:
        try:
            heard = applied(boards, step)
        except ServiceError:
            continue
        after = boards.of("call_1")
        assert after.points <= MOST_POINTS
        assert len(after.marks) <= MOST_MARKS
        for told in heard:
            assert told.seq == page.seq + 1
            page = followed(page, told)
        assert page == after


def applied(boards: Boards, step: tuple[object, ...]) -> tuple[BoardChanged | BoardDrawn | BoardWiped, ...]:
    if step[0] == "corrected":
        return boards.corrected("call_1", OTHER.id, str(step[1]))
    told = boards.put("call_1", stepped(boards.of("call_1"), step))
    return () if told is None else (told,)


def stepped(board: Board, step: tuple[object, ...]) -> Board:
    match step:
        case ("draw", str(mark_id), str(by), int(page), int(points)):
            surface = board.surface.id if board.surface else "doc_1"
            return rules.draw(board, mark(mark_id, by, page, points, surface))
        case ("turn", int(page), str(by)):
            return rules.turn(board, "doc_1", page, by)
        case ("undo", str(by)):
            return rules.undo(board, by)
        case ("clear",):
            return rules.clear(board)
        case ("show", Surface() as surface, int(page), str(by)):
            return rules.show(board, surface, page, by)
        case _:
            return rules.hide(board)


def followed(page: Board, told: BoardChanged | BoardDrawn | BoardWiped) -> Board:
    """Do what web/js/board.js does with an event."""
    page = dataclasses.replace(page, seq=told.seq)
    match told:
        case BoardChanged():
            surface = Surface(**told.surface) if isinstance(told.surface, dict) else None  # type: ignore[arg-type]
            view = View(**told.view)  # type: ignore[arg-type]
            return dataclasses.replace(page, surface=surface, page=told.page, view=view, leader=told.leader)
        case BoardWiped():
            kept = tuple(one for one in page.marks if one.mark_id not in told.mark_ids)
            return dataclasses.replace(page, marks=kept)
        case BoardDrawn():
            assert isinstance(told.mark, dict)
            points = tuple(map(tuple, told.mark["points"]))  # type: ignore[arg-type]
            new = Mark(**{**told.mark, "points": points})  # type: ignore[arg-type]
            known = next((one for one in page.marks if one.mark_id == new.mark_id), None)
            if known is None:
                return dataclasses.replace(page, marks=(*page.marks, new))
            longer = dataclasses.replace(known, points=known.points + new.points)
            return dataclasses.replace(page, marks=tuple(longer if one is known else one for one in page.marks))
