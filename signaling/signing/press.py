"""The process that makes PDFs: prints a filled form as PDF/A-3b, seals a signed document, and says if a seal holds.

Promise: the shown bytes stay as they are at the beginning of the sealed file; what was added (the signature, its
evidence, the seal) follows them, so that anybody can see what the citizen had before their eyes. The seal (PAdES,
ISO 32000-2 and ETSI EN 319 142) covers every byte.
"""

from __future__ import annotations

import io
import json
import logging
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pyhanko.keys import load_cert_from_pemder, load_private_key_from_pemder
from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signaling.errors import Unavailable
from signaling.pictures.refusals import NotAPicture
from signaling.signing.verify import verify
from signaling.workshop import serve

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE: Final = "urn:virtual-window:signature"
"""The address of the link that marks where a form is signed."""
DEFAULT_BOX: Final = (200.0, 72.0)
"""Width and height in points of a signature on a document that has no place for one: at the foot of its last page."""
EVIDENCE: Final = "signature-evidence.json"


class CannotBeSigned(NotAPicture):
    """The PDF is built so that nothing can be added to it."""

    code = "cannot_be_signed"


class NoStamp(Unavailable):
    """The time stamp authority did not answer as it should: nothing is sealed without its word."""

    code = "tsa_unavailable"


class Press:
    """Holds the seal's key and the template, loaded once."""

    def __init__(self, certificate: str, key: str, tsa_url: str) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
        )
        self._certificate = load_cert_from_pemder(certificate)  # type: ignore[no-untyped-call]
        registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        self._signer = signers.SimpleSigner(
            signing_cert=self._certificate, signing_key=load_private_key_from_pemder(key, None), cert_registry=registry
        )
        self._timestamper = HTTPTimeStamper(tsa_url, timeout=5) if tsa_url else None

    def do(self, job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Do one job: `print` a form, `seal` a document, or `verify` one."""
        if job["do"] == "print":
            return {}, self._print(job["form"])
        if job["do"] == "verify":
            return verify(data, self._certificate), b""
        return {}, self._seal(data, job["evidence"], job["words"])

    def _print(self, form: Mapping[str, Any]) -> bytes:
        from weasyprint import HTML  # takes a second: only a process that prints needs it

        html = self._environment.get_template("form.html").render(form)
        pdf: bytes = HTML(string=html, url_fetcher=_nothing).write_pdf(pdf_variant="pdf/a-3b", uncompressed_pdf=False)
        return pdf

    def _seal(self, data: bytes, evidence: Mapping[str, Any], words: Mapping[str, str]) -> bytes:
        try:
            writer = IncrementalPdfFileWriter(io.BytesIO(data), strict=False)
            page, box = _place(writer)
            self._attach(writer, evidence)
            style = StaticStampStyle(border_width=0, background=_drawn(evidence["strokes"], evidence["pad"], box))
            pdf_signer = signers.PdfSigner(
                signers.PdfSignatureMetadata(
                    field_name="Seal", subfilter=fields.SigSeedSubFilter.PADES, md_algorithm="sha256",
                    name=words["name"], reason=words["reason"], location=words["location"],
                ),
                signer=self._signer, timestamper=self._timestamper, stamp_style=style,
                new_field_spec=fields.SigFieldSpec("Seal", on_page=page, box=box),  # type: ignore[arg-type]
            )  # fmt: skip
            sealed = io.BytesIO()
            pdf_signer.sign_pdf(writer, output=sealed)
        except TimestampRequestError as error:
            raise NoStamp("the time stamp authority gives no time stamp now") from error
        except (PdfError, ValueError, KeyError, IndexError) as error:
            raise CannotBeSigned("nothing can be added to this PDF") from error
        return sealed.getvalue()

    def _attach(self, writer: IncrementalPdfFileWriter, evidence: Mapping[str, Any]) -> None:
        data = json.dumps(evidence, ensure_ascii=False, separators=(",", ":")).encode()
        file = embed.EmbeddedFileObject.from_file_data(writer, data, mime_type="application/json")
        spec = embed.FileSpec(
            EVIDENCE, EVIDENCE, file, description="How this document was signed",
            af_relationship=generic.pdf_name("/Data"),
        )  # fmt: skip
        embed.embed_file(writer, spec)


def _place(writer: IncrementalPdfFileWriter) -> tuple[int, tuple[float, float, float, float]]:
    """Return page (from 0) and box where the signature goes."""
    count = int(writer.root["/Pages"]["/Count"])
    for number in reversed(range(count)):
        page = _page(writer, number)
        for annotation in page.get("/Annots", ()):
            action = annotation.get_object().get("/A", {})
            if str(action.get("/URI", "")) == PLACE:
                x0, y0, x1, y1 = (float(value) for value in annotation.get_object()["/Rect"])
                return number, (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return count - 1, _foot(_page(writer, count - 1))


def _page(writer: IncrementalPdfFileWriter, number: int) -> Any:
    return writer.find_page_for_modification(number)[0].get_object()  # type: ignore[no-untyped-call]


def _foot(page: Any) -> tuple[float, float, float, float]:
    """Return a box at the right of the page's foot."""
    area = page.get("/CropBox") or page.get("/MediaBox") or page["/Parent"].get("/MediaBox", (0, 0, 595, 842))
    left, bottom, right, _ = (float(value) for value in area)
    width = min(DEFAULT_BOX[0], (right - left) * 0.4)
    return right - width - 36, bottom + 36, right - 36, bottom + 36 + DEFAULT_BOX[1]


def _drawn(strokes: list[list[list[int]]], pad: Mapping[str, Any], box: tuple[float, ...]) -> RawContent:
    """Return the strokes as lines, as large as the box lets them be; a firm hand is a thick line."""
    width, height = box[2] - box[0], box[3] - box[1]
    across, down = float(pad["width"]), float(pad["height"])
    points = [(x / 10_000 * across, y / 10_000 * down, force) for stroke in strokes for x, y, _, force in stroke]
    left, right = min(x for x, _, _ in points), max(x for x, _, _ in points)
    top, bottom = min(y for _, y, _ in points), max(y for _, y, _ in points)
    margin = 4.0
    scale = min(
        (width - 2 * margin) / max(right - left, across / 8), (height - 2 * margin) / max(bottom - top, down / 8)
    )
    x0, y0 = (width - scale * (right - left)) / 2, (height - scale * (bottom - top)) / 2
    lines = ["q 1 J 1 j 0.05 0.1 0.3 RG"]
    for stroke in strokes:
        force = sum(point[3] for point in stroke) / len(stroke) / 255
        lines.append(f"{0.9 + 1.4 * force:.2f} w")
        places = [
            (x0 + scale * (x / 10_000 * across - left), height - y0 - scale * (y / 10_000 * down - top))
            for x, y, _, _ in stroke
        ]
        if len(places) == 1:
            places.append(places[0])
        steps = (f"{x:.2f} {y:.2f} {'l' if number else 'm'}" for number, (x, y) in enumerate(places))
        lines.append(" ".join(steps) + " S")
    lines.append("Q")
    return RawContent("\n".join(lines).encode(), box=BoxConstraints(width=width, height=height))


def _nothing(url: str, *_: object, **__: object) -> Any:
    raise ValueError("a form fetches nothing")


def main() -> None:
    """Serve until there are no more jobs; the arguments are memory, certificate, key and the time stamps' address."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    _, _, certificate, key, tsa_url = sys.argv
    serve(Press(certificate, key, tsa_url).do)


if __name__ == "__main__":
    main()
