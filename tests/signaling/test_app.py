"""The whole service: its addresses, its metrics, its command line, its beginning and end."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import ssl
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest
from cryptography import x509
from prometheus_client.parser import text_string_to_metric_families

from agent_console import events as console_events
from extension_point import events as booth_events
from signaling import cli
from signaling.certificate import self_signed
from signaling.errors import Unavailable
from signaling.routing.commands import Ready
from tests.signaling.house import WORLD, Clock, open_house, talk
from tests.signaling.journal.redis_server import RedisServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


BOOTH, AGENT, ITEM = "booth_taopu_center", "agent_chen_jing", "social_card_replace"
COMMAND = Path(sys.executable).with_name("virtual-window")


def test_every_message_has_somebody_who_answers_it() -> None:
    assert booth_events.table.unanswered() == set()
    assert console_events.table.unanswered() == set()


async def test_metrics_tell_the_day_in_the_services_words(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        booth, agent = await talk(house, BOOTH, AGENT, ITEM)
        await booth.refused("call.enter", item_id=ITEM)
        await agent.do("call.end", call_id=agent.call["call_id"], outcome="completed")
        async with aiohttp.ClientSession() as session, session.get(f"{house.url}/metrics") as answer:
            text = await answer.text()
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["vw_calls_entered_total", ("queue", "social")] == 1
    assert samples["vw_calls_ended_total", ("outcome", "completed"), ("queue", "social")] == 1
    assert samples["vw_offers_total", ("result", "accepted")] == 1
    assert samples["vw_wait_seconds_count", ("queue", "social")] == 1
    assert samples["vw_refusals_total", ("code", "booth_busy")] == 1
    assert samples["vw_answer_seconds_count", ("message", "call.enter")] == 1
    assert samples["vw_agents", ("state", "wrap_up")] == 1
    assert samples["vw_pages_connected", ("kind", "booth")] == 1
    assert AGENT not in text
    assert BOOTH not in text


async def test_pages_api_and_scripts_are_all_there(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, aiohttp.ClientSession(house.url) as session:
        for path in ("/booth", "/console", "/healthz", "/readyz", "/api/openapi.json", "/static/web/js/signal.js"):
            async with session.get(path) as answer:
                assert answer.status == 200, path
        async with session.get("/api/staff/me") as answer:
            assert answer.status == 401
            assert (await answer.json(content_type="application/problem+json"))["code"] == "not_signed_in"


async def test_a_wrong_setting_ends_with_its_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('world_dir = "x"\n[sockets]\nmessages_per_s = -1\n')
    assert cli.main(["--config", str(file), "serve"]) == 2
    assert "sockets.messages_per_s" in capsys.readouterr().err


async def test_the_service_runs_on_the_redis_journal_and_finds_its_call_again(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    clock = Clock()
    with RedisServer(tmp_path / "redis") as redis:
        journal = {"kind": "redis", "redis_url": redis.url}
        async with open_house(tmp_path, cookies=cookies, clock=clock, journal=journal) as house:
            booth, agent = await talk(house, BOOTH, AGENT, ITEM)
            await booth.do("chat.say", call_id=booth.call["call_id"], text="在吗", message_id="m1")
            call_id, link_id = booth.call["call_id"], booth.link_id
        assert not (tmp_path / "journal.sqlite").exists()
        async with open_house(tmp_path, cookies=cookies, clock=clock, journal=journal) as house:
            back, console = await house.page(BOOTH, booth.page_id), await house.page(AGENT, agent.page_id)
            assert (back.call["call_id"], back.link_id) == (call_id, link_id)
            await back.until(lambda page: not page.call["recovering"])
            await console.do("call.end", call_id=call_id, outcome="completed")
            await back.until(lambda page: page.view["phase"] == "rating")
            await back.do("call.rate", call_id=call_id, level=5)
            await house.service.projection.reach(house.service.hall.seq)
            assert await house.service.records.conversation.rating(call_id) is not None
            redis.kill()
            with pytest.raises(Unavailable):  # what cannot be kept is not done, and says so
                await house.service.hall.submit(Ready(AGENT))


class CommandLine:
    """`virtual-window` in a thread; a process of its own would import for longer than it works."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    async def __call__(self, data: Path, *arguments: str, given: str = "") -> tuple[int, str]:
        self._monkeypatch.setenv("VIRTUAL_WINDOW_WORLD_DIR", str(WORLD))
        self._monkeypatch.setenv("VIRTUAL_WINDOW_DATA_DIR", str(data))
        self._monkeypatch.setenv("VIRTUAL_WINDOW_DEMO", "true")
        self._monkeypatch.setattr("sys.stdin", io.StringIO(given))
        self._monkeypatch.setattr("signaling.logs.configure", lambda *_: None)  # the test's own logging stays
        self._capsys.readouterr()
        code = await asyncio.to_thread(cli.main, arguments)
        return code, self._capsys.readouterr().out


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


