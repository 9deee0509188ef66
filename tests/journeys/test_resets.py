"""An agent resets exactly one step: what the person sees next, and that the way to the end is open."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    Completed,
    Walk,
    completed,
    invite,
    invite_again,
    mailed_code,
    place_at,
    reset,
    sign_in,
    walk_through,
)
from tests.support.rows import row_of, rows_of
from wizard.models import Account, Authenticator, Issue, Session


@pytest.mark.parametrize("step", ["choose-authenticator", "enter-code"])
def test_the_second_step_before_the_first_password_is_set_up_as_new(app: Flask, client: PageClient, step: str) -> None:
    person = invite(app)
    place_at(client, "first-connection", "change-password", person)
    reset(app, person, step)
    assert row_of(app, Account).factor_since is None
    page = client.get("/first-connection", follow=True)
    assert page.step == "enter-password"
    assert page.press(password=person.temporary_password).step == "choose-authenticator"
    assert walk_through(client, "first-connection", person).signed_in


@pytest.mark.parametrize("step", ["enter-password", "change-password"])
def test_the_password_before_the_first_own_one_takes_a_new_invitation(
    app: Flask, client: PageClient, step: str
) -> None:
    person = invite(app)
    place_at(client, "first-connection", "change-password", person)
    reset(app, person, step)
    page = client.get("/first-connection", follow=True)
    assert page.step == "enter-password"
    assert page.press(password=person.temporary_password).refused == "wrong-password"
    assert row_of(app, Issue).ended_reason == "reset"
    newer = invite_again(app, person)
    page = page.press(password=newer.temporary_password)
    asked = {"enter-password": "enter-code", "change-password": "choose-authenticator"}[step]
    assert (page.journey, page.step) == ("first-connection", asked)
    assert walk_through(client, "first-connection", newer).signed_in


def test_the_own_password_leads_to_a_new_one(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    reset(app, person, "change-password")
    assert not rows_of(app, Session, revoked_at=None)
    page = place_at(client, "forgotten-password", "finish", person).press("portal")
    assert page.signed_in
    assert sign_in(PageClient(app), Completed(person.person, NEW_PASSWORD, person.secret)).signed_in


@pytest.mark.parametrize("step", ["choose-authenticator", "enter-code"])
def test_the_second_step_beside_an_own_password_leads_to_a_new_one(app: Flask, client: PageClient, step: str) -> None:
    person = completed(app)
    reset(app, person, step)
    assert row_of(app, Account).factor_since is not None
    assert row_of(app, Authenticator).secret is None
    page = place_at(client, "sign-in", "enter-password", person).press(password=person.password)
    assert (page.journey, page.step) == ("replace-phone", "verify-email")
    walk = Walk(client, person)
    while page.journey == "replace-phone":
        page = walk.answer(page)
    assert page.signed_in


@pytest.mark.settings(second_factor="offered")
def test_a_second_step_that_was_skipped_is_offered_again(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person).press("skip")
    reset(app, person, "choose-authenticator")
    page = client.get("/first-connection", follow=True).press(password=person.temporary_password)
    assert page.step == "choose-authenticator"
    assert page.choices() == ["phone", "code-app", "skip"]


def test_the_address_is_proven_again_and_older_codes_are_dead(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "enter-code", person)
    old = mailed_code(app, person)
    reset(app, person, "verify-email")
    page = client.get("/forgotten-password", follow=True)
    assert page.step == "verify-email"
    assert page.press(code=old).refused == "wrong-code"
    assert page.press(code=mailed_code(app, person)).step == "enter-code"


def test_the_pending_app_of_an_open_page_is_dropped(app: Flask, client: PageClient) -> None:
    person = completed(app)
    reset(app, person, "enter-code")
    page = place_at(client, "replace-phone", "enter-code", person)
    secret = page.said("[data-secret]").replace(" ", "")
    client.secrets[secret] = ("enter-code",)
    reset(app, person, "change-password")
    answer = page.press(code="123456")
    assert (answer.journey, answer.step) == ("replace-phone", "enter-password")
    assert not [row for row in rows_of(app, Authenticator, ended_at=None) if row.proven_at]
