"""Organisations, their offices, and who belongs to which office in which role."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class Organisation(Base):
    """An organisation. `kind` is national-ngo, international-ngo or company; `name_key` is the folded name, which is unique."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    created_at: Mapped[datetime]


class Office(Base):
    """An office of an organisation: its headquarters or a country office (`kind`). `country` is ISO 3166 alpha-2."""

    __tablename__ = "offices"
    __table_args__ = (UniqueConstraint("organisation_id", "name_key", name="uq_offices_name"),)

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    name_key: Mapped[str]
    kind: Mapped[str]
    country: Mapped[str | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """An account in an office of an organisation, in a role: reader, editor or administrator.

    One living membership per account and organisation. `accepted_at` is NULL while it is only offered to an account that existed
    before (`invited_by` offers it); it counts from then on until `ended_at`.
    """

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "uq_memberships_one_living", "account_id", "organisation_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    organisation_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]
    invited_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class NameCorrection(Base):
    """A name that somebody corrected while checking their details; it waits for an administrator's accept."""

    __tablename__ = "name_corrections"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    given_name: Mapped[str]
    family_name: Mapped[str]
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    accepted: Mapped[bool | None]


class ProfileAnswer(Base):
    """An office's answer to one question of the profile; `value` is a text, a number, a list of choices or true and false.

    `answered_by` is NULL for an answer that was imported.
    """

    __tablename__ = "profile_answers"

    office_id: Mapped[str] = mapped_column(ForeignKey("offices.id"), primary_key=True)
    question: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    answered_at: Mapped[datetime]
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
