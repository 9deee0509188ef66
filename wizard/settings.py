"""Settings: read once from `instance/perron.toml` and the environment (`PERRON_<NAME>`) into one frozen object.

Precedence: environment, then the file, then the default. Every problem is collected and named before the start is refused,
so that an operator mends all of them in one go.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
import tomllib
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from wizard.settings_checks import problems_of
from wizard.settings_schema import Settings, SettingsError
from wizard.words import Words, read_words

__all__ = ["PREFIX", "Settings", "SettingsError", "read_settings", "write_secret_file"]

PREFIX = "PERRON_"

# Without one of these nobody is served for real: their absence is what makes a start a demonstration.
PRODUCTION_SETTINGS = ("PUBLIC_URL", "SECRET_KEY", "SECRET_KEY_FILE", "DATABASE_URL", "MAIL_SERVER")


def read_settings(environ: Mapping[str, str], instance_path: Path, **given: Any) -> Settings:
    """Read the settings of an installation.

    `environ` is the process environment, `instance_path` the folder used unless `INSTANCE_PATH` names another, `given` wins over
    both (tests and the demonstration). Raises `SettingsError` naming every problem.
    """
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
    except UnicodeDecodeError:
        problems.append(f"SECRET_KEY_FILE: {path.name} is not text. Remove it, then `perron init` makes a new one.")
    return settings


def write_secret_file(path: Path) -> None:
    """Make a new master secret at `path`, readable by its owner only; leaves a file that is there."""
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
        if not isinstance(items, list | tuple):
            raise ValueError("needs a list.")
        return tuple(str(item).strip() for item in items if str(item).strip())
    if hint is Words:
        return read_words(value)
    if hint is bool:
        return _boolean(value)
    if hint is int:
        return _whole_number(value)
    if origin in (Union, types.UnionType):
        raise ValueError("has no reading rule.")
    if isinstance(value, list | tuple | dict):
        raise ValueError("needs one text.")  # noqa: TRY004 - collected like any other
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
