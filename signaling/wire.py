"""How a wire message is declared, read and described.

A message is a frozen dataclass whose fields carry their rule: `item_id: Annotated[str, Name()]`. `parse` turns
what a client sent into that dataclass or raises `Malformed` with the field's name and the rule in words; the same
words stand in docs/protocol.md (`describe` yields them and a test compares). Members nobody declared are ignored,
so that a newer page can talk to an older server. Inside the service there is no `dict[str, Any]`.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Protocol, TypeVar, get_args, get_origin, get_type_hints

from signaling.errors import Malformed

M = TypeVar("M")


class Rule(Protocol):
    """What a field may hold. Called with the raw value it returns the clean one or raises ValueError."""

    @property
    def words(self) -> str: ...

    def __call__(self, value: object) -> object: ...


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    longest: int
    shortest: int = 0

    @property
    def words(self) -> str:
        return f"text of {self.shortest}–{self.longest} characters"

    def __call__(self, value: object) -> str:
        # A lone surrogate passes JSON but no UTF-8 encoder: refuse it here, not in the database.
        if not isinstance(value, str) or not self.shortest <= len(value) <= self.longest or not _encodable(value):
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """An identifier: of a prefix where one is given (`call_…`), else any short plain word."""

    prefix: str = ""

    @property
    def words(self) -> str:
        return (
            f"an id `{self.prefix}_…` of at most 64 letters, digits, `_`, `-`, `.`"
            if self.prefix
            else ("an id of 1–64 letters, digits, `_`, `-`, `.`")
        )

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise ValueError
        if self.prefix and not value.startswith(self.prefix + "_"):
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True, slots=True, init=False)
class OneOf:
    values: tuple[str, ...]

    def __init__(self, *values: str) -> None:
        object.__setattr__(self, "values", values)

    @property
    def words(self) -> str:
        return "one of " + ", ".join(f"`{value}`" for value in self.values)

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or value not in self.values:
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True, slots=True)
class Whole:
    low: int
    high: int

    @property
    def words(self) -> str:
        return f"a whole number {self.low}–{self.high}"

    def __call__(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    low: float
    high: float

    @property
    def words(self) -> str:
        return f"a number {self.low:g}–{self.high:g}"

    def __call__(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError
        if not math.isfinite(value) or not self.low <= value <= self.high:
            raise ValueError
        return float(value)


@dataclasses.dataclass(frozen=True, slots=True)
class Flag:
    words: str = "true or false"

    def __call__(self, value: object) -> bool:
        if not isinstance(value, bool):
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True, slots=True)
class Digits:
    """A code that people read aloud and type."""

    count: int

    @property
    def words(self) -> str:
        return f"{self.count} digits"

    def __call__(self, value: object) -> str:
        if not isinstance(value, str) or len(value) != self.count or not (value.isascii() and value.isdecimal()):
            raise ValueError
        return value


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    words: str = "a time as RFC 3339 writes it, with its zone"

    def __call__(self, value: object) -> float:
        if not isinstance(value, str) or len(value) > 40:
            raise ValueError
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError
        return at.timestamp()


@dataclasses.dataclass(frozen=True, slots=True)
class Several:
    """A list without repetitions."""

    each: Rule
    most: int

    @property
    def words(self) -> str:
        return f"a list of at most {self.most}, each {self.each.words}"

    def __call__(self, value: object) -> tuple[object, ...]:
        if not isinstance(value, list) or len(value) > self.most:
            raise ValueError
        items = tuple(self.each(item) for item in value)
        if len(set(items)) != len(items):
            raise ValueError
        return items


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """One declared member of a message."""

    name: str
    rule: Rule
    required: bool
    nullable: bool


def describe(kind: type[object]) -> tuple[Field, ...]:
    """Return the declared members of a message type, in order."""
    known = _DESCRIBED.get(kind)
    if known is None:
        hints = get_type_hints(kind, include_extras=True)
        known = tuple(_field(field, hints[field.name]) for field in dataclasses.fields(kind))  # type: ignore[arg-type]
        _DESCRIBED[kind] = known
    return known


def parse(kind: type[M], data: object) -> M:
    """Return the message that `data` (decoded JSON) says, or raise Malformed naming field and rule."""
    if not isinstance(data, Mapping):
        raise Malformed("message: an object", field="message")
    values: dict[str, object] = {}
    for field in describe(kind):
        raw = data.get(field.name)
        if raw is None:
            if field.required:
                raise Malformed(f"{field.name}: required, {field.rule.words}", field=field.name)
            if field.name in data and not field.nullable:
                raise Malformed(f"{field.name}: {field.rule.words}", field=field.name)
            continue
        try:
            values[field.name] = field.rule(raw)
        except (ValueError, TypeError):
            raise Malformed(f"{field.name}: {field.rule.words}", field=field.name) from None
    return kind(**values)


def rfc3339(at: float) -> str:
    """Return a time in the one form it has on the wire: UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _field(field: dataclasses.Field[object], hint: object) -> Field:
    rules = [extra for extra in get_args(hint)[1:]] if get_origin(hint) is Annotated else []
    if len(rules) != 1:
        raise TypeError(f"{field.name}: a wire field carries exactly one rule")
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return Field(field.name, rules[0], required, field.default is None)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_DESCRIBED: dict[type[object], tuple[Field, ...]] = {}
_NAME = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
