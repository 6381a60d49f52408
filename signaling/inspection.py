"""The one owner of what becomes of a stored still: corrected, judged, read, matched to the checklist, checked, decided.

Promise: the untouched original stays as it is; beside it lie, sealed with the same key, the corrected picture and the
words read. How good the picture is is told to everyone in the call as soon as it is known; words and findings go to
staff alone. Findings of a call are settled one reading at a time, all anew, because a paper may be checked against
another. Reading never holds up the capture: when it fails, the helper is told and looks with their own eyes. What was
stored and not yet read when the service ended is read after it has started again, one after another. The models are
loaded before the first paper comes, but not while the service starts.
"""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import structlog

from signaling.errors import ServiceError, Unknown, WrongState
from signaling.forms.offers import Said
from signaling.messages.papers import CaptureJudged, CaptureRead, FindingsChanged, FindingTold, LineTold, ReadingTold
from signaling.papers import precheck
from signaling.papers.clerk import Clerk, Words
from signaling.records.findings import Finding, Reading
from signaling.screens import to_wire
from signaling.tasks import Tasks
from signaling.wire import rfc3339
from signaling.world.checks import of_item

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

    from signaling.captures import Captures
    from signaling.config import Papers as Limits
    from signaling.papers.clerk import Lying
    from signaling.records import Capture, Records
    from signaling.records.findings import Decision
    from signaling.screens import Json
    from signaling.world import Item, World
    from signaling.world.checks import Check

    Tell = Callable[[str, str, Mapping[str, Json]], Awaitable[bool]]

log = structlog.get_logger(__name__)

MISSED_S = 7 * 86_400.0
MISSED = 200
"""After a start stills are read that were stored so many seconds ago at most, and no more of them than this."""
WARM_AFTER_S = 30.0
"""Loading the models takes two seconds of a core: a service that starts has booths to let in first."""
READING_S = 30.0
"""Whoever wants a corrected picture waits no longer for it: five pages that were taken one after another."""
NOTHING = Words("", [], [], [])


