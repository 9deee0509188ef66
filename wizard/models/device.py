"""A phone's browser, the key that it holds, and the links that a computer offers it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class Device(Base):
    """One phone's browser, known by a cookie. Authenticators of the kind "phone" join devices and accounts, many to many."""

    __tablename__ = "devices"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    browser: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DeviceKey(Base):
    """What the device proves itself by: "webauthn", "webcrypto", or "cookie" where the installation accepts the cookie alone.

    `public_key` is COSE for WebAuthn and SubjectPublicKeyInfo (DER) for WebCrypto; the server never sees a private key (SEC-12).
    """

    __tablename__ = "device_keys"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), index=True)
    kind: Mapped[str]
    credential_id: Mapped[str | None] = mapped_column(unique=True)
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PhoneLink(Base):
    """What the link QR holds: one token of 128 bits or more, ten minutes, one phone, of the session that shows it (SEC-11)."""

    __tablename__ = "phone_links"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    authenticator_id: Mapped[str] = mapped_column(ForeignKey("authenticators.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    shown: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
