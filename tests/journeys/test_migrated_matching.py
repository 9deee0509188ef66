"""What is typed, where the mail goes, and which account it leads to, by pages."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.mails import Mail
from tests.support.moved import ask_for_code, mails_to, moved
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import disable
from tests.support.rows import row_of, rows_of
from wizard.models import DeskRequest, Proof

HOME = "amina.keita@harbour.example"


def last_mail(app: Flask) -> Mail:
    return Mailbox(app).newest("mailed_code")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("AMINA.KEITA@harbour.EXAMPLE", HOME),
        ("amina.keita＠harbour。example", HOME),
        ("he\u0301le\u0300ne@harbour.example", "hélène@harbour.example"),
        ("lea@café-aide.example", "lea@xn--caf-aide-d1a.example"),
        ("amina.keita+un@harbour.example", HOME),
        (HOME, "amina.keita+portal@harbour.example"),
        ("groß@harbour.example", "gross@harbour.example"),
        ("boss@strasse.example", "boss@strasse.example"),
        ("boss@straße.example", "boss@strasse.example"),
    ],
)
def test_the_mail_goes_to_the_stored_address_and_leads_to_its_account(
    app: Flask, client: PageClient, typed: str, stored: str
) -> None:
    """Django CVE-2019-19844: whoever typed a look-alike got the mail."""
    person = moved(app, stored)
    page = ask_for_code(client, typed)
    assert mails_to(app) == [stored]
    assert page.press(code=last_mail(app).code).step == "create-password"
    assert row_of(app, Proof).account_id == person.account_id


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("аmina.keita@harbour.example", HOME),
        ("aminakeita@harbour.example", HOME),
        ("lea.morel@gmail.com", "leamorel@gmail.com"),
        ("lea@cafe-aide.example", "lea@café-aide.example"),
        ("+keita@harbour.example", HOME),
        ("amina.keita@harbour.example.evil.example", HOME),
    ],
)
def test_a_look_alike_gets_a_mail_of_its_own_and_reaches_nobody(
    app: Flask, client: PageClient, typed: str, stored: str
) -> None:
    moved(app, stored)
    page = ask_for_code(client, typed)
    assert stored not in mails_to(app)
    page = page.press(code=last_mail(app).code)
    assert page.step == "no-account"
    assert "Harbour Aid" not in page.html
    assert [row.account_id for row in rows_of(app, Proof)] == [None]


def test_the_exact_address_goes_before_those_with_a_plus(app: Flask, client: PageClient) -> None:
    moved(app, "fund+a@harbour.example", office="Senegal")
    exact = moved(app, "fund@harbour.example")
    page = ask_for_code(client, "fund@harbour.example").press(code=last_mail(app).code)
    assert (page.step, "Niger" in page.text, mails_to(app)) == ("create-password", True, [exact.email])


def test_thirty_addresses_with_a_plus_are_thirty_people(app: Flask, client: PageClient) -> None:
    """However many records share the part before the plus, the exact one is looked at."""
    people = [moved(app, f"fund+{number}@harbour.example") for number in range(30)]
    for person in (people[0], people[25], people[29]):
        browser = PageClient(app)
        page = ask_for_code(browser, person.email).press(code=last_mail(app).code)
        assert page.step == "create-password"
        assert rows_of(app, Proof)[-1].account_id == person.account_id
    page = ask_for_code(client, "fund@harbour.example").press(code=last_mail(app).code)
    assert page.step == "no-account"
    assert "several accounts have it" in page.text


def test_two_records_on_one_address_lead_to_the_helpdesk(app: Flask, client: PageClient) -> None:
    moved(app)
    moved(app, "Amina.Keita@harbour.example", office="Senegal")
    page = ask_for_code(client, HOME)
    assert mails_to(app) in ([HOME], ["Amina.Keita@harbour.example"])
    page = page.press(code=last_mail(app).code)
    assert (page.step, "several accounts have it" in page.text) == ("no-account", True)
    assert "Niger" not in page.text
    page.press(organisation_kind="company")
    assert row_of(app, DeskRequest).kind == "several-accounts"


def test_of_two_records_the_confirmed_one_is_reached(app: Flask, client: PageClient, clock: MovableClock) -> None:
    moved(app)
    confirmed = moved(app, office="Senegal", address_confirmed_at=clock.now())
    page = ask_for_code(client, HOME).press(code=last_mail(app).code)
    assert (page.step, "Senegal" in page.text) == ("create-password", True)
    assert row_of(app, Proof).account_id == confirmed.account_id


@pytest.mark.parametrize("confirmed", [False, True])
@pytest.mark.parametrize("email", ["info@harbour.example", "secretaria@harbour.example", "noreply@harbour.example"])
def test_a_mailbox_of_several_people_is_reached_only_when_it_was_confirmed(
    app: Flask, client: PageClient, clock: MovableClock, email: str, confirmed: bool
) -> None:
    moved(app, email, address_confirmed_at=clock.now() if confirmed else None)
    page = ask_for_code(client, email)
    assert mails_to(app) == [email]
    page = page.press(code=last_mail(app).code)
    assert page.step == ("create-password" if confirmed else "no-account")
    assert ("Harbour Aid" in page.html) is confirmed


def test_a_shared_mailbox_that_nobody_was_moved_with_is_simply_unknown(app: Flask, client: PageClient) -> None:
    page = ask_for_code(client, "info@harbour.example").press(code=last_mail(app).code)
    assert "it is in no account here" in page.text


@pytest.mark.settings(placeholder_domains=("noaddress.harbour.example",))
def test_the_installations_own_placeholder_leads_nowhere(app: Flask, client: PageClient) -> None:
    """Keycloak GHSA-cf8f-w2c5-p5jr: a stranger owned the domain that stood for "none"."""
    moved(app, "p1234@noaddress.harbour.example")
    page = ask_for_code(client, "p1234@noaddress.harbour.example").press(code=last_mail(app).code)
    assert page.step == "no-account"
    assert rows_of(app, Proof, kind="password") == []


def test_a_closed_account_is_nobodys(app: Flask, client: PageClient) -> None:
    disable(app, moved(app))
    page = ask_for_code(client, HOME)
    assert mails_to(app) == [HOME]
    assert "it is in no account here" in page.press(code=last_mail(app).code).text


def test_beside_a_closed_account_the_open_one_is_reached(app: Flask, client: PageClient) -> None:
    disable(app, moved(app))
    there = moved(app, office="Senegal")
    assert "Senegal" in ask_for_code(client, HOME).press(code=last_mail(app).code).text
    assert row_of(app, Proof).account_id == there.account_id


def test_two_texts_of_one_key_show_the_one_that_was_proven(app: Flask, client: PageClient) -> None:
    """Folding makes one key of "straße" and "strasse"; the mailbox of the one is not the mailbox of the other."""
    ask_for_code(client, "boss@straße.example")
    page = client.get("/migrated-account/enter-email").press(email="boss@strasse.example")
    assert mails_to(app) == ["boss@xn--strae-oqa.example"]
    page = page.press(code=last_mail(app).code)
    assert "boss@straße.example is your address" in page.text
    page.press(organisation_kind="company")
    assert row_of(app, DeskRequest).address == "boss@straße.example"
