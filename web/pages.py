"""Pages for every browser of the service: Jinja2 templates, catalogues in two languages, static files.

Promises:

- `install(app, parts)` gives an application the routes `/static/<part>/…` and `/vendor/…` and a `Renderer` under
  `app[RENDER]`. A part is a directory holding `templates/` and `static/` (the booth page, the console);
  `web` itself is always there, so that every page can reach `/static/web/js/link.js`.
- A page is rendered in the language of `?lang=`, else of the cookie `vw_lang`, else Chinese; all its words come from
  the catalogues; everything put into it is escaped.
- What a script of the page needs travels in one data block, `<script type="application/json" id="page-data">`; what
  every page is told, in its language, whoever installs says once.
- Pages are never cached; static files are always revalidated by entity tag, so that an upgrade is seen at once
  and an unchanged file costs one small answer.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from web.catalogues import DEFAULT_LANGUAGE, LANGUAGES, Catalogues

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Told = Callable[[str], Mapping[str, Any]]

HERE: Final = Path(__file__).parent

LANGUAGE_COOKIE: Final = "vw_lang"

VENDOR: Final[Mapping[str, Path]] = {
    "chinese.js": HERE / "node_modules/simple-keyboard-layouts/build/layouts/chinese.js",
    "echarts.esm.min.js": HERE / "node_modules/echarts/dist/echarts.esm.min.js",
    "signature_pad.min.js": HERE / "node_modules/signature_pad/dist/signature_pad.min.js",
    "socket.io.esm.min.js": HERE / "node_modules/socket.io-client/dist/socket.io.esm.min.js",
}
"""Third-party browser modules by the name they are served under."""

PAGE_HEADERS: Final[Mapping[str, str]] = {
    # No inline script or style anywhere: a script in a citizen's name or chat has nowhere to run.
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".woff2": "font/woff2",
}
"""The only kinds of file that are served; anything else beside them is not found."""


class Renderer:
    """Renders templates named `<part>/<file>`, for instance `booth/page.html` or `web/layout.html`."""

    def __init__(self, parts: Mapping[str, Path], told: Told) -> None:
        self.told = told
        self.catalogues = Catalogues.load(HERE / "i18n")
        loaders = {name: FileSystemLoader(root / "templates") for name, root in parts.items()}
        loaders["web"] = FileSystemLoader(HERE / "templates")
        self.environment = Environment(
            loader=PrefixLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def __call__(
        self,
        request: web.Request,
        template: str,
        page_data: Mapping[str, Any] | None = None,
        *,
        catalogues: tuple[str, ...] = ("common",),
        status: int = 200,
        **context: Any,
    ) -> web.Response:
        """Render a page.

        Args:
            template: `<part>/<file>`.
            page_data: JSON-ready members for the page's script, beside `lang`, `languages` and `messages`.
            catalogues: the catalogues whose words the page uses.
            context: further names for the template.
        """
        lang = language_of(request)
        data = {
            "lang": lang,
            "languages": list(LANGUAGES),
            "messages": self.catalogues.messages(lang, *catalogues),
            **self.told(lang),
            **(page_data or {}),
        }
        body = self.environment.get_template(template).render(
            lang=lang,
            languages=LANGUAGES,
            t=self.catalogues.translator(lang, *catalogues),
            page_data=data_block(data),
            path=request.path,
            **context,
        )
        response = web.Response(text=body, status=status, content_type="text/html", headers=PAGE_HEADERS)
        if request.query.get("lang") in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, lang, max_age=31_536_000, path="/", samesite="Lax")
        return response


RENDER: Final = web.AppKey("render", Renderer)


def language_of(request: web.Request) -> str:
    """The language this request asks for; a name nobody knows counts as not asked."""
    for wanted in (request.query.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wanted is not None and wanted in LANGUAGES:
            return wanted
    return DEFAULT_LANGUAGE


def data_block(data: Mapping[str, Any]) -> Markup:
    """JSON that cannot end the script element it stands in, whatever the strings hold."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def install(app: web.Application, parts: Mapping[str, Path], told: Told = lambda _lang: {}) -> None:
    """Give `app` the renderer and the static and vendor routes.

    Args:
        told: JSON-ready members for the script of every page in this language.
    """
    app[RENDER] = Renderer(parts, told)
    roots = {name: (root / "static").resolve() for name, root in parts.items()}
    app.router.add_get("/static/web/{path:(?:js|css|components|img)/.+}", static_route(HERE.resolve()))
    for name, root in roots.items():
        app.router.add_get(f"/static/{name}/{{path:.+}}", static_route(root))
    app.router.add_get("/vendor/{name}", vendor)


def static_route(root: Path) -> Any:
    """A handler that serves known kinds of file from under `root`, and nothing else."""

    async def serve(request: web.Request) -> web.StreamResponse:
        path = (root / request.match_info["path"]).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise web.HTTPNotFound
        return file_response(path)

    return serve


async def vendor(request: web.Request) -> web.StreamResponse:
    path = VENDOR.get(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    if not path.is_file():
        raise web.HTTPServiceUnavailable(text=f"{path.name} is not installed: run `npm ci` in web/")
    return file_response(path)


def file_response(path: Path) -> web.StreamResponse:
    content_type = CONTENT_TYPES.get(path.suffix)
    if content_type is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff", "Content-Type": content_type}
    return web.FileResponse(path, headers=headers)
