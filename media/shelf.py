"""Where recordings lie: a folder per call with its wrapped key, its segments and their descriptions.

At start `recover` closes what a crash left open. When the disk runs low, calls that signaling has released go, the
oldest first; nothing else is ever deleted here.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from typing import TYPE_CHECKING, Final

from media import segment
from media.errors import Failed, Unknown
from media.vault import make_key, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from media.segment import Segment, Slate

_KEY: Final = "key"
_RELEASED: Final = "released"


class Shelf:
    """One folder on one disk; `free` tells how many bytes are left there."""

    def __init__(self, folder: Path, master_key: bytes, free: Callable[[Path], int] | None = None) -> None:
        self.folder, self._master = folder, master_key
        self._free = free or (lambda path: shutil.disk_usage(path).free)
        self._keys: dict[str, bytes] = {}
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def of(self, call_id: str) -> Path:
        """The call's folder, whether it is there or not."""
        return self.folder / call_id

    def key(self, call_id: str, *, make: bool = False) -> bytes:
        """The call's key; made, wrapped and kept when there is none yet and `make` says so."""
        if call_id not in self._keys:
            path = self.of(call_id) / _KEY
            if path.exists():
                self._keys[call_id] = unseal(self._master, path.read_bytes(), f"key of {call_id}")
            elif make:
                self._keys[call_id] = self._make_key(call_id, path)
            else:
                raise Unknown(f"recording: nothing of {call_id} here")
        return self._keys[call_id]

    def _make_key(self, call_id: str, path: Path) -> bytes:
        key = make_key()
        path.parent.mkdir(exist_ok=True, mode=0o700)
        part = path.with_suffix(".part")
        part.write_bytes(seal(self._master, key, f"key of {call_id}"))
        part.rename(path)
        return key

    def open_slate(self, slate: Slate) -> None:
        """Note what the spool about to be written is of."""
        path = self.of(slate.call_id) / f"{slate.stem}.slate"
        path.write_text(json.dumps(dataclasses.asdict(slate)))

    def next_index(self, call_id: str, leg_id: str, kind: str) -> int:
        """The number after the last segment of this track; a leg that returns does not overwrite itself."""
        start = f"{leg_id}-{kind}-"
        numbers = [
            int(name[len(start) : len(start) + 5])
            for name in os.listdir(self.of(call_id))
            if name.startswith(start) and name[len(start) : len(start) + 5].isdigit()
        ]
        return max(numbers, default=-1) + 1

    def segments(self, call_id: str = "") -> list[Segment]:
        """Every closed segment of one call or of all, in order of time."""
        folders = [self.of(call_id)] if call_id else [one for one in self.folder.iterdir() if one.is_dir()]
        found = [segment.described(path) for folder in folders if folder.is_dir() for path in folder.glob("*.json")]
        return sorted(found, key=lambda one: (one.started_at, one.name))

    def find(self, call_id: str, name: str) -> Segment:
        for one in self.segments(call_id):
            if one.name == name:
                return one
        raise Unknown(f"recording: no segment {name} of {call_id}")

    def recover(self) -> list[Segment]:
        """Close every segment a crash left open; returns those that held something."""
        found: list[Segment] = []
        for path in sorted(self.folder.glob("*/*.part")):
            path.unlink()
        for path in sorted(self.folder.glob("*/*.slate")):
            slate = segment.slate_of(path)
            try:
                closed = segment.close(path.parent, slate, self.key(slate.call_id), recovered=True)
            except (Failed, Unknown):
                continue  # another master key: left for whoever has it
            if closed is not None:
                found.append(closed)
        return found

    def release(self, call_id: str) -> None:
        """The call's recording may go when room is needed."""
        if self.of(call_id).is_dir():
            (self.of(call_id) / _RELEASED).touch()

    def delete(self, call_id: str) -> None:
        """Erase the call's recording, its key first."""
        self._keys.pop(call_id, None)
        (self.of(call_id) / _KEY).unlink(missing_ok=True)
        shutil.rmtree(self.of(call_id), ignore_errors=True)

    def free(self) -> int:
        return self._free(self.folder)

    def make_room(self, wanted: int, busy: set[str]) -> list[str]:
        """Delete released calls, the oldest first, until this much is free; return those that went."""
        gone: list[str] = []
        released = sorted(self.folder.glob(f"*/{_RELEASED}"), key=lambda path: path.stat().st_mtime)
        for path in released:
            if self.free() >= wanted:
                break
            if path.parent.name not in busy:
                self.delete(path.parent.name)
                gone.append(path.parent.name)
        return gone
