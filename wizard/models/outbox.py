"""The outbox: mails waiting in the database, written in the transaction of the step that causes them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base

WAITING, HANDED_OVER, REFUSED, GIVEN_UP = "waiting", "handed-over", "refused", "given-up"


class OutboxMail(Base):
    """One mail. `message` is the whole rendered message, encrypted, until it is accepted or given up; then it is wiped.

    Rendering once makes a repeated hand-over equal byte for byte (same Message-ID, same secrets). `useful_until` is when the mail
    loses its use and is given up.
    """

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    recipient: Mapped[str | None]
    subject: Mapped[str]
    message: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(index=True)
    useful_until: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    reply_code: Mapped[int | None]
    problem: Mapped[str | None]
    button_opened_at: Mapped[datetime | None]
    sending_id: Mapped[str | None] = mapped_column(ForeignKey("sendings.id"), index=True)
