"""Sign-in, sessions and booths' credentials: what opens, what does not, and when it ends."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from signaling.auth import Auth, Identity, check_origin
from signaling.auth.attempts import Attempts
from signaling.auth.passwords import Passwords
from signaling.config import SignIn
from signaling.errors import Malformed, NotAllowed, NotSignedIn, TooMany, Unknown
from signaling.records import Records
from signaling.records.tables import AccountRow, AuditRow, BoothCredentialRow, SessionRow
from signaling.world import World
from tests.signaling.records import migrated
from tests.signaling.records.house import AGENT, BOOTH, DEMO, OTHER_BOOTH, QUICK, SUPERVISOR, Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

HOME = "10.0.0.7"
PASSWORD = "correct horse battery"


@dataclasses.dataclass
class Door:
    auth: Auth
    records: Records
    clock: Clock
    world: World
    ended: list[Identity]

    def like(self, **changes: object) -> Auth:
        """Another process at the same database."""
        options = {"demo": False, "clock": self.clock, "passwords": Passwords(QUICK), **changes}
        return Auth(self.records.credentials, self.world, SignIn(), **options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def world() -> World:
    return World.load(DEMO)


@pytest.fixture
async def door(tmp_path: Path, world: World) -> AsyncIterator[Door]:
    clock = Clock()
    async with Records.open(await migrated.lay(tmp_path / "records.sqlite")) as records:
        auth = Auth(records.credentials, world, SignIn(), clock=clock, passwords=Passwords(QUICK))
        ended: list[Identity] = []
        auth.on_revoked(ended.append)
        await auth.set_password(AGENT, PASSWORD, "test")
        yield Door(auth, records, clock, world, ended)
        auth.close()


# --- staff ----------------------------------------------------------------------------------------------


async def test_a_name_and_password_open_a_session(door: Door) -> None:
    token = await door.auth.sign_in(" ChenJing ", PASSWORD, HOME)
    identity = await door.auth.identify_staff(token)
    assert (identity.kind, identity.id) == ("agent", AGENT)
    await door.auth.set_password(SUPERVISOR, PASSWORD, "test")
    supervisor = await door.auth.identify_staff(await door.auth.sign_in("zhaolin", PASSWORD, HOME))
    assert (supervisor.kind, supervisor.is_staff) == ("supervisor", True)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("chenjing", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("luwei", PASSWORD),
        ("luwei", "demo-luwei"),
        ("chenjing", "x" * 10_000),
    ],
)
async def test_a_wrong_name_and_a_wrong_password_are_refused_alike(door: Door, name: str, password: str) -> None:
    with pytest.raises(NotSignedIn) as caught:
        await door.auth.sign_in(name, password, HOME)
    assert (caught.value.code, caught.value.detail) == ("wrong_password", "name or password is wrong")


async def test_an_unknown_name_takes_as_long_as_a_known_one(tmp_path: Path, world: World) -> None:
    settings = SignIn(attempts_per_name=1000, attempts_per_remote=1000)
    async with Records.open(await migrated.lay(tmp_path / "records.sqlite")) as records:
        auth = Auth(records.credentials, world, settings)  # argon2 as it is in earnest
        await auth.set_password(AGENT, PASSWORD, "test")

        async def cost(name: str) -> float:
            before = time.process_time()
            with pytest.raises(NotSignedIn):
                await auth.sign_in(name, "wrong", HOME)
            return time.process_time() - before

        await cost("nobody")  # makes the hash that stands for nobody's
        known = min([await cost("chenjing") for _ in range(3)])
        unknown = min([await cost("nobody") for _ in range(3)])
        without = min([await cost("luwei") for _ in range(3)])
        auth.close()
    assert 0.6 < unknown / known < 1.6
    assert 0.6 < without / known < 1.6


async def test_hashing_does_not_hold_up_the_loop(door: Door) -> None:
    passwords = Passwords()
    encoded = await passwords.hash(PASSWORD)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    heart = asyncio.create_task(beat())
    assert await passwords.check(PASSWORD, encoded)
    heart.cancel()
    passwords.close()
    assert beats > 20


async def test_only_hashes_are_kept(door: Door) -> None:
    token = await door.auth.sign_in("chenjing", PASSWORD, HOME)
    credential = await door.auth.enrol_booth(BOOTH, "test")
    async with door.records.database.reading() as session:
        account = (await session.scalars(select(AccountRow))).one()
        row = (await session.scalars(select(SessionRow))).one()
        booth = (await session.scalars(select(BoothCredentialRow))).one()
    assert account.password_hash.startswith("$argon2id$")
    assert token.encode() not in row.token_hash
    assert credential.encode() not in booth.credential_hash
    assert len(row.token_hash) == len(booth.credential_hash) == 32


async def test_a_weaker_hash_is_renewed_at_sign_in(door: Door) -> None:
    stronger = door.like(passwords=Passwords(type(QUICK)(time_cost=2, memory_cost=16, parallelism=1)))
    before = await door.records.credentials.account(AGENT)
    await stronger.sign_in("chenjing", PASSWORD, HOME)
    after = await door.records.credentials.account(AGENT)
    assert before is not None
    assert after is not None
    assert "m=8" in before.password_hash
    assert "m=16" in after.password_hash
    assert await stronger.sign_in("chenjing", PASSWORD, HOME)
    stronger.close()


async def test_the_demos_passwords_open_nothing_outside_the_demo(door: Door) -> None:
    demo = door.like(demo=True)
    await demo.identify_staff(await demo.sign_in("luwei", "demo-luwei", HOME))
    with pytest.raises(NotSignedIn):
        await demo.sign_in("luwei", "demo-chenjing", HOME)
    with pytest.raises(NotSignedIn):  # the same database, now in earnest
        await door.auth.sign_in("luwei", "demo-luwei", HOME)
    demo.close()


async def test_a_short_or_strangers_password_is_not_set(door: Door) -> None:
    with pytest.raises(Malformed):
        await door.auth.set_password(AGENT, "short", "test")
    with pytest.raises(Malformed):
        await door.auth.set_password(AGENT, "x" * 257, "test")
    with pytest.raises(Unknown):
        await door.auth.set_password("agent_nobody", PASSWORD, "test")
    assert await door.auth.sign_in("chenjing", PASSWORD, HOME)


# --- how often ------------------------------------------------------------------------------------------


async def test_a_name_may_be_tried_a_few_times_only_also_at_once(door: Door) -> None:
    async def attempt() -> str:
        try:
            await door.auth.sign_in("chenjing", "guess", "192.0.2.1")
        except (NotSignedIn, TooMany) as error:
            return error.code
        return "in"

    answers = await asyncio.gather(*(attempt() for _ in range(20)))
    assert answers.count("wrong_password") == 8
    assert answers.count("too_many_attempts") == 12
    with pytest.raises(TooMany):  # the right one, too
        await door.auth.sign_in("chenjing", PASSWORD, "192.0.2.2")
    door.clock.now += 301
    assert await door.auth.sign_in("chenjing", PASSWORD, "192.0.2.2")


async def test_nobody_is_locked_out_of_their_own_desk_by_a_stranger(door: Door) -> None:
    await door.auth.sign_in("chenjing", PASSWORD, HOME)
    for _ in range(8):
        with pytest.raises(NotSignedIn):
            await door.auth.sign_in("chenjing", "guess", "192.0.2.1")
    with pytest.raises(TooMany):
        await door.auth.sign_in("chenjing", "guess", "192.0.2.1")
    assert await door.auth.sign_in("chenjing", PASSWORD, HOME)


async def test_an_address_may_try_many_names_a_limited_number_of_times(door: Door) -> None:
    for number in range(40):
        with pytest.raises(NotSignedIn):
            await door.auth.sign_in(f"name{number}", "guess", "192.0.2.1")
    with pytest.raises(TooMany):
        await door.auth.sign_in("another", "guess", "192.0.2.1")
    with pytest.raises(TooMany):
        await door.auth.open_booth_session("vwb_guess", "192.0.2.1")
    assert await door.auth.sign_in("chenjing", PASSWORD, HOME)


async def test_signing_in_rightly_all_day_never_hits_a_limit(door: Door) -> None:
    for _ in range(50):
        await door.auth.sign_in("chenjing", PASSWORD, HOME)


def test_attempts_keep_a_bounded_memory() -> None:
    attempts = Attempts(3, 60, keys=100)
    for number in range(1000):
        attempts.take(str(number), 0)
    assert len(attempts._times) == 100
    for _ in range(2):
        attempts.take("999", 1)
    with pytest.raises(TooMany, match=r"(59|60) s"):
        attempts.take("999", 1.5)
    attempts.take("999", 61)


# --- sessions end ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cookie", [None, "", "x", "x" * 1000, "ü", "\ud800"])
async def test_nonsense_opens_nothing(door: Door, cookie: str | None) -> None:
    with pytest.raises(NotSignedIn):
        await door.auth.identify_staff(cookie)
    with pytest.raises(NotSignedIn):
        await door.auth.identify_booth(cookie)


async def test_a_session_ends_by_signing_out_and_listeners_hear(door: Door) -> None:
    token = await door.auth.sign_in("chenjing", PASSWORD, HOME)
    identity = await door.auth.identify_staff(token)
    await door.auth.sign_out(identity)
    assert door.ended == [identity]
    with pytest.raises(NotSignedIn):
        await door.auth.identify_staff(token)


async def test_a_session_ends_by_idleness_unless_it_is_used(door: Door) -> None:
    used, idle = [await door.auth.sign_in("chenjing", PASSWORD, HOME) for _ in range(2)]
    for _ in range(3):
        door.clock.now += 3 * 3600
        await door.auth.identify_staff(used)
    with pytest.raises(NotSignedIn):
        await door.auth.identify_staff(idle)


async def test_a_session_ends_after_a_shift_however_busy(door: Door) -> None:
    token = await door.auth.sign_in("chenjing", PASSWORD, HOME)
    for _ in range(13):
        door.clock.now += 3600
        await door.auth.identify_staff(token)
    door.clock.now += 3600
    with pytest.raises(NotSignedIn):
        await door.auth.identify_staff(token)


async def test_sweeping_ends_what_expired_and_keeps_what_is_in_use(door: Door) -> None:
    used, idle = [await door.auth.identify_staff(await door.auth.sign_in("chenjing", PASSWORD, HOME)) for _ in range(2)]
    for _ in range(3):
        door.clock.now += 2 * 3600
        await door.auth.sweep([used])
    assert door.ended == [idle]
    door.clock.now += 9 * 3600
    await door.auth.sweep([used])
    assert door.ended == [idle, used]


async def test_the_end_of_a_shift_waits_for_the_end_of_a_call(door: Door) -> None:
    token = await door.auth.sign_in("chenjing", PASSWORD, HOME)
    identity = await door.auth.identify_staff(token)
    door.clock.now += 15 * 3600
    await door.auth.sweep([identity], {identity.id})
    assert door.ended == []
    with pytest.raises(NotSignedIn):  # what is open stays open; nothing new is opened
        await door.auth.identify_staff(token)
    await door.auth.sweep([identity])
    assert door.ended == [identity]


async def test_what_the_command_line_revokes_is_heard_by_the_service(door: Door) -> None:
    identity = await door.auth.identify_staff(await door.auth.sign_in("chenjing", PASSWORD, HOME))
    command_line = door.like()
    assert await command_line.revoke_agent(AGENT, "admin") == 1
    command_line.close()
    await door.auth.sweep([identity])
    assert door.ended == [identity]


async def test_a_new_password_ends_all_sessions(door: Door) -> None:
    tokens = [await door.auth.sign_in("chenjing", PASSWORD, HOME) for _ in range(2)]
    await door.auth.set_password(AGENT, "another good one", "test")
    assert len(door.ended) == 2
    for token in tokens:
        with pytest.raises(NotSignedIn):
            await door.auth.identify_staff(token)


async def test_an_agent_who_left_the_districts_files_is_out(door: Door) -> None:
    token = await door.auth.sign_in("chenjing", PASSWORD, HOME)
    agents = {agent_id: agent for agent_id, agent in door.world.agents.items() if agent_id != AGENT}
    later = Auth(door.records.credentials, dataclasses.replace(door.world, agents=agents), SignIn(), clock=door.clock)
    with pytest.raises(NotSignedIn):
        await later.identify_staff(token)
    later.close()


async def test_a_listener_that_stopped_hears_nothing(door: Door) -> None:
    heard: list[Identity] = []
    door.auth.on_revoked(heard.append)()
    await door.auth.sign_out(await door.auth.identify_staff(await door.auth.sign_in("chenjing", PASSWORD, HOME)))
    assert heard == []


async def test_who_signed_in_and_who_failed_is_noted(door: Door) -> None:
    await door.auth.sign_in("chenjing", PASSWORD, HOME)
    with pytest.raises(NotSignedIn):
        await door.auth.sign_in("chenjing", "wrong", "192.0.2.1")
    async with door.records.database.reading() as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.id))).all()
    assert [(row.action, row.detail.get("remote")) for row in rows] == [
        ("signed_in", HOME),
        ("sign_in_failed", "192.0.2.1"),
    ]


# --- booths ---------------------------------------------------------------------------------------------


async def test_a_credential_opens_its_booth_again_and_again(door: Door) -> None:
    credential = await door.auth.enrol_booth(BOOTH, "test")
    assert len(credential) >= 43 + 4  # 256 random bits
    for _ in range(2):
        identity = await door.auth.identify_booth(await door.auth.open_booth_session(credential, HOME))
        assert (identity.kind, identity.id, identity.is_staff) == ("booth", BOOTH, False)


async def test_a_booth_and_a_helper_do_not_pass_for_each_other(door: Door) -> None:
    booth = await door.auth.open_booth_session(await door.auth.enrol_booth(BOOTH, "test"), HOME)
    staff = await door.auth.sign_in("chenjing", PASSWORD, HOME)
    with pytest.raises(NotSignedIn):
        await door.auth.identify_staff(booth)
    with pytest.raises(NotSignedIn):
        await door.auth.identify_booth(staff)


async def test_a_revoked_booth_is_out_at_once(door: Door) -> None:
    credential = await door.auth.enrol_booth(BOOTH, "test")
    token = await door.auth.open_booth_session(credential, HOME)
    identity = await door.auth.identify_booth(token)
    assert await door.auth.revoke_booth(BOOTH, "test") == 1
    assert door.ended == [identity]
    with pytest.raises(NotSignedIn):
        await door.auth.identify_booth(token)
    with pytest.raises(NotSignedIn) as caught:
        await door.auth.open_booth_session(credential, HOME)
    assert caught.value.code == "wrong_credential"


async def test_enrolling_again_ends_the_older_device_and_no_other_booth(door: Door) -> None:
    other = await door.auth.open_booth_session(await door.auth.enrol_booth(OTHER_BOOTH, "test"), HOME)
    old = await door.auth.open_booth_session(await door.auth.enrol_booth(BOOTH, "test"), HOME)
    new = await door.auth.open_booth_session(await door.auth.enrol_booth(BOOTH, "test"), HOME)
    with pytest.raises(NotSignedIn):
        await door.auth.identify_booth(old)
    assert (await door.auth.identify_booth(new)).id == BOOTH
    assert (await door.auth.identify_booth(other)).id == OTHER_BOOTH


async def test_an_unknown_booth_is_not_enrolled(door: Door) -> None:
    with pytest.raises(Unknown):
        await door.auth.enrol_booth("booth_nowhere", "test")


# --- origin ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "window.example.cn"),
        ("https://window.example.cn", "window.example.cn"),
        ("https://window.example.cn:443", "window.example.cn"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("https://[::1]:8443", "[::1]:8443"),
        ("https://public.example.cn", "inner:8080"),
    ],
)
def test_our_own_pages_pass(origin: str | None, host: str) -> None:
    check_origin(origin, host, ["https://public.example.cn"])


@pytest.mark.parametrize(
    "origin",
    ["null", "", "https://evil.example", "https://window.example.cn.evil.example", "https://window.example.cn:444",
     "http://window.example.cn:443x", "ftp://window.example.cn", "https://user@evil.example", "file://", "https://"],
)  # fmt: skip
def test_foreign_pages_do_not(origin: str) -> None:
    with pytest.raises(NotAllowed):
        check_origin(origin, "window.example.cn", ["https://public.example.cn"])
