"""Who may ask and say what: every route and every message, tried by those it is not for.

A new route says in `who` whom it is for, and a new message stands in one of the lists below; else a test here fails.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from agent_console.pages import PAGES
from signaling import receipt_number
from signaling.api.routes import ROUTES
from signaling.cases import Intake
from signaling.messages import BOOTH as FROM_BOOTH
from signaling.messages import STAFF
from signaling.records.forms import Signing
from signaling.wire import describe
from tests.signaling.floor.test_floor import MESSAGES as SUPERVISORS
from tests.signaling.house import House, Page, open_house, talk
from tests.signaling.records.house import part, picture
from tests.signaling.test_documents import pdf
from tests.signaling.test_messages import OFFER
from tests.signaling.test_mirrors import PAGE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOOTH, OTHER_BOOTH, ITEM = "booth_caoyang_center", "booth_changfeng_center", "social_card_replace"
HELPER, OTHER, SUPERVISOR, WALL = "agent_chen_jing", "agent_shen_hao", "supervisor_zhao_lin", "a display"

GONE = {OTHER: (403, 404), OTHER_BOOTH: (401, 404), WALL: (401,)}
"""Who has nothing to do with a call: to them it is not there."""
REFUSED: dict[str, dict[str, tuple[int, ...]]] = {
    "anyone": {},
    "staff": {BOOTH: (401,), WALL: (401,)},
    "booth": {HELPER: (401,), SUPERVISOR: (401,), WALL: (401,)},
    "booth, staff": {WALL: (401,)},
    "supervisors": {HELPER: (403,), BOOTH: (401,), WALL: (401,)},
    "back office": {HELPER: (401,), SUPERVISOR: (401,), BOOTH: (401,), WALL: (401,)},
    "an enrolled display, supervisors": {HELPER: (403,), BOOTH: (401,)},
    "the helper, supervisors": {OTHER: (404,), BOOTH: (401,), WALL: (401,)},
    "its owner, supervisors": {OTHER: (404,), BOOTH: (401,), WALL: (401,)},
    "its agents, supervisors": {**GONE, BOOTH: (401,)},
    "booth, its agents and supervisors": GONE,
    "booth and the agent who leads the call": {**GONE, SUPERVISOR: (404,)},
    "members of the call": {**GONE, SUPERVISOR: (403, 404)},
    "members of the call; staff also later": GONE,
    "staff in the call": {**GONE, BOOTH: (401,), SUPERVISOR: (403, 404)},
    "its booth": {HELPER: (401,), SUPERVISOR: (401,), OTHER_BOOTH: (404,), WALL: (401,)},
    "supervisors; its agents where the settings say so": {**GONE, HELPER: (403,), BOOTH: (401,)},
    "who made it": {HELPER: (403,), OTHER: (403,), BOOTH: (401,), WALL: (401,)},
    "who sent it, during the call": {**GONE, SUPERVISOR: (403, 404), BOOTH: (403,)},
    "who opened it": {HELPER: (403, 404), BOOTH: (401,), WALL: (401,)},
}
"""By what `who` says: those a route is not for, and how they are refused."""
READERS = {
    "its owner, supervisors": HELPER, "the helper, supervisors": HELPER, "its agents, supervisors": HELPER,
    "booth, its agents and supervisors": BOOTH, "booth and the agent who leads the call": HELPER,
    "members of the call; staff also later": BOOTH, "supervisors": SUPERVISOR, "staff": HELPER,
}  # fmt: skip
"""Somebody each of them is for."""
OPEN = {
    "/booth", "/wall", "/healthz", "/readyz", "/metrics", "/nodes", "/api/openapi.json", "/socket.io/",
    "/vendor/{name}", "/static/web/{path}", "/static/booth/{path}", "/static/console/{path}",
}  # fmt: skip
"""What else the service answers: pages and their parts without anybody's data, and what its operators and nodes ask."""
MEMBERS: dict[str, Any] = {
    "agent_id": HELPER, "queue_id": "social", "outcome": "completed", "surface_id": "doc_1", "page": 1, "tool": "pen",
    "mark_id": "mark_1", "points": [[0.1, 0.1]], "left": 0, "top": 0, "right": 1, "bottom": 1, "x": 0.5, "y": 0.5,
    "kind": "document", "id": "doc_1", "reason": "mine", "number": receipt_number.make(date(2026, 11, 26), 1),
    "last_four": "1234", "text": "x", "message_id": "m1", "finding_id": "find_1", "decision": "confirmed",
    "form_id": "social_card", "field": "name", "value": "x", "base": 0, "devices": ["printer"], "audio": True,
    "video": True, "surface": "paper", "signing_id": "sign_1", "description": {"type": "offer", "sdp": OFFER},
    "state": "good", "device": "card_reader", "action": "read", "code": "ok", "for_s": 60, "level": 1, "agreed": True,
    "action_id": "act_1", "mirror_id": "mirror_1", "what": "allowed",
}  # fmt: skip
"""One good value of every member a message needs."""
STILL = part(picture(64, 48))
ONE_OF: dict[str, dict[str, Any]] = {
    "mirror.show": PAGE, "consult.ask": {"agent_id": HELPER}, "sign.ask": {"form_id": "social_card"},
    "paper.lay": {"quarters": 1}, "MatterStep": {"seen": "received", "state": "judged"},
}  # fmt: skip
"""What must be said beside what is always needed."""
NOT_THEIRS = {"not_a_member", "not_lead"}
BY_ID = {
    "offer.accept": {"offer_over", "not_your_offer"}, "offer.decline": {"offer_over", "not_your_offer"},
    "consult.read": {"not_your_offer", "unknown_offer"}, "link.signal": NOT_THEIRS, "link.playing": NOT_THEIRS,
    "link.report": NOT_THEIRS, "lease.give_back": {"no_lease"}, "device.do": {"no_lease"},
    "paper.lay": {"unknown"}, "paper.match": {"unknown"}, "capture.withdraw": {"unknown", "not_a_member"},
    "capture.fail": {"unknown", "not_a_member"}, "lease.allow": {"no_lease"}, "lease.refuse": {"no_lease"},
    "lease.take_back": {"no_lease"}, "device.did": {"nothing"}, "mirror.tell": {"mirror_over"},
    "mirror.show": {"mirror_over"}, "call_back.answer": NOT_THEIRS,
}  # fmt: skip
"""About what is named by an id of its own: how another's is refused. `nothing`: it is heard, and nothing follows."""
OWN = {
    "agent.ready", "agent.not_ready", "health", "call.enter", "devices.are", "device.own", "ticket.show",
    "appointment.times", "appointment.book", "appointment.cancel",
}  # fmt: skip
"""About nobody but whoever says it, or opened by a secret."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        token = await house.service.auth.open_wall_session(await house.service.auth.enrol_wall("test"), "::1")
        house.cookies[WALL] = f"vw_wall={token}"
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call(house: House) -> AsyncIterator[tuple[Page, Page]]:
    """A booth and a helper who talk."""
    yield await talk(house, BOOTH, HELPER, ITEM)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(house: House, call: tuple[Page, Page]) -> dict[str, str]:
    """Something real of each kind that an address names; what needs a recording has its tests where that is."""
    booth, agent = call
    call_id, service, now = agent.call["call_id"], house.service, house.clock()
    capture_id = (await agent.do("capture.request", call_id=call_id))["capture_id"]
    assert await ask(house, "PATCH", f"/api/captures/{capture_id}/content", BOOTH, **STILL) == 204
    await agent.until(lambda page: "stored" in [told.get("state") for _, told in page.events])
    paper: dict[str, Any] = {"data": pdf(1), "headers": {"Content-Type": "application/pdf"}}
    assert await ask(house, "POST", f"/api/calls/{call_id}/documents?name=a.pdf", HELPER, **paper) == 200
    intake = Intake(
        call_id=call_id, booth_id=BOOTH, item_id=ITEM, agent_id=HELPER, lang="zh-CN", taken=("id_card",), missing=(),
        next_steps="", last_four="4321",
    )  # fmt: skip
    await service.records.forms.ask(Signing("sign_1", call_id, "declined", HELPER, now, ended_at=now))
    await service.projection.reach(service.hall.seq)
    identity = await service.auth.identify_staff((await house.cookie(HELPER)).split("=", 1)[1])
    return {
        "call_id": call_id, "agent_id": HELPER, "capture_id": capture_id, "signing_id": "sign_1",
        "document_id": (await booth.told("document.changed"))["document_id"],
        "receipt_id": (await service.cases.receive(intake)).receipt_id,
        "matter_id": (await service.matters.open_by(identity, call_id, "x")).matter_id,
        "remark_id": (await service.records.remarks.make(call_id, now, "x", SUPERVISOR, now)).remark_id,
        "offer_id": (await service.records.history.record(identity, call_id, now)).offers[0].offer_id,
        "lease_id": (await agent.do("lease.ask", call_id=call_id, devices=["printer"]))["lease_id"],
    }  # fmt: skip


async def ask(house: House, method: str, path: str, who: str, headers: Mapping[str, str] = {}, **body: Any) -> int:
    headers = {**headers, "Cookie": await house.cookie(who)}
    body = body or {"json": {}}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, house.url + path, headers=headers, **body) as answer,
    ):
        return answer.status


def address(path: str, ids: Mapping[str, str]) -> str:
    """Fill an address in; what there is nothing of is called x_1."""
    return re.sub(r"{(\w+)[^}]*}+", lambda found: ids.get(found[1], "x_1"), path)


async def test_every_route_refuses_those_it_is_not_for(house: House, ids: dict[str, str]) -> None:
    assert {route.who for route in ROUTES} <= REFUSED.keys(), "for whom is it?"
    for route in ROUTES:
        path = address(route.path, ids)
        for who, answers in REFUSED[route.who].items():
            said = {"json": members(route.takes, ids)} if route.takes else STILL if route.method == "PATCH" else {}
            status = await ask(house, route.method, path, who, **said)
            assert status in answers, f"{route.method} {path} ({route.who}) gave {who} {status}"


async def test_what_was_refused_is_there_for_somebody(house: House, ids: dict[str, str]) -> None:
    shown = {"call_id", "agent_id", "matter_id", "receipt_id", "document_id", "capture_id"}
    for route in ROUTES:
        named = set(re.findall(r"{(\w+)}", route.path))
        whole = route.path.endswith(("/content", "/seal", "/corrected"))  # made in a process of their own
        if route.method == "GET" and named and named <= shown and not (whole and "receipt_id" in named):
            status = await ask(house, "GET", address(route.path, ids), READERS[route.who])
            assert status == 200, f"{route.path} gave {READERS[route.who]} {status}"


async def test_every_other_address_is_known_to_be_open(house: House) -> None:
    served = {
        resource.canonical for resource in house.runner.app.router.resources() if resource.canonical.startswith("/")
    }
    pages = {address(page.path, {}) for page in PAGES}
    rest = {address(path, {"path": "{path}", "name": "{name}"}) for path in served} - pages
    assert rest - {address(route.path, {}) for route in ROUTES} == OPEN


async def test_pages_for_supervisors_are_shown_to_nobody_else(house: House) -> None:
    for page in PAGES:
        if "agent" not in page.roles:
            assert await ask(house, "GET", page.path, HELPER) == 403


def required(kind: type[object]) -> set[str]:
    return {field.name for field in describe(kind) if field.required}


def of_a_call(messages: Mapping[str, type[object]]) -> list[str]:
    return [name for name, kind in messages.items() if "call_id" in required(kind) and name not in SUPERVISORS]


def members(kind: type[Any], ids: Mapping[str, str]) -> dict[str, Any]:
    """Return what a message or a body of this kind needs, about something real."""
    return {field: ids.get(field) or MEMBERS.get(field, "x") for field in required(kind)} | ONE_OF.get(
        getattr(kind, "NAME", ""), {}
    )


@pytest.mark.parametrize("side", ["staff", "booth"])
async def test_nobody_says_anything_about_what_is_anothers(
    house: House, call: tuple[Page, Page], ids: dict[str, str], side: str
) -> None:
    booth, agent = call
    messages = STAFF if side == "staff" else FROM_BOOTH
    stranger = await house.page(OTHER if side == "staff" else OTHER_BOOTH)
    calls = {name: NOT_THEIRS for name in of_a_call(messages)} | {
        name: codes for name, codes in BY_ID.items() if name in messages
    }
    assert messages.keys() - SUPERVISORS.keys() - OWN == calls.keys(), "whose is it?"
    named = {**ids, "link_id": agent.link_id}
    seq, heard = house.service.hall.seq, len(booth.events) + len(agent.events)
    for name, codes in calls.items():
        answer = await stranger.say(name, **members(messages[name], named))
        code = "nothing" if answer["ok"] else answer["problem"]["code"]
        assert code in codes, f"{name}: {code}"
    assert (house.service.hall.seq, len(booth.events) + len(agent.events)) == (seq, heard)
    await stranger.close()
