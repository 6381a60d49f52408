"""What the demo runs beside itself ends with it, also when it is killed."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PARENT = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-m", "signaling.child", str(os.getpid()), "extension_point.devices"]).wait()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells a child of its parent's death on Linux alone")
async def test_a_child_of_a_killed_parent_ends(tmp_path: Path) -> None:
    bridge = {"ORIGINS": "https://window.example.cn", "PORT": "0", "STATE_DIR": str(tmp_path)}
    environment = os.environ | {f"VIRTUAL_WINDOW_BRIDGE_{name}": value for name, value in bridge.items()}
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    async with asyncio.timeout(30):
        assert b"#bridge=" in await parent.stdout.readline()
        parent.kill()
        assert await parent.stdout.read() == b""  # both held it open
        await parent.wait()
