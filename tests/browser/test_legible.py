"""The reader of shared text: sharp text is legible, and what a viewer would have to guess is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import pytest
import pytest_asyncio

from tests.browser import legible
from tests.browser.chromium import chromium
from tests.browser.pattern import decoded

if TYPE_CHECKING:
    from pathlib import Path

    from cv2.typing import MatLike
    from playwright.async_api import Playwright

    from tests.browser.conftest import Recordings

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SEED = 11


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def paper(
    playwright: Playwright, agent_recordings: Recordings, tmp_path_factory: pytest.TempPathFactory
) -> MatLike:
    profile: Path = tmp_path_factory.mktemp("profile")
    async with chromium(
        playwright, profile, film=agent_recordings.film, voice=agent_recordings.voice, size=(1920, 1080)
    ) as browser:
        page = await browser.page()
        await page.set_content(legible.page("text", SEED))
        return decoded(await page.screenshot())


async def test_the_text_as_sent_is_legible(paper: MatLike) -> None:
    reading = legible.read(paper, paper, SEED)
    assert reading
    assert reading.right == 1.0


async def test_other_text_is_not_taken_for_it(paper: MatLike) -> None:
    assert legible.read(paper, paper, SEED + 1).right < 0.1


@pytest.mark.parametrize("radius", [0.7, 1.0, 2.0])
async def test_blurred_text_is_not_legible(paper: MatLike, radius: float) -> None:
    assert not legible.read(cv2.GaussianBlur(paper, (0, 0), radius), paper, SEED)


@pytest.mark.parametrize("width", [1600, 1280, 960])
async def test_text_that_was_scaled_down_is_not_legible(paper: MatLike, width: int) -> None:
    height = paper.shape[0] * width // paper.shape[1]
    smaller = cv2.resize(paper, (width, height), interpolation=cv2.INTER_AREA)
    assert not legible.read(smaller, paper, SEED)
