"""Hand-over: whatever the other side does, in the end it has each package once, whole, and nothing is lost.

A real endpoint listens and misbehaves; time is told, nothing sleeps. The endpoint keeps docs/hand-over.md's contract:
a key it knows is answered with the same acknowledgement and counted once.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import json
import subprocess
import zipfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from signaling.captures.captures import Part
from signaling.errors import Unavailable
from signaling.handover.outbox import wait_s
from signaling.pictures.traces import without
from signaling.press import Press
from signaling.records.findings import Reading
from tests.signaling import portable
from tests.signaling.records.house import (
    AGENT,
    BOOTH,
    OTHER_AGENT,
    SUPERVISOR,
    Clock,
    House,
    open_house,
    picture,
)
from tests.signaling.test_cases import intake
from tests.signaling.test_traces import SECRET, phone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "what-the-endpoint-asks-for"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def press() -> AsyncIterator[Press]:
    """One for all tests: a process that sets Chinese type takes seconds to start."""
    async with Press.open() as press:
        yield press


@dataclasses.dataclass
class Office:
    """The back office's endpoint: what it took, by key, and how it answers the next requests."""

    moods: list[str] = dataclasses.field(default_factory=list)
    """One for each request to come: `500`, `lost` (taken, and the answer never sent), `lying`; then it behaves."""
    taken: dict[str, bytes] = dataclasses.field(default_factory=dict)
    asked: list[str] = dataclasses.field(default_factory=list)
    came: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    released: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        key, body = request.headers["Idempotency-Key"], await request.read()
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        digest = hashlib.sha256(body)
        assert request.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
        self.asked.append(key)
        self.came.set()
        mood = self.moods.pop(0) if self.moods else ""
        if mood == "500":
            raise web.HTTPInternalServerError
        assert self.taken.setdefault(key, body) == body
        if mood == "lost":
            await self.released.wait()
        if mood == "lying":
            return web.json_response({"package_id": "pack_another", "sha256": digest.hexdigest()})
        return web.json_response({"package_id": key, "sha256": digest.hexdigest()})


@asynccontextmanager
async def open_office(office: Office, port: int = 0) -> AsyncIterator[BaseTestServer]:
    office.released.clear()
    app = web.Application(client_max_size=50_000_000)
    app.router.add_post("/packages", office.take)
    async with TestServer(app, port=port) as server:
        try:
            yield server
        finally:
            office.released.set()


def towards(server: BaseTestServer, **more: Any) -> dict[str, Any]:
    return {"hand_over": {"url": str(server.make_url("/packages")), "token": TOKEN, "delay_s": 60, **more}}


def verified(folder: Path) -> bool:
    """Check a package as docs/hand-over.md says."""
    check = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    return subprocess.run(check, cwd=folder, capture_output=True, check=False).returncode == 0


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def capture(house: House, call_id: str, data: bytes) -> str:
    """Store a paper of a call."""
    asked = await house.captures.request(call_id, BOOTH, requester=AGENT)
    booth = await house.auth.identify_booth((await house.booth_cookie()).split("=", 1)[1])

    async def sent() -> AsyncIterator[bytes]:
        yield data

    part = Part(0, len(data), True, hashlib.sha256(data).digest())
    await house.captures.append(asked.capture_id, booth, part, sent())
    return asked.capture_id


async def corrected(house: House, capture_id: str, data: bytes, sha256: str) -> None:
    """Keep a corrected picture beside a paper; `sha256`: what the records say of it."""
    await house.captures.keep_beside(await house.captures.get(capture_id), "flat", data)
    reading = Reading(capture_id, "call_1", "read", house.clock(), sha256=sha256, key_id=house.captures.key_id)
    await house.records.findings.save(reading)


async def give(house: House, call_id: str) -> str:
    """Give a receipt; return its package's id."""
    receipt = await house.cases.receive(intake(call_id))
    return receipt.receipt_id.replace("rcpt_", "pack_")


