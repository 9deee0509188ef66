"""A code and a button that were mailed to prove an address."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class MailedCode(Base):
    """One mail that proves an address.

    The code is good only in the browser that asked (`browser`, a digest of its nonce); the button in whichever presses it.
    `account_id` is NULL for names nobody has: the row is written all the same, so that asking takes the same course (SEC-28).
    `handed_over_at` starts the code's life, because a slow mail server must not eat it; `delayed_until` is when a mail to a stranger
    may leave at the earliest, and its button lives from then on. `help_code` is what the page that waits for the mail shows.
    """

    __tablename__ = "mailed_codes"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    subject: Mapped[str] = mapped_column(index=True)
    address: Mapped[str | None]
    browser: Mapped[str] = mapped_column(index=True)
    help_code: Mapped[str | None]
    journey: Mapped[str]
    code_hash: Mapped[str]
    button_hash: Mapped[str] = mapped_column(unique=True)
    mail_id: Mapped[str | None]
    created_at: Mapped[datetime]
    delayed_until: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
