"""What papers offer a form: from the right paper, in the field's own words, and only what fits."""

from __future__ import annotations

from datetime import date
from typing import Any

from signaling.forms.offers import Said, offers
from signaling.forms.schema import Form, parse

TODAY = date(2026, 11, 25)
CARD = Said(
    "cap_1", "id_card",
    {"name": "王小明", "number": "310107194903071231", "address": "花溪路 3 号", "born": "1949-03-07", "sex": "男"},
)  # fmt: skip


def form(*fields: dict[str, Any]) -> Form:
    named = [{"name": one["id"], "type": "text"} | one for one in fields]
    sections = [{"name": "一", "fields": named}]
    return parse({"id": "form", "name": "表", "items": [], "declaration": "属实", "sections": sections})


def values(form: Form, *papers: Said) -> dict[str, str]:
    return {name: offer.value for name, offer in offers(form, papers, "id_card", TODAY).items()}


def test_a_source_is_read_off_the_paper_that_shows_who_the_matter_is_for() -> None:
    options = [{"id": "m", "name": "男"}, {"id": "f", "name": "女"}]
    asked = form(
        {"id": "name", "source": "name"}, {"id": "born", "type": "date", "source": "birth_date"},
        {"id": "sex", "type": "choice", "source": "sex", "options": options}, {"id": "remark"},
    )  # fmt: skip
    assert values(asked, CARD) == {"name": "王小明", "born": "1949-03-07", "sex": "m"}
    assert values(asked, Said("cap_2", "agent_id", CARD.values)) == {}


def test_another_papers_field_is_named_with_its_line_and_the_later_of_two_papers_counts() -> None:
    asked = form({"id": "account", "paper": "bank_card.number"})
    first, second = (Said(f"cap_{one}", "bank_card", {"number": str(one)}) for one in (1, 2))
    assert values(asked, CARD, first) == {"account": "1"}
    assert offers(asked, (first, second), "", TODAY)["account"].capture_id == "cap_2"
    assert values(asked, first, Said("cap_3", "bank_card", {})) == {"account": "1"}


def test_what_does_not_fit_the_field_is_not_offered() -> None:
    asked = form(
        {"id": "number", "type": "id_number", "source": "id_number"}, {"id": "name", "source": "name", "longest": 2},
        {"id": "sex", "type": "choice", "source": "sex", "options": [{"id": "x", "name": "其他"}]},
    )  # fmt: skip
    wrong = Said("cap_1", "id_card", dict(CARD.values) | {"number": "310107194903071232"})
    assert values(asked, wrong) == {}
