"""What is said about a booth's devices: the leave to work them, what is done with them, and what there is.

`ACTIONS` is all that a helper can ask of a booth: each action of each device with its parameters, typed like a message.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Annotated, ClassVar

from signaling.messages.rules import CallId, CaptureId
from signaling.wire import Flag, Name, OneOf, Several, Text, Whole

DEVICES = ("document_camera", "printer", "card_reader", "signature_pad")
CODES = (
    "ok", "no_lease", "no_such_device", "no_such_action", "not_connected", "busy", "malformed", "too_large",
    "no_card", "no_answer", "failed",
)  # fmt: skip
"""How an action may end; docs/bridge.md says what each means."""

CONTROLS = ("focus", "brightness", "exposure", "zoom", "light", "white_balance")
"""What may be turned at a document camera, in its own whole numbers."""

Plain = str | int | bool
LeaseId = Annotated[str, Name("lease")]
ActionId = Annotated[str, Name("act")]
DeviceName = Annotated[str, OneOf(*DEVICES)]
ControlName = Annotated[str, OneOf(*CONTROLS)]
Turned = Whole(-(2**31), 2**31 - 1)


@dataclasses.dataclass(frozen=True, slots=True)
class Members:
    """A small flat object: parameters of an action, or its result."""

    most: int
    longest: int

    @property
    def words(self) -> str:
        return (
            f"an object of at most {self.most} members, each text of at most {self.longest} characters, "
            "a whole number, `true` or `false`"
        )

    def __call__(self, value: object) -> Mapping[str, Plain]:
        if not isinstance(value, Mapping) or len(value) > self.most:
            raise ValueError
        name, text, whole = Name(), Text(self.longest), Whole(-(2**53), 2**53)
        return {
            name(key): each if isinstance(each, bool) else whole(each) if isinstance(each, int) else text(each)
            for key, each in value.items()
        }


Parameters = Annotated[Mapping[str, Plain], Members(8, 200)]
Result = Annotated[Mapping[str, Plain], Members(16, 500)]


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """One of several cameras."""

    id: Annotated[str, Text(128, shortest=1)]
    name: Annotated[str, Text(100)]


@dataclasses.dataclass(frozen=True, slots=True)
class Control:
    """One thing of the chosen camera that can be turned."""

    control: ControlName
    value: int
    least: int
    most: int
    step: int
    automatic: bool | None
    """Whether the camera turns it by itself now; None where it never does."""


@dataclasses.dataclass(frozen=True, slots=True)
class BoothDevice:
    """A device as the booth knows it now. Of a document camera `simulated` is said of its controls."""

    device: DeviceName
    name: Annotated[str, Text(100)]
    state: Annotated[str, OneOf("ok", "missing", "failed")]
    simulated: Annotated[bool, Flag()] = False
    choices: tuple[Choice, ...] = ()
    chosen: str = ""
    controls: tuple[Control, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Listed:
    """The list of a booth's devices."""

    most: int = 8
    choices: int = 12

    @property
    def words(self) -> str:
        return (
            f"a list of at most {self.most} objects {{device: {OneOf(*DEVICES).words}, name: text of at most 100 "
            "characters, state: `ok`, `missing` or `failed`, simulated: true or false, "
            f"choices: at most {self.choices} objects {{id, name}}, chosen: the id of one, "
            f"controls: at most {len(CONTROLS)} objects {{control: {OneOf(*CONTROLS).words}, value, least, most and "
            "step: whole numbers, automatic: true or false where the camera can turn it by itself}}"
        )

    def __call__(self, value: object) -> tuple[BoothDevice, ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise ValueError
        return tuple(self._one(each) for each in value)

    def _one(self, each: object) -> BoothDevice:
        if not isinstance(each, Mapping):
            raise ValueError
        choices, controls = each.get("choices", []), each.get("controls", [])
        if not isinstance(choices, list) or len(choices) > self.choices:
            raise ValueError
        if not isinstance(controls, list) or len(controls) > len(CONTROLS):
            raise ValueError
        return BoothDevice(
            device=OneOf(*DEVICES)(each.get("device")),
            name=Text(100)(each.get("name")),
            state=OneOf("ok", "missing", "failed")(each.get("state")),
            simulated=Flag()(each.get("simulated", False)),
            choices=tuple(self._choice(one) for one in choices),
            chosen=Text(128)(each.get("chosen", "")),
            controls=tuple(self._control(one) for one in controls),
        )

    @staticmethod
    def _choice(one: object) -> Choice:
        if not isinstance(one, Mapping):
            raise ValueError
        return Choice(Text(128, shortest=1)(one.get("id")), Text(100)(one.get("name")))

    @staticmethod
    def _control(one: object) -> Control:
        if not isinstance(one, Mapping):
            raise ValueError
        value, least, most, step = (Turned(one.get(name)) for name in ("value", "least", "most", "step"))
        automatic = one.get("automatic")
        return Control(
            OneOf(*CONTROLS)(one.get("control")), value, least, most, step,
            None if automatic is None else Flag()(automatic),
        )  # fmt: skip


# ── what may be asked of a device ───────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class Nothing:
    """An action without parameters."""


@dataclasses.dataclass(frozen=True, slots=True)
class Still:
    """Take a still that was asked for now, and do not wait for a still and sharp sheet."""

    capture_id: CaptureId


@dataclasses.dataclass(frozen=True, slots=True)
class ChooseCamera:
    camera_id: Annotated[str, Text(128, shortest=1)]


@dataclasses.dataclass(frozen=True, slots=True)
class TurnControl:
    """Turn one control of the chosen camera by hand."""

    control: ControlName
    value: Annotated[int, Turned]


@dataclasses.dataclass(frozen=True, slots=True)
class LeaveControl:
    """Let the chosen camera turn it by itself, anew: it focuses again."""

    control: ControlName


@dataclasses.dataclass(frozen=True, slots=True)
class Print:
    """Print the bytes of a stored document or still, which the booth's page fetches with its own cookie."""

    source: Annotated[str, OneOf("document", "capture")]
    id: Annotated[str, Name()]
    copies: Annotated[int, Whole(1, 5)] = 1


@dataclasses.dataclass(frozen=True, slots=True)
class ShowText:
    text: Annotated[str, Text(200, shortest=1)]


ACTIONS: Mapping[str, Mapping[str, type[object]]] = {
    "document_camera": {
        "still": Still, "choose": ChooseCamera, "turn": TurnControl, "automatic": LeaveControl, "reset": Nothing,
    },
    "printer": {"print": Print},
    "card_reader": {"read": Nothing},
    "signature_pad": {"show": ShowText, "clear": Nothing},
}  # fmt: skip


# ── the console says ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class LeaseAsk:
    NAME: ClassVar = "lease.ask"
    call_id: CallId
    devices: Annotated[tuple[str, ...], Several(OneOf(*DEVICES), len(DEVICES))]
    for_s: Annotated[int, Whole(60, 1800)] = 600


@dataclasses.dataclass(frozen=True, slots=True)
class LeaseGiveBack:
    NAME: ClassVar = "lease.give_back"
    lease_id: LeaseId


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceDo:
    NAME: ClassVar = "device.do"
    lease_id: LeaseId
    device: DeviceName
    action: Annotated[str, Name()]
    parameters: Parameters = dataclasses.field(default_factory=dict)


STAFF = (LeaseAsk, LeaseGiveBack, DeviceDo)


# ── the booth says ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class LeaseAllow:
    NAME: ClassVar = "lease.allow"
    lease_id: LeaseId


@dataclasses.dataclass(frozen=True, slots=True)
class LeaseRefuse:
    NAME: ClassVar = "lease.refuse"
    lease_id: LeaseId


@dataclasses.dataclass(frozen=True, slots=True)
class LeaseTakeBack:
    NAME: ClassVar = "lease.take_back"
    lease_id: LeaseId


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceDid:
    NAME: ClassVar = "device.did"
    action_id: ActionId
    code: Annotated[str, OneOf(*CODES)]
    detail: Annotated[str, Text(200)] = ""
    result: Result = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceOwn:
    NAME: ClassVar = "device.own"
    device: DeviceName
    action: Annotated[str, Name()]
    code: Annotated[str, OneOf(*CODES)]
    parameters: Parameters = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class DevicesAre:
    NAME: ClassVar = "devices.are"
    devices: Annotated[tuple[BoothDevice, ...], Listed()]


BOOTH = (LeaseAllow, LeaseRefuse, LeaseTakeBack, DeviceDid, DeviceOwn, DevicesAre)


# ── the server says ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class LeaseChanged:
    NAME: ClassVar = "lease.changed"
    lease_id: str
    call_id: str
    state: str
    """`asked`, `live` or `ended`."""
    devices: tuple[str, ...]
    for_s: float
    agent_id: str
    asked_at: str
    expires_at: str | None = None
    ended_at: str | None = None
    reason: str | None = None
    """Why it ended."""


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceAsked:
    NAME: ClassVar = "device.asked"
    action_id: str
    lease_id: str
    call_id: str
    device: str
    action: str
    parameters: Mapping[str, Plain]


@dataclasses.dataclass(frozen=True, slots=True)
class DeviceDone:
    NAME: ClassVar = "device.done"
    action_id: str
    lease_id: str
    call_id: str
    device: str
    action: str
    code: str
    detail: str
    result: Mapping[str, Plain]


@dataclasses.dataclass(frozen=True, slots=True)
class BoothDevices:
    NAME: ClassVar = "booth.devices"
    call_id: str
    devices: tuple[BoothDevice, ...]
