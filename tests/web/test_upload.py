"""Resumable upload against a real server whose line breaks: what arrives is what was sent, or a refusal is told."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

    from tests.web.conftest import Site
    from tests.web.uploads import Stored

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

SEND = """async ([name, size]) => {
  const { Upload } = await import('/static/web/js/upload.js')
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, Math.min(size, at + 65536)))
  const progress = []
  const waited = []
  const upload = new Upload({ url: `/upload/${name}`, blob: new Blob([bytes]), delegate: {
    uploadProgress: (_upload, sent) => progress.push(sent),
    uploadWaiting: (_upload, waiting) => waited.push(waiting),
  } })
  globalThis.upload = upload
  try {
    return { sha256: await upload.start(), progress, waited }
  } catch (error) {
    return { error: error.name, code: error.code, progress, waited }
  }
}"""

SIZE = 2_500_000


async def send(page: Page, name: str, size: int = SIZE) -> dict[str, Any]:
    result: dict[str, Any] = await page.evaluate(SEND, [name, size])
    return result


def assert_arrived(stored: Stored, result: dict[str, Any], size: int = SIZE) -> None:
    assert stored.complete
    assert stored.digest_ok
    assert len(stored.body) == size
    assert hashlib.sha256(stored.body).hexdigest() == result["sha256"]


async def test_a_file_arrives_whole_and_its_progress_moves(page: Page, site: Site) -> None:
    result = await send(page, "whole")
    assert_arrived(site.uploads.stored["whole"], result)
    assert result["progress"] == sorted(result["progress"])
    assert len(result["progress"]) == 3
    assert result["progress"][-1] == SIZE


async def test_after_a_break_it_goes_on_where_the_server_stands(page: Page, site: Site) -> None:
    site.uploads.cut = 2
    site.uploads.log.clear()
    result = await send(page, "broken")
    assert_arrived(site.uploads.stored["broken"], result)
    assert ("HEAD", 524_288) in site.uploads.log
    assert ("PATCH", 524_288) in site.uploads.log


async def test_a_busy_service_is_waited_for(page: Page, site: Site) -> None:
    site.uploads.busy = 1
    result = await send(page, "busy", 1000)
    assert_arrived(site.uploads.stored["busy"], result, 1000)
    assert result["waited"] == [True, False]


async def test_a_lost_answer_to_the_last_part_is_no_second_file(page: Page, site: Site) -> None:
    site.uploads.answers_lost = 1
    result = await send(page, "answer", 300_000)
    assert_arrived(site.uploads.stored["answer"], result, 300_000)


async def test_a_refusal_is_final_and_told_by_its_code(page: Page, site: Site) -> None:
    site.uploads.refuse = 413
    try:
        result = await send(page, "refused", 1000)
    finally:
        site.uploads.refuse = 0
    assert (result["error"], result["code"]) == ("UploadRefused", "too_large")
    assert result["waited"] == []


async def test_a_stopped_upload_sends_nothing_more(page: Page, site: Site) -> None:
    site.uploads.refuse = 503
    running = asyncio.ensure_future(send(page, "stopped", 1000))
    await page.wait_for_function("() => globalThis.upload?.sha256")
    await page.evaluate("() => upload.stop()")
    site.uploads.refuse = 0
    assert (await running)["error"] == "AbortError"
    assert not site.uploads.stored.get("stopped") or not site.uploads.stored["stopped"].body
