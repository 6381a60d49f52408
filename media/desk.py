"""Carries out what signaling asks, and tells it what happens: the control protocol applied to the switchboard.

`take` never raises: every request gets one `done` or one `failed`. Requests may come twice (after a reconnect) and are
carried out once.
"""

from __future__ import annotations

import base64
import dataclasses
import logging
from typing import TYPE_CHECKING, Any

from media import control, still
from media.errors import Malformed, MediaError, Refused, Unknown
from media.statistics import Statistics

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from media.call import Call
    from media.leg import Leg
    from media.recording import Recordings
    from media.segment import Segment
    from media.switchboard import Switchboard

_log = logging.getLogger(__name__)


class Desk:
    """The switchboard's watcher and signaling's counterpart; `send` takes events to whoever listens."""

    def __init__(self, node_id: str, worker: Executor) -> None:
        self.node_id, self._worker = node_id, worker
        self.send: Callable[[control.Message], None] = lambda message: None
        self.statistics = Statistics()
        self.board: Switchboard | None = None
        self.recordings: Recordings | None = None
        self._told_drained = False
        self._rows: dict[tuple[str, str], dict[str, Any]] = {}

    def hello(self) -> control.Hello:
        board = self._board()
        calls = {call_id: tuple(call.legs) for call_id, call in board.calls.items()}
        return control.Hello(self.node_id, control.VERSION, board.max_calls, board.draining, calls)

    def heard(self) -> None:
        """Signaling has shown a sign of life."""
        if self.recordings is not None:
            self.recordings.confirm(self._board().now())

    def parted(self) -> None:
        """The control channel is gone."""
        if self.recordings is not None:
            self.recordings.doubt()

    async def take(self, text: str) -> control.Message:
        """Carry out one request."""
        request_id = control.request_id_of(text)
        try:
            message = control.parse(text)
            if not isinstance(message, control.Request):
                raise Malformed("type: a request")
            return control.Done(message.request_id, await self._carry_out(message))
        except MediaError as error:
            return control.Failed(request_id, error.code, str(error))
        except Exception:
            _log.exception("a request met a defect")
            return control.Failed(request_id, "failed", "node: a defect, see its log")

    async def _carry_out(self, request: control.Request) -> dict[str, Any]:
        match request:
            case control.Welcome(calls=calls):
                return self._reconcile(calls)
            case control.OpenLeg():
                return self._open_leg(request)
            case control.TakeOffer(call_id=call_id, leg_id=leg_id, sdp=sdp):
                return {"answer": self._answer(self._board().call(call_id), leg_id, sdp)}
            case control.TakeAnswer(call_id=call_id, leg_id=leg_id, sdp=sdp):
                call = self._board().call(call_id)
                call.leg(leg_id).take_answer(sdp, self._board().now())
                self._board().arrange(call)
            case control.TakeCandidate(call_id=call_id, leg_id=leg_id):
                self._board().call(call_id).leg(leg_id)
            case control.CloseLeg() | control.CloseCall():
                self._close(request)
            case control.SetMatrix():
                self._set_matrix(request)
            case control.TakeStill(call_id=call_id, leg_id=leg_id, kind=kind):
                return await self._still(call_id, leg_id, kind)
            case control.Drain():
                self.drain()
            case _:
                return await self._recording(request)
        return {}

    def _board(self) -> Switchboard:
        assert self.board is not None
        return self.board

    def _reconcile(self, wanted: dict[str, tuple[str, ...]]) -> dict[str, Any]:
        """Close what signaling does not know, tell it the seats it may have missed, and say what is not here."""
        board = self._board()
        closed: list[str] = []
        for call_id, call in list(board.calls.items()):
            for leg_id in [one for one in call.legs if one not in wanted.get(call_id, ())]:
                board.close_leg(call_id, leg_id)
                closed.append(leg_id)
        for call_id, call in board.calls.items():
            for leg_id, seats in call.seats.items():
                self.seats_changed(call_id, leg_id, seats)
        missing = {
            call_id: [
                leg_id for leg_id in legs if call_id not in board.calls or leg_id not in board.calls[call_id].legs
            ]
            for call_id, legs in wanted.items()
        }
        return {"closed": closed, "missing": {call_id: legs for call_id, legs in missing.items() if legs}}

    def _open_leg(self, request: control.OpenLeg) -> dict[str, Any]:
        board = self._board()
        call = board.calls.get(request.call_id)
        if call is None or request.leg_id not in call.legs:
            board.open_leg(request.call_id, request.leg_id, request.role)
        call = board.call(request.call_id)
        try:
            if request.offer:
                return {"answer": self._answer(call, request.leg_id, request.offer)}
            offer = call.leg(request.leg_id).make_offer(request.slots)
        except MediaError:
            # A leg whose first description was no good is not left behind.
            if call.leg(request.leg_id).state == "new":
                board.close_leg(request.call_id, request.leg_id)
            raise
        board.arrange(call)
        return {"offer": offer}

    def _answer(self, call: Call, leg_id: str, sdp: str) -> str:
        answer = call.leg(leg_id).take_offer(sdp, self._board().now())
        self._board().arrange(call)
        return answer

    def _close(self, request: control.CloseLeg | control.CloseCall) -> None:
        try:
            if isinstance(request, control.CloseLeg):
                self._board().close_leg(request.call_id, request.leg_id)
            else:
                self._board().end_call(request.call_id)
        except Unknown:
            return  # it is gone, which is what was asked

    def _set_matrix(self, request: control.SetMatrix) -> None:
        board = self._board()
        call = board.call(request.call_id)
        call.set_matrix(request.roles, request.apart, request.pictures)
        board.arrange(call)
        if self.recordings is not None:
            self.recordings.follow(call, board.now())

    async def _still(self, call_id: str, leg_id: str, kind: control.Kind) -> dict[str, Any]:
        tracks = self._board().call(call_id).leg(leg_id).tracks.get(kind)
        if not tracks:
            raise Unknown(f"still: {leg_id} sends no {kind}")
        png = await still.take(tracks[0], self._worker, self._board().now())
        return {"png": base64.b64encode(png).decode()}

    def drain(self) -> None:
        """Take no new calls; tell when the last has gone."""
        self._board().draining = True
        self._tell_drained()

    def _tell_drained(self) -> None:
        board = self._board()
        if board.draining and not board.calls and not self._told_drained:
            self._told_drained = True
            self.send(control.Drained())

    # -- recordings ------------------------------------------------------------------------------------------------

    async def _recording(self, request: control.Request) -> dict[str, Any]:
        recordings = self.recordings
        if recordings is None:
            raise Refused("recording: this node has no place for recordings")
        now = self._board().now()
        match request:
            case control.StartRecording(call_id=call_id, recording_id=recording_id, legs=legs, kinds=kinds):
                recordings.start(self._board().call(call_id), legs, kinds, now, recording_id)
            case control.StopRecording(call_id=call_id):
                return {"stopped": recordings.stop(call_id, now)}
            case control.ListRecordings(recording_id=recording_id):
                if recording_id:
                    return await recordings.listing(recording_id)
                return {"recordings": await recordings.counts()}
            case control.ReleaseRecording(recording_id=recording_id):
                await recordings.release(recording_id, at_once=request.now)
            case control.ReadSegment(recording_id=recording_id, name=name, offset=offset):
                return await recordings.read(recording_id, name, max(0, offset))
            case control.LendSegment(recording_id=recording_id, segment=told):
                await recordings.lend(recording_id, told, request.size, request.offset, request.data)
            case control.ExportRecording(recording_id=recording_id, form=form):
                return await recordings.export(recording_id, form, request.people, self._told_progress)
            case _:
                raise Malformed("type: not served")
        return {}

    def _told_progress(self, recording_id: str, form: str, share: float) -> None:
        self.send(control.ExportProgress(recording_id, form, round(share, 3)))

    def segment_closed(self, closed: Segment) -> None:
        self.send(control.SegmentClosed(dataclasses.asdict(closed)))

    def recording_stopped(self, recording_id: str, reason: str) -> None:
        self.send(control.RecordingStopped(recording_id, reason))
        self.send(control.Alert(f"recording_{reason}", f"Recording of {recording_id} has stopped; the call goes on."))

    def recording_erased(self, recording_id: str) -> None:
        self.send(control.RecordingErased(recording_id))

    # -- the switchboard's watcher ---------------------------------------------------------------------------------

    def leg_changed(self, call_id: str, leg: Leg, state: control.LegState) -> None:
        if state in ("failed", "closed"):
            self.statistics.forget(leg)
        self.send(control.LegChanged(call_id, leg.leg_id, state))

    def leg_leaves(self, call_id: str, leg: Leg) -> None:
        self.statistics.forget(leg)
        self._rows.pop((call_id, leg.leg_id), None)
        if self.recordings is not None:
            self.recordings.leg_gone(call_id, leg.leg_id, self._board().now())

    def seats_changed(self, call_id: str, leg_id: str, seats: list[str | None]) -> None:
        self.send(control.SeatsChanged(call_id, leg_id, tuple(seats)))

    def call_measured(self, call: Call, now: float) -> None:
        if self.recordings is not None:
            self.recordings.tick(call, now)
        for leg in call.legs.values():
            self._rows[call.call_id, leg.leg_id] = self.statistics.leg(call.call_id, leg)

    def call_ended(self, call: Call) -> None:
        if self.recordings is not None:
            self.recordings.stop(call.call_id, self._board().now())
        self.send(control.CallEnded(call.call_id))
        self._tell_drained()

    def second_passed(self, now: float) -> None:
        rows, self._rows = self._rows, {}
        room = 0 if self.recordings is None else self.recordings.room()
        node = self.statistics.node(self._board()) | {"room_bytes": room}
        self.send(control.Statistics(node, tuple(rows.values())))
