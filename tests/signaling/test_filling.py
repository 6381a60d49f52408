"""A form filled by two over real sockets, and its signature: sealed, verified, and every byte of it protected."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from asn1crypto.keys import PrivateKeyInfo
from asn1crypto.tsp import TimeStampReq
from asn1crypto.x509 import Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from pypdfium2 import PdfDocument

from signaling.captures.vault import Damaged
from signaling.errors import ServiceError
from signaling.signing.given import Given
from signaling.signing.verify import verify
from signaling.wire import parse
from tests.signaling import portable
from tests.signaling.house import House, Page, open_house, talk
from tests.signaling.test_documents import pdf

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOOTH = "booth_caoyang_center"
AGENT = "agent_chen_jing"
OTHER_AGENT = "agent_shen_hao"
ITEM = FORM = "social_card_replace"
FILLED = {
    "name": "王<i>小明</i>", "id_number": "310107194903071231", "phone": "13812345678", "address": "曹杨路 1 号",
    "reason": "broken", "collect": "here",
}  # fmt: skip
STROKES = [[[1000 + 40 * step, 5000 + 30 * step, 900 + 8 * step, 120] for step in range(40)]]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


async def write(page: Page, call_id: str, field: str, value: str, base: int = 0) -> dict[str, Any]:
    return await page.say("form.edit", call_id=call_id, form_id=FORM, field=field, value=value, base=base)


async def fill(page: Page, call_id: str) -> None:
    for field, value in FILLED.items():
        assert (await write(page, call_id, field, value))["ok"]


async def asked_to_sign(booth: Page) -> dict[str, Any]:
    """Wait until the booth is asked to sign."""
    await booth.until(lambda page: page.events[-1][0] == "sign.changed" and page.events[-1][1]["state"] == "asked")
    return dict(booth.events[-1][1])


def given(signing: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "sha256": signing["sha256"], "pages_ms": [10], "read_ms": 500, "consent": "我已看完以上全部内容，同意签名。",
        "consent_ms": 800, "lang": "zh-CN", "width": 900, "height": 300, "pointer": "touch", "strokes": STROKES,
    } | changes  # fmt: skip


async def sign(house: House, signing: dict[str, Any], who: str = BOOTH, **changes: Any) -> tuple[int, dict[str, Any]]:
    address = f"{house.url}/api/signings/{signing['signing_id']}/signature"
    async with aiohttp.ClientSession() as session:
        headers = {"Cookie": await house.cookie(who)}
        async with session.post(address, json=given(signing, **changes), headers=headers) as answer:
            return answer.status, await answer.json()


# --- the form ------------------------------------------------------------------------------------------


async def test_both_write_at_once_and_a_restart_keeps_every_field(tmp_path: Path) -> None:
    cookies: dict[str, str] = {}
    async with open_house(tmp_path, cookies=cookies) as house:
        booth, agent = await talk(house, BOOTH, AGENT, ITEM)
        call_id = agent.call["call_id"]
        answers = await asyncio.gather(
            write(booth, call_id, "name", "王小明"), write(agent, call_id, "phone", "13812345678"),
            write(booth, call_id, "address", "甲路 1 号"), write(agent, call_id, "reason", "lost"),
        )  # fmt: skip
        assert [answer["version"] for answer in answers] == [1, 1, 1, 1]
        told = await booth.told("form.changed")
        assert told["problems"]["id_number"] == "required"
        late = await write(agent, call_id, "name", "王晓明")
        assert late["problem"]["code"] == "field_changed"
        assert late["problem"]["value"] == "王小明"
        number = FILLED["id_number"]
        await agent.do(
            "form.edit", call_id=call_id, form_id=FORM, field="id_number", value=number, base=0, source="card"
        )  # fmt: skip
        await booth.until(lambda page: "id_number" in page.events[-1][1].get("entries", {}))
        assert booth.events[-1][1]["entries"]["id_number"]["source"] == "card"
        await booth.do("form.focus", call_id=call_id, form_id=FORM, field="remark")
        assert (await agent.told("form.focused"))["field"] == "remark"
        sealed = (tmp_path / "records.sqlite").read_bytes() + (tmp_path / "records.sqlite-wal").read_bytes()
        assert b"13812345678" not in sealed
    async with open_house(tmp_path, cookies=cookies) as house:
        agent = await house.page(AGENT)
        read = await agent.do("form.read", call_id=call_id, form_id=FORM)
        assert {name: entry["value"] for name, entry in read["entries"].items()} == {
            "name": "王小明", "phone": "13812345678", "address": "甲路 1 号", "reason": "lost", "id_number": number,
        }  # fmt: skip


async def test_strangers_and_wrong_fields_change_nothing(house: House) -> None:
    _, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    other = await house.page(OTHER_AGENT)
    assert await other.refused("form.read", call_id=call_id, form_id=FORM) == "not_a_member"
    assert (await write(other, call_id, "name", "x"))["problem"]["code"] == "not_a_member"
    assert (await write(agent, call_id, "salary", "x"))["problem"]["code"] == "unknown_field"
    assert await agent.refused("form.read", call_id=call_id, form_id="tax") == "unknown_form"
    assert (await agent.do("form.read", call_id=call_id, form_id=FORM))["version"] == 0


# --- the signature -------------------------------------------------------------------------------------


async def test_a_signed_form_is_sealed_and_one_changed_byte_is_found(house: House, tmp_path: Path) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    await agent.refused("sign.ask", call_id=call_id, form_id=FORM)  # it is empty
    await fill(booth, call_id)
    await agent.do("sign.ask", call_id=call_id, form_id=FORM)
    signing = await asked_to_sign(booth)
    status, answer = await sign(house, signing)
    assert (status, answer["state"]) == (200, "signed")
    documents = house.service.documents
    shown = await documents.content(await documents.get(signing["document_id"]))
    signed = await documents.get(answer["signed_id"])
    sealed = await documents.content(signed)
    assert (signed.kind, sealed[: len(shown)]) == ("signed", shown)
    assert hashlib.sha256(shown).hexdigest() == signing["sha256"]
    # What the citizen wrote stands there as words.
    assert FILLED["name"] in PdfDocument(shown)[0].get_textpage().get_text_range()

    seal = await seal_of(house, answer["signed_id"])
    assert (seal["state"], seal["ours"], seal["stamped"]) == ("unchanged", True, False)
    assert "演示签章" in seal["by"]
    assert (await seal_of(house, signing["document_id"]))["state"] == "none"
    assert (await seal_of(house, answer["signed_id"], OTHER_AGENT))["status"] == 404
    trust = load_cert_from_pemder(str(tmp_path / "seal-certificate.pem"))  # type: ignore[no-untyped-call]
    assert await verified(sealed, trust) == (True, True)
    assert "Signature is Valid" in await pdfsig(tmp_path, sealed)
    assert "Total document signed" in await pdfsig(tmp_path, sealed)
    assert portable.faults(sealed) == [], "PDF/A-3 still"
    evidence = attached(sealed)
    assert evidence["document"]["sha256"] == signing["sha256"]
    assert evidence["strokes"] == STROKES
    assert evidence["consent"]["words"] == given(signing)["consent"]
    for place in (len(shown) // 2, len(shown) + 40):
        broken = bytearray(sealed)
        broken[place] ^= 1
        assert (await verified(bytes(broken), trust))[0] is False
        assert "Signature is Valid" not in await pdfsig(tmp_path, bytes(broken))
        assert (await asyncio.to_thread(verify, bytes(broken), trust))["state"] == "changed"
    # What lies in the store may be changed too, by who has the machine.
    (file,) = house.service.settings.documents_dir.rglob(f"*{answer['signed_id']}*")
    stored = bytearray(file.read_bytes())
    stored[-40] ^= 1
    file.write_bytes(stored)
    assert (await seal_of(house, answer["signed_id"]))["state"] == "changed"
    assert (await sign(house, signing))[1]["code"] == "signing_signed"


async def seal_of(house: House, document_id: str, who: str = AGENT) -> dict[str, Any]:
    address = f"{house.url}/api/documents/{document_id}/seal"
    headers = {"Cookie": await house.cookie(who)}
    async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
        return dict(await answer.json())


async def test_a_time_stamp_authority_says_when_and_without_it_nothing_is_sealed(tmp_path: Path) -> None:
    stamper = DummyTimeStamper(*authority(), fixed_dt=datetime(2031, 5, 3, tzinfo=UTC))
    asked: list[bytes] = []

    async def stamp(request: web.Request) -> web.Response:
        if not asked:
            asked.append(b"")
            raise web.HTTPServiceUnavailable
        asked.append(await request.read())
        answer = await stamper.async_request_tsa_response(TimeStampReq.load(asked[-1]))
        return web.Response(body=answer.dump(), content_type="application/timestamp-reply")

    app = web.Application()
    app.router.add_post("/", stamp)
    async with TestServer(app) as server, open_house(tmp_path, seal={"tsa_url": str(server.make_url("/"))}) as house:
        booth, agent = await talk(house, BOOTH, AGENT, ITEM)
        call_id = agent.call["call_id"]
        document = await house.service.documents.keep(pdf(1), call_id=call_id, name="a.pdf", kind="upload", by=AGENT)
        await agent.do("sign.ask", call_id=call_id, document_id=document.document_id)
        signing = await asked_to_sign(booth)
        status, answer = await sign(house, signing)
        assert (status, answer["code"]) == (503, "tsa_unavailable")
        status, answer = await sign(house, signing)
        assert (status, answer["state"]) == (200, "signed")
        seal = await seal_of(house, answer["signed_id"])
        assert (seal["state"], seal["stamped"], seal["at"]) == ("unchanged", True, "2031-05-03T00:00:00.000Z")


def authority() -> tuple[Certificate, PrivateKeyInfo]:
    """Return certificate and key of a time stamp authority of our own."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Time")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(begins).not_valid_after(begins.replace(year=2040))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    encoding = serialization.Encoding.DER
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Certificate.load(made.public_bytes(encoding)), PrivateKeyInfo.load(secret)


