"""`virtual-window demo`: the whole service with the demo world on one machine, a media node and a bridge beside it.

Makes what a real district gets otherwise: a self-signed certificate, a credential for each booth, the demo's passwords.
All of it lies in one directory that may be deleted; started again with the same one it continues where it was, links
and sign-ins included. None of it works outside the demo.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from extension_point.devices.bridge import token
from signaling import config, logs
from signaling.admin import enrol_link
from signaling.app import SERVICE, create_app
from signaling.certificate import self_signed
from signaling.serving import serve
from signaling.world import World

if TYPE_CHECKING:
    from signaling.service import Service

WORLD = Path(__file__).parents[1] / "deploy" / "demo"
DATA = Path("var") / "demo"
AGAIN_S = 1.0
ADDRESSES: Final = web.AppKey[asyncio.Future[Sequence[str]]]("addresses", asyncio.Future)
"""Where the service listens on the loopback, once it does; the plain one is the last."""
BRIDGE_PORT: Final = web.AppKey("bridge_port", int)


def run(file: Path | None, data_dir: Path | None, port: int | None, plain_port: int | None) -> int:
    """Serve the demo until Ctrl-C."""
    data = data_dir or DATA
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate, key = self_signed(data, _names())
    settings = config.load(
        file,
        {
            "demo": True,
            "nodes": {"token": secrets.token_hex(24)},
            "world_dir": WORLD,
            "data_dir": data,
            "http": {
                "host": "0.0.0.0",
                "port": 8443 if port is None else port,
                "plain_port": 8080 if plain_port is None else plain_port,
                "tls_certificate": certificate,
                "tls_key": key,
            },
            "log": {"level": "warning", "format": "text"},
        },
    )
    logs.configure(settings.log.level, settings.log.format)
    app = create_app(settings, World.load(settings.world_dir))
    paired = token(data / "bridge")
    app[BRIDGE_PORT] = _same_port(data / "bridge" / "port", 7681)
    pairing = f"{app[BRIDGE_PORT]}.{paired}"
    app.cleanup_ctx.append(_beside)

    async def ready(addresses: Sequence[str]) -> None:
        service = app[SERVICE]
        app[ADDRESSES].set_result(addresses)
        print(_welcome(service.world, await _credentials(service), pairing, addresses), flush=True)

    asyncio.run(serve(app, settings.http, ready=ready))
    return 0


async def _beside(app: web.Application) -> AsyncIterator[None]:
    """Keep a media node and a booth's bridge running beside the service, each a process of its own."""
    app[ADDRESSES] = asyncio.get_running_loop().create_future()
    keepers = [asyncio.create_task(_keep_node(app)), asyncio.create_task(_keep_bridge(app))]
    yield
    for keeper in keepers:
        keeper.cancel()
    await asyncio.gather(*keepers, return_exceptions=True)


async def _keep_node(app: web.Application) -> None:
    settings, plain = app[SERVICE].settings, (await app[ADDRESSES])[-1]
    assert settings.nodes.token is not None  # the demo's own
    node = {
        "NODE_ID": "demo",
        "BIND_PORT": "0",
        "PUBLIC_ADDRESSES": ",".join(_addresses()),
        "CONTROL_URLS": f"{plain.replace('http', 'ws', 1)}/nodes",
        "CONTROL_TOKEN": settings.nodes.token.get_secret_value(),
        "METRICS_PORT": "0",
        "RECORDINGS_DIR": str(settings.data_dir / "recordings"),
        "MASTER_KEY": base64.b64encode(settings.captures_key()).decode(),
        "DRAIN_S": "0",  # the demo ends at once, calls and all
    }
    environment = {f"VIRTUAL_WINDOW_MEDIA_{name}": value for name, value in node.items()}
    await _keep("media", environment, settings.data_dir / "node.log")


async def _keep_bridge(app: web.Application) -> None:
    """One bridge serves all booths that are opened on this machine; what it prints lies in the demo's folder."""
    data, addresses = app[SERVICE].settings.data_dir, await app[ADDRESSES]
    names = [f"[{name}]" if ":" in name else name for name in _names()]
    bridge = {
        "PORT": str(app[BRIDGE_PORT]),
        "ORIGINS": ",".join(address.replace("127.0.0.1", name) for address in addresses for name in names),
        "STATE_DIR": str(data / "bridge"),
        "PRINT_TO": str(data / "printed"),
        "SIMULATE": "card_reader,signature_pad,document_camera",
    }
    environment = {f"VIRTUAL_WINDOW_BRIDGE_{name}": value for name, value in bridge.items()}
    await _keep("extension_point.devices", environment, data / "bridge.log")


async def _keep(module: str, environment: dict[str, str], log: Path) -> None:
    """Run a process until cancelled, again when it dies; what it says goes into `log`. It ends with this one."""
    while True:
        with log.open("ab") as said:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "signaling.child", str(os.getpid()), module, env=environment | os.environ,
                stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip
        try:
            await process.wait()
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
        await asyncio.sleep(AGAIN_S)


def _same_port(kept: Path, wanted: int) -> int:
    """Return the port of the last time, so that pages stay paired; at first the wanted one, or any that is free."""
    if kept.exists():
        wanted = int(kept.read_text("utf-8"))
    port = _free_port(wanted)
    kept.write_text(str(port), "utf-8")
    return port


def _free_port(wanted: int) -> int:
    """Return the port, or any free one where somebody has it already."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _credentials(service: Service) -> dict[str, str]:
    """Return a working credential for each booth, making those that are missing."""
    file = service.settings.data_dir / "booth-credentials.json"
    known: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    store = service.records.credentials
    for booth_id in service.world.booths:
        digest = hashlib.sha256(known.get(booth_id, "").encode()).digest()
        if await store.credential(digest) is None:
            known[booth_id] = await service.auth.enrol_booth(booth_id, "demo")
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(known, out, indent=1)
    return known


def _welcome(world: World, credentials: dict[str, str], pairing: str, addresses: Sequence[str]) -> str:
    plain = addresses[-1]
    lines = [
        "",
        "The virtual window is open. Ctrl-C closes it.",
        "",
        "Booths (one machine, browser profile or private window each):",
    ]
    for booth_id, credential in credentials.items():
        place = world.place(booth_id)
        lines.append(f"  {place.street.name} {place.point.name}")
        lines.append(f"    {enrol_link(plain, credential)}&bridge={pairing}")
    lines += ["", f"Console: {plain}/console", "  sign in as         password"]
    for agent in world.agents.values():
        skills = ", ".join(world.skills[skill].name for skill in agent.skills)
        lines.append(f"  {agent.login:<18} {agent.initial_password:<22} {agent.name} {agent.title}: {skills}")
    if len(addresses) > 1:
        lines += ["", f"From other machines: {addresses[0].replace('127.0.0.1', _names()[0])} instead of {plain}"]
        lines.append("  (the certificate is self-signed: the browser asks once)")
    return "\n".join(lines) + "\n"


def _addresses() -> list[str]:
    """Return the addresses of this machine, the loopback last."""
    found = []
    for name in _names():
        with suppress(ValueError):
            address = ip_address(name)
            found += [name] if address.version == 4 and not address.is_loopback else []
    return [*found, "127.0.0.1"]


def _names() -> list[str]:
    """Return the names and addresses under which other machines may reach this one."""
    host = socket.gethostname()
    names = [host]
    with suppress(OSError):  # a machine that does not know itself by name
        names += sorted({str(info[4][0]) for info in socket.getaddrinfo(host, None, socket.AF_INET)})
    return [*names, "localhost", "127.0.0.1", "::1"]
