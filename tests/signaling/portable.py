"""What ISO 19005-3 (PDF/A-3, level B) asks of a file, as far as its objects show: the faults, each with its clause."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
FORBIDDEN = ("/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/JavaScript", "/SetOCGState",
             "/Rendition", "/Trans", "/GoTo3DView")  # fmt: skip


def faults(pdf: bytes) -> list[str]:
    """Return what keeps a file from being PDF/A-3b; an empty list when nothing does."""
    reader = PdfFileReader(io.BytesIO(pdf))
    root, found = reader.root, []
    if not pdf.startswith(b"%PDF-1."):
        found.append("6.1.2 the header is not %PDF-1.n")
    if not all(byte > 127 for byte in pdf.split(b"\n", 2)[1][1:5]):
        found.append("6.1.2 no binary comment after the header")
    if "/Encrypt" in reader.trailer:
        found.append("6.1.3 it is encrypted")
    if "/ID" not in reader.trailer:
        found.append("6.1.3 the trailer has no ID")
    metadata = root["/Metadata"].data if "/Metadata" in root else b""
    said = (b'pdfaid:part="3"', b'pdfaid:conformance="B"')
    found += [f"6.6.4 the metadata do not say {one.decode()}" for one in said if one not in metadata]
    intents = [intent.get_object() for intent in _list(root, "/OutputIntents")]
    if not any(intent["/S"] == "/GTS_PDFA1" and "/DestOutputProfile" in intent for intent in intents):
        found.append("6.2.3 no output intent with a profile")
    things = list(_things(reader))
    for kind, thing in things:
        found += _faults_of(kind, thing)
    if any("/EF" in thing for _, thing in things) and not _list(root, "/AF"):
        found.append("6.8 nothing refers to the embedded files by AF")
    return found


def _faults_of(kind: str, thing: generic.DictionaryObject) -> list[str]:
    found = []
    if kind == "/FontDescriptor" and not any(program in thing for program in PROGRAMS):
        found.append(f"6.2.11.4 {thing.get('/FontName')} is not embedded")
    if kind == "/Font" and thing.get("/Subtype") in ("/Type1", "/TrueType") and "/FontDescriptor" not in thing:
        found.append(f"6.2.11.4 {thing.get('/BaseFont')} is the reader's own")
    if thing.get("/S") in FORBIDDEN:
        found.append(f"6.5.1 an action {thing['/S']}")
    if "/EF" in thing:
        found += [
            f"6.8 an embedded file has no {name}" for name in ("/F", "/UF", "/AFRelationship") if name not in thing
        ]
    if kind == "/EmbeddedFile" and "/Subtype" not in thing:
        found.append("6.8 an embedded file says no type")
    if thing.get("/Subtype") == "/Image" and thing.get("/Interpolate"):
        found.append("6.2.8 an image is interpolated")
    if thing.get("/Filter") == "/LZWDecode":
        found.append("6.1.7.2 LZW")
    return found


def _list(thing: generic.DictionaryObject, name: str) -> list[Any]:
    return list(thing[name]) if name in thing else []


def _things(reader: PdfFileReader) -> Iterator[tuple[str, Any]]:
    """Give every dictionary that the catalogue leads to, with its type."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Any] = [reader.trailer.raw_get("/Root")]
    while waiting:
        one = waiting.pop()
        if isinstance(one, generic.IndirectObject):
            if (one.idnum, one.generation) not in seen:
                seen.add((one.idnum, one.generation))
                waiting.append(one.get_object())  # type: ignore[no-untyped-call]
        elif isinstance(one, generic.DictionaryObject):
            yield str(one.get("/Type", "")), one
            waiting += [one.raw_get(name) for name in one]
        elif isinstance(one, generic.ArrayObject):
            waiting += [one.raw_get(number) for number in range(len(one))]
