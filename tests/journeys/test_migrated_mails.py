"""The mail of migrated-account: what its page says, and what is gone on with in another window, browser or device."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.moved import ask_for_code, button_for, code_for, mails_to, moved
from tests.support.outbox import Mailbox
from tests.support.page_audit import attribute
from tests.support.page_client import PageClient
from tests.support.rows import row_of, rows_of, tables
from wizard.models import MailedCode, Proof, Session

MOVED = "/migrated-account/verify-email"
NOBODY = "nadia.sow@elsewhere.example"


@pytest.mark.settings(mail_on_behalf_of="Harbour Aid")
@pytest.mark.parametrize("email", ["amina.keita@harbour.example", NOBODY])
def test_who_brings_an_address_is_shown_it_and_the_sender(app: Flask, client: PageClient, email: str) -> None:
    """S-20, S-22, S-25: address, sender and subject stand on the page, and in whose name the mail comes."""
    moved(app)
    page = ask_for_code(client, email)
    assert f"An email is on its way to {email}." in page.text
    assert "access@tamaris.example" in page.text
    assert "The email comes on behalf of Harbour Aid." in page.text
    assert attribute(page.find("time[data-ends]"), "datetime") == "2026-11-20T09:10:00Z"
    mail = Mailbox(app).newest("mailed_code")
    assert (mail.to, re.sub(r"\d{6}", "······", mail.subject) in page.text) == (email, True)
    assert mail.subject.startswith(str(mail.code))


def test_the_address_as_typed_is_shown_and_not_as_stored(app: Flask, client: PageClient) -> None:
    """What is stored may carry more (a plus, an older spelling) than who asks already knows."""
    moved(app, "Amina.Keita+portal@harbour.example")
    page = ask_for_code(client, "amina.keita@harbour.example")
    assert "portal" not in page.html
    assert "amina.keita@harbour.example" in page.text


@pytest.mark.parametrize("email", ["amina.keita@harbour.example", NOBODY])
def test_the_button_in_another_browser_says_so_in_the_first_window_and_sends_nothing(
    app: Flask, client: PageClient, mailbox: Mailbox, email: str
) -> None:
    """S-23: the guide forbids to close the page. Here the mail goes on anywhere, and the first window knows."""
    moved(app)
    ask_for_code(client, email)
    other = PageClient(app, address="198.51.100.7")
    page = other.get(button_for(app, email)).press("yes")
    assert page.step == ("no-account" if email == NOBODY else "create-password")
    before = tables(app)
    for _ in range(3):
        first = client.get("/migrated-account", follow=True)
        assert first.step == "verify-email"
        assert "You went on in another window or on another device at 9:00" in first.said("[role=status]")
        assert (first.has("[name=code]"), first.choices()) == (False, ["resend"])
        assert "is on its way" not in first.text
    assert tables(app) == before
    assert mailbox.count("mailed_code") == 1


def test_a_press_in_the_same_browser_is_no_other_window(app: Flask, client: PageClient) -> None:
    ask_for_code(client, NOBODY)
    assert client.get(button_for(app, NOBODY)).press("yes").step == "no-account"
    assert client.get("/migrated-account/no-account").press("other").step == "enter-email"
    assert not ask_for_code(client, NOBODY).has("[role=status]")


def test_whoever_went_on_elsewhere_may_still_go_on_here_with_a_new_mail(
    app: Flask, client: PageClient, mailbox: Mailbox, clock: MovableClock
) -> None:
    person = moved(app)
    ask_for_code(client, person.email)
    PageClient(app).get(button_for(app, person.email)).press("yes")
    clock.advance(minutes=1)
    page = client.get(MOVED).press("resend")
    assert not page.has("[role=status]")
    assert mailbox.count("mailed_code") == 2
    assert page.press(code=code_for(app, person.email)).step == "create-password"


def test_an_hour_later_the_first_window_asks_anew(app: Flask, client: PageClient, clock: MovableClock) -> None:
    person = moved(app)
    ask_for_code(client, person.email)
    PageClient(app).get(button_for(app, person.email)).press("yes")
    clock.advance(minutes=61)
    page = client.get(MOVED)
    assert not page.has("[role=status]")
    assert len(mails_to(app)) == 2


@pytest.mark.parametrize("how", ["code", "button"])
def test_the_first_use_ends_a_strangers_other_mails_too(app: Flask, client: PageClient, how: str) -> None:
    page = ask_for_code(client, NOBODY)
    first, first_button = code_for(app, NOBODY), button_for(app, NOBODY)
    page = page.press("resend")
    other = PageClient(app)
    if how == "code":
        assert page.press(code=first).step == "no-account"
    else:
        assert other.get(first_button).press("yes").step == "no-account"
    assert [row.ended_reason for row in rows_of(app, MailedCode) if row.used_at is None] == ["another-used"]
    assert PageClient(app).get(button_for(app, NOBODY)).problem == "link-replaced"
    if how == "button":
        assert "You went on" in client.get(MOVED).said("[role=status]")
        assert client.post(MOVED, {"code": code_for(app, NOBODY)}).refused == "code-used"


def test_one_strangers_use_ends_no_other_strangers_mail(app: Flask, client: PageClient) -> None:
    other = PageClient(app)
    page = ask_for_code(other, "omar.ba@elsewhere.example")
    assert ask_for_code(client, NOBODY).press(code=code_for(app, NOBODY)).step == "no-account"
    assert page.press(code=code_for(app, "omar.ba@elsewhere.example")).step == "no-account"


def test_a_code_for_another_address_is_not_taken(app: Flask, client: PageClient) -> None:
    one, two = moved(app), moved(app, "bilal.aden@harbour.example")
    page = ask_for_code(client, one.email)
    ask_for_code(PageClient(app), two.email)
    assert page.press(code=code_for(app, two.email)).refused == "wrong-code"
    page = page.open("This is not the right address: change it").press(email=two.email)
    assert page.press(code=code_for(app, one.email)).refused == "wrong-code"
    assert not rows_of(app, Proof)


def test_another_address_after_the_code_was_typed_wants_a_code_of_its_own(app: Flask, client: PageClient) -> None:
    moved(app)
    page = ask_for_code(client, NOBODY)
    assert page.press(code=code_for(app, NOBODY)).press("other").step == "enter-email"
    page = ask_for_code(client, "amina.keita@harbour.example")
    assert page.step == "verify-email"
    assert client.post("/migrated-account/create-password", {"new_password": "Rabot et 3"}).location == MOVED


def test_the_page_has_no_form_that_a_script_would_send(app: Flask, client: PageClient) -> None:
    """Mail scanners run scripts at delivery: only a person's press proves."""
    ask_for_code(client, NOBODY)
    before = tables(app)
    scanner = PageClient(app, address="192.0.2.99")
    path = button_for(app, NOBODY)
    for _ in range(2):
        page = scanner.get(path)
        assert page.page == "invitation"
        assert NOBODY in page.text
        assert not page.has("form[data-auto], [http-equiv=refresh], [autofocus], form[onsubmit]")
        assert "submit(" not in page.html
        assert scanner.raw.head(path, base_url=client.home).status_code == 200
    assert tables(app) == before
    assert page.press("yes").step == "no-account"


def test_signing_out_and_coming_back_asks_for_the_address_again(app: Flask, client: PageClient) -> None:
    ask_for_code(client, NOBODY).press(code=code_for(app, NOBODY))
    client.post("/sign-out", {})
    assert client.get("/migrated-account", follow=True).step == "enter-email"
    assert not rows_of(app, Session, revoked_at=None)


def test_a_closed_window_is_gone_on_with_by_the_mail(app: Flask, client: PageClient) -> None:
    """S-23: nothing of the first window is needed."""
    person = moved(app)
    ask_for_code(client, person.email)
    client.forget()
    assert client.get(button_for(app, person.email)).press("yes").step == "create-password"
    assert row_of(app, Proof).method == "mailed-button"
