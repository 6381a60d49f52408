"""Whether a value fits its field: pure, answered with a code that the pages have a sentence for in plain words."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from stdnum.iso7064 import mod_11_2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from signaling.forms.schema import Field, Form, Rule

CODES: Final = (
    "required", "too_long", "choice", "name", "id_number", "phone", "date", "no_such_day", "number", "not_future",
    "not_past", "at_least", "at_most", "same_as", "different_from",
)  # fmt: skip
_MOBILE = re.compile(r"1[3-9]\d{9}")
_FIXED = re.compile(r"0\d{2,3}-?\d{7,8}")
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,4})?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WORD = re.compile(r"[^\W\d_]", re.UNICODE)


def clean(value: str) -> str:
    """Return a value as it is kept: without characters nobody sees, and without space around it."""
    return "".join(letter for letter in value if letter.isprintable() or letter == "\n").strip()


def problem(form: Form, field: Field, values: Mapping[str, str], today: date) -> str:
    """Return the code of what is wrong with a field's value, the empty string where it fits."""
    value = values.get(field.id, "")
    if not value:
        return "required" if _is_required(field, values) else ""
    if len(value) > field.longest:
        return "too_long"
    return _wrong_type(field, value) or next(
        (rule.rule for rule in field.rules if not _holds(rule, field, value, values, today)), ""
    )


def problems(form: Form, values: Mapping[str, str], today: date) -> dict[str, str]:
    """Return the code of every field that does not fit."""
    found = {field.id: problem(form, field, values, today) for field in form.fields.values()}
    return {field_id: code for field_id, code in found.items() if code}


def _is_required(field: Field, values: Mapping[str, str]) -> bool:
    conditions = [rule for rule in field.rules if rule.rule == "required_when"]
    if conditions:
        return any(values.get(rule.field, "") == rule.equals for rule in conditions)
    return field.required


def _wrong_type(field: Field, value: str) -> str:
    match field.type:
        case "text" | "long_text":
            return ""
        case "name":
            return "" if _WORD.search(value) and not re.search(r"\d", value) else "name"
        case "id_number":
            return "" if is_id_number(value) else "id_number"
        case "phone":
            return "" if _MOBILE.fullmatch(value) or _FIXED.fullmatch(value) else "phone"
        case "date":
            return "date" if not _DATE.fullmatch(value) else "" if _date(value) else "no_such_day"
        case "number":
            return "" if _NUMBER.fullmatch(value) else "number"
        case "choice":
            return "" if value in {option.id for option in field.options} else "choice"
        case "yes_no":
            return "" if value in ("yes", "no") else "choice"


def _holds(rule: Rule, field: Field, value: str, values: Mapping[str, str], today: date) -> bool:
    match rule.rule:
        case "not_future" | "not_past":
            day = _date(value)
            return day is None or (day <= today if rule.rule == "not_future" else day >= today)
        case "at_least" | "at_most":
            return float(value) >= rule.value if rule.rule == "at_least" else float(value) <= rule.value
        case "same_as" | "different_from":
            other = values.get(rule.field, "")
            return not other or (value == other) == (rule.rule == "same_as")
        case _:
            return True


def is_id_number(value: str) -> bool:
    """Check a resident identity number by GB 11643: 17 digits with a date of birth, and the check character."""
    text = value.upper()
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", text) or not mod_11_2.is_valid(text):
        return False
    return _date(f"{text[6:10]}-{text[10:12]}-{text[12:14]}") is not None


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if _DATE.fullmatch(value) else None
    except ValueError:
        return None
