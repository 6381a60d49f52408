"""The one owner of the forms that are filled in: kept sealed before anybody hears of an edit, and after a restart.

Who writes where (`focus`) is kept only while the server runs: it says which field the other is in now.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
from collections import defaultdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from signaling.errors import Unavailable, Unknown
from signaling.forms import filling as rules
from signaling.forms.filling import Entry, Filling
from signaling.forms.offers import offers
from signaling.forms.rules import problems

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from signaling.forms.filling import Edit
    from signaling.forms.offers import Offer, Said
    from signaling.forms.schema import Form
    from signaling.records.forms import FormRows

HERE = ZoneInfo("Asia/Shanghai")


class Forms:
    """Forms by id, and their content by call."""

    def __init__(
        self, rows: FormRows, forms: Mapping[str, Form], key: bytes, clock: Callable[[], float]
    ) -> None:  # fmt: skip
        self._rows = rows
        self._forms = forms
        self._cipher = AESGCM(HKDF(SHA256(), 32, None, b"virtual-window form").derive(key))
        self._clock = clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._focus: dict[tuple[str, str], tuple[str, str]] = {}

    def of_item(self, item_id: str) -> tuple[Form, ...]:
        """Return the forms of a service item."""
        return tuple(form for form in self._forms.values() if item_id in form.items)

    def get(self, form_id: str, item_id: str) -> Form:
        """Return a form of this item; raise `Unknown` when it is none."""
        form = self._forms.get(form_id)
        if form is None or item_id not in form.items:
            raise Unknown("this matter has no such form", field="form_id", code="unknown_form")
        return form

    async def read(self, call_id: str, form: Form) -> Filling:
        """Return what stands in a form of a call."""
        kept = await self._rows.filling(call_id, form.id)
        return Filling(form.id) if kept is None else self._opened(call_id, form.id, *kept)

    async def edit(self, call_id: str, form: Form, *edits: Edit) -> tuple[Filling, Filling]:
        """Take edits, all or none; return the form before and after, which is kept by then."""
        async with self._turns[call_id]:
            before = after = await self.read(call_id, form)
            for edit in edits:
                after = rules.edit(after, form, edit)
            if after is not before:
                sealed = self._sealed(call_id, after)
                await self._rows.keep(call_id, form.id, after.version, sealed, self._clock())
            return before, after

    def offers(self, form: Form, papers: Sequence[Said], applicant: str) -> dict[str, Offer]:
        """Return what the papers of a call offer each field today."""
        return offers(form, papers, applicant, self._today())

    def problems(self, form: Form, filling: Filling) -> dict[str, str]:
        """Return the code of each field that does not fit today."""
        return problems(form, filling.values, self._today())

    def focus(self, call_id: str, form_id: str, person_id: str, field: str) -> None:
        """Somebody is in a field now, or (empty) in none."""
        if field:
            self._focus[call_id, person_id] = (form_id, field)
        else:
            self._focus.pop((call_id, person_id), None)

    def focused(self, call_id: str, form_id: str) -> dict[str, str]:
        """Return who is in which field, by person."""
        return {
            person: field for (call, person), (form, field) in self._focus.items() if (call, form) == (call_id, form_id)
        }

    def forget(self, call_id: str) -> None:
        """The call is over: nobody is in any field. What was written stays with the record."""
        self._turns.pop(call_id, None)
        for key in [key for key in self._focus if key[0] == call_id]:
            del self._focus[key]

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), HERE).date()

    def _sealed(self, call_id: str, filling: Filling) -> bytes:
        entries = {field_id: dataclasses.asdict(entry) for field_id, entry in filling.entries.items()}
        nonce = os.urandom(12)
        data = json.dumps(entries, ensure_ascii=False).encode()
        return nonce + self._cipher.encrypt(nonce, data, _bound(call_id, filling.form_id))

    def _opened(self, call_id: str, form_id: str, version: int, sealed: bytes) -> Filling:
        try:
            data = self._cipher.decrypt(sealed[:12], sealed[12:], _bound(call_id, form_id))
        except InvalidTag:
            raise Unavailable("the form was kept with another key", code="form_key") from None
        entries: dict[str, dict[str, Any]] = json.loads(data)
        return Filling(form_id, version, {field_id: Entry(**entry) for field_id, entry in entries.items()})


def _bound(call_id: str, form_id: str) -> bytes:
    return f"{call_id} {form_id}".encode()
