"""Who someone is: staff by name and password, booths by a credential of their own.

`Auth` is the one door; pages and sockets ask it for an `Identity` and hold no opinion of their own.
"""

from signaling.auth.auth import Auth, Identity
from signaling.auth.origin import check_origin
from signaling.auth.store import Account, CredentialStore, Session

__all__ = ["Account", "Auth", "CredentialStore", "Identity", "Session", "check_origin"]
