"""The first own password of a moved account: whose it is, what is taken, and that the address is needed for it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import HEADQUARTERS, MovedPerson, add_office, code_for, moved, prove_address
from tests.support.outbox import Mailbox
from tests.support.page import Page
from tests.support.page_client import PageClient
from tests.support.people import NEW_PASSWORD, PASSWORD, Completed, invite, place_at, press_button
from tests.support.rows import NOTES_OF_POSTS, beside, change, row_of, rows_of, tables
from wizard.models import Account, AuditEvent, Issue, Membership, Proof, Session, db, write
from wizard.services import memberships

HERE = "/migrated-account/create-password"


def choosing(app: Flask, client: PageClient, **facts: str) -> Page:
    page = prove_address(client, moved(app, **facts).email)
    assert page.step == "create-password"
    return page


def test_organisation_office_and_role_are_shown_before_anything_is_made(app: Flask, client: PageClient) -> None:
    page = choosing(app, client, role="editor")
    for said in ("Amina Keita", "amina.keita@harbour.example", "Harbour Aid", "Niger", "Editor"):
        assert said in page.text
    assert "You see this office only: Niger." in page.text
    assert page.progress == "3/7"


def test_who_belongs_to_two_organisations_sees_both(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = moved(app)

    def join() -> None:
        office = add_office(HEADQUARTERS, "Northern Light", "national-ngo")
        with write():
            memberships.add(person.account_id, office, "administrator", clock.now())
        db.session.remove()

    beside(app, join)
    page = prove_address(client, person.email)
    assert page.text.index("Harbour Aid") < page.text.index("Northern Light")
    assert "You see headquarters and all country offices." in page.text


@pytest.mark.parametrize("state", ["offered", "ended"])
def test_what_is_only_offered_or_has_ended_is_not_shown(
    app: Flask, client: PageClient, clock: MovableClock, state: str
) -> None:
    person = moved(app)
    changed = {"accepted_at": None} if state == "offered" else {"ended_at": clock.now()}
    change(app, Membership, person.membership_id, **changed)
    page = prove_address(client, person.email)
    assert page.step == "create-password"
    assert "Harbour Aid" not in page.text


def test_the_password_is_set_proven_and_told(app: Flask, client: PageClient) -> None:
    page = choosing(app, client)
    assert page.press(new_password=PASSWORD).step == "check-details"
    account = row_of(app, Account)
    session = row_of(app, Session, revoked_at=None)
    assert (account.password_session_id, session.account_id) == (session.id, account.id)
    assert "!$argon2id$" in str(account.password_hash)
    assert PASSWORD not in repr(tables(app))
    # The address has done its work: it sets one password, not two.
    assert [(row.kind, row.method) for row in rows_of(app, Proof, ended_at=None)] == [("password", "own")]
    assert row_of(app, AuditEvent, kind="password-set").payload == {"journey": "migrated-account"}
    assert Mailbox(app).newest("password_changed").to == account.email


def test_the_session_gets_a_new_token_with_the_password(app: Flask, client: PageClient) -> None:
    """SEC-35: whoever holds the token of before has nothing."""
    page = choosing(app, client)
    before = client.cookie()["t"]
    page.press(new_password=PASSWORD)
    assert client.cookie()["t"] != before


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("", "empty"), ("Kurz 1", "too-short"), ("nur kleine buchstaben", "too-few-kinds"), ("Password1", "common")],
)
def test_what_breaks_a_rule_is_said_and_sets_nothing(app: Flask, client: PageClient, typed: str, reason: str) -> None:
    choosing(app, client)
    before = tables(app, NOTES_OF_POSTS)
    page = client.post(HERE, {"new_password": typed})
    assert (page.status, page.refused, list(page.errors)) == (422, reason, ["new_password"])
    assert not page.find("[name=new_password]").get("value")
    assert tables(app, NOTES_OF_POSTS) == before


def test_the_rules_are_shown_and_password_managers_know_the_name(app: Flask, client: PageClient) -> None:
    page = choosing(app, client)
    assert "length" in [rule["data-rule"] for rule in page.soup.select("[data-rule]")]
    assert page.find("[name=new_password]")["autocomplete"] == "new-password"
    assert page.find("input[autocomplete=username]")["value"] == "amina.keita@harbour.example"


@pytest.mark.settings(migrated_from="the Harbour Portal")
def test_the_old_portals_password_is_said_to_be_over(app: Flask, client: PageClient) -> None:
    assert "The password of the Harbour Portal no longer works here." in choosing(app, client).text


@pytest.mark.settings(password_rules="modern", second_factor="off")
def test_by_the_modern_rules_it_is_longer_where_it_stands_alone(app: Flask, client: PageClient) -> None:
    page = choosing(app, client)
    assert page.press(new_password="fourteen signs").refused == "too-short"
    assert page.press(new_password="fifteen signs !").step == "check-details"


def test_this_is_not_me_ends_the_proof_and_sets_nothing(app: Flask, client: PageClient) -> None:
    page = choosing(app, client).press("other")
    assert (page.step, page.find("[name=email]").get("value", "")) == ("enter-email", "")
    assert row_of(app, Account).password_hash is None
    assert not rows_of(app, Session, revoked_at=None)
    assert not rows_of(app, Proof, ended_at=None)
    other = moved(app, "bilal.aden@harbour.example")
    assert prove_address(client, other.email).step == "create-password"


@pytest.mark.parametrize("chosen", ["  ", "\x00", "choice=other"])
def test_an_empty_choice_is_not_the_other_one(app: Flask, client: PageClient, chosen: str) -> None:
    choosing(app, client)
    assert client.post(HERE, {"choice": chosen, "new_password": PASSWORD}).status == 400
    assert row_of(app, Account).password_hash is None


def test_without_the_proof_of_the_address_nobody_sets_it(app: Flask, client: PageClient) -> None:
    person = moved(app)
    client.get("/migrated-account", follow=True).press(email=person.email)
    answer = client.post(HERE, {"new_password": PASSWORD})
    assert answer.location == "/migrated-account/verify-email"
    assert row_of(app, Account).password_hash is None


def test_who_has_one_is_asked_for_it_and_cannot_create_another(app: Flask, client: PageClient) -> None:
    person = moved(app)
    place_at(PageClient(app), "migrated-account", "check-details", person)
    page = prove_address(client, person.email)
    assert page.step == "enter-password"
    answer = client.post(HERE, {"new_password": NEW_PASSWORD})
    assert answer.location == "/migrated-account/enter-password"
    assert page.press(password=PASSWORD).step == "check-details"


def test_of_two_browsers_the_second_enters_what_the_first_created(app: Flask, client: PageClient) -> None:
    person = moved(app)
    early = prove_address(client, person.email)
    late = prove_address(PageClient(app), person.email)
    assert late.press(new_password=PASSWORD).step == "check-details"
    page = early.press(new_password=NEW_PASSWORD)
    assert page.step == "verify-email"
    assert len(rows_of(app, AuditEvent, kind="password-set")) == 1
    page = page.press(code=code_for(app, person.email))
    assert page.press(password=PASSWORD).step == "check-details"


@pytest.mark.settings(password_rules="modern")  # what is drawn has not always three kinds of characters
def test_an_invited_person_who_comes_by_the_address_ends_the_invitation(app: Flask, client: PageClient) -> None:
    """A user name stands beside the address: the temporary password is worth nothing afterwards."""
    person = invite(app)
    page = prove_address(client, person.email)
    assert (page.step, person.username in page.text) == ("create-password", True)
    assert page.press(new_password=person.temporary_password).refused == "same-as-temporary"
    assert page.press(new_password=PASSWORD).step == "choose-authenticator"
    assert row_of(app, Issue).ended_reason == "used"
    assert PageClient(app).get(person.button).problem == "link-used"


def test_the_user_name_is_no_password(app: Flask, client: PageClient) -> None:
    page = prove_address(client, invite(app, "amina.keita").email)
    assert page.press(new_password="Amina.Keita 22").refused == "contains-username"


def test_a_press_of_the_invitation_meanwhile_takes_the_place(app: Flask, client: PageClient) -> None:
    person = invite(app)
    page = prove_address(client, person.email)
    press_button(PageClient(app), person)
    assert page.press(new_password=PASSWORD).step == "choose-authenticator"
    assert row_of(app, Issue).ended_reason == "used"


def signs_in(app: Flask, person: MovedPerson, password: str) -> str | None:
    page = PageClient(app).get("/sign-in", follow=True).press(username=person.email)
    return page.press(password=Completed(person, password, None).password).refused


def test_it_signs_in_by_the_address(app: Flask, client: PageClient) -> None:
    person = moved(app)
    place_at(client, "migrated-account", "check-details", person)
    assert signs_in(app, person, "Another one 22") == "wrong-password"
    assert signs_in(app, person, PASSWORD) is None
