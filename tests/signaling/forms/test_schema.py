"""A form's file is read whole or refused by the name of each fault; values are judged in plain words."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from signaling.forms.rules import CODES, problem, problems
from signaling.forms.schema import MOST_FIELDS, RULES, TYPES, Form, FormError, load, parse
from signaling.world import World

DEMO = Path(__file__).parents[3] / "deploy" / "demo"
I18N = Path(__file__).parents[3] / "web" / "i18n"
TODAY = date(2026, 11, 25)


def declared(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "form", "name": "表", "items": [], "declaration": "属实",
        "sections": [{"name": "一", "fields": [{"id": "a", "type": "text", "name": "甲"}, *fields]}], **more,
    }  # fmt: skip


def form(**field: Any) -> Form:
    return parse(declared({"id": "b", "type": "text", "name": "乙", **field}))


def test_the_demo_district_has_a_form_and_it_fits_its_item() -> None:
    forms = load(DEMO / "forms", World.load(DEMO).items)
    assert forms["social_card_replace"].items == ("social_card_replace",)
    assert forms["social_card_replace"].fields["lost_on"].rules[1].equals == "lost"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"type": "signature"}, "there is no type 'signature'"),
        ({"rules": [{"rule": "is_nice"}]}, "there is no rule 'is_nice'"),
        ({"rules": [{"rule": "at_least"}]}, "at_least.value: is missing"),
        ({"rules": [{"rule": "same_as", "field": "z"}]}, "there is no field 'z'"),
        ({"rules": [{"rule": "not_past", "value": 3}]}, "not_past.value: there is no such key"),
        ({"source": "bank"}, "there is no source 'bank'"),
        ({"paper": "bank_card"}, "like bank_card.number"),
        ({"colour": "red"}, "colour: there is no such key"),
        ({"type": "choice"}, "a choice has some"),
        ({"id": "a"}, "is used twice"),
        ({"longest": 0}, "longest: a whole number 1–100"),
        ({"name": ""}, "name: is missing"),
    ],
)
def test_a_fault_is_refused_by_its_name(change: dict[str, Any], words: str) -> None:
    with pytest.raises(FormError) as refused:
        form(**change)
    assert words in str(refused.value)


def test_a_hundred_thousand_fields_are_refused_at_once() -> None:
    many = [{"id": f"f{number}", "type": "text", "name": "x"} for number in range(100_000)]
    with pytest.raises(FormError, match=f"at most {MOST_FIELDS}"):
        parse(declared(*many))


def test_a_long_file_and_an_unknown_item_are_refused_with_the_files_name(tmp_path: Path) -> None:
    (tmp_path / "long.toml").write_text("# " + "x" * 300_000)
    text = (DEMO / "forms" / "social_card_replace.toml").read_text("utf-8")
    (tmp_path / "other.toml").write_text(text)
    with pytest.raises(FormError) as refused:
        load(tmp_path, {})
    assert [line.split(":")[0] for line in refused.value.problems] == ["forms/long.toml", "forms/other.toml"]
    assert "there is no service item" in refused.value.problems[1]


def test_a_paper_that_no_checklist_of_its_items_has_is_named(tmp_path: Path) -> None:
    (tmp_path / "form.toml").write_text(
        (DEMO / "forms" / "medical_reimburse.toml").read_text("utf-8").replace("bank_card.", "gold_card.")
    )
    with pytest.raises(FormError, match=r'field "bank".paper: no checklist of the form\'s items has this line'):
        load(tmp_path, World.load(DEMO).items)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ({}, "", "required"),
        ({"required": False}, "", ""),
        ({"type": "name"}, "王小明", ""),
        ({"type": "name"}, "阿卜杜拉·买买提", ""),
        ({"type": "name"}, "王2", "name"),
        ({"type": "id_number"}, "310107194903071231", ""),
        ({"type": "id_number"}, "310107194903071238", "id_number"),
        ({"type": "id_number"}, "310107194913071235", "id_number"),
        ({"type": "phone"}, "13812345678", ""),
        ({"type": "phone"}, "021-62345678", ""),
        ({"type": "phone"}, "1381234567", "phone"),
        ({"type": "date"}, "2026-02-29", "no_such_day"),
        ({"type": "date"}, "2026-2-", "date"),
        ({"type": "date", "rules": [{"rule": "not_future"}]}, "2026-11-26", "not_future"),
        ({"type": "date", "rules": [{"rule": "not_past"}]}, "2026-11-24", "not_past"),
        ({"type": "number"}, "一", "number"),
        ({"type": "number", "rules": [{"rule": "at_least", "value": 1}]}, "0", "at_least"),
        ({"type": "number", "rules": [{"rule": "at_most", "value": 9}]}, "10", "at_most"),
        ({"type": "yes_no"}, "may", "choice"),
        ({"type": "choice", "options": [{"id": "x", "name": "x"}]}, "y", "choice"),
        ({"longest": 3}, "abcd", "too_long"),
        ({"rules": [{"rule": "same_as", "field": "a"}]}, "other", "same_as"),
        ({"rules": [{"rule": "different_from", "field": "a"}]}, "first", "different_from"),
        ({"rules": [{"rule": "required_when", "field": "a", "equals": "first"}]}, "", "required"),
        ({"rules": [{"rule": "required_when", "field": "a", "equals": "z"}]}, "", ""),
    ],
)
def test_a_value_fits_or_the_page_is_told_why_not(field: dict[str, Any], value: str, code: str) -> None:
    declared_form = form(**field)
    assert problem(declared_form, declared_form.fields["b"], {"a": "first", "b": value}, TODAY) == code


def test_all_that_is_wrong_is_told() -> None:
    assert problems(form(type="phone"), {"b": "1"}, TODAY) == {"a": "required", "b": "phone"}


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_code_has_a_sentence(lang: str) -> None:
    words = json.loads((I18N / lang / "common.json").read_text("utf-8"))
    assert [code for code in CODES if f"form.problem_{code}" not in words] == []
    assert set(RULES) - set(CODES) == {"required_when"}
    assert len(TYPES) == 9
