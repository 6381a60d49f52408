"""Forms and signatures over HTTP: what a form asks, and the citizen's signature with its strokes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from signaling.api.back import BACK, anyone, body, booth
from signaling.api.filling_shapes import FormShapes, SigningShape, form_shape
from signaling.errors import Unknown
from signaling.signing.given import MOST_BYTES, Given

if TYPE_CHECKING:
    from aiohttp import web


async def forms_of_item(request: web.Request) -> FormShapes:
    """Say what the forms of a service item ask."""
    await anyone(request)
    back = request.app[BACK]
    if request.match_info["item_id"] not in back.world.items:
        raise Unknown("there is no such service item")
    return FormShapes(tuple(form_shape(form) for form in back.forms.of_item(request.match_info["item_id"])))


async def sign(request: web.Request) -> SigningShape:
    """Take a citizen's signature; answer when the document is sealed."""
    identity = await booth(request)
    back = request.app[BACK]
    signing = await back.signings.get(request.match_info["signing_id"])
    if not back.is_member(identity, signing.call_id):
        raise Unknown("there is no such signing")
    given = await body(request, Given, most=MOST_BYTES)
    point = back.world.place(identity.id).point
    words = {"name": "远程虚拟窗口", "reason": given.consent, "location": point.name}
    signed = await back.signings.sign(signing.signing_id, given, booth_id=identity.id, words=words)
    return SigningShape(signed.signing_id, signed.state, signed.document_id, signed.sha256, signed.signed_id)
