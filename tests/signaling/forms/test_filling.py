"""Two write in one form: fields never disturb each other, and in one field nobody's words are lost unknowingly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import ServiceError, WrongState
from signaling.forms.filling import EMPTY, Edit, Filling, edit
from signaling.forms.schema import parse

FORM = parse({
    "id": "form", "name": "表", "items": [], "declaration": "属实",
    "sections": [{"name": "", "fields": [{"id": name, "type": "text", "name": name} for name in "abc"]}],
})  # fmt: skip


def wrote(filling: Filling, field: str, value: str, base: int, by: str = "booth") -> Filling:
    return edit(filling, FORM, Edit(field, value, base, by, "citizen", 1.0))


def test_edits_of_different_fields_on_the_same_old_form_are_both_taken() -> None:
    filling = wrote(wrote(Filling("form"), "a", "1", 0, "booth"), "b", "2", 0, "agent")
    assert filling.values == {"a": "1", "b": "2"}
    assert filling.version == 2


def test_who_comes_second_in_one_field_is_told_what_stands_there() -> None:
    filling = wrote(Filling("form"), "a", "mine", 0, "booth")
    with pytest.raises(WrongState) as refused:
        wrote(filling, "a", "yours", 0, "agent")
    assert refused.value.code == "field_changed"
    assert (refused.value.more["value"], refused.value.more["version"], refused.value.more["by"]) == (
        "mine", "1", "booth",
    )  # fmt: skip


def test_the_same_words_twice_are_no_conflict_and_no_change() -> None:
    filling = wrote(Filling("form"), "a", "same", 0, "booth")
    assert wrote(filling, "a", " same ", 0, "agent") is filling


def test_who_types_on_before_the_answer_came_is_not_refused() -> None:
    filling = wrote(wrote(Filling("form"), "a", "1", 0), "a", "12", 0)
    assert filling.entries["a"].version == 2


@pytest.mark.parametrize(
    ("field", "value", "base", "code"),
    [("z", "1", 0, "unknown_field"), ("a", "x" * 101, 0, "too_long"), ("a", "1", 5, "malformed")],
)
def test_what_does_not_fit_is_refused(field: str, value: str, base: int, code: str) -> None:
    with pytest.raises(ServiceError) as refused:
        wrote(Filling("form"), field, value, base)
    assert refused.value.code == code


people = st.sampled_from(["booth", "agent"])
EDITS = st.lists(st.tuples(people, st.sampled_from("abc"), st.text("xy", max_size=3), st.integers(0, 4)), max_size=40)


@given(EDITS)
def test_no_one_overwrites_what_they_have_not_seen(edits: list[tuple[str, str, str, int]]) -> None:
    filling = Filling("form")
    for by, field, value, base in edits:
        before = filling.entries.get(field, EMPTY)
        try:
            after = wrote(filling, field, value, base, by)
        except ServiceError:
            continue
        if after is not filling:
            assert before.version == base or before.by == by
            assert after.entries[field].version == before.version + 1
            assert after.version == filling.version + 1
            others = {name: entry for name, entry in after.entries.items() if name != field}
            assert others == {name: entry for name, entry in filling.entries.items() if name != field}
        assert after.values.get(field, "") == value or after is filling
        filling = after


@given(st.permutations([("booth", "a", "1"), ("agent", "b", "2"), ("booth", "c", "3")]))
def test_the_order_in_which_different_fields_arrive_does_not_matter(edits: list[tuple[str, str, str]]) -> None:
    filling = Filling("form")
    for by, field, value in edits:
        filling = wrote(filling, field, value, 0, by)
    assert filling.values == {"a": "1", "b": "2", "c": "3"}
