"""Whether a screen of the booth is fit to be shown: nothing cut off or covered, all of it to be touched and read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Page

AXE = (Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
SIZES = {"portrait": (1080, 1920), "landscape": (1920, 1080), "laptop": (1366, 768)}


async def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page for people who see, hear or move differently (WCAG 2.2 A and AA)."""
    # Contrast is measured on still pictures: the new screen fades in.
    await page.wait_for_function(STILL)
    await page.evaluate(f"() => {{ if (!globalThis.axe) {{ {AXE} }} }}")
    found: list[dict[str, Any]] = await page.evaluate(
        "async () => (await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']})).violations"
    )
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


async def shown_at(page: Page, size: str) -> None:
    width, height = SIZES[size]
    await page.set_viewport_size({"width": width, "height": height})


async def looks_right(page: Page, name: str) -> None:
    """Nothing is cut off, covered or hard to read. With `VW_PICTURES` set, the screen is kept there to be looked at."""
    await page.wait_for_function(STILL)
    if folder := os.environ.get("VW_PICTURES"):
        await page.screenshot(path=Path(folder) / f"{name}.png")
    if not await page.locator("dialog").count():
        assert await page.evaluate(CLIPPED) == []
    assert await violations(page) == []


STILL = (
    """() => !document.getAnimations().some(one => one.animationName?.endsWith('-in') && one.playState === 'running')"""
)

CLIPPED = """() => {
  const out = []
  const { innerWidth: width, innerHeight: height } = window
  if (document.documentElement.scrollWidth > width) out.push('the page is wider than the display')
  for (const element of document.querySelectorAll('h1, .actions .button, .header .button, .attract-start, .tool')) {
    const box = element.getBoundingClientRect()
    if (!box.width) continue
    const inside = box.left >= 0 && box.top >= 0 && box.right <= width + 1 && box.bottom <= height + 1
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
    const top = inside && element.tagName === 'BUTTON' && document.elementFromPoint(x, y)
    const over = top && !element.contains(top) ? top.outerHTML.slice(0, 99) : ''
    if (over) out.push(`covered: ${element.outerHTML.slice(0, 99)} by ${over}`)
    if (!inside) out.push(`outside: ${element.outerHTML.slice(0, 100)}`)
  }
  for (const button of document.querySelectorAll('button')) {
    const { width, height } = button.getBoundingClientRect()
    const name = button.outerHTML.slice(0, 100)
    if (width && button.offsetParent && height < 63) out.push(`only ${height} px: ${name}`)
    if (button.scrollWidth > button.clientWidth + 1) out.push(`its words do not fit: ${name}`)
  }
  return out
}"""
