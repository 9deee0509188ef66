"""What an installation can decide, with its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from wizard.words import NO_WORDS, Words


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
    database_url: str = field(default="", repr=False)  # these two may carry a password
    redis_url: str = field(default="", repr=False)
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
    refused_share: int = 5  # percent of a sending's mails; above it the sending is paused

    support_phone: str = ""
    support_hours: Words = NO_WORDS
    support_email: str = ""

    brand_name: str = "Perron"
    brand_colour: str = ""
    logos: tuple[str, ...] = ()
    purpose_text: Words = NO_WORDS
    short_address: str = ""
    tutorial_url: str = ""
    migrated_from: str = ""
    placeholder_domains: tuple[str, ...] = ()
    portal_url: str = ""
    profile_file: str = ""  # the organisations' profile, in place of the invented one

    languages: tuple[str, ...] = ("en", "fr", "es")
    time_zone: str = "UTC"
    password_rules: Literal["classic", "modern"] = "classic"
    password_shortest: int = 8  # characters; a rule set that wants more gets more
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
    stranger_mails: int = 10
    stranger_mails_in_all: int = 200
    phone_key: Literal["webauthn", "key", "any"] = "key"
    number_digits: int = 2
    number_match: Literal["typed-or-scanned", "typed"] = "typed-or-scanned"
    phone_link_lifetime: int = 10 * 60
    approval_lifetime: int = 5 * 60
    approval_claim: int = 2 * 60
    approvals: int = 3
    approvals_window: int = 10 * 60
    approvals_pause: int = 15 * 60
    approvals_a_day: int = 10
    waiters: int = 500
    temporary_pass_lifetime: int = 3600
    code_tries: int = 5
    code_pause: int = 5 * 60
    code_tries_a_day: int = 30
    password_tries: int = 10
    password_pause: int = 60
    password_longest_pause: int = 15 * 60
    password_fade: int = 12 * 3600
    session_idle: int = 30 * 60
    session_warning: int = 5 * 60
    session_lifetime: int = 12 * 3600
    agent_session_idle: int = 15 * 60
    agent_session_lifetime: int = 8 * 3600
    agent_step_up_age: int = 15 * 60
    undo_time: int = 15 * 60
    address_waiting: int = 24 * 3600
    replaced_token_grace: int = 30
    form_size: int = 64 * 1024
    upload_size: int = 20_000_000
    upload_rows: int = 100_000

    @property
    def https(self) -> bool:
        return self.public_url.lower().startswith("https://")

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

    @property
    def sender(self) -> str:
        """Name and address of the sender as pages and mails announce it; a header is composed by `mail_message`."""
        return f"{self.sender_name} <{self.mail_from}>"
