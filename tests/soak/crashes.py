"""Runs nodes, kills them, and keeps what they acknowledged, to be held against the journal."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from signaling.routing import Engine, decode
from signaling.routing.events import Entered

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterable, Sequence

    from signaling.journal import Record

Spec = dict[str, Any]


@dataclass
class Load:
    """What the workers of all nodes were told, over all lives of the processes."""

    steps: dict[str, int] = field(default_factory=dict)
    """The step each worker sends next: the first one not acknowledged."""
    acknowledged: dict[str, int] = field(default_factory=dict)
    """Command id to number."""
    refused: list[str] = field(default_factory=list)

    def hear(self, words: Sequence[str]) -> None:
        """Take an `ack` or `refused` line of a node."""
        kind, worker, step = words[0], words[1], int(words[2])
        assert step == self.steps[worker], f"{worker} was answered about step {step}, not {self.steps[worker]}"
        self.steps[worker] = step + 1
        if kind == "ack":
            self.acknowledged[f"{worker}.{step}"] = int(words[3])
        else:
            self.refused.append(" ".join(words))


class Node:
    """A node process and the thread that reads what it says."""

    def __init__(self, store: Spec, load: Load, name: str, workers: int = 6) -> None:
        self.name = name
        self._load = load
        names = [f"{name}{number}" for number in range(workers)]
        mine = {worker: load.steps.setdefault(worker, 0) for worker in names}
        spec = json.dumps({"store": store, "workers": mine})
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.node", spec], stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.heard: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        self.epoch = 0
        """Under which it leads, as far as it said."""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            words = line.split()
            if line.endswith("\n") and words[0] in ("ack", "refused"):
                self._load.hear(words)
            if words[0] == "leading":
                self.epoch = int(words[1])
            self.heard.put((time.monotonic(), words[0]))
        self.heard.put((time.monotonic(), "ended"))

    def hears(self, kind: str, since: float = 0.0, timeout_s: float = 60.0) -> float:
        """Wait for a line of a kind that came after a time; return when it came."""
        while True:
            at, word = self.heard.get(timeout=timeout_s)
            if word == kind and at > since:
                return at
            if word == "ended":
                raise AssertionError(f"node {self.name} ended by itself")

    def leads(self) -> None:
        """Wait until it leads."""
        while not self.epoch:
            self.hears("leading")

    def follows(self) -> None:
        """Wait until it knows that it does not lead."""
        while self.epoch:
            self.hears("leading")

    def send(self, what: signal.Signals) -> None:
        """Pause it or let it go on."""
        self._process.send_signal(what)

    def runs_for(self, duration_s: float) -> None:
        """Let it work for a while; it must not end by itself."""
        with suppress(subprocess.TimeoutExpired):
            raise AssertionError(f"node {self.name} ended: {self._process.wait(duration_s)}")

    def kill(self, after_s: float = 0.0) -> float:
        """End it as a power cut would, a moment later if asked; return when."""
        self.runs_for(after_s)
        at = time.monotonic()
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return at


def hold_against(load: Load, records: Iterable[Record]) -> Engine:
    """Check the acknowledged against the journal: all there, at their numbers, once, in each worker's order."""
    engine = Engine()
    decided: dict[str, int] = {}
    entered: Counter[str] = Counter()
    last = 0
    for record in records:
        assert record.first == last + 1, f"number {last + 1} is missing"
        last = record.seq
        for payload in record.payloads:
            event = decode(payload)
            engine.evolve(event)
            if isinstance(event, Entered):
                entered[event.call_id] += 1
        if record.command_id:
            apart = record.seq - decided.get(record.command_id, record.seq)
            assert not apart, f"{record.command_id} was decided twice, {apart} numbers apart"
            decided[record.command_id] = record.seq
    lost = {command_id for command_id, seq in load.acknowledged.items() if decided.get(command_id) != seq}
    assert not lost, f"acknowledged and lost: {sorted(lost)[:10]}"
    assert not load.refused, f"a command sent once was refused: {load.refused[:3]}"
    assert set(entered.values()) <= {1}, "a call entered twice"
    for worker, steps in load.steps.items():
        numbers = [decided[f"{worker}.{step}"] for step in range(steps)]
        assert numbers == sorted(numbers), f"{worker}'s order was not kept"
    return engine
