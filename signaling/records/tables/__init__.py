"""The tables of the records, as typed rows.

Promise: times are UTC seconds (double precision), ids are the service's own words (`call_…`), JSON
columns hold plain lists and objects. Names of people and places are copied into a call's row when
it happens, so that a record stays readable after the district's files have changed. Every change
here comes with a migration; a test compares the two.
"""

from __future__ import annotations

from signaling.records.tables.access import AccountRow, AuditRow, BoothCredentialRow, SessionRow
from signaling.records.tables.base import Base, RowNumber
from signaling.records.tables.boards import BoardRow
from signaling.records.tables.broadcasts import BroadcastRow
from signaling.records.tables.calls import CallAgentRow, CallRow, EventRow, ProjectionRow
from signaling.records.tables.conversation import (
    CaptureRow,
    ChatRow,
    CorrectionRow,
    NotesRow,
    PageRow,
    PathRow,
    RatingRow,
    WishRow,
)
from signaling.records.tables.devices import BindingRow, DeviceActionRow, LeaseRow
from signaling.records.tables.districts import DistrictRow
from signaling.records.tables.documents import DocumentRow
from signaling.records.tables.figures import CallFigureRow, SpellRow
from signaling.records.tables.findings import FindingRow, ReadingRow
from signaling.records.tables.forms import FillingRow, SigningRow
from signaling.records.tables.recordings import ConsentRow, ExportRow, RecordedLegRow, SegmentRow, ViewingRow
from signaling.records.tables.remarks import RemarkRow

__all__ = [
    "AccountRow", "AuditRow", "Base", "BindingRow", "BoardRow", "BoothCredentialRow", "BroadcastRow", "CallAgentRow",
    "CallFigureRow", "CallRow", "CaptureRow", "ChatRow", "ConsentRow", "CorrectionRow", "DeviceActionRow",
    "DistrictRow", "DocumentRow", "EventRow", "ExportRow", "FillingRow", "FindingRow", "LeaseRow", "NotesRow",
    "PageRow", "PathRow", "ProjectionRow", "RatingRow", "ReadingRow", "RecordedLegRow", "RemarkRow", "RowNumber",
    "SegmentRow", "SessionRow", "SigningRow", "SpellRow", "ViewingRow", "WishRow",
]  # fmt: skip
