"""Settings: where they come from, which one wins, and that a bad one is named before anybody is served."""

from __future__ import annotations

import dataclasses
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.support.settings import INSTALLATION, SECRET_KEY, make_settings
from wizard import create_app
from wizard.settings import PRODUCTION_SETTINGS, Settings, SettingsError, read_settings

NETWORKED = {"public_url": "https://access.tamaris.example"}


def problems(tmp_path: Path, **overrides: Any) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        make_settings(tmp_path, **overrides)
    assert all(problem in str(refused.value) for problem in refused.value.problems)
    return refused.value.problems


def write_file(tmp_path: Path, content: str | bytes) -> None:
    path = tmp_path / "instance" / "perron.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    write_file(tmp_path, 'brand_name = "From the file"\nCODE_TRIES = 3\nlanguages = ["fr"]\n')
    environment = {f"PERRON_{name.upper()}": str(value) for name, value in INSTALLATION.items() if name != "brand_name"}
    read = read_settings(environment | {"PERRON_CODE_TRIES": "4"}, tmp_path / "instance")
    assert (read.brand_name, read.code_tries, read.languages) == ("From the file", 4, ("fr",))
    assert read.password_tries == Settings().password_tries


def test_what_is_no_setting_is_named(tmp_path: Path) -> None:
    write_file(tmp_path, 'colour = "red"\n[mail]\nserver = "x"\n')
    found = problems(tmp_path)
    assert "PERRON_COLOUR is not a setting of Perron." in found
    assert "PERRON_MAIL is not a setting of Perron." in found


def test_every_problem_is_named_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        public_url="ftp://x",
        secret_key="short",
        mail_server="",
        time_zone="Mars",
        code_tries="many",
        nonsense=1,
    )
    for name in ("PUBLIC_URL", "SECRET_KEY", "MAIL_SERVER", "TIME_ZONE", "CODE_TRIES", "NONSENSE"):
        assert any(name in problem for problem in found), (name, found)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("public_url", "access.example", "full address"),
        ("public_url", "https://", "full address"),
        ("public_url", "https://[::1", "full address"),
        ("public_url", "https://access.example:port", "full address"),
        ("public_url", "https://access.example/portal", "no path"),
        ("public_url", "https://access.example?x=1", "no path"),
        ("public_url", "https://me@access.example", "no path"),
        ("public_url", "https://access.example:443", "leave out :443"),
        ("public_url", "http://localhost:80", "leave out :80"),
        ("public_url", "http://access.example", "must be https"),
        ("secret_key", "31-characters-are-not-quite-eno", "too short"),
        ("database_url", "nonsense", "DATABASE_URL needs an address"),
        ("database_url", "mysql://localhost/perron", "DATABASE_URL needs an address"),
        ("database_url", "postgresql://localhost:port/perron", "DATABASE_URL needs an address"),
        ("mail_server", "", "nobody could be invited"),
        ("mail_server", "mail.tamaris.example", "on this machine only"),
        ("mail_port", 65536, "MAIL_PORT must be between"),
        ("mail_port", "smtp", "not a whole number"),
        ("mail_tls", "ssl", "none of starttls, tls, none"),
        ("mail_from", "access", "MAIL_FROM needs a plain address"),
        ("mail_from", "Access <access@tamaris.example>", "MAIL_FROM needs a plain address"),
        ("brand_name", "Tamaris\r\nBcc: all@tamaris.example", "must stand on one line"),
        ("brand_name", ["Tamaris"], "needs one text"),
        ("brand_colour", "green", "six hexadecimal digits"),
        ("brand_colour", "#12345", "six hexadecimal digits"),
        ("portal_url", "javascript:alert(1)", "PORTAL_URL must start with https://"),
        ("tutorial_url", "//tamaris.example", "TUTORIAL_URL must start with https://"),
        ("languages", "", "names no language"),
        ("languages", "en,xx", "'xx' is not a language tag"),
        ("languages", 5, "needs a list"),
        ("time_zone", "Mars/Olympus", "not a time zone"),
        ("time_zone", "../../etc/passwd", "not a time zone"),
        ("password_rules", "strict", "none of classic, modern"),
        ("second_factor", "maybe", "none of required, offered, off"),
        ("trusted_proxies", "10.0.0.0/33", "neither an address nor a network"),
        ("shared_sources", "office", "neither an address nor a network"),
        ("demo", "perhaps", "neither yes nor no"),
        ("code_tries", 0, "1 or more"),
        ("code_tries", True, "needs a whole number"),
        ("session_idle", 1, "2 seconds or more"),
        ("argon2", "19456,2", "three numbers"),
        ("argon2", "19456,2,0", "three numbers"),
    ],
)
def test_a_bad_value_is_named_with_what_is_wrong(tmp_path: Path, name: str, value: Any, said: str) -> None:
    found = problems(tmp_path, **{name: value})
    assert any(name.upper() in problem and said in problem for problem in found) or any(said in p for p in found), found
    assert len(found) == 1, found


