"""What is said and saved during a call is kept once, and only within its limits. On both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from signaling.errors import Malformed, WrongState
from signaling.records import Message, Notes, Rating, Wishes

if TYPE_CHECKING:
    from signaling.records import Records

HELLO = Message("call_1", "msg_1", "citizen", "booth_1", "你好 👋", 10.0)
GOOD = Rating(5, ("patient",), "谢谢", 20.0)


async def test_a_message_sent_twice_is_stored_once_with_its_first_time(records: Records) -> None:
    assert await records.conversation.say(HELLO) == HELLO
    assert await records.conversation.say(replace(HELLO, at=99.0)) == HELLO
    assert await records.conversation.chat("call_1") == [HELLO]


async def test_a_message_sent_many_times_at_once_is_stored_once(records: Records) -> None:
    await asyncio.gather(*(records.conversation.say(HELLO) for _ in range(10)))
    assert await records.conversation.chat("call_1") == [HELLO]


@pytest.mark.parametrize("changes", [{"text": "other"}, {"sender_id": "agent_1"}])
async def test_an_id_used_for_another_message_is_refused(records: Records, changes: dict[str, Any]) -> None:
    await records.conversation.say(HELLO)
    with pytest.raises(WrongState) as caught:
        await records.conversation.say(replace(HELLO, **changes))
    assert caught.value.code == "id_reused"
    assert await records.conversation.chat("call_1") == [HELLO]


async def test_the_same_id_in_another_call_is_another_message(records: Records) -> None:
    await records.conversation.say(HELLO)
    elsewhere = replace(HELLO, call_id="call_2", text="other")
    assert await records.conversation.say(elsewhere) == elsewhere


async def test_a_chat_comes_back_in_the_order_it_was_stored(records: Records) -> None:
    said = [replace(HELLO, message_id=f"msg_{n}", text=str(n), at=10.0) for n in (3, 1, 2)]
    for message in said:
        await records.conversation.say(message)
    assert await records.conversation.chat("call_1") == said


@pytest.mark.parametrize("text", ["", "x" * 2001, "a\0b", "\ud800"])
async def test_text_that_cannot_be_kept_is_refused_and_nothing_stored(records: Records, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        await records.conversation.say(replace(HELLO, text=text))
    assert caught.value.field == "text"
    assert await records.conversation.chat("call_1") == []


async def test_script_in_a_chat_is_kept_as_the_text_it_is(records: Records) -> None:
    text = "<script>alert('1')</script>'; DROP TABLE chat; --"
    assert (await records.conversation.say(replace(HELLO, text=text))).text == text


async def test_notes_are_replaced(records: Records) -> None:
    assert await records.conversation.notes("call_1") is None
    for text in ("带了旧卡", ""):
        notes = Notes("call_1", text, "agent_1", 5.0)
        await records.conversation.save_notes(notes)
        assert await records.conversation.notes("call_1") == notes
    with pytest.raises(Malformed):
        await records.conversation.save_notes(Notes("call_1", "x" * 10_001, "agent_1", 6.0))


async def test_wishes_are_kept_by_call(records: Records) -> None:
    wishes = Wishes(("sign_language",), elder_mode=True, lang="en")
    await records.conversation.describe("call_1", wishes)
    assert await records.conversation.wishes(["call_1", "call_2"]) == {"call_1": wishes}
    assert await records.conversation.wishes([]) == {}


async def test_a_call_is_rated_once_also_when_touched_twice(records: Records) -> None:
    async def rate(level: int) -> bool:
        try:
            await records.conversation.rate("call_1", "booth_1", replace(GOOD, level=level))
        except WrongState:
            return False
        return True

    answers = await asyncio.gather(*(rate(level) for level in (5, 1, 2, 3)))
    assert sum(answers) == 1
    kept = await records.conversation.rating("call_1")
    assert kept is not None
    assert kept.level == (5, 1, 2, 3)[answers.index(True)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"level": 0}, "level"),
        ({"level": 6}, "level"),
        ({"level": True}, "level"),
        ({"level": 4.5}, "level"),
        ({"reasons": ("x",) * 11}, "reasons"),
        ({"reasons": ("x" * 41,)}, "reasons"),
        ({"reasons": ("a\0",)}, "reasons"),
        ({"remark": "x" * 501}, "remark"),
        ({"remark": "\0"}, "remark"),
    ],
)
async def test_a_rating_out_of_bounds_is_refused(records: Records, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        await records.conversation.rate("call_1", "booth_1", replace(GOOD, **changes))
    assert caught.value.field == field
    assert await records.conversation.rating("call_1") is None
