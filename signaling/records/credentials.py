"""Accounts, sessions and booth credentials in the database: what `auth` asks to be remembered.

Promise: implements `auth.CredentialStore`; no token and no password is ever stored, only their hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy import select, update

from signaling.auth.store import Account, Kind, Session
from signaling.records.tables import AccountRow, AuditRow, BoothCredentialRow, SessionRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from signaling.records.database import Database


class Credentials:
    """The credential store over the records' database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def account(self, agent_id: str) -> Account | None:
        async with self._database.reading() as session:
            row = await session.get(AccountRow, agent_id)
        return Account(row.agent_id, row.password_hash, row.initial) if row else None

    async def save_account(self, account: Account, now: float) -> None:
        async with self._database.writing() as session:
            await session.merge(AccountRow(
                agent_id=account.agent_id, password_hash=account.password_hash, initial=account.initial, set_at=now
            ))  # fmt: skip

    async def add_session(self, session: Session, token_hash: bytes) -> None:
        async with self._database.writing() as writing:
            writing.add(SessionRow(
                session_id=session.session_id, token_hash=token_hash, kind=session.kind, subject_id=session.subject_id,
                credential_id=session.credential_id, remote=session.remote, created_at=session.created_at,
                seen_at=session.seen_at, expires_at=session.expires_at, revoked_at=None,
            ))  # fmt: skip

    async def session(self, token_hash: bytes) -> Session | None:
        async with self._database.reading() as session:
            row = await session.scalar(
                select(SessionRow).where(SessionRow.token_hash == token_hash, SessionRow.revoked_at.is_(None))
            )
        return _session(row) if row else None

    async def sessions(self) -> list[Session]:
        async with self._database.reading() as session:
            return [
                _session(row)
                for row in await session.scalars(select(SessionRow).where(SessionRow.revoked_at.is_(None)))
            ]

    async def touch_sessions(self, session_ids: Collection[str], now: float) -> None:
        if session_ids:
            async with self._database.writing() as session:
                await session.execute(
                    update(SessionRow).where(SessionRow.session_id.in_(session_ids)).values(seen_at=now)
                )

    async def revoke_sessions(self, session_ids: Collection[str], now: float) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(SessionRow)
                .where(SessionRow.session_id.in_(session_ids), SessionRow.revoked_at.is_(None))
                .values(revoked_at=now)
            )

    async def add_credential(
        self, credential_id: str, booth_id: str, credential_hash: bytes, now: float, by: str
    ) -> None:
        async with self._database.writing() as session:
            session.add(BoothCredentialRow(
                credential_id=credential_id, booth_id=booth_id, credential_hash=credential_hash, issued_at=now,
                issued_by=by, used_at=None, revoked_at=None,
            ))  # fmt: skip

    async def credential(self, credential_hash: bytes) -> tuple[str, str] | None:
        async with self._database.reading() as session:
            row = await session.scalar(
                select(BoothCredentialRow).where(
                    BoothCredentialRow.credential_hash == credential_hash, BoothCredentialRow.revoked_at.is_(None)
                )
            )
        return (row.credential_id, row.booth_id) if row else None

    async def revoke_credentials(self, booth_id: str, now: float) -> None:
        async with self._database.writing() as session:
            await session.execute(
                update(BoothCredentialRow)
                .where(BoothCredentialRow.booth_id == booth_id, BoothCredentialRow.revoked_at.is_(None))
                .values(revoked_at=now)
            )

    async def audit(self, actor: str, action: str, subject: str, now: float, detail: dict[str, object]) -> None:
        async with self._database.writing() as session:
            session.add(AuditRow(at=now, actor=actor, action=action, subject=subject, detail=detail))


def _session(row: SessionRow) -> Session:
    return Session(
        row.session_id, cast("Kind", row.kind), row.subject_id, row.remote, row.created_at, row.seen_at,
        row.expires_at, row.credential_id,
    )  # fmt: skip
