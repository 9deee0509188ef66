"""The first connection, from the first page to the last, as each policy and each invitation has it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.people import (
    PASSWORD,
    Walk,
    code_of,
    complete,
    completed,
    invite,
    place_at,
    press_button,
    sign_in,
    walk_through,
)
from tests.support.phones import Phone, PhoneWalk
from tests.support.rows import row_of, rows_of
from wizard.models import Account, Authenticator, Issue, RecoveryCode, RecoveryCodeSet, Session

BEFORE = ["prepare", "enter-username", "enter-password", "choose-authenticator"]
AFTER = ["change-password", "keep-recovery-codes", "finish"]
ALL = [*BEFORE, "enter-code", *AFTER]
ALL_BY_PHONE = [*BEFORE, "scan-qr", "match-number", *AFTER]
SECOND_STEP = {"choose-authenticator", "enter-code", "keep-recovery-codes"}


def pages_of(walk: Walk | PhoneWalk, first: Page) -> list[Page]:
    """Every page from `first` to the last of its journey."""
    pages = [first]
    while pages[-1].step != "finish":
        assert len(pages) < 20, pages
        pages.append(walk.answer(pages[-1]))
    return pages


@pytest.mark.parametrize("language", ["en", "fr"])
def test_somebody_walks_from_the_mail_to_being_in(app: Flask, mailbox: Mailbox, language: str) -> None:
    person = invite(app, language=language)
    client = PageClient(app, language=language)
    pages = pages_of(Walk(client, person), client.get("/first-connection", follow=True))
    assert [page.step for page in pages] == ALL
    assert [page.progress for page in pages] == ["1/7", "2/7", "3/7", "4/7", "6/7", "7/7", "7/7", "7/7"]
    assert {attribute(page.find("html"), "lang") for page in pages} == {language}
    home = pages[-1].press("portal")
    assert home.path == "/account"
    assert home.signed_in
    account = row_of(app, Account, id=person.account_id)
    assert account.password_session_id == row_of(app, Session).id
    assert account.factor_since is not None
    assert row_of(app, Authenticator, ended_at=None).proven_at is not None
    assert row_of(app, Issue).ended_reason == "used"
    assert [mail.kind for mail in mailbox.all()] == ["invitation", "code_app_bound", "password_changed"]
    assert {mail.language for mail in mailbox.all()} == {language}


def test_somebody_walks_with_a_phone_and_keeps_the_codes(app: Flask, client: PageClient, mailbox: Mailbox) -> None:
    person = invite(app)
    pages = pages_of(PhoneWalk(client, Phone(app), person), client.get("/first-connection", follow=True))
    assert [page.step for page in pages] == ALL_BY_PHONE
    assert [page.progress for page in pages] == ["1/7", "2/7", "3/7", "4/7", "5/7", "6/7", "7/7", "7/7", "7/7"]
    assert pages[-1].press("portal").signed_in
    bound = row_of(app, Authenticator, ended_at=None)
    assert (bound.kind, bound.proven_at is not None) == ("phone", True)
    assert row_of(app, RecoveryCodeSet).kept_at is not None
    assert len(rows_of(app, RecoveryCode, used_at=None)) == 10
    account = row_of(app, Account)
    assert account.factor_since is not None
    assert account.codes_skipped_at is None
    assert [mail.kind for mail in mailbox.all()] == ["invitation", "phone_linked", "password_changed"]


def test_the_button_stands_for_user_name_and_temporary_password(app: Flask, client: PageClient) -> None:
    person = invite(app)
    pages = pages_of(Walk(client, person), press_button(client, person))
    assert [page.step for page in pages] == [step for step in ALL if step not in {"enter-username", "enter-password"}]
    assert pages[-1].press("portal").signed_in


@pytest.mark.settings(invitation_carries="button")
def test_an_invitation_without_a_temporary_password_is_enough(app: Flask, client: PageClient) -> None:
    person = invite(app)
    assert person.temporary_password is None
    assert press_button(client, person).step == "prepare"
    assert walk_through(client, "first-connection", person).signed_in


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_the_password_is_all(app: Flask, client: PageClient) -> None:
    person = invite(app)
    pages = pages_of(Walk(client, person), client.get("/first-connection", follow=True))
    assert [page.step for page in pages] == [step for step in ALL if step not in SECOND_STEP]
    assert [page.progress for page in pages] == ["1/4", "2/4", "3/4", "4/4", "4/4"]
    assert pages[-1].press("portal").signed_in
    assert row_of(app, Account).factor_since is None


@pytest.mark.settings(second_factor="offered")
def test_who_skips_an_offered_second_step_is_in_with_the_password(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "choose-authenticator", person)
    assert page.choices() == ["phone", "code-app", "skip"]
    page = page.press("skip")
    assert page.step == "change-password"
    assert page.press(new_password=PASSWORD).press("portal").signed_in
    account = row_of(app, Account)
    assert account.factor_skipped_at is not None
    assert account.factor_since is None
    assert not rows_of(app, Authenticator)


@pytest.mark.settings(second_factor="offered")
def test_who_takes_an_offered_second_step_is_asked_for_it_from_then_on(app: Flask, client: PageClient) -> None:
    person = completed(app)
    assert person.secret is not None
    page = place_at(client, "sign-in", "enter-password", person).press(password=person.password)
    assert page.step == "enter-code"
    assert sign_in(client, person).signed_in


def test_where_everybody_needs_a_second_step_none_is_skipped(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "choose-authenticator", person)
    assert page.choices() == ["phone", "code-app"]
    refused = client.post(page.path, {"choice": "skip"})
    assert (refused.status, refused.refused) == (422, "not-allowed")
    assert row_of(app, Account).factor_skipped_at is None


def test_the_temporary_password_typed_at_sign_in_leads_on_to_the_first_connection(
    app: Flask, client: PageClient
) -> None:
    person = invite(app)
    page = place_at(client, "sign-in", "enter-password", person).press(password=person.temporary_password)
    assert page.journey == "first-connection"
    assert not page.signed_in
    assert walk_through(client, "first-connection", person).signed_in


def test_the_temporary_password_is_taken_as_people_type_it(app: Flask, client: PageClient) -> None:
    person = invite(app)
    assert person.temporary_password is not None
    typed = f"  {person.temporary_password.upper().replace('-', ' ')} "
    page = place_at(client, "first-connection", "enter-password", person).press(password=typed)
    assert page.step == "choose-authenticator"


def test_the_temporary_password_opens_nothing_once_an_own_one_is_set(app: Flask, client: PageClient) -> None:
    person = invite(app)
    complete(PageClient(app), person, app)
    page = place_at(client, "sign-in", "enter-password", person).press(password=person.temporary_password)
    assert (page.status, page.refused) == (422, "wrong-password")


def test_the_temporary_password_ends_after_seven_days(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "enter-password", person)
    clock.advance(days=7)
    assert page.press(password=person.temporary_password).refused == "wrong-password"


def test_a_late_password_proof_of_the_issue_is_never_asked_again(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    page = place_at(client, "first-connection", "choose-authenticator", person)
    clock.advance(minutes=29)
    page = page.press("code-app")
    assert page.step == "enter-code"
    secret = page.said("[data-secret]").replace(" ", "")
    client.secrets[secret] = ("enter-code",)
    clock.advance(minutes=29)
    assert page.press(code=code_of(secret, clock)).step == "change-password"


def test_a_second_step_that_has_grown_old_is_asked_again_before_the_password_is_set(
    app: Flask, client: PageClient, clock: MovableClock
) -> None:
    person = invite(app)
    place_at(client, "first-connection", "change-password", person)
    clock.advance(minutes=20)
    page = client.get("/first-connection", follow=True)
    assert page.step == "enter-code"
    assert not page.has("[data-secret]")
    assert Walk(client, person).answer(page).step == "change-password"


def test_who_comes_back_finished_is_shown_the_last_page_again_and_nothing_else(app: Flask, client: PageClient) -> None:
    complete(client, invite(app), app)
    assert client.get("/first-connection", follow=True).step == "finish"


def test_new_session_on_the_last_page_signs_out(app: Flask, client: PageClient) -> None:
    page = place_at(client, "first-connection", "finish", invite(app)).press("new-session")
    assert (page.journey, page.step) == ("sign-in", "enter-username")
    assert row_of(app, Session).revoked_reason == "new-session"
    assert not client.get("/account", follow=True).signed_in


@pytest.mark.settings(portal_url="https://portal.tamaris.example/home")
def test_the_last_page_leads_to_the_portal(app: Flask, client: PageClient) -> None:
    client.leaves_to.add("https://portal.tamaris.example")
    page = place_at(client, "first-connection", "finish", invite(app)).press("portal")
    assert page.location == "https://portal.tamaris.example/home"
