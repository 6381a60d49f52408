"""Why a picture or its upload is refused."""

from __future__ import annotations

from signaling.errors import Malformed, TooMany


class TooLarge(TooMany):
    """More bytes or pixels than the stated limit."""

    status = 413
    code = "too_large"


class NotAPicture(Malformed):
    """Not a whole PNG or JPEG, or more than that."""

    status = 415
    code = "not_a_picture"
