"""Owns cases: takes papers in, gives receipts, says where a case stands, lets a later call bring what was missing.

Promise: a receipt is durable before anyone hears of its number. Whoever asks with a wrong pair of number and digits
gets one and the same answer in the same time, whichever of the two is wrong, and a few tries only.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from signaling import receipt_number
from signaling.auth.attempts import Attempts
from signaling.cases.mark import Marks
from signaling.cases.print import Printer
from signaling.cases.steps import brought, received, step
from signaling.errors import Malformed, Unavailable, Unknown, WrongState
from signaling.ids import new_id
from signaling.records.cases import Case, CaseStep, NumberTaken, Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.cases.steps import CaseState
    from signaling.config import Settings
    from signaling.documents import Documents
    from signaling.press import Press
    from signaling.records.cases import CaseFiles
    from signaling.world import World

DRAWS = 20
"""Tries at a number nobody has: with 10,000 cases a day the first succeeds in nine of ten."""
TRIES_OF_BOOTH, TRIES_OF_NUMBER, WINDOW_S = 12, 6, 900.0
"""Wrong pairs in a quarter of an hour: of all booths together, a number's 10,000 endings take 17 days of guessing."""
TYPED_KEPT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a helper took in: ids of the item's papers, words, and where and when it was."""

    call_id: str
    booth_id: str
    item_id: str
    agent_id: str
    lang: str
    taken: tuple[str, ...]
    missing: tuple[str, ...]
    next_steps: str
    last_four: str | None = None


