"""How the API tells of stored documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from signaling.wire import rfc3339

if TYPE_CHECKING:
    from signaling.records.documents import Document
    from signaling.records.forms import Signing
    from signaling.signing.signings import Seal


@dataclass(frozen=True, slots=True)
class DocumentShape:
    """`page_sizes`: width and height of each page, in points of a PDF or pixels of a picture."""

    document_id: str
    call_id: str
    name: str
    kind: str
    media_type: str
    pages: int
    page_sizes: tuple[tuple[float, float], ...]
    size: int
    sha256: str
    made_at: str
    made_by: str


@dataclass(frozen=True, slots=True)
class SealShape:
    """`state`: `unchanged`, `changed` or `none`. `stamped`: `at` is a time stamp authority's word, not the seal's own.

    `ours`: by the certificate that this service seals with now.
    """

    state: str
    by: str
    at: str | None
    stamped: bool
    ours: bool


@dataclass(frozen=True, slots=True)
class AskedSigningShape:
    """A signature asked for: `signed_id` is the sealed document, empty unless `state` is `signed`."""

    signing_id: str
    state: str
    asked_at: str
    ended_at: str | None
    document_id: str
    signed_id: str


@dataclass(frozen=True, slots=True)
class DocumentShapes:
    documents: tuple[DocumentShape, ...]
    signings: tuple[AskedSigningShape, ...]


def seal_shape(seal: Seal) -> SealShape:
    """Return a document's seal as told."""
    return SealShape(seal.state, seal.by, None if seal.at is None else rfc3339(seal.at), seal.stamped, seal.ours)


def signing_shape(signing: Signing) -> AskedSigningShape:
    """Return a signing as told."""
    return AskedSigningShape(
        signing.signing_id, signing.state, rfc3339(signing.asked_at),
        None if signing.ended_at is None else rfc3339(signing.ended_at), signing.document_id, signing.signed_id,
    )  # fmt: skip


def document_shape(document: Document) -> DocumentShape:
    """Return a document as told."""
    return DocumentShape(
        document.document_id, document.call_id, document.name, document.kind, document.media_type, document.pages,
        document.page_sizes, document.size, document.sha256, rfc3339(document.made_at), document.made_by,
    )  # fmt: skip