async def test_a_package_holds_everything_and_is_checked_without_this_project(tmp_path: Path, press: Press) -> None:
    out = tmp_path / "out"
    async with open_house(tmp_path / "data", press=press, hand_over={"folder": out, "delay_s": 60}) as house:
        paper = phone("PNG")  # says where it was taken
        capture_id = await capture(house, "call_1", paper)
        await corrected(house, capture_id, b"straight", hashlib.sha256(b"straight").hexdigest())
        altered_id = await capture(house, "call_1", picture(seed=4))
        await corrected(house, altered_id, b"bent", "f" * 64)
        package_id = await give(house, "call_1")
        await house.outbox.deliver_due()
        assert not out.exists()  # the helper finishes the record first
        house.clock.now += 61
        await house.outbox.deliver_due()
        (file,) = files(out)
        assert file.name == f"{package_id}.zip"
        with zipfile.ZipFile(file) as archive:
            archive.extractall(tmp_path / "package")
            manifest = json.loads(archive.read("manifest.json"))
            original = archive.read(f"originals/{capture_id}.png")
            assert original == without(paper)
            assert (SECRET in paper, SECRET in original) == (True, False)
            assert archive.read(f"corrected/{capture_id}.jpg") == b"straight"
            assert portable.faults(archive.read("case.pdf")) == []
            assert portable.faults(archive.read("receipt.pdf")) == []
        assert (manifest["package_id"], manifest["call_id"]) == (package_id, "call_1")
        assert manifest["received_by"] == {"id": AGENT, "name": "陈静", "badge": "PX101"}
        kinds = [file["kind"] for file in manifest["files"]]
        assert kinds == ["receipt", "sheet", "original", "corrected", "original", "findings"]
        hashes = [(file["taken_sha256"], file["sha256"]) for file in manifest["files"] if file["kind"] == "original"]
        untouched, silent = hashlib.sha256(paper), hashlib.sha256(picture(seed=4)).hexdigest()
        assert hashes == [(untouched.hexdigest(), hashlib.sha256(original).hexdigest()), (silent, silent)]
        assert await house.captures.content(await house.captures.get(capture_id)) == paper
        folder = tmp_path / "package"
        assert verified(folder)
        (folder / "receipt.pdf").write_bytes((folder / "receipt.pdf").read_bytes()[:-1] + b"x")
        assert not verified(folder)
        assert files(tmp_path / "data" / "packages") == []  # acknowledged: not kept twice


async def test_down_for_a_minute_then_500_then_lost_answers_end_in_one_acknowledged_package(
    tmp_path: Path, press: Press
) -> None:
    office = Office()
    async with open_office(office) as first:
        settings, port = towards(first, timeout_s=0.3), first.port or 0
    async with open_house(tmp_path, press=press, **settings) as house:
        package_id = await give(house, "call_1")
        start = house.clock.now = house.clock.now + 61

        async def tries_until(at: float) -> None:
            """Let the time come for every try until then."""
            while (due := await house.records.packages.next_at()) is not None and due <= at:
                house.clock.now = max(house.clock.now, due)
                await house.outbox.deliver_due()

        await tries_until(start + 60)
        waits = await house.records.packages.get(package_id)
        assert (waits.attempts, office.asked) == (4, [])  # at 0, 5, 15 and 35 s
        assert "cannot be reached" in waits.problem
        office.moods = ["500", "lost", "lost", "lying"]
        async with open_office(office, port):
            await tries_until(start + 3600)
        sent = await house.records.packages.get(package_id)
        assert (sent.state, sent.problem, sent.attempts) == ("acknowledged", "", 9)
        assert office.asked == [package_id] * 5
        assert list(office.taken) == [package_id]
        assert hashlib.sha256(office.taken[package_id]).hexdigest() == sent.sha256
        await tries_until(start + 864_000)
        assert len(office.asked) == 5


async def test_a_restart_in_the_middle_sends_the_same_bytes_under_the_same_key(tmp_path: Path, press: Press) -> None:
    office, clock = Office(moods=["lost"]), Clock()
    async with open_office(office) as server:
        settings = towards(server, timeout_s=0.3)
        async with open_house(tmp_path, press=press, clock=clock, **settings) as house:
            package_id = await give(house, "call_1")
            clock.now += 61
            await house.outbox.deliver_due()
            made = await house.records.packages.get(package_id)
            assert (made.state, made.problem) == ("made", "no answer within 0.3 s")
        async with open_house(tmp_path, press=press, clock=clock, **settings) as house:
            await house.outbox.deliver_due()
            assert len(office.asked) == 1  # not due yet
            clock.now += wait_s(1)
            await house.outbox.deliver_due()
            sent = await house.records.packages.get(package_id)
            assert (sent.state, sent.sha256) == ("acknowledged", made.sha256)
    assert office.asked == [package_id] * 2


async def test_a_death_while_it_is_sent_holds_it_up_for_a_while_only(tmp_path: Path, press: Press) -> None:
    office, clock = Office(), Clock()
    async with (
        open_office(office) as server,
        open_house(tmp_path, press=press, clock=clock, **towards(server)) as house,
    ):
        package_id = await give(house, "call_1")
        clock.now += 61
        taken = await house.records.packages.take_due(clock.now, clock.now + 600)  # and the process is gone
        assert taken is not None
        assert taken.package_id == package_id
        await house.outbox.deliver_due()
        assert office.asked == []  # nobody else sends it meanwhile
        clock.now += 601
        await house.outbox.deliver_due()
        assert list(office.taken) == [package_id]


