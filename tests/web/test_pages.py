"""Pages: the language is chosen, words are escaped, files are served, and nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from web import pages

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

Client = TestClient[web.Request, web.Application]


@pytest_asyncio.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "templates").mkdir()
    (tmp_path / "static").mkdir()
    (tmp_path / "secret.js").write_text("secret")
    (tmp_path / "static" / "script.js").write_text("export {}")
    (tmp_path / "static" / "notes.py").write_text("secret")
    (tmp_path / "templates" / "page.html").write_text(
        '{% extends "web/layout.html" %}{% block body %}<h1>{{ t("service.name") }}</h1><p>{{ who }}</p>{% endblock %}'
    )
    app = web.Application()
    pages.install(app, {"part": tmp_path})

    async def page(request: web.Request) -> web.Response:
        who = request.query.get("who", "")
        return request.app[pages.RENDER](request, "part/page.html", {"who": who}, who=who)

    app.router.add_get("/page", page)
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_the_language_comes_from_the_address_then_the_cookie_then_chinese(client: Client) -> None:
    assert "远程虚拟窗口" in await (await client.get("/page")).text()
    english = await client.get("/page?lang=en")
    assert "Virtual Window" in await english.text()
    assert english.cookies[pages.LANGUAGE_COOKIE].value == "en"
    assert "Virtual Window" in await (await client.get("/page")).text()
    assert "远程虚拟窗口" in await (await client.get("/page?lang=zh-CN")).text()


async def test_an_unknown_language_is_not_taken(client: Client) -> None:
    page = await client.get("/page?lang=../en")
    assert "远程虚拟窗口" in await page.text()
    assert pages.LANGUAGE_COOKIE not in page.cookies


@pytest.mark.parametrize("who", ["<script>alert(1)</script>", "</script><script>x", "\u2028", "&amp;", "<!--<script>"])
async def test_nothing_put_into_a_page_becomes_markup(client: Client, who: str) -> None:
    text = await (await client.get("/page", params={"who": who})).text()
    # The bare text is nowhere: neither in the body, where it is escaped, nor in the data block.
    assert "<" not in who or who not in text
    block = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text, re.DOTALL)
    assert block is not None
    assert json.loads(block[1])["who"] == who
    assert not set("<>&\u2028\u2029") & set(block[1])


async def test_a_page_forbids_inline_scripts_and_is_never_cached(client: Client) -> None:
    headers = (await client.get("/page")).headers
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "camera=(self)" in headers["Permissions-Policy"]


async def test_static_files_are_revalidated_by_their_tag(client: Client) -> None:
    first = await client.get("/static/part/script.js")
    assert first.status == 200
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Content-Type"].startswith("text/javascript")
    again = await client.get("/static/part/script.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize(
    "path",
    [
        "/static/part/../secret.js",
        "/static/part/%2e%2e/secret.js",
        "/static/part/..%2fsecret.js",
        "/static/part/notes.py",
        "/static/part/",
        "/static/part/none.js",
        "/static/web/pages.py",
        "/static/web/package.json",
        "/static/web/js/../pages.py",
        "/static/web/i18n/en/common.json",
        "/vendor/../pages.py",
        "/vendor/none.js",
    ],
)
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    assert (await client.get(path)).status == 404


async def test_the_shared_modules_and_the_socket_library_are_served(client: Client) -> None:
    for path in ("/static/web/js/link.js", "/static/web/css/tokens.css", "/vendor/socket.io.esm.min.js"):
        assert (await client.get(path)).status == 200
