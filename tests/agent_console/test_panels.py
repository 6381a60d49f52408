"""Parts of the desk by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.conftest import browser, page, site

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["browser", "page", "site"]
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CODES = ["https://evil.example/?a=<b>", "javascript:alert(1)", "<a href='//evil.example'>x</a>"]


async def test_what_a_code_on_a_paper_says_is_shown_as_words_and_opens_nothing(page: Page) -> None:
    texts, alive = await page.evaluate(
        """async codes => {
          const { details } = await import('/static/console/panels/findings.js')
          const reading = { capture_id: 'cap_1', state: 'read', kind: 'form', problems: [], fields: [],
                            codes: codes.map(text => ({ text })) }
          document.body.append(details({ findings: [] }, [reading], [], () => {}, true))
          const shown = [...document.querySelectorAll('.code-text')]
          const alive = document.querySelectorAll('a, script, [href], [src], .code-text *')
          return [shown.map(one => one.textContent), alive.length]
        }""",
        CODES,
    )
    assert (texts, alive) == (CODES, 0)


async def test_a_device_is_free_again_when_its_answer_was_missed(page: Page) -> None:
    free = await page.evaluate(
        """async () => {
          const { Tools } = await import('/static/console/desk/tools.js')
          const [toolsAsk, toolsPrintable] = [async () => ({}), async () => []]
          const tools = new Tools({ toolsAsk, toolsPrintable, toolsChanged: () => {} })
          const live = { lease_id: 'lease_1', state: 'live', devices: ['printer'] }
          tools.restore([live], [])
          await tools.do('printer', 'print')
          const busy = !tools.can('printer')
          tools.restore([live], []) // the socket was away meanwhile
          return [busy, tools.can('printer')]
        }"""
    )
    assert free == [True, True]
