"""Wrong turns of migrated-account: other addresses, steps out of turn, resets in the middle, accounts that change meanwhile."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import (
    MovedPerson,
    as_arrived,
    ask_for_code,
    button_for,
    code_for,
    mails_to,
    moved,
    prove_address,
    walk_migrated,
)
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import (
    NEW_PASSWORD,
    PASSWORD,
    Walk,
    completed,
    disable,
    next_code,
    place_at,
    reset,
    secret_of,
    sign_in,
)
from tests.support.rows import change, row_of, rows_of, tables
from tests.support.windows import window_of
from wizard.models import Account, Authenticator, MailedCode, Proof, Session
from wizard.services.resets import NothingToReset

HERE = "/migrated-account"
NOBODY = "nadia.sow@elsewhere.example"


def on_to_the_end(client: PageClient, person: MovedPerson, page: Page, password: str = PASSWORD) -> Page:
    """Answer whatever comes until the last page of migrated-account."""
    for _ in range(15):
        if page.step == "finish" and page.journey == "migrated-account":
            return page
        if page.step == "enter-password":
            page = page.press(password=password)
        elif page.step == "enter-code" and not page.has("[data-secret]"):
            page = page.press(code=next_code(secret_of(client.app, person), client.app.extensions["perron"].clock))
        else:
            page = Walk(client, person, password).answer(page)
    raise AssertionError(f"There is no end: {page!r}.")


# Another address


@pytest.mark.parametrize("step", ["create-password", "enter-password", "no-account"])
def test_another_address_is_one_press_away_and_ends_what_was_proven(app: Flask, client: PageClient, step: str) -> None:
    """Keycloak CVE-2025-12390: nothing of the one before is left for the next."""
    email = {"create-password": moved(app).email, "enter-password": completed(app).email}.get(step, NOBODY)
    page = prove_address(client, email)
    assert page.step == step
    page = page.press("other")
    assert (page.step, page.find("[name=email]").get("value", "")) == ("enter-email", "")
    assert not rows_of(app, Session, revoked_at=None)
    assert not rows_of(app, Proof, ended_at=None)
    for path in ("create-password", "enter-password", "no-account", "check-details"):
        assert client.get(f"{HERE}/{path}").location == f"{HERE}/enter-email"


def test_the_password_page_counts_no_try_when_another_address_is_wanted(app: Flask, client: PageClient) -> None:
    person = completed(app)
    for _ in range(3):
        assert prove_address(client, person.email).press("other").step == "enter-email"
        app.extensions["perron"].clock.advance(minutes=16)
    page = prove_address(client, person.email)
    assert "9 tries" in page.press(password="Wrong one 22").errors["password"]


def test_from_nobodys_address_to_ones_own(app: Flask, client: PageClient) -> None:
    person = moved(app)
    page = prove_address(client, NOBODY).press("other").press(email=person.email)
    assert page.step == "verify-email"
    page = page.press(code=code_for(app, person.email))
    assert page.step == "create-password"
    assert on_to_the_end(client, person, page).press("portal").signed_in


def test_a_second_window_of_the_same_browser_with_another_address(app: Flask, client: PageClient) -> None:
    """One browser, one session: the proof of the one is not a proof of the other."""
    one, two = moved(app), moved(app, "bilal.aden@harbour.example")
    first = ask_for_code(client, one.email)
    window = window_of(client)
    assert window.get(f"{HERE}/enter-email").press(email=two.email).step == "verify-email"
    assert window.get(f"{HERE}/verify-email").press(code=code_for(app, two.email)).step == "create-password"
    assert first.press(code=code_for(app, one.email)).step == "create-password"
    assert one.email in client.get(f"{HERE}/create-password").text
    assert two.email in window.get(f"{HERE}/create-password", follow=True).text
    assert len({row.account_id for row in rows_of(app, Proof, kind="address")}) == 2


# Out of turn


@pytest.mark.parametrize(
    ("step", "fields"),
    [
        ("verify-email", {"code": "123456"}),
        ("verify-email", {"choice": "resend"}),
        ("no-account", {"organisation_kind": "company"}),
        ("create-password", {"new_password": PASSWORD}),
        ("create-password", {"choice": "other"}),
        ("enter-password", {"password": PASSWORD}),
        ("check-details", {"display_name": "Somebody Else"}),
        ("choose-authenticator", {"choice": "code-app"}),
        ("keep-recovery-codes", {"choice": "skip"}),
        ("finish", {"choice": "portal"}),
    ],
)
def test_a_post_out_of_turn_is_a_redirect_and_no_effect(
    app: Flask, client: PageClient, step: str, fields: dict[str, str]
) -> None:
    moved(app)
    client.get(HERE, follow=True)
    before = tables(app)
    answer = client.post(f"{HERE}/{step}", fields)
    assert (answer.status, answer.location) == (303, f"{HERE}/enter-email")
    assert tables(app) == before


@pytest.mark.parametrize("field", ["u", "t", "n"])
def test_a_changed_cookie_is_no_cookie(app: Flask, client: PageClient, field: str) -> None:
    """The typed address is signed: nobody writes another one beside a proof."""
    person = moved(app)
    place_at(client, "migrated-account", "create-password", person)
    name = app.config["SESSION_COOKIE_NAME"]
    kept = client.raw.get_cookie(name, domain="localhost")
    assert kept is not None
    assert field in client.cookie()
    turned = kept.value[:-3] + ("AAA" if kept.value[-3:] != "AAA" else "BBB")
    client.raw.set_cookie(name, turned, domain="localhost")
    page = client.get(f"{HERE}/create-password", follow=True)
    assert page.step == "enter-email"
    assert person.email not in page.html + page.text


# An agent's resets


@pytest.mark.parametrize(
    "at", ["verify-email", "create-password", "check-details", "choose-authenticator", "enter-code"]
)
@pytest.mark.parametrize(
    "resetting", ["verify-email", "create-password", "check-details", "choose-authenticator", "enter-code"]
)
def test_whatever_is_reset_in_the_middle_the_way_to_the_end_is_open(
    app: Flask, client: PageClient, clock: MovableClock, at: str, resetting: str
) -> None:
    person = moved(app)
    place_at(client, "migrated-account", at, person)
    clock.advance(minutes=1)
    had_password = row_of(app, Account).password_hash is not None
    try:
        reset(app, person, resetting)
    except NothingToReset:
        assert (at, resetting) not in {("create-password", "verify-email"), ("choose-authenticator", "check-details")}
    ended = had_password and resetting == "create-password"
    clock.advance(minutes=16)
    page = on_to_the_end(client, person, client.get(HERE, follow=True), NEW_PASSWORD if ended else PASSWORD)
    assert page.press("portal").signed_in
    account = row_of(app, Account)
    assert account.details_confirmed_at is not None
    assert (account.former_password_hash is not None) is ended
    assert len([row for row in rows_of(app, Authenticator, ended_at=None) if row.proven_at]) == 1


def test_a_reset_of_the_address_asks_for_it_once_more_in_the_same_browser(app: Flask, client: PageClient) -> None:
    person = moved(app)
    place_at(client, "migrated-account", "create-password", person)
    old = code_for(app, person.email)
    reset(app, person, "verify-email")
    page = client.get(HERE, follow=True)
    assert page.step == "verify-email"
    assert page.press(code=old).refused == "wrong-code"
    assert page.press(code=code_for(app, person.email)).step == "create-password"


def test_a_reset_of_the_password_after_the_end_owes_a_new_one(app: Flask, client: PageClient) -> None:
    person = moved(app)
    walk_migrated(client, person).press("portal")
    reset(app, person, "create-password")
    assert not client.get("/account", follow=True).signed_in
    page = PageClient(app).get("/sign-in", follow=True).press(username=person.email)
    assert page.press(password=PASSWORD).refused == "wrong-password"
    page = client.get("/forgotten-password", follow=True)
    walk = Walk(client, as_arrived(app, person))
    while page.journey == "forgotten-password":
        page = walk.answer(page)
    assert page.signed_in


def test_a_reset_of_the_second_step_after_the_end_leads_to_a_new_one(app: Flask, client: PageClient) -> None:
    person = moved(app)
    walk_migrated(client, person).press("portal")
    reset(app, person, "choose-authenticator")
    app.extensions["perron"].clock.advance(minutes=16)
    page = PageClient(app).get("/sign-in", follow=True).press(username=person.email).press(password=PASSWORD)
    assert (page.journey, page.step) == ("replace-phone", "verify-email")


# What changes meanwhile


def test_a_code_of_an_address_that_was_changed_meanwhile_proves_nothing(app: Flask, client: PageClient) -> None:
    person = moved(app)
    page = ask_for_code(client, person.email)
    code, button = code_for(app, person.email), button_for(app, person.email)
    change(app, Account, person.account_id, email="new@harbour.example", email_key="new@harbour.example",
           match_key="new@harbour.example")  # fmt: skip
    assert page.press(code=code).status == 422
    assert PageClient(app).get(button).press("yes").problem is not None
    assert not rows_of(app, Proof)


def test_a_proof_ends_with_the_address_it_was_of(app: Flask, client: PageClient) -> None:
    """Keycloak CVE-2026-9087: a proof holds the address verified, not only whose it was."""
    person = moved(app)
    place_at(client, "migrated-account", "create-password", person)
    change(app, Account, person.account_id, email="new@harbour.example", email_key="new@harbour.example",
           match_key="new@harbour.example")  # fmt: skip
    answer = client.post(f"{HERE}/create-password", {"new_password": PASSWORD})
    assert answer.location == f"{HERE}/verify-email"
    assert row_of(app, Account).password_hash is None
    client.get(f"{HERE}/verify-email")
    assert mails_to(app)[-1] == "new@harbour.example"


def test_an_account_that_was_closed_meanwhile_is_reached_by_nothing(app: Flask, client: PageClient) -> None:
    person = moved(app)
    page = ask_for_code(client, person.email)
    code, button = code_for(app, person.email), button_for(app, person.email)
    disable(app, person)
    assert page.press(code=code).status == 422
    assert PageClient(app).get(button).problem == "link-unknown"
    assert not rows_of(app, Proof)
    assert not rows_of(app, Session, revoked_at=None)


@pytest.mark.parametrize("step", ["create-password", "check-details", "choose-authenticator"])
def test_closing_the_account_ends_the_journey_at_once(app: Flask, client: PageClient, step: str) -> None:
    person = moved(app)
    page = place_at(client, "migrated-account", step, person)
    disable(app, person)
    fields = {"new_password": PASSWORD, "display_name": "X", "choice": "code-app" if step.startswith("choose") else ""}
    before = tables(app)
    assert client.post(page.path, fields).location in {f"{HERE}/enter-email", f"{HERE}/verify-email"}
    assert tables(app) == before


def test_an_account_that_was_imported_after_the_mail_is_not_reached_by_it(app: Flask, client: PageClient) -> None:
    """The mail proved an address that nobody had; whoever has it now is reached by a mail of its own."""
    page = ask_for_code(client, "amina.keita@harbour.example")
    code = code_for(app, "amina.keita@harbour.example")
    person = moved(app)
    page = page.press(code=code)
    assert page.step == "no-account"
    assert "Harbour Aid" not in page.html
    assert [row.account_id for row in rows_of(app, Proof)] == [None]
    page = page.press("other").press(email=person.email)
    page = page.press(code=code_for(app, person.email))
    assert page.step == "create-password"
    assert [row.account_id for row in rows_of(app, MailedCode)] == [None, person.account_id]


def test_an_import_between_two_mails_leaves_each_what_it_is(app: Flask, client: PageClient) -> None:
    page = ask_for_code(client, "amina.keita@harbour.example")
    old = button_for(app, "amina.keita@harbour.example")
    person = moved(app)
    page = page.press("resend")
    assert PageClient(app).get(old).press("yes").step == "no-account"
    assert page.press(code=code_for(app, person.email)).step == "create-password"


def test_whoever_is_signed_in_already_stands_at_the_end(app: Flask, client: PageClient) -> None:
    person = moved(app)
    walk_migrated(client, person).press("portal")
    assert client.get(HERE, follow=True).step == "finish"
    other = completed(app, "bilal.aden", email="bilal@people.example")
    browser = PageClient(app)
    sign_in(browser, other)
    page = browser.get(HERE, follow=True)
    assert page.step == "finish"
    assert "Harbour Aid" not in page.html
