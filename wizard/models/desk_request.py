"""What waits for the helpdesk: somebody whose verified address leads to no account by itself."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class DeskRequest(Base):
    """One request.

    `kind` is no-account, several-accounts, shared-mailbox or placeholder; `address` is the verified one. `organisation_kind` is what
    the person said. `told_administrators` is how many administrators were written to as well.
    """

    __tablename__ = "desk_requests"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str] = mapped_column(index=True)
    organisation_kind: Mapped[str]
    language: Mapped[str]
    help_code: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    told_administrators: Mapped[int] = mapped_column(default=0)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
