"""The buttons in mails: what a GET shows, what a press does, and what the page says when they no longer work."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import (
    complete,
    completed,
    disable,
    invite,
    invite_again,
    mailed_button,
    mailed_code,
    place_at,
    press_button,
    reset,
    sign_in,
)
from tests.support.rows import row_of, rows_of, tables
from wizard.models import Issue, OutboxMail, Proof, Session


def test_opening_the_address_of_an_invitation_changes_nothing(app: Flask, client: PageClient) -> None:
    person = invite(app)
    before = tables(app)
    page = client.get(person.button)
    assert (page.status, page.page) == (200, "invitation")
    assert person.username in page.text
    assert client.raw.head(person.button, base_url="http://localhost").status_code == 200
    assert tables(app) == before


def test_opening_the_address_of_a_mailed_code_changes_nothing(app: Flask, client: PageClient) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person)
    before = tables(app)
    assert PageClient(app).get(mailed_button(app, person)).page == "invitation"
    assert tables(app) == before


def test_only_the_press_counts(app: Flask, client: PageClient) -> None:
    person = invite(app)
    client.get(person.button)
    assert client.get("/first-connection", follow=True).step == "prepare"
    assert not rows_of(app, Session)
    press_button(client, person)
    assert row_of(app, Proof).method == "button"
    assert row_of(app, OutboxMail).button_opened_at is not None


def test_an_invitation_can_be_pressed_again_until_the_password_is_chosen(app: Flask, client: PageClient) -> None:
    person = invite(app)
    press_button(client, person)
    client.forget()
    assert press_button(client, person).step == "prepare"


def test_a_pressed_button_of_a_code_works_once_and_ends_the_others(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    first, code = mailed_button(app, person), mailed_code(app, person)
    page = page.press("resend")
    second = mailed_button(app, person)
    assert PageClient(app).get(second).press("yes").step == "enter-code"
    assert PageClient(app).get(second).problem == "link-used"
    assert PageClient(app).get(first).problem == "link-replaced"
    assert page.press(code=code).refused == "code-used"


def test_the_button_of_a_used_code_is_used(app: Flask, client: PageClient) -> None:
    person = completed(app)
    page = place_at(client, "forgotten-password", "verify-email", person)
    page.press(code=mailed_code(app, person))
    page = PageClient(app).get(mailed_button(app, person))
    assert (page.status, page.problem) == (410, "link-used")
    assert page.open("Continue").journey == "forgotten-password"


def test_a_mailed_button_runs_out(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = completed(app)
    place_at(client, "forgotten-password", "verify-email", person)
    button = PageClient(app).get(mailed_button(app, person))
    clock.advance(minutes=60)
    before = tables(app, besides=frozenset({"throttles"}))
    assert button.press("yes").problem == "link-expired"
    assert PageClient(app).get(mailed_button(app, person)).problem == "link-expired"
    assert tables(app, besides=frozenset({"throttles"})) == before


def test_an_invitation_runs_out_after_seven_days(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = invite(app)
    page = client.get(person.button)
    clock.advance(days=7)
    assert page.press("yes").problem == "link-expired"
    assert client.get(person.button).problem == "link-expired"
    assert not rows_of(app, Session)


def test_after_an_ended_invitation_a_mailed_code_lets_its_person_choose_a_password(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    clock.advance(days=8)
    assert client.get(person.button).link("Get an email with a code") == "/forgotten-password"
    page = place_at(client, "forgotten-password", "verify-email", person).press(code=mailed_code(app, person))
    assert page.step == "change-password"


def test_a_newer_invitation_replaces_the_older(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = client.get(person.button)
    newer = invite_again(app, person)
    answer = page.press("yes")
    assert (answer.status, answer.problem) == (410, "link-replaced")
    page = place_at(client, "first-connection", "enter-password", newer)
    assert page.press(password=person.temporary_password).refused == "wrong-password"
    assert press_button(client, newer).step == "choose-authenticator"


def test_a_newer_invitation_ends_what_the_older_has_proved(app: Flask, client: PageClient) -> None:
    person = invite(app)
    place_at(client, "first-connection", "choose-authenticator", person)
    invite_again(app, person)
    assert client.get("/first-connection", follow=True).step == "enter-password"


def test_after_the_own_password_an_invitation_has_done_its_work(app: Flask, client: PageClient) -> None:
    person = invite(app)
    complete(PageClient(app), person, app)
    page = client.get(person.button)
    assert (page.status, page.problem) == (410, "link-used")
    assert page.link("Sign in") == "/sign-in"
    token = client.get("/sign-in", follow=True).form_values()["csrf_token"]
    assert client.post(person.button, {"choice": "yes", "csrf_token": token}).problem == "link-used"
    assert not client.get("/account", follow=True).signed_in


def test_a_reset_invitation_is_replaced(app: Flask, client: PageClient) -> None:
    person = invite(app)
    reset(app, person, "enter-password")
    assert client.get(person.button).problem == "link-replaced"


@pytest.mark.parametrize("change", ["altered", "cut", "made up", "longer"])
def test_an_address_that_was_never_sent_leads_nowhere(app: Flask, client: PageClient, change: str) -> None:
    button = invite(app).button
    address = {
        "altered": button[:-1] + ("A" if button[-1] != "A" else "B"),
        "cut": button[:-5],
        "made up": "/i/" + "x" * 43,
        "longer": button + "x" * 3000,
    }[change]
    before = tables(app)
    page = client.get(address)
    assert (page.status, page.problem) == (404, "link-unknown")
    assert page.link("To the front page") == "/"
    assert tables(app) == before


def test_the_button_of_a_disabled_account_leads_nowhere(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = client.get(person.button)
    disable(app, person)
    assert page.press("yes").problem == "link-unknown"
    assert client.get(person.button).problem == "link-unknown"
    assert not rows_of(app, Session)


def test_the_button_of_somebody_else_ends_the_session_in_this_browser(app: Flask, client: PageClient) -> None:
    first = completed(app)
    sign_in(client, first)
    second = invite(app, "bilal.aden", email="bilal@people.example")
    page = press_button(client, second)
    assert (page.journey, page.signed_in) == ("first-connection", False)
    assert rows_of(app, Session, account_id=first.account_id)[-1].revoked_reason == "another-account"
    assert row_of(app, Session, account_id=second.account_id).revoked_at is None


def test_a_press_with_another_choice_is_no_form_of_ours(app: Flask, client: PageClient) -> None:
    person = invite(app)
    client.get(person.button)
    for fields in ({"choice": "no"}, {"choice": ["yes", "yes"]}):
        answer = client.post(person.button, fields)
        assert (answer.status, answer.problem) == (400, "not-understood")
    assert client.post(person.button, {"choice": "yes"}, csrf=False).status == 403
    assert not rows_of(app, Session)
    assert row_of(app, Issue).first_used_at is None


def test_the_mail_and_the_page_name_the_same_person(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    person = invite(app, given_name="Amina", family_name="Keita")
    page = client.get(person.button)
    assert mailbox.newest("invitation").username == person.username
    assert "Amina Keita" in page.text
    assert person.username in page.text