class Cases:
    """Make it with `Cases.over`."""

    def __init__(
        self, files: CaseFiles, world: World, printer: Printer, key: bytes, leave_s: float, clock: Callable[[], float]
    ) -> None:
        self._files = files
        self._world = world
        self._printer = printer
        self._leave_s = leave_s
        self._marks = Marks(key)
        self._clock = clock
        self._of_booth = Attempts(TRIES_OF_BOOTH, WINDOW_S)
        self._of_number = Attempts(TRIES_OF_NUMBER, WINDOW_S)
        self._typed: dict[str, str] = {}
        """The digits a citizen typed during a call, until the receipt is given."""
        self._listeners: list[Callable[[Case, Receipt], None]] = []

    @classmethod
    def over(
        cls, files: CaseFiles, world: World, settings: Settings, press: Press, documents: Documents,
        clock: Callable[[], float],
    ) -> Cases:  # fmt: skip
        """Return the cases that the settings say."""
        printer = Printer(files, press, documents, world.calendar.timezone)
        return cls(files, world, printer, settings.captures_key(), settings.hand_over.delay_s, clock)

    def on_received(self, listener: Callable[[Case, Receipt], None]) -> None:
        """Call `listener` with a case and its new receipt, once both are durable."""
        self._listeners.append(listener)

    # ── papers come in ──────────────────────────────────────────────────────────────────────────────────────────

    def type_digits(self, call_id: str, last_four: str) -> None:
        """Keep what the citizen typed at the booth: nobody sees it, the receipt's mark is made of it."""
        if len(self._typed) >= TYPED_KEPT:
            self._typed.pop(next(iter(self._typed)))
        self._typed[call_id] = last_four

    async def receive(self, intake: Intake) -> Receipt:
        """Give a receipt for what was taken in; a call that has one already gets the same again.

        Raises:
            Malformed: a paper is not on the item's list, or stands on both sides.
        """
        taken, missing = self._names(intake, "taken"), self._names(intake, "missing")
        if both := set(intake.taken) & set(intake.missing):
            raise Malformed(f"missing: {min(both)} was taken", field="missing")
        if (given := await self._files.receipt_of(intake.call_id)) is not None:
            return given
        before = await self._files.of_call(intake.call_id)
        for _ in range(DRAWS):
            case, receipt = self._made(intake, before, taken, missing)
            opened = CaseStep(f"{receipt.receipt_id}_in", receipt.given_at, case.state, intake.agent_id, "")
            try:
                case, kept = await self._files.receive(case, receipt, opened, receipt.given_at + self._leave_s)
            except NumberTaken:
                continue
            self._typed.pop(intake.call_id, None)
            if kept.receipt_id == receipt.receipt_id:
                for listener in self._listeners:
                    listener(case, kept)
            return kept
        raise Unavailable("no number is free today")

    def _names(self, intake: Intake, field: str) -> tuple[str, ...]:
        known = {material.id: material for material in self._world.items[intake.item_id].materials}
        wanted: tuple[str, ...] = getattr(intake, field)
        for material_id in wanted:
            if material_id not in known:
                raise Malformed(f"{field}: {material_id!r} is not on the item's list", field=field)
        english = intake.lang == "en"
        return tuple((english and known[one].name_en) or known[one].name for one in wanted)

    def _made(
        self, intake: Intake, before: Case | None, taken: tuple[str, ...], missing: tuple[str, ...]
    ) -> tuple[Case, Receipt]:
        now = self._clock()
        case_id = before.case_id if before else new_id("case")
        place, agent = self._world.place(intake.booth_id), self._world.agents[intake.agent_id]
        item = self._world.items[intake.item_id]
        promised = bool(item.due_days) and not missing
        due_at = self._world.calendar.working_days_after(now, item.due_days) if promised else None
        receipt = Receipt(
            receipt_id=new_id("rcpt"), call_id=intake.call_id, case_id=case_id, booth_id=intake.booth_id,
            booth_name=f"{place.point.name} {place.booth.name}", agent_id=agent.id, agent_name=agent.name,
            agent_badge=agent.badge, lang=intake.lang, taken=taken, missing=missing, next_steps=intake.next_steps,
            given_at=now, due_at=due_at,
        )  # fmt: skip
        if before is not None:
            state = brought(before.state, missing)
            all_taken = (*before.taken, *(one for one in taken if one not in before.taken))
            return replace(
                before, state=state, taken=all_taken, missing=missing, next_steps=intake.next_steps, changed_at=now,
                due_at=due_at,
            ), receipt  # fmt: skip
        last_four = intake.last_four or self._typed.get(intake.call_id)
        case = Case(
            case_id=case_id, number=self._draw(now), item_id=item.id, item_name=item.name, item_name_en=item.name_en,
            point_name=place.point.name, state=received(missing),
            phone_mark=self._marks.of(case_id, last_four) if last_four else "", taken=taken, missing=missing,
            next_steps=intake.next_steps, opened_at=now, changed_at=now, due_at=due_at,
        )  # fmt: skip
        return case, receipt

    def _draw(self, now: float) -> str:
        today = datetime.fromtimestamp(now, self._world.calendar.timezone).date()
        return receipt_number.make(today, secrets.randbelow(receipt_number.DRAWS))

    # ── where it stands ─────────────────────────────────────────────────────────────────────────────────────────

    async def find(self, booth_id: str, number: str, last_four: str) -> Case:
        """Return the case of a number and the last four digits of the phone that was left with it.

        Raises:
            Unknown: there is no such pair; it says no more than that.
            TooMany: this booth, or this number, was tried too often.
        """
        now = self._clock()
        self._of_booth.take(booth_id, now)
        self._of_number.take(number, now)
        case = await self._files.numbered(number)
        # A number nobody has costs the same comparison: the answer's time tells nothing either.
        if not self._marks.fits(case.phone_mark if case else "", case.case_id if case else "", last_four) or not case:
            raise Unknown("no case has this number with these digits", code="no_such_pair")
        self._of_booth.give_back(booth_id)
        self._of_number.give_back(number)
        return case

    async def join(self, call_id: str, case: Case) -> None:
        """Let a call belong to a case that was found: what it brings is added there."""
        await self._files.join(call_id, case.case_id, self._clock())

    async def advance(self, number: str, step_id: str, state: CaseState, words: str, by: str) -> Case:
        """Take a step the back office tells; the same `step_id` again changes nothing.

        Raises:
            Unknown: there is no such case.
            WrongState: there is no such step from where it stands.
        """
        case = await self._files.numbered(number)
        if case is None:
            raise Unknown("there is no such case", field="number")
        now = self._clock()
        told = CaseStep(step_id, now, state, by, words)

        def change(current: Case) -> Case:
            return replace(current, state=step(current.state, state), changed_at=now)

        moved, _ = await self._files.step(case.case_id, told, change)
        return moved

    async def withdraw(self, call_id: str, reason: str, by: str) -> Case:
        """Take the case of a call back, as its citizen wishes; its package leaves as `withdrawn`.

        Raises:
            Unknown: the call belongs to no case.
            WrongState: it is over, or the back office has it: then it is theirs to withdraw.
        """
        case = await self.of_call(call_id)
        if case is None:
            raise Unknown("this call belongs to no case", field="call_id", code="no_case")
        if await self._files.handed_over(case.case_id):
            raise WrongState("the back office has this case", field="call_id", code="handed_over")
        return await self.advance(case.number, new_id("step"), "withdrawn", reason, by)

    async def of_call(self, call_id: str) -> Case | None:
        """Return the case a call belongs to."""
        return await self._files.of_call(call_id)

    async def steps(self, case_id: str) -> list[CaseStep]:
        """Return a case's steps in order."""
        return await self._files.steps(case_id)

    # ── receipts ────────────────────────────────────────────────────────────────────────────────────────────────

    async def receipt_of(self, call_id: str) -> Receipt | None:
        """Return a call's receipt."""
        return await self._files.receipt_of(call_id)

    async def receipt(self, receipt_id: str) -> tuple[Case, Receipt]:
        """Return a receipt with its case; raise `Unknown` when there is none."""
        receipt = await self._files.receipt(receipt_id)
        return await self._files.get(receipt.case_id), receipt

    async def printed(self, receipt_id: str) -> bytes:
        """Return a receipt's printed form (PDF/A), made now if it was not yet."""
        case, receipt = await self.receipt(receipt_id)
        return await self._printer.content(case, receipt)
