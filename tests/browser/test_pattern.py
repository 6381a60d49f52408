"""The measuring instruments themselves: a test that compares pictures is worth what its reader is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.browser.pattern import AGENT, CITIZEN, FRAMES, Mark, decoded, difference, picture, read


@pytest.mark.parametrize("width", [1920, 1280, 640, 480, 320, 214])
def test_the_frame_number_is_read_at_every_size_a_call_degrades_to(width: int) -> None:
    for frame in (0, 1, 170, FRAMES - 1):
        small = cv2.resize(picture(frame, AGENT), (width, width * 9 // 16), interpolation=cv2.INTER_AREA)
        assert read(small) == Mark(frame, AGENT.mark)


def test_the_frame_number_survives_strong_compression() -> None:
    small = cv2.resize(picture(123, CITIZEN), (320, 180), interpolation=cv2.INTER_AREA)
    squeezed = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 8])[1].tobytes()
    assert read(decoded(squeezed)) == Mark(123, CITIZEN.mark)


def test_a_torn_picture_is_not_read() -> None:
    torn = picture(85, CITIZEN)
    torn[:160, 640:] = picture(170, CITIZEN)[:160, 640:]
    assert read(torn) is None


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_picture_is_not_read(level: int) -> None:
    assert read(np.full((720, 1280, 3), level, np.uint8)) is None


def test_the_two_sides_pictures_differ() -> None:
    assert difference(picture(40, CITIZEN), 40, CITIZEN) < 1
    assert difference(picture(40, CITIZEN), 40, AGENT) > 40
    assert difference(picture(40, CITIZEN), 50, CITIZEN) > 20
