"""What `auth` needs remembered. The records keep it; auth knows only this shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

Kind = Literal["booth", "agent", "supervisor", "wall"]


@dataclass(frozen=True, slots=True)
class Account:
    agent_id: str
    password_hash: str
    initial: bool
    """It is the demo's password; it opens nothing outside the demo."""


@dataclass(frozen=True, slots=True)
class Session:
    session_id: str
    kind: Kind
    subject_id: str
    remote: str
    created_at: float
    seen_at: float
    expires_at: float | None
    """Absolute end; None: only idleness ends it."""
    credential_id: str | None = None


class CredentialStore(Protocol):
    """Accounts, sessions and booth credentials, durable when a method has returned."""

    async def account(self, agent_id: str) -> Account | None: ...

    async def save_account(self, account: Account, now: float) -> None: ...

    async def add_session(self, session: Session, token_hash: bytes) -> None: ...

    async def session(self, token_hash: bytes) -> Session | None:
        """Return the session of a token unless it is revoked."""
        ...

    async def sessions(self) -> list[Session]:
        """Return all that are not revoked."""
        ...

    async def touch_sessions(self, session_ids: Collection[str], now: float) -> None: ...

    async def revoke_sessions(self, session_ids: Collection[str], now: float) -> None: ...

    async def add_credential(
        self, credential_id: str, booth_id: str, credential_hash: bytes, now: float, by: str
    ) -> None: ...

    async def credential(self, credential_hash: bytes) -> tuple[str, str] | None:
        """Return (credential_id, booth_id) unless it is revoked."""
        ...

    async def revoke_credentials(self, booth_id: str, now: float) -> None:
        """Revoke all credentials of a booth."""
        ...

    async def audit(self, actor: str, action: str, subject: str, now: float, detail: dict[str, object]) -> None: ...
