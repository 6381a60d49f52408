"""How many agents a service level needs: Erlang A, and Erlang C where nobody ever gave up.

M/M/n+M: calls arrive as a Poisson stream, handling and patience are exponential, one line, n equal agents. Sources:
C. Palm, "Etude des délais d'attente", Ericsson Technics 5 (1937); O. Garnett, A. Mandelbaum, M. Reiman, "Designing a
call center with impatient customers", M&SOM 4 (2002); A. Mandelbaum, S. Zeltyn, "The Palm/Erlang-A queue" (2005).
Checked against the simulator within its confidence interval (tests/signaling/figures/test_erlang.py).

With rates λ, μ and θ and k calls in the hall, the stationary distribution is that of a birth-death chain: births λ,
deaths min(k, n)μ + max(k − n, 0)θ. Who finds m waiting ahead is served after a sum of exponential times of the rates
nμ + jθ, j = 0…m, unless their patience ends first. With c = nμ/θ and x = 1 − e^(−θT),

    P(served | m)          = c / (c + m + 1)
    P(served within T | m) = c / (c + m + 1) · I_x(m + 1, c + 1)        (I: the regularised incomplete beta function)
    E(wait | served, m)    = Σ 1 / (nμ + jθ), j = 1…m + 1

Promise: pure; times in seconds, rates a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, expm1, inf, lgamma, log

NEGLIGIBLE = 1e-12
CERTAIN = 1e30
"""Times as likely that an agent is free as that none is: nobody waits, and far larger sums would overflow."""
MOST_AGENTS = 10_000


@dataclass(frozen=True, slots=True)
class Load:
    """What comes: calls a second, mean seconds to handle one, mean seconds of patience (None: nobody gives up)."""

    rate: float
    handling_s: float
    patience_s: float | None = None

    @property
    def erlangs(self) -> float:
        """How many agents the work alone would keep busy."""
        return self.rate * self.handling_s


@dataclass(frozen=True, slots=True)
class Foretold:
    """What a number of agents gives: shares, and seconds. `asa_s` of infinity: the line grows without end."""

    service_level: float
    asa_s: float
    abandon_rate: float
    occupancy: float


NOTHING_TO_DO = Foretold(1.0, 0.0, 0.0, 0.0)


def foretell(load: Load, agents: float, target_s: float) -> Foretold:
    """Return what so many agents give; a part of an agent is a part of the way between two whole numbers."""
    if load.rate <= 0:
        return NOTHING_TO_DO
    low = int(agents)
    below = _whole(load, low, target_s)
    if agents == low:
        return below
    above = _whole(load, low + 1, target_s)
    part = agents - low

    def between(a: float, b: float) -> float:
        return b if a == inf else a + (b - a) * part

    return Foretold(
        between(below.service_level, above.service_level), between(below.asa_s, above.asa_s),
        between(below.abandon_rate, above.abandon_rate), between(below.occupancy, above.occupancy),
    )  # fmt: skip


def needed(load: Load, goal: float, target_s: float) -> int:
    """Return the least number of agents with whom the share `goal` of calls is answered within `target_s`."""
    if load.rate <= 0:
        return 0
    low, high = 0, max(1, int(load.erlangs) + 1)
    while foretell(load, high, target_s).service_level < goal:
        low, high = high, high * 2
        if high > MOST_AGENTS:
            raise ValueError(f"not with {MOST_AGENTS} agents")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if foretell(load, middle, target_s).service_level >= goal else (middle, high)
    return high


def patience_s(waited_s: float, gave_up: int) -> float | None:
    """Return the mean patience seen: the maximum likelihood estimate for exponential patience with censored waits.

    Args:
        waited_s: the waits of all calls together, answered and given up.
        gave_up: how many gave up; none: no patience can be told.
    """
    return waited_s / gave_up if gave_up else None


def _whole(load: Load, agents: int, target_s: float) -> Foretold:
    if agents == 0:
        return Foretold(0.0, inf, 1.0 if load.patience_s else 0.0, 1.0)
    return _erlang_c(load, agents, target_s) if load.patience_s is None else _erlang_a(load, agents, target_s)


def _erlang_c(load: Load, agents: int, target_s: float) -> Foretold:
    if load.erlangs >= agents:
        return Foretold(0.0, inf, 0.0, 1.0)
    blocked = 1.0
    for number in range(1, agents + 1):  # Erlang B, by its recursion
        blocked = load.erlangs * blocked / (number + load.erlangs * blocked)
    waits = blocked / (1 - load.erlangs / agents * (1 - blocked))
    spare = agents / load.handling_s - load.rate
    return Foretold(1 - waits * exp(-spare * target_s), waits / spare, 0.0, load.erlangs / agents)


def _erlang_a(load: Load, agents: int, target_s: float) -> Foretold:
    assert load.patience_s is not None
    theta = 1 / load.patience_s
    served_rate = agents / load.handling_s
    c = served_rate / theta
    idle, waiting = _stationary(load, agents, theta)
    within = served = idle
    waited = mean_s = 0.0
    # I_x(m + 1, b) = I_x(m, b) − t_m with t_m = x^m (1 − x)^b Γ(m + b) / (m! Γ(b)), from I_x(1, b) = 1 − (1 − x)^b.
    b, log_x, log_rest = c + 1, log(-expm1(-theta * target_s)) if target_s > 0 else -inf, -theta * target_s
    beta = 1.0
    for m, share in enumerate(waiting):
        beta -= exp(m * log_x + b * log_rest + lgamma(m + b) - lgamma(m + 1) - lgamma(b)) if m else exp(b * log_rest)
        mean_s += 1 / (served_rate + (m + 1) * theta)
        reached = share * c / (c + m + 1)
        within += reached * max(0.0, beta)
        served += reached
        waited += reached * mean_s
    return Foretold(within, waited / served, 1 - served, load.rate * served * load.handling_s / agents)


def _stationary(load: Load, agents: int, theta: float) -> tuple[float, list[float]]:
    """Return the share of arrivals who find a free agent, and of those who find m = 0, 1, … waiting ahead."""
    # Relative to the state in which all agents talk and nobody waits, so that nothing overflows.
    below, weight = 0.0, 1.0
    for k in range(agents, 0, -1):
        weight *= k / load.erlangs
        below += weight
        if below > CERTAIN:
            return 1.0, [0.0]
        if weight < NEGLIGIBLE * below and k < load.erlangs:
            break
    waiting, weight, total = [1.0], 1.0, 1.0
    falling = False
    while not falling or weight > NEGLIGIBLE * total:
        deaths = agents / load.handling_s + len(waiting) * theta
        falling = load.rate < deaths
        weight *= load.rate / deaths
        waiting.append(weight)
        total += weight
    whole = below + total
    return below / whole, [share / whole for share in waiting]
