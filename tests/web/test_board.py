"""What one does on the board before the server's word on the last thing has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

TURN = """async turns => {
  const { Board } = await import("/static/web/js/board.js")
  const surface = { kind: "document", id: "doc_1", pages: 5, version: "" }
  const view = { left: 0, top: 0, right: 1, bottom: 1 }
  const asked = [], answers = []
  const request = (name, payload) => {
    if (name === "board.read") return Promise.resolve({ seq: 1, surface, page: 1, view, leader: "", marks: [] })
    asked.push(payload.page)
    return new Promise(done => answers.push(done))
  }
  let read
  const ready = new Promise(done => { read = done })
  const board = new Board({ signal: { request }, delegate: { boardChanged: () => board?.surface && read() } })
  board.follow("call_1")
  await ready
  for (const pages of turns) board.turn(pages)
  // The server's word comes in its order: what has changed, then its answer.
  const told = page => ({ call_id: "call_1", seq: board.seq + 1, surface, page, view, leader: "" })
  for (const page of asked) board.handle("board.changed", told(page))
  for (const done of answers) done({})
  await new Promise(done => setTimeout(done))
  board.turn(1)
  return asked
}"""


@pytest.mark.parametrize(
    ("turns", "pages"), [([1, 1], [2, 3, 4]), ([1, 1, -1], [2, 3, 2, 3]), ([-1], [2]), ([1, 1, 1, 1, 1], [2, 3, 4, 5])]
)
async def test_pages_turned_faster_than_the_server_answers_are_all_turned(
    page: Page, turns: list[int], pages: list[int]
) -> None:
    assert await page.evaluate(TURN, turns) == pages
