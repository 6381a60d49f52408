"""Sign-in, sessions, booths' credentials, and their end.

Promise: what a cookie or credential opens is decided here and stored only as a hash; a revoked or
expired session opens nothing from that moment on, and everybody who listens is told so that open
sockets close at once. Wrong name and wrong password look alike, also by the clock.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.auth.attempts import Attempts
from signaling.auth.passwords import Passwords
from signaling.auth.store import Account, CredentialStore, Kind, Session
from signaling.errors import Malformed, NotSignedIn, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from signaling.config import SignIn
    from signaling.world import Agent, World

WALL = "~wall"
"""Whose a display's credential is: no booth can be called so."""
SEEN_EVERY_S = 60.0
"""How precisely a session's last use is kept; finer would be a write for every request."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who stands behind a cookie. `id` is a booth_id or an agent_id."""

    kind: Kind
    id: str
    session_id: str

    @property
    def is_staff(self) -> bool:
        return self.kind in ("agent", "supervisor")


class Auth:
    """The one door. `demo` lets the world's initial passwords in."""

    def __init__(
        self,
        store: CredentialStore,
        world: World,
        settings: SignIn,
        *,
        demo: bool = False,
        clock: Callable[[], float] = time.time,
        passwords: Passwords | None = None,
    ) -> None:
        self._store = store
        self._world = world
        self._settings = settings
        self._demo = demo
        self._clock = clock
        self._passwords = passwords or Passwords()
        self._by_name = Attempts(settings.attempts_per_name, settings.attempts_window_s)
        self._by_remote = Attempts(settings.attempts_per_remote, settings.attempts_window_s)
        self._trusted: set[tuple[str, str]] = set()
        self._listeners: list[Callable[[Identity], None]] = []

    def close(self) -> None:
        """Let the hashing threads go."""
        self._passwords.close()

    # --- staff -------------------------------------------------------------------------------------

    async def sign_in(self, name: str, password: str, remote: str) -> str:
        """Return the token of a new staff session.

        Raises:
            NotSignedIn: name or password is wrong; it is not said which.
            TooMany: this name or this address tried too often.
        """
        now = self._clock()
        name = name.strip().lower()[:64]
        keys = self._attempt(name, remote, now)
        agent = self._world.agent_by_login(name)
        account = await self._account(agent, password) if agent else None
        if not await self._passwords.check(password, account.password_hash if account else None) or agent is None:
            shown = name.encode("unicode_escape").decode()  # no database takes every character a stranger can send
            await self._store.audit("", "sign_in_failed", shown, now, {"remote": remote})
            raise NotSignedIn("name or password is wrong", code="wrong_password")
        self._by_name.give_back(keys[0])
        self._by_remote.give_back(keys[1])
        self._trusted.add((name, remote))
        if account is not None and self._passwords.outdated(account.password_hash):
            await self._save_password(agent.id, password, initial=account.initial)
        await self._store.audit(agent.id, "signed_in", agent.id, now, {"remote": remote})
        return await self._open(agent.role, agent.id, remote, now + self._settings.staff_absolute_s)

    async def identify_staff(self, cookie: str | None) -> Identity:
        """Return who a `vw_staff` cookie belongs to; raise `NotSignedIn` otherwise."""
        session = await self._session(cookie)
        agent = self._world.agents.get(session.subject_id)
        if session.kind not in ("agent", "supervisor") or agent is None:  # gone from the district's files
            raise NotSignedIn("sign in again", code="not_signed_in")
        return Identity(agent.role, agent.id, session.session_id)

    async def sign_out(self, identity: Identity) -> None:
        """End one session."""
        await self._revoke([identity], "signed_out", identity.id)

    async def set_password(self, agent_id: str, password: str, by: str) -> None:
        """Set a staff member's password and end all their sessions."""
        if agent_id not in self._world.agents:
            raise Unknown(f"there is no agent {agent_id!r}")
        if not self._settings.password_min_length <= len(password) <= 256:
            raise Malformed(f"{self._settings.password_min_length} to 256 characters", field="password")
        await self._save_password(agent_id, password, initial=False)
        await self.revoke_agent(agent_id, by)

    async def revoke_agent(self, agent_id: str, by: str) -> int:
        """End all sessions of a staff member; return how many."""
        return await self._revoke_subject(agent_id, by, kinds=("agent", "supervisor"))

    # --- booths ------------------------------------------------------------------------------------

    async def enrol_booth(self, booth_id: str, by: str) -> str:
        """Return a new credential for a booth. Older ones and their sessions end: one booth, one device."""
        if booth_id not in self._world.booths:
            raise Unknown(f"there is no booth {booth_id!r}")
        await self.revoke_booth(booth_id, by)
        return await self._enrol("vwb_", booth_id, "booth_enrolled", by)

    async def _enrol(self, prefix: str, subject_id: str, action: str, by: str) -> str:
        credential = prefix + secrets.token_urlsafe(32)
        credential_id = "cred_" + secrets.token_hex(8)
        now = self._clock()
        await self._store.add_credential(credential_id, subject_id, _digest(credential), now, by)
        await self._store.audit(by, action, subject_id, now, {"credential_id": credential_id})
        return credential

    async def open_booth_session(self, credential: str, remote: str) -> str:
        """Return the token of a new session for the booth whose credential this is."""
        credential_id, booth_id = await self._found(credential, remote)
        if booth_id not in self._world.booths:
            raise _wrong_credential()
        return await self._open("booth", booth_id, remote, None, credential_id)

    async def _found(self, credential: str, remote: str) -> tuple[str, str]:
        """Return a credential's id and whose it is."""
        self._by_remote.take(remote, self._clock())
        found = await self._store.credential(_digest(credential[:256]))
        if found is None:
            raise _wrong_credential()
        self._by_remote.give_back(remote)
        return found

    async def identify_booth(self, cookie: str | None) -> Identity:
        """Return which booth a `vw_booth` cookie belongs to; raise `NotSignedIn` otherwise."""
        session = await self._session(cookie)
        if session.kind != "booth" or session.subject_id not in self._world.booths:
            raise NotSignedIn("this booth is not enrolled", code="not_signed_in")
        return Identity("booth", session.subject_id, session.session_id)

    async def revoke_booth(self, booth_id: str, by: str) -> int:
        """Take a booth's credentials and sessions back; return how many sessions ended."""
        await self._store.revoke_credentials(booth_id, self._clock())
        return await self._revoke_subject(booth_id, by, kinds=("booth",))

    # --- the hall's displays -----------------------------------------------------------------------

    async def enrol_wall(self, by: str) -> str:
        """Return a new credential for the hall's displays; older ones and their sessions end."""
        await self.revoke_wall(by)
        return await self._enrol("vww_", WALL, "wall_enrolled", by)

    async def open_wall_session(self, credential: str, remote: str) -> str:
        """Return the token of a new session for a display: it reads the wall and nothing else."""
        credential_id, subject_id = await self._found(credential, remote)
        if subject_id != WALL:
            raise _wrong_credential()
        return await self._open("wall", WALL, remote, None, credential_id)

    async def identify_wall(self, cookie: str | None) -> Identity:
        """Return whose a `vw_wall` cookie is; raise `NotSignedIn` otherwise."""
        session = await self._session(cookie)
        if session.kind != "wall":
            raise NotSignedIn("this display is not enrolled", code="not_signed_in")
        return self._identity(session)

    async def revoke_wall(self, by: str) -> int:
        """Take the displays' credential and sessions back; return how many sessions ended."""
        await self._store.revoke_credentials(WALL, self._clock())
        return await self._revoke_subject(WALL, by, kinds=("wall",))

    # --- the end of sessions -----------------------------------------------------------------------

    def on_revoked(self, listener: Callable[[Identity], None]) -> Callable[[], None]:
        """Call `listener` for every session that ends; return how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def sweep(self, in_use: Collection[Identity] = (), busy: Collection[str] = ()) -> None:
        """End expired sessions; those `in_use` (behind an open socket) count as seen now.

        Whoever is `busy` with a citizen keeps the socket they have until they no longer are; their cookie opens
        nothing new. Also tells listeners of sessions in use that another process (the command line) revoked.
        """
        now = self._clock()
        used = {identity.session_id: identity for identity in in_use}
        await self._store.touch_sessions(used.keys(), now)
        alive = {session.session_id: session for session in await self._store.sessions()}
        kept = {identity.session_id for identity in in_use if identity.id in busy}
        expired = [
            self._identity(session)
            for session in alive.values()
            if self._over(session, now) and session.session_id not in kept
        ]
        await self._revoke(expired, "session_expired", "")
        for session_id in used.keys() - alive.keys():
            self._tell(used[session_id])

    # --- inside ------------------------------------------------------------------------------------

    def _attempt(self, name: str, remote: str, now: float) -> tuple[str, str]:
        """Count an attempt. Whoever signed in from an address before has a count of their own there:

        nobody can lock a helper out by trying their name from elsewhere.
        """
        keys = (f"{name} {remote}" if (name, remote) in self._trusted else name, remote)
        self._by_remote.take(keys[1], now)
        self._by_name.take(keys[0], now)
        return keys

    async def _account(self, agent: Agent, password: str) -> Account | None:
        """Return the account, unless it is the demo's outside the demo. The demo's are made at first use."""
        account = await self._store.account(agent.id)
        if account is not None:
            return account if self._demo or not account.initial else None
        if (
            self._demo
            and agent.initial_password
            and hmac.compare_digest(agent.initial_password.encode(), password.encode())
        ):
            return await self._save_password(agent.id, password, initial=True)
        return None

    async def _save_password(self, agent_id: str, password: str, *, initial: bool) -> Account:
        account = Account(agent_id, await self._passwords.hash(password), initial)
        await self._store.save_account(account, self._clock())
        return account

    async def _open(
        self, kind: Kind, subject_id: str, remote: str, expires_at: float | None, credential_id: str | None = None
    ) -> str:
        token = secrets.token_urlsafe(32)
        now = self._clock()
        session = Session("sess_" + secrets.token_hex(8), kind, subject_id, remote, now, now, expires_at, credential_id)
        await self._store.add_session(session, _digest(token))
        return token

    async def _session(self, cookie: str | None) -> Session:
        if not cookie or len(cookie) > 256:
            raise NotSignedIn("sign in first")
        session = await self._store.session(_digest(cookie))
        now = self._clock()
        if session is None or self._over(session, now):
            raise NotSignedIn("sign in again")
        if now - session.seen_at > SEEN_EVERY_S:
            await self._store.touch_sessions([session.session_id], now)
        return session

    def _over(self, session: Session, now: float) -> bool:
        idle_s = self._settings.booth_idle_s if session.kind in ("booth", "wall") else self._settings.staff_idle_s
        return now - session.seen_at > idle_s or (session.expires_at is not None and now >= session.expires_at)

    async def _revoke_subject(self, subject_id: str, by: str, *, kinds: Collection[str]) -> int:
        sessions = [
            self._identity(session)
            for session in await self._store.sessions()
            if session.subject_id == subject_id and session.kind in kinds
        ]
        await self._revoke(sessions, "sessions_revoked", by)
        return len(sessions)

    async def _revoke(self, identities: list[Identity], action: str, by: str) -> None:
        if not identities:
            return
        now = self._clock()
        await self._store.revoke_sessions([identity.session_id for identity in identities], now)
        for identity in identities:
            await self._store.audit(by, action, identity.id, now, {"session_id": identity.session_id})
            self._tell(identity)

    def _identity(self, session: Session) -> Identity:
        return Identity(session.kind, session.subject_id, session.session_id)

    def _tell(self, identity: Identity) -> None:
        for listener in tuple(self._listeners):
            listener(identity)


def _wrong_credential() -> NotSignedIn:
    return NotSignedIn("this credential is unknown or was revoked; enrol again", code="wrong_credential")


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="surrogatepass")).digest()
