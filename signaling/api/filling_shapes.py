"""How the API tells of forms and signatures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from signaling.forms.schema import Form


@dataclass(frozen=True, slots=True)
class OptionShape:
    id: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class FieldShape:
    id: str
    type: str
    name: str
    name_en: str
    hint: str
    hint_en: str
    required: bool
    longest: int
    options: tuple[OptionShape, ...]
    source: str


@dataclass(frozen=True, slots=True)
class SectionShape:
    name: str
    name_en: str
    fields: tuple[FieldShape, ...]


@dataclass(frozen=True, slots=True)
class FormShape:
    id: str
    name: str
    name_en: str
    declaration: str
    sections: tuple[SectionShape, ...]


@dataclass(frozen=True, slots=True)
class FormShapes:
    forms: tuple[FormShape, ...]


@dataclass(frozen=True, slots=True)
class SigningShape:
    signing_id: str
    state: str
    document_id: str
    sha256: str
    signed_id: str


def form_shape(form: Form) -> FormShape:
    """Return a form as the pages draw it."""
    return FormShape(
        form.id, form.name, form.name_en, form.declaration,
        tuple(
            SectionShape(section.name, section.name_en, tuple(
                FieldShape(
                    one.id, one.type, one.name, one.name_en, one.hint, one.hint_en, one.required, one.longest,
                    tuple(OptionShape(option.id, option.name, option.name_en) for option in one.options), one.source,
                )
                for one in section.fields
            ))
            for section in form.sections
        ),
    )  # fmt: skip
