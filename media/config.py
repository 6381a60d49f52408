"""The node's settings: one frozen value, read once from `VIRTUAL_WINDOW_MEDIA_…`, each described here and in
docs/media-control.md; a test holds the two together."""

from __future__ import annotations

import base64
import binascii
import socket
from ipaddress import ip_address
from pathlib import Path  # noqa: TC003 - pydantic reads the annotation
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "VIRTUAL_WINDOW_MEDIA_"


class Settings(BaseSettings):
    """`Settings()` reads the environment; a wrong value stops the start and names the setting."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", validate_default=True)

    node_id: str = Field(default_factory=socket.gethostname, pattern=r"^[A-Za-z0-9_.:-]{1,80}$")
    """How signaling and the metrics call this node."""
    bind_host: str = "0.0.0.0"
    """The address media is received at."""
    bind_port: int = Field(default=40_000, ge=0, le=65_535)
    """The one UDP port of all calls; the firewall needs one rule."""
    public_addresses: Annotated[tuple[str, ...], NoDecode] = ()
    """Addresses browsers reach the port at, the preferred first, with commas between."""
    control_urls: Annotated[tuple[str, ...], NoDecode] = ()
    """Signaling's WebSockets, with commas between; tried in turn, the first that takes the node has it."""
    control_token: SecretStr = SecretStr("")
    """Shows signaling that this node is ours."""
    max_calls: int = Field(default=45, ge=1, le=1000)
    """Calls beyond this are refused; 45 two-way calls, all recorded, take about 70% of a core."""
    metrics_host: str = "127.0.0.1"
    """Where Prometheus reads."""
    metrics_port: int = Field(default=9464, ge=0, le=65_535)
    """The port of it."""
    recordings_dir: Path | None = None
    """Where segments are kept; without it nothing is recorded."""
    master_key: SecretStr | None = None
    """32 bytes in base64: wraps the key of every recorded call."""
    segment_s: float = Field(default=10.0, ge=1, le=120)
    """The length of a segment."""
    disk_low_bytes: int = Field(default=2 << 30, ge=0)
    """Below this much free space released recordings go, the oldest first."""
    disk_full_bytes: int = Field(default=512 << 20, ge=0)
    """Below this much recording stops, with an alert, and the calls go on."""
    drain_s: float = Field(default=7200, ge=0)
    """How long a node told to end waits for its calls to be taken over."""

    @field_validator("public_addresses", "control_urls", mode="before")
    @classmethod
    def _with_commas(cls, value: object) -> object:
        return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else value

    @field_validator("public_addresses")
    @classmethod
    def _are_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ip_address(one)
        return value

    @field_validator("control_urls")
    @classmethod
    def _are_websockets(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not one.startswith(("ws://", "wss://")):
                raise ValueError(f"{one!r} does not begin with ws:// or wss://")
        return value

    @field_validator("master_key")
    @classmethod
    def _has_32_bytes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                size = len(base64.b64decode(value.get_secret_value(), validate=True))
            except binascii.Error:
                size = 0
            if size != 32:
                raise ValueError("32 bytes in base64")
        return value

    @model_validator(mode="after")
    def _recording_needs_a_key(self) -> Self:
        if self.recordings_dir is not None and self.master_key is None:
            raise ValueError("recordings_dir needs master_key: nothing is written in the clear")
        if self.control_urls and not self.control_token.get_secret_value():
            raise ValueError("control_urls needs control_token")
        return self

    @property
    def key(self) -> bytes:
        """The master key's bytes."""
        return b"" if self.master_key is None else base64.b64decode(self.master_key.get_secret_value())
