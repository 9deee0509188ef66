"""The demonstration: filled, stamped, never beside real people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.databases import close
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.rows import beside, rows_of
from tests.support.settings import SECRET_KEY, make_settings
from wizard import create_app
from wizard.adapters.mail import transport_for
from wizard.extensions import tools
from wizard.models import Account, InstallationFact, Organisation
from wizard.services import outbox
from wizard.settings import Settings, SettingsError, read_settings


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Flask]:
    """What `python app.py` serves in a folder where nothing is."""
    app = create_app(read_settings({}, tmp_path / "instance", argon2="64,1,1", source_limit=1000))
    app.testing = True
    yield app
    close(app)


def test_an_empty_folder_becomes_an_organisation_with_people(demo: Flask) -> None:
    named = sorted(str(row.username) for row in rows_of(demo, Account) if row.username)
    assert named == ["amina.keita", "ines.kouma", "lea.morel", "tomas.lind"]
    moved = sorted(row.email.partition("@")[0] for row in rows_of(demo, Account) if not row.username)
    assert moved == ["grace.wanjiru", "ibrahim.sow", "lucia.paz"]
    assert sorted(row.name for row in rows_of(demo, Organisation)) == ["Casa del Río", "Harbour Aid"]
    assert [row.name for row in rows_of(demo, InstallationFact)] == ["demo"]
    assert Mailbox(demo).count("invitation") == 4
    assert Mailbox(demo).count("migrated_invitation") == 3
    assert "Tamaris Relief" in PageClient(demo).get("/").text


def test_every_page_says_that_all_is_invented(demo: Flask) -> None:
    client = PageClient(demo)
    for path in ("/", "/sign-in/enter-username", "/guide/first-connection", "/nowhere"):
        assert client.get(path).has(".banner a[href='/mailbox']"), path


def test_the_mailbox_shows_what_would_have_been_sent_and_its_button_works(demo: Flask) -> None:
    client = PageClient(demo)
    beside(demo, lambda: outbox.deliver_due(transport_for(tools().settings)))
    page = client.get("/mailbox")
    assert all(f"{name}@tamaris.example" in page.text for name in ("amina.keita", "lea.morel", "tomas.lind"))
    links = [str(link["href"]) for link in page.soup.select("main a[href^='/mailbox/']")]
    assert len(set(links)) == 7
    mail = client.raw.get(f"{links[0]}/html", base_url="http://localhost:8000")
    assert b"data-button" in mail.data
    assert "sandbox" in mail.headers["Content-Security-Policy"]
    assert "script-src" not in mail.headers["Content-Security-Policy"]
    assert client.get(links[0]).status == 200


@pytest.mark.parametrize("name", ["nothing", "..", "..%2f..%2fsecret-key", "a.eml"])
def test_the_mailbox_shows_mails_only(demo: Flask, name: str) -> None:
    assert PageClient(demo).get(f"/mailbox/{name}").status == 404


@pytest.mark.parametrize("path", ["/mailbox", "/mailbox/abc", "/mailbox/abc/html"])
def test_outside_of_a_demonstration_there_is_no_mailbox(client: PageClient, path: str) -> None:
    assert client.get(path).problem == "not-found"


def test_a_second_start_finds_everything_as_it_was(demo: Flask, tmp_path: Path) -> None:
    ids = {row.id for row in rows_of(demo, Account)}
    again = create_app(read_settings({}, tmp_path / "instance", argon2="64,1,1"))
    assert {row.id for row in rows_of(again, Account)} == ids
    assert Mailbox(again).count("invitation") == 4
    close(again)


def test_it_refuses_a_database_with_real_people(app: Flask, tmp_path: Path, database_url: str) -> None:
    invite(app)
    with pytest.raises(SettingsError, match="real people"):
        create_app(
            read_settings({}, tmp_path / "instance", demo=True, database_url=database_url, secret_key=SECRET_KEY)
        )
    assert [row.username for row in rows_of(app, Account)] == ["amina.keita"]
    assert rows_of(app, InstallationFact) == []


def test_real_service_refuses_a_database_that_was_filled(demo: Flask, tmp_path: Path) -> None:
    filled = tmp_path / "instance" / "perron.sqlite3"
    with pytest.raises(SettingsError, match="a database of its own"):
        create_app(make_settings(tmp_path, database_url=f"sqlite:///{filled}"))


def test_a_copy_is_stamped_as_well(demo: Flask, tmp_path: Path) -> None:
    close(demo)
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(tmp_path / "instance" / "perron.sqlite3", copy)
    with pytest.raises(SettingsError):
        create_app(make_settings(tmp_path, database_url=f"sqlite:///{copy}"))


def test_what_the_operator_has_set_is_not_replaced(tmp_path: Path) -> None:
    app = create_app(read_settings({}, tmp_path / "instance", brand_name="Corail", argon2="64,1,1"))
    settings: Settings = app.extensions["perron"].settings
    assert (settings.brand_name, settings.support_email) == ("Corail", "help@tamaris.example")
    close(app)
