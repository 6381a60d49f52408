"""The process that looks at papers. Started by `clerk`; speaks over its standard streams (`signaling.workshop`).

Promise: it yields to everything else on the machine and runs on one thread, so that reading a paper slows no call; its
memory is limited; a picture that is not what was examined and stored is refused by name. A paper takes two jobs: how
it lies and how good the picture is, with the corrected picture, which is told at once; then what stands on it.
"""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING, Any

os.environ["OMP_NUM_THREADS"] = "1"  # before the libraries below start their own

import cv2
import numpy as np

from signaling.papers import codes, judge, recognise, sheet, straighten
from signaling.papers.picture import decoded
from signaling.papers.reading import Found, Reader
from signaling.workshop import serve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

JPEG_QUALITY = 90
WORDS_MARGIN = 0.06


class Worker:
    """The loaded models and what is done with them."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._reader = Reader()

    def warm(self) -> None:
        """Load the models and run them once over a line of nothing."""
        blank = np.full((96, 640, 3), 255, np.uint8)
        cv2.putText(blank, "1234567890", (20, 66), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 4)
        found = self._reader.find(blank)
        self._reader.read(found, found.picture)

    def do(self, job: Mapping[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Do one job; raise `NotAPicture` or `TooLarge` naming what is wrong with the picture."""
        match job["task"]:
            case "lay":
                return self.lay(decoded(data, job["max_pixels"]), job.get("corners"), job.get("quarters"))
            case "read":
                return self.read(decoded(data, job["max_pixels"]), job["boxes"], job["format"]), b""
            case _:
                self.warm()
                return {}, b""

    def lay(
        self, picture: NDArray[Any], corners: Sequence[float] | None = None, quarters: int | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """Return how the sheet lies and how good the picture is, and the corrected picture as JPEG.

        Args:
            picture: BGR, as it was taken.
            corners: eight fractions, set by a person; otherwise the sheet is looked for.
            quarters: set by a person; otherwise the words tell which way is up.
        """
        height, width = picture.shape[:2]
        found, flat, lying = self._lying(picture, corners, quarters)
        quality = judge.judge(flat, lying, (width, height), found.print_px)
        corrected = straighten.even(found.picture)
        _, jpeg = cv2.imencode(".jpg", corrected, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        return {
            "points": np.round(lying.corners / (width, height), 5).tolist(), "by": lying.by,
            "quarters": found.quarters, "quality": quality.as_json(),
            "width": corrected.shape[1], "height": corrected.shape[0], "format": flat.format,
            "boxes": np.round(found.boxes, 1).tolist(),
            "codes": [dataclasses.asdict(one) for one in codes.decode(picture)],
        }, jpeg.tobytes()  # fmt: skip

    def read(self, corrected: NDArray[Any], boxes: Sequence[Any], shape: str) -> dict[str, Any]:
        """Return what stands in the boxes that `lay` found, and what paper that makes it."""
        found = Found(corrected, np.array(boxes, np.float32).reshape(-1, 4, 2), 0)
        lines = self._reader.read(found, corrected)
        recognised = recognise.recognise(lines, shape)
        return {
            "kind": recognised.kind,
            "fields": [dataclasses.asdict(one) for one in recognised.fields],
            "lines": [dataclasses.asdict(one) for one in lines],
        }  # fmt: skip

    def _lying(
        self, picture: NDArray[Any], corners: Sequence[float] | None, quarters: int | None
    ) -> tuple[Found, straighten.Flat, sheet.Sheet]:
        """Return the sheet: as a person said, else as found, else around its words, else the whole picture."""
        height, width = picture.shape[:2]
        if corners is not None:
            points = np.array(corners, np.float32).reshape(4, 2) * np.array((width, height), np.float32)
            lying = sheet.Sheet(points, 1.0, "hand")
        else:
            lying = sheet.find(picture) or self._around_words(picture)
        flat = straighten.flatten(picture, lying.corners)
        found = self._reader.find(flat.picture)
        if quarters is not None and quarters != found.quarters:
            found = self._reader.find_as_is(straighten.turn(flat.picture, quarters), quarters)
        return found, flat, lying

    def _around_words(self, picture: NDArray[Any]) -> sheet.Sheet:
        """Return the slanted rectangle around all words, and the whole picture where there are none."""
        height, width = picture.shape[:2]
        boxes = self._reader.find_as_is(picture, 0).boxes
        whole = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
        if len(boxes) < 3:
            return sheet.Sheet(whole, 0.0, "whole")
        (x, y), (wide, tall), angle = cv2.minAreaRect(boxes.reshape(-1, 2))
        margin = WORDS_MARGIN * max(wide, tall)
        around = cv2.boxPoints(((x, y), (wide + 2 * margin, tall + 2 * margin), angle))
        return sheet.Sheet(np.clip(around, 0, (width, height)).astype(np.float32), 0.3, "words")


if __name__ == "__main__":
    serve(Worker().do)
