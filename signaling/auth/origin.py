"""Does a request come from a page of ours? Browsers say so in `Origin`; it cannot be forged by a page.

Promise: a foreign or opaque origin is refused. No origin at all means no browser page sent it
(a command-line client), and there is no ambient cookie to abuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from signaling.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Collection

DEFAULT_PORTS = {"http": 80, "https": 443}


def check_origin(origin: str | None, host: str, allowed: Collection[str] = ()) -> None:
    """Raise `NotAllowed` unless `origin` is the host asked for, or one of `allowed`."""
    if origin is None or origin in allowed:
        return
    if not _same_host(origin, host):
        raise NotAllowed("this page does not belong to the service", code="foreign_origin")


def _same_host(origin: str, host: str) -> bool:
    try:
        ours, theirs = urlsplit(f"//{host}"), urlsplit(origin)
        default = DEFAULT_PORTS.get(theirs.scheme)
        return (
            default is not None
            and theirs.hostname is not None
            and (theirs.hostname, theirs.port or default) == (ours.hostname, ours.port or default)
        )
    except ValueError:  # a port that is no number
        return False
