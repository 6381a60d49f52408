"""Parts of the booth's page by themselves, against a service that is late, away or in the wrong order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from signaling.signing.given import MOST_POINTS, MOST_STROKES, Given
from signaling.wire import parse
from tests.web.conftest import browser, page, site

if TYPE_CHECKING:
    from playwright.async_api import Page, Route

__all__ = ["browser", "page", "site"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

# --- the receipt ----------------------------------------------------------------------------------------

RECEIPTS = """async () => {
  const { Receipts } = await import('/static/booth/receipts.js')
  const late = window.setTimeout
  window.setTimeout = (what, ms) => late(what, ms / 100)
  window.receipts = new Receipts(() => {})
  window.told = state => Response.json({ case: { state, spaced: '' }, receipt: { receipt_id: 'rcpt_1' } })
}"""


async def test_a_receipt_that_did_not_come_is_asked_for_again(page: Page) -> None:
    await page.evaluate(RECEIPTS)
    shown = await page.evaluate(
        """async () => {
          const answers = ['late', 'away', 'here', 'too often']
          window.fetch = async () => {
            const answer = answers.shift()
            if (answer === 'away') throw new TypeError()
            return answer === 'late' ? new Response('', { status: 503 }) : told('in_progress')
          }
          await receipts.load('call_1')
          return [receipts.given?.receipt.receipt_id, answers]
        }"""
    )
    assert shown == ["rcpt_1", ["too often"]]


async def test_where_the_service_has_no_receipt_it_is_asked_once_and_again_after_a_break(page: Page) -> None:
    await page.evaluate(RECEIPTS)
    shown = await page.evaluate(
        """async () => {
          let asked = 0
          window.fetch = async () => (asked++, new Response('', { status: 404 }))
          receipts.follow('call_1')
          receipts.follow('call_1')
          receipts.follow('')
          await receipts.load('call_2')
          receipts.follow('call_2')
          const before = asked
          receipts.follow('call_2', true)
          return [before, asked, receipts.given]
        }"""
    )
    assert shown == [2, 3, None]


async def test_what_was_read_before_comes_after_and_changes_nothing(page: Page) -> None:
    await page.evaluate(RECEIPTS)
    shown = await page.evaluate(
        """async () => {
          const answers = []
          window.fetch = (_, { signal } = {}) => new Promise((answer, fail) => {
            answers.push(state => answer(told(state)))
            signal?.addEventListener('abort', () => fail(signal.reason))
          })
          const older = receipts.load('call_1'), newer = receipts.load('call_1')
          answers[1]('accepted')
          await newer
          answers[0]('waiting_papers')
          await older
          const shown = [receipts.given.case.state]
          const left = receipts.load('call_2')
          receipts.forget()
          answers[2]('accepted')
          await left
          return [...shown, receipts.given]
        }"""
    )
    assert shown == ["accepted", None]


async def test_a_printer_that_ends_after_the_visit_says_nothing_to_the_next_citizen(page: Page) -> None:
    await page.evaluate(RECEIPTS)
    state = await page.evaluate(
        """async () => {
          const { Actions } = await import('/static/booth/actions.js')
          let printed
          const lent = { print: () => new Promise(done => (printed = done)) }
          window.fetch = async () => told('accepted')
          await receipts.load('call_1')
          const printing = new Actions({ receipts, lent, draw: () => {} }).printReceipt()
          receipts.forget()
          printed('ok')
          await printing
          return receipts.printing
        }"""
    )
    assert state == "ready"


# --- the signature --------------------------------------------------------------------------------------

SIGNING = """async () => {
  const { SigningView } = await import('/static/booth/screens/signing.js')
  const late = window.setTimeout
  window.setTimeout = (what, ms) => late(what, ms / 100)
  const view = new SigningView({ decline: () => {} })
  document.body.append(view.element)
  Object.assign(view.pages.style, { height: '400px', width: '300px', overflow: 'auto' })
  Object.assign(view.canvas.style, { width: '300px', height: '100px' })
  new MutationObserver(() => {
    for (const tile of document.querySelectorAll('.board-tile')) tile.style.position = 'absolute'
    for (const sheet of document.querySelectorAll('.signing-sheet')) sheet.style.position = 'relative'
  }).observe(view.pages, { childList: true })
  view.render({ signing_id: 'sign_1', document_id: 'doc_1', state: 'asked', sha256: 'a'.repeat(64) })
}"""
TILE = "<svg xmlns='http://www.w3.org/2000/svg' width='8' height='8'><rect width='8' height='8' fill='white'/></svg>"
AGREE, ON = "[data-action=signing-agree]", "[data-action=signing-on]"
FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
DRAW = """strokes => {
  const pad = document.querySelector('.signing-pad')
  pad.setPointerCapture = () => {}
  const at = x => ({ pointerId: 1, clientX: x, clientY: 9, pressure: 0.5 })
  const send = (name, x) => pad.dispatchEvent(new PointerEvent(name, at(x)))
  for (let stroke = 0; stroke < strokes; stroke++) {
    send('pointerdown', stroke)
    for (let point = 0; point < 40; point++) send('pointermove', stroke + point)
    send('pointerup', stroke)
  }
  document.querySelector('[data-action=signing-done]').click()
}"""


class Paper:
    """A document of the service: its squares come when they may."""

    def __init__(self, pages: int, *, lost: int = 0) -> None:
        self.pages = pages
        self.lost = lost
        self.drawn = asyncio.Event()

    async def answer(self, route: Route) -> None:
        if "/pages/" not in route.request.url:
            await route.fulfill(json={"page_sizes": [[600, 800]] * self.pages})
            return
        self.lost -= 1
        if self.lost >= 0:
            await route.fulfill(status=503)
            return
        await self.drawn.wait()
        await route.fulfill(content_type="image/svg+xml", body=TILE)


async def shown(page: Page, paper: Paper) -> None:
    await page.route("**/api/documents/**", paper.answer)
    await page.evaluate(SIGNING)
    await page.wait_for_selector(ON)


async def to_the_end(page: Page) -> None:
    """Go to the end at one stroke, as the key End does."""
    await page.evaluate(
        "() => { const all = document.querySelector('.signing-pages'); all.scrollTop = all.scrollHeight }"
    )
    await page.evaluate(FRAMES)


async def test_a_page_counts_as_shown_when_its_picture_is_there(page: Page) -> None:
    paper = Paper(1, lost=2)
    await shown(page, paper)
    await page.evaluate(FRAMES)
    assert not await page.is_visible(AGREE)
    paper.drawn.set()
    await page.wait_for_selector(AGREE)


async def test_who_goes_to_the_end_at_once_is_brought_back_to_what_they_have_not_seen(page: Page) -> None:
    paper = Paper(3)
    paper.drawn.set()
    await shown(page, paper)
    await to_the_end(page)
    assert not await page.is_visible(AGREE)
    pressed = 0
    while not await page.is_visible(AGREE):
        pressed += 1
        assert pressed < 100
        await page.evaluate("on => document.querySelector(on)?.click()", ON)
        await page.evaluate(FRAMES)
    assert await page.is_visible(AGREE)


async def test_a_document_that_does_not_come_can_be_left_unsigned(page: Page) -> None:
    await page.route("**/api/documents/**", lambda route: route.fulfill(status=503))
    await page.evaluate(SIGNING)
    await page.wait_for_selector("[role=alert]:visible")
    assert await page.locator("button:visible").evaluate_all("all => all.map(one => one.dataset.action)") == [
        "signing-no"
    ]


async def test_however_long_one_draws_it_is_taken_and_sent_again_as_it_was(page: Page) -> None:
    sent: list[dict[str, Any]] = []

    async def take(route: Route) -> None:
        sent.append(dict(route.request.post_data_json or {}))
        await route.fulfill(status=503 if len(sent) == 1 else 200, json={})

    await page.route("**/signature", take)
    paper = Paper(1)
    paper.drawn.set()
    await shown(page, paper)
    await page.click(AGREE)
    await page.evaluate(DRAW, MOST_STROKES + 9)
    await page.wait_for_selector("[role=alert]:visible")
    async with page.expect_response("**/signature"):
        await page.click("[data-action=signing-done]")
    first, second = (parse(Given, body) for body in sent)
    second.check_read(1)
    assert first == second
    assert sum(map(len, second.strokes)) == MOST_POINTS
