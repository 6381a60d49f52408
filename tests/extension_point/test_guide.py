"""The booth's judge of papers: finds the sheet, says what to do, and releases on nothing but a sharp, still sheet."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from tests.extension_point import papers
from tests.extension_point.papers import Laid
from tests.papers import photograph, surfaces
from tests.papers.measure import corner_error
from tests.papers.print import identity_card

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cv2.typing import MatLike as Picture

GUIDE = Path(__file__).parents[2] / "extension_point/static/guide"
READER = Path(__file__).with_name("seen.js")
ACROSS, STRIPS, EVERY_MS = 240, 24, 120
"""As `guide.js` has them."""


@dataclass(frozen=True)
class Shown:
    """One frame the judge is shown."""

    picture: Picture
    corners: Picture | None = None
    taken: bool = False
    """The sheet of the frame before was taken: from here on the next page is asked for."""

    def packed(self, at_ms: int) -> bytes:
        height, width = self.picture.shape[:2]
        small = cv2.resize(self.picture, (ACROSS, round(ACROSS * height / width)), interpolation=cv2.INTER_AREA)
        corners = np.array([[0.2, 0.2], [0.8, 0.8]]) if self.corners is None else np.clip(self.corners, 0, 1)
        left, right = int(corners[:, 0].min() * width), int(corners[:, 0].max() * width)
        lines = np.linspace(corners[:, 1].min(), corners[:, 1].max(), STRIPS + 2)[1:-1] * (height - 1)
        strips = self.picture[lines.astype(int), left:right]
        head = struct.pack("<6I", at_ms, *small.shape[1::-1], *strips.shape[1::-1], int(self.taken))
        return head + b"".join(cv2.cvtColor(each, cv2.COLOR_BGR2RGBA).tobytes() for each in (small, strips))


def judged(frames: Iterable[Shown]) -> list[dict[str, Any]]:
    """Return what the judge says of each frame."""
    film = b"".join(frame.packed(number * EVERY_MS) for number, frame in enumerate(frames))
    node = shutil.which("node")
    assert node is not None
    answer = subprocess.run([node, READER, GUIDE], input=film, capture_output=True, check=True, timeout=60)
    seen: list[dict[str, Any]] = json.loads(answer.stdout)
    return seen


def still(laid: Laid, count: int = 12, blur: float = 0, light: float = 1) -> list[Shown]:
    """A scene that does not move: only the camera's noise differs from frame to frame."""
    shots = [Shown(papers.taken(laid.picture, seed=seed, blur=blur, light=light), laid.corners) for seed in range(3)]
    return [shots[number % 3] for number in range(count)]


def said(seen: list[dict[str, Any]]) -> str:
    """What is said in the end."""
    return str(seen[-1]["word"])


def released(seen: list[dict[str, Any]]) -> bool:
    return any(view["release"] for view in seen)


@pytest.mark.parametrize("mat", papers.MATS)
@pytest.mark.parametrize(
    ("size", "turn", "tilt", "picture"),
    [(0.9, 0, 0, (1280, 720)), (0.7, 33, 0.2, (960, 540)), (0.6, -50, -0.2, (640, 480))],
)
def test_a_sharp_sheet_that_lies_still_is_taken_and_its_corners_are_found(
    mat: str, size: float, turn: float, tilt: float, picture: tuple[int, int]
) -> None:
    laid = papers.lay(papers.desk(mat, picture), papers.page(1), size=size, turn=turn, tilt=tilt)
    seen = judged(still(laid, 9))
    first = next(index for index, view in enumerate(seen) if view["release"])
    assert first * EVERY_MS >= 600, "not before it has lain still"
    assert {view["word"] for view in seen[:first]} == {"hold"}
    found = np.array([[corner["x"], corner["y"]] for corner in seen[first]["sheet"]["corners"]])
    assert laid.corners is not None
    off = min(float(np.abs(np.roll(found, by, 0) - laid.corners).max()) for by in range(4))
    assert off < 0.02


@pytest.mark.parametrize("surface", ["cluttered", "cloth", "wood"])
def test_a_card_is_found_on_a_desk_that_is_not_plain(surface: str) -> None:
    card = cv2.cvtColor(np.asarray(identity_card(Random(1)).picture), cv2.COLOR_RGB2BGR)
    for number in (0, 2):
        desk = np.clip(surfaces.SURFACES[surface](Random(number), 960, 540), 0, 255).astype(np.uint8)
        laid = papers.lay(desk, card, turn=8)
        seen = judged(still(laid, 9))
        assert released(seen)
        found = np.array([[corner["x"], corner["y"]] for corner in seen[-1]["sheet"]["corners"]])
        assert laid.corners is not None
        assert min(float(np.abs(np.roll(found, by, 0) - laid.corners).max()) for by in range(4)) < 0.02


