"""What is put back is what was brought about, and no test sees what another one did with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.databases import close
from tests.support.page_client import PageClient
from tests.support.people import completed, sign_in
from tests.support.phones import linked, sign_in_by_phone
from tests.support.rows import rows_of, tables
from tests.support.settings import make_settings
from wizard import create_app
from wizard.models import Account, Device


@pytest.fixture
def other_app(tmp_path: Path, sqlite_template: Path) -> Iterator[Flask]:
    """A second installation, equal and empty."""
    folder = tmp_path / "other"
    folder.mkdir()
    file = shutil.copy(sqlite_template, folder / "other.sqlite3")
    made = create_app(make_settings(folder, database_url=f"sqlite:///{file}"))
    made.testing = True
    made.extensions["perron"].clock = MovableClock()
    yield made
    close(made)


def test_twice_in_one_process_is_the_same_to_the_last_row(app: Flask, other_app: Flask) -> None:
    someone, again = linked(app), linked(other_app)
    assert tables(app) == tables(other_app)
    assert [row.id for row in rows_of(other_app, Account)] == [someone.person.account_id]
    assert (again.person, again.codes) == (someone.person, someone.codes)
    assert other_app.extensions["perron"].clock.now() == app.extensions["perron"].clock.now()


def test_what_was_put_back_works_in_its_own_installation_only(app: Flask, other_app: Flask) -> None:
    someone, again = linked(app), linked(other_app)
    before = tables(app)
    assert sign_in_by_phone(other_app, again).app is other_app
    again.phone.forget()
    assert again.computer.get("/account", follow=True).signed_in
    assert tables(app) == before
    assert sign_in_by_phone(app, someone).app is app


def test_where_somebody_is_already_another_one_is_brought_about(app: Flask) -> None:
    first, second = linked(app), linked(app, "lea.morel")
    assert first.person.account_id != second.person.account_id
    assert len(rows_of(app, Device)) == 2


def test_time_that_has_passed_is_not_turned_back(app: Flask) -> None:
    completed(app, "lea.morel")
    clock = app.extensions["perron"].clock
    later = clock.advance(days=2)
    person = completed(app)
    assert clock.now() >= later
    assert sign_in(PageClient(app), person).signed_in
