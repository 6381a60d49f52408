"""Which STUN and TURN servers a link may use, with short-lived TURN credentials.

The scheme is coturn's `use-auth-secret` (draft-uberti-behave-turn-rest-00): the user name is `expiry:id`, the password
the base64 of HMAC-SHA1(secret, user name). The secret itself never leaves the server.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import math

from signaling.screens import IceServer


@dataclasses.dataclass(frozen=True, slots=True)
class IceServers:
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str = dataclasses.field(default="", repr=False)
    turn_lifetime_s: float = 6 * 3600

    def of(self, user: str, now: float) -> tuple[IceServer, ...]:
        """Return the servers for one user; the credentials are good for at least half the lifetime.

        They change only every half lifetime, so that a view does not change (and is not sent) because time passed.
        """
        servers = [IceServer(self.stun_urls)] if self.stun_urls else []
        if self.turn_urls:
            half = self.turn_lifetime_s / 2
            expiry = round((math.floor(now / half) + 2) * half)
            name = f"{expiry}:{user}"
            digest = hmac.new(self.turn_secret.encode(), name.encode(), hashlib.sha1).digest()
            servers.append(IceServer(self.turn_urls, name, base64.b64encode(digest).decode()))
        return tuple(servers)
