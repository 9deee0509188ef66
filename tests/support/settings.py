"""The settings of a test's installation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wizard.settings import Settings, read_settings

SECRET_KEY = "a-master-secret-for-tests-only-0123456789"

INSTALLATION: dict[str, Any] = {
    "secret_key": SECRET_KEY,
    "public_url": "http://localhost",
    "mail_server": "127.0.0.1",
    "mail_tls": "none",
    "mail_from": "access@tamaris.example",
    "brand_name": "Tamaris Relief",
    "support_phone": "+41 22 555 01 23",
    "support_hours": "Monday to Friday, 8:00 to 18:00",
    "support_email": "help@tamaris.example",
    "argon2": "64,1,1",  # the cheapest hash that is still one: hundreds of sign-ins are tested
    "outer_limit": "100000 per minute",
    "source_limit": 1000,  # every test client has the same address; tests of the limit set their own
}


def make_settings(tmp_path: Path, **overrides: Any) -> Settings:
    """The settings of an installation that writes below `tmp_path`; `overrides` win, by the names of `Settings`.

    Nothing of the process environment is read. Raises `SettingsError` as a start does.
    """
    return read_settings({}, tmp_path / "instance", **{**INSTALLATION, **overrides})
