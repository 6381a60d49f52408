"""ICE-lite (RFC 8445 §2.5) for all legs at one socket: answers the browsers' checks, never sends its own.

The user name of a check names the leg, the leg's password signs it. An address that passed a check may send for that
leg; media goes to the address nominated last, so that a leg whose network moves continues with its next check, without
a word from signaling. A browser that restarts ICE wants another name in the answer; behind the name we gave it may put
`/` and a number of its own, so that a page can answer its own restart (web/js/node-answer.js). Each passed check renews
consent (RFC 7675): without one for 30 s nothing more is sent.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from typing import Final

from aioice import stun

CONSENT_S: Final = 30.0
_ALPHABET: Final = string.ascii_letters + string.digits + "+"
_COOKIE: Final = stun.COOKIE.to_bytes(4, "big")
_LARGEST: Final = 548
"""A check is about 100 bytes; STUN over UDP should stay under 548 (RFC 8489 §6.1)."""


@dataclass(frozen=True, slots=True)
class Credentials:
    ufrag: str
    pwd: str


@dataclass(frozen=True, slots=True)
class Check:
    """A well-formed, signed check."""

    nominates: bool
    reply: bytes


def make_credentials() -> Credentials:
    """95 bits to find the leg, 191 to sign with."""
    return Credentials(_word(16), _word(32))


def _word(size: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(size))


def ufrag_of(datagram: bytes) -> str:
    """Find the user name fragment we gave a leg in a check, without parsing the rest; raises `ValueError`."""
    size = len(datagram)
    if not 28 <= size <= _LARGEST or datagram[:2] != b"\0\1" or datagram[4:8] != _COOKIE:
        raise ValueError("no binding request")
    at = 20
    while at + 4 <= size:
        kind, length = int.from_bytes(datagram[at : at + 2], "big"), int.from_bytes(datagram[at + 2 : at + 4], "big")
        if kind == 6:
            return datagram[at + 4 : at + 4 + length].decode("ascii").partition(":")[0].partition("/")[0]
        at += 4 + length + -length % 4
    raise ValueError("no user name")


def check(datagram: bytes, credentials: Credentials, source: tuple[str, int]) -> Check:
    """Verify a check against the leg's password and write the reply; raises `ValueError`."""
    try:
        message = stun.parse_message(datagram)
        signed = message.check_message_integrity(credentials.pwd.encode())
    except ValueError:
        raise
    except Exception as error:  # aioice meets wrong attributes with whatever struct or ipaddress raise
        raise ValueError("unreadable check") from error
    if not signed:
        raise ValueError("wrongly signed check")
    reply = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
    reply.attributes["XOR-MAPPED-ADDRESS"] = source
    reply.add_message_integrity(credentials.pwd.encode())
    return Check("USE-CANDIDATE" in message.attributes, bytes(reply))
