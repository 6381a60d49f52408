"""A small house for tests: real records, identity, captures and API on a real port, no hall and no sockets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import random
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import ClientSession, DummyCookieJar, web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from PIL import Image

from signaling import api
from signaling.auth import Auth, Identity
from signaling.auth.passwords import Passwords
from signaling.binding import Binder
from signaling.captures import Captures
from signaling.captures.vault import Vault
from signaling.cases import Cases
from signaling.config import Settings, load
from signaling.documents import Documents
from signaling.earlier import Earlier
from signaling.forms import Forms
from signaling.forms import load as load_forms
from signaling.handover import Outbox
from signaling.handover.contents import Contents
from signaling.handover.outbox import destination
from signaling.inspection import Inspection
from signaling.matters import Matters
from signaling.nodes import Nodes
from signaling.press import Press
from signaling.recording import Viewings
from signaling.recording.accounts import Accounts
from signaling.records import Records
from signaling.routing import Engine
from signaling.scanning import Scanner
from signaling.signing.signings import Signings
from signaling.wall import Wall
from signaling.world import World
from tests.signaling.records import migrated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import ClientResponse

DEMO = Path(__file__).parents[3] / "deploy" / "demo"
DISTRICT = World.load(DEMO)
BOOTH = "booth_caoyang_center"
OTHER_BOOTH = "booth_taopu_center"
AGENT = "agent_chen_jing"
OTHER_AGENT = "agent_shen_hao"
SUPERVISOR = "supervisor_zhao_lin"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2 with the least work: tests ask whether it is used, not how long it takes."""


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """Everything, and a client for it."""

    settings: Settings
    world: World
    records: Records
    auth: Auth
    captures: Captures
    documents: Documents
    clock: Clock
    server: TestServer
    client: ClientSession
    cases: Cases
    outbox: Outbox
    matters: Matters
    members: set[tuple[str, str]] = field(default_factory=set)

    async def ask(self, method: str, path: str, *, cookie: str = "", **options: Any) -> ClientResponse:
        """Send one request with this cookie and read its answer."""
        headers = {**options.pop("headers", {}), **({"Cookie": cookie} if cookie else {})}
        response = await self.client.request(method, self.server.make_url(path), headers=headers, **options)
        await response.read()
        return response

    async def staff_cookie(self, agent_id: str = AGENT) -> str:
        """Sign an agent in."""
        agent = self.world.agents[agent_id]
        return "vw_staff=" + await self.auth.sign_in(agent.login, agent.initial_password, "127.0.0.1")

    async def booth_cookie(self, booth_id: str = BOOTH) -> str:
        """Enrol a booth and open its session."""
        return "vw_booth=" + await self.auth.open_booth_session(
            await self.auth.enrol_booth(booth_id, "test"), "127.0.0.1"
        )


@asynccontextmanager
async def open_house(
    folder: Path, *, clock: Clock | None = None, press: Press | None = None, **values: Any
) -> AsyncIterator[House]:
    """Open the house over the files of `folder`; opened again, it finds what was there."""
    clock = clock or Clock()
    settings = load(defaults={"demo": True, "world_dir": DEMO, "data_dir": folder, **values})
    world = DISTRICT.copy()
    await migrated.lay(folder / "records.sqlite")
    async with (
        Records.open(settings.database_url) as records,
        Captures.open(records.stills, settings, clock) as captures,
        Documents.open(records.documents, settings, clock) as documents,
        Signings.open(
            records,
            documents,
            forms := Forms(records.forms, load_forms(DEMO / "forms", world.items), settings.captures_key(), clock),
            settings,
            clock,
        ) as signings,
        nullcontext(press) if press else Press.open() as press,
        Inspection.open(
            settings.papers,
            settings.captures.max_pixels,
            captures,
            records,
            world,
            item_of=records.findings.item_of,
            witnesses=lambda call_id, booth_id: (),
            tell=_nobody,
            clock=clock,
        ) as inspection,
        Scanner.open(clock) as scanner,
        Binder.open(records, captures, documents, inspection.corrected, settings) as binder,
    ):
        cases = Cases.over(records.cases, world, settings, press, documents, clock)
        contents = Contents(records, cases, captures, documents, press, world.calendar.timezone)
        vault = await asyncio.to_thread(Vault, settings.data_dir / "packages", settings.captures_key())
        earlier = Earlier(records, cases, Engine, clock)
        outbox = Outbox(records.packages, contents, vault, destination(settings), clock)
        matters = Matters(records.matters, world, settings.captures_key(), settings.matters.due_days, clock)
        auth = Auth(records.credentials, world, settings.sign_in, demo=True, clock=clock, passwords=Passwords(QUICK))
        app = web.Application()
        api.install(app)
        members: set[tuple[str, str]] = set()

        def is_member(identity: Identity, call_id: str) -> bool:
            return (identity.id, call_id) in members

        nodes = Nodes("", lambda: True)
        accounts = Accounts(nodes, records.recordings, 30, 180, lambda *told: None, clock)
        app[api.BACK] = api.Back(
            settings=settings, world=world, auth=auth, records=records, captures=captures, documents=documents,
            binder=binder,
            forms=forms, signings=signings,
            viewings=Viewings(records, nodes, accounts, False, clock), is_member=is_member, clock=clock,
            wall=Wall(Engine, world, records.reports, clock), cases=cases, earlier=earlier, outbox=outbox,
            matters=matters,
            visits=lambda booth_id, call_id: (booth_id, call_id) in members,
            inspection=inspection, scanner=scanner,
        )  # fmt: skip
        server = TestServer(app)
        async with server, ClientSession(cookie_jar=DummyCookieJar()) as client:
            try:
                yield House(
                    settings,
                    world,
                    records,
                    auth,
                    captures,
                    documents,
                    clock,
                    server,
                    client,
                    cases,
                    outbox,
                    matters,
                    members,
                )
            finally:
                auth.close()


async def _nobody(*_told: object) -> bool:
    return False


def picture(width: int = 640, height: int = 480, kind: str = "PNG", seed: int = 7, **options: Any) -> bytes:
    """Draw a picture that does not compress well, as photographs do not."""
    noise = random.Random(seed).randbytes(width * height * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (width, height), noise).save(file, kind, **options)
    return file.getvalue()


def digest_header(data: bytes) -> str:
    """Return Repr-Digest's value."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


def part(data: bytes, start: int = 0, end: int | None = None) -> dict[str, Any]:
    """Return the request of one part of an upload."""
    end = len(data) if end is None else end
    last = end == len(data)
    headers = {
        "Content-Type": "application/partial-upload", "Upload-Offset": str(start), "Upload-Length": str(len(data)),
        "Upload-Complete": "?1" if last else "?0", **({"Repr-Digest": digest_header(data)} if last else {}),
    }  # fmt: skip
    return {"headers": headers, "data": data[start:end]}
