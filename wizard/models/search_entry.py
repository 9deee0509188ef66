"""What people are found by: one folded text an account, and its marks. How the database indexes them: `search_index.py`."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import Base


class SearchEntry(Base):
    """Names, user name, address and organisations of an account, folded: small letters, no accents, one blank between words.

    `marks` are those of its scopes (`search_marks`), of living memberships only.
    """

    __tablename__ = "search_entries"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), unique=True)
    text: Mapped[str]
    marks: Mapped[str]
