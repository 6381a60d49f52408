"""Parsing at the edge: every wrong message is told field and rule, and docs/protocol.md says the same."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling import messages, screens, sdp, wire
from signaling.errors import Malformed
from signaling.messages import BOOTH, STAFF, CallEnter, CallRate, ChatSay, Health, LinkSignal, Pointer, devices, papers
from signaling.messages.papers import PaperLay
from signaling.screens import IceServer, to_wire, view_to_wire
from signaling.wire import describe, parse

ROOT = Path(__file__).parents[2]
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text("utf-8")
I18N = ROOT / "web" / "i18n"

OFFER = "\r\n".join(
    (
        "v=0",
        "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:abcdefghijklmnopqrstuvwx",
        "a=fingerprint:sha-256 00:11",
        "a=setup:actpass",
        "a=mid:0",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
        "c=IN IP4 0.0.0.0",
        "a=mid:1",
        "",
    )
)
CANDIDATE: dict[str, Any] = {
    "candidate": "candidate:842163049 1 udp 1677729535 203.0.113.7 51234 typ srflx raddr 10.0.0.2 rport 51234",
    "sdpMid": "0",
    "sdpMLineIndex": 0,
    "usernameFragment": "abcd",
}


def section(title: str) -> str:
    found = re.search(rf"^### {re.escape(title)}.*?$\n(.*?)(?=^##)", PROTOCOL, re.M | re.S)
    assert found, f"docs/protocol.md has no section {title}"
    return found[1]


@pytest.mark.parametrize("name", sorted({*BOOTH, *STAFF}))
def test_every_client_message_is_documented_with_its_members_and_rules(name: str) -> None:
    text = section(f"`{name}`")
    rows = re.findall(r"^\| `(\w+)` \| (.*) \| (required|optional) \|$", text, re.M)
    fields = describe({**BOOTH, **STAFF}[name])
    assert rows == [(field.name, field.rule.words, "required" if field.required else "optional") for field in fields]


def test_no_other_client_message_is_documented() -> None:
    said = PROTOCOL[PROTOCOL.index("## The booth says") : PROTOCOL.index("## The server says")]
    assert set(re.findall(r"^### `([\w.]+)`", said, re.M)) == {*BOOTH, *STAFF}


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("call.enter", "booth"),
        ("offer.accept", "console"),
        ("capture.request", "console"),
        ("wrap_up.extend", "console"),
        ("lease.ask", "console"),
        ("device.do", "console"),
        ("paper.lay", "console"),
        ("paper.match", "console"),
        ("finding.decide", "console"),
        ("earlier.ask", "console"),
        ("earlier.show", "booth"),
    ],
)
def test_what_a_press_may_be_refused_for_is_said_in_words(name: str, page: str, lang: str) -> None:
    refused = section(f"`{name}`").rpartition("Refused: ")[2]
    codes = {code for code in re.findall(r"`(\w+)`", refused.partition("\n")[0]) if not code.startswith("unknown_")}
    assert codes
    catalogues = [json.loads((I18N / lang / f"{part}.json").read_text("utf-8")) for part in ("common", page, "receipt")]
    known = {key for words in catalogues for key in words}
    assert {code for code in codes if f"problem.{code}" not in known} == set()


@pytest.mark.parametrize(
    "kind",
    [
        messages.ChatSaid,
        messages.CaptureChanged,
        messages.LinkSignalled,
        messages.PeerReport,
        messages.Pointed,
        devices.LeaseChanged,
        devices.DeviceAsked,
        devices.DeviceDone,
        devices.BoothDevices,
        *messages.cases.TOLD,
        *messages.earlier.TOLD,
        *messages.administration.TOLD,
        *messages.mirror.TOLD,
        papers.CaptureJudged,
        papers.CaptureRead,
        papers.FindingsChanged,
        messages.Superseded,
        messages.SignedOut,
    ],
)
def test_every_server_event_is_documented_with_its_members(kind: Any) -> None:
    told = PROTOCOL[PROTOCOL.index("## The server says") :]
    title = re.escape(f"### `{kind.NAME}`")
    members = [field.name.rstrip("_") for field in dataclasses.fields(kind)]
    listed = re.findall(rf"^{title}.*?\n(?:.*?\n)*?(?:Members: (.*)\.|No members\.)$", told, re.M)
    assert [", ".join(f"`{member}`" for member in members)] == listed


@pytest.mark.parametrize("kind", screens.VIEWED)
def test_every_member_of_a_view_is_documented(kind: type) -> None:
    told = PROTOCOL[PROTOCOL.index("### `view` to a booth") :]
    for field in dataclasses.fields(kind):
        assert re.search(rf"\b{field.name}\b", told), f"{kind.__name__}.{field.name}"


def test_a_message_becomes_a_value_with_its_defaults() -> None:
    assert parse(CallEnter, {"item_id": "ss_card"}) == CallEnter("ss_card")
    entered = parse(CallEnter, {"item_id": "ss_card", "priority": ["elder"], "elder_mode": True, "later": "?"})
    assert entered == CallEnter("ss_card", ("elder",), (), True, "zh-CN")


@pytest.mark.parametrize(
    ("kind", "data", "field", "rule"),
    [
        (CallEnter, [], "message", "an object"),
        (CallEnter, {}, "item_id", "required"),
        (CallEnter, {"item_id": 7}, "item_id", "an id"),
        (CallEnter, {"item_id": "a" * 65}, "item_id", "1–64"),
        (CallEnter, {"item_id": "x", "priority": "elder"}, "priority", "a list"),
        (CallEnter, {"item_id": "x", "priority": ["elder", "elder"]}, "priority", "a list"),
        (CallEnter, {"item_id": "x", "priority": [["elder"]]}, "priority", "a list"),
        (CallEnter, {"item_id": "x", "elder_mode": 1}, "elder_mode", "true or false"),
        (CallEnter, {"item_id": "x", "elder_mode": None}, "elder_mode", "true or false"),
        (CallEnter, {"item_id": "x", "lang": "de"}, "lang", "one of"),
        (CallRate, {"call_id": "call_1", "level": 6}, "level", "1–5"),
        (CallRate, {"call_id": "call_1", "level": True}, "level", "1–5"),
        (CallRate, {"call_id": "booth_1", "level": 3}, "call_id", "`call_…`"),
        (ChatSay, {"call_id": "call_1", "text": "", "message_id": "m"}, "text", "1–2000"),
        (ChatSay, {"call_id": "call_1", "text": "字" * 2001, "message_id": "m"}, "text", "1–2000"),
        (ChatSay, {"call_id": "call_1", "text": "\ud800", "message_id": "m"}, "text", "1–2000"),
        (Pointer, {"call_id": "call_1", "surface": "screen", "x": 1.01, "y": 0}, "x", "0–1"),
        (Pointer, {"call_id": "call_1", "surface": "screen", "x": 0, "y": float("nan")}, "y", "0–1"),
        (PaperLay, {"capture_id": "cap_1", "corners": [0, 0, 1, 0, 1, 1]}, "corners", "eight numbers"),
        (PaperLay, {"capture_id": "cap_1", "corners": [0, 0, 0, 1, 1, 1, 1, 0]}, "corners", "eight numbers"),
        (PaperLay, {"capture_id": "cap_1", "corners": [0, 0, 1, 0, 1, float("nan"), 0, 1]}, "corners", "eight numbers"),
        (Health, {"camera": "ok", "document_camera": "ok", "microphone": "ok", "speaker": "loud"}, "speaker", "one of"),
    ],
)
def test_a_wrong_message_is_told_field_and_rule(kind: type, data: object, field: str, rule: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(kind, data)
    assert refused.value.field == field
    assert rule in refused.value.detail


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(
    kind=st.sampled_from([*BOOTH.values(), *STAFF.values()]),
    data=st.data(),
)
def test_whatever_arrives_is_a_value_or_malformed(kind: type, data: st.DataObject) -> None:
    names = [field.name for field in describe(kind)]
    message = data.draw(json_values | st.fixed_dictionaries({}, optional={name: json_values for name in names}))
    try:
        blamed = None if isinstance(parse(kind, message), kind) else "nothing"
    except Malformed as refused:
        blamed = refused.field
    assert blamed in (None, "message", *names)


def signal(**members: object) -> LinkSignal:
    return parse(LinkSignal, {"link_id": "link_1", **members})


def test_a_browsers_description_and_candidate_pass() -> None:
    assert signal(description={"type": "offer", "sdp": OFFER}).description == sdp.Description("offer", OFFER)
    assert signal(candidate=CANDIDATE).candidate == sdp.Candidate(**CANDIDATE)
    assert signal(candidate={"candidate": "", "sdpMid": "0", "sdpMLineIndex": 0}).candidate is not None
    assert signal(candidate=None) == LinkSignal("link_1")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0",
        "not a description\r\n",
        OFFER.replace("v=0", "v=1"),
        OFFER.replace("s=-\r\n", ""),
        OFFER.replace("a=fingerprint:sha-256 00:11\r\n", ""),
        OFFER.replace("a=ice-ufrag:abcd\r\n", ""),
        OFFER.replace("m=audio 9 UDP/TLS/RTP/SAVPF 111", "m=audio nine UDP/TLS/RTP/SAVPF 111"),
        OFFER.replace("m=", "k="),
        OFFER.replace("a=mid:0", "a=mid:0\x00"),
        OFFER.replace("a=mid:0", "a=mid:零"),
        OFFER + "a=x:" + "y" * 65536 + "\r\n",
        OFFER + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 16,
        "<script>alert(1)</script>\r\n",
    ],
)
def test_a_malformed_description_is_refused(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        signal(description={"type": "offer", "sdp": text})
    assert refused.value.field == "description"


@pytest.mark.parametrize(
    "wrong",
    [
        {"description": {"type": "rollback", "sdp": OFFER}},
        {"description": {"type": "offer", "sdp": None}},
        {"description": OFFER},
        {"candidate": "candidate:1 1 udp 1 1.2.3.4 5 typ host"},
        {"candidate": {**CANDIDATE, "candidate": "candidate:; rm"}},
        {"candidate": {**CANDIDATE, "candidate": CANDIDATE["candidate"] + "\r\na=evil"}},
        {"candidate": {**CANDIDATE, "sdpMLineIndex": -1}},
        {"candidate": {**CANDIDATE, "sdpMLineIndex": True}},
        {"candidate": {**CANDIDATE, "sdpMid": "a b"}},
        {"description": {"type": "offer", "sdp": OFFER}, "candidate": CANDIDATE},
    ],
)
def test_a_malformed_signal_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        signal(**wrong)


def test_server_messages_leave_out_what_is_not_known_and_name_from_by_its_word() -> None:
    report = messages.PeerReport("call_1", "citizen", "good", rtt_ms=12.0)
    assert to_wire(report) == {"call_id": "call_1", "from": "citizen", "state": "good", "rtt_ms": 12.0}


def test_an_ice_server_without_credentials_has_no_user_named_null() -> None:
    assert view_to_wire(IceServer(("stun:a",))) == {"urls": ["stun:a"]}


def test_times_are_rfc_3339_with_milliseconds() -> None:
    assert wire.rfc3339(0.0) == "1970-01-01T00:00:00.000Z"
    assert wire.rfc3339(1_794_000_000.1234) == "2026-11-06T21:20:00.123Z"
