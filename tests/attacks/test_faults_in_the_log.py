"""What a fault of the database tells the log: what went wrong and where, and of whom nothing."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import insert
from structlog.testing import capture_logs

from tests.support.page_client import PageClient
from tests.support.people import invite
from wizard.models import Account, db

pytestmark = pytest.mark.usefixtures("each_database")


def test_a_name_that_is_there_twice_is_not_named(app: Flask, client: PageClient) -> None:
    """PostgreSQL adds the values of the key to its words: "DETAIL:  Key (username_key)=(…) already exists."."""
    person = invite(app)
    app.testing = False

    def twice() -> None:
        row = {"id": "another", "journey": "first-connection", "email": person.email, "email_key": person.email}
        names = {"username": person.username, "username_key": person.username, "created_at": client_time(app)}
        db.session.execute(insert(Account).values(**row, **names))

    app.before_request_funcs.setdefault(None, []).append(twice)
    with capture_logs() as lines:
        page = client.get("/")
    app.before_request_funcs[None].remove(twice)
    assert (page.status, page.problem) == (500, "service")
    told = [line for line in lines if line["log_level"] == "error"]
    assert [line["kind"] for line in told] == ["IntegrityError"]
    assert "accounts" in told[0]["trace"]
    assert "test_faults_in_the_log" in told[0]["trace"]
    assert person.username not in repr(lines)


def client_time(app: Flask) -> object:
    return app.extensions["perron"].clock.now()
