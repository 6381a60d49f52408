"""`virtual-window admin`: enrol and revoke booths and displays, set and revoke staff, migrate the database.

Works on the records' database, beside a running service or without one; the service closes the sockets of what was
revoked here within ten seconds. Everything done is in the audit log under the name of the system's user.
"""

from __future__ import annotations

import getpass
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from signaling.auth import Auth
from signaling.errors import Malformed, Unknown
from signaling.records.credentials import Credentials
from signaling.records.database import Database
from signaling.records.districts import Districts
from signaling.world import World

if TYPE_CHECKING:
    import argparse
    from collections.abc import AsyncIterator

    from signaling.config import Settings
    from signaling.world import Agent


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    things = parser.add_subparsers(dest="thing", required=True, metavar="booth|wall|agent|migrate")
    booth = things.add_parser("booth", help="booths and their credentials").add_subparsers(dest="action", required=True)
    enrol = booth.add_parser("enrol", help="make a new credential; older ones end")
    enrol.add_argument("booths", nargs="*", metavar="BOOTH")
    enrol.add_argument("--all", action="store_true", help="every booth of the district's files")
    enrol.add_argument("--url", default="", help="print whole links, for instance https://window.example.cn")
    revoke = booth.add_parser("revoke", help="take credentials and sign-ins back")
    revoke.add_argument("booths", nargs="+", metavar="BOOTH")
    booth.add_parser("list", help="all booths")
    wall = things.add_parser("wall", help="the hall's displays").add_subparsers(dest="action", required=True)
    enrol = wall.add_parser("enrol", help="make a new credential for all displays; the older one ends")
    enrol.add_argument("--url", default="", help="print the whole link, for instance https://window.example.cn")
    wall.add_parser("revoke", help="take credential and sign-ins back")
    agent = things.add_parser("agent", help="staff and their passwords").add_subparsers(dest="action", required=True)
    for action, words in (("add", "set a first password"), ("password", "set a new password"), ("passwd", "the same")):
        one = agent.add_parser(action, help=f"{words}, read from the terminal or the first line of standard input")
        one.add_argument("login", metavar="LOGIN")
    one = agent.add_parser("revoke", help="end all sign-ins")
    one.add_argument("login", metavar="LOGIN")
    agent.add_parser("list", help="all staff")
    things.add_parser("migrate", help="bring the database's schema up to date")


async def run(options: argparse.Namespace, settings: Settings, world: World) -> int:
    """Do what the command line says."""
    async with _auth(settings, world) as (auth, credentials):
        match (options.thing, getattr(options, "action", None)):
            case ("migrate", _):
                print("the schema is up to date")
            case ("booth", "enrol"):
                await _enrol(auth, world, world.booths if options.all else options.booths, options.url)
            case ("booth", "revoke"):
                for booth_id in options.booths:
                    _known_booth(world, booth_id)
                    print(f"{booth_id}: {await auth.revoke_booth(booth_id, _me())} sign-ins ended")
            case ("wall", "enrol"):
                credential = await auth.enrol_wall(_me())
                print(f"{options.url.rstrip('/')}/wall#enrol={credential}" if options.url else credential)
            case ("wall", _):
                print(f"{await auth.revoke_wall(_me())} sign-ins ended")
            case ("booth", _):
                await _list_booths(credentials, world)
            case ("agent", "add" | "password" | "passwd"):
                await auth.set_password(_agent(world, options.login).id, _password(), _me())
                print(f"{options.login}: the password is set, earlier sign-ins have ended")
            case ("agent", "revoke"):
                ended = await auth.revoke_agent(_agent(world, options.login).id, _me())
                print(f"{options.login}: {ended} sign-ins ended")
            case _:
                await _list_agents(credentials, world)
    return 0


@asynccontextmanager
async def _auth(settings: Settings, world: World) -> AsyncIterator[tuple[Auth, Credentials]]:
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    async with Database.open(settings.database_url) as database:
        newest = await Districts(database).latest()
        if newest is not None:  # changed in the browser since the files were written
            world.become(World.of(newest.draft))
        credentials = Credentials(database)
        auth = Auth(credentials, world, settings.sign_in, demo=settings.demo)
        try:
            yield auth, credentials
        finally:
            auth.close()


async def _enrol(auth: Auth, world: World, booths: object, url: str) -> None:
    names = list(booths)  # type: ignore[call-overload]
    if not names:
        raise Malformed("name a booth, or --all")
    for booth_id in names:
        _known_booth(world, booth_id)
    for booth_id in names:
        credential = await auth.enrol_booth(booth_id, _me())
        print(f"{booth_id}\t{enrol_link(url, credential) if url else credential}")


def enrol_link(url: str, credential: str) -> str:
    """Return the address a booth is opened with once: the fragment never reaches a server or its log."""
    return f"{url.rstrip('/')}/booth#enrol={credential}"


async def _list_booths(credentials: Credentials, world: World) -> None:
    signed_in = {session.subject_id: session for session in await credentials.sessions() if session.kind == "booth"}
    for booth_id in world.booths:
        place = world.place(booth_id)
        state = "enrolled" if booth_id in signed_in else "-"
        print(f"{booth_id}\t{place.street.name}\t{place.point.name}\t{state}")


async def _list_agents(credentials: Credentials, world: World) -> None:
    for agent in world.agents.values():
        account = await credentials.account(agent.id)
        state = "no password" if account is None else "demo password" if account.initial else "password set"
        print(f"{agent.login}\t{agent.badge}\t{agent.name}\t{agent.role}\t{state}")


def _known_booth(world: World, booth_id: str) -> None:
    if booth_id not in world.booths:
        raise Unknown(f"there is no booth {booth_id!r}")


def _agent(world: World, login: str) -> Agent:
    agent = world.agent_by_login(login)
    if agent is None:
        raise Unknown(f"there is no agent who signs in as {login!r}")
    return agent


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise Malformed("the two are not the same")
    return password


def _me() -> str:
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # no such user in a container
        return "cli"
