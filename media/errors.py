"""What the node refuses, told by whose fault it is.

    MediaError
    ├── Malformed   the message or description cannot be read; names the rule    the sender is wrong
    ├── Unknown     names a call or leg that is not here                         reconcile, then ask again
    ├── Refused     the rules say no: draining, full, wrong state                ask another node
    └── Failed      ours: the disk, a decoder; the call itself goes on           alert

`media.control` carries `code` and the sentence to signaling. Nothing a single packet does raises one of these
past the module that parses it: packets are dropped and counted.
"""

from __future__ import annotations

from typing import ClassVar


class MediaError(Exception):
    """Base of all refusals; `str(error)` is one sentence without secrets."""

    code: ClassVar[str] = "error"


class Malformed(MediaError):
    code = "malformed"


class Unknown(MediaError):
    code = "unknown"


class Refused(MediaError):
    code = "refused"


class Failed(MediaError):
    code = "failed"
