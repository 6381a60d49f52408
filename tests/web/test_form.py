"""A form as a page knows it: whatever comes late, the newest stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

OPEN = """async () => {
  const { Form } = await import('/static/web/js/form.js')
  window.fetch = async () => Response.json({ forms: [{ id: 'form_1', sections: [] }] })
  window.reading = []
  const signal = { request: () => new Promise(done => reading.push(done)) }
  window.form = new Form({ signal, changed: () => {} })
  window.of = (version, name, state) => ({
    version, problems: {}, entries: { name: { value: name, version } },
    signings: [{ signing_id: 'sign_1', form_id: 'form_1', state }],
  })
  window.shown = () => [form.version, form.value('name'), form.signing.state]
  window.begun = async () => { while (!reading.length) await new Promise(requestAnimationFrame) }
}"""


async def test_what_was_told_while_the_form_was_read_is_newer_than_the_answer(page: Page) -> None:
    await page.evaluate(OPEN)
    shown = await page.evaluate(
        """async () => {
          const following = form.follow('call_1', 'item_1')
          await begun()
          form.handle('form.changed', { call_id: 'call_1', form_id: 'form_1', ...of(2, 'new') })
          form.handle('sign.changed', { call_id: 'call_1', signing_id: 'sign_1', form_id: 'form_1', state: 'asked' })
          reading.shift()(of(1, 'old', 'preparing'))
          await following
          return shown()
        }"""
    )
    assert shown == [2, "new", "asked"]


async def test_what_was_missed_while_the_page_was_away_is_read_anew(page: Page) -> None:
    await page.evaluate(OPEN)
    shown = await page.evaluate(
        """async () => {
          const following = form.follow('call_1', 'item_1')
          await begun()
          reading.shift()(of(1, 'old', 'asked'))
          await following
          const late = form.follow('call_1', 'item_1', true), anew = form.follow('call_1', 'item_1', true)
          reading[1](of(3, 'new', 'withdrawn'))
          await anew
          reading[0](of(2, 'older', 'asked'))
          await late
          return shown()
        }"""
    )
    assert shown == [3, "new", "withdrawn"]
