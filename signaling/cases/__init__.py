"""Cases (办件): papers taken in, receipts given, progress told, missing papers brought in a later call.

`steps` is pure; `Cases` owns what is kept; `print` makes a receipt's printed form.
"""

from signaling.cases.cases import Cases, Intake
from signaling.cases.steps import STATES, CaseState

__all__ = ["STATES", "CaseState", "Cases", "Intake"]
