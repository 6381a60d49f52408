"""A still travels in parts, is judged, kept sealed and given back byte for byte; everything else is refused."""

from __future__ import annotations

import asyncio
import hashlib
import io
import struct
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from signaling.errors import TooMany, Unavailable, Unknown, WrongState
from tests.signaling.records.house import (
    AGENT,
    BOOTH,
    OTHER_AGENT,
    OTHER_BOOTH,
    SUPERVISOR,
    House,
    digest_header,
    open_house,
    part,
    picture,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from signaling.records import Capture

CALL = "call_1"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        house.members |= {(BOOTH, CALL), (AGENT, CALL)}
        yield house


async def ask_for_still(house: House) -> tuple[Capture, str]:
    capture = await house.captures.request(CALL, BOOTH, requester=AGENT)
    return capture, f"/api/captures/{capture.capture_id}/content"


def sealed_files(house: House) -> list[Path]:
    """Return what lies on the disk, stills before what was made of them."""
    return sorted(house.settings.captures_dir.rglob("*.sealed"), key=lambda file: file.name)


# --- the way it should go ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
async def test_a_still_sent_in_parts_is_stored_byte_for_byte(house: House, kind: str) -> None:
    cookie, data = await house.booth_cookie(), picture(kind=kind)
    capture, url = await ask_for_still(house)
    middle = len(data) // 2

    first = await house.ask("PATCH", url, cookie=cookie, **part(data, 0, middle))
    assert (first.status, first.headers["Upload-Offset"], first.headers["Upload-Complete"]) == (204, str(middle), "?0")
    last = await house.ask("PATCH", url, cookie=cookie, **part(data, middle))
    assert (last.status, last.headers["Upload-Offset"], last.headers["Upload-Complete"]) == (204, str(len(data)), "?1")

    stored = await house.captures.get(capture.capture_id)
    assert (stored.state, stored.size, stored.width, stored.height) == ("stored", len(data), 640, 480)
    assert stored.sha256 == hashlib.sha256(data).hexdigest()
    assert (stored.requester, stored.call_id, stored.media_type) == (AGENT, CALL, f"image/{kind.lower()}")

    answer = await house.ask("GET", url, cookie=await house.staff_cookie())
    assert await answer.read() == data
    assert answer.headers["Repr-Digest"] == digest_header(data)
    assert answer.headers["Content-Type"] == f"image/{kind.lower()}"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"


async def test_lists_show_a_small_picture_that_lies_upright_and_says_nothing_besides(house: House) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    data = picture(1200, 900, "JPEG", exif=exif)
    capture, url = await ask_for_still(house)
    cookie = await house.booth_cookie()
    await house.ask("PATCH", url, cookie=cookie, **part(data))
    address = f"/api/captures/{capture.capture_id}/small"
    answer = await house.ask("GET", address, cookie=cookie)
    small = await answer.read()
    assert Image.open(io.BytesIO(small)).size == (720, 960)
    assert b"Exif" not in small
    assert (await house.ask("GET", address, cookie=await house.staff_cookie(OTHER_AGENT))).status == 404
    # A still from before there were small pictures.
    (file,) = house.settings.captures_dir.rglob("small_*.sealed")
    file.unlink()
    assert await (await house.ask("GET", address, cookie=cookie)).read() == data


async def test_no_byte_of_a_paper_touches_the_disk_in_the_clear(house: House) -> None:
    cookie, data = await house.booth_cookie(), picture()
    _, url = await ask_for_still(house)
    await house.ask("PATCH", url, cookie=cookie, **part(data, 0, 300_000))
    halfway = sealed_files(house)[0].read_bytes()
    await house.ask("PATCH", url, cookie=cookie, **part(data, 300_000))
    whole = sealed_files(house)[0].read_bytes()
    for written in (halfway, whole):
        assert data[:8] not in written
        assert data[1000:1100] not in written


async def test_every_change_is_told_with_the_bytes_received(house: House) -> None:
    told: list[tuple[str, int]] = []
    stop = house.captures.on_changed(lambda capture, received: told.append((capture.state, received)))
    cookie, data = await house.booth_cookie(), picture()
    _, url = await ask_for_still(house)
    await house.ask("PATCH", url, cookie=cookie, **part(data))
    assert told[0] == ("requested", 0)
    assert told[-2] == ("uploading", len(data))
    assert told[-1][0] == "stored"
    assert [received for state, received in told if state == "uploading"] == sorted(
        r for s, r in told if s == "uploading"
    )
    stop()
    await ask_for_still(house)
    assert told[-1][0] == "stored"


async def test_an_upload_goes_on_after_the_server_was_restarted(tmp_path: Path) -> None:
    data = picture()
    async with open_house(tmp_path) as house:
        cookie = await house.booth_cookie()
        _, url = await ask_for_still(house)
        await house.ask("PATCH", url, cookie=cookie, **part(data, 0, 400_000))
    async with open_house(tmp_path) as house:
        standing = await house.ask("HEAD", url, cookie=cookie)
        assert (standing.status, standing.headers["Upload-Offset"], standing.headers["Upload-Complete"]) == (
            204,
            "400000",
            "?0",
        )
        assert (await house.ask("PATCH", url, cookie=cookie, **part(data, 400_000))).status == 204
        answer = await house.ask("GET", url, cookie=await house.staff_cookie(SUPERVISOR))
        assert await answer.read() == data


async def test_a_crash_in_the_middle_of_a_write_costs_only_what_was_not_acknowledged(tmp_path: Path) -> None:
    data = picture()
    async with open_house(tmp_path) as house:
        cookie = await house.booth_cookie()
        _, url = await ask_for_still(house)
        await house.ask("PATCH", url, cookie=cookie, **part(data, 0, 300_000))
        file = sealed_files(house)[0]
    whole = file.read_bytes()
    file.write_bytes(whole + struct.pack(">I12s", 70_000, b"n" * 12) + b"torn")
    async with open_house(tmp_path) as house:
        standing = await house.ask("HEAD", url, cookie=cookie)
        assert standing.headers["Upload-Offset"] == "300000"
        assert file.read_bytes() == whole
        assert (await house.ask("PATCH", url, cookie=cookie, **part(data, 300_000))).status == 204


async def test_all_bytes_there_but_never_judged_lets_the_last_piece_come_again(house: House) -> None:
    cookie, data = await house.booth_cookie(), picture()
    capture, url = await ask_for_still(house)
    whole = part(data)
    whole["headers"]["Upload-Complete"] = "?0"
    await house.ask("PATCH", url, cookie=cookie, **whole)
    standing = await house.ask("HEAD", url, cookie=cookie)
    offset = int(standing.headers["Upload-Offset"])
    assert 0 < offset < len(data)
    assert (await house.ask("PATCH", url, cookie=cookie, **part(data, offset))).status == 204
    assert (await house.captures.get(capture.capture_id)).state == "stored"


async def test_a_line_that_breaks_keeps_what_came_and_a_new_one_takes_over(house: House) -> None:
    cookie, data = await house.booth_cookie(), picture()
    capture, url = await ask_for_still(house)
    came = asyncio.Event()
    house.captures.on_changed(lambda _, received: came.set() if received >= 262_144 else None)

    async def slow() -> AsyncIterator[bytes]:
        yield data[:300_000]
        await asyncio.Event().wait()

    request = part(data)
    request["data"] = slow()
    first = asyncio.create_task(house.ask("PATCH", url, cookie=cookie, **request))
    await came.wait()
    standing = await house.ask("HEAD", url, cookie=cookie)
    offset = int(standing.headers["Upload-Offset"])
    assert 262_144 <= offset <= 300_000
    assert (await house.ask("PATCH", url, cookie=cookie, **part(data, offset))).status == 204
    assert (await house.captures.get(capture.capture_id)).state == "stored"
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)


