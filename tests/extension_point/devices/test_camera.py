"""The document camera's controls: by the kernel's own calls, to nodes that a process of ours answers for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from extension_point.devices import v4l2
from extension_point.devices.camera import DocumentCamera
from extension_point.devices.driver import Control, Failed
from signaling.messages.devices import CONTROLS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from extension_point.devices.driver import Plain

NAME = "Document Camera"
HEADER = Path("/usr/include/linux/videodev2.h")


@pytest.fixture
async def nodes(tmp_path: Path) -> AsyncIterator[tuple[Path, int]]:
    """The folder of the nodes, and the process that answers for them."""
    process = await asyncio.create_subprocess_exec(
        "unshare", "-Urm", sys.executable, str(Path(__file__).with_name("kernel_camera.py")), str(tmp_path),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(20):
        line = await process.stdout.readline()
    if not line:
        said = (await process.stderr.read()).decode()
        await process.wait()
        pytest.skip(f"FUSE cannot be mounted here: {said.strip().splitlines()[-1:]}")
    try:
        yield Path(f"/proc/{int(line)}/root{tmp_path}"), int(line)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def camera(nodes: Path) -> DocumentCamera:
    return DocumentCamera(v4l2.Cameras(nodes))


async def controls(driver: DocumentCamera) -> dict[str, Control]:
    return {one.control: one for one in (await driver.look()).cameras[0].controls}


async def do(driver: DocumentCamera, command: str, **parameters: Plain) -> Mapping[str, Plain]:
    return (await driver.do(command, {"camera": NAME} | parameters, b"")).result


async def test_the_cameras_that_are_plugged_in_say_what_can_be_turned(nodes: tuple[Path, int]) -> None:
    look = await camera(nodes[0]).look()
    assert look.state == "ok"
    # The node for metadata is no camera; a control that is disabled or not ours is not offered.
    assert [(one.name, [each.control for each in one.controls]) for one in look.cameras] == [
        (NAME, ["focus", "brightness", "exposure"]),
        ("Plain Webcam", []),
    ]
    assert look.cameras[0].controls == (
        Control("focus", 60, 0, 250, 5, 0, automatic=True),
        Control("brightness", 7, -64, 64, 1, 0, automatic=None),
        Control("exposure", 250, 3, 2047, 1, 250, automatic=True),
    )


async def test_what_was_turned_is_as_it_was_found_when_the_lease_is_over(nodes: tuple[Path, int]) -> None:
    driver = camera(nodes[0])
    assert await do(driver, "turn", control="brightness", value=-20) == {"control": "brightness", "value": -20}
    # By hand only when the camera has let go of it: it refuses both at once.
    assert await do(driver, "turn", control="focus", value=120) == {"control": "focus", "value": 120}
    await do(driver, "turn", control="exposure", value=500)
    turned = await controls(driver)
    assert [(one.value, one.automatic) for one in turned.values()] == [(120, False), (-20, None), (500, False)]
    await driver.put_back()
    found = await controls(driver)
    assert [(one.value, one.automatic) for one in found.values()] == [(95, True), (7, None), (500, True)]
    await do(driver, "turn", control="brightness", value=0)
    await driver.put_back()
    assert (await controls(driver))["brightness"].value == 7


async def test_the_camera_focuses_anew_and_goes_back_to_what_is_usual(nodes: tuple[Path, int]) -> None:
    driver = camera(nodes[0])
    assert await do(driver, "automatic", control="focus") == {"control": "focus", "value": 95}
    await do(driver, "turn", control="exposure", value=500)
    await do(driver, "reset")
    usual = await controls(driver)
    assert (usual["brightness"].value, usual["exposure"].automatic, usual["focus"].automatic) == (0, True, True)


async def test_what_the_camera_has_not_is_refused_and_changes_nothing(nodes: tuple[Path, int]) -> None:
    driver = camera(nodes[0])
    before = await driver.look()
    refusals: list[tuple[str, dict[str, Plain], str]] = [
        ("turn", {"control": "brightness", "value": 65}, "malformed"),
        ("turn", {"control": "brightness", "value": True}, "malformed"),
        ("turn", {"control": "brightness"}, "malformed"),
        ("turn", {"control": "zoom", "value": 200}, "malformed"),
        ("automatic", {"control": "brightness"}, "malformed"),
        ("turn", {"control": "brightness", "value": 1, "camera": "Another"}, "not_connected"),
    ]
    for command, parameters, code in refusals:
        with pytest.raises(Failed) as refused:
            await do(driver, command, **parameters)
        assert refused.value.code == code, (command, parameters)
    assert await driver.look() == before


async def test_a_camera_that_was_pulled_out_is_missed(nodes: tuple[Path, int]) -> None:
    folder, process = nodes
    driver = camera(folder)
    await do(driver, "turn", control="brightness", value=3)
    os.kill(process, signal.SIGUSR1)
    assert [one.name for one in (await driver.look()).cameras] == ["Plain Webcam"]
    with pytest.raises(Failed) as refused:
        await do(driver, "turn", control="brightness", value=4)
    assert refused.value.code == "not_connected"
    with pytest.raises(Failed):
        await driver.put_back()


async def test_without_a_camera_the_device_is_missing(tmp_path: Path) -> None:
    assert (await camera(tmp_path).look()).state == "missing"


async def test_cameras_that_may_not_be_opened_have_failed_and_are_not_missing(nodes: tuple[Path, int]) -> None:
    folder, process = nodes
    os.kill(process, signal.SIGUSR2)
    with pytest.raises(Failed) as refused:
        await camera(folder).look()
    assert refused.value.code == "failed"


async def test_a_camera_has_the_name_that_chromium_gives_it(nodes: tuple[Path, int], tmp_path: Path) -> None:
    about = tmp_path / "about"
    usb = about / "usb" / "1-1"
    (usb / "1-1:1.0").mkdir(parents=True)
    (about / "video0").mkdir()
    (about / "video0" / "device").symlink_to(usb / "1-1:1.0")
    (usb / "idVendor").write_text("046d\n")
    (usb / "idProduct").write_text("082d\n")
    cameras = v4l2.Cameras(nodes[0], about)
    assert [one.name for one in cameras.cameras()] == ["Document Camera (046d:082d)", "Plain Webcam"]
    (usb / "1-1:1.0" / "interface").write_text("High Speed Scanner\n")
    assert cameras.cameras()[0].name == "High Speed Scanner (046d:082d)"


def test_the_service_knows_the_same_controls() -> None:
    assert set(CONTROLS) == set(v4l2.KNOBS)


def test_numbers_and_layouts_are_the_kernel_s_own(tmp_path: Path) -> None:
    """Compiled from the headers of this machine, where there are any."""
    if shutil.which("cc") is None or not HEADER.exists():
        pytest.skip("no compiler, or no linux/videodev2.h")
    wanted = {
        "VIDIOC_QUERYCAP": v4l2.QUERYCAP, "VIDIOC_QUERYCTRL": v4l2.QUERYCTRL, "VIDIOC_G_CTRL": v4l2.G_CTRL,
        "VIDIOC_S_CTRL": v4l2.S_CTRL, "V4L2_CAP_VIDEO_CAPTURE": v4l2.CAP_VIDEO_CAPTURE,
        "V4L2_CAP_DEVICE_CAPS": v4l2.CAP_DEVICE_CAPS, "V4L2_CTRL_FLAG_DISABLED": v4l2.FLAG_DISABLED,
        "V4L2_CTRL_FLAG_READ_ONLY": v4l2.FLAG_READ_ONLY, "V4L2_EXPOSURE_MANUAL": v4l2.EXPOSURE_MANUAL,
        "V4L2_EXPOSURE_APERTURE_PRIORITY": v4l2.EXPOSURE_APERTURE_PRIORITY,
        "V4L2_CID_FOCUS_ABSOLUTE": v4l2.KNOBS["focus"].by_hand, "V4L2_CID_FOCUS_AUTO": v4l2.KNOBS["focus"].by_itself,
        "V4L2_CID_BRIGHTNESS": v4l2.KNOBS["brightness"].by_hand,
        "V4L2_CID_EXPOSURE_ABSOLUTE": v4l2.KNOBS["exposure"].by_hand,
        "V4L2_CID_EXPOSURE_AUTO": v4l2.KNOBS["exposure"].by_itself,
        "V4L2_CID_ZOOM_ABSOLUTE": v4l2.KNOBS["zoom"].by_hand, "V4L2_CID_ILLUMINATORS_1": v4l2.KNOBS["light"].by_hand,
        "V4L2_CID_WHITE_BALANCE_TEMPERATURE": v4l2.KNOBS["white_balance"].by_hand,
        "V4L2_CID_AUTO_WHITE_BALANCE": v4l2.KNOBS["white_balance"].by_itself,
        "offsetof(struct v4l2_capability, card)": 16, "offsetof(struct v4l2_capability, device_caps)": 88,
        "offsetof(struct v4l2_queryctrl, minimum)": 40, "offsetof(struct v4l2_queryctrl, flags)": 56,
        "offsetof(struct v4l2_control, value)": 4,
    }  # fmt: skip
    source = tmp_path / "numbers.c"
    checks = "\n".join(
        f'_Static_assert((unsigned long)({name}) == {value}UL, "{name}");' for name, value in wanted.items()
    )
    source.write_text(f"#include <stddef.h>\n#include <linux/videodev2.h>\n{checks}\n")
    said = subprocess.run(["cc", "-fsyntax-only", str(source)], capture_output=True, text=True, timeout=30, check=False)
    assert said.returncode == 0, said.stderr
