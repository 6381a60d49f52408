"""Tells those who are in a call what became of its papers: stills, documents, signatures, and what lies on the board.

Promise: a change goes to those in its own call and to nobody who comes to the booth later; what was taken back does not
lie on the board.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.errors import Unknown
from signaling.messages.documents import DocumentChanged
from signaling.messages.filling import SignChanged
from signaling.retelling import changed, document_told, signing_told
from signaling.screens import to_wire, view_to_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from signaling.boards import Boards, Told
    from signaling.calls import Calls
    from signaling.records import Capture
    from signaling.records.documents import Document
    from signaling.records.forms import Signing
    from signaling.routing import Engine
    from signaling.screens import Json


class Witnesses:
    """Listens to captures, documents and signings; what it has to tell, `start` runs as a task that has an owner."""

    def __init__(
        self, engine: Callable[[], Engine], calls: Calls, boards: Boards,
        tell: Callable[[str, str, Mapping[str, Json]], Coroutine[object, object, bool]],
        start: Callable[[Coroutine[object, object, bool]], object],
    ) -> None:  # fmt: skip
        self._engine = engine
        self._calls = calls
        self._boards = boards
        self._tell = tell
        self._start = start

    def capture(self, capture: Capture, received: int) -> None:
        """A still moved on; `received` bytes of it are here."""
        told = changed(capture, received)
        self._say(capture.call_id, capture.booth_id, told.NAME, to_wire(told))
        if capture.state == "withdrawn":
            self._take_off(capture.call_id, capture.booth_id, capture.capture_id)

    def corrected(self, capture: Capture, version: str) -> None:
        """A still that lies on the board is looked at as it was laid straight."""
        told = self._boards.corrected(capture.call_id, capture.capture_id, version)
        self._show(capture.call_id, capture.booth_id, *told)

    def document(self, document: Document) -> None:
        """A document came, or was taken back."""
        booth_id = self._booth(document.call_id)
        if booth_id is None:
            return
        self._say(document.call_id, booth_id, DocumentChanged.NAME, to_wire(document_told(document)))
        if document.removed_at is not None:
            self._take_off(document.call_id, booth_id, document.document_id)

    def signing(self, signing: Signing) -> None:
        """A signature stands otherwise than before."""
        booth_id = self._booth(signing.call_id)
        if booth_id is not None:
            self._say(signing.call_id, booth_id, SignChanged.NAME, to_wire(signing_told(signing)))

    def _booth(self, call_id: str) -> str | None:
        """Return the booth of a call; None when it is long over and there is nobody to tell."""
        try:
            return self._engine().call(call_id).booth_id
        except Unknown:
            return None

    def _take_off(self, call_id: str, booth_id: str, surface_id: str) -> None:
        if (told := self._boards.gone(call_id, surface_id)) is not None:
            self._show(call_id, booth_id, told)

    def _show(self, call_id: str, booth_id: str, *changes: Told) -> None:
        for told in changes:
            self._say(call_id, booth_id, told.NAME, view_to_wire(told))

    def _say(self, call_id: str, booth_id: str, name: str, payload: Mapping[str, Json]) -> None:
        for person_id in self._calls.witnesses(call_id, booth_id):
            self._start(self._tell(person_id, name, payload))
