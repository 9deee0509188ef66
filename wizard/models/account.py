"""The account: the row that a person signs in to, with its lasting facts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from wizard.domain.address_match import match_key
from wizard.models.base import ID_LENGTH, Base


def _match_key_of_row(context: Any) -> str:
    return match_key(context.get_current_parameters()["email_key"])


def _domain_of_row(context: Any) -> str:
    return str(context.get_current_parameters()["email_key"]).rpartition("@")[2]


_UNDER_WAY = text("under_way_since IS NOT NULL")
"""Few of many accounts are under way: their index holds those alone."""


class Account(Base):
    """One account.

    `username_key` and `email_key` are canonical forms for lookup; mail goes to `email` as stored, never to what was typed
    (SEC-47). `password_ended_at` says that an own password existed and was ended by an agent or by "it is not me": the account
    then owes forgotten-password. `factor_since` is the first moment at which an authenticator was proven; only switching the
    second step off clears it. `match_key` finds an account by the verified address of somebody who arrives with nothing else;
    `address_confirmed_at` says that the helpdesk has confirmed the address as this one person's, although it looks shared.
    `under_way_since` is when a browser that is not signed in did something last on a journey; signing in clears it.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        Index(
            "ix_accounts_under_way_since_id",
            "under_way_since",
            "id",
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
    )

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    created_at: Mapped[datetime]
    journey: Mapped[str]
    username: Mapped[str | None]
    username_key: Mapped[str | None] = mapped_column(unique=True)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(index=True)
    email_domain: Mapped[str] = mapped_column(index=True, default=_domain_of_row, server_default="")
    match_key: Mapped[str] = mapped_column(index=True, default=_match_key_of_row, server_default="")
    address_confirmed_at: Mapped[datetime | None]
    given_name: Mapped[str] = mapped_column(default="")
    family_name: Mapped[str] = mapped_column(default="")
    display_name: Mapped[str] = mapped_column(default="")
    language: Mapped[str]
    disabled_at: Mapped[datetime | None]

    password_hash: Mapped[str | None]
    password_set_at: Mapped[datetime | None]
    password_session_id: Mapped[str | None]
    password_ended_at: Mapped[datetime | None]
    former_password_hash: Mapped[str | None]
    factor_since: Mapped[datetime | None]
    factor_skipped_at: Mapped[datetime | None]
    codes_skipped_at: Mapped[datetime | None]
    details_confirmed_at: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    last_sign_in_at: Mapped[datetime | None]
    previous_sign_in_at: Mapped[datetime | None]
    under_way_since: Mapped[datetime | None]

    @property
    def name(self) -> str:
        """How the person is addressed."""
        return (
            self.display_name
            or " ".join(part for part in (self.given_name, self.family_name) if part)
            or self.username
            or ""
        )

    @property
    def full_name(self) -> str:
        """The person's name where more than the user name is known, else empty: a page that shows both says nothing twice."""
        return "" if self.name == self.username else self.name

    @property
    def sign_in_name(self) -> str:
        """What the person types to say who they are: the user name, or the address of an account that has none."""
        return self.username or self.email
