"""Writes a district as the files it can be read from again: the other half of `tomllib`.

Promise: `tomllib.loads(written(table))` gives the same tables, with dates as dates. Entries stand under `[[name]]`,
lists of things inside them under `[[name.key]]`; comments of a file that was read are not kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def written(tables: Mapping[str, Any]) -> str:
    """Return the text of one file: first its single values, then its tables."""
    single = {key: value for key, value in tables.items() if not isinstance(value, list)}
    parts = ["".join(f"{_key(key)} = {_value(value)}\n" for key, value in single.items())]
    for key, entries in tables.items():
        if isinstance(entries, list):
            parts += [_entry(_key(key), entry) for entry in entries]
    return "\n".join(part for part in parts if part)


def _entry(path: str, entry: Mapping[str, Any]) -> str:
    """An entry under `[[path]]`; what is itself a list of things comes after its plain keys, as TOML asks."""
    later = {key: value for key, value in entry.items() if _is_table(key, value)}
    text = f"[[{path}]]\n" + _keys({key: value for key, value in entry.items() if key not in later})
    for key, value in later.items():
        below = f"{path}.{_key(key)}"
        text += f"[{below}]\n{_keys(value)}" if isinstance(value, Mapping) else "".join(_entry(below, v) for v in value)
    return text


def _is_table(key: str, value: object) -> bool:
    """Short ones (an item's `requires`, an agent's `skills`) stand in one line."""
    return (key == "policy" and isinstance(value, Mapping)) or key == "materials"


def _keys(values: Mapping[str, Any]) -> str:
    return "".join(f"{_key(key)} = {_value(value, key)}\n" for key, value in values.items())


def _key(key: str) -> str:
    return key if PLAIN_KEY.fullmatch(key) else _text(key)


def _value(value: object, key: str = "") -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return value if key == "date" and DATE.fullmatch(value) else _text(value)
        case Mapping():
            return "{ " + ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_value(each) for each in value) + "]"
        case _:
            raise TypeError(f"{key}: a {type(value).__name__} has no place in these files")


def _text(text: str) -> str:
    # JSON's strings are TOML's basic strings, but for the one control character JSON leaves as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
