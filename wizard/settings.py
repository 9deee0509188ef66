"""Settings: read once from `instance/perron.toml` and the environment (`PERRON_<NAME>`) into one frozen object.

Precedence: environment, then the file, then the default. Every problem is collected and named before the start is refused,
so that an operator mends all of them in one go.
"""

from __future__ import annotations

import dataclasses
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

PREFIX = "PERRON_"

# Without one of these nobody is served for real: their absence is what makes a start a demonstration.
PRODUCTION_SETTINGS = ("PUBLIC_URL", "SECRET_KEY", "SECRET_KEY_FILE", "DATABASE_URL", "MAIL_SERVER")


class SettingsError(Exception):
    """The settings are not usable; `problems` names every one of them in a sentence."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("These settings keep Perron from starting:\n" + "\n".join(f"  - {p}" for p in problems))


@dataclass(frozen=True)
class Settings:
    """What an installation has decided. Times are in seconds. The names are the contract's, in small letters."""

    public_url: str = "http://localhost:8000"
    secret_key: str = field(default="", repr=False)
    secret_key_file: str = ""
    secret_key_old: tuple[str, ...] = field(default=(), repr=False)
    instance_path: str = ""
    database_url: str = ""
    redis_url: str = ""
    demo: bool = False

    mail_server: str = ""
    mail_port: int = 0
    mail_username: str = ""
    mail_password: str = field(default="", repr=False)
    mail_tls: Literal["starttls", "tls", "none"] = "starttls"
    mail_from: str = "access@perron.example"
    mail_sender_name: str = ""
    mail_on_behalf_of: str = ""
    mail_timeout: int = 15

    support_phone: str = ""
    support_hours: str = ""
    support_email: str = ""

    brand_name: str = "Perron"
    brand_colour: str = ""
    logos: tuple[str, ...] = ()
    purpose_text: str = ""
    short_address: str = ""
    tutorial_url: str = ""
    migrated_from: str = ""
    portal_url: str = ""

    languages: tuple[str, ...] = ("en", "fr")
    time_zone: str = "UTC"
    password_rules: Literal["classic", "modern"] = "classic"
    second_factor: Literal["required", "offered", "off"] = "required"
    invitation_carries: Literal["both", "button"] = "both"
    trusted_proxies: tuple[str, ...] = ()
    shared_sources: tuple[str, ...] = ()
    source_limit: int = 30
    shared_source_limit: int = 600
    outer_limit: str = "1200 per minute"
    argon2: str = "19456,2,1"
    log_format: Literal["plain", "json"] = "plain"

    issue_lifetime: int = 7 * 86400
    password_proof_age: int = 15 * 60
    factor_proof_age: int = 15 * 60
    step_up_age: int = 5 * 60
    mailed_code_lifetime: int = 10 * 60
    mailed_code_longest: int = 60 * 60
    mailed_code_tries: int = 5
    mailed_code_tries_a_day: int = 10
    mailed_code_stop: int = 100
    mailed_sends: int = 3
    mailed_sends_window: int = 15 * 60
    mailed_sends_a_day: int = 10
    code_tries: int = 5
    code_pause: int = 5 * 60
    password_tries: int = 10
    password_pause: int = 60
    password_longest_pause: int = 15 * 60
    password_fade: int = 12 * 3600
    session_idle: int = 30 * 60
    session_lifetime: int = 12 * 3600
    replaced_token_grace: int = 30
    form_size: int = 64 * 1024

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def host(self) -> str:
        """Host and port of `PUBLIC_URL`, as a browser sends them."""
        return self.public_url.split("://", 1)[1].rstrip("/").lower()

    @property
    def instance(self) -> Path:
        return Path(self.instance_path)

    @property
    def sender_name(self) -> str:
        return self.mail_sender_name or self.brand_name


def read_settings(environ: Mapping[str, str], instance_path: Path, **given: Any) -> Settings:
    """Read the settings of an installation.

    `environ` is the process environment, `instance_path` the folder used unless `INSTANCE_PATH` names another, `given` wins over
    both (tests and the demonstration). Raises `SettingsError` naming every problem.
    """
    from wizard.settings_checks import problems_of

    instance = Path(
        environ.get(PREFIX + "INSTANCE_PATH") or given.pop("instance_path", None) or instance_path
    ).resolve()
    problems: list[str] = []
    values: dict[str, Any] = {"instance_path": str(instance)}
    raw = _from_file(instance / "perron.toml", problems) | _from_environment(environ) | given
    if "demo" not in raw and not any(name.lower() in raw for name in PRODUCTION_SETTINGS):
        raw["demo"] = True
    hints = get_type_hints(Settings)
    for name, value in raw.items():
        if name == "instance_path":
            continue
        if name not in hints:
            problems.append(f"{PREFIX}{name.upper()} is not a setting of Perron.")
            continue
        try:
            values[name] = _parsed(value, hints[name])
        except ValueError as error:
            problems.append(f"{name.upper()}: {error}")
    settings = _with_secret(Settings(**values), problems)
    problems += problems_of(settings)
    if problems:
        raise SettingsError(problems)
    return settings


def _from_file(path: Path, problems: list[str]) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems.append(f"{path.name} cannot be read: {error}")
        return {}
    return {name.lower(): value for name, value in content.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    return {name.removeprefix(PREFIX).lower(): value for name, value in environ.items() if name.startswith(PREFIX)}


def _with_secret(settings: Settings, problems: list[str]) -> Settings:
    """The master secret comes from the variable or from its file; a demonstration makes its own file."""
    if settings.secret_key:
        return settings
    path = Path(settings.secret_key_file) if settings.secret_key_file else settings.instance / "secret-key"
    if not settings.secret_key_file and not settings.demo:
        return settings
    try:
        if settings.demo and not path.exists():
            write_secret_file(path)
        return dataclasses.replace(settings, secret_key=path.read_text(encoding="utf-8").strip())
    except OSError as error:
        problems.append(f"SECRET_KEY_FILE: {path.name} cannot be read ({error.strerror}). `perron init` makes it.")
        return settings


def write_secret_file(path: Path) -> None:
    """Make a new master secret at `path`, readable by its owner only; leaves a file that is there."""
    import os
    import secrets

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(48) + "\n")


def _parsed(value: Any, hint: Any) -> Any:
    origin = get_origin(hint)
    if origin is Literal:
        allowed = get_args(hint)
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}.")
        return value
    if origin is tuple:
        items = value.split(",") if isinstance(value, str) else value
        return tuple(str(item).strip() for item in items if str(item).strip())
    if hint is bool:
        return _boolean(value)
    if hint is int:
        return _whole_number(value)
    if origin in (Union, types.UnionType):
        raise ValueError("has no reading rule.")
    return str(value).strip()


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
        "": False,
    }
    try:
        return known[str(value).strip().lower()]
    except KeyError:
        raise ValueError(f"{value!r} is neither yes nor no.") from None


def _whole_number(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError("needs a whole number.")  # noqa: TRY004 - collected like any other
    try:
        return int(str(value).strip())
    except ValueError:
        raise ValueError(f"{value!r} is not a whole number.") from None
