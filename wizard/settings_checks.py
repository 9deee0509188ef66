"""What must hold between settings before anybody is served."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from wizard.domain.profile_file import ProfileRefused, profile_at
from wizard.settings_schema import Settings

LOOPBACK_NAMES = {"localhost", "127.0.0.1", "::1"}
SHORTEST_SECRET = 32
COLOUR_LENGTH = 7
HIGHEST_PORT = 65535
USUAL_PORTS = {"http": 80, "https": 443}
DATABASES = {"sqlite", "postgresql"}


def problems_of(settings: Settings) -> list[str]:
    """Every reason not to start with `settings`, as sentences."""
    return [
        *_address(settings),
        *_database(settings),
        *_secrets(settings),
        *_mail(settings),
        *_demonstration(settings),
        *_place(settings),
        *_numbers(settings),
        *_look(settings),
        *_profile(settings),
    ]


def is_local(settings: Settings) -> bool:
    parts = _split(settings.public_url)
    return parts is not None and (parts.hostname or "") in LOOPBACK_NAMES


def _split(address: str) -> SplitResult | None:
    """The parts of `address`, None when it is no address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    return parts if port is None or port > 0 else None


def _address(settings: Settings) -> Iterator[str]:
    parts = _split(settings.public_url)
    if parts is None or parts.scheme not in USUAL_PORTS or not parts.hostname:
        yield "PUBLIC_URL needs a full address such as https://access.example.org."
        return
    if parts.port == USUAL_PORTS[parts.scheme]:
        yield f"PUBLIC_URL: leave out :{parts.port}. No browser sends it, so every request would be refused."
    if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
        yield "PUBLIC_URL is scheme and host only: no path, query or user."
    if parts.scheme == "http" and not (is_local(settings) or settings.demo):
        yield "PUBLIC_URL must be https: plain http is accepted for localhost and in demo mode only."
    for name in ("portal_url", "tutorial_url"):
        value = getattr(settings, name)
        found = _split(value)
        if value and (found is None or found.scheme not in USUAL_PORTS or not found.hostname):
            yield f"{name.upper()} must start with https:// (or http://)."


def _database(settings: Settings) -> Iterator[str]:
    """Whether the address can be read at all; it is never repeated in the problem, because it may carry a password."""
    if not settings.database_url:
        return
    try:
        kind = make_url(settings.database_url).get_backend_name()
    except (ArgumentError, ValueError):
        kind = ""
    if kind not in DATABASES:
        yield "DATABASE_URL needs an address such as postgresql+psycopg://perron@localhost/perron or sqlite:////folder/file."


def _secrets(settings: Settings) -> Iterator[str]:
    if not settings.secret_key:
        yield "SECRET_KEY or SECRET_KEY_FILE is missing: it signs and encrypts everything. `perron init` makes the file."
    elif len(settings.secret_key) < SHORTEST_SECRET:
        yield f"SECRET_KEY is too short: use {SHORTEST_SECRET} characters or more."


def _mail(settings: Settings) -> Iterator[str]:
    if not settings.demo and not settings.mail_server:
        yield "MAIL_SERVER is missing: nobody could be invited."
    if settings.mail_server and settings.mail_tls == "none" and settings.mail_server not in LOOPBACK_NAMES:
        yield "MAIL_TLS=none is accepted for a mail server on this machine only."
    if not 1 <= settings.refused_share <= 100:
        yield "REFUSED_SHARE is a share in percent, from 1 to 100."
    for domain in settings.placeholder_domains:
        if domain != domain.lower() or "." not in domain or not domain.isascii() or "@" in domain:
            yield f"PLACEHOLDER_DOMAINS: {domain!r} is not a domain in small letters such as noaddress.example."
    if "@" not in settings.mail_from or any(c in settings.mail_from for c in "\r\n <>"):
        yield "MAIL_FROM needs a plain address such as access@example.org."
    if not 0 <= settings.mail_port <= HIGHEST_PORT:
        yield f"MAIL_PORT must be between 0 (the usual one) and {HIGHEST_PORT}."
    for name in ("mail_sender_name", "brand_name", "mail_on_behalf_of"):
        if any(c in getattr(settings, name) for c in "\r\n\0"):
            yield f"{name.upper()} must stand on one line."


