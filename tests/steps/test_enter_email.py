"""The address: what is taken as one, what is said of anything else, and where its mail goes."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.moved import ask_for_code, code_for, mails_to, moved, prove_address
from tests.support.outbox import Mailbox
from tests.support.page_client import PageClient
from tests.support.people import place_at
from tests.support.rows import row_of, rows_of, tables
from wizard.models import MailedCode, Outcome, Session

HERE = "/migrated-account/enter-email"
HOME = "amina.keita@harbour.example"


def test_the_first_page_says_that_nothing_was_lost_and_asks_for_one_thing(client: PageClient) -> None:
    page = client.get("/migrated-account", follow=True)
    assert (page.path, page.progress) == (HERE, "1/7")
    assert "Nothing was lost." in page.text
    assert "The old password no longer works." in page.text
    assert page.form_values().keys() == {"csrf_token", "email"}
    field = page.find("[name=email]")
    assert (field["type"], field["autocomplete"]) == ("email", "email")


@pytest.mark.settings(migrated_from="the Harbour Portal", mail_on_behalf_of="Harbour Aid")
def test_the_old_portal_and_the_sender_are_named_before_the_mail_comes(client: PageClient) -> None:
    """S-25: a mail in another organisation's name is announced."""
    page = client.get("/migrated-account", follow=True)
    assert "moved here from the Harbour Portal" in page.text
    assert "<access@tamaris.example>, on behalf of Harbour Aid" in page.text


@pytest.mark.settings(second_factor="off")
def test_without_a_second_step_the_stair_is_three_shorter(client: PageClient) -> None:
    assert client.get(HERE).progress == "1/4"


def test_nothing_is_written_and_nothing_mailed_before_an_address_is_entered(app: Flask, client: PageClient) -> None:
    before = tables(app)
    client.get("/migrated-account", follow=True)
    client.raw.head(HERE, base_url=client.home)
    assert tables(app) == before


@pytest.mark.parametrize(
    "typed",
    [
        HOME,
        "  amina.keita@harbour.example\t",
        "AMINA.KEITA@HARBOUR.EXAMPLE",
        "amina.keita＠harbour.example",
        "ａｍｉｎａ.keita@harbour。example",
        "amina.keita+new@harbour.example",
    ],
)
def test_however_it_is_written_the_mail_goes_to_the_stored_address(app: Flask, client: PageClient, typed: str) -> None:
    """Django CVE-2019-19844, Auth.js CVE-2026-73420: normalised first, and mailed to what is stored."""
    person = moved(app)
    assert ask_for_code(client, typed).step == "verify-email"
    assert mails_to(app) == [person.email]
    assert row_of(app, MailedCode).account_id == person.account_id


@pytest.mark.parametrize("stored", ["amina.keita+portal@harbour.example", "Amina.Keita@Harbour.example"])
def test_a_stored_address_is_mailed_to_as_it_is_written(app: Flask, client: PageClient, stored: str) -> None:
    moved(app, stored)
    ask_for_code(client, HOME)
    assert mails_to(app) == [stored]


@pytest.mark.parametrize(
    "typed",
    ["аmina.keita@harbour.example", "amina.keita@hаrbour.example", "amına.keita@harbour.example"],
)
def test_a_look_alike_is_another_address(app: Flask, client: PageClient, typed: str) -> None:
    person = moved(app)
    assert ask_for_code(client, typed).step == "verify-email"
    row = row_of(app, MailedCode)
    assert row.account_id is None
    assert row.address != person.email
    assert person.email not in mails_to(app)


@pytest.mark.parametrize(
    "typed",
    [
        "amina",
        "@harbour.example",
        "amina@",
        "amina@harbour",
        "amina@@harbour.example",
        "amina keita@harbour.example",
        "Amina Keita <amina.keita@harbour.example>",
        '"amina keita"@harbour.example',
        "amina@[127.0.0.1]",
        "amina@localhost",
        "amina@portal.invalid",
        "a@b.example,c@d.example",
        "amina.keita@harbour.example\r\nBcc: thief@evil.example",
        "amina.keita@harbour.example\nthief@evil.example",
        "amina.keita@harbour.example\x00",
        "amina.keita@harbour.example%0aBcc:thief@evil.example",
        "amina\u202e@harbour.example",
        "amina\u200b@harbour.example",
        "amina@harbour..example",
        "javascript:alert(1)",
        "a" * 65 + "@harbour.example",
        "\ufdfa" * 100 + "@harbour.example",
        "a@" + "b" * 60 + ".example" * 30,
    ],
)
def test_what_is_no_address_is_said_and_leaves_nothing_behind(app: Flask, client: PageClient, typed: str) -> None:
    """CPython CVE-2026-1299: nothing typed begins a header. Django CVE-2023-46695: size before folding."""
    moved(app)
    before = tables(app, besides=frozenset({"outcomes"}))
    client.get("/migrated-account", follow=True)
    page = client.post(HERE, {"email": typed})
    assert (page.status, page.refused, list(page.errors)) == (422, "not-an-address", ["email"])
    assert "like name@example.org" in page.errors["email"]
    assert tables(app, besides=frozenset({"outcomes"})) == before
    assert row_of(app, Outcome).result == "refused"
    assert client.get("/migrated-account", follow=True).step == "enter-email"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("", "missing"), ("  \t", "missing"), ("\u00a0\u2003", "missing"), ("a" * 321, "not-understood")],
)
def test_no_address_and_too_long_a_text_are_asked_again(client: PageClient, typed: str, reason: str) -> None:
    page = client.get("/migrated-account", follow=True).press(email=typed)
    assert (page.status, page.refused, list(page.errors)) == (422, reason, ["email"])


