"""Recording, from the citizen's answer to the file: a real service, real nodes, and pages made of sockets."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hashlib
import io
from typing import TYPE_CHECKING, Any

import aiohttp
import av
import pytest
from sqlalchemy import select

from signaling import steering
from signaling.records.tables import AuditRow
from tests.browser.waiting import until
from tests.media.synthetic import DELTA, KEY, Caller
from tests.signaling.house import open_house, talk
from tests.signaling.hub import NODES, Hub, hosted_link, open_hub, ways

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from media.node import Node
    from media.recording import CallRecording, Recordings
    from tests.signaling.house import House, Page

BOOTH, AGENT, SUPERVISOR = "booth_taopu_center", "agent_gu_yuting", "supervisor_zhao_lin"
ITEM, PLAIN = "temporary_aid", "social_card_replace"
SOUND = b"\xfc\xff\xfe"


@dataclasses.dataclass
class Filmed:
    """A call that is recorded, with what its two people send."""

    hub: Hub
    node: Node
    booth: Page
    agent: Page
    callers: list[Caller] = dataclasses.field(default_factory=list)

    @property
    def call_id(self) -> str:
        return str(self.booth.call["call_id"])

    @property
    def recordings(self) -> Recordings:
        assert self.node.desk.recordings is not None
        return self.node.desk.recordings

    def running(self) -> CallRecording | None:
        return next((one for one in self.recordings.running.values() if one.recording_id == self.call_id), None)

    async def agree(self) -> None:
        await self.booth.do("recording.answer", call_id=self.call_id, agreed=True)
        self.callers = await self.hub.play(self.booth, self.agent)
        for page in (self.booth, self.agent):
            await page.until(lambda page: page.call["recording"]["on"])

    async def send(self, seconds: float = 1.2) -> None:
        """Let both send picture and sound until the node has put some of it together."""
        for step in range(int(seconds / 0.04)):
            for caller in self.callers:
                # A key frame a second: a segment that is closed in between begins anew with one.
                caller.say("camera", (KEY if step % 25 == 0 else DELTA) + bytes([step]))
                caller.say("microphone", SOUND)
            await asyncio.sleep(0.04)


@pytest.fixture
async def filmed(tmp_path: Path) -> AsyncIterator[Filmed]:
    async with open_hub(tmp_path / "service") as hub:
        node = await hub.node("node_1", tmp_path / "node_1", segment_s=1.0)
        booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
        yield Filmed(hub, node, booth, agent)


@contextlib.asynccontextmanager
async def reader(house: House, person_id: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(house.url, headers={"Cookie": await house.cookie(person_id)}) as session:
        yield session


async def kept(house: House, call_id: str, least: int) -> list[Any]:
    """Wait until so many segments are in the books."""
    found: list[Any] = []

    async def enough() -> bool:
        found[:] = await house.service.records.recordings.segments(call_id)
        return len(found) >= least

    await until(enough, f"{least} segments are kept")
    return found


async def test_nothing_is_recorded_before_the_citizen_agrees_and_the_call_is_hosted_from_then_on(
    filmed: Filmed,
) -> None:
    booth, agent = filmed.booth, filmed.agent
    asked = {"consent": "asked", "on": False, "trouble": ""}
    assert booth.call["recording"] == agent.call["recording"] == asked
    assert ways(booth) == ["direct"]
    await booth.do("recording.answer", call_id=filmed.call_id, agreed=False)
    await agent.until(lambda page: page.call["recording"]["consent"] == "declined")
    await agent.do("recording.ask", call_id=filmed.call_id)
    await booth.until(lambda page: page.call["recording"]["consent"] == "asked")
    assert filmed.running() is None
    await filmed.agree()
    assert ways(booth) == ways(agent) == ["hosted"]
    assert agent.call["recording"] == {"consent": "agreed", "on": True, "trouble": ""}
    assert await agent.refused("recording.ask", call_id=filmed.call_id) == "wrong_state"
    answers = await filmed.hub.house.service.records.recordings.consent(filmed.call_id)
    assert [word for word, _ in answers] == ["declined", "asked_again", "agreed"]


async def test_an_item_without_a_policy_is_never_recorded(filmed: Filmed) -> None:
    booth, agent = await talk(filmed.hub.house, "booth_caoyang_center", "agent_chen_jing", PLAIN)
    assert booth.call["recording"] is None
    refused = await booth.refused("recording.answer", call_id=booth.call["call_id"], agreed=True)
    assert refused == "not_recorded"
    assert await agent.refused("recording.ask", call_id=booth.call["call_id"]) == "not_recorded"


async def test_withdrawn_consent_stops_the_writing_when_it_is_acknowledged(filmed: Filmed) -> None:
    await filmed.agree()
    await filmed.send()
    running = filmed.running()
    assert running is not None
    recorders = list(running.recorders.values())
    assert {(one.slate.role, one.slate.kind) for one in recorders} == {
        (role, kind) for role in ("citizen", "agent") for kind in ("camera", "microphone")
    }
    await filmed.booth.do("recording.answer", call_id=filmed.call_id, agreed=False)
    assert filmed.running() is None
    frames = [one.frames for one in recorders]
    await filmed.send(0.3)
    assert [one.frames for one in recorders] == frames
    await filmed.agent.until(
        lambda page: page.call["recording"] == {"consent": "withdrawn", "on": False, "trouble": ""}
    )


@pytest.mark.parametrize("interruption", ["", "consent", "hold"])
async def test_what_was_not_to_be_recorded_while_the_node_was_away_is_thrown_away(
    filmed: Filmed, monkeypatch: pytest.MonkeyPatch, interruption: str
) -> None:
    monkeypatch.setattr(steering, "BACK_S", 30.0)
    await filmed.agree()
    before, nodes = filmed.running(), filmed.hub.house.service.nodes
    assert before is not None
    with monkeypatch.context() as patch:
        patch.setattr(nodes, "_in_charge", lambda: False)
        nodes._nodes["node_1"].cut()
        await until(lambda: not nodes.alive("node_1") and not before.asked_here, "they have lost each other")
        last_wanted = before.wanted_until
        await filmed.send(0.2)
        if interruption == "consent":
            for agreed in (False, True):
                await filmed.booth.do("recording.answer", call_id=filmed.call_id, agreed=agreed)
        elif interruption == "hold":
            for change in ("call.hold", "call.resume"):
                await filmed.agent.do(change, call_id=filmed.call_id)
    await until(lambda: (now := filmed.running()) is not None and now.asked_here, "it is asked for again")
    # What arrived while they were apart is kept if nothing came between, and else ended with the break.
    assert (filmed.running() is before) == (not interruption)
    assert (before.wanted_until == last_wanted) == bool(interruption)


async def test_hold_interrupts_and_resume_goes_on(filmed: Filmed) -> None:
    await filmed.agree()
    await filmed.agent.do("call.hold", call_id=filmed.call_id)
    await until(lambda: filmed.running() is None, "the node stops")
    await filmed.booth.until(lambda page: not page.call["recording"]["on"])
    assert filmed.booth.call["recording"] == {"consent": "agreed", "on": False, "trouble": ""}
    await filmed.agent.do("call.resume", call_id=filmed.call_id)
    await until(lambda: filmed.running() is not None, "the node records again")


async def test_a_recording_that_stops_by_itself_is_told_and_the_call_goes_on(filmed: Filmed) -> None:
    boss = await filmed.hub.house.page(SUPERVISOR)
    await boss.do("floor.watch")
    await filmed.agree()
    filmed.recordings._give_up(filmed.node.board.now(), "disk_full")
    for page in (filmed.booth, filmed.agent):
        await page.until(
            lambda page: page.call["recording"] == {"consent": "agreed", "on": False, "trouble": "disk_full"}
        )
    alert = f"recording_stopped.{filmed.call_id}"
    await boss.until(lambda page: alert in {row["id"] for _, told in page.events for row in told.get("alerts", [])})
    assert ways(filmed.booth) == ["hosted"]


async def test_a_call_without_a_node_that_records_says_so(tmp_path: Path) -> None:
    async with open_hub(tmp_path / "service") as hub:
        node = await hub.node("node_1")
        booth, agent = await talk(hub.house, BOOTH, AGENT, ITEM)
        filmed = Filmed(hub, node, booth, agent)
        await booth.do("recording.answer", call_id=filmed.call_id, agreed=True)
        await hub.play(booth, agent)
        await agent.until(lambda page: page.call["recording"]["trouble"] == "refused")


async def test_segments_are_kept_also_those_told_while_nobody_listened(filmed: Filmed, tmp_path: Path) -> None:
    await filmed.agree()
    await filmed.send(2.5)
    segments = await kept(filmed.hub.house, filmed.call_id, 4)
    assert {one.person_id for one in segments} == {BOOTH, AGENT}
    assert {one.role for one in segments} == {"citizen", "agent"}
    # The service loses its books; the node comes anew and is asked what it has.
    await filmed.booth.do("recording.answer", call_id=filmed.call_id, agreed=False)
    await filmed.recordings.settle()
    there = filmed.recordings.shelf.counts()[filmed.call_id]
    async with (
        open_house(tmp_path / "other", **NODES) as other,
        contextlib.AsyncExitStack() as stack,
    ):
        await Hub(other, stack).node("node_1", tmp_path / "node_1")
        assert len(await kept(other, filmed.call_id, there)) == there


async def test_a_recording_is_watched_with_a_reason_and_its_bytes_are_what_was_hashed(filmed: Filmed) -> None:
    house = filmed.hub.house
    await filmed.agree()
    await filmed.send(2.5)
    await kept(house, filmed.call_id, 4)
    await house.service.projection.reach(house.service.hall.seq)
    async with reader(house, SUPERVISOR) as boss, reader(house, AGENT) as agent:
        for who, may in ((boss, True), (agent, False)):
            told = await (await who.get(f"/api/calls/{filmed.call_id}/recording")).json()
            assert (told["may_watch"], told["segments"] >= 4) == (may, True)
        viewings = f"/api/calls/{filmed.call_id}/recording/viewings"
        assert (await agent.post(viewings, json={"reason": "投诉核查"})).status == 403
        assert (await boss.post(viewings, json={"reason": ""})).status == 400
        viewing = (await (await boss.post(viewings, json={"reason": "投诉核查"})).json())["viewing_id"]
        assert (await agent.get(f"/api/viewings/{viewing}")).status == 404
        shown = await (await boss.get(f"/api/viewings/{viewing}")).json()
        assert shown["live"] is True
        one = next(one for one in shown["segments"] if one["kind"] == "camera")
        content = await (await boss.get(f"/api/viewings/{viewing}/segments/{one['id']}")).read()
        assert hashlib.sha256(content).hexdigest() == one["sha256"]
        with av.open(io.BytesIO(content), "r") as source:
            assert source.streams[0].codec_context.name == "vp8"
        later = await (await boss.get(f"/api/viewings/{viewing}?after={shown['segments'][-1]['id']}")).json()
        assert not {each["id"] for each in later["segments"]} & {each["id"] for each in shown["segments"]}
        assert (await boss.get(f"/api/viewings/{viewing}/segments/999999")).status == 404
    async with house.service.records.database.reading() as session:
        noted = select(AuditRow.actor, AuditRow.detail).where(AuditRow.action == "recording_opened")
        audit = (await session.execute(noted)).all()
    assert [(row.actor, row.detail["reason"]) for row in audit] == [(SUPERVISOR, "投诉核查")]


async def test_one_file_is_made_in_the_background_and_fetched_whole(filmed: Filmed) -> None:
    house = filmed.hub.house
    await filmed.agree()
    await filmed.send(2.5)
    await kept(house, filmed.call_id, 4)
    await house.service.projection.reach(house.service.hall.seq)
    async with reader(house, SUPERVISOR) as boss:
        opened = await boss.post(f"/api/calls/{filmed.call_id}/recording/viewings", json={"reason": "质量检查"})
        viewing = f"/api/viewings/{(await opened.json())['viewing_id']}"
        (asked,) = (await (await boss.post(f"{viewing}/exports", json={"form": "tracks"})).json())["exports"]
        assert (await boss.get(f"{viewing}/exports/{asked['export_id']}/content")).status in (200, 404)

        async def finished() -> Any:
            (made,) = (await (await boss.get(viewing)).json())["exports"]
            return made if made["state"] != "running" else None

        made = await until(finished, "the file is made", 30)
        assert (made["state"], made["share"]) == ("done", 1.0)
        answer = await boss.get(f"{viewing}/exports/{made['export_id']}/content")
        content = await answer.read()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert (len(content), hashlib.sha256(content).hexdigest()) == (made["size"], made["sha256"])
    with av.open(io.BytesIO(content), "r") as source:
        assert sorted(stream.type for stream in source.streams) == ["audio", "audio", "video", "video"]


async def test_a_call_that_was_recorded_on_two_nodes_is_one_file(filmed: Filmed, tmp_path: Path) -> None:
    house, booth, agent = filmed.hub.house, filmed.booth, filmed.agent

    async def both_sides_are_kept(by: Recordings) -> None:
        async with asyncio.timeout(20):
            while by.shelf.counts().get(filmed.call_id, 0) < 4:  # camera and microphone of each
                await filmed.send(0.5)

    await filmed.agree()
    await both_sides_are_kept(filmed.recordings)
    second = await filmed.hub.node("node_2", tmp_path / "node_2", segment_s=1.0)
    filmed.node.drain()
    await booth.until(lambda page: ways(page) == ["hosted", "hosted"])
    filmed.callers = await filmed.hub.play(booth, agent)
    recordings = second.desk.recordings
    assert recordings is not None
    await both_sides_are_kept(recordings)
    await booth.do("recording.answer", call_id=filmed.call_id, agreed=False)
    for one in (filmed.recordings, recordings):
        await one.settle()
    there = [one.shelf.counts()[filmed.call_id] for one in (filmed.recordings, recordings)]
    await kept(house, filmed.call_id, sum(there))
    await house.service.projection.reach(house.service.hall.seq)
    async with reader(house, SUPERVISOR) as boss:
        opened = await boss.post(f"/api/calls/{filmed.call_id}/recording/viewings", json={"reason": "质量检查"})
        viewing = f"/api/viewings/{(await opened.json())['viewing_id']}"
        asked = (await (await boss.post(f"{viewing}/exports", json={"form": "tracks"})).json())["exports"]
        assert len(asked) == 1

        async def finished() -> Any:
            (made,) = (await (await boss.get(viewing)).json())["exports"]
            return made if made["state"] != "running" else None

        made = await until(finished, "the file is made", 30)
        assert made["state"] == "done"
        content = await (await boss.get(f"{viewing}/exports/{made['export_id']}/content")).read()
    assert made["duration_s"] > 2.5
    with av.open(io.BytesIO(content), "r") as source:
        assert sorted(stream.type for stream in source.streams) == ["audio", "audio", "video", "video"]
    assert [one.shelf.counts()[filmed.call_id] for one in (filmed.recordings, recordings)] == there
    assert [one.shelf.lent(filmed.call_id) for one in (filmed.recordings, recordings)] == [[], []]


async def test_what_is_too_old_is_erased_and_its_hashes_stay(filmed: Filmed) -> None:
    house = filmed.hub.house
    await filmed.agree()
    await filmed.send(1.5)
    await filmed.booth.do("recording.answer", call_id=filmed.call_id, agreed=False)
    await filmed.recordings.settle()
    before = await kept(house, filmed.call_id, filmed.recordings.shelf.counts()[filmed.call_id])
    house.clock.ahead_s += 31 * 86_400
    await house.service.accounts.keep_rules()
    assert (filmed.recordings.shelf.of(filmed.call_id) / "released").exists()
    house.clock.ahead_s += 150 * 86_400
    await house.service.accounts.keep_rules()
    assert not filmed.recordings.shelf.of(filmed.call_id).exists()
    after = await house.service.records.recordings.segments(filmed.call_id)
    assert [one.sha256 for one in after] == [one.sha256 for one in before]
    assert all(one.erased_at is not None for one in after)


async def test_a_restarted_service_knows_the_answer_and_goes_on(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    async with contextlib.AsyncExitStack() as stack:
        async with open_house(tmp_path / "service", cookies=cookies, **NODES) as house:
            port = int(house.url.rpartition(":")[2])
            hub = Hub(house, stack)
            node = await hub.node("node_1", tmp_path / "node_1", segment_s=1.0)
            booth, agent = await talk(house, BOOTH, AGENT, ITEM)
            filmed = Filmed(hub, node, booth, agent)
            await filmed.agree()
            pages = booth.page_id, agent.page_id

            async def written() -> bool:
                return filmed.call_id in await house.service.records.paths.all()

            await until(written, "the way is written down")
        assert filmed.running() is not None
        async with open_house(tmp_path / "service", cookies=cookies, port=port, **NODES) as house:
            booth, agent = await house.page(BOOTH, pages[0]), await house.page(AGENT, pages[1])
            await booth.until(lambda page: page.call["recording"]["on"])
            filmed = Filmed(Hub(house, stack), node, booth, agent)
            assert (await hosted_link(booth))["topology"] == "hosted"
            await booth.do("recording.answer", call_id=filmed.call_id, agreed=False)
            assert filmed.running() is None
        for caller in hub.callers.values():
            await caller.close()
