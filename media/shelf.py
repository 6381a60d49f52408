"""Where recordings lie: a folder for each, with its wrapped key, its segments, its exports and their descriptions.

At start `recover` closes what a crash left open. When the disk runs low, recordings that signaling has released go, the
oldest first; nothing else is ever deleted here.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Final

from media import export, segment
from media.errors import Failed, Refused, Unknown
from media.vault import make_key, seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from media.export import Export
    from media.segment import Segment, Slate

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")
_KEY: Final = "key"
_RELEASED: Final = "released"
_KEYS: Final = 1000
"""Keys at hand: of as many calls as a node may carry; those of others are unwrapped again when they are wanted."""


class Shelf:
    """One folder on one disk; `free` tells how many bytes are left there."""

    def __init__(self, folder: Path, master_key: bytes, free: Callable[[Path], int] | None = None) -> None:
        self.folder, self._master = folder, master_key
        self._free = free or (lambda path: shutil.disk_usage(path).free)
        self._unwrapped = functools.lru_cache(_KEYS)(self._unwrap)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def of(self, recording_id: str) -> Path:
        """A recording's folder, whether it is there or not."""
        return self.folder / recording_id

    def key(self, recording_id: str, *, make: bool = False) -> bytes:
        """A recording's key; made, wrapped and kept when there is none yet and `make` says so."""
        path = self.of(recording_id) / _KEY
        if make and not path.exists():
            path.parent.mkdir(exist_ok=True, mode=0o700)
            part = path.with_suffix(".part")
            part.write_bytes(seal(self._master, make_key(), f"key of {recording_id}"))
            part.rename(path)
        return self._unwrapped(recording_id)

    def _unwrap(self, recording_id: str) -> bytes:
        try:
            wrapped = (self.of(recording_id) / _KEY).read_bytes()
        except FileNotFoundError:
            raise Unknown(f"recording: nothing of {recording_id} here") from None
        return unseal(self._master, wrapped, f"key of {recording_id}")

    def open_slate(self, slate: Slate) -> None:
        """Note what the spool about to be written is of."""
        path = self.of(slate.recording_id) / f"{slate.stem}.slate"
        path.write_text(json.dumps(dataclasses.asdict(slate)))

    def next_index(self, recording_id: str, leg_id: str, kind: str) -> int:
        """The number after the last segment of this track; a leg that returns does not overwrite itself."""
        start = f"{leg_id}-{kind}-"
        numbers = [
            int(name[len(start) : len(start) + 5])
            for name in os.listdir(self.of(recording_id))
            if name.startswith(start) and name[len(start) : len(start) + 5].isdigit()
        ]
        return max(numbers, default=-1) + 1

    def segments(self, recording_id: str = "") -> list[Segment]:
        """Every closed segment of one recording or of all, in order of time."""
        folders = [self.of(recording_id)] if recording_id else self._folders()
        found = [segment.described(path) for folder in folders if folder.is_dir() for path in folder.glob("*.json")]
        return sorted(found, key=lambda one: (one.started_at, one.name))

    def counts(self) -> dict[str, int]:
        """How many closed segments each recording has."""
        return {folder.name: sum(1 for _ in folder.glob("*.json")) for folder in self._folders()}

    def _folders(self) -> list[Path]:
        return [one for one in self.folder.iterdir() if one.is_dir()]

    def exports(self, recording_id: str) -> list[Export]:
        """The finished exports of a recording."""
        return [export.described(path) for path in sorted(self.of(recording_id).glob("*.about"))]

    def lend(self, one: Segment, data: bytes) -> None:
        """Keep a segment that another node has, for the next export; no segment of ours is ever replaced."""
        folder, key = self.of(one.recording_id), self.key(one.recording_id)
        if (folder / f"{one.name}.json").exists():
            raise Refused(f"recording: {one.name} is here already")
        (folder / f"{one.name}.sealed").write_bytes(seal(key, data, f"{one.recording_id}/{one.name}"))
        (folder / f"{one.name}.lent").write_text(json.dumps(dataclasses.asdict(one)))

    def lent(self, recording_id: str) -> list[Segment]:
        """What other nodes' segments are kept here."""
        return [segment.described(path) for path in sorted(self.of(recording_id).glob("*.lent"))]

    def give_back(self, recording_id: str) -> None:
        """Let go of what was lent."""
        _drop_lent(self.of(recording_id))

    def read(self, recording_id: str, name: str, offset: int) -> tuple[bytes, int]:
        """Decrypt a segment or an export from `offset` on, at most a mebibyte; return it, and the size of the whole."""
        if not _NAME.fullmatch(name):
            raise Unknown(f"recording: nothing named so in {recording_id}")
        folder, key = self.of(recording_id), self.key(recording_id)
        if (folder / f"{name}.about").exists():
            return export.piece(folder, key, name, offset), export.described(folder / f"{name}.about").size
        if not (folder / f"{name}.json").exists():
            raise Unknown(f"recording: no {name} in {recording_id}")
        data = segment.read(folder, segment.described(folder / f"{name}.json"), key)
        return data[offset : offset + export.PIECE], len(data)

    def recover(self) -> list[Segment]:
        """Close every segment a crash left open; returns those that held something."""
        found: list[Segment] = []
        for path in sorted(self.folder.glob("*/*.part")):
            path.unlink()
        for folder in self._folders():
            _drop_lent(folder)
        for path in sorted(self.folder.glob("*/*.slate")):
            slate = segment.slate_of(path)
            try:
                closed = segment.close(path.parent, slate, self.key(slate.recording_id), recovered=True)
            except (Failed, Unknown):
                continue  # another master key: left for whoever has it
            if closed is not None:
                found.append(closed)
        return found

    def release(self, recording_id: str) -> None:
        """It may go when room is needed."""
        if self.of(recording_id).is_dir():
            (self.of(recording_id) / _RELEASED).touch()

    def delete(self, recording_id: str) -> None:
        """Erase a recording, its key first."""
        (self.of(recording_id) / _KEY).unlink(missing_ok=True)
        self._unwrapped.cache_clear()
        shutil.rmtree(self.of(recording_id), ignore_errors=True)

    def free(self) -> int:
        return self._free(self.folder)

    def make_room(self, wanted: int, busy: set[str]) -> list[str]:
        """Delete released recordings, the oldest first, until this much is free; return those that went."""
        gone: list[str] = []
        released = sorted(self.folder.glob(f"*/{_RELEASED}"), key=lambda path: path.stat().st_mtime)
        for path in released:
            if self.free() >= wanted:
                break
            if path.parent.name not in busy:
                self.delete(path.parent.name)
                gone.append(path.parent.name)
        return gone


def _drop_lent(folder: Path) -> None:
    for path in folder.glob("*.lent"):
        path.with_suffix(".sealed").unlink(missing_ok=True)
        path.unlink()


def is_name(name: str) -> bool:
    """Whether something may be called so."""
    return bool(_NAME.fullmatch(name))
