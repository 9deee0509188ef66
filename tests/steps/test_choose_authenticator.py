"""The choice of a second step: begun in this session, dropped by going back, skipped only where that is offered."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import completed, invite, place_at, reset, secret_of, sign_in
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Account, AuditEvent, Authenticator, Session

HERE = "/first-connection/choose-authenticator"


def test_reading_the_page_begins_nothing(app: Flask, client: PageClient) -> None:
    place_at(client, "first-connection", "choose-authenticator", invite(app))
    before = tables(app)
    assert client.get(HERE).choices() == ["phone", "code-app"]
    assert tables(app) == before
    assert not rows_of(app, Authenticator)


def test_pressing_begins_a_code_app_of_this_session(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "choose-authenticator", person).press("code-app")
    assert page.step == "enter-code"
    begun = row_of(app, Authenticator)
    assert (begun.kind, begun.proven_at, begun.ended_at) == ("code-app", None, None)
    assert begun.session_id == row_of(app, Session).id
    assert begun.secret is not None
    assert secret_of(app, person).encode() not in begun.secret
    assert row_of(app, Account).factor_since is None


def test_pressing_begins_a_phone_of_this_session(app: Flask, client: PageClient) -> None:
    page = place_at(client, "first-connection", "choose-authenticator", invite(app)).press("phone")
    assert page.step == "scan-qr"
    begun = row_of(app, Authenticator)
    assert (begun.kind, begun.proven_at, begun.ended_at) == ("phone", None, None)
    assert (begun.session_id, begun.secret, begun.device_id) == (row_of(app, Session).id, None, None)
    assert row_of(app, Account).factor_since is None


def test_the_enter_key_takes_the_main_way(app: Flask, client: PageClient) -> None:
    page = place_at(client, "first-connection", "choose-authenticator", invite(app))
    assert client.post(page.path, {}, follow=True).step == "scan-qr"
    assert row_of(app, Authenticator).kind == "phone"


def test_another_kind_drops_the_one_that_was_begun(app: Flask, client: PageClient) -> None:
    place_at(client, "first-connection", "choose-authenticator", invite(app)).press("phone")
    assert client.get(HERE).press("code-app").step == "enter-code"
    assert client.get(HERE).press("phone").step == "scan-qr"
    rows = rows_of(app, Authenticator)
    assert sorted((row.kind, str(row.ended_reason)) for row in rows) == [
        ("code-app", "dropped"),
        ("phone", "None"),
        ("phone", "dropped"),
    ]


def test_choosing_again_drops_what_was_begun_and_begins_another(app: Flask, client: PageClient) -> None:
    place_at(client, "first-connection", "enter-code", invite(app))
    client.get(HERE).press("code-app")
    client.get(HERE).press("code-app")
    rows = rows_of(app, Authenticator)
    assert [row.ended_reason for row in rows] == ["dropped", "dropped", None]
    assert [row.secret is None for row in rows] == [True, True, False]
    assert len({row.label for row in rows}) == 3
    assert [event.kind for event in rows_of(app, AuditEvent)].count("enrolment-dropped") == 2


@pytest.mark.settings(second_factor="offered")
def test_skipping_is_kept_and_drops_what_was_begun(app: Flask, client: PageClient) -> None:
    place_at(client, "first-connection", "enter-code", invite(app))
    page = client.get(HERE).press("skip")
    assert page.step == "change-password"
    assert row_of(app, Authenticator).ended_reason == "dropped"
    assert row_of(app, Account).factor_skipped_at is not None
    assert client.get("/first-connection", follow=True).step == "change-password"


@pytest.mark.settings(second_factor="offered")
def test_who_ever_had_a_second_step_cannot_skip_it(app: Flask, client: PageClient) -> None:
    person = completed(app)
    reset(app, person, "enter-code")
    page = place_at(client, "replace-phone", "choose-authenticator", person)
    assert page.choices() == ["phone", "code-app"]
    answer = client.post(page.path, {"choice": "skip"})
    assert (answer.status, answer.refused) == (422, "not-allowed")
    assert row_of(app, Account).factor_skipped_at is None


def test_who_has_one_never_sees_the_page(app: Flask, client: PageClient) -> None:
    sign_in(client, completed(app))
    before = rows_of(app, Authenticator)
    assert client.get(HERE).location == "/first-connection/finish"
    assert client.post(HERE, {"choice": "code-app"}).location == "/first-connection/finish"
    assert [row.id for row in rows_of(app, Authenticator)] == [row.id for row in before]


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_the_page_is_not_there(app: Flask, client: PageClient) -> None:
    place_at(client, "first-connection", "change-password", invite(app))
    assert client.get(HERE).location == "/first-connection/change-password"


def test_a_password_that_has_grown_old_is_asked_again_and_not_refused(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    reset(app, person, "enter-code")
    page = place_at(client, "replace-phone", "choose-authenticator", person)
    clock.advance(minutes=16)
    page = page.press("code-app")
    assert (page.status, page.journey, page.step) == (200, "replace-phone", "enter-password")
    assert not rows_of(app, Authenticator, ended_at=None)
    page = page.press(password=person.password)
    assert page.step == "choose-authenticator"
