"""A new second step for who has none left, and for who still has one."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import (
    Completed,
    Walk,
    completed,
    invite,
    mailed_button,
    place_at,
    reset,
    secret_of,
    sign_in,
)
from tests.support.rows import row_of, rows_of
from wizard.models import Authenticator, Proof, Session

STEPS = ["enter-username", "enter-password", "verify-email", "choose-authenticator", "enter-code", "finish"]


def lost_app(app: Flask, **account_fields: str) -> Completed:
    """Somebody whose code app an agent has just ended."""
    person = completed(app, **account_fields)
    reset(app, person, "enter-code")
    return person


@pytest.mark.parametrize("language", ["en", "fr"])
def test_password_and_address_lead_to_a_new_code_app(app: Flask, mailbox: Mailbox, language: str) -> None:
    person = lost_app(app, language=language)
    client = PageClient(app, language=language)
    walk = Walk(client, person)
    pages = [client.get("/replace-phone", follow=True)]
    while pages[-1].step != "finish":
        pages.append(walk.answer(pages[-1]))
    assert [page.step for page in pages] == STEPS
    assert [page.progress for page in pages] == ["1/6", "2/6", "3/6", "4/6", "6/6", "6/6"]
    assert pages[-1].press("portal").signed_in
    assert mailbox.all()[-1].kind == "code_app_bound"
    assert mailbox.all()[-1].language == language
    old, new = rows_of(app, Authenticator)
    assert (old.ended_reason, old.secret) == ("reset", None)
    assert new.label != old.label
    assert sign_in(PageClient(app), person).signed_in


def test_whoever_signs_in_after_losing_the_app_is_led_here(app: Flask, client: PageClient) -> None:
    person = lost_app(app)
    page = place_at(client, "sign-in", "enter-password", person).press(password=person.password)
    assert (page.journey, page.step, page.signed_in) == ("replace-phone", "verify-email", False)
    assert client.get("/account", follow=True).journey == "replace-phone"


@pytest.mark.settings(second_factor="offered")
def test_losing_the_app_does_not_end_what_is_required(app: Flask, client: PageClient) -> None:
    person = lost_app(app)
    page = place_at(client, "replace-phone", "choose-authenticator", person)
    assert page.choices() == ["phone", "code-app"]
    assert client.post(page.path, {"choice": "skip"}).refused == "not-allowed"


def test_the_password_alone_binds_no_new_app(app: Flask, client: PageClient) -> None:
    person = lost_app(app)
    place_at(client, "replace-phone", "verify-email", person)
    page = client.post("/replace-phone/choose-authenticator", {"choice": "code-app"})
    assert page.location == "/replace-phone/verify-email"
    assert not rows_of(app, Authenticator, ended_at=None)


def test_the_mail_alone_binds_no_new_app(app: Flask, client: PageClient) -> None:
    person = lost_app(app)
    place_at(client, "replace-phone", "verify-email", person)
    other = PageClient(app)
    page = other.get(mailed_button(app, person)).press("yes")
    assert (page.journey, page.step) == ("replace-phone", "enter-password")


def test_who_still_has_the_app_is_told_whom_to_call(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "replace-phone", "enter-password", person).press(password=person.password)
    assert (page.status, page.problem) == (403, "no-way-on")
    assert not rows_of(app, Authenticator, proven_at=None)
    assert client.get("/sign-in", follow=True).step == "enter-code"


def test_who_never_had_an_app_sets_one_up_here(app: Flask, client: PageClient) -> None:
    person = completed_without_factor(app)
    page = client.get("/replace-phone", follow=True)
    walk = Walk(client, person)
    seen = []
    while page.journey == "replace-phone":
        seen.append(page.step)
        page = walk.answer(page)
    assert seen[-3:] == ["choose-authenticator", "enter-code", "finish"]
    assert page.signed_in
    assert row_of(app, Authenticator).proven_at is not None


def completed_without_factor(app: Flask) -> Completed:
    """Somebody with an own password only, in an installation that has begun to require more."""
    person = invite(app)
    page = place_at(PageClient(app), "forgotten-password", "change-password", person)
    page.press(new_password="Rabot et 3 copeaux")
    return Completed(person, "Rabot et 3 copeaux", None)


def test_a_password_that_has_grown_old_is_asked_again_before_the_app_is_bound(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = lost_app(app)
    page = place_at(client, "replace-phone", "enter-code", person)
    clock.advance(minutes=20)
    page = client.get("/replace-phone", follow=True)
    assert page.step == "enter-password"
    page = page.press(password=person.password)
    assert page.journey == "replace-phone"
    assert Walk(client, person).answer(page).status == 200
    assert secret_of(app, person)


def test_a_code_typed_too_late_is_no_dead_end(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = lost_app(app)
    place_at(client, "replace-phone", "enter-code", person)
    clock.advance(minutes=20)
    page = client.get("/replace-phone", follow=True)
    walk = Walk(client, person)
    while page.journey == "replace-phone":
        page = walk.answer(page)
    assert page.signed_in


def test_binding_ends_every_other_session(app: Flask) -> None:
    person = lost_app(app)
    elsewhere, client = PageClient(app), PageClient(app)
    place_at(elsewhere, "replace-phone", "verify-email", person)
    place_at(client, "replace-phone", "finish", person)
    assert elsewhere.get("/replace-phone", follow=True).step == "enter-password"
    alive = [row for row in rows_of(app, Session) if row.revoked_at is None]
    assert len(alive) == 1
    assert not rows_of(app, Proof, kind="address", ended_at=None)


def test_a_signed_in_person_whose_app_is_reset_starts_with_the_password(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    reset(app, person, "enter-code")
    assert client.get("/replace-phone", follow=True).step == "enter-password"