def test_what_was_typed_wrongly_stands_in_the_field_again_as_text(client: PageClient) -> None:
    page = client.get("/migrated-account", follow=True).press(email='<img src=x onerror="alert(1)">@x')
    assert page.find("[name=email]")["value"] == '<img src=x onerror="alert(1)">@x'
    assert not page.has("[onerror]")


def test_an_address_of_the_greatest_length_is_taken_and_fits_the_cookie(app: Flask, client: PageClient) -> None:
    longest = "a" * 64 + "@" + ".".join(["b" * 60] * 3)[:181] + ".example"
    page = ask_for_code(client, longest)
    assert page.step == "verify-email"
    assert longest in page.text
    assert row_of(app, MailedCode).address == longest
    assert page.press(code=code_for(app, longest)).step == "no-account"


@pytest.mark.parametrize(
    ("data", "status"),
    [({"email": [HOME, HOME]}, 400), ({"email": HOME, "choice": "admin"}, 400), ({"email": ""}, 422), ({}, 422)],
)
def test_a_form_that_is_none_of_ours_asks_for_no_mail(
    app: Flask, client: PageClient, data: dict[str, object], status: int
) -> None:
    client.get("/migrated-account", follow=True)
    assert client.post(HERE, data).status == status
    assert not rows_of(app, MailedCode)


def test_ten_megabytes_are_not_read(app: Flask, client: PageClient) -> None:
    client.get("/migrated-account", follow=True)
    assert client.post(HERE, {"email": "a" * 10_000_000}).status == 413
    assert not rows_of(app, MailedCode)


def test_going_back_shows_what_was_typed_and_another_address_is_another_mail(app: Flask, client: PageClient) -> None:
    moved(app)
    page = ask_for_code(client, "amina.keita@harbor.example").open("This is not the right address: change it")
    assert (page.step, page.find("[name=email]")["value"]) == ("enter-email", "amina.keita@harbor.example")
    page = page.press(email=HOME)
    assert HOME in page.text
    assert mails_to(app) == ["amina.keita@harbor.example", HOME]
    assert page.press(code=code_for(app, HOME)).step == "create-password"


def test_the_same_address_again_asks_for_no_other_mail(app: Flask, client: PageClient) -> None:
    moved(app)
    page = ask_for_code(client, HOME)
    for typed in (HOME, "AMINA.keita@harbour.example"):
        page = page.open("Back").press(email=typed)
        assert page.step == "verify-email"
    assert mails_to(app) == [HOME]


def test_a_proven_address_is_not_changed_by_typing_another(app: Flask, client: PageClient) -> None:
    """Once an account is reached, the way to another one is the button that ends this session."""
    person = moved(app)
    page = place_at(client, "migrated-account", "create-password", person)
    answer = client.post(HERE, {"email": "somebody.else@harbour.example"})
    assert (answer.status, answer.location) == (303, "/migrated-account/create-password")
    assert person.email in client.get(page.path).text
    assert "somebody.else" not in client.get(page.path).html
    assert [row.account_id for row in rows_of(app, Session, revoked_at=None)] == [person.account_id]


def test_the_page_leads_those_with_a_user_name_or_a_password_elsewhere(client: PageClient) -> None:
    page = client.get("/migrated-account", follow=True)
    assert page.open("I have a user name and a temporary password").journey == "first-connection"
    assert page.open("I have already chosen my password").journey == "sign-in"


def test_the_mail_speaks_the_language_of_the_page(app: Flask) -> None:
    """S-27: the guide's reader got an English mail."""
    moved(app)
    ask_for_code(PageClient(app, language="fr"), HOME)
    prove_address(PageClient(app, language="es"), "nobody@elsewhere.example")
    assert [mail.language for mail in Mailbox(app).all("mailed_code")] == ["fr", "es"]
