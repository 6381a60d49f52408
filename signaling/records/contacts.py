"""Whether a call was a case's first contact, and its only one: what first contact resolution is counted by.

Conditions on `CallFigureRow`, for queries that select from it: an answered call of the same case before or after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists
from sqlalchemy.orm import aliased

from signaling.records.tables import CallFigureRow
from signaling.records.tables.cases import CaseCallRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

_OWN, _SAME, _OTHER = aliased(CaseCallRow), aliased(CaseCallRow), aliased(CallFigureRow)
_CONTACT = (
    exists()
    .where(_OWN.call_id == CallFigureRow.call_id)
    .where(_SAME.case_id == _OWN.case_id, _OTHER.call_id == _SAME.call_id)
)

BEFORE: ColumnElement[bool] = _CONTACT.where(_OTHER.answered_at < CallFigureRow.answered_at)
AFTER: ColumnElement[bool] = _CONTACT.where(_OTHER.answered_at > CallFigureRow.answered_at)
