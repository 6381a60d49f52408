"""The HTTP interface: who gets what, problems by RFC 9457, and the document that describes it."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, DummyCookieJar, web
from aiohttp.test_utils import TestServer

from signaling import api
from signaling.api.routes import ROUTES
from signaling.records import Message, Rating
from signaling.records.story import write
from signaling.routing.events import Accepted, Ended, Entered, Offered
from tests.signaling.records.house import AGENT, BOOTH, OTHER_AGENT, SUPERVISOR, House, open_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientResponse

    from signaling.routing.events import Event

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENTERED_AT = 1_799_999_000.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    proxies: dict[str, Any] = {"http": {"trusted_proxies": ["127.0.0.0/8"], "origins": ["https://public.example.cn"]}}
    async with open_house(tmp_path_factory.mktemp("house"), **proxies) as house:
        await _serve_call(house, "call_1", AGENT)
        await _serve_call(house, "call_2", OTHER_AGENT)
        yield house


async def _serve_call(house: House, call_id: str, agent_id: str) -> None:
    at = ENTERED_AT + int(call_id[-1])
    events: tuple[Event, ...] = (
        Entered(at, call_id, BOOTH, "social", "social_card_replace", f"A00{call_id[-1]}", (), 0, ("elder",), at),
        Offered(at + 1, f"offer_{call_id}", call_id, agent_id, at + 21),
        Accepted(at + 2, f"offer_{call_id}", call_id, agent_id),
        Ended(at + 62, call_id, "completed", agent_id, "", agent_id, False),
    )
    first = int(call_id[-1]) * 10
    async with house.records.database.writing() as session:
        await write(session, house.world, 1, [(first + n, event.at, event) for n, event in enumerate(events)])
    await house.records.conversation.say(Message(call_id, "msg_1", "citizen", BOOTH, "<script>你好</script>", at + 5))
    await house.records.conversation.rate(call_id, BOOTH, Rating(5, (), "", at + 70))


async def problem(response: ClientResponse, status: int, code: str) -> dict[str, Any]:
    """Check that an answer is a problem document and return it."""
    members: dict[str, Any] = await response.json(content_type="application/problem+json")
    assert (response.status, members["status"], members["code"]) == (status, status, code)
    assert members["type"] == f"urn:virtual-window:problem:{code}"
    assert members["title"]
    assert members["detail"]
    return members


# --- signing in and out ---------------------------------------------------------------------------------


async def test_staff_sign_in_see_themselves_and_sign_out(house: House) -> None:
    body = {"name": "chenjing", "password": "demo-chenjing"}
    answer = await house.ask("POST", "/api/staff/session", json=body)
    assert answer.status == 204
    header = answer.headers["Set-Cookie"]
    for attribute in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=50400"):
        assert attribute in header
    cookie = header.split(";")[0]
    me = await (await house.ask("GET", "/api/staff/me", cookie=cookie)).json()
    assert (me["id"], me["name"], me["role"], me["badge"]) == (AGENT, "陈静", "agent", "PX101")
    assert me["skills"]["social_security"] == 4
    assert me["queues"] == ["social"]
    assert (await house.ask("DELETE", "/api/staff/session", cookie=cookie)).status == 204
    await problem(await house.ask("GET", "/api/staff/me", cookie=cookie), 401, "not_signed_in")


async def test_a_booth_shows_its_credential_and_sees_itself(house: House) -> None:
    credential = await house.auth.enrol_booth(BOOTH, "test")
    answer = await house.ask("POST", "/api/booth/session", json={"credential": credential})
    assert answer.status == 204
    header = answer.headers["Set-Cookie"]
    for attribute in ("vw_booth=", "HttpOnly", "Secure", "SameSite=Strict", "Path=/"):
        assert attribute in header
    me = await (await house.ask("GET", "/api/booth/me", cookie=header.split(";")[0])).json()
    assert (me["booth_id"], me["street"]) == (BOOTH, "曹杨新村街道")
    await house.auth.revoke_booth(BOOTH, "test")
    await problem(await house.ask("GET", "/api/booth/me", cookie=header.split(";")[0]), 401, "not_signed_in")
    again = await house.ask("POST", "/api/booth/session", json={"credential": credential})
    await problem(again, 401, "wrong_credential")


@pytest.mark.parametrize(
    ("options", "status", "code", "field"),
    [
        ({"json": {"name": "chenjing", "password": "wrong"}}, 401, "wrong_password", None),
        ({"json": {"name": "chenjing"}}, 400, "malformed", "password"),
        ({"json": {"name": 7, "password": "x"}}, 400, "malformed", "name"),
        ({"json": {"name": "a" * 65, "password": "x"}}, 400, "malformed", "name"),
        ({"json": {"name": "a", "password": "x" * 257}}, 400, "malformed", "password"),
        ({"json": {"name": "\ud800", "password": "x"}}, 400, "malformed", "name"),
        ({"json": ["chenjing"]}, 400, "malformed", "message"),
        ({"data": b"{", "headers": {"Content-Type": "application/json"}}, 400, "malformed", None),
        ({"data": b"\xff\xfe", "headers": {"Content-Type": "application/json"}}, 400, "malformed", None),
        ({"data": b"[" * 60_000, "headers": {"Content-Type": "application/json"}}, 400, "malformed", None),
        ({"data": b" " * 70_000, "headers": {"Content-Type": "application/json"}}, 413, "too_large", None),
        ({"data": {"name": "chenjing", "password": "x"}}, 400, "unsupported_media_type", "Content-Type"),
    ],
)
async def test_a_wrong_sign_in_is_refused_by_name(
    house: House, options: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    headers = {"X-Forwarded-For": f"192.0.2.{abs(hash(str(options))) % 250}", **options.pop("headers", {})}
    members = await problem(await house.ask("POST", "/api/staff/session", headers=headers, **options), status, code)
    assert members.get("field") == field


async def test_a_body_in_pieces_is_read_whole_and_one_that_never_ends_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()

    async def pieces(*parts: bytes, ends: bool = True) -> AsyncIterator[bytes]:
        for part in parts:
            yield part
            await asyncio.sleep(0)
        if not ends:
            await never.wait()

    headers = {"Content-Type": "application/json", "X-Forwarded-For": "192.0.2.251"}
    body = pieces(b'{"name": "chen', b'jing", "passw', b'ord": "wrong"}')
    await problem(await house.ask("POST", "/api/staff/session", headers=headers, data=body), 401, "wrong_password")
    monkeypatch.setattr("signaling.api.back.BODY_S", 0.2)
    body = pieces(b'{"name": "chen', ends=False)
    await problem(await house.ask("POST", "/api/staff/session", headers=headers, data=body), 400, "too_slow")


async def test_attempts_are_counted_by_the_address_before_the_trusted_proxy(house: House) -> None:
    async def attempt(name: str, forwarded: str) -> int:
        answer = await house.ask(
            "POST", "/api/staff/session", json={"name": name, "password": "x"}, headers={"X-Forwarded-For": forwarded}
        )
        return answer.status

    for number in range(40):
        assert await attempt(f"guess{number}", "198.51.100.1") == 401
    assert await attempt("another", "198.51.100.1") == 429
    assert await attempt("another", "1.2.3.4, 198.51.100.1") == 429  # what the client wrote itself counts for nothing
    assert await attempt("another", "198.51.100.2") == 401


async def test_another_sites_page_is_refused_and_ours_are_not(house: House) -> None:
    body = {"name": "chenjing", "password": "demo-chenjing"}
    for origin in ("https://evil.example", "null"):
        answer = await house.ask("POST", "/api/staff/session", json=body, headers={"Origin": origin})
        await problem(answer, 403, "foreign_origin")
    ours = str(house.server.make_url("/")).rstrip("/")
    for origin in (ours, "https://public.example.cn"):
        answer = await house.ask("POST", "/api/staff/session", json=body, headers={"Origin": origin})
        assert answer.status == 204


# --- what is not signed in, or not allowed ----------------------------------------------------------------

GUARDED = [route for route in ROUTES if route.who != "anyone"]


@pytest.mark.parametrize("cookie", ["", "vw_staff=forged", "vw_booth=forged", "vw_staff=; vw_booth="])
@pytest.mark.parametrize("route", GUARDED, ids=lambda route: f"{route.method} {route.path}")
async def test_nothing_is_open_without_a_valid_cookie(house: House, route: Any, cookie: str) -> None:
    path = re.sub(r"{\w+}", "x_1", route.path)
    answer = await house.ask(route.method, path, cookie=cookie)
    assert answer.status == 401


async def test_the_history_shows_agents_their_own_and_supervisors_all(house: House) -> None:
    async def seen(agent_id: str, query: str = "") -> list[str]:
        answer = await house.ask("GET", f"/api/calls{query}", cookie=await house.staff_cookie(agent_id))
        return [call["call_id"] for call in (await answer.json())["calls"]]

    assert await seen(AGENT) == ["call_1"]
    assert await seen(OTHER_AGENT) == ["call_2"]
    assert await seen(SUPERVISOR) == ["call_2", "call_1"]
    assert await seen(SUPERVISOR, "?mine=1") == []
    assert await seen(SUPERVISOR, "?q=陈静") == ["call_1"]
    assert await seen(SUPERVISOR, "?q=陈静\u3000\uff50\uff38\uff11\uff10\uff11") == ["call_1"]
    assert await seen(AGENT, "?q=A002") == []
    booth = await house.ask("GET", "/api/calls", cookie=await house.booth_cookie())
    assert booth.status == 401


async def test_the_history_comes_in_pages(house: House) -> None:
    cookie = await house.staff_cookie(SUPERVISOR)
    first = await (await house.ask("GET", "/api/calls?limit=1", cookie=cookie)).json()
    assert first["next"] == "call_2"
    second = await (await house.ask("GET", f"/api/calls?limit=1&before={first['next']}", cookie=cookie)).json()
    assert ([call["call_id"] for call in second["calls"]], second["next"]) == (["call_1"], None)


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1e2", "٣", "9" * 30])
async def test_a_wrong_page_size_is_refused(house: House, limit: str) -> None:
    answer = await house.ask("GET", f"/api/calls?limit={limit}", cookie=await house.staff_cookie())
    assert (await problem(answer, 400, "malformed"))["field"] == "limit"


async def test_a_call_is_listed_as_the_console_shows_it(house: House) -> None:
    answer = await house.ask("GET", "/api/calls", cookie=await house.staff_cookie())
    (call,) = (await answer.json())["calls"]
    assert call["item"] == {
        "id": "social_card_replace",
        "name": "社保卡更换",
        "name_en": "Replace a social security card",
    }
    assert (call["booth"]["point"], call["booth"]["street"]) == ("曹杨新村街道社区事务受理服务中心", "曹杨新村街道")
    assert call["agent"] == {"id": AGENT, "name": "陈静", "badge": "PX101"}
    assert (call["wait_s"], call["talk_s"], call["rating"], call["state"]) == (2, 60, 5, "ended")
    assert re.fullmatch(r"2027-01-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", call["entered_at"])


async def test_a_record_is_for_those_who_took_part_and_supervisors(house: House) -> None:
    for agent_id in (AGENT, SUPERVISOR):
        answer = await house.ask("GET", "/api/calls/call_1", cookie=await house.staff_cookie(agent_id))
        record = await answer.json()
        assert record["call"]["call_id"] == "call_1"
        assert record["chat"][0]["text"] == "<script>你好</script>"
        assert [offer["answer"] for offer in record["offers"]] == ["accepted"]
        assert [event["type"] for event in record["timeline"]] == ["Entered", "Offered", "Accepted", "Ended"]
    refused = await house.ask("GET", "/api/calls/call_1", cookie=await house.staff_cookie(OTHER_AGENT))
    missing = await house.ask("GET", "/api/calls/call_9", cookie=await house.staff_cookie(OTHER_AGENT))
    assert await problem(refused, 404, "unknown") == await problem(missing, 404, "unknown")


@pytest.mark.parametrize("path", ["/api/calls/%00", "/api/calls?q=%00", "/api/calls?before=%00"])
async def test_what_no_database_keeps_is_refused(house: House, path: str) -> None:
    await problem(await house.ask("GET", path, cookie=await house.staff_cookie()), 400, "malformed")


# --- service items --------------------------------------------------------------------------------------


async def test_items_come_with_their_checklists_to_booths_and_staff(house: House) -> None:
    for cookie in (await house.booth_cookie(), await house.staff_cookie()):
        answer = await (await house.ask("GET", "/api/items", cookie=cookie)).json()
        items = {item["id"]: item for item in answer["items"]}
        assert len(items) == len(house.world.items)
        item = items["social_card_replace"]
        assert (item["pinyin"], item["initials"]) == ("she bao ka geng huan", "sbkgh")
        assert (item["open"], item["opens_at"], item["needs_document_camera"]) == (True, None, True)
        assert [material["id"] for material in item["materials"]] == ["id_card", "old_card", "photo"]
        assert item["materials"][1]["required"] is False
        assert [need["id"] for need in answer["needs"]] == ["sign_language"]
        assert [each["id"] for each in answer["priorities"]] == ["elder", "disability", "veteran"]
        assert len(answer["queues"]) == 5


async def test_items_are_searched_as_people_type(house: House) -> None:
    answer = await (await house.ask("GET", "/api/items?q=jzz", cookie=await house.booth_cookie())).json()
    assert [item["name"] for item in answer["items"]] == ["居住证签注", "居住证办理"]


# --- every answer ---------------------------------------------------------------------------------------


async def test_every_answer_keeps_browsers_strict(house: House) -> None:
    for path in ("/api/openapi.json", "/api/staff/me", "/api/nothing", "/healthz"):
        headers = (await house.ask("GET", path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert (await house.ask("GET", "/api/staff/me")).headers["Cache-Control"] == "no-store"


async def test_unknown_paths_and_methods_are_problems_too(house: House) -> None:
    await problem(await house.ask("GET", "/api/nothing"), 404, "not_found")
    answer = await house.ask("PUT", "/api/staff/session")
    await problem(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(",")) == {"DELETE", "POST"}


async def test_what_was_not_foreseen_is_told_without_its_words() -> None:
    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError("the password is hunter2")

    app = web.Application()
    api.install(app)
    app.router.add_get("/broken", broken)
    async with TestServer(app) as server, ClientSession(cookie_jar=DummyCookieJar()) as client:
        answer = await client.get(server.make_url("/broken"))
        assert "hunter2" not in await answer.text()
        await problem(answer, 500, "internal")


async def test_health_says_whether_the_database_answers(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await (await house.ask("GET", "/healthz")).json() == {"status": "ok"}


# --- the document ---------------------------------------------------------------------------------------


async def test_the_document_names_every_route_and_only_those(house: House) -> None:
    document = await (await house.ask("GET", "/api/openapi.json")).json()
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    served = {
        (route.method, route.resource.canonical)
        for route in house.server.app.router.routes()
        if route.resource and route.resource.canonical.startswith("/api/") and "openapi" not in route.resource.canonical
    }
    assert described == served == {(route.method, route.path) for route in ROUTES}
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))


async def test_every_reference_in_the_document_leads_somewhere(house: House) -> None:
    text = await (await house.ask("GET", "/api/openapi.json")).text()
    schemas = json.loads(text)["components"]["schemas"]
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert names <= schemas.keys()
    assert {"Problem", "Record", "Items", "SignIn"} <= names


async def test_what_is_answered_has_the_members_the_document_says(house: House) -> None:
    document = await (await house.ask("GET", "/api/openapi.json")).json()
    schemas = document["components"]["schemas"]
    cookie, booth = await house.staff_cookie(), await house.booth_cookie()
    for path, template, who in (
        ("/api/staff/me", "/api/staff/me", cookie),
        ("/api/booth/me", "/api/booth/me", booth),
        ("/api/items", "/api/items", booth),
        ("/api/calls", "/api/calls", cookie),
        ("/api/calls/call_1", "/api/calls/{call_id}", cookie),
    ):
        answer = await (await house.ask("GET", path, cookie=who)).json()
        schema = document["paths"][template]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        _compare(answer, schema, schemas, path)


def _compare(value: Any, schema: dict[str, Any], schemas: dict[str, Any], where: str) -> None:
    """Hold a JSON value against a schema: members and kinds, following references."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    if "anyOf" in schema:
        if value is None:
            assert {"type": "null"} in schema["anyOf"], where
            return
        schema = next(each for each in schema["anyOf"] if each != {"type": "null"})
        _compare(value, schema, schemas, where)
        return
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
    assert isinstance(value, kinds[schema["type"]]), where  # type: ignore[arg-type]
    if schema["type"] == "array":
        for number, each in enumerate(value):
            _compare(each, schema["items"], schemas, f"{where}[{number}]")
    if "properties" in schema:
        assert value.keys() == schema["properties"].keys(), where
        for name, each in value.items():
            _compare(each, schema["properties"][name], schemas, f"{where}.{name}")
