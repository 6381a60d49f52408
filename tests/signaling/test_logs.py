"""What the logs say of a day, and what they must not: no name, no word, no secret, at any level."""

from __future__ import annotations

import io
import logging
import sys
from typing import TYPE_CHECKING

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from signaling import logs
from signaling.records import Message
from tests.signaling.house import House, open_house, talk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BOOTH, AGENT, ITEM = "booth_taopu_center", "agent_chen_jing", "social_card_replace"
SAID = "我的身份证号是310107"
PASSWORD = "demo-chenjing"


@pytest.fixture(params=["json", "text"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Log everything there is to log, into a text; afterwards logging is as it was."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in logs.OURS]
    before = (root.handlers[:], root.level, [logger.level for logger in ours], structlog.get_config())
    text = io.StringIO()
    monkeypatch.setattr(sys, "stderr", text)
    logs.configure("debug", request.param)
    yield text
    root.handlers[:], level, levels, structure = before
    root.setLevel(level)
    for logger, was in zip(ours, levels, strict=True):
        logger.setLevel(was)
    structlog.configure(**structure)


async def visit(house: House) -> None:
    """A call with everything personal in it."""
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = booth.call["call_id"]
    await booth.do("chat.say", call_id=call_id, text=SAID, message_id="m1")
    await agent.do("notes.save", call_id=call_id, text=SAID)
    await booth.refused("chat.say", call_id=call_id, text=SAID * 500, message_id="m2")
    await agent.do("call.end", call_id=call_id, outcome="completed")
    await booth.until(lambda page: page.view["phase"] == "rating")
    await booth.do("call.rate", call_id=call_id, level=1, remark=SAID)


async def test_a_whole_visit_leaves_no_word_and_no_secret_in_the_logs(tmp_path: Path, written: io.StringIO) -> None:
    async with open_house(tmp_path) as house:
        await house.service.auth.sign_in("chenjing", PASSWORD, "127.0.0.1")
        await visit(house)
        with pytest.raises(IntegrityError) as failed:  # what a database refuses it likes to quote
            await house.service.records.conversation.say(Message(None, "m3", "citizen", BOOTH, SAID, 0.0))  # type: ignore[arg-type]
        structlog.get_logger("signaling.test").error("as_a_handler_logs_it", exc_info=failed.value)
        tokens = [cookie.partition("=")[2] for cookie in house.cookies.values()]
    said = written.getvalue()
    assert "as_a_handler_logs_it" in said
    for secret in (SAID, SAID.encode("unicode_escape").decode(), PASSWORD, *tokens):
        assert secret not in said


def test_a_field_named_like_a_secret_is_withheld(written: io.StringIO) -> None:
    structlog.get_logger("signaling.test").warning("careless", password="hunter2", person="agent_1")
    assert "hunter2" not in written.getvalue()
    assert "agent_1" in written.getvalue()
