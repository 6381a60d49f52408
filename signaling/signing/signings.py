"""The one owner of signatures: asked for on one exact document, given, declined, or void because the document changed.

Promise: what is sealed begins with the very bytes whose pages the citizen was shown, and their hash is part of the
evidence. A form that is edited after its signature was asked for takes the question back: a changed document asks
again.
Every step is in the audit log. Nothing of a signature is kept but in the sealed document.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from signaling.captures.vault import Damaged
from signaling.errors import Malformed, ServiceError, Unavailable, WrongState
from signaling.forms.forms import HERE
from signaling.ids import new_id
from signaling.records.forms import Signing
from signaling.signing.seal import demo_seal
from signaling.tasks import Tasks
from signaling.wire import rfc3339
from signaling.workshop import Died, Late, Refusal, Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from signaling.config import Settings
    from signaling.documents import Documents
    from signaling.forms.filling import Filling
    from signaling.forms.forms import Forms
    from signaling.forms.schema import Form
    from signaling.records import Records
    from signaling.records.documents import Document
    from signaling.records.forms import SigningState
    from signaling.signing.given import Given

WORDS = {
    "zh-CN": {"sign_here": "申请人签名", "foot": "本表由远程虚拟窗口生成，内容版本 {version}", "yes": "是", "no": "否",
              "date": "{year} 年 {month} 月 {day} 日"},
    "en": {"sign_here": "Applicant's signature", "foot": "Made by the virtual window, content version {version}",
           "yes": "Yes", "no": "No", "date": "{iso}"},
}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Seal:
    """What a document's seal says, as `signaling.signing.verify` tells it."""

    state: Literal["unchanged", "changed", "none"]
    by: str = ""
    at: float | None = None
    stamped: bool = False
    ours: bool = False


