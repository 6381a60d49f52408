"""Administration in the browser, for supervisors: the district's tables with history and undo, booths, staff, files."""

from __future__ import annotations

import asyncio
import io
import tomllib
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import segno
from aiohttp import web

from signaling.api.back import BACK, body, staff
from signaling.api.shapes import Named
from signaling.district import Change, DistrictWrong, without_passwords
from signaling.errors import Malformed, NotAllowed, Unavailable
from signaling.pictures.refusals import TooLarge
from signaling.wire import Text, Whole, rfc3339
from signaling.world.files import TABLES, draft_of
from signaling.world.toml import written

if TYPE_CHECKING:
    from signaling.administration import Administration
    from signaling.auth import Identity
    from signaling.world.files import Draft

PAGE = 50
CHANGES = 50
ZIP = "application/zip"
MAX_ZIP = 2 * 1024 * 1024
MAX_FILE = 4 * 1024 * 1024
UPLOAD_S = 30.0


class ChangeList:
    """A list of `{table, id, entry}`; what an entry may hold is checked as the files are."""

    words = f"a list of at most {CHANGES} objects with table, id and entry (null: remove it)"

    def __call__(self, value: object) -> tuple[Change, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= CHANGES:
            raise ValueError
        return tuple(_change(one) for one in value)


def _change(one: Any) -> Change:
    if not isinstance(one, dict) or one.keys() != {"table", "id", "entry"}:
        raise ValueError
    table, id, entry = one["table"], one["id"], one["entry"]
    if not (isinstance(table, str) and isinstance(id, str) and (entry is None or isinstance(entry, dict))):
        raise ValueError
    return Change(table, id, entry)


@dataclass(frozen=True, slots=True)
class ChangesBody:
    """`waiting_to`: the queue in which those go on who wait in one that is removed."""

    NAME: ClassVar = "DistrictChanges"
    version: Annotated[int, Whole(0, 10**9)]
    changes: Annotated[tuple[Change, ...], ChangeList()]
    waiting_to: Annotated[str, Text(64)] = ""


@dataclass(frozen=True, slots=True)
class RestoreBody:
    NAME: ClassVar = "DistrictRestore"
    version: Annotated[int, Whole(0, 10**9)]
    to: Annotated[int, Whole(1, 10**9)]


@dataclass(frozen=True, slots=True)
class PasswordBody:
    NAME: ClassVar = "NewPassword"
    password: Annotated[str, Text(256, 1)]


@dataclass(frozen=True, slots=True)
class DistrictShape:
    """The running district as its files would hold it: by file and table."""

    version: int
    files: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class VersionShape:
    """`by` is null for the files the district began with. A change: `+items x`, `-items x`, `items x: name`."""

    version: int
    at: str
    by: Named | None
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    versions: tuple[VersionShape, ...]
    next: int | None


@dataclass(frozen=True, slots=True)
class NewVersion:
    version: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Opened once by the booth's browser; shown this once, kept nowhere. `qr`: the address as a picture."""

    booth_id: str
    address: str
    qr: str


@dataclass(frozen=True, slots=True)
class BoothLine:
    id: str
    enrolled: bool
    online: bool
    in_call: bool


@dataclass(frozen=True, slots=True)
class AgentLine:
    id: str
    password: str
    sessions: int
    online: bool


@dataclass(frozen=True, slots=True)
class Machinery:
    """Booths and accounts as they are now."""

    booths: tuple[BoothLine, ...]
    agents: tuple[AgentLine, ...]


async def district(request: web.Request) -> DistrictShape:
    """Return the running district."""
    own, _ = await _boss(request)
    return DistrictShape(own.district.version, without_passwords(own.district.world.draft))


async def change_district(request: web.Request) -> NewVersion:
    """Change entries of the district."""
    own, boss = await _boss(request)
    wanted = await body(request, ChangesBody)
    return NewVersion(await own.district.change(wanted.version, wanted.changes, boss.id, wanted.waiting_to))


async def restore_district(request: web.Request) -> NewVersion:
    """Go back to an earlier version."""
    own, boss = await _boss(request)
    wanted = await body(request, RestoreBody)
    return NewVersion(await own.district.restore(wanted.version, wanted.to, boss.id))


async def versions(request: web.Request) -> Versions:
    """List the versions, newest first."""
    await _boss(request)
    back = request.app[BACK]
    text = request.query.get("before", "")
    if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Malformed("before: a version", field="before")
    found = await back.records.districts.history(int(text) if text else None, PAGE + 1)
    people = back.world.agents
    shown = tuple(
        VersionShape(
            one.version, rfc3339(one.at),
            Named(one.by, people[one.by].name, people[one.by].name_en) if one.by in people
            else Named(one.by, one.by) if one.by else None,
            one.changes,
        )
        for one in found[:PAGE]
    )  # fmt: skip
    return Versions(shown, shown[-1].version if len(found) > PAGE else None)


async def export_district(request: web.Request) -> web.Response:
    """Return the district as a zip of its files."""
    own, boss = await _boss(request)
    back, version = request.app[BACK], own.district.version
    content = await asyncio.to_thread(zipped, without_passwords(own.district.world.draft))
    await back.records.credentials.audit(boss.id, "district_exported", "district", back.clock(), {"version": version})
    headers = {"Content-Disposition": f'attachment; filename="district-{version}.zip"'}
    return web.Response(body=content, content_type=ZIP, headers=headers)


async def import_district(request: web.Request) -> NewVersion:
    """Take the files of a zip for the district."""
    own, boss = await _boss(request)
    text = request.query.get("version", "")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Malformed("version: the version these files follow", field="version")
    if request.content_type != ZIP:
        raise Malformed(f"send {ZIP}", field="Content-Type", code="unsupported_media_type")
    content = bytearray()
    async with asyncio.timeout(UPLOAD_S):
        async for piece in request.content.iter_any():
            content += piece
            if len(content) > MAX_ZIP:
                raise TooLarge(f"at most {MAX_ZIP} bytes")
    draft = await asyncio.to_thread(unzipped, bytes(content))
    return NewVersion(await own.district.replace(int(text), draft, boss.id))


async def machinery(request: web.Request) -> Machinery:
    """Say how booths and accounts are."""
    own, _ = await _boss(request)
    return Machinery(
        tuple(BoothLine(one.booth_id, one.enrolled, one.online, one.in_call) for one in await own.booths()),
        tuple(AgentLine(one.agent_id, one.password, one.sessions, one.online) for one in await own.agents()),
    )


async def enrol(request: web.Request) -> Enrolment:
    """Make a booth's new credential."""
    own, boss = await _boss(request)
    booth_id = request.match_info["booth_id"]
    credential = await own.enrol(booth_id, boss.id)
    origins = request.app[BACK].settings.http.origins
    address = f"{(origins[0] if origins else str(request.url.origin())).rstrip('/')}/booth#enrol={credential}"
    return Enrolment(booth_id, address, segno.make(address, error="m").svg_data_uri(scale=6, border=2, light="white"))


async def revoke(request: web.Request) -> web.Response:
    """Take a booth's credentials back."""
    own, boss = await _boss(request)
    await own.revoke(request.match_info["booth_id"], boss.id)
    return web.Response(status=204)


async def restart(request: web.Request) -> web.Response:
    """Have a booth's page load itself anew."""
    own, boss = await _boss(request)
    await own.restart(request.match_info["booth_id"], boss.id)
    return web.Response(status=204)


async def set_password(request: web.Request) -> web.Response:
    """Set a staff member's first or new password."""
    own, boss = await _boss(request)
    wanted = await body(request, PasswordBody)
    await own.set_password(request.match_info["agent_id"], wanted.password, boss.id)
    return web.Response(status=204)


async def sign_out_agent(request: web.Request) -> web.Response:
    """End a staff member's sign-ins."""
    own, boss = await _boss(request)
    await own.sign_out(request.match_info["agent_id"], boss.id)
    return web.Response(status=204)


async def _boss(request: web.Request) -> tuple[Administration, Identity]:
    """Return what is administrated and the supervisor who asks; raise `NotAllowed` for everybody else."""
    reader = await staff(request)
    if reader.kind != "supervisor":
        raise NotAllowed("administration is for supervisors")
    own = request.app[BACK].administration
    if own is None:
        raise Unavailable("this service has no hall")
    return own, reader


def zipped(draft: Draft) -> bytes:
    """Return a district as a zip of its files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in TABLES:
            archive.writestr(name, written(draft.get(name, {})))
    return content.getvalue()


def unzipped(content: bytes) -> Draft:
    """Return the draft a zip holds; raise `Malformed` for what is no such zip, `DistrictWrong` for wrong TOML."""
    texts: dict[str, str] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                name = entry.filename.rpartition("/")[2]
                if name not in TABLES:
                    continue
                # The head may lie about the size: no more than is allowed is ever unpacked.
                with archive.open(entry) as file:
                    raw = file.read(MAX_FILE + 1)
                if len(raw) > MAX_FILE:
                    raise TooLarge(f"{name}: at most {MAX_FILE} bytes")
                texts[name] = raw.decode()
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError, RuntimeError, EOFError):
        raise Malformed("not a zip of the district's files", field="files") from None
    problems = [f"{name}: is missing" for name in TABLES if name not in texts]
    files: dict[str, dict[str, Any]] = {}
    for name, text in texts.items():
        try:
            files[name] = tomllib.loads(text)
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise DistrictWrong(problems)
    return draft_of(files)
