"""Facts about the installation itself, such as the stamp of the demonstration."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import Base


class InstallationFact(Base):
    """One named fact, for example `demo`: this database was filled with invented people."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    at: Mapped[datetime]
