"""Two imports at once: unique keys and the lock on organisations decide, and both tell the truth."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.imports import Files, people_in, run
from tests.support.races import at_once
from wizard.models import Account, AuditEvent, Issue, Membership, Office, Organisation, db
from wizard.services.import_transactions import BATCH
from wizard.services.imports import Summary

__all__ = ["people_in"]  # a fixture
pytestmark = pytest.mark.usefixtures("app_context")


@pytest.mark.parametrize("is_reversed", [False, True], ids=["same-order", "opposite-order"])
def test_two_imports_of_the_same_people_at_once_add_nobody_twice(
    people_in: Files, app: Flask, each_database: str, is_reversed: bool
) -> None:
    rows = [f"p{number:04},p{number}@x.example,,,," for number in range(3 * BATCH)]
    files = [people_in(*rows, name="one.csv"), people_in(*(rows[::-1] if is_reversed else rows), name="two.csv")]

    def act(file: Path) -> Callable[[], Summary]:
        def import_it() -> Summary:
            with app.app_context():
                return run(file)

        return lambda: contextvars.Context().run(import_it)

    first, second = at_once([act(file) for file in files])
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Account)) == len(rows)
    assert first.counts["added"] + second.counts["added"] == len(rows)
    for summary in (first, second):
        assert summary.counts["added"] + summary.counts["unchanged"] == len(rows)
    added = select(func.count()).select_from(AuditEvent).where(AuditEvent.kind == "account-added")
    assert db.session.scalar(added) == len(rows), "A batch that was tried again told its events once."


def test_two_imports_at_once_invite_nobody_twice(people_in: Files, app: Flask, each_database: str) -> None:
    file = people_in(*(f"p{number:04},p{number}@x.example,,,," for number in range(60)))

    def act() -> int:
        with app.app_context():
            return run(file, invite=True).invited

    sent = at_once([lambda: contextvars.Context().run(act)] * 2)
    db.session.rollback()
    assert sum(sent) == 60
    assert db.session.scalar(select(func.count()).select_from(Issue)) == 60


@pytest.mark.parametrize("is_reversed", [False, True], ids=["same-order", "opposite-order"])
def test_two_imports_of_moved_people_at_once_make_everything_once(
    people_in: Files, app: Flask, each_database: str, is_reversed: bool
) -> None:
    """Without a user name nothing in the database is unique of a person: the lock on the organisations decides."""
    header = "email,organisation,organisation_kind,office,office_kind,role"
    rows = [
        f"p{number}@t.example,Organisation {number % 7},company,Office {number % 21},headquarters,reader"
        for number in range(2 * BATCH)
    ]
    files = [
        people_in(*rows, header=header, name="one.csv"),
        people_in(*(rows[::-1] if is_reversed else rows), header=header, name="two.csv"),
    ]

    def act(file: Path) -> Callable[[], Summary]:
        def import_it() -> Summary:
            with app.app_context():
                return run(file, journey="migrated-account")

        return lambda: contextvars.Context().run(import_it)

    first, second = at_once([act(file) for file in files])
    db.session.rollback()
    for table, number in ((Account, len(rows)), (Membership, len(rows)), (Organisation, 7), (Office, 21)):
        assert db.session.scalar(select(func.count()).select_from(table)) == number
    assert first.counts["added"] + second.counts["added"] == len(rows)
    assert first.counts["unchanged"] + second.counts["unchanged"] == len(rows)
    assert (first.organisations + second.organisations, first.offices + second.offices) == (7, 21)
