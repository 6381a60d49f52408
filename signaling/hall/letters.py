"""Commands and refusals as bytes, for the way between nodes and for the journal.

Promise: `read_command(write_command(c)) == c` for every command, and the same for every error of `signaling.errors`.
Fields that have their default are left out, so that a command written by an older release reads the same.
"""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from signaling import errors
from signaling.errors import Malformed, ServiceError
from signaling.routing import Command

_KINDS: dict[str, TypeAdapter[Any]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(Command)}
_ERRORS: dict[str, type[ServiceError]] = {
    name: value for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, ServiceError)
}


def write_command(command: Command) -> bytes:
    """Return a command as JSON: its kind, a space, its fields."""
    kind = type(command).__name__
    return kind.encode() + b" " + _KINDS[kind].dump_json(command, exclude_defaults=True)


def read_command(body: bytes) -> Command:
    """Return the command. Raises `Malformed` for one that only a newer release knows."""
    kind, _, fields = body.partition(b" ")
    try:
        command: Command = _KINDS[kind.decode()].validate_json(fields)
    except (KeyError, ValidationError) as error:
        raise Malformed("this release does not know the command", field="command") from error
    return command


def digest(body: bytes) -> bytes:
    """Return what tells a command sent again from another one under the same id."""
    return blake2b(body, digest_size=12).digest()


def write_refusal(error: ServiceError) -> bytes:
    """Return a refusal as JSON."""
    return json.dumps([type(error).__name__, error.detail, error.field, error.code], ensure_ascii=False).encode()


def read_refusal(body: bytes) -> ServiceError:
    """Return the error that was raised when the command was refused."""
    name, detail, field, code = json.loads(body)
    return _ERRORS.get(name, ServiceError)(detail, field=field, code=code)