async def verified(data: bytes, trust: Any) -> tuple[bool, bool]:
    """Ask pyHanko: whether the seal is intact and covers the whole file, and whether it is trusted."""
    try:
        reader = PdfFileReader(io.BytesIO(data))
        status = await async_validate_pdf_signature(
            reader.embedded_signatures[0], ValidationContext(trust_roots=[trust], allow_fetching=False)
        )
    except Exception:  # a file so broken that there is no signature to look at
        return False, False
    return status.intact and status.bottom_line, status.trusted


async def pdfsig(folder: Path, data: bytes) -> str:
    file = folder / "signed.pdf"
    await asyncio.to_thread(file.write_bytes, data)
    process = await asyncio.create_subprocess_exec(
        "pdfsig", file, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    return (await process.communicate())[0].decode()


def attached(data: bytes) -> dict[str, Any]:
    names = PdfFileReader(io.BytesIO(data)).root["/Names"]["/EmbeddedFiles"]["/Names"]
    evidence: dict[str, Any] = json.loads(names[1].get_object()["/EF"]["/F"].get_object().data)
    return evidence


async def test_a_changed_form_asks_again(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    await fill(agent, call_id)
    await agent.do("sign.ask", call_id=call_id, form_id=FORM)
    signing = await asked_to_sign(booth)
    await agent.do("form.edit", call_id=call_id, form_id=FORM, field="phone", value="13911112222", base=1)
    await booth.until(lambda page: page.events[-1][1].get("state") == "withdrawn")
    assert booth.events[-1][1]["problem"]["code"] == "document_changed"
    assert (await sign(house, signing))[1]["code"] == "signing_withdrawn"
    await agent.do("sign.ask", call_id=call_id, form_id=FORM)
    again = await asked_to_sign(booth)
    assert again["sha256"] != signing["sha256"]


async def test_two_edits_at_once_take_the_question_back_and_neither_is_refused(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    await fill(agent, call_id)
    await agent.do("sign.ask", call_id=call_id, form_id=FORM)
    signing = await asked_to_sign(booth)
    signings, version = house.service.signings, (await agent.do("form.read", call_id=call_id, form_id=FORM))["version"]
    await signings.form_changed(call_id, FORM, version)  # told late: it was asked on just this
    assert (await signings.get(signing["signing_id"])).state == "asked"
    await asyncio.gather(*(signings.form_changed(call_id, FORM, version + more) for more in (1, 2)))
    assert (await signings.get(signing["signing_id"])).state == "withdrawn"


@pytest.mark.parametrize("ended", ["failed", "restarted"])
async def test_a_form_that_is_changed_while_its_signature_is_sealed_in_vain_asks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: str
) -> None:
    async with open_house(tmp_path) as house:
        booth, agent = await talk(house, BOOTH, AGENT, ITEM)
        call_id = agent.call["call_id"]
        await fill(agent, call_id)
        await agent.do("sign.ask", call_id=call_id, form_id=FORM)
        signing = await asked_to_sign(booth)
        signing_id, rows = signing["signing_id"], house.service.records.forms

        async def edited(*_: object) -> bytes:
            assert (await rows.signing(signing_id)).state == "sealing"
            assert (await write(agent, call_id, "phone", "13911112222", base=1))["ok"]
            assert (await rows.signing(signing_id)).state == "sealing"  # what was shown is what is signed
            raise Damaged("the file is not to be read now")

        if ended == "failed":
            monkeypatch.setattr(house.service.documents, "content", edited)
            assert (await sign(house, signing))[0] == 503
            assert (await rows.signing(signing_id)).state == "withdrawn"
        else:
            await rows.step(signing_id, "sealing")
            with pytest.raises(Damaged):
                await edited()
    async with open_house(tmp_path) as house:
        assert (await house.service.signings.get(signing_id)).state == "withdrawn"


@pytest.mark.parametrize(
    ("changes", "code", "status"),
    [
        ({"sha256": "0"}, "malformed", 400),
        ({"pages_ms": []}, "not_read", 409),
        ({"read_ms": 5}, "not_read", 409),
        ({"consent_ms": 100}, "not_read", 409),
        ({"consent_ms": 5000}, "not_read", 409),
        ({"strokes": []}, "malformed", 400),
        ({"strokes": [[[1, 1, 1, 1]]]}, "malformed", 400),
        ({"strokes": [[[1, 1, 9, 1], [1, 1, 8, 1]] * 5]}, "malformed", 400),
        ({"strokes": [[[10_001, 1, 1, 1]] * 9]}, "malformed", 400),
        ({"strokes": [[[1, 1, 1, 1]] * 6001]}, "malformed", 400),
        ({"consent": ""}, "malformed", 400),
    ],
)
async def test_a_signature_without_reading_or_sense_is_refused(changes: dict[str, Any], code: str, status: int) -> None:
    with pytest.raises(ServiceError) as refused:
        parse(Given, given({"sha256": "1" * 64}) | changes).check_read(1)
    assert (refused.value.code, refused.value.status) == (code, status)


async def test_another_booth_signs_nothing_and_the_citizen_may_say_no(house: House) -> None:
    booth, agent = await talk(house, BOOTH, AGENT, ITEM)
    call_id = agent.call["call_id"]
    document = await house.service.documents.keep(pdf(2), call_id=call_id, name="合同.pdf", kind="upload", by=AGENT)
    await agent.do("sign.ask", call_id=call_id, document_id=document.document_id)
    signing = await asked_to_sign(booth)
    assert signing["sha256"] == document.sha256
    assert (await sign(house, signing, "booth_taopu_center"))[0] == 404
    assert (await sign(house, signing, sha256="0" * 64))[1]["code"] == "document_changed"
    assert (await sign(house, signing))[1]["code"] == "not_read"  # it has two pages
    await booth.do("sign.decline", call_id=call_id, signing_id=signing["signing_id"])
    assert (await sign(house, signing, pages_ms=[1, 2]))[1]["code"] == "signing_declined"
    await agent.do("sign.ask", call_id=call_id, document_id=document.document_id)
    status, answer = await sign(house, await asked_to_sign(booth), pages_ms=[1, 2])
    assert (status, answer["state"]) == (200, "signed")
    await agent.do("sign.ask", call_id=call_id, document_id=document.document_id)
    again = await asked_to_sign(booth)
    headers = {"Cookie": await house.cookie(AGENT)}
    async with aiohttp.ClientSession(headers=headers) as session:
        assert (await session.delete(f"{house.url}/api/documents/{document.document_id}")).status == 204
    await booth.until(lambda page: page.events[-1][1].get("state") == "withdrawn")  # it is nobody's any more
    assert (await house.service.signings.get(again["signing_id"])).state == "withdrawn"
