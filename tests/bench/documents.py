"""Papers: how well the sheet is found, judged and read on photographs nobody tuned it on, and how long that takes.

Two hundred and forty photographs of printed papers (`tests.papers`): seven kinds, any turn, tilted up to 22°, on mats,
desks, wood, cloth and among other papers; a fifth out of focus, as many with a lamp's reflection, some cut off or too
small. Characters are counted on the sharp ones; corners wherever all four are in the picture, blurred or not. Times are
of one core, from the JPEG to the words. Beside it, what one gets without all this: the largest contour of a plain
Canny for the corners, and the reader over the picture as it was taken for the characters.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from rapidocr import RapidOCR

from signaling.papers.worker import Worker
from tests.papers.measure import corner_error, right_fields, wrong_characters
from tests.papers.photograph import ID_1, take

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from tests.papers.photograph import Fault, Photograph

PHOTOGRAPHS = 240
FAULTS: tuple[tuple[Fault, int], ...] = (("none", 54), ("blur", 18), ("glare", 18), ("cut", 6), ("small", 4))
NEAR = 0.01
"""A corner is right within this share of the sheet's diagonal."""
LIMIT = 40_000_000


@dataclass
class Tally:
    """What was counted."""

    corners: list[bool] = field(default_factory=list)
    contours: list[bool] = field(default_factory=list)
    judged: list[bool] = field(default_factory=list)
    cut_or_small: list[bool] = field(default_factory=list)
    fields: list[bool] = field(default_factory=list)
    kinds: list[bool] = field(default_factory=list)
    wrong: int = 0
    wrong_uncorrected: int = 0
    printed: int = 0
    card_s: list[float] = field(default_factory=list)
    page_s: list[float] = field(default_factory=list)


def run() -> list[dict[str, Any]]:
    """Take, read and count; return the rows."""
    cv2.setNumThreads(1)
    worker, tally = Worker(), Tally()
    worker.warm()
    plain = RapidOCR(params={
        "Global.log_level": "error", "EngineConfig.onnxruntime.intra_op_num_threads": 1,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    })  # fmt: skip
    names, weights = [fault for fault, _ in FAULTS], [weight for _, weight in FAULTS]
    for seed in range(PHOTOGRAPHS):
        photo = take(seed, fault=random.Random(seed).choices(names, weights)[0])
        _look(worker, photo, tally)
        if photo.fault == "none":
            seen: Any = plain(np.asarray(cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR)))
            tally.wrong_uncorrected += wrong_characters(seen.txts or (), photo)[0]
    return _rows(tally)


def _look(worker: Worker, photo: Photograph, tally: Tally) -> None:
    started = time.process_time()
    lying, jpeg = worker.do({"task": "lay", "max_pixels": LIMIT}, photo.jpeg)
    asked = {"task": "read", "max_pixels": LIMIT, "boxes": lying["boxes"], "format": lying["format"]}
    words, _ = worker.do(asked, jpeg)
    (tally.card_s if photo.paper.size_mm == ID_1 else tally.page_s).append(time.process_time() - started)
    problems = lying["quality"]["problems"]
    tally.judged.append(
        ("blurred" in problems) == (photo.fault == "blur") and ("glare" in problems) == (photo.fault == "glare")
    )
    tally.cut_or_small.append(
        ("cut_off" in problems) == (photo.fault == "cut") and ("too_small" in problems) == (photo.fault == "small")
    )
    if photo.fault != "cut":
        size = np.array((photo.width, photo.height))
        tally.corners.append(corner_error(np.array(lying["points"]) * size, photo) <= NEAR)
        tally.contours.append(corner_error(_largest_contour(photo.jpeg), photo) <= NEAR)
    if photo.fault == "none":
        wrong, printed = wrong_characters([line["text"] for line in words["lines"]], photo)
        tally.wrong += wrong
        tally.printed += printed
        tally.kinds.append(words["kind"] == photo.paper.kind)
        right = set(right_fields(words["fields"], photo))
        tally.fields += [name in right for name in photo.paper.fields]


def _largest_contour(jpeg: bytes) -> NDArray[Any]:
    """Return the corners as every tutorial has them: edges, the contour around most, four points of it."""
    picture: Any = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    scale = 720 / max(picture.shape)
    small = cv2.GaussianBlur(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), (5, 5), 0)
    edges = cv2.dilate(cv2.Canny(small, 50, 150), np.ones((3, 3), np.uint8))
    contours, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return np.zeros((4, 2))
    largest = max(contours, key=cv2.contourArea)
    four: Any = cv2.approxPolyDP(largest, 0.02 * cv2.arcLength(largest, True), True)
    if len(four) != 4:
        four = cv2.boxPoints(cv2.minAreaRect(largest))
    return np.asarray(np.asarray(four, float).reshape(4, 2) / scale)


def _rows(tally: Tally) -> list[dict[str, Any]]:
    accuracy, uncorrected = (1 - wrong / tally.printed for wrong in (tally.wrong, tally.wrong_uncorrected))
    corners, contours = _share(tally.corners), _share(tally.contours)
    return [
        _row("corner_rate", corners, "share of sheets", "largest_contour", contours),
        _row("ocr_char_accuracy", accuracy, "share of characters", "uncorrected", uncorrected),
        _row("field_rate", _share(tally.fields), "share of fields"),
        _row("kind_rate", _share(tally.kinds), "share of papers"),
        _row("quality_judgement_rate", _share(tally.judged), "share of photographs"),
        _row("cut_and_size_judgement_rate", _share(tally.cut_or_small), "share of photographs"),
        _row("page_s", float(np.mean(tally.page_s)), "s of one core"),
        _row("page_p95_s", float(np.percentile(tally.page_s, 95)), "s of one core"),
        _row("id_card_s", float(np.mean(tally.card_s)), "s of one core"),
        _row("id_card_p95_s", float(np.percentile(tally.card_s, 95)), "s of one core"),
    ]


def _row(
    measure: str, value: float, unit: str, baseline: str | None = None, against: float | None = None
) -> dict[str, Any]:
    row: dict[str, Any] = {"measure": measure, "value": value, "unit": unit}
    if baseline is not None and against is not None:
        row |= {"baseline": baseline, "baseline_value": against, "ratio": value / against if against else None}
    return row


def _share(counted: Sequence[bool]) -> float:
    return sum(counted) / len(counted)
