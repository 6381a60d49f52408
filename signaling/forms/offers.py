"""What papers offer a form: pure. A field says by `source` what of the applicant's paper fills it in, or by `paper`
which field of which line of the checklist does; what does not fit the field is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from signaling.forms.rules import clean, problem

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from signaling.forms.schema import Field, Form

READ_AS: Final[Mapping[str, str]] = {
    "name": "name", "id_number": "number", "address": "address", "birth_date": "born", "sex": "sex",
}  # fmt: skip
"""How a paper's reading calls each `source`."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one paper of a call says surely and nobody doubts, by the reading's field names."""

    capture_id: str
    material_id: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """A value for a field, and the still it stands on."""

    value: str
    capture_id: str
    material_id: str


def offers(form: Form, papers: Sequence[Said], applicant: str, today: date) -> dict[str, Offer]:
    """Return what each field is offered; `applicant` is the line of the checklist that shows who the matter is for.

    `papers` are in the order of their reading: the later of two of one line counts.
    """
    found: dict[str, Offer] = {}
    for field in form.fields.values():
        material_id, _, name = (field.paper or f"{applicant}.{READ_AS.get(field.source, '')}").partition(".")
        for paper in papers:
            value = _fitting(form, field, paper.values.get(name, ""), today)
            if value and paper.material_id == material_id:
                found[field.id] = Offer(value, paper.capture_id, paper.material_id)
    return found


def _fitting(form: Form, field: Field, text: str, today: date) -> str:
    """Return what is read as this field keeps it; empty where it does not fit."""
    value = clean(text)
    if field.type == "choice":
        value = next((option.id for option in field.options if value in (option.name, option.id)), "")
    return "" if problem(form, field, {field.id: value}, today) else value
