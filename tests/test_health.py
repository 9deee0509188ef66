"""`/healthz` and `/readyz`: alive, and able to serve."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.rows import beside
from wizard.models import db


def test_it_is_alive_and_ready(app: Flask, client: PageClient) -> None:
    assert (client.get("/healthz").status, client.get("/healthz").json) == (200, {"alive": True})
    ready = client.get("/readyz")
    assert (ready.status, ready.json["database"], ready.json["schema"], ready.json["mail_late"]) == (
        200,
        True,
        True,
        False,
    )


def test_mail_that_waits_too_long_is_told_and_takes_nobody_away(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    invite(app)
    clock.advance(seconds=300)
    assert client.get("/readyz").json["mail_late"] is False
    clock.advance(seconds=1)
    ready = client.get("/readyz")
    assert (ready.status, ready.json["mail_late"], ready.json["oldest_mail_seconds"]) == (200, True, 301)


def test_a_schema_of_another_release_is_not_ready(app: Flask, client: PageClient) -> None:
    def pretend() -> None:
        db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        db.session.commit()

    beside(app, pretend)
    assert client.get("/healthz").status == 200
    ready = client.get("/readyz")
    assert (ready.status, ready.json["schema"], ready.json["database"]) == (503, False, True)


def test_a_database_that_cannot_be_opened_is_not_ready(app: Flask, client: PageClient, database_url: str) -> None:
    path = Path(database_url.removeprefix("sqlite:///"))
    beside(app, _let_go)
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    assert client.get("/healthz").status == 200
    ready = client.get("/readyz")
    assert (ready.status, ready.json["database"]) == (503, False)
    path.rmdir()
    path.with_suffix(".away").rename(path)
    assert client.get("/readyz").status == 200


def _let_go() -> None:
    db.engine.dispose()


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_asking_sets_no_cookie_and_is_never_stored(client: PageClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers.get("Set-Cookie") is None
    assert answer.headers["Cache-Control"] == "no-store"
