"""A package as a file: a ZIP with a manifest, and the sums by which anybody checks it without this project. Pure.

Promise: `manifest.json` names every file with its SHA-256, `SHA256SUMS` names the same and the manifest in the form
`sha256sum -c` reads. The same contents make the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FORMAT = "virtual-window-package/1"
MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""A ZIP's oldest time: when a file was written says nothing about the case."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a package."""

    path: str
    data: bytes
    media_type: str
    kind: str
    about: Mapping[str, Any] = field(default_factory=dict)


class _Stream(io.RawIOBase):
    """Hands on what a ZIP writes, piece by piece; nothing is held that was written."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._write(bytes(data))
        return len(data)


def bundle(head: Mapping[str, Any], parts: Iterable[Part], write: Callable[[bytes], None]) -> None:
    """Write a package of these parts; they are asked for one after another and not kept."""
    files: list[dict[str, Any]] = []
    with zipfile.ZipFile(_Stream(write), "w") as archive:
        for part in parts:
            digest = hashlib.sha256(part.data).hexdigest()
            files.append({
                "path": part.path, "sha256": digest, "size": len(part.data), "media_type": part.media_type,
                "kind": part.kind, **part.about,
            })  # fmt: skip
            _add(archive, part.path, part.data)
        manifest = json.dumps({"format": FORMAT, **head, "files": files}, ensure_ascii=False, indent=1).encode()
        _add(archive, MANIFEST, manifest)
        lines = [(file["sha256"], file["path"]) for file in files]
        lines.append((hashlib.sha256(manifest).hexdigest(), MANIFEST))
        _add(archive, SUMS, "".join(f"{digest}  {path}\n" for digest, path in lines).encode())


def _add(archive: zipfile.ZipFile, path: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(path, _EPOCH)
    entry.external_attr = 0o644 << 16
    text = path.endswith((".json", SUMS))
    entry.compress_type = zipfile.ZIP_DEFLATED if text else zipfile.ZIP_STORED
    archive.writestr(entry, data)
