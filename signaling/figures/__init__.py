"""What the hall did, in the field's usual numbers: one derivation from events, one definition of each measure.

`Ledger` folds events into facts (a line a call, a line a spell of an agent's time); `Totals` sums facts; `MEASURES`
says what is read from the sums, with its formula. The records keep the same facts as rows, so that a report, the wall
and the engine's own planning numbers cannot differ. `erlang` says how many agents a service level needs.
"""

from signaling.figures.ledger import CallFact, Ledger, Spell
from signaling.figures.measures import MEASURES, Measure, Totals, percentile_90, shown
from signaling.figures.periods import Periods

__all__ = ["MEASURES", "CallFact", "Ledger", "Measure", "Periods", "Spell", "Totals", "percentile_90", "shown"]
