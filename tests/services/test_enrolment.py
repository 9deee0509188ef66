"""Binding a code app and using it: nothing counts before a code has proven it, and no code counts twice."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.page_client import PageClient
from tests.support.people import code_of, complete, completed, invite, next_code, place_at, reset, secret_of, sign_in
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Account, AuditEvent, Authenticator, OutboxMail, Proof, Session


def test_a_pending_app_is_nothing_yet(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "enter-code", person)
    (pending,) = rows_of(app, Authenticator)
    assert (pending.proven_at, pending.last_step) == (None, None)
    assert row_of(app, Account, id=person.account_id).factor_since is None
    assert rows_of(app, Proof, kind="factor") == []


def test_the_secret_is_encrypted_in_the_database(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "enter-code", person)
    secret = page.said("[data-secret]").replace(" ", "")
    assert secret == secret_of(app, person)
    assert secret not in repr(tables(app))
    assert secret.encode() not in (row_of(app, Authenticator).secret or b"")


def test_the_first_code_binds_it_and_tells_the_person(app: Flask, client: PageClient) -> None:
    person = complete(client, invite(app), app)
    (bound,) = rows_of(app, Authenticator)
    assert bound.proven_at is not None
    assert bound.last_step is not None
    assert row_of(app, Account, id=person.account_id).factor_since == bound.proven_at
    assert len(rows_of(app, OutboxMail, kind="code_app_bound")) == 1
    assert len(rows_of(app, AuditEvent, kind="authenticator-bound")) == 1


def test_the_code_that_bound_it_signs_nobody_in(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    page = place_at(client, "sign-in", "enter-code", person)
    assert person.secret is not None
    assert page.press(code=code_of(person.secret, clock)).refused == "code-used"
    assert page.press(code=code_of(person.secret, clock, -1)).refused == "code-used"
    assert page.press(code=next_code(person.secret, clock)).signed_in


def test_beginning_again_drops_what_was_begun(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "enter-code", person)
    client.get("/first-connection/choose-authenticator").press("code-app")
    first, second = sorted(rows_of(app, Authenticator), key=lambda row: row.ended_at is None)
    assert (first.ended_reason, first.secret, second.ended_at) == ("dropped", None, None)
    assert len({first.label, second.label}) == 2


def test_another_browser_cannot_finish_what_this_one_has_begun(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    place_at(client, "first-connection", "enter-code", person)
    secret = secret_of(app, person)
    other = PageClient(app)
    page = place_at(other, "first-connection", "choose-authenticator", person)
    answer = other.post("/first-connection/enter-code", {"code": code_of(secret, clock)})
    assert (answer.status, answer.location) == (303, "/first-connection/choose-authenticator")
    assert [row.proven_at for row in rows_of(app, Authenticator)] == [None]
    assert page.step == "choose-authenticator"


def test_a_replaced_app_ends_with_its_proofs_and_the_other_sessions(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    reset(app, person, "enter-code")
    place_at(PageClient(app), "replace-phone", "finish", person)
    old, new = sorted(rows_of(app, Authenticator), key=lambda row: row.created_at)
    assert (old.ended_at is not None, old.secret, new.ended_at) == (True, None, None)
    assert [row for row in rows_of(app, Proof, authenticator_id=old.id) if row.ended_at is None] == []
    assert {row.id for row in rows_of(app, Session) if row.revoked_at is None} == {new.session_id}


@pytest.mark.settings(second_factor="offered")
def test_skipping_is_kept_and_ended_by_binding_one(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person).press("skip")
    assert row_of(app, Account, id=person.account_id).factor_skipped_at is not None
    assert rows_of(app, Authenticator) == []
    assert len(rows_of(app, AuditEvent, kind="factor-skipped")) == 1


def test_required_cannot_be_skipped(app: Flask, client: PageClient) -> None:
    page = place_at(client, "first-connection", "choose-authenticator", invite(app))
    assert "skip" not in page.choices()
    assert client.post(page.path, {"choice": "skip"}).refused == "not-allowed"
