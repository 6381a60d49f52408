"""One form in one call, filled in by two: pure.

Each field has a version of its own, so that two who write in different fields never disturb each other. The rule for
one field: an edit says which version it was made on. Made on the present one it is taken. Made on an older one it is
refused with what stands there now, unless it says the same or its writer wrote what stands there: who comes second
sees both, and decides. Nobody's words are lost without their knowing.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from signaling.errors import Malformed, Unknown, WrongState
from signaling.forms.rules import clean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from signaling.forms.schema import Form


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """What stands in a field. `source`: where it was taken from, when nobody wrote it: `card`, `paper`.

    `capture_id`: the still it was read from.
    """

    value: str = ""
    version: int = 0
    by: str = ""
    side: str = ""
    at: float = 0
    source: str = ""
    capture_id: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Filling:
    """`version` counts the edits of all fields: one number for exactly this content."""

    form_id: str
    version: int = 0
    entries: Mapping[str, Entry] = dataclasses.field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        return {field_id: entry.value for field_id, entry in self.entries.items()}


EMPTY = Entry()


@dataclasses.dataclass(frozen=True, slots=True)
class Edit:
    field: str
    value: str
    base: int
    by: str
    side: str
    at: float
    source: str = ""
    capture_id: str = ""


def edit(filling: Filling, form: Form, change: Edit) -> Filling:
    """Return the form after an edit, the same one where it says what stands there.

    Raises:
        Unknown: the form has no such field.
        Malformed: the value is too long, or the base is a version that never was.
        WrongState: somebody else changed the field since; `more` says to what.
    """
    field = form.fields.get(change.field)
    if field is None:
        raise Unknown(f"the form has no field {change.field!r}", field="field", code="unknown_field")
    value = clean(change.value)
    if len(value) > field.longest:
        raise Malformed(f"value: at most {field.longest} characters", field="value", code="too_long")
    now = filling.entries.get(field.id, EMPTY)
    if change.base > now.version:
        raise Malformed("base: a version the field had", field="base")
    if value == now.value:
        return filling
    if change.base < now.version and now.by != change.by:
        more = {"value": now.value, "version": str(now.version), "by": now.by}
        raise WrongState("somebody else changed this field", field=field.id, code="field_changed", more=more)
    entry = Entry(
        value, now.version + 1, change.by, change.side, change.at, change.source, change.capture_id
    )  # fmt: skip
    return dataclasses.replace(
        filling, version=filling.version + 1, entries={**filling.entries, field.id: entry}
    )  # fmt: skip
