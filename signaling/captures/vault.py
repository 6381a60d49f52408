"""Encrypted files that grow by appending: captures while they arrive and afterwards.

Promise: no byte of a paper touches the disk in the clear, not even half of an upload. What `append`
returned from is on the disk; after a crash in the middle the file is cut back to its last whole
record. A file whose bytes were changed, reordered, cut or exchanged with another's is not opened.

Format: `VWC1`, 16 bytes of salt, then records: length (4 bytes, big endian), nonce (12), ciphertext and tag. The
file's key is derived from the master key and the salt (HKDF-SHA256); each record is bound to the capture and
its place (AES-256-GCM's associated data); an empty record marked as the end closes the file.
"""

from __future__ import annotations

import hashlib
import os
import struct
from typing import TYPE_CHECKING, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signaling.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"VWC1"
HEAD = struct.Struct(">4s16s")
RECORD = struct.Struct(">I12s")
TAG = 16
PIECE = 256 * 1024
"""Bytes in a record: small against a part of an upload, large against its 32 bytes of overhead."""


class Damaged(Unavailable):
    """The file is not what was written, or was written with another key."""

    code = "capture_damaged"


class Vault:
    """The files of one directory under one key. Its methods block: call them in a thread."""

    def __init__(self, directory: Path, key: bytes) -> None:
        self._directory = directory
        self._key = key
        self.key_id = hashlib.sha256(b"key id" + key).hexdigest()[:8]
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def size(self, name: str) -> int:
        """Return how many bytes the file holds; 0 when there is none. A torn record at its end is cut off."""
        return self._cut(name, 0)

    def step_back(self, name: str) -> int:
        """Cut the last record off, so that the end of an upload can be sent again; return what is left."""
        return self._cut(name, 1)

    def append(self, name: str, data: bytes) -> None:
        """Add `data`, durably. After a failure, `size` looks at the file first."""
        self._add(name, [data[start : start + PIECE] for start in range(0, len(data), PIECE)])

    def close(self, name: str) -> None:
        """Mark the end: the file is whole."""
        self._add(name, [b""])

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the content piece by piece; raise `Damaged` when it is not whole and unchanged."""
        try:
            with self._path(name).open("rb") as file:
                closed = False
                cipher = self._cipher(file)
                for index, (nonce, sealed) in enumerate(_records(file)):
                    piece = self._open(cipher, name, index, nonce, sealed)
                    closed = piece == b""
                    yield piece
                if not closed:
                    raise Damaged("the capture's file is not whole")
        except FileNotFoundError:
            raise Damaged("the capture's file is missing") from None

    def replace(self, name: str, data: bytes) -> None:
        """Keep `data` as a whole file in place of any there is: after a crash, the one or the other."""
        fresh = f"new_{name}"
        self.remove(fresh)
        self._add(fresh, [*(data[start : start + PIECE] for start in range(0, len(data), PIECE)), b""], bound=name)
        self._path(fresh).rename(self._path(name))

    def remove(self, name: str) -> None:
        """Remove the file, if there is one."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        """Return the names of all files."""
        return [path.stem for path in self._directory.glob("*/*.sealed")]

    def _path(self, name: str) -> Path:
        # Ids end in random characters: two of them spread the files over a thousand folders.
        return self._directory / name[-2:] / f"{name}.sealed"

    def _cipher(self, file: BinaryIO) -> AESGCM:
        file.seek(0)
        head = file.read(HEAD.size)
        if len(head) < HEAD.size or not head.startswith(MAGIC):
            raise Damaged("the capture's file is damaged")
        salt = HEAD.unpack(head)[1]
        return AESGCM(HKDF(SHA256(), 32, salt, b"virtual-window capture").derive(self._key))

    def _add(self, name: str, pieces: list[bytes], *, bound: str = "") -> None:
        """Append records; `bound`: the name the file will have, where that is another."""
        path = self._path(name)
        path.parent.mkdir(exist_ok=True, mode=0o700)
        fresh = not path.exists()
        with open(path, "x+b" if fresh else "r+b", opener=_private) as file:
            if fresh:
                file.write(HEAD.pack(MAGIC, os.urandom(16)))
            cipher, first = self._cipher(file), self._count(file)
            for index, piece in enumerate(pieces, first):
                # A random nonce: after a crash the same place may be written again with other bytes.
                nonce = os.urandom(12)
                sealed = cipher.encrypt(nonce, piece, _bound(bound or name, index, closing=not piece))
                file.write(RECORD.pack(len(sealed), nonce) + sealed)
            file.flush()
            os.fsync(file.fileno())

    def _open(self, cipher: AESGCM, name: str, index: int, nonce: bytes, sealed: bytes) -> bytes:
        try:
            return cipher.decrypt(nonce, sealed, _bound(name, index, closing=len(sealed) == TAG))
        except InvalidTag:
            raise Damaged("the capture's file is damaged") from None

    def _cut(self, name: str, records: int) -> int:
        """Cut the file back to its whole records less the last `records` of content; return the content's length."""
        try:
            with self._path(name).open("r+b") as file:
                whole = self._whole(file, name)
                del whole[max(1, len(whole) - records) :]
                file.truncate(whole[-1][1])
                return whole[-1][0]
        except FileNotFoundError:
            return 0

    def _whole(self, file: BinaryIO, name: str) -> list[tuple[int, int]]:
        """Return (length of content, end in the file) of the head and of every whole record of content."""
        if os.fstat(file.fileno()).st_size < HEAD.size:  # it was never more than begun
            file.write(HEAD.pack(MAGIC, os.urandom(16)))
        cipher = self._cipher(file)
        whole = [(0, HEAD.size)]
        for index, (nonce, sealed) in enumerate(_records(file)):
            try:
                piece = self._open(cipher, name, index, nonce, sealed)
            except Damaged:
                break  # torn: its length was written, its bytes not yet
            if not piece:
                break  # the end of a file whose row was never told
            whole.append((whole[-1][0] + len(piece), file.tell()))
        return whole

    def _count(self, file: BinaryIO) -> int:
        """Return how many records there are, and stand at their end."""
        file.seek(HEAD.size)
        count = 0
        while len(head := file.read(RECORD.size)) == RECORD.size:
            file.seek(RECORD.unpack(head)[0], os.SEEK_CUR)
            count += 1
        return count


def _records(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while len(head := file.read(RECORD.size)) == RECORD.size:
        length, nonce = RECORD.unpack(head)
        sealed = file.read(length)
        if not TAG <= length <= PIECE + TAG or len(sealed) < length:
            return
        yield nonce, sealed


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _bound(name: str, index: int, *, closing: bool) -> bytes:
    return f"{name} {index}{' end' if closing else ''}".encode()