def test_a_sheet_is_outlined_by_its_sides_where_neither_it_nor_the_desk_is_plain() -> None:
    shown = []
    for seed in (13, 57, 103, 349):  # a crowded desk, cloth, wood, a grey desk hardly darker than paper
        photo = photograph.take(seed)
        picture = cv2.imdecode(np.frombuffer(photo.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        shown.append((Shown(picture, photo.corners / (photo.width, photo.height)), photo))
    for view, (_, photo) in zip(judged(frame for frame, _ in shown), shown, strict=True):
        found = np.array([[one["x"] * photo.width, one["y"] * photo.height] for one in view["sheet"]["corners"]])
        assert corner_error(found, photo) < 0.04, photo.surface


@pytest.mark.parametrize("mat", papers.MATS)
def test_an_empty_desk_is_never_taken(mat: str) -> None:
    seen = judged(still(Laid(papers.desk(mat)), 12))
    assert not released(seen)
    assert said(seen) == "empty"


def test_a_paper_that_is_moved_is_not_taken_until_it_rests() -> None:
    surface = papers.desk("wood")
    moving = [papers.lay(surface, papers.page(1), size=0.6, at=(0.4 + step * 0.02, 0.5)) for step in range(8)]
    frames = [Shown(papers.taken(laid.picture, seed=number), laid.corners) for number, laid in enumerate(moving)]
    seen = judged(frames + still(moving[-1], 10))
    assert not released(seen[:8])
    assert {view["word"] for view in seen[:8]} == {"hold"}
    assert released(seen[8:])


def test_a_hand_that_passes_over_the_paper_delays_it() -> None:
    laid = papers.lay(papers.desk("green"), papers.page(1), size=0.8)
    frames = [Shown(frame.picture.copy(), frame.corners) for frame in still(laid, 12)]
    for number, frame in enumerate(frames[:8]):
        middle = (420 + 15 * number, 270)
        cv2.ellipse(frame.picture, middle, (45, 30), 0, 0, 360, (140, 170, 215), -1)
    assert not released(judged(frames))


@pytest.mark.parametrize(("blur", "takes"), [(0.0, True), (0.7, True), (2.0, False), (5.0, False)])
def test_a_paper_out_of_focus_waits_for_the_focus(blur: float, takes: bool) -> None:
    seen = judged(still(papers.lay(papers.desk("grey"), papers.page(1)), 10, blur=blur))
    assert released(seen) is takes
    assert said(seen) == ("ready" if takes else "blurred")


def test_a_lamp_on_the_paper_is_said_and_keeps_nobody_for_ever() -> None:
    laid = papers.lay(papers.desk("wood"), papers.page(1))
    assert laid.corners is not None
    lamp = laid.picture.copy()
    middle = (laid.corners.mean(0) * (960, 540)).astype(int).tolist()
    cv2.ellipse(lamp, middle, (60, 35), 20, 0, 360, (255, 255, 255), -1)
    seen = judged(still(Laid(lamp, laid.corners), 60))
    assert "glare" in {view["word"] for view in seen}
    first = next(index for index, view in enumerate(seen) if view["release"])
    assert 5000 <= first * EVERY_MS < 6500


def test_what_is_wrong_with_how_it_lies_is_said() -> None:
    surface, sheet = papers.desk("dark"), papers.page(1)
    assert said(judged(still(papers.lay(surface, sheet, at=(0.5, 0.2)), 8))) == "cut"
    assert said(judged(still(papers.lay(surface, sheet), 8, light=0.2))) == "dark"
    assert said(judged(still(papers.lay(surface, sheet, size=0.6, tilt=1.1), 8))) == "flat"


def test_the_page_that_was_taken_is_not_taken_again_as_the_next() -> None:
    surface = papers.desk("wood")
    first, second = (papers.lay(surface, papers.page(number)) for number in (1, 2))
    nudged = papers.lay(surface, papers.page(1), turn=2, at=(0.51, 0.5))
    taken = Shown(still(first, 1)[0].picture, first.corners, taken=True)
    seen = judged([*still(first, 9), taken, *still(first, 9), *still(nudged, 10), *still(second, 10)])
    assert released(seen[:9])
    assert not released(seen[9:29])
    assert seen[28]["word"] == "same"
    assert released(seen[29:])


def test_a_glance_takes_a_small_part_of_the_time_between_two() -> None:
    seen = judged(still(papers.lay(papers.desk("wood"), papers.page(1)), 30))
    assert sorted(view["ms"] for view in seen)[15] < EVERY_MS / 4