class Signings:
    """Make it with `Signings.open`."""

    def __init__(
        self, records: Records, documents: Documents, forms: Forms, press: Workshop, clock: Callable[[], float]
    ) -> None:
        self._rows = records.forms
        self._audit = records.credentials.audit
        self._documents = documents
        self._forms = forms
        self._press = press
        self._clock = clock
        self._tasks = Tasks()
        self._listeners: list[Callable[[Signing], None]] = []

    @classmethod
    @asynccontextmanager
    async def open(
        cls, records: Records, documents: Documents, forms: Forms, settings: Settings,
        clock: Callable[[], float] = time.time,
    ) -> AsyncIterator[Signings]:  # fmt: skip
        """Give the owner of signatures; what a stopped service was printing is asked for anew."""
        seal = settings.seal
        certificate, key = seal.certificate, seal.key
        if certificate is None or key is None:  # the settings see to it that this is a demo
            certificate, key = demo_seal(settings.data_dir)
        async with Workshop.open(
            "signaling.signing.press", workers=1, memory_bytes=seal.memory_bytes, timeout_s=seal.timeout_s,
            arguments=(str(certificate), str(key), seal.tsa_url),
        ) as press:  # fmt: skip
            signings = cls(records, documents, forms, press, clock)
            for one in await signings._rows.signings():
                if one.state == "preparing":
                    await signings._rows.step(one.signing_id, "failed", ended_at=clock())
                elif one.state == "sealing":
                    await signings._ask_again(one)
            try:
                yield signings
            finally:
                await signings._tasks.close()

    def on_changed(self, listener: Callable[[Signing], None]) -> None:
        """Call `listener` with every signing that moved on."""
        self._listeners.append(listener)

    async def of_call(self, call_id: str) -> list[Signing]:
        """Return a call's signings, earliest first."""
        return await self._rows.signings(call_id)

    async def get(self, signing_id: str) -> Signing:
        return await self._rows.signing(signing_id)

    async def ask_for_form(
        self, call_id: str, form: Form, filling: Filling, *, by: str, about: dict[str, str], lang: str
    ) -> Signing:
        """Ask for a signature under a form as it stands; it is printed first, then shown.

        Raises:
            Malformed: a field does not fit; `field` names the first.
        """
        if wrong := self._forms.problems(form, filling):
            field, code = next(iter(wrong.items()))
            raise Malformed("the form is not complete", field=field, code="form_incomplete", more={"rule": code})
        signing = await self._begin(call_id, by, form_id=form.id, form_version=filling.version)
        await self._check_form(signing)  # somebody may have written in it since it was read
        page = printed(form, filling, about, lang, datetime.fromtimestamp(self._clock(), HERE))
        self._tasks.start(self._print(signing, form, page))
        return signing

    async def ask_for_document(self, document: Document, *, by: str) -> Signing:
        """Ask for a signature under a stored PDF."""
        if document.media_type != "application/pdf" or document.kind == "signed":
            raise WrongState("only an unsigned PDF is signed", field="document_id", code="not_signable")
        signing = await self._begin(document.call_id, by)
        return await self._asked(signing, document)

    async def withdraw(self, signing_id: str, by: str) -> Signing:
        """Take the question back."""
        return await self._end(signing_id, "withdrawn", by)

    async def decline(self, signing_id: str, by: str) -> Signing:
        """The citizen does not sign."""
        return await self._end(signing_id, "declined", by)

    async def form_changed(self, call_id: str, form_id: str, version: int) -> None:
        """A form was edited: what was asked on an older version is void."""
        for one in await self._rows.signings(call_id):
            if one.form_id == form_id and one.form_version < version and one.state in ("preparing", "asked"):
                await self._void(one)

    async def document_removed(self, document: Document) -> None:
        """An upload was taken back: nobody is asked to sign it any more."""
        for one in await self._rows.signings(document.call_id):
            if one.document_id == document.document_id and one.state == "asked":
                await self._void(one)

    async def sign(self, signing_id: str, given: Given, *, booth_id: str, words: dict[str, str]) -> Signing:
        """Take the citizen's signature; return when the document is sealed and stored.

        Raises:
            WrongState: it is not asked for any more, or another document was shown (`document_changed`), or not all of
                it (`not_read`).
        """
        signing = await self._rows.signing(signing_id)
        if given.sha256 != signing.sha256:
            raise WrongState("another document was shown", field="sha256", code="document_changed")
        document = await self._documents.get(signing.document_id)
        given.check_read(document.pages)
        signing = await self._rows.step(signing_id, "sealing")
        self._tell(signing)
        try:
            data = await self._documents.content(document)
            evidence = self._evidence(signing, document, given, booth_id)
            _, sealed = await self._pressed({"do": "seal", "evidence": evidence, "words": words}, data)
            assert hashlib.sha256(sealed[: len(data)]).hexdigest() == signing.sha256
            kept = await self._documents.keep(
                sealed, call_id=signing.call_id, name=document.name, kind="signed", by=booth_id
            )
        except BaseException:
            await self._ask_again(signing)
            raise
        signing = await self._rows.step(signing_id, "signed", signed_id=kept.document_id, ended_at=self._clock())
        await self._note(booth_id, "signed", signing)
        return self._tell(signing)

    async def seal_of(self, document: Document) -> Seal:
        """Look at a stored document's seal: whether it holds, whose it is, and since when."""
        if document.media_type != "application/pdf":
            return Seal("none")
        try:
            data = await self._documents.content(document)
        except Damaged:
            return Seal("changed")
        return Seal(**(await self._pressed({"do": "verify"}, data))[0])

    # --- inside -------------------------------------------------------------------------------------

    async def _begin(self, call_id: str, by: str, *, form_id: str = "", form_version: int = 0) -> Signing:
        for one in await self._rows.signings(call_id):
            if one.state in ("preparing", "asked"):  # one question at a time: the newer replaces it
                self._tell(await self._rows.step(one.signing_id, "withdrawn", ended_at=self._clock()))
            elif one.state == "sealing":
                raise WrongState("a signature is being sealed", code="signing_sealing")
        signing = Signing(new_id("sign"), call_id, "preparing", by, self._clock(), form_id, form_version)
        await self._rows.ask(signing)
        await self._note(by, "signature_asked", signing)
        return self._tell(signing)

    async def _void(self, signing: Signing) -> None:
        with suppress(WrongState):  # in that moment it was signed as it was shown, or taken back
            self._tell(await self._rows.step(
                signing.signing_id, "withdrawn", ended_at=self._clock(), problem={"code": "document_changed"}
            ))  # fmt: skip

    async def _ask_again(self, signing: Signing) -> None:
        """Nothing was signed: it can be tried again, unless the form was edited while it was being sealed."""
        self._tell(await self._rows.step(signing.signing_id, "asked"))
        await self._check_form(signing)

    async def _check_form(self, signing: Signing) -> None:
        """Take the question back when its form is not what it was asked on."""
        if (kept := await self._rows.filling(signing.call_id, signing.form_id)) is not None:
            await self.form_changed(signing.call_id, signing.form_id, kept[0])

    async def _print(self, signing: Signing, form: Form, page: dict[str, Any]) -> None:
        try:
            _, data = await self._pressed({"do": "print", "form": page})
            document = await self._documents.keep(
                data, call_id=signing.call_id, name=f"{form.name}.pdf", kind="form", by=signing.asked_by
            )
            await self._asked(signing, document)
        except ServiceError as error:
            if isinstance(error, WrongState):
                return  # taken back, or the form was changed, while it was printed
            problem = dict(error.problem())
            ended = await self._rows.step(signing.signing_id, "failed", ended_at=self._clock(), problem=problem)
            self._tell(ended)

    async def _asked(self, signing: Signing, document: Document) -> Signing:
        return self._tell(await self._rows.step(
            signing.signing_id, "asked", document_id=document.document_id, sha256=document.sha256
        ))  # fmt: skip

    async def _end(self, signing_id: str, state: SigningState, by: str) -> Signing:
        signing = await self._rows.step(signing_id, state, ended_at=self._clock())
        await self._note(by, f"signature_{state}", signing)
        return self._tell(signing)

    def _evidence(self, signing: Signing, document: Document, given: Given, booth_id: str) -> dict[str, Any]:
        return {
            "signing_id": signing.signing_id, "call_id": signing.call_id, "booth_id": booth_id,
            "asked_by": signing.asked_by, "asked_at": rfc3339(signing.asked_at),
            "document": {"document_id": document.document_id, "name": document.name, "pages": document.pages,
                         "bytes": document.size, "sha256": document.sha256},
            "form": {"form_id": signing.form_id, "version": signing.form_version} if signing.form_id else None,
            "shown": {"pages_ms": list(given.pages_ms), "to_the_end_ms": given.read_ms},
            "consent": {"words": given.consent, "lang": given.lang, "after_ms": given.consent_ms},
            "pad": {"width": given.width, "height": given.height, "pointer": given.pointer},
            "strokes": [[list(point) for point in stroke] for stroke in given.strokes],
            "stroke_members": ["x of 10000", "y of 10000", "ms since shown", "pressure of 255"],
            "signed_at": rfc3339(self._clock()),
        }  # fmt: skip

    async def _pressed(self, job: dict[str, Any], data: bytes = b"") -> tuple[dict[str, Any], bytes]:
        try:
            return await self._press.do(job, data)
        except Refusal as no:
            if no.kind == "NoStamp":
                raise Unavailable(no.detail, code=no.code) from None
            raise WrongState(no.detail, code=no.code) from None
        except (Late, Died):
            raise Unavailable("the document cannot be made now", code="press_failed") from None

    async def _note(self, by: str, action: str, signing: Signing) -> None:
        detail: dict[str, object] = {"call_id": signing.call_id, "document_id": signing.document_id}
        await self._audit(by, action, signing.signing_id, self._clock(), detail)

    def _tell(self, signing: Signing) -> Signing:
        for listener in tuple(self._listeners):
            listener(signing)
        return signing


def printed(form: Form, filling: Filling, about: dict[str, str], lang: str, at: datetime) -> dict[str, Any]:
    """Return what the template prints: every field with its value in words."""
    words, english = WORDS.get(lang, WORDS["zh-CN"]), lang == "en"

    def said(thing: Any) -> str:
        return str((english and thing.name_en) or thing.name)

    def shown(field: Any) -> str:
        value = filling.values.get(field.id, "")
        if field.type == "yes_no":
            return words.get(value, "")
        if field.type == "date" and value:
            year, month, day = (int(part) for part in value.split("-"))
            return words["date"].format(year=year, month=month, day=day, iso=value)
        return next((said(option) for option in field.options if option.id == value), value)

    return {
        "lang": lang, "name": said(form), "declaration": form.declaration, "sign_here": words["sign_here"],
        "foot": words["foot"].format(version=filling.version), "item": about["item"], "ticket": about["ticket"],
        "at": at.strftime("%Y-%m-%d %H:%M"),
        "sections": [
            {"name": said(section), "fields": [{"name": said(one), "value": shown(one)} for one in section.fields]}
            for section in form.sections
        ],
    }  # fmt: skip
