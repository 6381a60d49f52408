"""Camera nodes behind the real `ioctl` of the kernel, where no camera is plugged in: a small FUSE file system.

FUSE hands an ioctl of one of its files to the process that serves it, with as many bytes as the call's own number says
(linux/fuse.h, FUSE_IOCTL), so that a wrong number or layout fails here as it would at a camera. Run under
`unshare -Urm`, which lets anybody mount, and takes the mount away with the process; reached through `/proc/PID/root`.

`video0` has the controls of a document camera, `video1` only metadata, `video2` is a webcam without controls. SIGUSR1
pulls `video0` out, SIGUSR2 lets nobody open any. What a camera's own firmware does with a value is not to be seen here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import struct
import sys
from pathlib import Path

HEADER, ANSWER = struct.Struct("=IIQQIIII"), struct.Struct("=IiQ")
LOOKUP, FORGET, GETATTR, OPEN, RELEASE, INIT, OPENDIR, READDIR = 1, 2, 3, 14, 18, 26, 27, 28
RELEASEDIR, INTERRUPT, IOCTL, BATCH_FORGET = 29, 36, 39, 42
ROOT = 1
NAMES = ("video0", "video1", "video2")
FOCUS, FOCUS_AUTO, BRIGHTNESS, ZOOM, GAMMA = 0x009A090A, 0x009A090C, 0x00980900, 0x009A090D, 0x00980910
EXPOSURE, EXPOSURE_AUTO = 0x009A0902, 0x009A0901
INACTIVE, DISABLED = 0x10, 0x1
CONTROLS: dict[int, list[int]] = {
    # least, most, step, usual, value, flags
    FOCUS: [0, 250, 5, 0, 60, 0],
    FOCUS_AUTO: [0, 1, 1, 1, 1, 0],
    BRIGHTNESS: [-64, 64, 1, 0, 7, 0],
    ZOOM: [100, 500, 1, 100, 100, DISABLED],
    EXPOSURE: [3, 2047, 1, 250, 250, 0],
    EXPOSURE_AUTO: [0, 3, 1, 3, 3, 0],
    GAMMA: [72, 500, 1, 100, 100, 0],
}
gone: list[str] = []
locked: list[bool] = []


def capability(name: str) -> bytes:
    own = 0x00800000 if name == "video1" else 0x1  # metadata, or pictures
    card = b"Plain Webcam" if name == "video2" else b"Document Camera"
    return struct.pack("=16s32s32sIII12x", b"uvcvideo", card, b"usb-1", 0x060100, 0x80800001, own)


def query(number: int) -> bytes:
    least, most, step, usual, _, flags = CONTROLS[number]
    if number == FOCUS and CONTROLS[FOCUS_AUTO][4]:
        flags |= INACTIVE
    return struct.pack("=II32siiiiI8x", number, 1, b"a control", least, most, step, usual, flags)


def ioctl(name: str, number: int, data: bytes) -> bytes:
    """Answer as uvcvideo does; raise OSError with what it refuses."""
    if name in gone:
        raise OSError(errno.ENODEV, "")
    if number == 0x80685600:
        return capability(name)
    (control,) = struct.unpack_from("=I", data)
    if name != "video0" or control not in CONTROLS:
        raise OSError(errno.EINVAL, "")
    if number == 0xC0445624:
        return query(control)
    if number == 0xC008561C:
        set_(control, struct.unpack_from("=i", data, 4)[0])
    elif number != 0xC008561B:
        raise OSError(errno.ENOTTY, "")
    return struct.pack("=Ii", control, CONTROLS[control][4])


def set_(control: int, value: int) -> None:
    least, most = CONTROLS[control][:2]
    if not least <= value <= most:
        raise OSError(errno.ERANGE, "")
    if control == FOCUS and CONTROLS[FOCUS_AUTO][4]:
        raise OSError(errno.EACCES, "")  # inactive while the camera focuses by itself
    if control == FOCUS_AUTO and value and not CONTROLS[FOCUS_AUTO][4]:
        CONTROLS[FOCUS][4] = 95  # it looks anew, and finds the sheet
    CONTROLS[control][4] = value


def attributes(node: int) -> bytes:
    mode = 0o040755 if node == ROOT else 0o100666
    return struct.pack("=6Q10I", node, 0, 0, 0, 0, 0, 0, 0, 0, mode, 1, os.getuid(), os.getgid(), 0, 4096, 0)


def answer(code: int, node: int, body: bytes) -> bytes:
    """Return what a request is answered with; raise OSError for what is refused."""
    if code == INIT:
        return struct.pack("=IIIIHHIIHH32x", 7, 31, 0, 0, 0, 0, 4096, 1, 0, 0)
    if code == LOOKUP:
        name = body.rstrip(b"\0").decode()
        if name not in NAMES or name in gone:
            raise OSError(errno.ENOENT, "")
        found = NAMES.index(name) + 2
        return struct.pack("=QQQQII", found, 0, 0, 0, 0, 0) + attributes(found)
    if code == GETATTR:
        return struct.pack("=QII", 0, 0, 0) + attributes(node)
    if code == OPEN and locked:
        raise OSError(errno.EACCES, "")
    if code in (OPEN, OPENDIR):
        return struct.pack("=QII", 0, 0, 0)
    if code == READDIR:
        return b"" if struct.unpack_from("=QQ", body)[1] else listing()
    if code == IOCTL:
        _, _, number, _, incoming, _ = struct.unpack_from("=QIIQII", body)
        return struct.pack("=iIII", 0, 0, 0, 0) + ioctl(NAMES[node - 2], number, body[32 : 32 + incoming])
    if code in (RELEASE, RELEASEDIR):
        return b""
    raise OSError(errno.ENOSYS, "")


def listing() -> bytes:
    there = [name for name in NAMES if name not in gone]
    return b"".join(
        struct.pack("=QQII8s", NAMES.index(name) + 2, at + 1, len(name), 8, name.encode())
        for at, name in enumerate(there)
    )


def serve(folder: Path) -> None:
    device = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={device},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()}".encode()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"cameras", os.fsencode(folder), b"fuse", 6, options):  # MS_NOSUID | MS_NODEV
        raise OSError(ctypes.get_errno(), "mount")
    signal.signal(signal.SIGUSR1, lambda *_: gone.append("video0"))
    signal.signal(signal.SIGUSR2, lambda *_: locked.append(True))
    print(os.getpid(), flush=True)
    while True:
        request = os.read(device, 1 << 17)
        _, code, unique, node, *_ = HEADER.unpack_from(request)
        if code in (FORGET, BATCH_FORGET, INTERRUPT):
            continue
        refused, said = 0, b""
        try:
            said = answer(code, node, request[HEADER.size :])
        except OSError as error:
            refused = -(error.errno or errno.EIO)
        os.write(device, ANSWER.pack(ANSWER.size + len(said), refused, unique) + said)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
