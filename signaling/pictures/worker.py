"""The process that decodes strangers' pictures. Started by `examiner`; speaks over its standard streams.

Promise: takes one job after another (a line of JSON, then that many bytes), answers each with one line
of JSON. Its memory is limited before the first byte is read, so a picture that unpacks into gigabytes ends in
an answer, or at worst in the death of this process alone. It yields to the calls on this machine.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
import warnings
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError

from signaling.errors import ServiceError
from signaling.pictures.refusals import NotAPicture, TooLarge
from signaling.pictures.structure import Structure, read

NICE = 5
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}


def judge(data: bytes, max_pixels: int) -> Structure:
    """Return what the picture is, after decoding every pixel of it; raise what is wrong with it."""
    structure = read(data)
    if structure.pixels > max_pixels:
        raise TooLarge(
            f"{structure.width} × {structure.height} is more than {max_pixels // 1_000_000} million pixels",
            code="too_many_pixels",
        )
    wanted = FORMATS[structure.media_type]
    try:
        with Image.open(io.BytesIO(data), formats=[wanted]) as picture:
            if picture.size != (structure.width, structure.height) or getattr(picture, "n_frames", 1) != 1:
                raise NotAPicture("the picture contradicts itself", code="damaged")
            picture.load()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise NotAPicture("the picture cannot be decoded", code="damaged") from error
    except MemoryError:
        raise TooLarge("the picture unpacks into more than can be held", code="bomb") from None
    return structure


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answer jobs until there are no more."""
    while line := jobs.readline():
        job = json.loads(line)
        data = jobs.read(job["size"])
        if len(data) < job["size"]:
            return
        answers.write(json.dumps(_answer(data, job["max_pixels"])).encode() + b"\n")
        answers.flush()


def _answer(data: bytes, max_pixels: int) -> dict[str, Any]:
    try:
        structure = judge(data, max_pixels)
    except ServiceError as error:
        return {"refusal": type(error).__name__, "detail": error.detail, "code": error.code}
    return {"media_type": structure.media_type, "width": structure.width, "height": structure.height}


def main() -> None:
    """Limit this process, then serve."""
    memory_bytes = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it has no business writing files
    os.nice(NICE)
    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and stricter: it is checked before Pillow sees a byte
    warnings.simplefilter("ignore")
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
