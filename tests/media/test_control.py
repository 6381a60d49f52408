"""The control protocol: read strictly, written back the same, described in docs/media-control.md to the last name."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media import control
from media.config import PREFIX, Settings
from media.errors import Malformed

_DOC = (Path(__file__).parents[2] / "docs" / "media-control.md").read_text()


def _rows(heading: str) -> dict[str, str]:
    part = re.search(rf"## {heading}\n(.*?)(?=\n## |\Z)", _DOC, re.S)
    assert part is not None
    return dict(re.findall(r"^\| `([a-z.]+)` \| (.*)$", part[1], re.M))


@pytest.mark.parametrize(("heading", "kinds"), [("Requests", control.REQUESTS), ("Answers and events", control.EVENTS)])
def test_the_page_names_every_message_and_field(heading: str, kinds: tuple[type[Any], ...]) -> None:
    rows = _rows(heading)
    assert rows.keys() == {one.type for one in kinds}
    for kind in kinds:
        names = {one.name for one in dataclasses.fields(kind)} - ({"request_id"} if heading == "Requests" else set())
        assert all(f"`{name}`" in rows[kind.type] for name in names), kind.type


def test_the_page_names_every_setting() -> None:
    described = set(re.findall(r"`([A-Z_]{3,})`", _DOC.split("## Settings")[1]))
    assert {name.upper() for name in Settings.model_fields} | {PREFIX} == described


def test_a_message_is_read_as_it_was_written() -> None:
    message = control.SetMatrix("r1", "call_1", {"leg_a": "coach"}, (("leg_a", "leg_b"),), {"leg_b": "small"})
    assert control.parse(control.dump(message)) == message


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("[]", "message: an object"),
        ("{", "message: JSON"),
        ('{"type":"nothing"}', "type: one of this protocol's"),
        ('{"type":["leg.close"]}', "type: one of this protocol's"),
        ('{"type":"leg.close","request_id":"r","call_id":"c"}', "leg_id: needed"),
        ('{"type":"leg.close","request_id":"r","call_id":"c","leg_id":1}', "leg_id: str"),
        ('{"type":"leg.close","request_id":"r","call_id":"../c","leg_id":"l"}', "call_id: letters"),
        ('{"type":"node.drain","request_id":"r","more":1}', "more: unknown"),
        ('{"type":"leg.open","request_id":"r","call_id":"c","leg_id":"l","role":"king"}', "role: one of citizen"),
        ('{"type":"leg.open","request_id":"r","call_id":"c","leg_id":"l","role":"agent","slots":true}', "slots: int"),
        ('{"type":"call.matrix","request_id":"r","call_id":"c","apart":[["a"]]}', "apart[0]: 2 members"),
        ('{"type":"recording.release","request_id":"r","recording_id":"c","now":1}', "now: bool"),
    ],
)
def test_what_is_wrong_is_named(said: str, rule: str) -> None:
    with pytest.raises(Malformed, match=re.escape(rule)):
        control.parse(said)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
_NAMES = sorted({one.name for kind in control.REQUESTS for one in dataclasses.fields(kind)})
_TYPES = sorted(one.type for one in control.REQUESTS)


@given(st.sampled_from(_TYPES), st.dictionaries(st.sampled_from(_NAMES), _JSON))
def test_any_json_is_read_or_refused(kind: str, members: dict[str, Any]) -> None:
    try:
        message = control.parse(json.dumps({**members, "type": kind}))
    except Malformed:
        return
    assert message.type == kind


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with pytest.raises(Malformed):
        control.parse(text)
    assert re.fullmatch(r"[A-Za-z0-9_.:-]*", control.request_id_of(text))
