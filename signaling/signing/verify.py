"""What a sealed PDF says of itself: whether every byte is as it was sealed, whose seal it is, and since when."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import CMSExtractionError
from pyhanko.sign.validation import SignatureCoverageLevel, async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko_certvalidator import ValidationContext

if TYPE_CHECKING:
    from asn1crypto.x509 import Certificate

CHANGED = {"state": "changed", "by": "", "at": None, "stamped": False, "ours": False}
NONE = CHANGED | {"state": "none"}


def verify(data: bytes, ours: Certificate) -> dict[str, Any]:
    """Return `state` (`unchanged`, `changed` or `none`), `by`, `at`, `stamped` and `ours` of a PDF's last seal.

    `stamped`: `at` is a time stamp authority's word, else the sealing service's own. `ours`: the seal is this
    certificate's; another one may be as whole, and is another's.
    """
    try:
        seals = PdfFileReader(io.BytesIO(data), strict=False).embedded_regular_signatures
        if not seals:
            return NONE
        context = ValidationContext(trust_roots=[ours], allow_fetching=False)
        status = asyncio.run(async_validate_pdf_signature(seals[-1], context))
    except (PdfError, SignatureValidationError, CMSExtractionError, ValueError, KeyError, IndexError, TypeError):
        return CHANGED  # so broken that there is no seal to look at
    if not (status.intact and status.valid and status.coverage == SignatureCoverageLevel.ENTIRE_FILE):
        return CHANGED
    stamp = status.timestamp_validity
    at = stamp.timestamp if stamp is not None else status.signer_reported_dt
    return {
        "state": "unchanged", "by": str(status.signing_cert.subject.native.get("common_name", "")),
        "at": at.timestamp() if at is not None else None, "stamped": stamp is not None, "ours": status.trusted,
    }  # fmt: skip
