"""Settings are read once; every wrong one is refused by its name, and each is described."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from signaling.config import ConfigError, load, setting_names

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"
KEY = base64.b64encode(bytes(32)).decode()
SEAL = {"certificate": "seal.pem", "key": "seal-key.pem"}
SEALED = '[seal]\ncertificate = "seal.pem"\nkey = "seal-key.pem"\n'
LEAST: dict[str, Any] = {"world_dir": "deploy/demo", "captures": {"key": KEY}, "seal": SEAL}


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("VIRTUAL_WINDOW_")]:
        monkeypatch.delenv(name)


def problems(**values: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(defaults={**LEAST, **values})
    return caught.value.problems


def test_every_setting_has_a_heading_in_the_docs_and_every_heading_a_setting() -> None:
    headings = re.findall(r"^### `(.+)`$", DOCS.read_text("utf-8"), re.M)
    assert headings == list(dict.fromkeys(headings))
    assert set(headings) == set(setting_names())


def test_the_docs_name_the_default_of_every_setting_that_has_a_plain_one() -> None:
    text = DOCS.read_text("utf-8")
    settings = load(defaults=LEAST)
    for name in setting_names():
        value: Any = settings
        for part in name.split("."):
            value = getattr(value, part)
        section = text.split(f"### `{name}`\n", 1)[1].split("\n#", 1)[0]
        if isinstance(value, int | float) and not isinstance(value, bool) and name not in LEAST:
            assert f"`{value:g}`" in section or f"`{int(value)}`" in section, name


def test_the_environment_goes_before_the_file_and_the_file_before_a_commands_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "window.toml"
    file.write_text(f'world_dir = "w"\n[http]\nport = 1\nplain_port = 2\n[captures]\nkey = "{KEY}"\n{SEALED}')
    monkeypatch.setenv("VIRTUAL_WINDOW_HTTP__PORT", "11")
    settings = load(file, {"http": {"port": 100, "plain_port": 100, "shutdown_grace_s": 9}})
    assert (settings.http.port, settings.http.plain_port, settings.http.shutdown_grace_s) == (11, 2, 9)
    monkeypatch.setenv("VIRTUAL_WINDOW_CONFIG", str(file))
    assert load().http.plain_port == 2


def test_lists_in_the_environment_are_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_WINDOW_ICE__STUN_URLS", '["stun:a:3478"]')
    assert load(defaults=LEAST).ice.stun_urls == ("stun:a:3478",)
    monkeypatch.setenv("VIRTUAL_WINDOW_ICE__STUN_URLS", "stun:a:3478")
    with pytest.raises(ConfigError, match="VIRTUAL_WINDOW_ICE__STUN_URLS"):
        load(defaults=LEAST)


def test_an_unknown_setting_is_refused_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert problems(htpp={"port": 1}) == ["htpp (VIRTUAL_WINDOW_HTPP): there is no such setting"]
    assert "http.prot" in problems(http={"prot": 1})[0]
    monkeypatch.setenv("VIRTUAL_WINDOW_HTTP__PROT", "1")
    assert problems() == ["VIRTUAL_WINDOW_HTTP__PROT: there is no such setting"]


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"world_dir": None}, "world_dir"),
        ({"http": {"port": 70_000}}, "http.port (VIRTUAL_WINDOW_HTTP__PORT)"),
        ({"http": {"port": "web"}}, "http.port"),
        ({"http": {"host": "0.0.0.0"}}, "tls_certificate"),
        ({"http": {"tls_certificate": "a.crt"}}, "tls_key"),
        ({"http": {"origins": ["window.example.cn"]}}, "http.origins"),
        ({"http": {"origins": ["https://window.example.cn/page"]}}, "http.origins"),
        ({"http": {"trusted_proxies": ["10.0.0.0/40"]}}, "http.trusted_proxies"),
        ({"journal": {"kind": "postgres"}}, "journal.kind"),
        ({"journal": {"kind": "redis"}}, "redis_url"),
        ({"records": {"database_url": "mysql://x"}}, "records.database_url"),
        ({"captures": {"key": "c2hvcnQ="}}, "captures.key"),
        ({"captures": {"key": "not base64!"}}, "captures.key"),
        ({"captures": {"key": KEY, "key_file": "k"}}, "key_file"),
        ({"captures": {}}, "captures.key"),
        ({"seal": {}}, "seal.certificate and seal.key"),
        ({"seal": {"certificate": "seal.pem"}}, "given together"),
        ({"captures": {"key": KEY, "max_bytes": 0}}, "captures.max_bytes"),
        ({"sign_in": {"staff_idle_s": float("nan")}}, "sign_in.staff_idle_s"),
        ({"sign_in": {"staff_idle_s": -1}}, "sign_in.staff_idle_s"),
        ({"sign_in": {"password_min_length": 4}}, "sign_in.password_min_length"),
        ({"ice": {"stun_urls": ["https://x"]}}, "ice.stun_urls"),
        ({"ice": {"turn_urls": ["turn:x"]}}, "turn_shared_secret"),
        ({"log": {"level": "loud"}}, "log.level"),
    ],
)
def test_a_wrong_value_is_refused_with_the_settings_name(values: dict[str, Any], named: str) -> None:
    told = problems(**values)
    assert len(told) == 1
    assert named in told[0]


def test_all_wrong_values_are_told_at_once_and_no_secret_is() -> None:
    told = problems(http={"port": -1}, captures={"key": "hunter2-hunter2"}, log={"level": "loud"})
    assert len(told) == 3
    assert "hunter2" not in "\n".join(told)


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    settings = load(defaults={**LEAST, "ice": {"turn_urls": ["turn:x"], "turn_shared_secret": "hunter2"}})
    assert "hunter2" not in repr(settings)
    assert KEY not in repr(settings)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("port = = 1")
    with pytest.raises(ConfigError, match=r"bad.toml.*line 1"):
        load(tmp_path / "bad.toml")


def test_the_demo_makes_one_key_and_keeps_it(tmp_path: Path) -> None:
    settings = load(defaults={"world_dir": "w", "demo": True, "data_dir": tmp_path})
    key = settings.captures_key()
    assert len(key) == 32
    assert settings.captures_key() == key


def test_a_key_file_that_is_missing_or_wrong_is_named(tmp_path: Path) -> None:
    file = tmp_path / "key"
    settings = load(defaults={"world_dir": "w", "captures": {"key_file": file}, "seal": SEAL})
    with pytest.raises(ConfigError, match=r"captures.key_file"):
        settings.captures_key()
    file.write_text("short")
    with pytest.raises(ConfigError, match=r"captures.key_file"):
        settings.captures_key()
    file.write_text(KEY + "\n")
    assert settings.captures_key() == bytes(32)


def test_paths_follow_the_data_directory(tmp_path: Path) -> None:
    settings = load(defaults={**LEAST, "data_dir": tmp_path})
    assert settings.journal_file == tmp_path / "journal.sqlite"
    assert settings.captures_dir == tmp_path / "captures"
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/records.sqlite"
