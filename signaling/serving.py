"""Listens: HTTPS with a given certificate, plain HTTP on the loopback beside it, until told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from signaling.config import Http

log = structlog.get_logger(__name__)

COLLECT = (50_000, 50, 100)
"""How seldom garbage is looked for. Waiting calls live long and make no cycles: the usual (700, 10, 10) costs the
engine a sixth of its speed."""


async def serve(
    app: web.Application, http: Http, *, ready: Callable[[Sequence[str]], Awaitable[None]] | None = None
) -> None:
    """Run the application until SIGINT or SIGTERM, then let it end in order.

    Args:
        ready: told the addresses once all of them listen.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=http.shutdown_grace_s)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    try:
        # A hall that cannot go on cancels the task that opened it: this one.
        await runner.setup()
        addresses = await _listen(runner, http)
        log.info("listening", addresses=addresses)
        if ready is not None:
            await ready(addresses)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT)
        await stop.wait()
        log.info("stopping")
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, http: Http) -> list[str]:
    tls = _tls(http)
    await web.TCPSite(runner, http.host, http.port, ssl_context=tls, reuse_address=True).start()
    if http.plain_port is not None:
        # Browsers give cameras to this plain address too, and to no other one.
        await web.TCPSite(runner, "127.0.0.1", http.plain_port, reuse_address=True).start()
    return [
        f"{'https' if tls and place == 0 else 'http'}://{_host(address)}:{address[1]}"
        for place, address in enumerate(runner.addresses)
    ]


def _tls(http: Http) -> ssl.SSLContext | None:
    if http.tls_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(http.tls_certificate, http.tls_key)
    return context


def _host(address: tuple[str, int]) -> str:
    host = address[0]
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
