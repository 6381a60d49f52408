"""The booth's page: rendered in both languages, with all words for both, and without anything secret or inline."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from extension_point import pages as booth
from web import pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

Client = TestClient[web.Request, web.Application]


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    pages.install(app, {booth.PART: booth.ROOT})
    app.add_routes(booth.routes)
    async with TestClient(TestServer(app)) as client:
        yield client


def page_data(text: str) -> dict[str, Any]:
    block = re.search(r'id="page-data">(.*?)</script>', text, re.DOTALL)
    assert block is not None
    data: dict[str, Any] = json.loads(block[1])
    return data


@pytest.mark.parametrize(("lang", "title"), [("zh-CN", "远程虚拟窗口"), ("en", "Virtual Window")])
async def test_the_page_speaks_the_asked_language_and_carries_both(client: Client, lang: str, title: str) -> None:
    text = await (await client.get("/booth", params={"lang": lang})).text()
    assert f'<html lang="{lang}">' in text
    assert f"<title>{title}" in text
    data = page_data(text)
    assert data["lang"] == lang
    assert sorted(data["catalogues"]) == ["en", "zh-CN"]
    assert data["messages"] == data["catalogues"][lang]


async def test_every_file_the_page_names_is_served(client: Client) -> None:
    text = await (await client.get("/booth")).text()
    files = re.findall(r'(?:href|src)="(/[^"]+)"', text)
    assert len(files) >= 8
    for path in files:
        assert (await client.get(path)).status == 200, path


async def test_every_module_a_script_imports_is_served(client: Client) -> None:
    seen: set[str] = set()
    waiting = ["/static/booth/booth.js"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = await client.get(path)
        assert answer.status == 200, path
        if path.startswith("/vendor/"):
            continue
        names = re.findall(r'^import .* from "([^"]+)"', await answer.text(), re.MULTILINE)
        waiting += [name if name.startswith("/") else join(path, name) for name in names]
    assert len(seen) > 25


def join(path: str, name: str) -> str:
    parts = path.split("/")[:-1]
    for step in name.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


async def test_the_page_has_no_inline_script_or_style(client: Client) -> None:
    text = await (await client.get("/booth")).text()
    assert "style=" not in text
    assert not re.search(r"\son[a-z]+=", text)
    scripts = re.findall(r"<script([^>]*)>", text)
    assert all("src=" in attributes or "application/json" in attributes for attributes in scripts)
