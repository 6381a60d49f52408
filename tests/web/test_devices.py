"""Cameras and microphones in a real Chromium: found, remembered, watched, photographed at full size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

    from tests.web.conftest import Site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

OPEN = """async () => {
  const { Devices } = await import('/static/web/js/devices.js')
  globalThis.heard = []
  globalThis.devices = new Devices({ roles: ['camera', 'document_camera', 'microphone', 'speaker'], delegate: {
    deviceTrack: (role, track) => heard.push([role, track?.kind ?? null]),
  } })
  devices.start()
  return devices.open()
}"""


async def test_each_role_gets_a_device_of_its_own(page: Page) -> None:
    health = await page.evaluate(OPEN)
    assert health["camera"] == health["document_camera"] == health["microphone"] == "ok"
    assert sorted(await page.evaluate("() => heard")) == [
        ["camera", "video"],
        ["document_camera", "video"],
        ["microphone", "audio"],
    ]
    ids = "() => ['camera', 'document_camera'].map(role => devices.tracks[role].getSettings().deviceId)"
    person, paper = await page.evaluate(ids)
    assert person != paper
    microphone = await page.evaluate("() => devices.tracks.microphone.getSettings()")
    assert microphone["echoCancellation"] is True
    assert microphone["noiseSuppression"] is True


async def test_one_camera_for_the_person_and_the_papers_is_opened_once(page: Page) -> None:
    await page.evaluate(OPEN)
    opened = await page.evaluate(
        """async () => {
          await devices.choose('document_camera', (await devices.chosen('camera')).deviceId)
          let opened = 0
          const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
          navigator.mediaDevices.getUserMedia = wanted => { opened += 'video' in wanted ? 1 : 0; return open(wanted) }
          devices.close()
          await devices.open()
          devices.tracks.document_camera.enabled = false
          return opened
        }"""
    )
    assert opened == 1
    assert await page.evaluate("() => devices.tracks.document_camera.readyState") == "live"
    assert await page.evaluate("() => devices.tracks.camera.enabled") is True


async def test_what_the_operator_chose_is_remembered_by_the_next_page(page: Page) -> None:
    await page.evaluate(OPEN)
    assert await page.evaluate("() => devices.configured") is False
    swapped = await page.evaluate(
        """async () => {
          const [person, paper] = [await devices.chosen('camera'), await devices.chosen('document_camera')]
          await devices.choose('camera', paper.deviceId)
          await devices.choose('document_camera', person.deviceId)
          await devices.remember('microphone')
          return paper.deviceId
        }"""
    )
    await page.reload()
    await page.evaluate(OPEN)
    assert await page.evaluate("() => devices.tracks.camera.getSettings().deviceId") == swapped
    assert await page.evaluate("() => devices.configured") is True


async def test_another_camera_for_now_leaves_the_operator_s_choice(page: Page) -> None:
    await page.evaluate(OPEN)
    before, now, after = await page.evaluate(
        """async () => {
          const id = () => devices.tracks.document_camera.getSettings().deviceId
          const [before, person] = [id(), (await devices.chosen('camera')).deviceId]
          await devices.remember('document_camera')
          await devices.use('document_camera', person)
          const now = id()
          devices.close()
          await devices.open()
          return [before, now, id()]
        }"""
    )
    assert now != before
    assert after == before


async def test_closing_puts_out_every_light_and_open_lights_them_again(page: Page) -> None:
    await page.evaluate(OPEN)
    states = (
        "() => { globalThis.old = Object.values(devices.tracks); devices.close(); return old.map(t => t.readyState) }"
    )
    assert await page.evaluate(states) == ["ended"] * 3
    assert await page.evaluate("() => Object.keys(devices.tracks).length") == 0
    await page.evaluate("() => devices.open()")
    assert await page.evaluate("() => devices.tracks.camera.readyState") == "live"


async def test_a_device_closed_while_it_opens_stays_closed(page: Page) -> None:
    await page.evaluate(OPEN)
    await page.evaluate(
        "async () => { devices.close(); const opening = devices.open(['camera']); devices.close(); await opening }"
    )
    assert await page.evaluate("() => devices.tracks.camera ?? null") is None


async def test_two_calls_of_open_at_once_open_each_device_once(page: Page) -> None:
    await page.evaluate(OPEN)
    await page.evaluate(
        "async () => { devices.close(); heard.length = 0; await Promise.all([devices.open(), devices.open()]) }"
    )
    assert await page.evaluate("() => heard.filter(([role, kind]) => role === 'camera' && kind).length") == 1
    assert await page.evaluate("() => devices.tracks.camera.readyState") == "live"


async def test_a_denied_camera_is_called_denied(browser: Browser, site: Site) -> None:
    context = await browser.new_context(permissions=[])
    try:
        page = await context.new_page()
        await page.goto(site.url)
        await page.evaluate(
            "() => { const no = new DOMException('', 'NotAllowedError');"
            " navigator.mediaDevices.getUserMedia = () => Promise.reject(no) }"
        )
        assert (await page.evaluate(OPEN))["camera"] == "denied"
    finally:
        await context.close()


async def test_a_camera_that_ends_is_called_failed(page: Page) -> None:
    await page.evaluate(OPEN)
    await page.evaluate("() => { heard.length = 0; devices.tracks.camera.dispatchEvent(new Event('ended')) }")
    assert await page.evaluate("() => [devices.health.camera, heard[0]]") == ["failed", ["camera", None]]


async def test_the_checks_tell_a_living_camera_from_a_dead_one(page: Page) -> None:
    await page.evaluate(OPEN)
    checks = "async () => (await import('/static/web/js/device-check.js'))"
    seen = await page.evaluate(f"async () => (await ({checks})()).seesPictures(devices.tracks.camera)")
    assert seen["width"] >= 640
    dead = """async () => {
      const { seesPictures } = await import('/static/web/js/device-check.js')
      return seesPictures(document.createElement('canvas').captureStream(0).getVideoTracks()[0], 300)
    }"""
    assert await page.evaluate(dead) is None


async def test_the_meter_hears_the_fake_microphone_s_beep(page: Page) -> None:
    await page.evaluate(OPEN)
    await page.evaluate(
        "async () => { const {Level} = await import('/static/web/js/device-check.js');"
        " globalThis.level = new Level(devices.tracks.microphone) }"
    )
    await page.wait_for_function("() => level.read() > 0.01", timeout=10_000)
    await page.evaluate("() => level.stop()")


async def test_a_still_has_the_camera_s_full_size_and_is_a_whole_image(page: Page) -> None:
    await page.evaluate(OPEN)
    still = await page.evaluate(
        """async () => {
          const { takeStill } = await import('/static/web/js/still.js')
          const { blob, width, height, source } = await takeStill(devices.tracks.document_camera)
          const image = await createImageBitmap(blob)
          const live = devices.tracks.document_camera.getSettings()
          const real = [image.width, image.height]
          return { type: blob.type, size: [width, height], real, live: [live.width, live.height], source }
        }"""
    )
    assert still["type"] in ("image/png", "image/jpeg")
    assert still["size"] == still["real"]
    assert still["size"][0] * still["size"][1] >= still["live"][0] * still["live"][1]


async def test_without_a_photo_the_frame_is_taken_lossless(page: Page) -> None:
    await page.evaluate(OPEN)
    still = await page.evaluate(
        """async () => {
          ImageCapture.prototype.takePhoto = async () => { throw new DOMException('', 'UnknownError') }
          const { takeStill } = await import('/static/web/js/still.js')
          const { blob, width, source } = await takeStill(devices.tracks.document_camera)
          return [blob.type, width === devices.tracks.document_camera.getSettings().width, source]
        }"""
    )
    assert still == ["image/png", True, "frame"]
