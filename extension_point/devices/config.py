"""The bridge's settings: one frozen value, read once from `VIRTUAL_WINDOW_BRIDGE_…`, each described here and in
docs/bridge.md; a test holds the two together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "VIRTUAL_WINDOW_BRIDGE_"


class Settings(BaseSettings):
    """`Settings()` reads the environment; a wrong value stops the start and names the setting."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True)

    port: int = Field(default=7681, ge=0, le=65_535)
    """The port on 127.0.0.1; never another address."""
    origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Whose page may connect: the service's origins, with commas between."""
    state_dir: Path = Path("var") / "bridge"
    """Where the token is kept that pairs the booth's page with this bridge."""
    printer: str = ""
    """The CUPS queue to print to; empty: the system's default."""
    print_to: Path | None = None
    """Print into this folder instead: where no CUPS runs, and for tests."""
    simulate: Annotated[tuple[Literal["card_reader", "signature_pad", "document_camera"], ...], NoDecode] = ()
    """Devices that are simulated, and say so on the booth's screen and the helper's; of the camera its controls are."""

    @field_validator("origins", "simulate", mode="before")
    @classmethod
    def _with_commas(cls, value: object) -> object:
        return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("name the origin of the service whose booth page uses this bridge")
        for one in value:
            parts = urlsplit(one)
            if parts.scheme not in ("http", "https") or one != f"{parts.scheme}://{parts.netloc}":
                raise ValueError(f"{one!r} is no origin: https://name or http://127.0.0.1:port")
        return value

    @field_validator("printer")
    @classmethod
    def _is_a_queue(cls, value: str) -> str:
        # Names of queues as CUPS takes them; one that began with "-" would be an option of `lp`.
        if value.startswith("-") or not value.isprintable() or set(value) & set(" /#"):
            raise ValueError("the name of a CUPS queue")
        return value
