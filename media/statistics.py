"""Numbers about legs, once a second: for the console's quality picture, and in sum for Prometheus.

`leg` compares with what it saw a second before, so it keeps that: one `Statistics` for the life of the node.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from media.incoming import Track
    from media.leg import Leg
    from media.stream import Stream
    from media.switchboard import Switchboard


class Statistics:
    """Measures all legs of a switchboard."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._before: dict[tuple[str, int], tuple[int, ...]] = {}
        self._cpu = (time.process_time(), time.monotonic())
        self._calls = self._gauge("calls", "Calls carried")
        self._legs = self._gauge("legs", "Legs carried")
        self._load = self._gauge("cpu_share", "Share of one core used over the last second")
        self._draining = self._gauge("draining", "1 while no new calls are taken")
        self._packets = self._counter("packets_total", "RTP packets", ("direction",))
        self._bytes = self._counter("bytes_total", "RTP bytes", ("direction",))
        self._dropped = self._counter("dropped_total", "Datagrams dropped", ("reason",))
        self._resent = self._counter("resent_total", "Packets sent again for viewers", ())
        self._lost = self._counter("lost_total", "RTP packets of browsers that did not come", ())
        self._frames = self._counter("frames_total", "Pictures received", ())
        self._freezes = self._counter("freezes_total", "Times a picture received stood still", ())
        self._round_trip = self._times("round_trip", "Round trip to browsers")
        self._jitter = self._times("jitter", "Jitter of what browsers send")
        self._totals: dict[tuple[str, str], int] = {}

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(f"virtual_window_media_{name}", about, registry=self.registry)

    def _counter(self, name: str, about: str, labels: tuple[str, ...]) -> Counter:
        return Counter(f"virtual_window_media_{name}", about, labels, registry=self.registry)

    def _times(self, name: str, about: str) -> Histogram:
        return Histogram(
            f"virtual_window_media_{name}_seconds",
            about,
            registry=self.registry,
            buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6),
        )

    def exposition(self) -> bytes:
        """What Prometheus reads."""
        return generate_latest(self.registry)

    def node(self, board: Switchboard) -> dict[str, Any]:
        """The node's load since the last time."""
        cpu, now = time.process_time(), time.monotonic()
        share = (cpu - self._cpu[0]) / max(0.001, now - self._cpu[1])
        self._cpu = (cpu, now)
        legs = board.legs()
        self._calls.set(len(board.calls))
        self._legs.set(len(legs))
        self._load.set(share)
        self._draining.set(board.draining)
        for reason, count in board.port.dropped.items():
            self._raise("port", reason, count, self._dropped.labels(reason))
        return {
            "calls": len(board.calls),
            "legs": len(legs),
            "max_calls": board.max_calls,
            "cpu_share": round(share, 3),
            "draining": board.draining,
            "dropped": dict(board.port.dropped),
        }

    def _raise(self, owner: str, name: str, total: int, counter: Counter) -> None:
        before = self._totals.get((owner, name), 0)
        self._totals[owner, name] = total
        if total > before:
            counter.inc(total - before)

    def leg(self, call_id: str, leg: Leg) -> dict[str, Any]:
        """One leg's quality over the last second."""
        up = [self._up(leg, track) for track in leg.all_tracks() if track.top >= 0]
        down = [self._down(leg, stream) for stream in leg.streams if stream.packets]
        trip = leg.round_trip_s
        if trip is not None:
            self._round_trip.observe(trip)
        self._account(leg, up, down)
        return {
            "call_id": call_id,
            "leg_id": leg.leg_id,
            "role": leg.role,
            "state": leg.state,
            "round_trip_ms": None if trip is None else round(trip * 1000, 1),
            "estimate_bps": leg.feedback.estimate_bps,
            "cap_bps": leg.feedback.cap_bps,
            "up": up,
            "down": down,
            "dropped": dict(leg.dropped),
        }

    def _account(self, leg: Leg, up: list[dict[str, Any]], down: list[dict[str, Any]]) -> None:
        for direction, rows in (("in", up), ("out", down)):
            self._packets.labels(direction).inc(sum(row["packets"] for row in rows))
            self._bytes.labels(direction).inc(sum(row["bitrate_bps"] for row in rows) // 8)
        self._resent.inc(sum(row["resent"] for row in down))
        for reason, count in leg.dropped.items():
            self._raise(leg.leg_id, reason, count, self._dropped.labels(reason))

    def _since(self, leg: Leg, ssrc: int, *totals: int) -> list[int]:
        key = (leg.leg_id, ssrc)
        before = self._before.get(key, (0,) * len(totals))
        self._before[key] = totals
        return [max(0, now - then) for now, then in zip(totals, before, strict=True)]

    def _up(self, leg: Leg, track: Track) -> dict[str, Any]:
        counted = track.packets, track.octets, track.lost, track.frames, track.freezes, track.recovered
        packets, octets, lost, frames, freezes, recovered = self._since(leg, track.ssrc, *counted)
        self._lost.inc(lost)
        self._jitter.observe(track.jitter / track.clock_rate)
        if track.kind != "microphone":
            self._frames.inc(frames)
            self._freezes.inc(freezes)
        return {
            "kind": track.kind,
            "packets": packets,
            "bitrate_bps": octets * 8,
            "loss": round(lost / max(1, lost + packets), 4),
            "recovered": recovered,
            "jitter_ms": round(track.jitter / track.clock_rate * 1000, 1),
            "frames": frames if track.kind != "microphone" else None,
            "freezes": freezes if track.kind != "microphone" else None,
        }

    def _down(self, leg: Leg, stream: Stream) -> dict[str, Any]:
        packets, octets, resent = self._since(leg, stream.ssrc, stream.packets, stream.octets, stream.resent)
        return {
            "kind": stream.kind,
            "packets": packets,
            "bitrate_bps": octets * 8,
            "loss": round(stream.fraction_lost, 4),
            "jitter_ms": round(stream.jitter * 1000, 1),
            "resent": resent,
            "flows": stream.flows,
        }

    def forget(self, leg: Leg) -> None:
        """The leg is gone."""
        self._before = {key: one for key, one in self._before.items() if key[0] != leg.leg_id}
        self._totals = {key: one for key, one in self._totals.items() if key[0] != leg.leg_id}
