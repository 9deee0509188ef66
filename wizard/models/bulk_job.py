"""A file that an agent has uploaded, and what the import of it led to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class BulkJob(Base):
    """One upload.

    `state` is checking, checked, importing, done, refused (the file as a whole) or stopped. File and report lie in the instance under the
    job's id until `ends_at`. `taken_until` is the lease of the process that works on it; a job whose lease has run out is taken up again,
    which an import stands (the same file again changes nothing).
    """

    __tablename__ = "bulk_jobs"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    journey: Mapped[str]
    file_name: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    update: Mapped[bool] = mapped_column(default=False)
    invite: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    taken_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    found: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    problem: Mapped[str | None]
