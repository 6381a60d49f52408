"""Tells which paper it is by what stands on it, and finds its named fields.

A paper is a set of labels (姓名, 签发机关, …) with values behind or below them. Lines are joined to rows; in a row, a
value runs from its label to the next one; a row without any label goes on with the value above it where that may be
long (an address). What a label's value must look like (a date, eighteen digits) is asked of each, so that a
misplaced one is not taken.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from signaling.papers import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from signaling.papers.reading import Line

Kind = Literal[
    "id_card_front", "id_card_back", "residence_permit", "business_licence", "bank_card", "household_page", "form", ""
]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Field:
    """What a paper says under one name. Dates are `YYYY-MM-DD` (or `YYYY-MM`), without end `9999-12-31`."""

    name: str
    text: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class Recognised:
    kind: Kind
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a row with its place in the sheet."""

    text: str
    confidence: float
    box: Box


LABELS: dict[str, dict[str, str]] = {
    "id_card_front": {
        "姓名": "name", "性别": "sex", "民族": "nation", "出生": "born", "住址": "address", "公民身份号码": "number",
    },
    "id_card_back": {"签发机关": "authority", "有效期限": "period"},
    "residence_permit": {
        "姓名": "name", "性别": "sex", "民族": "nation", "出生": "born", "居住地址": "address", "住址": "address",
        "公民身份号码": "number", "签发日期": "issued", "有效期至": "valid_until", "有效期限": "period",
        "签发机关": "authority",
    },
    "household_page": {
        "姓名": "name", "户主或与户主关系": "relation", "性别": "sex", "民族": "nation", "出生日期": "born",
        "籍贯": "origin", "公民身份号码": "number", "婚姻状况": "married", "文化程度": "education", "服务处所": "work",
        "登记日期": "registered", "承办人签章": "",
    },
    "business_licence": {
        "统一社会信用代码": "number", "名称": "name", "类型": "type", "法定代表人": "representative",
        "经营范围": "scope", "注册资本": "capital", "成立日期": "founded", "住所": "address", "登记机关": "",
        "营业期限": "period",
    },
    "form": {
        "申请人签名": "signed", "申请人": "name", "姓名": "name", "性别": "sex", "民族": "nation",
        "公民身份号码": "number", "身份证号码": "number", "身份证号": "number", "联系电话": "phone",
        "邮政编码": "postcode",
        "住址": "address", "办理方式": "", "开具日期": "issued", "填表日期": "issued", "日期": "issued",
    },
}  # fmt: skip
"""By kind: the labels and the names of their fields; a label without a name only ends the value before it."""

LONG = {"address", "scope"}
"""Fields that may go on in the next row."""
DATE = re.compile(r"((?:19|20)\d{2})[年.\-/]?(?:(\d{1,2})[月.\-/](\d{1,2})|(\d{2})(\d{2}))")
"""Of three digits with no mark between them nobody knows which are the month's."""


def recognise(lines: Sequence[Line], shape: str) -> Recognised:
    """Return what paper the lines are of. `shape`: the sheet's format (`id_1`, `a4`, …) as far as known."""
    said = "".join(line.text for line in lines).replace(" ", "")
    kind = _kind(said, lines, shape)
    if kind == "":
        return Recognised("", ())
    if kind == "bank_card":
        return Recognised(kind, tuple(_bank_fields(lines)))
    rows = _rows(lines)
    found: dict[str, Field] = {}
    last = ""
    for row in rows:
        last = _take(row, LABELS[kind], found, last)
    fields = [field for field in found.values() if field.text]
    if "number" not in found and kind in numbers.CHECKS:
        fields += _number_anywhere(lines, numbers.CHECKS[kind])
    return Recognised(kind, tuple(_cleaned(fields)))


def _kind(said: str, lines: Sequence[Line], shape: str) -> Kind:
    if "营业执照" in said or ("统一社会信用代码" in said and "法定代表人" in said):
        return "business_licence"
    if "常住人口登记卡" in said or "与户主关系" in said:
        return "household_page"
    if "签发机关" in said and ("居民身份证" in said or "中华人民共和国" in said) and "姓名" not in said:
        return "id_card_back"
    short = len(lines) <= 18 and "申请" not in said and "证明" not in said
    if short and "居住证" in said:
        return "residence_permit"
    if short and "公民身份" in said and ("住址" in said or "出生" in said or "民族" in said):
        return "id_card_front"
    if shape in ("id_1", "") and len(lines) <= 12 and _bank_number(lines) is not None:
        return "bank_card"
    return "form" if len(said) >= 8 else ""


def _rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Join lines that stand beside each other, left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda one: one.box[1] + one.box[3]):
        middle = (line.box[1] + line.box[3]) / 2
        for row in reversed(rows[-3:]):
            top = sum(one.box[1] for one in row) / len(row)
            bottom = sum(one.box[3] for one in row) / len(row)
            if top + 0.2 * (bottom - top) < middle < bottom - 0.2 * (bottom - top):
                row.append(line)
                break
        else:
            rows.append([line])
    return [sorted(row, key=lambda one: one.box[0]) for row in rows]


