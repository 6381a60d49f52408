"""How a form is declared: one TOML file a form, readable by whoever answers for the matter.

Promise: either every form of the folder is read and fits the district's items, or `FormError` names each fault with
file, field and key; a type or a rule nobody knows is refused by its name. At most 80 fields a form and 200 kB a file:
nobody fills in more at a window.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from signaling.world import Item

MOST_FIELDS: Final = 80
MOST_BYTES: Final = 200_000

Type = Literal["text", "long_text", "name", "id_number", "phone", "date", "number", "choice", "yes_no"]
TYPES: Final = get_args(Type)
LENGTHS: Final[Mapping[str, int]] = {
    "text": 100, "long_text": 500, "name": 50, "id_number": 18, "phone": 20, "date": 10, "number": 15, "choice": 64,
    "yes_no": 3,
}  # fmt: skip
"""The most characters of a value, unless the field says less."""
RULES: Final[Mapping[str, tuple[str, ...]]] = {
    "not_future": (), "not_past": (), "at_least": ("value",), "at_most": ("value",), "same_as": ("field",),
    "different_from": ("field",), "required_when": ("field", "equals"),
}  # fmt: skip
"""Every rule, and the keys it needs beside its name."""
SOURCES: Final = ("name", "id_number", "address", "birth_date", "sex")
"""What the citizen's card gives, and the paper that shows who the matter is for."""
_PAPER = re.compile(r"[a-z0-9_]+\.[a-z_]+")


class FormError(Exception):
    """One or more forms are wrong; `problems` holds a sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Rule:
    rule: str
    field: str = ""
    value: float = 0
    equals: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form. `source`: what of the citizen's card, or of the paper that shows who it is for, fills it in.

    `paper`: what another paper says, `material.field` as in `checks.toml`.
    """

    id: str
    type: Type
    name: str
    name_en: str = ""
    hint: str = ""
    hint_en: str = ""
    required: bool = True
    longest: int = 0
    options: tuple[Option, ...] = ()
    rules: tuple[Rule, ...] = ()
    source: str = ""
    paper: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    name: str
    name_en: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """A form; `declaration` is what the citizen signs under."""

    id: str
    name: str
    name_en: str
    items: tuple[str, ...]
    declaration: str
    sections: tuple[Section, ...]

    @property
    def fields(self) -> Mapping[str, Field]:
        return {field.id: field for section in self.sections for field in section.fields}


def load(folder: Path, items: Mapping[str, Item]) -> Mapping[str, Form]:
    """Read every form of a folder; none where there is no folder.

    Raises:
        FormError: with every fault of every file.
    """
    forms: dict[str, Form] = {}
    problems: list[str] = []
    for file in sorted(folder.glob("*.toml")):
        try:
            form = parse(_read(file))
            if form.id in forms:
                raise FormError([f"id: {form.id!r} is used twice"])
            if unknown := [item for item in form.items if item not in items]:
                raise FormError([f"items: there is no service item {unknown[0]!r}"])
            if strange := list(_unlisted(form, items)):
                raise FormError(strange)
            forms[form.id] = form
        except FormError as error:
            problems += [f"forms/{file.name}: {problem}" for problem in error.problems]
    if problems:
        raise FormError(problems)
    return forms


def _unlisted(form: Form, items: Mapping[str, Item]) -> Iterator[str]:
    listed = {material.id for item in form.items for material in items[item].materials}
    for field in form.fields.values():
        if field.paper and field.paper.partition(".")[0] not in listed:
            yield f'field "{field.id}".paper: no checklist of the form\'s items has this line'


def _read(file: Path) -> Mapping[str, Any]:
    if file.stat().st_size > MOST_BYTES:
        raise FormError([f"is longer than {MOST_BYTES} bytes"])
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise FormError([str(error)]) from None


def parse(data: Mapping[str, Any]) -> Form:
    """Return the form that decoded TOML declares; raise `FormError` with every fault."""
    problems = list(_unknown("", data, {"id", "name", "name_en", "items", "declaration", "sections"}))
    problems += [f"{key}: is missing" for key in ("id", "name", "declaration") if not _word(data, key)]
    sections = data.get("sections")
    if not isinstance(sections, list) or not sections or not all(isinstance(one, dict) for one in sections):
        raise FormError([*problems, "sections: write each under [[sections]]"])
    count = sum(len(section.get("fields", ())) for section in sections if isinstance(section.get("fields"), list))
    if count > MOST_FIELDS:  # before any of them is looked at
        raise FormError([f"fields: {count}; a form has at most {MOST_FIELDS}"])
    read = [_section(number, section, problems) for number, section in enumerate(sections, 1)]
    form = Form(
        str(data.get("id")), str(data.get("name")), str(data.get("name_en", "")),
        tuple(str(item) for item in data.get("items", ())), str(data.get("declaration")), tuple(read),
    )  # fmt: skip
    problems += _together(form)
    if problems:
        raise FormError(problems)
    return form


