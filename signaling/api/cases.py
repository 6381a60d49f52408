"""Cases over HTTP: a call's case and receipt, where a case stands, and the back office's steps.

Promise: a booth sees the receipt of the visit in front of it and no other; a wrong pair of number and digits is told
the same whatever is wrong with it; the back office shows its own token, which opens nothing else.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from aiohttp import web

from signaling.api.back import BACK, anyone, body, booth
from signaling.api.cases_shapes import BACK_OFFICE, CaseOfCall, CaseShape, case_shape, receipt_shape
from signaling.cases import STATES, CaseState  # `wire.parse` reads the annotations at run time
from signaling.cases.print import square
from signaling.errors import NotSignedIn, Unknown
from signaling.messages.rules import Digits, Number
from signaling.receipt_number import read
from signaling.wire import Name, OneOf, Text

if TYPE_CHECKING:
    from signaling.auth import Identity


@dataclass(frozen=True, slots=True)
class ProgressBody:
    NAME: ClassVar = "Progress"
    number: Annotated[str, Number()]
    last_four: Annotated[str, Digits(4)]


@dataclass(frozen=True, slots=True)
class StepBody:
    NAME: ClassVar = "CaseStep"
    step_id: Annotated[str, Name()]
    """The back office's own id of this news: sent again, it changes nothing."""
    state: Annotated[CaseState, OneOf(*STATES)]
    words: Annotated[str, Text(500)] = ""
    """What the citizen reads about it."""


async def case_of_call(request: web.Request) -> CaseOfCall:
    """Return the case a call belongs to, and the call's receipt."""
    call_id = request.match_info["call_id"]
    await _may_see(request, await anyone(request), call_id)
    cases = request.app[BACK].cases
    case, receipt = await cases.of_call(call_id), await cases.receipt_of(call_id)
    return CaseOfCall(
        case_shape(case, await cases.steps(case.case_id)) if case else None,
        receipt_shape(receipt) if receipt else None,
    )


async def receipt_content(request: web.Request) -> web.Response:
    """Return a receipt's printed form."""
    number = await _receipt(request)
    data = await request.app[BACK].cases.printed(request.match_info["receipt_id"])
    return web.Response(
        body=data, content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="receipt-{number}.pdf"'},
    )  # fmt: skip


async def receipt_code(request: web.Request) -> web.Response:
    """Return a receipt's QR code."""
    drawn = square(await _receipt(request)).replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return web.Response(text=drawn, content_type="image/svg+xml")


async def progress(request: web.Request) -> CaseShape:
    """Say where a case stands, to whoever has its number and the last four digits of the phone."""
    identity = await booth(request)
    wanted = await body(request, ProgressBody)
    cases = request.app[BACK].cases
    case = await cases.find(identity.id, wanted.number, wanted.last_four)
    return case_shape(case, await cases.steps(case.case_id))


async def back_office_step(request: web.Request) -> CaseShape:
    """Take a step of a case that the back office tells."""
    _back_office(request)
    wanted = await body(request, StepBody)
    cases = request.app[BACK].cases
    number = read(request.match_info["number"])
    case = await cases.advance(number, wanted.step_id, wanted.state, wanted.words, BACK_OFFICE)
    return case_shape(case, await cases.steps(case.case_id))


async def _receipt(request: web.Request) -> str:
    """Return the number of the receipt that is asked for, if whoever asks may see it."""
    identity = await anyone(request)  # first: a stranger does not learn which receipts there are
    case, receipt = await request.app[BACK].cases.receipt(request.match_info["receipt_id"])
    await _may_see(request, identity, receipt.call_id)
    return case.number


async def _may_see(request: web.Request, identity: Identity, call_id: str) -> None:
    """The booth while the visit lasts; its agents during it and later; supervisors always."""
    back = request.app[BACK]
    if identity.kind == "booth":
        allowed = back.visits(identity.id, call_id)
    else:
        allowed = back.is_member(identity, call_id) or await back.records.history.may_read(identity, call_id)
    if not allowed:
        raise Unknown("there is no such call of yours")


def _back_office(request: web.Request) -> None:
    """Let the back office in by its token: too long to be guessed, and compared in constant time."""
    token = request.app[BACK].settings.back_office.token
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is None or not hmac.compare_digest(shown.encode(), token.get_secret_value().encode()):
        raise NotSignedIn("show the back office's token", code="wrong_token")