def test_times_may_be_short_on_this_machine_only(tmp_path: Path) -> None:
    assert make_settings(tmp_path, session_idle=2).session_idle == 2
    assert problems(tmp_path, **NETWORKED, session_idle=29) == ["SESSION_IDLE must be 30 seconds or more."]


def test_every_number_has_a_lower_end(tmp_path: Path) -> None:
    """A time or a count of nothing switches a guard off: no number may be 0 unless that is its meaning."""
    numbers = [item.name for item in dataclasses.fields(Settings) if item.type == "int"]
    assert len(numbers) > 20
    for name in set(numbers) - {"mail_port", "password_shortest"}:
        assert any(name.upper() in problem for problem in problems(tmp_path, **{name: 0})), name


@pytest.mark.parametrize("content", ["brand_name =", b"\xff\xfe\x00", '"a" = [1'])
def test_a_file_that_cannot_be_read_is_a_problem_and_no_traceback(tmp_path: Path, content: str | bytes) -> None:
    write_file(tmp_path, content)
    assert any("perron.toml cannot be read" in problem for problem in problems(tmp_path))


@pytest.mark.parametrize("content", [None, b"\xff\xfe" * 40])
def test_a_secret_file_that_cannot_be_read_is_a_problem(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    assert any("SECRET_KEY_FILE: key" in p for p in problems(tmp_path, secret_key="", secret_key_file=str(path)))


def test_the_secret_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(SECRET_KEY + "\n", encoding="utf-8")
    assert make_settings(tmp_path, secret_key="", secret_key_file=str(path)).secret_key == SECRET_KEY


@pytest.mark.parametrize("name", PRODUCTION_SETTINGS)
def test_one_production_setting_is_enough_to_be_no_demonstration(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_settings({f"PERRON_{name}": ""}, tmp_path / "instance")
    assert any("SECRET_KEY" in problem for problem in refused.value.problems)


def test_without_any_setting_it_is_a_demonstration_with_a_secret_of_its_own(tmp_path: Path) -> None:
    first = read_settings({}, tmp_path / "instance")
    file = tmp_path / "instance" / "secret-key"
    assert first.demo
    assert len(first.secret_key) > 60
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_settings({}, tmp_path / "instance").secret_key == first.secret_key


def test_https_is_recognised_however_it_is_written(tmp_path: Path) -> None:
    found = make_settings(tmp_path, public_url="HTTPS://Access.Tamaris.Example")
    assert (found.https, found.host) == (True, "access.tamaris.example")


def test_no_secret_is_in_what_is_printed(tmp_path: Path) -> None:
    secrets = {
        "secret_key": "current-secret-0123456789-0123456789",
        "secret_key_old": ("older-secret-0123456789-0123456789",),
        "mail_password": "mail-password",
        "database_url": "postgresql://perron:database-password@localhost/perron",
        "redis_url": "redis://:redis-password@localhost",
    }
    printed = repr(make_settings(tmp_path, **secrets))
    with pytest.raises(SettingsError) as refused:
        make_settings(tmp_path, **secrets | {"database_url": "mysql://perron:database-password@x", "code_tries": 0})
    printed += str(refused.value)
    for word in ("current-secret", "older-secret", "mail-password", "database-password", "redis-password"):
        assert word not in printed


def test_settings_cannot_be_changed_once_read(tmp_path: Path) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_settings(tmp_path).demo = True  # type: ignore[misc]


def test_a_start_with_bad_settings_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        create_app(make_settings(tmp_path, code_tries=0))
    assert not (tmp_path / "instance").exists()