class Inspection:
    """Make it with `Inspection.open`; feed it with `heard`."""

    def __init__(
        self, clerk: Clerk, captures: Captures, records: Records, world: World, *,
        item_of: Callable[[str], Awaitable[str | None]], witnesses: Callable[[str, str], tuple[str, ...]], tell: Tell,
        clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._clerk = clerk
        self._captures = captures
        self._findings = records.findings
        self._stills = records.stills
        self._world = world
        self._item_of = item_of
        self._witnesses = witnesses
        self._tell = tell
        self._clock = clock
        self._tasks = Tasks()
        self._settling = asyncio.Lock()
        self._listeners: list[Callable[[Capture, str], None]] = []
        self._warm = asyncio.Event()
        self._reading_now: dict[str, asyncio.Task[object]] = {}

    @classmethod
    @asynccontextmanager
    async def open(
        cls, limits: Limits, max_pixels: int, captures: Captures, records: Records, world: World, **about: Any
    ) -> AsyncIterator[Inspection]:
        """Inspect what `heard` hears of, until the block ends."""
        async with Clerk.open(
            workers=limits.workers, memory_bytes=limits.memory_bytes, timeout_s=limits.timeout_s, max_pixels=max_pixels
        ) as clerk:
            inspection = cls(clerk, captures, records, world, **about)
            inspection._tasks.start(inspection._warm_up())
            try:
                yield inspection
            finally:
                await inspection._tasks.close()

    def on_corrected(self, listener: Callable[[Capture, str], None]) -> None:
        """Call `listener` with a still that was laid straight, and its corrected picture's version."""
        self._listeners.append(listener)

    async def version(self, capture_id: str) -> str:
        """Return the version of a still's corrected picture; empty when there is none."""
        try:
            return _version(await self._findings.reading(capture_id))
        except Unknown:
            return ""

    def heard(self, capture: Capture, _received: int) -> None:
        """A capture has changed: one asked for lets the models be loaded meanwhile, a stored one is inspected."""
        if capture.state == "requested":
            self._warm.set()
        elif capture.state == "stored":
            task = self._tasks.start(self.inspect(capture))
            if task is not None:
                self._reading_now[capture.capture_id] = task
                task.add_done_callback(lambda _: self._reading_now.pop(capture.capture_id, None))
        elif capture.state == "withdrawn":
            self._tasks.start(self._settle_again(capture))

    async def _warm_up(self) -> None:
        """Load the models when the first still is asked for, or the service has been up for a while."""
        with suppress(TimeoutError):
            async with asyncio.timeout(WARM_AFTER_S):
                await self._warm.wait()
        await self._clerk.warm()

    async def recall(self) -> None:
        """Begin to read what was stored and never read; done before any page is let in."""
        missed = await self._stills.unread(self._clock() - MISSED_S, MISSED)
        if missed:
            log.info("papers_missed", count=len(missed))
            self._tasks.start(self._catch_up([one.capture_id for one in missed]))

    async def _catch_up(self, missed: Sequence[str]) -> None:
        """Read one after another: papers shown meanwhile wait for one of them at most."""
        for capture_id in missed:
            capture = await self._captures.get(capture_id)
            if capture.state == "stored":
                with suppress(Unknown):  # taken back in that moment
                    await self.inspect(capture)

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def inspect(
        self, capture: Capture, corners: Sequence[float] | None = None, quarters: int | None = None, by: str = ""
    ) -> Reading:
        """Correct, judge and read a still, check it, and tell. `corners`, `quarters`: as the agent `by` set them."""
        said: list[asyncio.Task[object] | None] = []

        def judged(lying: Lying) -> None:
            told = CaptureJudged(capture.capture_id, capture.call_id, lying.problems)
            said.append(self._tasks.start(self._told(capture, told, booth=True)))

        try:
            data = await self._captures.content(capture)
            lying, words = await self._clerk.look(data, judged, corners, quarters)
            await self._captures.keep_beside(capture, "flat", lying.jpeg)
            await self._captures.keep_beside(capture, "read", _packed(words))
        except Unknown:
            raise  # it was withdrawn meanwhile
        except ServiceError as error:
            log.warning("paper_not_read", capture_id=capture.capture_id, code=error.code)
            reading = Reading(capture.capture_id, capture.call_id, "failed", self._clock())
            words = NOTHING
        else:
            reading = self._reading(capture, lying, words, by)
        async with self._settling:
            if reading.state == "read":
                reading = await self._matched(reading, words)
            await self._findings.save(reading)
            if version := _version(reading):
                for listener in tuple(self._listeners):
                    listener(capture, version)
            await self._told(capture, CaptureRead(capture.call_id, told_reading(reading, words)))
            await self._settle(capture)
        return reading

    def _reading(self, capture: Capture, lying: Lying, words: Words, by: str) -> Reading:
        return Reading(
            capture.capture_id, capture.call_id, "read", self._clock(), words.kind,
            corners={"points": [list(point) for point in lying.points], "by": by if lying.by == "hand" else lying.by,
                     "quarters": lying.quarters},
            quality=lying.quality, sha256=hashlib.sha256(lying.jpeg).hexdigest(), size=len(lying.jpeg),
            width=lying.width, height=lying.height, key_id=self._captures.key_id,
        )  # fmt: skip

    async def _matched(self, reading: Reading, words: Words) -> Reading:
        """Return it with the line of the checklist it belongs to: as the helper said, else by kind and words."""
        known = await self._findings.readings(reading.call_id)
        before = next((one for one in known if one.capture_id == reading.capture_id and one.matched_by), None)
        if before is not None:
            return replace(reading, material_id=before.material_id, matched_by=before.matched_by)
        taken = {one.material_id for one in known if one.kind == reading.kind and one.capture_id != reading.capture_id}
        fitting = [
            material for material, check in (await self._checks(reading.call_id)).items()
            if reading.kind in check.papers and _worded(check, reading.kind, words)
        ]  # fmt: skip
        free = [material for material in fitting if material not in taken]
        return replace(reading, material_id=next(iter(free or fitting), ""))

    async def _item(self, call_id: str) -> Item | None:
        return self._world.items.get(await self._item_of(call_id) or "")

    async def _checks(self, call_id: str) -> dict[str, Check]:
        item = await self._item(call_id)
        return of_item(self._world.checks.values(), item) if item is not None else {}

    # ── what the helper says ────────────────────────────────────────────────────────────────────────────────────

    def lay(self, capture: Capture, corners: Sequence[float] | None, quarters: int | None, by: str) -> None:
        """The helper says how a paper lies: it is corrected and read anew, which is told when it is done."""
        if capture.state != "stored":
            raise WrongState(f"the capture is {capture.state}", code=f"capture_{capture.state}")
        self._tasks.start(self.inspect(capture, corners, quarters, by))

    async def match(self, capture: Capture, material_id: str, by: str) -> None:
        """The helper says which line of the checklist a paper belongs to; empty: to none."""
        item = await self._item(capture.call_id)
        if material_id and (item is None or material_id not in {material.id for material in item.materials}):
            raise Unknown("the checklist has no such line", field="material_id", code="unknown_material")
        async with self._settling:
            reading = replace(await self._findings.reading(capture.capture_id), material_id=material_id, matched_by=by)
            await self._findings.save(reading)
            words = await self.words(reading)
            await self._told(capture, CaptureRead(capture.call_id, told_reading(reading, words)))
            await self._settle(capture)

    async def decide(self, capture: Capture, finding_id: str, decision: Decision, by: str, why: str) -> None:
        """The helper confirms a finding or overrules it; overruling says why."""
        if decision == "overruled" and not why.strip():
            raise WrongState("say why the finding does not hold", field="why", code="why_needed")
        async with self._settling:
            await self._findings.decide(
                finding_id, capture.call_id, decision, by=by, why=why.strip(), now=self._clock()
            )  # fmt: skip
            await self._tell_findings(capture, await self._findings.of_call(capture.call_id))

    # ── checking ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _settle_again(self, capture: Capture) -> None:
        async with self._settling:
            await self._settle(capture)

    async def _settle(self, capture: Capture) -> None:
        """Check all papers of a call anew, and tell what holds."""
        call_id = capture.call_id
        checks = await self._checks(call_id)
        readings = await self._standing(call_id)
        papers = [_paper(one, await self.words(one)) for one in readings]
        applicant = next((material for material, check in checks.items() if check.applicant), "")
        today = datetime.datetime.fromtimestamp(self._clock(), self._world.calendar.timezone).date()
        case = precheck.Case(papers, applicant, today)
        found: list[Finding] = []
        for paper in papers:
            check = checks.get(paper.material_id)
            if check is None:
                continue
            rules = [rule.as_rule() for rule in check.rules]
            found += [
                Finding(call_id, paper.capture_id, paper.material_id, one.rule, one.field, one.verdict, one.reason,
                        one.detail, self._clock())
                for one in precheck.check(paper, check.papers, rules, case)
            ]  # fmt: skip
        settled = await self._findings.settle(call_id, found, self._clock())
        await self._tell_findings(capture, settled)

    async def _standing(self, call_id: str) -> list[Reading]:
        """Return a call's readings whose stills were not taken back."""
        stored = {one.capture_id for one in await self._captures.of_call(call_id) if one.state == "stored"}
        return [one for one in await self._findings.readings(call_id) if one.capture_id in stored]

    async def words(self, reading: Reading) -> Words:
        """Return what stands on a paper; nothing when it was not read, or when its file is not to be had."""
        if reading.state != "read":
            return NOTHING
        try:
            return Words(**json.loads(await self._captures.beside(reading.capture_id, "read")))
        except ServiceError:
            log.warning("words_missing", capture_id=reading.capture_id)
            return NOTHING

    async def said(self, call_id: str) -> tuple[list[Said], str]:
        """Return what a call's papers surely say and no finding doubts, and the line that shows who it is for."""
        findings = [one for one in await self._findings.of_call(call_id) if one.standing != "passed"]
        doubted = {(one.capture_id, one.field) for one in findings}
        said = []
        for paper in [_paper(one, await self.words(one)) for one in await self._standing(call_id)]:
            if (paper.capture_id, "") not in doubted:  # it is the paper it should be
                sure = {name: paper.sure(name) for name in paper.values if (paper.capture_id, name) not in doubted}
                values = {name: text for name, text in sure.items() if text is not None}
                said.append(Said(paper.capture_id, paper.material_id, values))
        checks = await self._checks(call_id)
        return said, next((material for material, check in checks.items() if check.applicant), "")

    async def corrected(self, capture: Capture) -> tuple[float, bytes] | None:
        """Return when a still was read last and its corrected picture; None when no sheet was found in it.

        A still that is being read is waited for.
        """
        task = self._reading_now.get(capture.capture_id)
        if task is not None:
            await asyncio.wait([task], timeout=READING_S)
        try:
            reading = await self._findings.reading(capture.capture_id)
            if reading.state != "read" or reading.corners.get("by") == "whole":
                return None
            return reading.read_at, await self._captures.beside(capture.capture_id, "flat")
        except ServiceError as error:
            log.info("no_corrected_picture", capture_id=capture.capture_id, code=error.code)
            return None

    async def of_call(self, call_id: str) -> tuple[list[ReadingTold], list[FindingTold], list[LineTold]]:
        """Return everything there is about a call's papers, as it is told."""
        readings = await self._standing(call_id)
        findings = await self._findings.of_call(call_id)
        told = [told_reading(one, await self.words(one)) for one in readings]
        return told, [told_finding(one) for one in findings], await self._lines(call_id, readings, findings)

    async def _lines(self, call_id: str, readings: Iterable[Reading], findings: Sequence[Finding]) -> list[LineTold]:
        readings = list(readings)
        item = await self._item(call_id)
        checks = await self._checks(call_id)
        lines = []
        for material in item.materials if item is not None else ():
            mine = [one for one in readings if one.material_id == material.id]
            kinds = [one.kind for one in mine]
            check = checks.get(material.id)
            standing = [one.standing for one in findings if one.material_id == material.id]
            # Nothing is known of a line without rules, or of a paper that could not be read: the helper looks.
            if mine and (check is None or any(one.state == "failed" for one in mine)):
                standing.append("ask")
            sides = check.sides if check else ()
            missing = tuple(side for side in sides if side not in kinds) if mine else ()
            state = precheck.line(standing, kinds, sides)
            lines.append(LineTold(material.id, state, tuple(one.capture_id for one in mine), missing))
        return lines

    # ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _tell_findings(self, capture: Capture, settled: Sequence[Finding]) -> None:
        lines = await self._lines(capture.call_id, await self._standing(capture.call_id), settled)
        findings = tuple(told_finding(one) for one in settled)
        await self._told(capture, FindingsChanged(capture.call_id, findings, tuple(lines)))

    async def _told(
        self, capture: Capture, message: CaptureJudged | CaptureRead | FindingsChanged, *, booth: bool = False
    ) -> None:
        """Tell the staff in the call, and with `booth` the citizen's page too."""
        for person_id in self._witnesses(capture.call_id, capture.booth_id):
            if booth or person_id != capture.booth_id:
                await self._tell(person_id, message.NAME, to_wire(message))


def told_reading(reading: Reading, words: Words) -> ReadingTold:
    points = tuple((float(x), float(y)) for x, y in reading.corners.get("points", ()))
    return ReadingTold(
        reading.capture_id, reading.state, reading.kind, reading.material_id, reading.matched_by, points,
        str(reading.corners.get("by", "")), int(reading.corners.get("quarters", 0)),
        tuple(reading.quality.get("problems", ())), reading.width, reading.height, reading.sha256,
        tuple(words.fields), tuple(words.codes), rfc3339(reading.read_at),
    )  # fmt: skip


def told_finding(finding: Finding) -> FindingTold:
    decided_at = None if finding.decided_at is None else rfc3339(finding.decided_at)
    return FindingTold(
        finding.finding_id, finding.capture_id, finding.material_id, finding.rule, finding.field, finding.verdict,
        finding.reason, finding.detail, finding.standing, rfc3339(finding.found_at), finding.decision,
        finding.decided_by, decided_at, finding.why,
    )  # fmt: skip


def _version(reading: Reading) -> str:
    return reading.sha256[:12] if reading.state == "read" else ""


def _packed(words: Words) -> bytes:
    said = {"kind": words.kind, "fields": words.fields, "lines": words.lines, "codes": words.codes}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _worded(check: Check, kind: str, words: Words) -> bool:
    """Whether a form has one of the words that tell this line's forms from others; cards need none."""
    if kind != "form":
        return True
    said = "".join(line["text"] for line in words.lines).replace(" ", "")
    return any(word in said for word in check.words)


def _paper(reading: Reading, words: Words) -> precheck.Paper:
    values = {field["name"]: (field["text"], field["confidence"]) for field in words.fields}
    return precheck.Paper(reading.capture_id, reading.material_id, reading.kind, values)