async def test_a_death_between_the_answer_and_its_noting_sends_the_same_again(
    tmp_path: Path, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, clock = Office(), Clock()

    async def dies(*_: object) -> None:
        raise Unavailable("the database is away just now")

    async with open_office(office) as server:
        settings = towards(server)
        async with open_house(tmp_path, press=press, clock=clock, **settings) as house:
            package_id, other_id = await give(house, "call_1"), await give(house, "call_2")
            clock.now += 61
            with monkeypatch.context() as patched:
                patched.setattr(house.records.packages, "acknowledged", dies)
                with pytest.raises(Unavailable):
                    await house.outbox.deliver_due()
            assert office.asked == [package_id]
            await house.outbox.deliver_due()  # what comes after it is not held up
            assert office.asked == [package_id, other_id]
        async with open_house(tmp_path, press=press, clock=clock, **settings) as house:
            clock.now += 601
            await house.outbox.deliver_due()
            assert (await house.records.packages.get(package_id)).state == "acknowledged"
    assert office.asked == [package_id, other_id, package_id]
    assert list(office.taken) == [package_id, other_id]  # the same bytes, says the office


async def test_two_servers_send_each_package_once(tmp_path: Path, press: Press) -> None:
    office, clock = Office(), Clock()
    async with open_office(office) as office_server:
        settings = towards(office_server)
        async with (
            open_house(tmp_path, press=press, clock=clock, **settings) as house,
            open_house(tmp_path, press=press, clock=clock, **settings) as other,
        ):
            packages = [await give(house, f"call_{number}") for number in range(3)]
            clock.now += 61
            await asyncio.gather(house.outbox.deliver_due(), other.outbox.deliver_due())
    assert sorted(office.asked) == sorted(packages)


async def test_a_package_that_another_server_noted_as_sent_holds_up_no_other(tmp_path: Path, press: Press) -> None:
    office, clock = Office(moods=["lost"]), Clock()
    async with (
        open_office(office) as server,
        open_house(tmp_path, press=press, clock=clock, **towards(server)) as house,
    ):
        package_id, other_id = await give(house, "call_1"), await give(house, "call_2")
        clock.now += 61
        sending = asyncio.create_task(house.outbox.deliver_due())
        await office.came.wait()
        await house.records.packages.acknowledged(package_id, 1, clock.now)
        office.released.set()
        await sending
    assert office.asked == [package_id, other_id]


async def test_without_a_destination_packages_wait_and_leave_once_there_is_one(tmp_path: Path, press: Press) -> None:
    clock = Clock()
    async with open_house(tmp_path / "data", press=press, clock=clock) as house:
        package_id = await give(house, "call_1")
        clock.now += 864_000
        await house.outbox.deliver_due()
        assert (await house.records.packages.get(package_id)).attempts == 0
    async with open_house(tmp_path / "data", press=press, clock=clock, hand_over={"folder": tmp_path / "out"}) as house:
        await house.outbox.deliver_due()
        assert (tmp_path / "out" / f"{package_id}.zip").exists()


async def test_a_folder_that_cannot_be_written_is_said_and_tried_again(tmp_path: Path, press: Press) -> None:
    out = tmp_path / "out"
    out.write_bytes(b"in the way")
    async with open_house(tmp_path / "data", press=press, hand_over={"folder": out, "delay_s": 1}) as house:
        package_id = await give(house, "call_1")
        house.clock.now += 61
        await house.outbox.deliver_due()
        assert "the folder cannot be written" in (await house.records.packages.get(package_id)).problem
        out.unlink()
        out.mkdir()
        (out / f"{package_id}.zip.part").symlink_to("/dev/full")
        house.clock.now += wait_s(1)
        await house.outbox.deliver_due()
        assert "No space left on device" in (await house.records.packages.get(package_id)).problem
        assert list(out.iterdir()) == []  # no half of it takes what room there is
        house.clock.now += wait_s(2)
        await house.outbox.deliver_due()
        assert (await house.records.packages.get(package_id)).state == "acknowledged"
        assert [file.name for file in out.iterdir()] == [f"{package_id}.zip"]


async def test_supervisors_see_what_fails_and_have_it_tried_at_once(tmp_path: Path, press: Press) -> None:
    office = Office(moods=["500"])
    async with open_office(office) as server, open_house(tmp_path, press=press, **towards(server)) as house:
        package_id = await give(house, "call_1")
        house.clock.now += 61
        await house.outbox.deliver_due()
        helper, boss = await house.staff_cookie(OTHER_AGENT), await house.staff_cookie(SUPERVISOR)
        assert (await house.ask("GET", "/api/hand-over", cookie=helper)).status == 403
        retry = f"/api/hand-over/{package_id}/retry"
        assert (await house.ask("POST", retry, cookie=helper)).status == 403
        told = await (await house.ask("GET", "/api/hand-over", cookie=boss)).json()
        assert (told["connected"], told["waiting"], told["failing"], told["acknowledged"]) == (True, 0, 1, 0)
        (line,) = told["packages"]
        assert (line["problem"], line["attempts"]) == ("the endpoint answered 500", 1)
        assert (await house.ask("POST", retry, cookie=boss)).status == 204
        await house.outbox.deliver_due()
        told = await (await house.ask("GET", "/api/hand-over?open=1", cookie=boss)).json()
        assert (told["acknowledged"], told["packages"]) == (1, [])
        assert (await house.ask("POST", retry, cookie=boss)).status == 404
