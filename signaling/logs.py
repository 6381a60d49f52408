"""Logs: one line an event, JSON for machines or text for people. No personal data, no secret, no message content.

What our code logs is chosen field by field where it happens. What libraries log goes through the same door, but never
in debug: there they write down what they handle, the database driver every chat line it stores.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

OURS = ("signaling", "extension_point", "agent_console", "web")
SECRET = ("password", "token", "cookie", "credential", "secret", "sdp", "text")


def configure(level: str, form: str) -> None:
    """Send everything to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _withhold,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    last: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    if form == "text":
        # The default formatter would print every frame's variables: citizens' names and words among them.
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last]
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    wanted = logging.getLevelName(level.upper())
    root.setLevel(max(wanted, logging.INFO))
    for name in OURS:
        logging.getLogger(name).setLevel(wanted)
    # Every request of every page: what they ask for is in the metrics, who asked is nobody's business.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def _withhold(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for name in event:
        if name in SECRET:
            event[name] = "withheld"
    return event
