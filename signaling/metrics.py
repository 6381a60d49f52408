"""The service in numbers, in DESIGN's words, for Prometheus: calls, waits, offers, agents, queues, pages, refusals.

Counters follow durable events; gauges are read from the engine when they are asked for, so they cannot drift. There is
no person in them: labels are queues, states, outcomes, codes and kinds of message.
"""

from __future__ import annotations

from collections import Counter as Tally
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from signaling.routing.events import Accepted, Declined, Ended, Entered, Event, Expired, Offered, Withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from prometheus_client import Metric

    from signaling.nodes import Nodes
    from signaling.routing import Engine

WAITS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
TALKS = (30, 60, 120, 300, 600, 900, 1200, 1800, 2700, 3600, 7200)
FRAMES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10)
ANSWERS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


TRIPS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 1, 2)
LOSSES = (0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.08, 0.15, 0.3)
JITTERS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
RATES = (50e3, 150e3, 300e3, 600e3, 1e6, 1.5e6, 2e6, 3e6, 6e6)


class LegMeasures:
    """Connections of all calls as they are measured, by role, way and direction; never by call or person."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def histogram(name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(name, words, labels, buckets=buckets, registry=registry)

        self._trip = histogram("vw_leg_round_trip_seconds", "Round trip of a leg, each second", TRIPS, "role", "way")
        self._loss = histogram(
            "vw_leg_loss_share", "Share of a leg's packets lost, each second", LOSSES, "role", "way", "direction"
        )
        self._jitter = histogram("vw_leg_jitter_seconds", "Jitter of what arrives", JITTERS, "role", "way")
        self._rate = histogram(
            "vw_leg_bits_per_second", "Bits a second of a hosted leg, each second", RATES, "role", "direction"
        )
        self._freezes = Counter(
            "vw_leg_freezes", "Freezes of the picture a hosted leg sends", ("role",), registry=registry
        )

    def observe(
        self, role: str, way: str, rtt_ms: float | None, loss_up: float | None, loss_down: float | None,
        jitter_ms: float | None,
    ) -> None:  # fmt: skip
        """Count how far and how clean a leg is."""
        if rtt_ms is not None:
            self._trip.labels(role, way).observe(rtt_ms / 1000)
        if jitter_ms is not None:
            self._jitter.labels(role, way).observe(jitter_ms / 1000)
        for direction, loss in (("up", loss_up), ("down", loss_down)):
            if loss is not None:
                self._loss.labels(role, way, direction).observe(loss)

    def flows(self, role: str, kbps_up: int, kbps_down: int, freezes: int | None) -> None:
        """Count what a hosted leg carries."""
        self._rate.labels(role, "up").observe(kbps_up * 1000)
        self._rate.labels(role, "down").observe(kbps_down * 1000)
        if freezes:
            self._freezes.labels(role).inc(freezes)


class Metrics:
    """All measures of one process."""

    def __init__(self, engine: Callable[[], Engine], people: Callable[[], Iterable[str]]) -> None:
        """`people` yields `booth` or `agent` for each connected page."""
        self.registry = CollectorRegistry()
        self._engine = engine
        self._entered = self._counter("vw_calls_entered", "Calls that took a ticket", "queue")
        self._ended = self._counter("vw_calls_ended", "Calls that ended, by outcome", "queue", "outcome")
        self._offers = self._counter("vw_offers", "Offers, by what became of them", "result")
        self._wait = self._histogram("vw_wait_seconds", "From ticket to the first answer", WAITS, "queue")
        self._talk = self._histogram("vw_talk_seconds", "From the first answer to the end", TALKS, "queue")
        self.first_frame = self._histogram(
            "vw_first_frame_seconds", "From the answer to the first decoded frame, as pages report it", FRAMES, "side"
        )
        self.refusals = self._counter("vw_refusals", "Socket messages and connects refused, by problem code", "code")
        self.answers = self._histogram(
            "vw_answer_seconds", "From a socket message to its acknowledgement", ANSWERS, "message"
        )
        self.views = self._counter("vw_views_sent", "Views told to pages, by side", "side")
        self.legs = LegMeasures(self.registry)
        self.registry.register(_State(engine, people))

    def heard(self, events: Sequence[tuple[int, Event]], at: float) -> None:
        """Listen to the hall."""
        for _, event in events:
            self._count(event)

    def _count(self, event: Event) -> None:
        match event:
            case Entered():
                self._entered.labels(event.queue_id).inc()
            case Offered() | Declined() | Expired() | Withdrawn():
                self._offers.labels(type(event).__name__.lower()).inc()
            case Accepted():
                self._offers.labels("accepted").inc()
                call = self._engine().call(event.call_id)
                if call.first_accepted_at == event.at:
                    self._wait.labels(call.queue_id).observe(event.at - call.entered_at)
            case Ended():
                call = self._engine().call(event.call_id)
                self._ended.labels(call.queue_id, event.outcome).inc()
                if call.first_accepted_at is not None:
                    self._talk.labels(call.queue_id).observe(event.at - call.first_accepted_at)
            case _:
                pass

    def text(self) -> bytes:
        """Return the exposition for a scrape."""
        return generate_latest(self.registry)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(name, words, labels, buckets=buckets, registry=self.registry)


class _State(Collector):
    """Gauges that are a look at the engine."""

    def __init__(self, engine: Callable[[], Engine], people: Callable[[], Iterable[str]]) -> None:
        self._engine = engine
        self._people = people

    def collect(self) -> Iterable[Metric]:
        waiting = GaugeMetricFamily("vw_calls_waiting", "Calls waiting or being offered", labels=["queue"])
        talking = GaugeMetricFamily("vw_calls_talking", "Calls in which somebody talks", labels=["queue"])
        ready = GaugeMetricFamily("vw_queue_ready_agents", "Ready agents who serve the queue", labels=["queue"])
        for queue in self._engine().queues():
            waiting.add_metric([queue.queue_id], queue.waiting)
            talking.add_metric([queue.queue_id], queue.talking)
            ready.add_metric([queue.queue_id], queue.ready_agents)
        agents = GaugeMetricFamily("vw_agents", "Agents by state", labels=["state"])
        for state, number in Tally(agent.state for agent in self._engine().agents()).items():
            agents.add_metric([state], number)
        pages = GaugeMetricFamily("vw_pages_connected", "Connected pages by kind", labels=["kind"])
        for kind, number in Tally(self._people()).items():
            pages.add_metric([kind], number)
        return [waiting, talking, ready, agents, pages]

    def describe(self) -> Iterable[Metric]:
        return []


class NodeLoads(Collector):
    """What the media nodes carry, by their own word of a second ago; a node that is away is not there."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    def collect(self) -> Iterable[Metric]:
        calls = GaugeMetricFamily("vw_node_calls", "Calls a media node carries", labels=["node"])
        room = GaugeMetricFamily("vw_node_max_calls", "Calls a media node takes at most", labels=["node"])
        share = GaugeMetricFamily("vw_node_cpu_share", "Share of one core a media node uses", labels=["node"])
        draining = GaugeMetricFamily("vw_node_draining", "1: a media node takes no new calls", labels=["node"])
        for node_id, load in self._nodes.loads().items():
            for family, value in ((calls, load.calls), (room, load.max_calls), (share, load.cpu_share)):
                family.add_metric([node_id], value)
            draining.add_metric([node_id], float(load.draining))
        return [calls, room, share, draining]

    def describe(self) -> Iterable[Metric]:
        return []