def _demonstration(settings: Settings) -> Iterator[str]:
    """Everybody may be anybody in a demonstration, agents who write to thousands as well: its mails stay on this machine."""
    if settings.demo and settings.mail_server not in {"", *LOOPBACK_NAMES}:
        yield "MAIL_SERVER: a demonstration writes to nobody. Leave it out, or set DEMO=no."


def _place(settings: Settings) -> Iterator[str]:
    from babel import Locale, UnknownLocaleError

    try:
        ZoneInfo(settings.time_zone)
    except (KeyError, ValueError, OSError):
        yield f"TIME_ZONE: {settings.time_zone!r} is not a time zone such as Europe/Paris."
    if not settings.languages:
        yield "LANGUAGES names no language."
    for tag in settings.languages:
        try:
            Locale.parse(tag, sep="-" if "-" in tag else "_")
        except (ValueError, UnknownLocaleError):
            yield f"LANGUAGES: {tag!r} is not a language tag."
    for name in ("trusted_proxies", "shared_sources"):
        for item in getattr(settings, name):
            if item != "unix" and not _is_network(item):
                yield f"{name.upper()}: {item!r} is neither an address nor a network."


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _numbers(settings: Settings) -> Iterator[str]:
    if not 8 <= settings.password_shortest <= 64:
        yield "PASSWORD_SHORTEST must be from 8 to 64 characters."
    shortest = 2 if is_local(settings) else 30
    times = ("issue_lifetime", "password_proof_age", "factor_proof_age", "step_up_age", "mailed_code_lifetime", "code_pause",
             "mailed_code_longest", "mailed_sends_window", "password_pause", "password_longest_pause", "password_fade",
             "session_idle", "session_lifetime", "phone_link_lifetime", "approval_lifetime", "approval_claim", "approvals_window",
             "approvals_pause", "temporary_pass_lifetime", "agent_session_idle", "agent_session_lifetime", "agent_step_up_age",
             "undo_time", "address_waiting")  # fmt: skip
    for name in times:
        if getattr(settings, name) < shortest:
            yield f"{name.upper()} must be {shortest} seconds or more."
    if settings.temporary_pass_lifetime > 8 * 3600 or (
        not is_local(settings) and settings.temporary_pass_lifetime < 600
    ):
        yield "TEMPORARY_PASS_LIFETIME must be from 600 to 28800 seconds."
    counts = ("mailed_code_tries", "mailed_code_tries_a_day", "mailed_code_stop", "mailed_sends", "mailed_sends_a_day",
              "code_tries", "code_tries_a_day", "password_tries", "source_limit", "shared_source_limit", "mail_timeout",
              "form_size", "upload_size", "upload_rows",
              "approvals", "approvals_a_day", "waiters", "stranger_mails", "stranger_mails_in_all",
              "replaced_token_grace", "session_warning")  # fmt: skip
    if settings.number_digits not in {2, 3, 6}:
        yield "NUMBER_DIGITS must be 2, 3 or 6."
    for name in counts:
        if getattr(settings, name) < 1:
            yield f"{name.upper()} must be 1 or more."
    cost = settings.argon2.split(",")
    if len(cost) != 3 or not all(part.strip().isdigit() and int(part) > 0 for part in cost):
        yield "ARGON2 needs three numbers: memory in KiB, passes, lanes, such as 19456,2,1."


def _look(settings: Settings) -> Iterator[str]:
    colour = settings.brand_colour
    if colour and not (
        len(colour) == COLOUR_LENGTH and colour[0] == "#" and all(c in "0123456789abcdefABCDEF" for c in colour[1:])
    ):
        yield "BRAND_COLOUR needs six hexadecimal digits such as #0d5c49."


def _profile(settings: Settings) -> Iterator[str]:
    try:
        profile_at(settings.profile_file)
    except ProfileRefused as refused:
        for problem in refused.problems:
            yield f"PROFILE_FILE: {problem}"
