"""Every refusal the service utters, told by whose fault it is and what happens next.

    ServiceError
    ├── Refused        the rules say no; nothing changed; shown to the person      409
    │   ├── NotAllowed     role or membership does not permit it                   403
    │   ├── NotSignedIn    no valid identity was shown                             401
    │   ├── Unknown        names something that does not exist                     404
    │   ├── WrongState     no such step from here                                  409
    │   └── TooMany        a stated rate, size or length limit was passed          429
    ├── Malformed      the client is wrong; names the field and the rule           400
    └── Unavailable    our fault; nothing was acknowledged; try again              503

One adapter in `sockets` and one in `api` turn these into error acknowledgements and
problem documents (RFC 9457). Anything else that escapes is a defect: it is logged and
its text is withheld.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


class ServiceError(Exception):
    """Base of all errors that may be told to a client.

    Args:
        detail: one sentence for the person or the client's developer; holds no secret and no personal datum.
        field: the name of the input the rule is about, where there is one.
        code: stable word a client may translate or act on; defaults to the class's own.
        more: further members of the problem, which a client may show in words of its own.
    """

    status: ClassVar[int] = 500
    code: str = "error"

    def __init__(
        self, detail: str, *, field: str | None = None, code: str | None = None,
        more: Mapping[str, str | int] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.more = dict(more or {})
        self.detail = detail
        self.field = field
        if code is not None:
            self.code = code

    def problem(self) -> dict[str, Any]:
        """Return the RFC 9457 problem members."""
        members: dict[str, Any] = {
            "type": f"urn:virtual-window:problem:{self.code}",
            "title": self.code.replace("_", " "),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.field is not None:
            members["field"] = self.field
        return members | self.more


class Refused(ServiceError):
    status = 409
    code = "refused"


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


class NotSignedIn(Refused):
    status = 401
    code = "not_signed_in"


class Unknown(Refused):
    status = 404
    code = "unknown"


class WrongState(Refused):
    status = 409
    code = "wrong_state"


class TooMany(Refused):
    status = 429
    code = "too_many"


class Malformed(ServiceError):
    status = 400
    code = "malformed"


class Unavailable(ServiceError):
    status = 503
    code = "unavailable"
