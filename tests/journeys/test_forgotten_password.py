"""A new password: by the address and the second step, and by whom it may be set."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    Completed,
    Walk,
    completed,
    invite,
    mailed_button,
    mailed_code,
    place_at,
    reset,
    secret_of,
    sign_in,
)
from tests.support.rows import row_of, rows_of
from wizard.models import Account, Authenticator, Proof, Session

STEPS = ["enter-username", "verify-email", "enter-code", "change-password", "finish"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_address_and_code_lead_to_a_new_password(app: Flask, mailbox: Mailbox, language: str) -> None:
    person = completed(app, language=language)
    client = PageClient(app, language=language)
    walk = Walk(client, person)
    pages = [client.get("/forgotten-password", follow=True)]
    while pages[-1].step != "finish":
        pages.append(walk.answer(pages[-1]))
    assert [page.step for page in pages] == STEPS
    assert [page.progress for page in pages] == ["1/4", "2/4", "3/4", "4/4", "4/4"]
    assert mailbox.newest("mailed_code").language == language
    assert pages[-1].press("portal").signed_in
    assert sign_in(PageClient(app), Completed(person.person, NEW_PASSWORD, person.secret)).signed_in
    page = place_at(PageClient(app), "sign-in", "enter-password", person).press(password=person.password)
    assert page.refused == "wrong-password"


def test_setting_it_ends_every_other_session_and_tells_the_owner(app: Flask, mailbox: Mailbox) -> None:
    person = completed(app)
    elsewhere, client = PageClient(app), PageClient(app)
    sign_in(elsewhere, person)
    place_at(client, "forgotten-password", "finish", person)
    assert not elsewhere.get("/account", follow=True).signed_in
    assert client.get("/account", follow=True).signed_in
    alive = [row.id for row in rows_of(app, Session) if row.revoked_at is None]
    assert alive == [row_of(app, Account).password_session_id]
    assert mailbox.all()[-1].kind == "password_changed"


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_the_address_is_enough(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    page = page.press(code=mailed_code(app, person))
    assert page.step == "change-password"
    assert page.press(new_password=NEW_PASSWORD).press("portal").signed_in


def test_the_mailbox_alone_sets_no_password_where_there_is_a_second_step(app: Flask, client: PageClient) -> None:
    person = completed(app)
    before = row_of(app, Account).password_hash
    place_at(client, "forgotten-password", "enter-code", person)
    page = client.post("/forgotten-password/change-password", {"new_password": NEW_PASSWORD})
    assert page.location == "/forgotten-password/enter-code"
    assert row_of(app, Account).password_hash == before


def test_an_ended_password_leads_everybody_to_a_new_one(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    person = completed(app)
    sign_in(client, person)
    reset(app, person, "change-password")
    assert mailbox.all()[-1].kind == "password_ended"
    assert not client.get("/account", follow=True).signed_in
    page = place_at(client, "sign-in", "enter-password", person).press(password=person.password)
    assert page.refused == "wrong-password"
    page = place_at(client, "forgotten-password", "finish", person).press("portal")
    assert page.signed_in
    account = row_of(app, Account)
    assert account.password_ended_at is None


def test_who_owes_a_new_password_is_led_there_from_every_journey(app: Flask, client: PageClient) -> None:
    person = completed(app)
    reset(app, person, "change-password")
    place_at(client, "forgotten-password", "enter-code", person)
    for journey in ("sign-in", "first-connection", "replace-phone"):
        page = client.get(f"/{journey}", follow=True)
        assert (page.journey, page.step) == ("forgotten-password", "enter-code"), journey
    for address in ("/sign-in/enter-password", "/first-connection/enter-password", "/replace-phone/enter-password"):
        assert client.get(address).location == "/forgotten-password", address


def test_somebody_who_lost_the_app_too_is_told_whom_to_call(app: Flask, client: PageClient) -> None:
    person = completed(app)
    reset(app, person, "change-password")
    reset(app, person, "enter-code")
    page = place_at(client, "forgotten-password", "verify-email", person).press(code=mailed_code(app, person))
    assert (page.status, page.problem) == (403, "no-way-on")
    assert page.has("[data-help-code]")
    assert not rows_of(app, Proof, kind="factor", ended_at=None)


def test_the_button_of_the_mail_goes_on_in_another_browser(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person)
    other = PageClient(app)
    page = other.get(mailed_button(app, person)).press("yes")
    assert (page.journey, page.step) == ("forgotten-password", "enter-code")
    assert client.get("/forgotten-password", follow=True).step == "verify-email"


def test_a_code_that_has_grown_old_is_asked_again_and_never_refused(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "change-password", person)
    clock.advance(minutes=20)
    page = page.press(new_password=NEW_PASSWORD)
    assert (page.status, page.step) == (200, "enter-code")
    page = Walk(client, person).answer(page)
    assert page.step == "change-password"
    assert page.press(new_password=NEW_PASSWORD).press("portal").signed_in


def test_a_signed_in_person_still_proves_the_address_but_types_no_name(app: Flask, client: PageClient) -> None:
    person = completed(app)
    sign_in(client, person)
    page = client.get("/forgotten-password", follow=True)
    assert page.step == "verify-email"
    page = page.press(code=mailed_code(app, person))
    assert page.step == "change-password"


def test_entering_the_journey_anew_asks_for_a_new_password_anew(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "finish", person).press("portal")
    clock.advance(seconds=1)
    page = client.get("/forgotten-password", follow=True)
    assert page.step == "verify-email"
    assert not rows_of(app, Proof, kind="address", ended_at=None)


def test_somebody_who_never_chose_a_password_chooses_the_first_one_here(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "forgotten-password", "verify-email", person).press(code=mailed_code(app, person))
    assert page.step == "change-password"
    page = page.press(new_password=NEW_PASSWORD)
    assert (page.step, page.title, page.choices()) == ("finish", "Almost done", ["portal"])
    for said in ("The temporary password no longer works.", "the remaining steps."):
        assert said in page.text
    for unsaid in ("You are in", "The old one", "user name and password."):
        assert unsaid not in page.text
    assert not page.has(".stair.open")
    page = page.press("portal")
    assert (page.journey, page.signed_in) == ("first-connection", False)
    assert page.step == "choose-authenticator"
    assert PageClient(app).get(person.button).problem == "link-used"


def test_an_app_set_up_before_the_first_password_is_asked_for(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(PageClient(app), "first-connection", "change-password", person)
    page = place_at(client, "forgotten-password", "verify-email", person).press(code=mailed_code(app, person))
    assert page.step == "enter-code"
    assert not page.has("[data-secret]")
    bound = row_of(app, Authenticator, ended_at=None)
    assert bound.proven_at is not None
    assert secret_of(app, person) not in page.html


@pytest.mark.settings(second_factor="offered")
def test_who_skipped_the_second_step_needs_none_for_a_new_password(app: Flask, client: PageClient) -> None:
    person = invite(app)
    first = PageClient(app)
    page = place_at(first, "first-connection", "choose-authenticator", person).press("skip")
    page.press(new_password="Rabot et 3 copeaux")
    page = place_at(client, "forgotten-password", "change-password", person).press(new_password=NEW_PASSWORD)
    assert page.press("portal").signed_in
