"""Puts the parts of the records together over one database."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from signaling.records.alerts import AlertBook
from signaling.records.bindings import Bindings
from signaling.records.boards import BoardBook
from signaling.records.broadcasts import BroadcastBook
from signaling.records.cases import CaseFiles
from signaling.records.conversation import Conversation
from signaling.records.credentials import Credentials
from signaling.records.database import Database
from signaling.records.districts import Districts
from signaling.records.documents import DocumentRows
from signaling.records.earlier import EarlierCalls
from signaling.records.figures import Reports
from signaling.records.findings import Findings
from signaling.records.forms import FormRows
from signaling.records.history import History
from signaling.records.leases import LeaseBook
from signaling.records.matters import MatterFiles
from signaling.records.packages import Packages
from signaling.records.paths import Paths
from signaling.records.projection import Projection, Source
from signaling.records.quality import Quality
from signaling.records.recordings import RecordingBooks
from signaling.records.remarks import Remarks
from signaling.records.stills import Stills

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from signaling.world import World


class Records:
    """Everything kept about calls, and who may sign in."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.alerts = AlertBook(database)
        self.boards = BoardBook(database)
        self.broadcasts = BroadcastBook(database)
        self.cases = CaseFiles(database)
        self.bindings = Bindings(database)
        self.conversation = Conversation(database)
        self.credentials = Credentials(database)
        self.districts = Districts(database)
        self.earlier = EarlierCalls(database)
        self.findings = Findings(database)
        self.documents = DocumentRows(database)
        self.forms = FormRows(database)
        self.history = History(database)
        self.leases = LeaseBook(database)
        self.matters = MatterFiles(database)
        self.packages = Packages(database)
        self.paths = Paths(database)
        self.quality = Quality(database)
        self.reports = Reports(database)
        self.recordings = RecordingBooks(database)
        self.remarks = Remarks(database)
        self.stills = Stills(database)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, pool_size: int = 10) -> AsyncIterator[Records]:
        """Open the database at `url` (see `Settings.database_url`) with the newest schema."""
        async with Database.open(url, pool_size=pool_size) as database:
            yield cls(database)

    def follow(self, source: Source, world: World) -> AbstractAsyncContextManager[Projection]:
        """Write what happens in the hall, until the block ends."""
        return Projection.follow(self.database, world, source)