def _take(row: Sequence[Line], labels: dict[str, str], found: dict[str, Field], last: str) -> str:
    """Put the values of one row where they belong; return the field that the next row may go on with."""
    text, owner = "", []
    for line in row:
        clean = line.text.replace(" ", "")
        owner += [(line, place / max(1, len(clean)), (place + 1) / max(1, len(clean))) for place in range(len(clean))]
        text += clean
    places = _labels(text, labels)
    if not places and last in LONG and last in found:
        before = found[last]
        if row[0].box[0] > before.box[0] - 0.05:  # under the value, not under its label
            piece = _piece(text, owner)
            box = _around(before.box, piece.box)
            found[last] = Field(last, before.text + text, min(before.confidence, piece.confidence), box)
            return last
        return ""
    for number, (start, label) in enumerate(places):
        begin = start + len(label)
        end = places[number + 1][0] if number + 1 < len(places) else len(text)
        value = text[begin:end].strip("：:;；,，。、|")
        name = labels[label]
        if name and value and name not in found:
            skipped = text[begin:end].find(value)
            piece = _piece(value, owner[begin + skipped : begin + skipped + len(value)])
            found[name] = Field(name, value, piece.confidence, piece.box)
        last = name
    return last


def _labels(text: str, labels: dict[str, str]) -> list[tuple[int, str]]:
    """Return where labels begin: the longer one where two fit, none inside another."""
    places: list[tuple[int, str]] = []
    for label in sorted(labels, key=len, reverse=True):
        start = text.find(label)
        while start >= 0:
            if all(start >= other + len(name) or start + len(label) <= other for other, name in places):
                places.append((start, label))
            start = text.find(label, start + 1)
    return sorted(places)


def _piece(text: str, owner: Sequence[tuple[Line, float, float]]) -> _Piece:
    """Return where a stretch of a row lies: each character has its share of its line's box."""
    boxes = [
        (line.box[0] + (line.box[2] - line.box[0]) * start, line.box[1],
         line.box[0] + (line.box[2] - line.box[0]) * end, line.box[3])
        for line, start, end in owner
    ]  # fmt: skip
    box = boxes[0]
    for other in boxes[1:]:
        box = _around(box, other)
    rounded = (round(box[0], 4), round(box[1], 4), round(box[2], 4), round(box[3], 4))
    return _Piece(text, min(line.confidence for line, _, _ in owner), rounded)


def _around(one: Box, other: Box) -> Box:
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))


def _number_anywhere(lines: Sequence[Line], holds: Callable[[str], bool]) -> list[Field]:
    """Return the number where it stands apart from its label: eighteen characters whose check digit holds."""
    for line in lines:
        for match in re.finditer(r"[0-9A-Za-z]{18}", line.text.replace(" ", "")):
            if holds(_number(match[0])):
                return [Field("number", match[0], line.confidence, line.box)]
    return []


def _cleaned(fields: Sequence[Field]) -> list[Field]:
    """Bring values to their one form; a period becomes its two dates; what cannot be is dropped."""
    clean: list[Field] = []
    for field in fields:
        if field.name == "period":
            dates = re.split(r"[-—–~至]+", field.text, maxsplit=1)
            for name, text in zip(("issued", "valid_until"), dates, strict=False):
                if (day := date(text)) is not None:
                    clean.append(Field(name, day, field.confidence, field.box))
            continue
        text = _CLEANERS.get(field.name, str)(field.text)
        if text:
            clean.append(Field(field.name, text, field.confidence, field.box))
    return clean


def date(text: str) -> str | None:
    """Return a date as `YYYY-MM-DD`; 长期 is `9999-12-31`; None when it is none."""
    if "长期" in text:
        return "9999-12-31"
    match = DATE.search(text.replace(" ", ""))
    if match is None:
        return None
    try:
        return datetime.date(*(int(part) for part in match.groups() if part)).isoformat()
    except ValueError:
        return None


def _number(text: str) -> str:
    """Undo what readers confuse: letters that the numbers' alphabets do not have."""
    text = re.sub(r"[^0-9A-Za-z]", "", text).upper()
    return (
        text.translate(str.maketrans("OIQ", "010"))
        if text[:17].isdigit() or len(text) != 18
        else text.translate(str.maketrans("OISZ", "0152"))
    )


def _date_or_nothing(text: str) -> str:
    return date(text) or ""


def _name(text: str) -> str:
    return re.sub(r"[^\u3400-\u9fff·\U00020000-\U0003ffffA-Za-z()（）]", "", text)


_CLEANERS: dict[str, Callable[[str], str]] = {
    "number": _number,
    "name": _name,
    "representative": _name,
    "born": _date_or_nothing,
    "issued": _date_or_nothing,
    "valid_until": _date_or_nothing,
    "founded": _date_or_nothing,
    "registered": _date_or_nothing,
    "sex": lambda text: text[:1] if text[:1] in ("男", "女") else "",
    "nation": lambda text: _name(text).removesuffix("族"),
}


def _bank_number(lines: Sequence[Line]) -> tuple[str, Line] | None:
    """Return the card's number: embossed in groups, it may be read as several lines of one row."""
    for row in _rows(lines):
        digits = re.sub(r"\s", "", "".join(line.text for line in row))
        match = re.search(r"\d{15,19}", digits)
        if match and numbers.bank_card(match[0]):
            return match[0], row[0]
    return None


def _bank_fields(lines: Sequence[Line]) -> list[Field]:
    fields = []
    number = _bank_number(lines)
    if number is not None:
        fields.append(Field("number", number[0], number[1].confidence, number[1].box))
    for line in lines:
        text = line.text.replace(" ", "")
        if (bank := re.search(r"[\u4e00-\u9fff]{2,10}银行", text)) and all(one.name != "bank" for one in fields):
            fields.append(Field("bank", bank[0], line.confidence, line.box))
        if thru := re.search(r"(0[1-9]|1[0-2])/(\d{2})(?!\d)", text):
            fields.append(Field("valid_until", f"20{thru[2]}-{thru[1]}", line.confidence, line.box))
    return fields