def _section(number: int, data: Mapping[str, Any], problems: list[str]) -> Section:
    problems += _unknown(f"sections number {number}", data, {"name", "name_en", "fields"})
    fields = data.get("fields")
    if not isinstance(fields, list) or not fields:
        problems.append(f"sections number {number}.fields: write each under [[sections.fields]]")
        fields = []
    return Section(
        str(data.get("name", "")), str(data.get("name_en", "")),
        tuple(_field(one, problems) for one in fields if isinstance(one, dict)),
    )  # fmt: skip


def _field(data: Mapping[str, Any], problems: list[str]) -> Field:
    where = f'field "{data.get("id", "?")}"'
    problems += _unknown(where, data, set(Field.__dataclass_fields__))
    problems += [f"{where}.{key}: is missing" for key in ("id", "type", "name") if not _word(data, key)]
    kind = str(data.get("type", ""))
    if kind and kind not in TYPES:
        problems.append(f"{where}.type: there is no type {kind!r}; one of {', '.join(TYPES)}")
    source = str(data.get("source", ""))
    if source and source not in SOURCES:
        problems.append(f"{where}.source: there is no source {source!r}; one of {', '.join(SOURCES)}")
    paper = str(data.get("paper", ""))
    if paper and not _PAPER.fullmatch(paper):
        problems.append(f"{where}.paper: a line of the checklist and a field of its papers, like bank_card.number")
    options = tuple(
        Option(str(one.get("id", "")), str(one.get("name", "")), str(one.get("name_en", "")))
        for one in data.get("options", ())
        if isinstance(one, dict)
    )
    if (kind == "choice") != bool(options):
        problems.append(f"{where}.options: a choice has some, nothing else has any")
    most = LENGTHS.get(kind, 100)
    longest = data.get("longest", most)
    if not isinstance(longest, int) or not 1 <= longest <= most:
        problems.append(f"{where}.longest: a whole number 1–{most}")
        longest = most
    rules = tuple(_rule(where, one, problems) for one in data.get("rules", ()))
    return Field(
        str(data.get("id", "")), kind, str(data.get("name", "")), str(data.get("name_en", "")),  # type: ignore[arg-type]
        str(data.get("hint", "")), str(data.get("hint_en", "")), bool(data.get("required", True)), longest, options,
        rules, source, paper,
    )  # fmt: skip


def _rule(where: str, data: object, problems: list[str]) -> Rule:
    if not isinstance(data, dict) or not isinstance(data.get("rule"), str):
        problems.append(f'{where}.rules: each is a table like {{ rule = "not_future" }}')
        return Rule("")
    name = data["rule"]
    if name not in RULES:
        problems.append(f"{where}.rules: there is no rule {name!r}; one of {', '.join(RULES)}")
        return Rule("")
    problems += _unknown(f"{where}.rules {name}", data, {"rule", *RULES[name]})
    problems += [f"{where}.rules {name}.{key}: is missing" for key in RULES[name] if key not in data]
    value = data.get("value", 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        problems.append(f"{where}.rules {name}.value: a number")
        value = 0
    return Rule(name, str(data.get("field", "")), float(value), str(data.get("equals", "")))


def _together(form: Form) -> Iterator[str]:
    seen: set[str] = set()
    for section in form.sections:
        for field in section.fields:
            if field.id in seen:
                yield f'field "{field.id}".id: is used twice'
            seen.add(field.id)
    for field in form.fields.values():
        for rule in field.rules:
            if rule.field and rule.field not in seen:
                yield f'field "{field.id}".rules {rule.rule}.field: there is no field {rule.field!r}'


def _word(data: Mapping[str, Any], key: str) -> bool:
    return isinstance(data.get(key), str) and bool(data[key])


def _unknown(where: str, data: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    for key in sorted(data.keys() - known):
        yield f"{where}.{key}: there is no such key".lstrip(".")
