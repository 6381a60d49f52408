"""Filling in a form together, and the signature under it: what both ends say, and what they are told."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

from signaling.errors import Malformed
from signaling.messages.rules import CallId
from signaling.screens import Json
from signaling.wire import Name, OneOf, Text, Whole

FormId = Annotated[str, Name()]
SigningId = Annotated[str, Name("sign")]


@dataclasses.dataclass(frozen=True, slots=True)
class FormRead:
    NAME: ClassVar = "form.read"
    call_id: CallId
    form_id: FormId


@dataclasses.dataclass(frozen=True, slots=True)
class FormEdit:
    NAME: ClassVar = "form.edit"
    call_id: CallId
    form_id: FormId
    field: Annotated[str, Name()]
    value: Annotated[str, Text(500)]
    base: Annotated[int, Whole(0, 1_000_000)]
    source: Annotated[str | None, OneOf("card", "paper")] = None
    """Where it was taken from, when nobody wrote it; `paper` only where a paper of the call offers just this."""


@dataclasses.dataclass(frozen=True, slots=True)
class FormFocus:
    NAME: ClassVar = "form.focus"
    call_id: CallId
    form_id: FormId
    field: Annotated[str, Text(64)] = ""


FILLING = (FormRead, FormEdit, FormFocus)


@dataclasses.dataclass(frozen=True, slots=True)
class FormOffers:
    NAME: ClassVar = "form.offers"
    call_id: CallId
    form_id: FormId


@dataclasses.dataclass(frozen=True, slots=True)
class SignAsk:
    NAME: ClassVar = "sign.ask"
    call_id: CallId
    form_id: Annotated[str | None, Name()] = None
    document_id: Annotated[str | None, Name("doc")] = None

    def __post_init__(self) -> None:
        if (self.form_id is None) == (self.document_id is None):
            raise Malformed("form_id: a form or a document, one of the two", field="form_id")


@dataclasses.dataclass(frozen=True, slots=True)
class SignWithdraw:
    NAME: ClassVar = "sign.withdraw"
    call_id: CallId
    signing_id: SigningId


@dataclasses.dataclass(frozen=True, slots=True)
class SignDecline:
    NAME: ClassVar = "sign.decline"
    call_id: CallId
    signing_id: SigningId


BOOTH = (*FILLING, SignDecline)
STAFF = (*FILLING, FormOffers, SignAsk, SignWithdraw)


@dataclasses.dataclass(frozen=True, slots=True)
class FormChanged:
    NAME: ClassVar = "form.changed"
    call_id: str
    form_id: str
    version: int
    entries: Json
    """The fields that changed: `{value, version, by, side, at, source, capture_id}` each."""
    problems: Json
    """Of all fields that do not fit: the code."""


@dataclasses.dataclass(frozen=True, slots=True)
class FormFocused:
    NAME: ClassVar = "form.focused"
    call_id: str
    form_id: str
    by: str
    side: str
    field: str


@dataclasses.dataclass(frozen=True, slots=True)
class SignChanged:
    NAME: ClassVar = "sign.changed"
    call_id: str
    signing_id: str
    state: str
    """`preparing`, `asked`, `sealing`, `signed`, `declined`, `withdrawn` or `failed`."""
    form_id: str
    document_id: str
    sha256: str
    signed_id: str
    problem: Json = None
