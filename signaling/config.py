"""All settings of the service: one frozen tree, read once at start, units in the names.

They come from the environment (`VIRTUAL_WINDOW_HTTP__PORT=8443`) and from one TOML file
(`[http]` `port = 8443`); the environment wins. A wrong value, an unknown name and a missing
value stop the start with a `ConfigError` that names every setting concerned. Each setting is
described in docs/settings.md; a test holds the two together.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_origin
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

PREFIX = "VIRTUAL_WINDOW_"
FILE_VARIABLE = "VIRTUAL_WINDOW_CONFIG"
MEDIA_PREFIX = "VIRTUAL_WINDOW_MEDIA_"
"""A media node's own settings, which may stand in the same environment."""

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=366 * 86400, allow_inf_nan=False)]


class ConfigError(Exception):
    """One or more settings are wrong; `problems` holds a sentence for each, naming the setting."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Section(BaseModel):
    """A group of settings: closed (unknown names are refused) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Http(Section):
    host: str = "127.0.0.1"
    port: Port = 8443
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    plain_port: Port | None = None
    origins: tuple[str, ...] = ()
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    shutdown_grace_s: Seconds = 5

    @field_validator("origins")
    @classmethod
    def _origins_are_bare(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            scheme, separator, rest = origin.partition("://")
            if scheme not in {"http", "https"} or not separator or not rest or "/" in rest:
                raise ValueError(f"{origin!r} is not an origin like https://window.example.cn")
        return value

    @model_validator(mode="after")
    def _cameras_need_a_secure_origin(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key are given together or not at all")
        if self.tls_certificate is None and not self.trusted_proxies and not _is_loopback(self.host):
            raise ValueError("host is not a loopback address: give tls_certificate and tls_key, or trusted_proxies")
        return self


class Journal(Section):
    kind: Literal["sqlite", "redis"] = "sqlite"
    file: Path | None = None
    redis_url: SecretStr | None = None
    snapshot_every_events: Annotated[int, Field(ge=100)] = 20_000

    @model_validator(mode="after")
    def _redis_needs_an_address(self) -> Self:
        if self.kind == "redis" and self.redis_url is None:
            raise ValueError('redis_url is needed when kind = "redis"')
        return self


class Records(Section):
    database_url: SecretStr | None = None
    pool_size: Annotated[int, Field(ge=1, le=200)] = 10

    @field_validator("database_url")
    @classmethod
    def _known_driver(cls, value: SecretStr | None) -> SecretStr | None:
        drivers = ("sqlite+aiosqlite://", "postgresql+asyncpg://")
        if value is not None and not value.get_secret_value().startswith(drivers):
            raise ValueError(f"must start with {' or '.join(drivers)}")
        return value


class Captures(Section):
    directory: Path | None = None
    key: SecretStr | None = None
    key_file: Path | None = None
    max_bytes: Annotated[int, Field(ge=1024, le=1_000_000_000)] = 25_000_000
    max_pixels: Annotated[int, Field(ge=10_000, le=500_000_000)] = 40_000_000
    decode_timeout_s: Seconds = 10
    decode_memory_bytes: Annotated[int, Field(ge=200_000_000)] = 1_500_000_000
    decode_workers: Annotated[int, Field(ge=1, le=32)] = 1

    @field_validator("key")
    @classmethod
    def _key_is_256_bits(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            decode_key(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.key is not None and self.key_file is not None:
            raise ValueError("give key or key_file, not both")
        return self


class Documents(Section):
    directory: Path | None = None
    max_bytes: Annotated[int, Field(ge=1024, le=1_000_000_000)] = 50_000_000
    max_pages: Annotated[int, Field(ge=1, le=2000)] = 200
    read_timeout_s: Seconds = 20
    read_memory_bytes: Annotated[int, Field(ge=200_000_000)] = 1_500_000_000
    read_workers: Annotated[int, Field(ge=1, le=32)] = 1


class Floor(Section):
    level_share: Annotated[float, Field(ge=0, le=1)] = 0.8
    level_window_s: Seconds = 1800
    booth_away_s: Seconds = 60
    node_away_s: Seconds = 3
    misses: Annotated[int, Field(ge=1, le=100)] = 2
    announced_roles: tuple[Literal["listener", "coach"], ...] = ()


class Seal(Section):
    certificate: Path | None = None
    key: Path | None = None
    tsa_url: str = ""
    timeout_s: Seconds = 30
    memory_bytes: Annotated[int, Field(ge=300_000_000)] = 2_000_000_000

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key are given together")
        return self

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key are given together or not at all")
        return self


class SignIn(Section):
    staff_idle_s: Seconds = 4 * 3600
    staff_absolute_s: Seconds = 14 * 3600
    booth_idle_s: Seconds = 60 * 86400
    attempts_per_name: Annotated[int, Field(ge=1)] = 8
    attempts_per_remote: Annotated[int, Field(ge=1)] = 40
    attempts_window_s: Seconds = 300
    password_min_length: Annotated[int, Field(ge=8, le=128)] = 12


class Ice(Section):
    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_shared_secret: SecretStr | None = None
    turn_lifetime_s: Seconds = 6 * 3600

    @field_validator("stun_urls", "turn_urls")
    @classmethod
    def _schemes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for url in value:
            if not url.startswith(("stun:", "stuns:", "turn:", "turns:")):
                raise ValueError(f"{url!r} must start with stun:, stuns:, turn: or turns:")
        return value

    @model_validator(mode="after")
    def _turn_needs_a_secret(self) -> Self:
        if self.turn_urls and self.turn_shared_secret is None:
            raise ValueError("turn_shared_secret is needed when turn_urls are given")
        return self


class Nodes(Section):
    token: SecretStr | None = None
    linger_s: Seconds = 10

    @field_validator("token")
    @classmethod
    def _token_is_no_word(cls, value: SecretStr | None) -> SecretStr | None:
        return _checked_token(value)


class Papers(Section):
    workers: Annotated[int, Field(ge=1, le=16)] = 1
    timeout_s: Seconds = 15
    memory_bytes: Annotated[int, Field(ge=1_000_000_000)] = 3_000_000_000


class Recordings(Section):
    agents_may_watch: bool = False
    least_days: Annotated[float, Field(ge=0, le=36_500)] = 30
    keep_days: Annotated[float, Field(gt=0, le=36_500)] = 180

    @model_validator(mode="after")
    def _kept_at_least_so_long(self) -> Self:
        if self.least_days > self.keep_days:
            raise ValueError("least_days is not more than keep_days")
        return self


class Sockets(Section):
    ping_interval_s: Seconds = 3
    ping_timeout_s: Seconds = 5
    max_frame_bytes: Annotated[int, Field(ge=65_536)] = 1_048_576
    messages_per_s: Annotated[float, Field(gt=0)] = 50
    messages_burst: Annotated[int, Field(ge=1)] = 200


class Calls(Section):
    rating_s: Seconds = 60
    capture_upload_s: Seconds = 180


class Matters(Section):
    due_days: Annotated[int, Field(ge=1, le=60)] = 5


class HandOver(Section):
    folder: Path | None = None
    url: str | None = None
    token: SecretStr | None = None
    timeout_s: Seconds = 120
    delay_s: Seconds = 180

    @field_validator("token")
    @classmethod
    def _token_is_no_word(cls, value: SecretStr | None) -> SecretStr | None:
        return _checked_token(value)

    @model_validator(mode="after")
    def _one_way_out(self) -> Self:
        if self.folder is not None and self.url is not None:
            raise ValueError("give folder or url, not both")
        if self.url is not None and not re.fullmatch(r"https?://[^/\s]+/\S*", self.url):
            raise ValueError("url is an address like https://office.example.cn/packages")
        if self.url is not None and self.url.startswith("http://") and not _is_loopback(_host(self.url)):
            raise ValueError("url: citizens' papers leave over https only")
        return self


class BackOffice(Section):
    token: SecretStr | None = None

    @field_validator("token")
    @classmethod
    def _token_is_no_word(cls, value: SecretStr | None) -> SecretStr | None:
        return _checked_token(value)


class Log(Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["json", "text"] = "json"


class Settings(BaseSettings):
    """The whole tree. Make it with `load`, which turns failures into one readable `ConfigError`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, validate_default=True
    )

    world_dir: Path
    data_dir: Path = Path("var")
    demo: bool = False
    http: Http = Field(default_factory=Http)
    journal: Journal = Field(default_factory=Journal)
    records: Records = Field(default_factory=Records)
    captures: Captures = Field(default_factory=Captures)
    documents: Documents = Field(default_factory=Documents)
    seal: Seal = Field(default_factory=Seal)
    sign_in: SignIn = Field(default_factory=SignIn)
    ice: Ice = Field(default_factory=Ice)
    nodes: Nodes = Field(default_factory=Nodes)
    papers: Papers = Field(default_factory=Papers)
    recordings: Recordings = Field(default_factory=Recordings)
    sockets: Sockets = Field(default_factory=Sockets)
    calls: Calls = Field(default_factory=Calls)
    floor: Floor = Field(default_factory=Floor)
    matters: Matters = Field(default_factory=Matters)
    hand_over: HandOver = Field(default_factory=HandOver)
    back_office: BackOffice = Field(default_factory=BackOffice)
    log: Log = Field(default_factory=Log)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment first; what `load` read from the file is handed over as init values."""
        return env_settings, init_settings

    @model_validator(mode="after")
    def _a_real_service_has_its_own_key(self) -> Self:
        if not self.demo and self.captures.key is None and self.captures.key_file is None:
            raise ValueError(
                "captures.key or captures.key_file: needed outside the demo; citizens' papers are encrypted"
            )
        if not self.demo and self.seal.certificate is None:
            raise ValueError("seal.certificate and seal.key: needed outside the demo; what citizens sign is sealed")
        return self

    @property
    def journal_file(self) -> Path:
        """Where the SQLite journal lies."""
        return self.journal.file or self.data_dir / "journal.sqlite"

    @property
    def database_url(self) -> str:
        """SQLAlchemy's address of the records."""
        given = self.records.database_url
        return given.get_secret_value() if given else f"sqlite+aiosqlite:///{self.data_dir / 'records.sqlite'}"

    @property
    def captures_dir(self) -> Path:
        """Where captures and partial uploads lie."""
        return self.captures.directory or self.data_dir / "captures"

    @property
    def documents_dir(self) -> Path:
        """Where stored documents lie."""
        return self.documents.directory or self.data_dir / "documents"

    def captures_key(self) -> bytes:
        """Return the 256-bit key that encrypts captures at rest; the demo makes and keeps one."""
        if self.captures.key is not None:
            return decode_key(self.captures.key.get_secret_value())
        path = self.captures.key_file or self.data_dir / "captures.key"
        if self.demo and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64encode(os.urandom(32)))
        try:
            return decode_key(path.read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise ConfigError([f"captures.key_file: {path}: {error}"]) from None


def load(file: Path | None = None, defaults: Mapping[str, Any] | None = None) -> Settings:
    """Read the settings.

    Args:
        file: the TOML file; without it the one named by `VIRTUAL_WINDOW_CONFIG`, or none.
        defaults: what a command (the demo) sets for those that neither file nor environment give.
    Raises:
        ConfigError: naming every setting that is wrong, unknown or missing.
    """
    if file is None and FILE_VARIABLE in os.environ:
        file = Path(os.environ[FILE_VARIABLE])
    values = _merged(defaults or {}, _read(file) if file is not None else {})
    unknown = [f"{name}: there is no such setting" for name in _unknown_variables()]
    if unknown:
        raise ConfigError(unknown)
    try:
        return Settings(**values)
    except SettingsError:
        raise ConfigError([f"{name}: is a list or a section, written as JSON" for name in _not_json()]) from None
    except ValidationError as error:
        raise ConfigError(_sentences(error)) from None


def decode_key(text: str) -> bytes:
    """Return the 32 bytes of a base64 key; raise ValueError otherwise."""
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
    if len(key) != 32:
        raise ValueError(f"holds {len(key)} bytes, 32 are needed (make one with: openssl rand -base64 32)")
    return key


def setting_names(model: type[BaseModel] = Settings, prefix: str = "") -> Iterator[str]:
    """Yield every setting by its dotted name."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield from setting_names(field.annotation, f"{prefix}{name}.")
        else:
            yield prefix + name


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _checked_token(value: SecretStr | None) -> SecretStr | None:
    if value is not None and not re.fullmatch(r"[!-~]{24,200}", value.get_secret_value()):
        raise ValueError("24 to 200 characters without spaces (make one with: openssl rand -hex 24)")
    return value


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError([f"{file}: {error}"]) from None


def _merged(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(low)
    for name, value in high.items():
        below = merged.get(name)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(below, value) if both else value  # type: ignore[arg-type]
    return merged


def _unknown_variables() -> list[str]:
    known = {PREFIX + name.replace(".", "__").upper() for name in setting_names()}
    sections = {name.split("__")[0] for name in known if "__" in name}  # a whole section as JSON is allowed
    return sorted(
        name
        for name in os.environ
        if name.upper().startswith(PREFIX)
        and not name.upper().startswith(MEDIA_PREFIX)
        and name.upper() not in known | sections | {FILE_VARIABLE}
    )


def _not_json() -> list[str]:
    """Name the variables that had to hold JSON and do not: pydantic names only the section they are in."""
    names = []
    for section, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            inner = field.annotation.model_fields.items()
            lists = [name for name, each in inner if get_origin(each.annotation) is tuple]
            names += [PREFIX + name.upper() for name in (section, *(f"{section}__{name}" for name in lists))]
    return [name for name in names if name in os.environ and not _is_json(os.environ[name])]


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _sentences(error: ValidationError) -> list[str]:
    """One sentence a setting. The value is left out: it may be a secret."""
    sentences = []
    for item in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in item["loc"])
        message = {
            "extra_forbidden": "there is no such setting",
            "missing": "is missing",
        }.get(item["type"], item["msg"].removeprefix("Value error, "))
        variable = f" ({PREFIX}{name.replace('.', '__').upper()})" if name else ""
        sentences.append(f"{name}{variable}: {message}" if name else message)
    return sentences
