"""The HTTP interface under `/api`: sign-in, service items, history, captures; problems by RFC 9457.

`install(app)` adds routes and middlewares; the app sets `app[BACK]` before it serves. What there is stands in
/api/openapi.json, written from the same table that the routes are.
"""

from signaling.api.back import BACK, BOOTH_COOKIE, STAFF_COOKIE, Back, remote_address
from signaling.api.routes import install

__all__ = ["BACK", "BOOTH_COOKIE", "STAFF_COOKIE", "Back", "install", "remote_address"]
