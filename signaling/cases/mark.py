"""The last four digits of a phone, kept so that only the service itself can compare them.

Four digits are guessed from any plain hash in a millisecond; the mark is keyed (HMAC-SHA256) with a key derived from
the one that encrypts papers, and salted with the case. A stolen database says nothing about a phone.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Marks:
    """Makes and compares marks."""

    def __init__(self, key: bytes) -> None:
        self._key = HKDF(SHA256(), 32, None, b"virtual-window phone mark").derive(key)

    def of(self, case_id: str, last_four: str) -> str:
        """Return the mark of these digits for this case."""
        return hmac.new(self._key, f"{case_id} {last_four}".encode(), hashlib.sha256).hexdigest()

    def fits(self, mark: str, case_id: str, last_four: str) -> bool:
        """Say whether the mark was made of these digits, in a time that does not depend on the answer."""
        return hmac.compare_digest(mark.encode(), self.of(case_id, last_four).encode())
