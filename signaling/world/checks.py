"""The rules by which papers are checked, as they stand in `checks.toml` and as they are used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from signaling.papers.precheck import RULES, Rule
from signaling.world.entities import CLOSED, Id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from signaling.world.entities import Item

Kind = Literal[
    "id_card_front", "id_card_back", "residence_permit", "business_licence", "bank_card", "household_page", "form"
]


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule as it is written. Which keys it takes besides `rule` depends on the rule (`precheck.RULES`)."""

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    rule: str
    field: Annotated[str, Field(pattern=r"^[a-z_]{0,40}$")] = ""
    months: Annotated[int, Field(ge=0, le=600)] = 0
    material: str = ""
    other: str = ""
    on: Literal["", Kind] = ""

    def __post_init__(self) -> None:
        known = RULES.get(self.rule)
        if known is None:
            raise ValueError(f'there is no rule "{self.rule}"; there are {", ".join(RULES)}')
        missing = sorted(key for key in known.needs if not getattr(self, key))
        if missing:
            raise ValueError(f'the rule "{self.rule}" needs {", ".join(missing)}')

    def as_rule(self) -> Rule:
        return Rule(self.rule, self.field, self.months, self.material, self.other, self.on)


@dataclass(frozen=True, slots=True)
class Check:
    """How the papers of one line of checklists are checked.

    `items` empty: in every item that has this material. `papers`: kinds of which it may be; `sides`: kinds that all
    have to be there; `words`: which words tell a form of this line from other forms; `applicant`: whose name and number
    it shows is who the matter is for.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CLOSED
    id: Id
    material: str
    papers: Annotated[tuple[Kind, ...], Field(min_length=1)]
    items: tuple[Id, ...] = ()
    sides: tuple[Kind, ...] = ()
    words: tuple[str, ...] = ()
    applicant: bool = False
    rules: tuple[RuleLine, ...] = ()


def of_item(checks: Iterable[Check], item: Item) -> dict[str, Check]:
    """Return the check of each of an item's materials; one that names the item goes before one for all."""
    found: dict[str, Check] = {}
    for check in sorted(checks, key=lambda one: bool(one.items)):
        if item.id in check.items or not check.items:
            found[check.material] = check
    return {material.id: found[material.id] for material in item.materials if material.id in found}


def problems(checks: Mapping[str, Check], items: Mapping[str, Item]) -> Iterable[tuple[str, str, str]]:
    """Yield what does not fit together, as (id, key, sentence)."""
    materials = {material.id for item in items.values() for material in item.materials}
    for id, check in checks.items():
        if check.material not in materials:
            yield id, "material", f'no item has a material "{check.material}"'
        for item in check.items:
            if item not in items:
                yield id, "items", f'there is no "{item}" in the items'
        for number, rule in enumerate(check.rules):
            if rule.material and rule.material not in materials:
                yield id, f"rules[{number}].material", f'no item has a material "{rule.material}"'