# --- who may -------------------------------------------------------------------------------------------


async def test_another_booth_learns_nothing_and_changes_nothing(house: House) -> None:
    cookie, stranger, data = await house.booth_cookie(), await house.booth_cookie(OTHER_BOOTH), picture()
    capture, url = await ask_for_still(house)
    for method, options in (("HEAD", {}), ("PATCH", part(data)), ("GET", {})):
        assert (await house.ask(method, url, cookie=stranger, **options)).status == 404
    assert (await house.captures.get(capture.capture_id)).state == "requested"
    assert (await house.ask("PATCH", url, cookie=cookie, **part(data))).status == 204
    assert (await house.ask("GET", url, cookie=stranger)).status == 404


async def test_staff_cannot_upload_and_nobody_can_without_a_cookie(house: House) -> None:
    _, url = await ask_for_still(house)
    assert (await house.ask("PATCH", url, cookie=await house.staff_cookie(), **part(picture()))).status == 401
    assert (await house.ask("PATCH", url, **part(picture()))).status == 401
    assert (await house.ask("GET", url)).status == 401


async def test_a_still_is_seen_by_the_calls_members_and_supervisors_only(house: House) -> None:
    cookie = await house.booth_cookie()
    _, url = await ask_for_still(house)
    await house.ask("PATCH", url, cookie=cookie, **part(picture()))
    assert (await house.ask("GET", url, cookie=cookie)).status == 200
    assert (await house.ask("GET", url, cookie=await house.staff_cookie(AGENT))).status == 200
    assert (await house.ask("GET", url, cookie=await house.staff_cookie(SUPERVISOR))).status == 200
    assert (await house.ask("GET", url, cookie=await house.staff_cookie(OTHER_AGENT))).status == 404
    house.members.clear()  # the call is over: the next citizen at this booth must not see it
    assert (await house.ask("GET", url, cookie=cookie)).status == 404


