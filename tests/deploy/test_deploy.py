"""What lies in deploy/ fits the service as it is: settings, measures, commands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from extension_point.devices.config import Settings
from signaling import config
from tests.signaling.house import open_house

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SUFFIXES = re.compile(r"_(bucket|count|sum|total)$")


def measures(text: str) -> set[str]:
    """Return the service's measures that an expression or a page of them names."""
    return {SUFFIXES.sub("", name) for name in re.findall(r"\bvw_\w+", text)}


def expressions(dashboard: Mapping[str, object]) -> str:
    """Return all queries of a dashboard."""
    return json.dumps(dashboard["panels"])


async def test_dashboard_and_alerts_ask_only_for_measures_the_service_has(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path) as house,
        aiohttp.ClientSession() as session,
        session.get(f"{house.url}/metrics") as answer,
    ):
        exposed = measures(await answer.text())
    dashboard = json.loads((DEPLOY / "grafana" / "virtual-window.json").read_text("utf-8"))
    alerts = (DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8")
    asked = measures(expressions(dashboard)) | measures(alerts)
    assert asked
    assert asked <= exposed


def test_the_example_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_WINDOW_ICE__TURN_SHARED_SECRET", "a secret")
    settings = config.load(DEPLOY / "virtual-window.toml")
    assert settings.http.trusted_proxies
    assert settings.ice.turn_urls


def test_the_unit_starts_the_command_the_project_installs() -> None:
    unit = (DEPLOY / "systemd" / "virtual-window.service").read_text("utf-8")
    assert "/virtual-window serve\n" in unit
    assert 'virtual-window = "signaling.cli:main"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_bridge_s_example_settings_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in re.findall(r"^(\w+)=(.*)$", (DEPLOY / "bridge.env").read_text("utf-8"), re.M):
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.origins == ("https://window.example.cn",)
    unit = (DEPLOY / "systemd" / "virtual-window-bridge.service").read_text("utf-8")
    assert "/virtual-window bridge\n" in unit


def test_the_proxy_lets_through_what_the_service_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_WINDOW_ICE__TURN_SHARED_SECRET", "a secret")
    settings = config.load(DEPLOY / "virtual-window.toml")
    proxy = (DEPLOY / "nginx" / "virtual-window.conf").read_text("utf-8")
    allowed = re.search(r"client_max_body_size (\d+)m;", proxy)
    assert allowed is not None
    assert int(allowed[1]) * 1024**2 >= settings.captures.max_bytes
    assert f"server 127.0.0.1:{settings.http.port};" in proxy