async def test_booths_and_staff_are_administered_beside_the_service(tmp_path: Path, command_line: CommandLine) -> None:
    code, out = await command_line(tmp_path, "admin", "booth", "enrol", BOOTH, "--url", "https://window.example.cn/")
    name, _, link = out.strip().partition("\t")
    assert (code, name) == (0, BOOTH)
    assert link.startswith("https://window.example.cn/booth#enrol=vwb_")
    assert (await command_line(tmp_path, "admin", "booth", "enrol", "booth_on_the_moon"))[0] == 2
    code, out = await command_line(tmp_path, "admin", "agent", "password", "chenjing", given="correct horse battery\n")
    assert code == 0
    assert (await command_line(tmp_path, "admin", "agent", "password", "chenjing", given="short\n"))[0] == 2
    assert (await command_line(tmp_path, "admin", "agent", "revoke", "nobody"))[0] == 2
    _, out = await command_line(tmp_path, "admin", "agent", "list")
    assert "password set" in next(line for line in out.splitlines() if line.startswith("chenjing"))
    _, out = await command_line(tmp_path, "admin", "booth", "list")
    assert len(out.splitlines()) == 26
    assert (await command_line(tmp_path, "admin", "migrate"))[0] == 0


async def test_what_the_command_line_revokes_is_closed_in_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: CommandLine
) -> None:
    monkeypatch.setattr("signaling.upkeep.SWEEP_S", 0.2)
    async with open_house(tmp_path) as house:
        booth = await house.page(BOOTH)
        code, out = await command_line(tmp_path, "admin", "booth", "revoke", BOOTH)
        assert (code, out) == (0, f"{BOOTH}: 1 sign-ins ended\n")
        await booth.until(lambda page: page.closed)
        assert booth.events[-1][0] == "signed_out"
        agent = await house.page(AGENT)
        await agent.do("agent.ready")
        assert (await command_line(tmp_path, "admin", "agent", "revoke", "chenjing"))[0] == 0
        await agent.until(lambda page: page.closed)
        assert agent.events[-1][0] == "signed_out"


@contextlib.asynccontextmanager
async def demo(data: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """Run the demo until it has said hello; it must end well at Ctrl-C."""
    process = await asyncio.create_subprocess_exec(
        COMMAND, "demo", "--data-dir", data, "--port", "0", "--plain-port", "0",
        env={name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_WINDOW_")},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(60):
            said = await process.stdout.readuntil(b"self-signed")
        yield process, said.decode()
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            errors = await process.stderr.read()
            assert await process.wait() == 0, errors.decode()
            assert errors == b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_demo_says_where_to_go_and_stays_enrolled(tmp_path: Path) -> None:
    async with demo(tmp_path) as (_, said):
        links = [word for word in said.split() if "#enrol=" in word]
        assert len(links) == 26
        plain = links[0].partition("/booth")[0]
        secure = next(word for word in said.split() if word.startswith("https://"))
        assert "chenjing" in said
        port = secure.rpartition(":")[2]
        trust = ssl.create_default_context(cafile=str(tmp_path / "demo-certificate.pem"))
        async with aiohttp.ClientSession() as session:
            async with session.get(f"https://localhost:{port}/booth", ssl=trust) as answer:
                assert answer.status == 200
            credential = {"credential": links[0].partition("#enrol=")[2].partition("&bridge=")[0]}
            async with session.post(f"{plain}/api/booth/session", json=credential) as answer:
                assert answer.status == 204
    async with demo(tmp_path) as (_, said):
        again = [word for word in said.split() if "#enrol=" in word]
        assert [link.partition("=")[2] for link in again] == [link.partition("=")[2] for link in links]


def test_the_demos_certificate_is_for_the_names_asked_and_kept(tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path, ["hall.example", "127.0.0.1"])
    made = certificate.read_bytes()
    names = x509.load_pem_x509_certificate(made).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == ["hall.example"]
    assert key.stat().st_mode & 0o077 == 0
    assert self_signed(tmp_path, ["127.0.0.1"])[0].read_bytes() == made
    assert self_signed(tmp_path, ["other.example"])[0].read_bytes() != made
