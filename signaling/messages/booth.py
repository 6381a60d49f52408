"""What a booth says."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

from signaling.messages.rules import CallId, CaptureId, Device, Digits, Reason
from signaling.wire import Flag, Name, OneOf, Several, Text, Whole


@dataclasses.dataclass(frozen=True, slots=True)
class Health:
    NAME: ClassVar = "health"
    camera: Device
    document_camera: Device
    microphone: Device
    speaker: Device


@dataclasses.dataclass(frozen=True, slots=True)
class CallEnter:
    NAME: ClassVar = "call.enter"
    item_id: Annotated[str, Name()]
    priority: Annotated[tuple[str, ...], Several(Name(), 5)] = ()
    """Ids of the world's `priorities`."""
    needs: Annotated[tuple[str, ...], Several(Name(), 5)] = ()
    """Ids of the world's `needs`."""
    elder_mode: Annotated[bool, Flag()] = False
    lang: Annotated[str, OneOf("zh-CN", "en")] = "zh-CN"


@dataclasses.dataclass(frozen=True, slots=True)
class CallLeave:
    NAME: ClassVar = "call.leave"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CallLetOthersFirst:
    NAME: ClassVar = "call.let_others_first"
    call_id: CallId
    for_s: Annotated[int, Whole(1, 1800)]


@dataclasses.dataclass(frozen=True, slots=True)
class CallRate:
    NAME: ClassVar = "call.rate"
    call_id: CallId
    level: Annotated[int, Whole(1, 5)]
    reasons: Annotated[tuple[str, ...], Several(Name(), 10)] = ()
    remark: Annotated[str | None, Text(500)] = None
    phone: Annotated[str | None, Digits(11)] = None


@dataclasses.dataclass(frozen=True, slots=True)
class CallDismiss:
    NAME: ClassVar = "call.dismiss"
    call_id: CallId


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureWithdraw:
    NAME: ClassVar = "capture.withdraw"
    capture_id: CaptureId


@dataclasses.dataclass(frozen=True, slots=True)
class CaptureFail:
    NAME: ClassVar = "capture.fail"
    capture_id: CaptureId
    reason: Reason = ""


MESSAGES = (
    Health, CallEnter, CallLeave, CallLetOthersFirst, CallRate, CallDismiss, CaptureWithdraw, CaptureFail,
)  # fmt: skip
