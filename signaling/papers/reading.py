"""Reads the words of a flat sheet: which way up it lies, then every line with its place and how sure it is.

The models are PP-OCRv6's small ones, which rapidocr's wheel carries: nothing is ever fetched. One thread each: the
worker that runs this must leave the other cores to the calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from rapidocr import RapidOCR

from signaling.papers.straighten import turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Picture = NDArray[Any]
    Boxes = NDArray[Any]

PAGE_SIDE, CARD_SIDE = 960, 640
"""Longer side in pixels at which lines are searched; they are read at the picture's own size."""
MOST_LINES = 150
LEAST_CONFIDENCE = 0.5
BOX_OVER_PRINT = 1.55
"""A found line's box is this much higher than its characters: the detector's own margin."""
UPRIGHT_CROPS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """Words in one line. `box`: left, top, right, bottom, in fractions of the upright sheet."""

    text: str
    confidence: float
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Found:
    """Lines of print before they are read, on the sheet turned upright."""

    picture: Picture
    boxes: Boxes
    quarters: int
    """Quarter turns clockwise that made it upright."""

    @property
    def print_px(self) -> float | None:
        """Return the height of the usual line's characters in pixels."""
        if not len(self.boxes):
            return None
        heights = np.linalg.norm(self.boxes[:, 3] - self.boxes[:, 0], axis=1)
        widths = np.linalg.norm(self.boxes[:, 1] - self.boxes[:, 0], axis=1)
        return float(np.average(heights, weights=widths)) / BOX_OVER_PRINT


class Reader:
    """The loaded models. Loading takes a second and half a gigabyte: make one for a process."""

    def __init__(self) -> None:
        self._engine = RapidOCR(params={
            "Global.log_level": "error", "Global.use_cls": False, "Global.text_score": 0.0,
            "Global.max_side_len": 4096, "Global.min_side_len": 32,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max", "Det.limit_side_len": 1280,
            # Lines one by one, each as wide as it is: a batch is padded to its longest, and that costs more.
            "Rec.rec_batch_num": 1, "Rec.rec_img_shape": [3, 48, 96],
        })  # fmt: skip

    def find(self, picture: Picture) -> Found:
        """Return where lines are, with the sheet turned upright."""
        boxes = self._detect(picture)
        if not len(boxes):
            return Found(picture, boxes, 0)
        quarters = 0
        if _upended(boxes):
            quarters, height = 1, picture.shape[0]
            picture = turn(picture, 1)
            boxes = _ordered(np.stack([height - boxes[..., 1], boxes[..., 0]], axis=-1))
        if self._upside_down(picture, boxes):
            height, width = picture.shape[:2]
            quarters += 2
            picture = turn(picture, 2)
            boxes = _ordered(np.array((width, height), np.float32) - boxes)
        return Found(picture, boxes, quarters)

    def find_as_is(self, picture: Picture, quarters: int) -> Found:
        """Return where lines are in a picture that lies as it should."""
        return Found(picture, self._detect(picture), quarters)

    def read(self, found: Found, picture: Picture) -> list[Line]:
        """Return the lines of `found` as `picture` (the same sheet, its light evened) shows them, top to bottom."""
        if not len(found.boxes):
            return []
        texts, scores = self._recognise([_crop(picture, box) for box in found.boxes])
        height, width = picture.shape[:2]
        lines = []
        for text, score, box in zip(texts, scores, found.boxes, strict=True):
            if score < LEAST_CONFIDENCE or not text.strip():
                continue
            (left, top), (right, bottom) = box.min(0), box.max(0)
            place = (left / width, top / height, right / width, bottom / height)
            lines.append(Line(text.strip(), round(float(score), 3), tuple(round(float(v), 4) for v in place)))  # type: ignore[arg-type]
        return sorted(lines, key=lambda line: (line.box[1], line.box[0]))

    def _detect(self, picture: Picture) -> Boxes:
        height, width = picture.shape[:2]
        side = CARD_SIDE if 1.5 < max(height, width) / min(height, width) < 1.7 else PAGE_SIDE
        scale = min(1.0, side / max(height, width))
        small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture
        found: Any = self._engine(small, use_det=True, use_cls=False, use_rec=False)
        if found.boxes is None or not len(found.boxes):
            return np.zeros((0, 4, 2), np.float32)
        return np.asarray(np.array(found.boxes, np.float32)[:MOST_LINES] / scale, np.float32)

    def _recognise(self, crops: Sequence[Picture]) -> tuple[tuple[str, ...], tuple[float, ...]]:
        read: Any = self._engine.recognize_txt(list(crops))
        return tuple(read.txts), tuple(read.scores)

    def _upside_down(self, picture: Picture, boxes: Boxes) -> bool:
        """Ask the small classifier about the widest lines; where it is not sure, read two lines both ways."""
        widths = np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)
        widest = [boxes[n] for n in np.argsort(-widths)[:UPRIGHT_CROPS]]
        crops = [_crop(picture, box) for box in widest]
        answers: Any = self._engine.cls_and_rotate([crop.copy() for crop in crops])[1]
        votes = sum(score if label == "180" else -score for label, score in answers.cls_res)
        if abs(votes) > 0.55 * len(crops):
            return bool(votes > 0)
        ways = [self._recognise([turn(crop, way) for crop in crops[:3]])[1] for way in (0, 2)]
        return sum(ways[1]) > sum(ways[0])


def _upended(boxes: Boxes) -> bool:
    """Whether most of the print runs up or down."""
    wide = np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)
    tall = np.linalg.norm(boxes[:, 3] - boxes[:, 0], axis=1)
    return bool(tall[tall > 1.5 * wide].sum() > wide[wide > 1.5 * tall].sum())


def _ordered(boxes: Boxes) -> Boxes:
    """Return the corners of each box from its upper left on, clockwise."""
    ordered = np.empty_like(boxes, dtype=np.float32)
    for number, box in enumerate(boxes):
        left, right = np.split(box[np.argsort(box[:, 0], kind="stable")], 2)
        (one, four), (two, three) = left[np.argsort(left[:, 1])], right[np.argsort(right[:, 1])]
        ordered[number] = one, two, three, four
    return ordered


def _crop(picture: Picture, box: Boxes) -> Picture:
    """Return one line, straight; at most three times the height that the reader wants."""
    wide = float(max(np.linalg.norm(box[1] - box[0]), np.linalg.norm(box[2] - box[3])))
    tall = float(max(np.linalg.norm(box[3] - box[0]), np.linalg.norm(box[2] - box[1])))
    width, height = max(4, round(wide)), max(4, round(tall))
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    view = cv2.getPerspectiveTransform(np.asarray(box, np.float32), target)
    crop = cv2.warpPerspective(picture, view, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)
