"""Filling in a form together and asking for its signature: the handler tables that both pages include.

Whoever takes part in the call may write; who only listens reads. What is told to all in the call was kept before.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from signaling.errors import Unknown, WrongState
from signaling.forms.filling import EMPTY, Edit
from signaling.looking import taking_part
from signaling.messages import BOOTH, STAFF
from signaling.messages.filling import (
    FormChanged,
    FormEdit,
    FormFocus,
    FormFocused,
    FormOffers,
    FormRead,
    SignAsk,
    SignDecline,
    SignWithdraw,
)
from signaling.retelling import signing_told
from signaling.screens import to_wire
from signaling.table import Answer, Caller, Table

if TYPE_CHECKING:
    from signaling.forms.filling import Entry, Filling
    from signaling.forms.offers import Offer
    from signaling.forms.schema import Form
    from signaling.parts import Parts
    from signaling.routing.views import CallView
    from signaling.screens import Json

table: Table[Parts] = Table(BOOTH)
booth_table: Table[Parts] = Table(BOOTH)
staff_table: Table[Parts] = Table(STAFF)


@table.on(FormRead)
async def read(parts: Parts, caller: Caller, message: FormRead) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    form = parts.forms.get(message.form_id, call.item_id)
    filling = await parts.forms.read(call.call_id, form)
    signings = await parts.signings.of_call(call.call_id)
    focused: dict[str, Json] = dict(parts.forms.focused(call.call_id, form.id))
    return {
        "version": filling.version, "entries": _entries(filling.entries), "focused": focused,
        "problems": _problems(parts, form, filling), "signings": [to_wire(signing_told(one)) for one in signings],
    }  # fmt: skip


@table.on(FormEdit)
async def edit(parts: Parts, caller: Caller, message: FormEdit) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    form = parts.forms.get(message.form_id, call.item_id)
    change = Edit(
        message.field, message.value, message.base, caller.id, caller.side, parts.clock(), message.source or ""
    )  # fmt: skip
    if message.source == "paper":
        offer = (await _offers(parts, call, form)).get(message.field)
        if offer is None or offer.value != message.value:
            raise WrongState("no paper of this call says so", field="value", code="not_on_paper")
        change = dataclasses.replace(change, capture_id=offer.capture_id)
    before, after = await parts.forms.edit(call.call_id, form, change)
    if after is not before:
        changed = {name: one for name, one in after.entries.items() if one is not before.entries.get(name)}
        told = FormChanged(
            call.call_id, form.id, after.version, _entries(changed), _problems(parts, form, after)
        )  # fmt: skip
        await parts.tell(parts.calls.people(call), told.NAME, to_wire(told))
        await parts.signings.form_changed(call.call_id, form.id, after.version)
    return {"version": after.entries.get(message.field, EMPTY).version}


@staff_table.on(FormOffers)
async def offered(parts: Parts, caller: Caller, message: FormOffers) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    form = parts.forms.get(message.form_id, call.item_id)
    found: dict[str, Json] = {
        name: dict(dataclasses.asdict(offer)) for name, offer in (await _offers(parts, call, form)).items()
    }
    return {"offers": found}


@table.on(FormFocus)
async def focus(parts: Parts, caller: Caller, message: FormFocus) -> Answer:
    call = taking_part(parts, caller, message.call_id)
    form = parts.forms.get(message.form_id, call.item_id)
    if message.field and message.field not in form.fields:
        raise Unknown(f"the form has no field {message.field!r}", field="field", code="unknown_field")
    parts.forms.focus(call.call_id, form.id, caller.id, message.field)
    told = FormFocused(call.call_id, form.id, caller.id, caller.side, message.field)
    await parts.tell(parts.calls.people(call), told.NAME, to_wire(told))
    return None


@staff_table.on(SignAsk)
async def ask(parts: Parts, caller: Caller, message: SignAsk) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    if message.form_id is not None:
        form = parts.forms.get(message.form_id, call.item_id)
        filling = await parts.forms.read(call.call_id, form)
        lang = await _lang(parts, call)
        about = {"item": parts.world.items[call.item_id].name, "ticket": call.ticket}
        signing = await parts.signings.ask_for_form(
            call.call_id, form, filling, by=caller.id, about=about, lang=lang
        )  # fmt: skip
    else:
        document = await parts.documents.get(message.document_id or "")
        if document.call_id != call.call_id:
            raise Unknown("this call has no such paper", field="document_id")
        signing = await parts.signings.ask_for_document(document, by=caller.id)
    return {"signing_id": signing.signing_id}


@staff_table.on(SignWithdraw)
async def withdraw(parts: Parts, caller: Caller, message: SignWithdraw) -> Answer:
    call = parts.calls.leading(caller.id, caller.side, message.call_id)
    await _of_call(parts, call, message.signing_id)
    await parts.signings.withdraw(message.signing_id, caller.id)
    return None


@booth_table.on(SignDecline)
async def decline(parts: Parts, caller: Caller, message: SignDecline) -> Answer:
    call = parts.calls.talking(caller.id, caller.side, message.call_id)
    await _of_call(parts, call, message.signing_id)
    await parts.signings.decline(message.signing_id, caller.id)
    return None


async def _offers(parts: Parts, call: CallView, form: Form) -> dict[str, Offer]:
    return parts.forms.offers(form, *await parts.inspection.said(call.call_id))


async def _of_call(parts: Parts, call: CallView, signing_id: str) -> None:
    if (await parts.signings.get(signing_id)).call_id != call.call_id:
        raise Unknown("there is no such signing")


async def _lang(parts: Parts, call: CallView) -> str:
    wishes = (await parts.conversation.wishes([call.call_id])).get(call.call_id)
    return wishes.lang if wishes else "zh-CN"


def _entries(entries: object) -> Json:
    assert hasattr(entries, "items")
    return {name: _entry(one) for name, one in entries.items()}


def _entry(entry: Entry) -> Json:
    plain: dict[str, Json] = dataclasses.asdict(entry)
    return plain


def _problems(parts: Parts, form: Form, filling: Filling) -> Json:
    problems: dict[str, Json] = dict(parts.forms.problems(form, filling))
    return problems
