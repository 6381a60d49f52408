"""The part of a call's story that routing does not decide on: how it is told, what awaits a rating, what to notice.

Language and elder mode of a call come back from the records after a restart; which ended call a booth may still rate
comes back from the engine. A console's notices are half a minute of memory.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from signaling.routing.events import CallRequeued, Declined, Ended, Entered, Event, Expired, Withdrawn
from signaling.screens import Notice
from signaling.wire import rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable

    from signaling.routing import Engine
    from signaling.routing.views import CallView

NOTICE_S = 30.0
RECEIPT_S = 120.0
"""A receipt is read before the call is rated: so much longer the rating waits."""


@dataclasses.dataclass(frozen=True, slots=True)
class Story:
    lang: str = "zh-CN"
    elder_mode: bool = False


class Stories:
    """Follows the events; asked by the views."""

    def __init__(self, engine: Callable[[], Engine], rating_s: float) -> None:
        self._engine = engine
        self._rating_s = rating_s
        self._stories: dict[str, Story] = {}
        self._last: dict[str, CallView] = {}
        self._done: set[str] = set()
        self._receipts: set[str] = set()
        self._notices: dict[str, tuple[float, Notice]] = {}

    def recall(self) -> None:
        """Find, after a restart, the calls that ended last at each booth."""
        for call in self._engine().ended_calls():
            self._ended(call)

    def remember(self, call_id: str, story: Story) -> None:
        self._stories[call_id] = story

    def forget(self, call_id: str) -> None:
        """The call never came to be."""
        self._stories.pop(call_id, None)

    def of(self, call_id: str) -> Story:
        return self._stories.get(call_id, Story())

    def last_ended(self, booth_id: str) -> CallView | None:
        return self._last.get(booth_id)

    def to_rate(self, booth_id: str, now: float) -> CallView | None:
        """Return the call whose rating this booth is asked for now."""
        call = self._last.get(booth_id)
        if call is None or call.accepted_at is None or call.ended_at is None or call.call_id in self._done:
            return None
        more_s = RECEIPT_S if call.call_id in self._receipts else 0.0
        return call if now - call.ended_at < self._rating_s + more_s else None

    def unrated(self, now: float) -> list[CallView]:
        """Return the calls whose rating is asked for now, at all booths."""
        return [call for booth_id in self._last if (call := self.to_rate(booth_id, now)) is not None]

    def receipt(self, call_id: str) -> None:
        """The citizen gets a receipt with the end of this call."""
        self._receipts.add(call_id)

    def rated(self, call_id: str) -> None:
        """The citizen rated, or would rather not."""
        self._done.add(call_id)

    def notice(self, agent_id: str, now: float) -> Notice | None:
        at, notice = self._notices.get(agent_id, (0.0, None))
        return notice if now - at < NOTICE_S else None

    def heard(self, event: Event) -> None:
        """Follow one event."""
        match event:
            case Entered():
                last = self._last.pop(event.booth_id, None)
                if last is not None:
                    self._done.discard(last.call_id)
                    self._receipts.discard(last.call_id)
                    self._stories.pop(last.call_id, None)
            case Ended():
                self._ended(self._engine().call(event.call_id))
                if event.agent_id is not None and event.by != event.agent_id:
                    self._note(event.agent_id, event, "call_ended", event.outcome, event.reason)
            case Declined():
                self._note_lead(event, "colleague_declined")
            case Expired():
                self._note(event.agent_id, event, "offer_expired")
                self._note_lead(event, "colleague_silent")
            case Withdrawn():
                code = "offer_withdrawn" if event.role == "lead" else "asked_withdrawn"
                self._note(event.agent_id, event, code, reason=event.reason)
            case CallRequeued():
                self._note(event.agent_id, event, "call_lost", reason=event.reason)
            case _:
                pass

    def _ended(self, call: CallView) -> None:
        known = self._last.get(call.booth_id)
        if known is None or (known.ended_at or 0) <= (call.ended_at or 0):
            self._last[call.booth_id] = call

    def _note_lead(self, event: Declined | Expired, code: str) -> None:
        """Whoever asked a colleague into their call hears that they do not come."""
        lead = self._engine().call(event.call_id).agent_id
        if event.role != "lead" and lead is not None:
            self._note(lead, event, code)

    def _note(
        self,
        agent_id: str,
        event: Ended | Declined | Expired | Withdrawn | CallRequeued,
        code: str,
        outcome: str | None = None,
        reason: str = "",
    ) -> None:
        notice = Notice(code, rfc3339(event.at), event.call_id, outcome, reason or None)
        self._notices[agent_id] = (event.at, notice)
