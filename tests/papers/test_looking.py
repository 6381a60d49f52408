"""On a few photographs: corners, turn, judgement, words, kind and fields. `make bench NAME=documents` has hundreds."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from signaling.papers import sheet
from signaling.papers.worker import Worker
from signaling.pictures.refusals import NotAPicture, TooLarge
from tests.papers.measure import corner_error, right_fields
from tests.papers.photograph import Photograph, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

GOOD = [(1, "id_card_front", "wood"), (2, "id_card_back", "mat"), (3, "residence_permit", "cloth"),
        (4, "bank_card", "grey"), (5, "household_page", "wood"), (6, "business_licence", "cluttered"),
        (7, "form", "grey")]  # fmt: skip
LIMIT = 40_000_000


@pytest.fixture(scope="module")
def worker() -> Worker:
    return Worker()


@cache
def good(kind: str) -> Photograph:
    """Drawn once for all tests: that takes as long as reading it."""
    return next(take(seed, kind, surface=surface) for seed, known, surface in GOOD if known == kind)


def lay(worker: Worker, data: bytes, **said: Any) -> tuple[dict[str, Any], bytes]:
    """Return how the paper lies, and the corrected picture as JPEG."""
    return worker.do({"task": "lay", "max_pixels": LIMIT, **said}, data)


def look(worker: Worker, data: bytes, **said: Any) -> tuple[dict[str, Any], dict[str, Any], NDArray[Any]]:
    """Return how the paper lies, what stands on it, and the corrected picture."""
    lying, jpeg = lay(worker, data, **said)
    asked = {"task": "read", "max_pixels": LIMIT, "boxes": lying["boxes"], "format": lying["format"]}
    words, _ = worker.do(asked, jpeg)
    return lying, words, decoded(jpeg)


@pytest.mark.parametrize("kind", [kind for _, kind, _ in GOOD])
def test_a_good_photograph_is_found_judged_good_and_read(worker: Worker, kind: str) -> None:
    photo = good(kind)
    lying, words, corrected = look(worker, photo.jpeg)
    assert lying["quality"]["problems"] == []
    points = np.array(lying["points"]) * (photo.width, photo.height)
    assert corner_error(points, photo) < 0.01
    assert words["kind"] == kind
    assert right_fields(words["fields"], photo) == sorted(photo.paper.fields)
    assert [code["text"] for code in lying["codes"]] == photo.paper.codes
    wide, tall = photo.paper.size_mm
    assert (corrected.shape[1] > corrected.shape[0]) == (wide > tall)  # upright, whichever way it lay


@pytest.mark.parametrize(
    ("fault", "problem"),
    [("blur", "blurred"), ("glare", "glare"), ("cut", "cut_off"), ("small", "too_small")],
)
def test_what_is_wrong_with_a_photograph_is_said(worker: Worker, fault: Any, problem: str) -> None:
    lying, _ = lay(worker, take(11, "form", fault, "mat").jpeg)
    assert problem in lying["quality"]["problems"]


def test_a_desk_without_a_paper_is_no_sheet(worker: Worker) -> None:
    desk = np.full((900, 1200, 3), 90, np.uint8)
    lying, words, _ = look(worker, encoded(desk))
    assert lying["by"] == "whole"
    assert lying["quality"]["problems"] == ["no_sheet"]
    assert (words["kind"], words["fields"]) == ("", [])


@pytest.mark.parametrize("seed", range(3))
def test_noise_and_clouds_are_no_sheet(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 1, (900, 1200, 3)).astype(np.float32)
    clouds = [cv2.GaussianBlur(noise, (0, 0), size) * size * 60 + 128 for size in (6, 20)]
    for picture in (noise * 25 + 128, *clouds):
        assert sheet.find(np.clip(picture, 0, 255).astype(np.uint8)) is None


def test_a_sheet_without_contrast_is_found_around_its_words(worker: Worker) -> None:
    photo = good("form")
    flat = np.full((2000, 2600, 3), 255, np.uint8)
    page = cv2.cvtColor(np.asarray(photo.paper.picture.resize((1000, 1414))), cv2.COLOR_RGB2BGR)
    page[page.min(axis=2) > 235] = 255
    flat[300:1714, 800:1800] = page
    assert sheet.find(cv2.GaussianBlur(flat[:250], (0, 0), 3)) is None
    _lying, words, _ = look(worker, encoded(flat))
    assert words["kind"] == "form"
    assert right_fields(words["fields"], photo)


def test_corners_and_turn_set_by_hand_go_before_what_is_found(worker: Worker) -> None:
    photo = good("id_card_front")
    corners = (photo.corners / (photo.width, photo.height)).clip(0, 1).ravel().tolist()
    lying, words, corrected = look(worker, photo.jpeg, corners=corners, quarters=0)
    assert (lying["by"], lying["quarters"]) == ("hand", 0)
    assert words["kind"] == "id_card_front"
    turned, jpeg = lay(worker, photo.jpeg, corners=corners, quarters=1)
    assert turned["quarters"] == 1
    assert decoded(jpeg).shape[:2] == corrected.shape[1::-1]


def test_a_still_that_was_taken_upside_down_is_read_all_the_same(worker: Worker) -> None:
    photo = good("id_card_back")
    picture = decoded(photo.jpeg)
    for quarters in (1, 2, 3):
        _, words, _ = look(worker, encoded(np.rot90(picture, quarters)))
        assert right_fields(words["fields"], photo) == sorted(photo.paper.fields), quarters


@pytest.mark.parametrize(
    "spoil",
    [
        lambda jpeg: b"",
        lambda jpeg: jpeg[: len(jpeg) // 2],
        lambda jpeg: jpeg + b"PK\x03\x04",
        lambda jpeg: b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        lambda jpeg: b"<!doctype html><p>",
    ],
    ids=["empty", "truncated", "polyglot", "svg", "html"],
)
def test_what_is_no_picture_is_refused_by_name(worker: Worker, spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NotAPicture):
        lay(worker, spoil(encoded(np.zeros((60, 80, 3), np.uint8))))


def test_more_pixels_than_allowed_are_refused_before_they_are_decoded(worker: Worker) -> None:
    with pytest.raises(TooLarge, match="million pixels"):
        worker.do({"task": "lay", "max_pixels": 100}, encoded(np.zeros((60, 80, 3), np.uint8)))


def test_the_corrected_picture_carries_no_place_where_it_was_taken(worker: Worker) -> None:
    jpeg = encoded(np.full((600, 800, 3), 200, np.uint8))
    exif = b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x88%\x00\x04\x00\x00\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00"
    tagged = jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]
    _, corrected = lay(worker, tagged)
    assert b"Exif" in tagged
    assert b"Exif" not in corrected


def decoded(jpeg: bytes) -> NDArray[Any]:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR))


def encoded(picture: NDArray[Any]) -> bytes:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    return data.tobytes()


def test_a_photograph_of_the_same_number_is_the_same() -> None:
    one, other = take(12, "bank_card"), take(12, "bank_card")
    assert isinstance(one, Photograph)
    assert one.jpeg == other.jpeg
