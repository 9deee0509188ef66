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
from tests.support.people import completed, invite, place_at, sign_in
from tests.support.phones import linked, sign_in_by_phone
from tests.support.rows import rows_of, tables
from tests.support.settings import make_settings
from tests.support.watched import is_watched
from wizard import create_app
from wizard.models import Account, Device, Session


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


def test_a_walk_leads_a_second_browser_to_the_same_place_and_on_from_there(app: Flask, other_app: Flask) -> None:
    first, second = PageClient(app), PageClient(other_app)
    person = invite(app)
    assert invite(other_app) == person
    pages = [place_at(client, "first-connection", "enter-password", person) for client in (first, second)]
    assert pages[0].html == pages[1].html
    assert tables(app) == tables(other_app)
    assert (pages[1].client, second.page, second.secrets) == (second, pages[1], first.secrets)
    before = tables(app)
    assert pages[1].press(password=person.temporary_password).step == "choose-authenticator"
    assert tables(app) == before != tables(other_app)


def test_a_walk_from_another_hour_is_walked(app: Flask, other_app: Flask) -> None:
    hours = []
    for installation, minutes in ((app, 0), (other_app, 7)):
        person = invite(installation)
        installation.extensions["perron"].clock.advance(minutes=minutes)
        place_at(PageClient(installation), "first-connection", "choose-authenticator", person)
        hours.append(max(row.created_at for row in rows_of(installation, Session)))
    assert (hours[1] - hours[0]).total_seconds() == 7 * 60


def test_who_patches_something_sees_it_walked(app: Flask, other_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_watched(app)
    assert not is_watched(other_app)
    opened: list[str] = []
    place_at(PageClient(other_app), "first-connection", "enter-password", invite(other_app))
    person = invite(app)
    monkeypatch.setattr(PageClient, "_audit", lambda _client, page, _method: opened.append(page.path))
    place_at(PageClient(app), "first-connection", "enter-password", person)
    assert "/first-connection/enter-password" in opened
