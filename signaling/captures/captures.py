"""The one owner of captures: from the helper's request to the stored, shown or withdrawn still.

Promise: what is stored is byte for byte what the booth sent, with the SHA-256 the booth computed, one
whole PNG or JPEG that was decoded once, encrypted at rest. An upload goes on where it stopped, also
after a restart of the server. Whoever is refused changes nothing: another booth, a wrong offset, too many
bytes. Every change is told to listeners.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import structlog

from signaling.captures.vault import PIECE, Damaged, Vault
from signaling.errors import Malformed, ServiceError, TooMany, Unavailable, Unknown, WrongState
from signaling.ids import new_id
from signaling.pictures.examiner import Examiner
from signaling.pictures.refusals import TooLarge
from signaling.records.values import OPEN_CAPTURE, Capture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from signaling.auth import Identity
    from signaling.config import Settings
    from signaling.records.stills import Stills

log = structlog.get_logger()

T = TypeVar("T")

Beside = Literal["small", "flat", "read"]
"""What is made of a still: a small picture for lists, the corrected picture, and the words on it."""
MAX_OPEN = 4
"""Captures of one call that may wait for their picture at once."""
MAX_OF_CALL = 200
MAX_PAGES = {"pages": 100, "id_card": 2}
"""Of one paper. An identity card has a front and a back."""
SWEEP_S = 15.0


class WrongOffset(WrongState):
    """The part does not begin where the upload stands; `offset` says where it does."""

    code = "wrong_offset"

    def __init__(self, offset: int) -> None:
        super().__init__(f"the upload stands at {offset}", field="Upload-Offset")
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Upload:
    """How far a capture has come."""

    capture: Capture
    received: int

    @property
    def complete(self) -> bool:
        return self.capture.state == "stored"


@dataclass(frozen=True, slots=True)
class Part:
    """What the head of an upload's part says."""

    offset: int
    length: int | None
    """Bytes of the whole; None: not said."""
    complete: bool
    sha256: bytes | None


