"""One call on this node: its legs, who perceives whom, and how fast each may send.

`arrange` is called whenever a leg, a role or a wall changes and ties streams to tracks; `measure` once a second. A call
knows nothing of the control channel: it returns what changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from media import bitrate, matrix, sdp
from media.errors import Refused, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from media.control import Picture, Role
    from media.incoming import Track
    from media.leg import Leg

MAX_LEGS: Final = 16


class Call:
    """Owned by the switchboard; `turn` is the tick of the second in which it is measured."""

    def __init__(self, call_id: str, turn: int = 0) -> None:
        self.call_id, self.turn = call_id, turn
        self.legs: dict[str, Leg] = {}
        self.apart: tuple[tuple[str, str], ...] = ()
        self.pictures: dict[str, Picture] = {}
        self.seats: dict[str, list[str | None]] = {}
        self._lags: dict[str, bitrate.Lag] = {}
        self._downlinks: dict[str, bitrate.Downlink] = {}

    def leg(self, leg_id: str) -> Leg:
        try:
            return self.legs[leg_id]
        except KeyError:
            raise Unknown(f"leg: {leg_id} is not here") from None

    def add(self, leg: Leg) -> None:
        """Take a leg in; `arrange` seats it."""
        if len(self.legs) >= MAX_LEGS:
            raise Refused(f"call: at most {MAX_LEGS} legs")
        self.legs[leg.leg_id] = leg

    def remove(self, leg_id: str) -> Leg:
        """Let a leg go; `arrange` frees its seats."""
        leg = self.leg(leg_id)
        del self.legs[leg_id]
        for kept in (self.seats, self._lags, self._downlinks, self.pictures):
            kept.pop(leg_id, None)
        return leg

    def set_matrix(
        self,
        roles: Mapping[str, Role],
        apart: tuple[tuple[str, str], ...],
        pictures: Mapping[str, Picture],
    ) -> None:
        """Change roles, walls and picture sizes at once; legs not named keep theirs. `arrange` brings it about."""
        for leg, role in [(self.leg(leg_id), role) for leg_id, role in roles.items()]:
            leg.role = role
        self.apart = apart
        self.pictures |= {leg_id: picture for leg_id, picture in pictures.items() if leg_id in self.legs}

    def arrange(self, now: float) -> dict[str, list[str | None]]:
        """Tie every stream to the track it is to carry; return the seats that changed, by viewer."""
        roles = {leg_id: leg.role for leg_id, leg in self.legs.items()}
        changed: dict[str, list[str | None]] = {}
        for leg_id, leg in self.legs.items():
            leg.reader.refuses = not matrix.speaks(leg.role)
            seen = matrix.seen_by(leg_id, roles, self.apart)
            seats = matrix.seat(seen, self.seats.get(leg_id, []), leg.slots)
            if seats != self.seats.get(leg_id):
                self.seats[leg_id] = changed[leg_id] = seats
            self._tie(leg, seats, now)
        return changed

    def _tie(self, leg: Leg, seats: list[str | None], now: float) -> None:
        shown = self.pictures.get(leg.leg_id, "large") != "none" and self._lag(leg).shown
        for index, stream in enumerate(leg.streams):
            peer = seats[index // sdp.GROUP] if index // sdp.GROUP < len(seats) else None
            layers = self.legs[peer].tracks.get(stream.kind, []) if peer is not None else []
            if not stream.wanted or not leg.connected or not layers:
                stream.watch(None, now)
            elif stream.kind != "microphone" and not shown:
                stream.pause(now)
            else:
                stream.watch(self._layer(leg, layers), now)
                stream.resume(now)

    def _layer(self, leg: Leg, layers: list[Track]) -> Track:
        if len(layers) == 1:
            return layers[0]
        # Browsers announce layers largest first or last, as the page likes: their rates tell.
        order = sorted(layers, key=lambda track: track.rate_bps)
        small = leg.role == "listener" or self.pictures.get(leg.leg_id) == "small"
        return order[bitrate.layer_for(leg.feedback.estimate_bps, [one.rate_bps for one in order], smallest=small)]

    def _lag(self, leg: Leg) -> bitrate.Lag:
        return self._lags.setdefault(leg.leg_id, bitrate.Lag())

    def measure(self, now: float) -> dict[str, list[str | None]]:
        """Adapt to the links: cap the publishers, drop and retry pictures of viewers that lag, choose layers."""
        for leg in self.legs.values():
            for track in leg.all_tracks():
                track.measure(now)
        viewers = [self._viewer(leg, now) for leg in self.legs.values() if matrix.matters(leg.role)]
        for leg_id, cap in bitrate.caps(self.legs, viewers).items():
            self.legs[leg_id].feedback.cap(cap)
        for leg in self.legs.values():
            if not matrix.matters(leg.role):
                self._lag(leg).step(leg.feedback.estimate_bps, self._pictured_bps(leg), now)
            elif not self._lag(leg).shown:
                # The role has changed: a participant counts.
                self._lags[leg.leg_id] = bitrate.Lag()
        return self.arrange(now)

    def _pictured_bps(self, leg: Leg) -> int:
        """What the pictures take that this leg is shown, or would be."""
        streams = [stream for stream in leg.streams if stream.kind != "microphone"]
        return sum(stream.track.rate_bps for stream in streams if stream.track is not None)

    def _viewer(self, leg: Leg, now: float) -> bitrate.Viewer:
        seen = [peer for peer in self.seats.get(leg.leg_id, []) if peer is not None]
        pictured = {
            peer: matrix.weight(leg.role, self.legs[peer].role)
            for peer in seen
            if any(track.rate_bps for track in self.legs[peer].all_tracks() if track.kind != "microphone")
        }
        link = self._downlinks.setdefault(leg.leg_id, bitrate.Downlink())
        takes = link.step(leg.feedback.estimate_bps, self._pictured_bps(leg), leg.round_trip_s, now)
        return bitrate.Viewer(takes, pictured)
