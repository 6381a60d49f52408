"""Encryption at rest: AES-256-GCM, a key per call, wrapped by the node's master key.

A sealed piece is nonce and ciphertext, bound to its name: a segment cannot be passed off as another, nor a chunk moved
within a file. To erase a call for good it is enough to destroy its wrapped key.
"""

from __future__ import annotations

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from media.errors import Failed

_NONCE: Final = 12


def make_key() -> bytes:
    """A key for one call."""
    return AESGCM.generate_key(256)


def seal(key: bytes, data: bytes, name: str) -> bytes:
    """Encrypt data under this name."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, name.encode())


def unseal(key: bytes, sealed: bytes, name: str) -> bytes:
    """Decrypt what was sealed under this name; `Failed` when key, name or a bit is another."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], name.encode())
    except (InvalidTag, ValueError):
        raise Failed(f"vault: {name} does not open") from None