# --- withdrawn, failed, too late ----------------------------------------------------------------------


async def test_a_withdrawn_still_loses_its_content_and_keeps_its_row_and_hash(house: House) -> None:
    cookie, data = await house.booth_cookie(), picture()
    capture, url = await ask_for_still(house)
    await house.ask("PATCH", url, cookie=cookie, **part(data))
    booth = await house.auth.identify_booth(cookie.removeprefix("vw_booth="))
    withdrawn = await house.captures.withdraw(capture.capture_id, booth)
    assert (withdrawn.state, withdrawn.sha256) == ("withdrawn", hashlib.sha256(data).hexdigest())
    assert sealed_files(house) == []
    answer = await house.ask("GET", url, cookie=await house.staff_cookie())
    assert (answer.status, (await answer.json())["code"]) == (404, "capture_withdrawn")
    with pytest.raises(WrongState):
        await house.captures.withdraw(capture.capture_id, booth)


async def test_a_still_withdrawn_while_it_is_uploaded_takes_no_further_part(house: House) -> None:
    cookie, data = await house.booth_cookie(), picture()
    capture, url = await ask_for_still(house)
    await house.ask("PATCH", url, cookie=cookie, **part(data, 0, 300_000))
    await house.captures.withdraw(capture.capture_id, await house.auth.identify_booth(cookie.removeprefix("vw_booth=")))
    answer = await house.ask("PATCH", url, cookie=cookie, **part(data, 300_000))
    assert (answer.status, (await answer.json())["code"]) == (409, "capture_withdrawn")
    assert (await house.ask("HEAD", url, cookie=cookie)).status == 409
    assert sealed_files(house) == []


async def test_a_booth_says_why_it_cannot(house: House) -> None:
    capture, _ = await ask_for_still(house)
    booth = await house.auth.identify_booth((await house.booth_cookie()).removeprefix("vw_booth="))
    failed = await house.captures.fail(capture.capture_id, booth, "camera_missing")
    assert failed.state == "failed"
    assert failed.problem is not None
    assert failed.problem["code"] == "camera_missing"
    stranger = await house.auth.identify_booth((await house.booth_cookie(OTHER_BOOTH)).removeprefix("vw_booth="))
    other, _ = await ask_for_still(house)
    with pytest.raises(Unknown):
        await house.captures.fail(other.capture_id, stranger, "x")
    with pytest.raises(Unknown):
        await house.captures.withdraw(other.capture_id, stranger)


async def test_only_a_few_may_be_asked_for_at_once(house: House) -> None:
    for _ in range(4):
        await ask_for_still(house)
    with pytest.raises(TooMany):
        await ask_for_still(house)


