"""The bridge: who may speak to it, and that no device is touched without a lease that lives."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio

from extension_point.devices.simulator import CARD
from tests.extension_point.devices.conftest import ORIGIN, PATIENCE_S, Bridge, Page, bridge

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def booth(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    async with bridge(tmp_path_factory.mktemp("bridge")) as running:
        yield running


async def test_a_paired_page_hears_which_devices_there_are(booth: Bridge) -> None:
    async with booth.page() as page:
        devices = {one["device"]: one for one in page.hello["devices"]}
    assert {name: (one["state"], one["simulated"]) for name, one in devices.items()} == {
        "printer": ("ok", False),
        "document_camera": ("ok", True),
        "card_reader": ("ok", True),
        "signature_pad": ("ok", True),
    }
    assert "模拟" in devices["card_reader"]["name"]


async def test_it_listens_on_the_loopback_address_only(booth: Bridge) -> None:
    port = int(booth.url.split(":")[2].split("/")[0])
    own = {each[4][0] for each in sockets.getaddrinfo(sockets.gethostname(), port, sockets.AF_INET)} - {"127.0.0.1"}
    for address in own or {"127.0.0.2"}:
        with pytest.raises(OSError):  # noqa: PT011 - which one depends on the machine
            sockets.create_connection((str(address), port), timeout=2)


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"Host": "window.example.cn:7681"}])
async def test_another_site_s_page_is_refused(booth: Bridge, headers: dict[str, str]) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with booth.page(**headers):
            pass
    assert refused.value.status == 403


async def test_a_page_without_an_origin_is_refused(booth: Bridge) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await booth.session.ws_connect(booth.url)


async def test_a_page_that_was_not_paired_is_told_so_and_cut(booth: Bridge) -> None:
    async with booth.page(token="guess") as page:
        assert page.hello["code"] == "not_paired"
        assert (await page.socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


async def test_what_comes_before_the_token_is_not_heard(booth: Bridge) -> None:
    async with booth.session.ws_connect(booth.url, headers={"Origin": ORIGIN}) as socket:
        await socket.send_str(json.dumps({"id": 1, "action": "devices"}))
        assert (await socket.receive_json())["code"] == "not_paired"


async def test_a_document_is_printed_under_a_lease_byte_for_byte(booth: Bridge) -> None:
    async with booth.page() as page:
        await page.lend("printer")
        answer = await page.do("printer", "print", PDF, parameters={"title": "回执 A001/../x", "copies": 2})
    assert answer["code"] == "ok"
    printed = sorted(file for file in booth.printed.iterdir() if "回执-A001" in file.name)
    assert [file.read_bytes() for file in printed] == [PDF, PDF]
    assert answer["detail"] == printed[0].name


@pytest.mark.parametrize(
    ("data", "members", "code"),
    [
        (b"<html>", {}, "malformed"),
        (b"", {}, "malformed"),
        (PDF, {"parameters": {"copies": 6}}, "malformed"),
        (PDF, {"parameters": {"copies": True}}, "malformed"),
        (PDF, {"parameters": ["copies"]}, "malformed"),
        (PDF, {"command": "burn"}, "no_such_action"),
        (PDF, {"device": "door"}, "no_such_device"),
        (PDF, {"lease_id": "lease_2"}, "no_lease"),
        (PDF, {"lease_id": ""}, "malformed"),
    ],
)
async def test_what_is_wrong_is_refused_by_its_code(
    booth: Bridge, data: bytes, members: dict[str, Any], code: str
) -> None:
    before = len(list(booth.printed.glob("*")))
    async with booth.page() as page:
        await page.lend("printer")
        wanted = {"device": "printer", "command": "print", "lease_id": "lease_1"} | members
        assert (await page.ask("do", data, **wanted))["code"] == code
    assert len(list(booth.printed.glob("*"))) == before


async def test_bytes_that_are_not_as_announced_are_refused(booth: Bridge) -> None:
    async with booth.page() as page:
        await page.lend("printer")
        message = {"action": "do", "lease_id": "lease_1", "device": "printer", "command": "print", "bytes": 9}
        await page.socket.send_str(json.dumps({"id": 90, **message}))
        await page.socket.send_bytes(b"%PDF-1.7\nmore")
        assert (await page.answer(90))["code"] == "malformed"
        await page.socket.send_str(json.dumps({"id": 91, **message, "bytes": 60_000_000}))
        assert (await page.answer(91))["code"] == "too_large"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"id": 5}', '{"id": 5, "action": "lease", "devices": "printer"}'])
async def test_nonsense_is_answered_and_the_page_stays_connected(booth: Bridge, text: str) -> None:
    async with booth.page() as page:
        await page.socket.send_str(text)
        assert (await page.socket.receive_json())["code"] in ("malformed", "no_such_action")
        assert (await page.ask("devices"))["code"] == "ok"


async def test_no_device_works_without_a_lease_for_it(booth: Bridge) -> None:
    async with booth.page() as page:
        assert (await page.do("card_reader", "read"))["code"] == "no_lease"
        await page.lend("printer")
        assert (await page.do("card_reader", "read"))["code"] == "no_lease"
        await page.lend("card_reader")
        answer = await page.do("card_reader", "read")
        assert (answer["code"], answer["result"]) == ("ok", {**CARD, "simulated": True})
        await page.ask("end", lease_id="lease_1")
        assert (await page.do("card_reader", "read"))["code"] == "no_lease"


async def test_what_is_taken_back_stops_at_once(booth: Bridge) -> None:
    async with booth.page() as page:
        await page.lend("card_reader")
        reading = await page.send("do", lease_id="lease_1", device="card_reader", command="read")
        await page.send("end", lease_id="lease_1")
        answer = await page.answer(reading)
        assert (answer["code"], answer["detail"]) == ("no_lease", "taken back")
        await page.lend("card_reader")
        assert (await page.do("card_reader", "read"))["code"] == "ok"


async def test_a_lease_that_runs_out_stops_what_goes_on(booth: Bridge) -> None:
    async with booth.page() as page:
        await page.lend("card_reader", for_s=0.2)
        assert (await page.do("card_reader", "read"))["detail"] == "expired"
        assert (await page.do("card_reader", "read"))["code"] == "no_lease"


async def test_a_device_does_one_thing_at_a_time_whoever_asks(booth: Bridge) -> None:
    async with booth.page() as page, booth.page() as other:
        await page.lend("card_reader")
        await other.lend("card_reader")
        await page.send("do", lease_id="lease_1", device="card_reader", command="read")
        await page.ask("devices")
        assert (await other.do("card_reader", "read"))["code"] == "busy"


async def test_leases_are_forgotten_with_the_connection(booth: Bridge) -> None:
    async with booth.page() as page:
        await page.lend("card_reader")
        await page.send("do", lease_id="lease_1", device="card_reader", command="read")
    async with booth.page() as page:
        assert (await page.do("card_reader", "read"))["code"] == "no_lease"
        await page.lend("card_reader")
        # What the page that went had begun has ended with it: the device is free.
        assert (await page.do("card_reader", "read"))["code"] == "ok"


async def test_the_pad_says_what_it_shows(booth: Bridge) -> None:
    async with booth.page() as page:
        await page.lend("signature_pad")
        shown = await page.do("signature_pad", "show", parameters={"text": "请签名"})
        assert shown["result"] == {"screen": "请签名", "simulated": True}
        assert (await page.do("signature_pad", "show", parameters={"text": ""}))["code"] == "malformed"
        assert (await page.do("signature_pad", "clear"))["result"]["screen"] == ""


def controls(devices: list[dict[str, Any]]) -> dict[str, int]:
    (camera,) = next(one for one in devices if one["device"] == "document_camera")["cameras"]
    return {one["control"]: one["value"] for one in camera["controls"]}


async def as_found(page: Page, found: dict[str, int]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while controls((await page.ask("devices"))["devices"]) != found:
            pass


async def test_the_camera_is_turned_under_a_lease_and_as_it_was_when_that_is_over(booth: Bridge) -> None:
    turn = {"camera": "模拟高拍仪", "control": "zoom", "value": 200}
    async with booth.page() as page:
        found = controls(page.hello["devices"])
        assert (await page.do("document_camera", "turn", parameters=turn))["code"] == "no_lease"
        await page.lend("document_camera", lease_id="lease_3")
        assert (await page.do("document_camera", "turn", parameters=turn))["code"] == "no_lease"
        await page.lend("document_camera")
        answer = await page.do("document_camera", "turn", parameters=turn)
        assert (answer["code"], answer["result"]) == ("ok", {"control": "zoom", "value": 200, "simulated": True})
        assert controls((await page.ask("devices"))["devices"]) == found | {"zoom": 200}
        assert (await page.do("document_camera", "turn", parameters=turn | {"value": 401}))["code"] == "malformed"
        await page.ask("end", lease_id="lease_1")
        await as_found(page, found)
        await page.lend("document_camera")
        await page.do("document_camera", "turn", parameters=turn)
    # Nobody ended this lease: the page went.
    async with booth.page() as page:
        await as_found(page, found)
        await page.lend("document_camera", for_s=0.5)
        await page.do("document_camera", "turn", parameters=turn)
        await as_found(page, found)


async def test_a_restarted_bridge_is_still_paired(tmp_path: Path) -> None:
    async with bridge(tmp_path) as first:
        token = first.token
    async with bridge(tmp_path) as second, second.page(token=token) as page:
        assert page.hello["code"] == "ok"
    assert (tmp_path / "state" / "token").stat().st_mode & 0o077 == 0


async def test_where_cups_runs_the_same_bytes_go_to_lp(tmp_path: Path) -> None:
    """`lp` is a script here that keeps what it was given; the service's own machine has no CUPS."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in {
        "lp": f'#!/bin/sh\nfor last; do :; done\ncp "$last" {tmp_path}/taken\necho "$@" > {tmp_path}/arguments\n'
        "echo 'request id is counter-17 (1 file(s))'\n",
        "lpstat": '#!/bin/sh\necho "$2 accepting requests since yesterday"\n',
    }.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    async with bridge(tmp_path, str(folder), PRINT_TO="", PRINTER="counter") as running, running.page() as page:
        printer = page.hello["devices"][0]
        assert (printer["name"], printer["state"]) == ("counter", "ok")
        await page.lend("printer")
        answer = await page.do("printer", "print", PDF, parameters={"title": "-o raw; rm", "copies": 2})
    assert (answer["code"], answer["detail"]) == ("ok", "counter-17")
    assert (tmp_path / "taken").read_bytes() == PDF
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[:6] == ["-d", "counter", "-n", "2", "-t", "-o-raw-rm"]


async def test_where_no_cups_runs_printing_is_refused_by_its_code(tmp_path: Path) -> None:
    async with bridge(tmp_path, PRINT_TO="", PRINTER="no_such_queue") as running, running.page() as page:
        assert page.hello["devices"][0]["state"] == "missing"
        await page.lend("printer")
        assert (await page.do("printer", "print", PDF))["code"] in ("not_connected", "failed")