class Captures:
    """Make it with `Captures.open`."""

    def __init__(
        self, stills: Stills, vault: Vault, examiner: Examiner, *, max_bytes: int, upload_s: float,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._stills = stills
        self._vault = vault
        self._examiner = examiner
        self._max_bytes = max_bytes
        self._upload_s = upload_s
        self._clock = clock
        self._received: dict[str, int] = {}
        self._moved: dict[str, float] = {}
        """When the last bytes of an upload came: a slow line is not a dead one."""
        self._uploading: dict[str, asyncio.Task[Any]] = {}
        self._listeners: list[Callable[[Capture, int], None]] = []

    @classmethod
    @asynccontextmanager
    async def open(
        cls, stills: Stills, settings: Settings, clock: Callable[[], float] = time.time
    ) -> AsyncIterator[Captures]:
        """Start the worker that examines pictures; give up uploads that never came."""
        limits = settings.captures
        vault = await asyncio.to_thread(Vault, settings.captures_dir, settings.captures_key())
        async with Examiner.open(
            workers=limits.decode_workers, memory_bytes=limits.decode_memory_bytes,
            timeout_s=limits.decode_timeout_s, max_pixels=limits.max_pixels,
        ) as examiner:  # fmt: skip
            captures = cls(
                stills, vault, examiner, max_bytes=limits.max_bytes, upload_s=settings.calls.capture_upload_s,
                clock=clock,
            )  # fmt: skip
            sweeping = asyncio.create_task(captures._sweep_on(), name="captures")
            try:
                yield captures
            finally:
                sweeping.cancel()
                with suppress(asyncio.CancelledError):
                    await sweeping

    def on_changed(self, listener: Callable[[Capture, int], None]) -> Callable[[], None]:
        """Call `listener` with a capture and its bytes received whenever either changes; return how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- asked for, given up, withdrawn --------------------------------------------------------------

    async def request(
        self, call_id: str, booth_id: str, *, requester: str, paper_id: str | None = None, kind: str = "pages"
    ) -> Capture:
        """Ask a booth for a still; the change that is told is the booth's order to take it.

        With `paper_id` it becomes the next page of that paper of the call, else page 1 of a new one of this kind.
        """
        known = await self._stills.of_call(call_id)
        if len(known) >= MAX_OF_CALL or sum(capture.state in OPEN_CAPTURE for capture in known) >= MAX_OPEN:
            raise TooMany("finish or withdraw a capture first", code="too_many_captures")
        page = 1
        if paper_id is not None:
            kind, page = _next_page([one for one in known if one.paper_id == paper_id])
        capture = Capture(
            new_id("cap"), call_id, booth_id, requester, self._clock(), "requested",
            paper_id=paper_id or new_id("paper"), page=page, kind=kind,
        )  # fmt: skip
        return self._tell(await self._stills.request(capture))

    async def withdraw(self, capture_id: str, by: Identity) -> Capture:
        """Take a still back: its content goes, its row and hash stay."""
        await self._of_booth(capture_id, by)
        await self._interrupt(capture_id)
        capture = await self._stills.change(capture_id, "withdrawn", ended_at=self._clock())
        await self._forget(capture_id)
        return self._tell(capture)

    async def fail(self, capture_id: str, by: Identity, reason: str) -> Capture:
        """The booth cannot take it."""
        await self._of_booth(capture_id, by)
        await self._interrupt(capture_id)
        return await self._failed(
            capture_id, {"code": reason.replace("\0", "")[:64], "title": "the booth could not take it"}
        )

    # --- uploaded -----------------------------------------------------------------------------------

    async def standing(self, capture_id: str, by: Identity) -> Upload:
        """Return how far an upload has come, so that it can go on there. A part still under way ends."""
        capture = await self._of_booth(capture_id, by)
        await self._interrupt(capture_id)
        if capture.state == "stored":
            return Upload(capture, capture.size or 0)
        _check_open(capture)
        received = await self._stands(capture_id)
        if capture.size is not None and received >= capture.size:
            # All of it came, but what it was worth was never told: let the last piece come again.
            received = self._received[capture_id] = await self._blocking(self._vault.step_back, capture_id)
        return Upload(capture, received)

    async def append(self, capture_id: str, by: Identity, part: Part, body: AsyncIterator[bytes]) -> Upload:
        """Take a part of an upload; with its last one, judge and store the whole.

        Raises:
            NotAllowed, Unknown: it is not this booth's.
            WrongOffset: it does not go on where the upload stands.
            TooLarge, NotAPicture, Malformed: the picture is refused, and the capture failed.
        """
        await self._of_booth(capture_id, by)
        await self._interrupt(capture_id)
        task = asyncio.current_task()
        assert task is not None
        self._uploading[capture_id] = task
        try:
            return await self._append(capture_id, part, body)
        finally:
            if self._uploading.get(capture_id) is task:
                del self._uploading[capture_id]

    def received(self, capture_id: str) -> int:
        """Return the bytes that have arrived of an upload under way."""
        return self._received.get(capture_id, 0)

    # --- read ---------------------------------------------------------------------------------------

    async def get(self, capture_id: str) -> Capture:
        """Return a capture; raise `Unknown` when there is none."""
        return await self._stills.get(capture_id)

    async def content(self, capture: Capture) -> bytes:
        """Return the untouched bytes of a stored capture; who may see them was decided before."""
        if capture.state != "stored":
            raise Unknown(f"the capture is {capture.state}", code=f"capture_{capture.state}")
        if capture.key_id != self._vault.key_id:
            raise Unavailable("the capture is encrypted with another key", code="capture_key")
        data = await self._blocking(lambda: b"".join(self._vault.read(capture.capture_id)))
        if hashlib.sha256(data).hexdigest() != capture.sha256:
            raise Damaged("the capture's file is damaged")
        return data

    # --- kept beside the original ---------------------------------------------------------------------

    @property
    def key_id(self) -> str:
        """Which key files are sealed with now."""
        return self._vault.key_id

    async def of_call(self, call_id: str) -> list[Capture]:
        """Return a call's captures, earliest first."""
        return await self._stills.of_call(call_id)

    async def keep_beside(self, capture: Capture, what: Beside, data: bytes) -> None:
        """Seal what was made of a stored still, in place of an earlier one; it goes when the still is taken back."""
        name = _beside(capture.capture_id, what)
        await self._blocking(self._vault.replace, name, data)
        if (await self._stills.get(capture.capture_id)).state != "stored":  # taken back in that moment
            await self._blocking(self._vault.remove, name)
            raise Unknown("the capture was withdrawn", code="capture_withdrawn")

    async def beside(self, capture_id: str, what: Beside) -> bytes:
        """Return what was made of a still; who may see it was decided before."""
        return await self._blocking(lambda: b"".join(self._vault.read(_beside(capture_id, what))))

    # --- inside -------------------------------------------------------------------------------------

    async def _append(self, capture_id: str, part: Part, body: AsyncIterator[bytes]) -> Upload:
        capture = await self._stills.get(capture_id)  # again: the interrupted one may have finished it
        _check_open(capture)
        received = await self._stands(capture_id)
        if part.offset != received:
            raise WrongOffset(received)
        length = self._check_length(capture, part)
        capture = await self._stills.change(capture_id, "uploading", size=length)
        received = await self._take(capture, received, length, body)
        if not part.complete:
            return Upload(capture, received)
        if length is not None and received != length:
            raise Malformed(f"{received} bytes arrived, {length} were announced", field="Upload-Length")
        return await self._finish(capture_id, part)

    def _check_length(self, capture: Capture, part: Part) -> int | None:
        if part.complete and part.sha256 is None:
            raise Malformed("the last part needs Repr-Digest with sha-256", field="Repr-Digest")
        length = part.length if part.length is not None else capture.size
        if capture.size is not None and length != capture.size:
            raise Malformed(f"{capture.size} was announced before", field="Upload-Length", code="inconsistent_length")
        if length is not None and length > self._max_bytes:
            raise self._too_large()
        return length

    async def _take(self, capture: Capture, received: int, length: int | None, body: AsyncIterator[bytes]) -> int:
        """Append what comes, in pieces; what came before a broken connection stays."""
        limit = self._max_bytes if length is None else length
        buffer = bytearray()
        try:
            async for data in body:
                if received + len(buffer) + len(data) > limit:
                    raise (
                        self._too_large()
                        if limit == self._max_bytes
                        else Malformed("more bytes than announced", field="Upload-Length")
                    )
                buffer += data
                if len(buffer) >= PIECE:
                    received = await self._keep(capture, received, buffer)
        finally:
            if buffer:
                received = await self._keep(capture, received, buffer)
        return received

    async def _keep(self, capture: Capture, received: int, buffer: bytearray) -> int:
        data = bytes(buffer)
        buffer.clear()
        self._received.pop(capture.capture_id, None)  # unknown until the disk has answered
        await self._blocking(self._vault.append, capture.capture_id, data)
        received += len(data)
        self._received[capture.capture_id] = received
        self._moved[capture.capture_id] = self._clock()
        self._tell(capture)
        return received

    async def _finish(self, capture_id: str, part: Part) -> Upload:
        """Judge the whole, close its file, and write it down."""
        await self._blocking(self._vault.close, capture_id)
        data = await self._blocking(lambda: b"".join(self._vault.read(capture_id)))
        digest = hashlib.sha256(data)
        try:
            if not hmac.compare_digest(digest.digest(), part.sha256 or b""):
                raise Malformed("what arrived is not what was sent", field="Repr-Digest", code="digest_mismatch")
            examined = await self._examiner.examine(data)
        except (Malformed, TooMany) as error:
            await self._failed(capture_id, dict(error.problem()))
            raise
        await self._blocking(self._vault.replace, _beside(capture_id, "small"), examined.small)
        structure = examined.structure
        capture = await self._stills.change(
            capture_id, "stored", size=len(data), sha256=digest.hexdigest(), media_type=structure.media_type,
            width=structure.width, height=structure.height, stored_at=self._clock(), key_id=self._vault.key_id,
        )  # fmt: skip
        self._received.pop(capture_id, None)
        self._moved.pop(capture_id, None)
        return Upload(self._tell(capture), len(data))

    async def _of_booth(self, capture_id: str, by: Identity) -> Capture:
        """Return the capture if it is this booth's; a stranger learns no more than that there is none."""
        capture = await self._stills.get(capture_id)
        if by.kind != "booth" or by.id != capture.booth_id:
            raise Unknown("there is no such capture")
        return capture

    async def _interrupt(self, capture_id: str) -> None:
        """End a part that is still under way: its sender has lost the line and is here again."""
        task = self._uploading.pop(capture_id, None)
        if task is not None and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait([task])

    async def _stands(self, capture_id: str) -> int:
        if capture_id not in self._received:
            self._received[capture_id] = await self._blocking(self._vault.size, capture_id)
        return self._received[capture_id]

    async def _failed(self, capture_id: str, problem: dict[str, Any]) -> Capture:
        capture = await self._stills.change(capture_id, "failed", ended_at=self._clock(), problem=problem)
        await self._forget(capture_id)
        return self._tell(capture)

    async def _forget(self, capture_id: str) -> None:
        self._received.pop(capture_id, None)
        self._moved.pop(capture_id, None)
        for name in (capture_id, *(_beside(capture_id, what) for what in get_args(Beside))):
            await self._blocking(self._vault.remove, name)

    async def sweep(self) -> None:
        """Give up captures of which nothing came for too long; done by itself every few seconds."""
        for capture in await self._stills.open():
            since = max(capture.requested_at, self._moved.get(capture.capture_id, 0))
            if self._clock() - since > self._upload_s:
                await self._interrupt(capture.capture_id)
                with suppress(WrongState):  # it arrived after all
                    await self._failed(capture.capture_id, {"code": "too_late", "title": "no picture came"})

    async def _sweep_on(self) -> None:
        while True:
            try:
                await self.sweep()
            except ServiceError:
                log.warning("captures could not be swept")
            await asyncio.sleep(SWEEP_S)

    async def _blocking(self, work: Callable[..., T], *arguments: Any) -> T:
        """Work on files in a thread, to its end: whoever is interrupted leaves no thread writing behind."""
        working = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            await asyncio.wait([working])
            raise
        except OSError as error:  # a full disk
            raise Unavailable("captures cannot be stored now") from error

    def _too_large(self) -> TooLarge:
        return TooLarge(f"at most {self._max_bytes / 1_000_000:g} MB", field="Upload-Length")

    def _tell(self, capture: Capture) -> Capture:
        for listener in tuple(self._listeners):
            listener(capture, self.received(capture.capture_id))
        return capture


def _next_page(pages: list[Capture]) -> tuple[str, int]:
    """Return a paper's kind and its next page's number; a page that failed or was withdrawn is taken again."""
    if not pages:
        raise Unknown("this call has no such paper", field="paper_id", code="unknown_paper")
    taken = {one.page for one in pages if one.state not in ("failed", "withdrawn")}
    page = next(number for number in range(1, len(pages) + 2) if number not in taken)
    kind = pages[0].kind
    if page > MAX_PAGES[kind]:
        raise TooMany(f"at most {MAX_PAGES[kind]} pages", field="paper_id", code="too_many_pages")
    return kind, page


def _beside(capture_id: str, what: Beside) -> str:
    return f"{what}_{capture_id}"


def _check_open(capture: Capture) -> None:
    if capture.state not in OPEN_CAPTURE:
        raise WrongState(f"the capture is {capture.state}", code=f"capture_{capture.state}")
