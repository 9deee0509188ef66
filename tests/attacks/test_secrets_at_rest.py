"""What lies in the database, the logs and the settings: never a secret that somebody could use."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from structlog.testing import capture_logs

from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, completed, invite, mailed_button, mailed_code, place_at, sign_in
from tests.support.rows import beside, rows_of, tables
from tests.support.settings import SECRET_KEY
from wizard.models import AuditEvent, db
from wizard.settings_schema import Settings


def every_secret(app: Flask, mailbox: Mailbox) -> dict[str, str]:
    """Walk through everything that makes a secret, and keep each of them."""
    person = completed(app)
    client = PageClient(app)
    place_at(client, "forgotten-password", "verify-email", person)
    code, button = mailed_code(app, person), mailed_button(app, person)
    place_at(client, "forgotten-password", "finish", person, new_password=NEW_PASSWORD)
    wrong = PageClient(app)
    place_at(wrong, "sign-in", "enter-password", person).press(password="Nearly right 12")
    open_person = invite(app, "bilal.aden", email="bilal@people.example")
    return {
        "own password": NEW_PASSWORD,
        "former password": person.password,
        "wrong password": "Nearly right 12",
        "temporary password": open_person.temporary_password or "",
        "folded temporary password": (open_person.temporary_password or "").replace("-", ""),
        "used temporary password": person.person.temporary_password or "",
        "invitation button": open_person.button.removeprefix("/i/"),
        "mailed button": button.removeprefix("/i/"),
        "mailed code": code,
        "secret of the code app": person.secret or "",
        "session token": str(client.cookie()["t"]),
        "nonce": client.cookie()["n"],
        "master secret": SECRET_KEY,
    }


def test_no_secret_of_a_walk_lies_in_the_database_in_the_clear(
    app: Flask, mailbox: Mailbox, settings: Settings
) -> None:
    """ASVS 5.0 11.5, SEC-30: the whole file is searched, with its journal."""
    secrets = every_secret(app, mailbox)
    assert all(secrets.values())
    url = settings.database_url or f"sqlite:///{settings.instance / 'perron.sqlite3'}"
    path = Path(url.removeprefix("sqlite:///"))
    files = [item for item in path.parent.glob(f"{path.name}*") if item.is_file()]
    content = b"".join(item.read_bytes() for item in files)
    assert b"bilal@people.example" in content, "This is not the database of the walk."
    found = {name for name, secret in secrets.items() if len(secret) > 6 and secret.encode() in content}
    assert found == set()
    cells = {str(cell) for rows in tables(app).values() for row in rows for cell in row}
    assert secrets["mailed code"] not in cells
    assert not any(secrets["mailed code"] in cell for cell in cells if "code" in cell)


def test_the_audit_trail_names_no_secret(app: Flask, mailbox: Mailbox) -> None:
    """SEC-58."""
    secrets = every_secret(app, mailbox)
    told = repr([(row.kind, row.actor, row.payload) for row in rows_of(app, AuditEvent)])
    assert "password-set" in told
    assert {name for name, secret in secrets.items() if secret in told} == set()


def test_no_secret_of_a_walk_reaches_the_logs(app: Flask, mailbox: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as entries:
        secrets = every_secret(app, mailbox)
    told = caplog.text + repr(entries)
    assert {name for name, secret in secrets.items() if len(secret) > 6 and secret in told} == set()


def test_a_fault_tells_the_log_no_token_and_no_second_line(
    app: Flask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The address of a mail's button is its token; once it stood in the log beside the fault, twice."""
    person = invite(app)
    app.testing = False

    def fault(*_args: Any) -> None:
        raise RuntimeError("the cause")

    monkeypatch.setattr("wizard.entrance.landed.issues.find_by_button", fault)
    with capture_logs() as entries:
        for path in (person.button, "/i/abc%0a2026-11-20%20forged%20line"):
            assert app.test_client().get(path, base_url="http://localhost").status_code == 500
    told = caplog.text + repr(entries)
    assert "the cause" in told
    assert person.button.removeprefix("/i/") not in told
    assert "forged line" not in told


def test_settings_can_be_printed_without_telling_secrets() -> None:
    told = repr(
        Settings(
            secret_key="the-master",
            secret_key_old=("the-old-one",),
            mail_password="the-mail-one",
            database_url="postgresql://u:the-database-one@h/d",
            redis_url="redis://:the-redis-one@h",
        )
    )
    assert "the-" not in told


def test_a_database_fault_hides_its_values(app: Flask) -> None:
    """A traceback must name nobody: SQLAlchemy adds the values of the statement unless told otherwise."""

    def act() -> None:
        db.session.execute(text("SELECT * FROM nowhere WHERE a = :a"), {"a": "amina@people.example"})

    with pytest.raises(SQLAlchemyError) as raised:
        beside(app, act)
    assert "amina@people.example" not in str(raised.value)


def test_secrets_typed_into_a_refused_form_do_not_come_back(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-password", person).press(password="Nearly right 12")
    assert "Nearly right 12" not in page.html
    sign_in(client, person)
    page = client.get("/account/password").press(current_password="Nearly right 12", new_password=NEW_PASSWORD)
    assert page.status == 422
    assert NEW_PASSWORD not in page.html
