"""Resetting one step ends exactly what that step stands on."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import Person, completed, invite, place_at, reset, sign_in
from tests.support.rows import beside, row_of, rows_of
from wizard.models import Account, AuditEvent, Authenticator, Issue, MailedCode, OutboxMail, Session
from wizard.services import resets
from wizard.services.resets import NothingToReset, UnknownStep


def result(app: Flask, person: Person, step: str) -> resets.Reset:
    return beside(app, lambda: resets.reset(person.account_id, step, by="desk"))


def alive(app: Flask, person: Person) -> int:
    return sum(row.revoked_at is None for row in rows_of(app, Session, account_id=person.account_id))


def test_the_password_is_ended_the_second_step_stays(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    assert result(app, person, "change-password") == resets.Reset("own-password", "forgotten-password")
    row = row_of(app, Account, id=person.account_id)
    assert (row.password_hash, row.password_ended_at is not None, row.factor_since is not None) == (None, True, True)
    assert len(rows_of(app, Authenticator, account_id=person.account_id, ended_at=None)) == 1
    assert alive(app, person) == 0
    assert client.get("/account").location == "/sign-in"
    assert len(rows_of(app, OutboxMail, kind="password_ended")) == 1
    (event,) = rows_of(app, AuditEvent, kind="step-reset")
    assert (event.actor, event.payload) == ("desk", {"step": "change-password"})


def test_the_second_step_is_ended_the_password_stays(app: Flask) -> None:
    person = completed(app)
    assert result(app, person, "enter-code") == resets.Reset("second-step", "replace-phone")
    row = row_of(app, Account, id=person.account_id)
    assert (row.password_hash is not None, row.factor_since is not None) == (True, True)
    (ended,) = rows_of(app, Authenticator, account_id=person.account_id)
    assert (ended.ended_reason, ended.secret) == ("reset", None)
    assert alive(app, person) == 0


def test_before_the_own_password_a_reset_makes_the_account_as_new(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "change-password", person)
    assert result(app, person, "change-password") == resets.Reset("first-connection", "first-connection")
    row = row_of(app, Account, id=person.account_id)
    assert (row.factor_since, row.password_hash) == (None, None)
    assert row_of(app, Issue, account_id=person.account_id).ended_reason == "reset"
    assert alive(app, person) == 0


def test_the_invitation_is_ended_alone(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    assert result(app, person, "enter-password").ended == "issue"
    assert client.get(person.button).problem == "link-replaced"
    assert alive(app, person) == 0


def test_mailed_codes_are_ended_alone(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person)
    assert result(app, person, "verify-email") == resets.Reset("address", None)
    assert row_of(app, MailedCode).ended_reason == "reset"
    assert row_of(app, Account, id=person.account_id).password_hash is not None


@pytest.mark.parametrize(
    "step", ["enter-password", "verify-email", "choose-authenticator", "enter-code", "change-password"]
)
def test_what_is_not_done_cannot_be_reset_and_leaves_no_trace(app: Flask, step: str) -> None:
    person = invite(app)
    if step in {"enter-password", "change-password"}:
        reset(app, person, "enter-password")
    before = len(rows_of(app, AuditEvent))
    with pytest.raises(NothingToReset):
        result(app, person, step)
    assert len(rows_of(app, AuditEvent)) == before


def test_a_step_that_nobody_can_reset_is_named_with_those_that_can(app: Flask) -> None:
    with pytest.raises(UnknownStep) as refused:
        result(app, invite(app), "finish")
    assert {"enter-code", "change-password"} <= set(refused.value.known)


def test_nobody_has_nothing_to_reset(app: Flask) -> None:
    with pytest.raises(NothingToReset):
        beside(app, lambda: resets.reset("nobody", "enter-code", by="desk"))


def test_both_spellings_of_a_step_are_understood(app: Flask) -> None:
    assert result(app, completed(app), "enter_code").ended == "second-step"
