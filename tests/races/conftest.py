"""Races are about who wins, not about how fast this machine is: the queues of the database wait a minute here."""

from __future__ import annotations

import pytest

from wizard.models import database

PATIENCE = 60.0  # seconds


@pytest.fixture(autouse=True)
def patient_queues(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the application is made: on a busy machine fifty commits take longer than people are asked to wait."""
    monkeypatch.setattr(database, "WRITER_PATIENCE", PATIENCE)
    monkeypatch.setattr(database.write.__wrapped__, "__defaults__", (PATIENCE,))  # type: ignore[attr-defined]
