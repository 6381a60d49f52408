"""The command `virtual-window`: serve, demo, bridge, admin, simulate.

Promise: a wrong setting, a wrong file of the district or an unknown name ends in one line that says which, on standard
error, and exit status 2; nothing is half done.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from signaling import admin, config, logs
from signaling.config import ConfigError
from signaling.errors import ServiceError
from signaling.world import World, WorldError

if TYPE_CHECKING:
    from collections.abc import Sequence

WRONG = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and options.command != "simulate":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return _run(options, rest)
    except (ConfigError, WorldError) as wrong:
        print(wrong, file=sys.stderr)
        return WRONG
    except ServiceError as refusal:
        print(refusal.detail, file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, rest: Sequence[str]) -> int:
    match options.command:
        case "simulate":
            from signaling.simulate import main as simulate  # reads its own arguments

            return simulate(list(rest))
        case "demo":
            from signaling.demo import run

            return run(options.config, options.data_dir, options.port, options.plain_port)
        case "serve":
            return _serve(options.config)
        case "bridge":
            from extension_point.devices.bridge import main as bridge  # reads its own settings

            bridge()
            return 0
        case _:
            settings = config.load(options.config)
            logs.configure("warning", "text")
            return asyncio.run(admin.run(options, settings, World.load(settings.world_dir)))


def _serve(file: Path | None) -> int:
    from signaling.app import create_app
    from signaling.serving import serve

    settings = config.load(file)
    logs.configure(settings.log.level, settings.log.format)
    app = create_app(settings, World.load(settings.world_dir))
    asyncio.run(serve(app, settings.http))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="virtual-window", description="A remote virtual window service.")
    parser.add_argument("--config", type=Path, help="the TOML file of settings (docs/settings.md)")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    commands.add_parser("serve", help="run the service")
    demo = commands.add_parser("demo", help="run it with the demo world, on this machine")
    demo.add_argument("--data-dir", type=Path, help="where the demo keeps its data (var/demo)")
    demo.add_argument("--port", type=int, help="HTTPS port (8443)")
    demo.add_argument("--plain-port", type=int, help="HTTP port on 127.0.0.1 (8080)")
    commands.add_parser("bridge", help="run the bridge to a booth's devices, on the booth's machine (docs/bridge.md)")
    admin.add_commands(commands.add_parser("admin", help="booths, staff, database"))
    commands.add_parser("simulate", help="run the routing engine through a simulated day", add_help=False)
    return parser