async def test_what_never_came_is_given_up_and_a_slow_line_is_not(house: House) -> None:
    cookie, data = await house.booth_cookie(), picture()
    dead, _ = await ask_for_still(house)
    slow, url = await ask_for_still(house)
    for start in (0, 300_000, 600_000):
        house.clock.now += 170
        end = min(start + 300_000, len(data) - 1)
        assert (await house.ask("PATCH", url, cookie=cookie, **part(data, start, end))).status == 204
        await house.captures.sweep()
    problem = (await house.captures.get(dead.capture_id)).problem
    assert problem is not None
    assert problem["code"] == "too_late"
    assert (await house.captures.get(slow.capture_id)).state == "uploading"
    house.clock.now += 181
    await house.captures.sweep()
    assert (await house.captures.get(slow.capture_id)).state == "failed"
    assert sealed_files(house) == []


# --- the protocol -------------------------------------------------------------------------------------


async def test_a_wrong_offset_is_told_where_the_upload_stands(house: House) -> None:
    cookie, data = await house.booth_cookie(), picture()
    _, url = await ask_for_still(house)
    await house.ask("PATCH", url, cookie=cookie, **part(data, 0, 300_000))
    for start in (0, 299_999, 300_001, 999_999_999):
        wrong = part(data, 300_000)
        wrong["headers"]["Upload-Offset"] = str(start)
        answer = await house.ask("PATCH", url, cookie=cookie, **wrong)
        assert (answer.status, answer.headers["Upload-Offset"]) == (409, "300000")
        assert (await answer.json())["code"] == "wrong_offset"
    assert (await house.ask("PATCH", url, cookie=cookie, **part(data, 300_000))).status == 204


async def test_ten_times_the_limit_is_refused_before_it_is_read(house: House) -> None:
    cookie = await house.booth_cookie()
    capture, url = await ask_for_still(house)
    headers = {"Content-Type": "application/partial-upload", "Upload-Offset": "0", "Upload-Complete": "?0"}

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(250):
            yield bytes(1_000_000)

    announced = await house.ask(
        "PATCH", url, cookie=cookie, headers={**headers, "Upload-Length": "250000000"}, data=b"x"
    )
    assert (announced.status, (await announced.json())["code"]) == (413, "too_large")
    assert sealed_files(house) == []
    try:
        silent = await house.ask("PATCH", url, cookie=cookie, headers=headers, data=endless())
    except OSError:  # it hung up on us, which is as good
        pass
    else:
        assert silent.status == 413
    assert sum(file.stat().st_size for file in sealed_files(house)) < 26_000_000
    assert (await house.captures.get(capture.capture_id)).state in ("requested", "uploading")


# --- the files -----------------------------------------------------------------------------------------


async def test_a_file_that_was_changed_on_the_disk_is_not_shown(house: House) -> None:
    cookie = await house.booth_cookie()
    _, url = await ask_for_still(house)
    await house.ask("PATCH", url, cookie=cookie, **part(picture()))
    staff = await house.staff_cookie()
    file = sealed_files(house)[0]
    whole = file.read_bytes()

    async def code() -> Any:
        answer = await house.ask("GET", url, cookie=staff)
        return answer.status, (await answer.json())["code"]

    for changed in (whole[:-40], whole[:-1], whole[: len(whole) // 2], b"", whole[:5000] + b"!" + whole[5001:]):
        file.write_bytes(changed)
        assert await code() == (503, "capture_damaged")
    file.unlink()
    assert await code() == (503, "capture_damaged")
    file.write_bytes(whole)
    assert (await house.ask("GET", url, cookie=staff)).status == 200


async def test_another_key_opens_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        cookie = await house.booth_cookie()
        capture, url = await ask_for_still(house)
        await house.ask("PATCH", url, cookie=cookie, **part(picture()))
    (tmp_path / "captures.key").unlink()
    async with open_house(tmp_path) as house:
        with pytest.raises(Unavailable):
            await house.captures.content(await house.captures.get(capture.capture_id))


async def test_the_files_are_readable_by_the_service_alone(house: House) -> None:
    cookie = await house.booth_cookie()
    _, url = await ask_for_still(house)
    await house.ask("PATCH", url, cookie=cookie, **part(picture()))
    assert sealed_files(house)[0].stat().st_mode & 0o777 == 0o600
    assert (house.settings.data_dir / "captures.key").stat().st_mode & 0o777 == 0o600
