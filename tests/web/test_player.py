"""The player of recordings in a real Chromium: pictures and sound in step, everybody on one clock, seeking, holes."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
import pytest_asyncio

from media import segment
from media.depacketise import Frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

LENGTH_S = 4
FLASH_S = 0.2
FPS = 25


def flashes(at: float) -> bool:
    """Whether the picture is white and the tone sounds: at the beginning of every second."""
    return at % 1 < FLASH_S


@functools.cache
def picture(first_s: int) -> bytes:
    """A segment of a picture that says by its grey which second of the recording it is, but for the flashes."""
    frames = []
    with av.open(io.BytesIO(), "w", format="webm") as container:
        stream: Any = container.add_stream("libvpx", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        maker: Any = av.VideoFrame
        for count in range(LENGTH_S * FPS):
            at = first_s + count / FPS
            grey = 250 if flashes(at) else 8 * int(at)
            shown = maker.from_ndarray(np.full((96, 160, 3), grey, np.uint8), format="rgb24")
            shown.pts = count
            frames += [(one.pts, one.is_keyframe, bytes(one)) for one in stream.encode(shown)]
    told = [(pts / FPS, Frame(pts * 3600, key, data)) for pts, key, data in frames]
    return segment.mux("vp8", told, (160, 96))


@functools.cache
def sound(first_s: int) -> bytes:
    """The same in sound."""
    frames: list[bytes] = []
    with av.open(io.BytesIO(), "w", format="webm") as container:
        stream: Any = container.add_stream("libopus", rate=48_000, layout="stereo")
        stream.options = {"application": "lowdelay"}
        for count in range(LENGTH_S * 50):
            t = np.arange(960) / 48_000 + count / 50
            tone = np.sin(2 * np.pi * 880 * t) * 0.5 * flashes(first_s + count / 50)
            shown = av.AudioFrame.from_ndarray(
                np.repeat((tone * 32_767).astype(np.int16), 2)[None, :], format="s16", layout="stereo"
            )
            shown.sample_rate, shown.pts = 48_000, count * 960
            frames += [bytes(one) for one in stream.encode(shown)]
    return segment.mux("opus", [(at / 50, Frame(at * 960, True, data)) for at, data in enumerate(frames)], (0, 0))


STARTS = (0, 4, 20)
KINDS = ("camera", "microphone")
PEOPLE = ("citizen", "agent")


def named(number: int, person: str, kind: str, start: int) -> dict[str, Any]:
    return {
        "id": number, "track": f"leg_{person}/{kind}", "person_id": person, "name": person, "role": person,
        "kind": kind, "at_s": start, "duration_s": LENGTH_S, "gaps": [],
    }  # fmt: skip


SEGMENTS = [
    named(number, person, kind, start)
    for number, (start, person, kind) in enumerate(
        (start, person, kind) for start in STARTS for person in PEOPLE for kind in KINDS
    )
]

SCENE = """async segments => {
  // What reaches the loudspeaker is listened to.
  const connect = AudioNode.prototype.connect
  AudioNode.prototype.connect = function (to, ...more) {
    if (to instanceof AudioDestinationNode) {
      globalThis.ear ??= new AnalyserNode(this.context, { fftSize: 256 })
      connect.call(this, globalThis.ear)
    }
    return connect.call(this, to, ...more)
  }
  const { Player } = await import("/static/web/components/player/player.js")
  globalThis.asked = []
  const player = globalThis.player = new Player({
    playerContent: async ({ id }) => {
      asked.push(id)
      const answer = await fetch(`/segment/${id}`)
      if (!answer.ok) throw new Error(String(answer.status))
      return answer.arrayBuffer()
    },
  })
  document.body.append(player.element)
  player.start()
  player.add(segments)
  globalThis.grey = role => {
    const canvas = document.querySelector(`[data-role=${role}] canvas`)
    if (!canvas || canvas.hidden) return -1
    return canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[1]
  }
  globalThis.loud = () => {
    const wave = new Float32Array(256)
    globalThis.ear.getFloatTimeDomainData(wave)
    return Math.max(...wave) > 0.1
  }
}"""

EDGES = """seconds => new Promise(done => {
  const seen = { citizen: [], agent: [], sound: [] }
  const before = { citizen: true, agent: true, sound: true }
  const until = performance.now() + 1000 * seconds
  // Between two pictures too: a tone begins when it likes.
  const look = () => {
    const now = performance.now()
    const is = { citizen: grey("citizen") > 200, agent: grey("agent") > 200, sound: loud() }
    for (const [name, on] of Object.entries(is)) {
      if (on && !before[name]) seen[name].push(now)
      before[name] = on
    }
    if (now < until) setTimeout(look, 4)
    else done(seen)
  }
  look()
})"""


@pytest_asyncio.fixture(loop_scope="module")
async def player(page: Page) -> AsyncIterator[Page]:
    async def give(route: Route) -> None:
        one = SEGMENTS[int(route.request.url.rpartition("/")[2])]
        made = picture if one["kind"] == "camera" else sound
        await route.fulfill(body=made(one["at_s"]), content_type="video/webm")

    await page.route("**/segment/*", give)
    await page.evaluate(SCENE, SEGMENTS)
    yield page
    await page.evaluate("() => player.stop()")


async def test_pictures_and_sound_are_in_step_and_so_are_people(player: Page) -> None:
    await player.evaluate("() => player.play()")
    await player.wait_for_function("() => player.time > 0.5")
    seen = await player.evaluate(EDGES, 4.2)
    assert len(seen["citizen"]) >= 3
    apart = {name: [nearest(seen[name], at) for at in seen["citizen"]] for name in ("sound", "agent")}
    assert sorted(apart["sound"])[len(apart["sound"]) // 2] < 40, seen
    assert max(apart["agent"]) < 40, seen


def nearest(times: list[float], at: float) -> float:
    return min(abs(one - at) for one in times)


async def test_a_seek_shows_the_picture_of_that_moment_and_a_pause_keeps_it(player: Page) -> None:
    for second in (6, 2, 22, 5):
        await player.evaluate("at => player.seek(at)", second + 0.5)
        await player.wait_for_function("wanted => Math.abs(grey('citizen') - wanted) < 4", arg=8 * second)
        await player.wait_for_function("wanted => Math.abs(grey('agent') - wanted) < 4", arg=8 * second)
    assert await player.evaluate("() => [player.playing, player.time]") == [False, 5.5]


async def test_where_nothing_was_recorded_it_goes_on_behind_the_hole(player: Page) -> None:
    await player.evaluate("() => { player.seek(7.6); return player.play() }")
    await player.wait_for_function("() => player.time > 20.3")
    assert await player.evaluate("() => player.time") < 22
    await player.wait_for_function("() => grey('citizen') === 160 || Math.abs(grey('citizen') - 160) < 4")


async def test_it_follows_a_call_that_goes_on_and_fetches_no_more_than_it_needs(player: Page) -> None:
    assert not {one["id"] for one in SEGMENTS if one["at_s"] == 20} & set(await player.evaluate("() => asked"))
    more = [named(12, "citizen", "camera", 24)]
    SEGMENTS.append(more[0])
    try:
        await player.evaluate("more => player.add(more)", more)
        assert await player.evaluate("() => Number(player.slider.max)") == 28
        await player.evaluate("() => player.seek(25.5)")
        await player.wait_for_function("() => Math.abs(grey('citizen') - 200) < 4")
        await player.wait_for_function("() => grey('agent') === -1")
    finally:
        SEGMENTS.pop()
